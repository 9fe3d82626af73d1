import type { Schema } from "$api/client";

/** An entry of the log. What its type does not say is absent. */
export type Entry = Schema["LogEntry"];
export type EntryType = Schema["LogEntryType"];

/** The types that tell of people's work, rather than of what devices are sent. */
const WORK: readonly EntryType[] = ["changes", "decision", "held", "refused", "fate", "conflict", "alias"];

/** The kinds in which something can be promised, and what figures of people count besides. */
const COUNTED: readonly string[] = ["visit", "order", "task", "call", "case", "opportunity"];

/** Whether the figures of people may read differently now. */
export function countsInFigures({ type, kind, set }: Entry): boolean {
  return COUNTED.includes(kind ?? "") || (type === "reference" && set === "goals");
}

/** Whether other accounts may be due now. */
export function countsInDue({ type, kind, set }: Entry): boolean {
  return kind === "visit" || kind === "account" || type === "placed" || (type === "reference" && set === "cadence");
}

/** Whether a template of a process was published. */
export function isOfProcesses({ type, set }: Entry): boolean {
  return type === "reference" && set === "processes";
}

/** The types after which a list of devices reads differently. */
const FLEET: readonly EntryType[] = ["granted", "revoked", "wiped", "held", "closed", "withdrawn"];

export function isOfFleet({ type }: Entry): boolean {
  return FLEET.includes(type);
}

export function isWork(entry: Entry): boolean {
  return WORK.includes(entry.type);
}
