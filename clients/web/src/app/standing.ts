/** The one chip's word: whether all is in the office, how much waits, or whether someone must act. */
import type { Status } from "@roadbook/replica";

export type Standing = "allIn" | "waiting" | "needsYou";

/** What a person has to see first wins: held work before waiting work, as it never moves by itself. */
export function standingOf(status: Status): Standing {
  // Being offline is no problem of the person's: work waits and says so.
  const blocked = status.problem !== null && status.problem.code !== "offline";
  if (status.held > 0 || status.signInDue || blocked) return "needsYou";
  return status.waiting > 0 ? "waiting" : "allIn";
}
