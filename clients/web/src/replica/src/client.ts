/**
 * What a screen asks of a device. Names and shapes are those of `roadbook device --json`; times are milliseconds since
 * 1970, UTC; ids are UUIDs in lower case. Nothing here waits for the network but what says so.
 */

import type { Brief } from "./brief/fact.ts";
import type { Credit, Judgement } from "./model/pricing/discretion.ts";
import type { Line as LineToPrice, Order as PricedOrder } from "./model/pricing/order.ts";
import type { Priced } from "./model/pricing/trace.ts";
import type { Template } from "./model/process/template.ts";
import type { RunFacts } from "./model/process/view.ts";

import type { Day, Period } from "./model/plan/calendar.ts";
import type { PlannedStop, Wish } from "./model/plan/day.ts";
import type { Place } from "./model/plan/distance.ts";
import type { Due } from "./model/plan/due.ts";
import type { Figures, GoalStanding } from "./model/plan/figures.ts";

export type { Wish as PlanWish } from "./model/plan/day.ts";
export type { Due, Standing } from "./model/plan/due.ts";
export type { Figures, GoalStanding, Turnover } from "./model/plan/figures.ts";
export type { Place } from "./model/plan/distance.ts";
export type { Amount, Brief, Fact, Section, Source, Statement, Topic, Who } from "./brief/fact.ts";
export type { Credit, Judgement, Reason } from "./model/pricing/discretion.ts";
export type { Line as LineToPrice, Order as PricedOrder } from "./model/pricing/order.ts";
export type {
  Priced,
  PricedLine,
  Problem as PriceProblem,
  RuleKind,
  Step as PriceStep,
  Tax as PricedTax,
} from "./model/pricing/trace.ts";

export type { Goal } from "./model/process/progress.ts";
export type { Answered, Outcome } from "./model/process/run.ts";
export type { Answer, By, Escalation, Measure, Response, Step, Template } from "./model/process/template.ts";
export type { PathView, ResponseView, RunFacts, StepView } from "./model/process/view.ts";

/** Stands for one of the kinds in `protocol/model.json`. */
export type Kind = string;
export type RecordId = string;
export type AccountId = string;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
/**
 * Content of a record, by field. Texts are strings, moments milliseconds since 1970, days `YYYY-MM-DD`; an item collection
 * is an object by item id. What is given may also have moments in RFC 3339 and collections as arrays of items with `id`.
 */
export type Fields = { readonly [field: string]: Json };

/** How far work has come, told as it is: never further than the server has said. */
export type SyncWord = "in_the_record" | "late" | "on_the_server" | "on_this_device" | "held" | "refused";

export interface Identity {
  readonly device: string;
  /** What its person called it; null where that was not kept yet. */
  readonly deviceName: string | null;
  readonly person: string;
  readonly personName: string;
  readonly role: string;
  /** Scheme, host and port of the server. */
  readonly server: string;
}

export interface Status {
  /** Captured and not answered by the server. */
  readonly waiting: number;
  /** Of how many records that is: to people, work on one is one thing. */
  readonly waitingRecords: number;
  readonly oldestAgeSeconds: number | null;
  readonly held: number;
  /** Of those held, how many can be captured anew now. */
  readonly reappliable: number;
  readonly refused: number;
  /** How much the office decided about what was held that is still to be read. */
  readonly notices: number;
  /** Of how many accounts that came or left the office says something that is still to be read. */
  readonly handovers: number;
  /** Records with a field of which several versions stand, and which this device may write to: somebody has to choose. */
  readonly contested: number;
  readonly lastContact: number | null;
  /** The server was out of reach for too long: records are closed until the next sync, capture is not (H7). */
  readonly signInDue: boolean;
  readonly leaving: boolean;
  readonly draining: readonly { readonly lease: string; readonly account: AccountId; readonly note: string | null }[];
  readonly records: number;
  readonly cursor: number;
  /** Deliveries of earlier records that are not complete: the app says "still arriving". */
  readonly openFills: number;
  readonly connection: "online" | "connecting" | "offline";
  /** What stands in the way of syncing, if something does. */
  readonly problem: Problem | null;
}

/** A coded error with words that say what to do next. */
export interface Problem {
  readonly code: string;
  readonly text: string;
}

export interface Summary {
  readonly record: RecordId;
  readonly kind: Kind;
  readonly account: AccountId;
  readonly title: string;
  readonly subtitle: string;
  readonly state: string | null;
  /** An order's number, once the server has given it one. */
  readonly number: string | null;
  /** Whose it is, as the figures count it: who makes a visit, took an order, does a task; null for what is nobody's by itself. */
  readonly person: string | null;
  /** When it happened or is due. */
  readonly at: number;
  readonly changed: number;
  readonly sync: SyncWord;
}

export interface Page {
  readonly records: readonly Summary[];
  /** Hand to the next call; null at the end. */
  readonly after: RecordId | null;
}

/** What a submitted order was captured at, and what the server found that it costs, in minor units before tax. */
export interface Review {
  readonly capturedMinor: number;
  readonly capturedTaxMinor: number | null;
  readonly pricedMinor: number;
  readonly pricedTaxMinor: number;
  /** Whether the two differ, so that somebody has to say which stands. */
  readonly differs: boolean;
  /** Codes of why it needs, or needed, an approval. */
  readonly reasons: readonly string[];
  /** The lowest role that may approve it. */
  readonly approver: string | null;
}

export interface RecordView extends Summary {
  /** Where its account lies, if this device was told. */
  readonly territory: string | null;
  readonly fields: Fields;
  /** Which state of it this is: what `edit` takes as `seen`. */
  readonly heads: readonly string[];
  /** What the kind derives, such as `total_minor`. */
  readonly derived: Fields;
  readonly decision: {
    readonly verb: string;
    readonly state: string;
    readonly number: string | null;
    readonly totalMinor: number | null;
    readonly currency: string | null;
    /** Why, in the words of who decided. */
    readonly text: string | null;
    /** What the server's own pricing came to when the order was submitted, if it had anything to say. */
    readonly review: Review | null;
  } | null;
  readonly conflicts: readonly {
    readonly path: readonly string[];
    readonly values: readonly {
      readonly value: Json;
      readonly stands: boolean;
      /** When it was written, by the clock of whoever wrote it. */
      readonly at: number | null;
      /** Whether it was written on this device. */
      readonly here: boolean;
    }[];
  }[];
  readonly items: readonly Item[];
  readonly creator: string;
  /** Whether this device may write to it now: its account's lease is open, its document is not closed, and the person's role writes its kind. */
  readonly writable: boolean;
  /** Whether new work may be captured on its account now, whatever of it the person's role writes. */
  readonly capturable: boolean;
}

export interface Item {
  readonly number: number;
  /** `create`, `edit`, `close`, `discard`, or the verb of a request. */
  readonly what: string;
  readonly record: RecordId | null;
  readonly kind: Kind | null;
  readonly account: AccountId | null;
  /** What the account is called, or was when it left this device. */
  readonly accountTitle: string | null;
  readonly title: string | null;
  readonly captured: number;
  readonly sync: SyncWord;
  readonly tray: boolean;
  readonly reason: {
    readonly code: string;
    readonly rule: string;
    readonly path: readonly string[];
    readonly text: string;
  } | null;
  /** For what is held: `now`, or the code of what stands in the way of capturing it anew. */
  readonly reapply: string | null;
  readonly wrote: Fields | null;
}

/** Work that left the held tray by the office's hand, or does not stand, until its person has read it. */
export interface Notice {
  /** No other notice of this device has it. */
  readonly key: string;
  /** The push number that the item had; 0 for what was no single item. */
  readonly number: number;
  /**
   * `discarded`: it is not in the record. `re_authored`: the office took over what it would have changed. `overruled`: it
   * was captured anew, by its person or from a store that was set aside, and what others wrote meanwhile stands (B9, S3).
   */
  readonly fate: string;
  /** Why, in the office's words; of what is overruled, in the device's. */
  readonly text: string;
  /** When, by the server's clock; of what is overruled, by the device's. */
  readonly at: number;
  /** The item as the tray showed it; of what is overruled, `wrote` has the values that do not stand and no others. */
  readonly item: Item;
}

/** What the office says of an account that came to this device or left it, until its person has read it (rule L12). */
export interface Handover {
  /** The lease that was granted or withdrawn: no other has it. */
  readonly lease: string;
  readonly account: AccountId;
  /** What it is called, or was when it left; null while its record is on its way. */
  readonly title: string | null;
  /** Whether it came to this device; otherwise it left it. */
  readonly gained: boolean;
  readonly note: string;
  /** When, by the server's clock. */
  readonly at: number;
}

/** Work that only a store that was set aside has: it could not be captured again. */
export interface KeptAside {
  /** Null for a store that cannot be read at all. */
  readonly record: RecordId | null;
  /** Why, as a code. */
  readonly code: string;
  /** As far as the record is on this device. */
  readonly kind: Kind | null;
  readonly title: string | null;
  readonly account: AccountId | null;
}

export type Edit =
  | { readonly set: { readonly path: readonly string[]; readonly value: Json } }
  | { readonly remove: { readonly path: readonly string[] } }
  /** The whole new text: the replica works out the splices, so that others' words stand. */
  | { readonly text: { readonly path: readonly string[]; readonly value: string } }
  | { readonly addItem: { readonly path: readonly string[]; readonly item: string; readonly fields: Fields } }
  | { readonly removeItem: { readonly path: readonly string[] } };

export interface Reference {
  readonly set: string;
  readonly key: string;
  readonly value: Json;
}

/** A process that may be begun. */
export interface Offer {
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly goal: string;
}

/** How often a version of a process was practised to the end on this device. */
export interface Practised {
  readonly process: string;
  readonly version: number;
  readonly times: number;
  /** When last. */
  readonly last: number;
}

/** What goes to a department, with its task once that was made. */
export interface HandOffView {
  readonly key: string;
  /** What the department is called. */
  readonly department: string;
  readonly subject: string;
  readonly task: RecordId | null;
  readonly state: string | null;
  readonly due: number | null;
}

/** A run with everything that is known of it here. */
export interface RunView extends RunFacts {
  readonly run: RecordId;
  readonly account: AccountId;
  readonly about: RecordId | null;
  readonly handOffs: readonly HandOffView[];
  readonly writable: boolean;
  readonly sync: SyncWord;
}

export interface Saved {
  readonly record: RecordId;
  /** Push number of what was captured: what `undo` takes back. */
  readonly number: number;
}

/** What was held and is captured anew. */
export interface Reapplied extends Saved {
  /** Paths of what does not stand, because others wrote the same meanwhile. */
  readonly overruled: readonly (readonly string[])[];
}

/** An order to be priced, as its person writes it; see `docs/pricing.md`. */
export interface ToPrice {
  readonly currency: string;
  /** The order's own day, `YYYY-MM-DD`; its prices hold if it is near enough to today. */
  readonly date: string;
  readonly lines: readonly LineToPrice[];
  readonly header_discount_bp?: number;
  readonly goodwill_minor?: number;
  readonly freight_minor?: number;
  /** Where it goes, if not to the account's own country. */
  readonly country?: string;
  readonly region?: string;
  /** Orders that owe nothing yet: the one that is changed, or whose place this one takes. */
  readonly without?: readonly RecordId[];
}

/** What rules are called, by the set that they are of and their key. */
export type RuleNames = Readonly<
  Record<"price_lists" | "tiers" | "promotions" | "taxes", Readonly<Record<string, string>>>
>;

export interface Price {
  readonly order: PricedOrder;
  readonly priced: Priced;
  /** What the person may grant without asking, and whose word is asked for beyond it. */
  readonly judgement: Judgement;
  readonly credit: Credit;
  readonly names: RuleNames;
}

export interface Storage {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** Whether the browser promised not to evict. */
  readonly persisted: boolean;
}

export type ReplicaEvent =
  | { readonly type: "status"; readonly status: Status }
  /** Records that changed, by capture here or by sync; empty means "many: read again". */
  | { readonly type: "changed"; readonly records: readonly RecordId[] }
  | { readonly type: "wiped" };

export type ListOrder = "title" | "recent" | "due";

export interface ListQuery {
  readonly kind: Kind;
  readonly account?: AccountId;
  readonly order?: ListOrder;
  /** Bounds on `at`. */
  readonly from?: number;
  readonly to?: number;
  readonly state?: string;
  /** Of visits, orders and tasks: those that count as the person's own, as in the figures, or those that do not. */
  readonly mine?: boolean;
  readonly after?: RecordId;
  readonly limit?: number;
}

/** Accounts that name another one. */
export interface Linked {
  readonly outlets: readonly Summary[];
  readonly referred: readonly Summary[];
}

/** An account that is to be visited by a cadence. */
export interface DueAccount extends Due {
  readonly account: AccountId;
  readonly title: string;
  /** Where it is, in a line; may be empty. */
  readonly subtitle: string;
  readonly segment: string | null;
  readonly place: Place | null;
}

/** A stop of the day's plan, with its account's name. */
export interface PlanStop extends PlannedStop {
  readonly title: string;
  readonly subtitle: string;
  readonly place: Place | null;
}

export interface PlannedDay {
  readonly day: Day;
  /** Where the way begins; at its first stop without it. */
  readonly start: Place | null;
  readonly stops: readonly PlanStop[];
  /** How long the way is, in metres over the ground. */
  readonly length_m: number;
  /** How long the shortest way is that keeps the times. */
  readonly shortest_m: number;
  /** What has no position, and so no place on the way. */
  readonly apart: readonly PlanStop[];
  /** How many accounts that are due found no place. */
  readonly left_over: number;
}

/** What a period comes to: in the record, and by how much that changes with what waits, and with what was held. */
export interface Month extends Period {
  readonly person: string;
  readonly offset_minutes: number;
  readonly record: Figures;
  readonly waiting: Figures;
  readonly held: Figures;
  readonly goals: readonly GoalStanding[];
}

/** Every method may reject with a `ReplicaError`, whose `code` is stable. */
export interface ReplicaClient {
  /** Null before enrolment. */
  identity(): Promise<Identity | null>;
  /**
   * By a link (`https://.../enrol#code=...`) or a bare code for the origin that served the page. Needs the network. On a
   * device that is enrolled already it begins a device of its own, for the same person, and carries over what was captured:
   * what a device does that was told `cloned`.
   */
  enrol(linkOrCode: string, deviceName: string): Promise<Identity>;
  status(): Promise<Status>;
  subscribe(listener: (event: ReplicaEvent) => void): () => void;

  list(query: ListQuery): Promise<Page>;
  /** Best match first; every word is a word or the beginning of one, whatever case and accents. */
  search(text: string, kind?: Kind, limit?: number): Promise<readonly Summary[]>;
  record(id: RecordId): Promise<RecordView | null>;
  /** Everything of an account, newest first. */
  timeline(account: AccountId, limit?: number): Promise<readonly Summary[]>;
  /**
   * The hand-over brief: what to know before the first visit, each statement with the records that it was read from. As of
   * now, or of another moment. Null for an account that is not here.
   */
  brief(account: AccountId, at?: number): Promise<Brief | null>;
  /** Accounts on this device that belong to one, and that it referred, each by name. */
  linked(account: AccountId): Promise<Linked>;
  /** The records that `Status.contested` counts. */
  contested(): Promise<readonly Summary[]>;
  /** Accounts that are to be visited by a cadence, the most urgent first, on a clock so many minutes before UTC. */
  due(offsetMinutes: number): Promise<readonly DueAccount[]>;
  /** The person's plan for today, as wished. */
  plan(wish: Partial<Wish>, offsetMinutes: number): Promise<PlannedDay>;
  /** What the person's period comes to: a day, month, quarter or year such as `2026-11`. */
  month(period: string, offsetMinutes: number): Promise<Month>;
  /**
   * Accounts with a position, within a box in microdegrees, for the map. Of more than the limit: those nearest to a place, the
   * nearest first; without one as many of them, from everywhere alike.
   */
  accountsIn(
    box: { south: number; west: number; north: number; east: number },
    limit?: number,
    near?: { latitude: number; longitude: number },
  ): Promise<readonly (Summary & { readonly latitude: number; readonly longitude: number })[]>;

  reference(set: string, key: string): Promise<Reference | null>;
  references(set: string, after?: string, limit?: number): Promise<readonly Reference[]>;
  findReference(set: string, text: string, limit?: number): Promise<readonly Reference[]>;

  /** What an account may owe, and does, with its orders that are handed in and not through, whether the server heard of them or not. */
  credit(account: AccountId): Promise<Credit>;
  /** What an order would cost, rule by rule. Nothing is saved by asking. */
  price(account: AccountId, wanted: ToPrice): Promise<Price>;

  create(kind: Kind, account: AccountId, fields: Fields): Promise<Saved>;
  /** Without a territory: the one that the person holds, if it is one. */
  newAccount(fields: Fields, territory?: string): Promise<Saved>;
  territories(): Promise<readonly { readonly territory: string; readonly name: string }[]>;
  /**
   * What others wrote since the state that was `seen` counts as written at the same time: texts are merged, and a field that
   * both wrote keeps both values until somebody chooses. Without it, or where the record never had that state, the edits
   * are made on the record as it stands.
   */
  edit(record: RecordId, edits: readonly Edit[], seen?: readonly string[]): Promise<Saved>;
  /**
   * Corrects an order that was handed in and is not accepted yet: takes it back, changes it and hands it in again, all of it
   * or nothing. What it saved, in that order.
   */
  correct(record: RecordId, edits: readonly Edit[]): Promise<readonly Saved[]>;
  request(verb: string, record: RecordId): Promise<Saved>;
  /**
   * Takes back what was just captured; false once it has been sent, or something builds on it. In a browser what was
   * captured waits four seconds for that before it is sent, unless `syncNow` is asked for.
   */
  undo(number: number): Promise<boolean>;

  /** The processes that are offered for a record; for none, all that are offered anywhere. */
  processes(about: RecordId | null): Promise<readonly Offer[]>;
  /** A process, whole: as it is offered now, or in one version. */
  template(process: string, version?: number): Promise<Template | null>;
  /** The runs about a record, of an account all at it; those that go on first. */
  runs(about: RecordId): Promise<readonly RunView[]>;
  /** Null for a run that is not here, or whose version is not. */
  run(id: RecordId): Promise<RunView | null>;
  startRun(process: string, about: RecordId): Promise<Saved>;
  /** `yes` or `no` to a check, a word of a choice, a number or a text; null leaves the step out. What follows is captured with it. */
  answerStep(run: RecordId, step: string, said: string | null): Promise<Saved>;
  useResponse(run: RecordId, response: string, worked: "yes" | "no" | "unknown"): Promise<Saved>;
  endRun(run: RecordId, isGivenUp: boolean): Promise<Saved>;

  /** What was practised to the end on this device, the latest first. */
  practice(): Promise<readonly Practised[]>;
  /** Notes that a version was practised to the end. The office hears how often, and nothing else. */
  practised(process: string, version: number): Promise<void>;

  outbox(): Promise<readonly Item[]>;
  /** What came into the record last, in time or late, the latest last. */
  arrived(): Promise<readonly Item[]>;
  heldTray(): Promise<readonly Item[]>;
  /** What others wrote meanwhile stands, and a notice tells of it; where nothing else is left, the item is given up with that. */
  reapply(number: number): Promise<Reapplied>;
  discardHeld(number: number): Promise<void>;
  /** What the office decided about held work and is still to be read, the oldest first. */
  notices(): Promise<readonly Notice[]>;
  /** Forgets a notice that was read; `keepNotice` takes that back. */
  dismissNotice(key: string): Promise<void>;
  keepNotice(notice: Notice): Promise<void>;

  /** What the office says of accounts that changed hands and is still to be read, the latest first. */
  handovers(): Promise<readonly Handover[]>;
  /** Forgets what was read, by its leases; `keepHandovers` takes that back. */
  dismissHandovers(leases: readonly string[]): Promise<void>;
  keepHandovers(handovers: readonly Handover[]): Promise<void>;

  /** What stores that were set aside hold and could not be carried over. It stays in them, and in a rescue file. */
  keptAside(): Promise<readonly KeptAside[]>;

  /** Resolves when the exchange is over; rejects with `offline` and its like. */
  syncNow(): Promise<Status>;

  /**
   * Signs its person out: sends what waits, hands everything over, and removes all of it from here, drafts too. Resolves when
   * nothing is left. Rejects with what stands in the way (`unsent_work`, also without a connection; `unsent_work_aside`;
   * `undecided_work`, unless that is left to the office; `offline`): then this device works on as before.
   */
  signOut(leaveUndecided?: boolean): Promise<void>;

  /** What is being typed, kept at each keystroke; survives a killed tab. */
  draft(key: string): Promise<Json>;
  keepDraft(key: string, value: Json): Promise<void>;
  dropDraft(key: string): Promise<void>;
  drafts(): Promise<readonly { readonly key: string; readonly value: Json; readonly changed: number }[]>;

  storage(): Promise<Storage>;
  /** Asks the browser not to evict. */
  persist(): Promise<boolean>;
  /** Everything unsent, encrypted with a passphrase; `openRescueFile` reads it. */
  rescueFile(passphrase: string): Promise<Blob>;
}

/** What a replica refuses, with a stable code and a text for people. */
export class ReplicaError extends Error {
  override readonly name = "ReplicaError";
  constructor(
    readonly code: string,
    text: string,
    readonly path: readonly string[] = [],
  ) {
    super(text);
  }
}
