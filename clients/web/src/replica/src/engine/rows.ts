/** What a device keeps, as rows. */

import type { Item } from "../client.ts";
import type { PlanFacts } from "../model/plan/facts.ts";
import type {
  Answered,
  Decision,
  Facts,
  FillMark,
  LatePolicy,
  Mark,
  Practised,
  Receipt,
  Subject,
} from "../wire/frames.gen.ts";

/** The one row about the device itself. */
export interface DeviceRow {
  readonly device: string;
  readonly person: string;
  /** That person's role, for checks before "saved"; the server decides by its own. */
  readonly role: string;
  /** The server's page-signing key, SEC1. */
  readonly server_key: Uint8Array;
  readonly digest_key: Uint8Array;
  readonly store_generation: number;
  readonly epoch: Uint8Array;
  readonly nonce: Uint8Array;
  readonly cursor: Mark;
  readonly receipt: Mark;
  readonly answered: Answered | null;
  /** The highest push number ever given. */
  readonly last_number: number;
  /** The highest push number that may have left the device. */
  readonly sent_number: number;
  /** Sum of the digests of all records, modulo 2^64. */
  readonly digest: bigint;
  /** When the server last answered, by the device's clock; 0 is never. */
  readonly contact_ms: number;
  /** What the office was last told of this installation. */
  readonly told: Facts | null;
  /** Which versions of processes its person practised here, the latest first; absent for none. */
  readonly practised?: readonly Practised[];
  readonly offline_days: number;
  readonly leaving: "no" | "ordered" | "wiped";
  /** What was captured here and is in the record, as it was told when it came: the last of it, the latest last. */
  readonly arrived?: readonly Item[];
  /** Each kind's version, by its name, as the app knew it that had the store last (rule V4). */
  readonly kinds?: Readonly<Record<string, number>>;
  /** Captures asked for last, by the name of the call, and what they saved. */
  readonly calls: readonly { readonly name: string; readonly saved: unknown }[];
}

export interface RecordRow {
  readonly id: string;
  readonly kind: string;
  readonly account: string;
  readonly creator: string;
  readonly generation: number;
  /** The saved document of accepted changes alone; empty until the first is accepted. */
  readonly accepted: Uint8Array;
  /** The branch that new changes go to. */
  readonly branch: number;
  /** The digest of the accepted document, 0 while there is none. */
  readonly digest: bigint;
  readonly decision: Decision | null;
  readonly changed_ms: number;
}

/**
 * A lease's life on the device: proposed for an account it created, granted, withdrawn, its close on its way, closed.
 */
export type LeaseState = "proposed" | "open" | "frozen" | "closing" | "closed";

export interface LeaseRow {
  readonly lease: string;
  readonly subject: Subject;
  readonly state: LeaseState;
  readonly late: { readonly policy: LatePolicy; readonly grace_until_ms: number } | null;
  readonly note: string | null;
  /** The account that its account was merged into, if it was. */
  readonly root?: string | null;
  /** The territory in which its account lies, as the device was told last (rule P10). */
  readonly lies_in?: string | null;
}

/** One item of the outbox, or of the held tray. */
export interface ItemRow {
  readonly number: number;
  readonly lease: string;
  readonly record: string | null;
  readonly account: string | null;
  readonly captured_ms: number;
  /** The item as it is pushed, byte for byte. */
  readonly bytes: Uint8Array;
  /** Whether it is out of the record's current content: held, refused, or behind one that is. */
  readonly tray: boolean;
  readonly receipt: Receipt | null;
  /** Changes that it builds on and that left the tray with a fate of their own: without them it could not be read. */
  readonly beneath?: readonly Uint8Array[];
  /** What its account was called when that left the device. */
  readonly account_title?: string;
}

/** Work that left the tray by somebody else's hand, or does not stand, until its person has read it. */
export interface NoticeRow {
  /** The device, its store's generation and the item's number in it; of what is overruled, the record and its state. */
  readonly key: string;
  readonly number: number;
  readonly fate: string;
  /** Why, in the office's words. */
  readonly text: string;
  /** When, by the server's clock. */
  readonly at_ms: number;
  /** The item as the tray showed it. */
  readonly item: Item;
}

/** What the office says of an account that changed hands, until its person has read it (rule L12). */
export interface HandoverRow {
  /** The lease that was granted or withdrawn. */
  readonly lease: string;
  readonly account: string;
  /** What it was called when it left; null of one that came: its record says that. */
  readonly title: string | null;
  /** Whether it came to this device; otherwise it left it. */
  readonly gained: boolean;
  readonly note: string;
  /** When, by the server's clock. */
  readonly at_ms: number;
}

/** What lists and search show of a record: its current content, pending work included. */
export interface ViewRow {
  readonly record: string;
  readonly kind: string;
  readonly account: string;
  readonly title: string;
  readonly subtitle: string;
  readonly state: string | null;
  /** The number that the server gave it; absent while it has none. */
  readonly number?: string;
  readonly at_ms: number;
  readonly changed_ms: number;
  /** Place in lists of its kind, lowest first. */
  readonly sort: string;
  /** The words by which it is found. */
  readonly words: readonly string[];
  /** An account that was merged into another: it is found, and marked, but not listed. */
  readonly merged?: true;
  /** The title's words, a blank before each: what begins with a search comes first. */
  readonly heading: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** What the plan counts of it. */
  readonly plan?: PlanFacts;
  /** How many of its fields have several values; absent for none. */
  readonly contested?: number;
}

export interface FillRow {
  readonly grant: number;
  readonly mark: FillMark;
}

export interface ReferenceRow {
  readonly set: string;
  readonly key: string;
  readonly json: string;
  /** Each behind its set, so that one index serves all sets. */
  readonly words: readonly string[];
}

/** The words of all list rows as search packed them last, so that a cold start need not read the rows. */
export interface IndexRow {
  readonly name: "search";
  readonly packed: string;
}

/** A record whose list row changed since the index was packed. */
export interface UnindexedRow {
  readonly record: string;
}

/** The rows of each table, by its name. */
export interface Tables {
  device: DeviceRow;
  record: RecordRow;
  view: ViewRow;
  lease: LeaseRow;
  item: ItemRow;
  fill: FillRow;
  reference: ReferenceRow;
  notice: NoticeRow;
  handover: HandoverRow;
  index: IndexRow;
  unindexed: UnindexedRow;
}
export type TableName = keyof Tables;
export type Key = string | number | readonly (string | number)[];

/** Where a row stands in its table. */
export const KEY_PATHS = {
  device: "device",
  record: "id",
  view: "record",
  lease: "lease",
  item: "number",
  fill: "grant",
  reference: ["set", "key"],
  notice: "key",
  handover: "lease",
  index: "name",
  unindexed: "record",
} as const;

/** What one transaction writes: all of it or nothing. */
export interface Writes {
  /** Tables that are emptied first. */
  readonly clear: readonly TableName[];
  readonly put: readonly { readonly [T in TableName]: { readonly table: T; readonly row: Tables[T] } }[TableName][];
  readonly remove: readonly { readonly table: TableName; readonly key: Key }[];
}

/** Bounds of a look along an index. */
export interface Range {
  readonly from?: Key;
  readonly to?: Key;
  /** Leave out `from` itself, or in descending order `to`. */
  readonly isAfter?: boolean;
  readonly isDescending?: boolean;
  readonly limit?: number;
}

/** A device's store. Each call is one transaction; `commit` returns when what it wrote would survive a power cut. */
export interface Store {
  get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined>;
  many<T extends TableName>(table: T, keys: readonly Key[]): Promise<(Tables[T] | undefined)[]>;
  all<T extends TableName>(table: T): Promise<Tables[T][]>;
  along<T extends TableName>(table: T, index: string, range: Range): Promise<Tables[T][]>;
  alongKey<T extends TableName>(table: T, range: Range): Promise<Tables[T][]>;
  keysAlong(table: TableName, index: string, range: Range): Promise<Key[]>;
  count(table: TableName): Promise<number>;
  commit(writes: Writes): Promise<void>;
  close(): void;
}

/** A subject as one text. */
export const subjectKey = (subject: Subject): string =>
  "account" in subject ? `account ${subject.account}` : `territory ${subject.territory}`;
