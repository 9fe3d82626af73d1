import type { Schema } from "$api/client";

/** An entry of the log, as far as the console reads it. What its type does not say is absent. */
export interface Entry {
  readonly position: number;
  readonly at: string;
  readonly type: EntryType;
  readonly account_id: string | null;
  readonly account_name: string | null;
  readonly record_id: string | null;
  readonly kind: string | null;
  readonly device_id: string | null;
  readonly device_name: string | null;
  readonly person_id: string | null;
  readonly person_name: string | null;
  readonly created?: boolean;
  readonly late?: boolean;
  readonly captured_at?: string;
  readonly fields?: readonly unknown[];
  readonly verb?: string;
  readonly state?: string;
  readonly order_number?: string | null;
  readonly total_minor?: number | null;
  readonly currency?: string | null;
  readonly leases?: number;
  /** How many, or which. */
  readonly accounts?: number | readonly unknown[];
  readonly note?: string | null;
  readonly set?: string;
  readonly items?: number;
  readonly code?: string;
  readonly text?: string;
  readonly fate?: string;
  readonly blocked?: boolean;
  readonly grace_until?: string | null;
  /** What the record is called and how it stands; null where an entry is of no record. */
  readonly summary?: { readonly action: string; readonly title: string | null; readonly outcome: string | null } | null;
}

export type EntryType =
  | "changes"
  | "decision"
  | "granted"
  | "withdrawn"
  | "closed"
  | "reference"
  | "held"
  | "refused"
  | "fate"
  | "placed"
  | "revoked"
  | "wiped"
  | "alias"
  | "conflict";

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

/** The API describes an entry as any object; what it is of, its type says. */
export function entriesOf(page: Schema["LogPage"]): Entry[] {
  return page.entries as unknown as Entry[];
}
