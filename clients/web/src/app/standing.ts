/** The one chip's word: whether all is in the office, how much waits, or whether someone must act. */
import type { Status } from "@roadbook/replica";

export type Standing = "allIn" | "waiting" | "needsYou";

/** How much lies in the tray: for the person to decide on, to choose between, or to read. */
export const inTray = ({ held, refused, contested, notices }: Status): number => held + refused + contested + notices;

/** What a person has to see first wins: held work before waiting work, as it never moves by itself. */
export function standingOf(status: Status): Standing {
  // Being offline is no problem of the person's: work waits and says so.
  const blocked = status.problem !== null && status.problem.code !== "offline";
  if (inTray(status) > 0 || status.signInDue || blocked) return "needsYou";
  return status.waiting > 0 ? "waiting" : "allIn";
}

const NOT_UNDERSTOOD = ["unknown_version", "unreadable_answer", "unexpected_frame"];

/** Whether the server is not understood, as one that is newer than this app is not. */
export const needsUpdate = (status: Status | null): boolean =>
  status !== null && status.problem !== null && NOT_UNDERSTOOD.includes(status.problem.code);

const ENDED = ["cloned", "wiped", "not_enrolled"];

/** Whether this phone is to be set up anew, with a code from the office; what was captured is carried over then. */
export const needsCode = (status: Status | null): boolean =>
  status !== null && status.problem !== null && ENDED.includes(status.problem.code);
