// Made from protocol/frames.cddl and section 15 of protocol/SPEC.md by codegen/cddl.js; do not edit.

import { choice, leaf, list, of, optional, type Shape, struct } from "./shapes.ts";

/** The limits of the specification. */
export const LIMITS = {
  /** bytes of a frame */
  FRAME_BYTES_MAX: 4_194_304,
  /** bytes of a frame to a server before its welcome */
  HELLO_BYTES_MAX: 8_192,
  /** bytes of a body, inflated */
  BODY_BYTES_MAX: 16_777_216,
  /** items in a push, receipts in an answer */
  PUSH_ITEMS_MAX: 500,
  /** changes in an item */
  ITEM_CHANGES_MAX: 64,
  /** bytes of an item */
  ITEM_BYTES_MAX: 2_097_152,
  /** heads in a request */
  HEADS_MAX: 64,
  /** fills in a hello */
  FILLS_MAX: 64,
  /** inflated bytes at which a server closes a page, unless one change alone is longer */
  PAGE_BYTES_TARGET: 1_048_576,
  /** entries and fill records in a page */
  PAGE_PARTS_MAX: 4_000,
  /** pages on their way */
  PAGE_WINDOW: 4,
  /** leases in a `granted` or `withdrawn` entry, accounts in a `placed` one */
  ENTRY_PARTS_MAX: 4_000,
  /** accounts or records in a digest frame */
  DIGEST_PARTS_MAX: 20_000,
  /** bytes of a code, a rule, a kind, a verb */
  WORD_BYTES_MAX: 64,
  /** bytes of an error's text */
  TEXT_BYTES_MAX: 2_000,
  /** days without an answer after which signing in is due, unless the welcome says another number */
  OFFLINE_DAYS: 30,
  /** generations of a device ended for another of its stores (S4) */
  RENEWALS_MAX: 4,
  /** days within which they count */
  RENEWAL_DAYS: 7,
  /** store generations that a device is given within 24 hours (S5) */
  RENEWALS_A_DAY_MAX: 50,
  /** bytes of a device's items that are held or refused within 24 hours (B11) */
  ASIDE_BYTES_A_DAY_MAX: 67_108_864,
  /** what each of them counts for at least */
  ASIDE_BYTES_MIN: 1_024,
  /** arrays within each other that an encoder writes */
  NESTING_MAX: 16,
} as const;

export interface Mark {
  readonly position: bigint;
  readonly chain: Uint8Array;
}
export const mark: Shape<Mark> = struct({ position: leaf.u64, chain: leaf.tag16 });

export interface Answered {
  readonly number: bigint;
  readonly item: Uint8Array;
}
export const answered: Shape<Answered> = struct({ number: leaf.u64, item: leaf.tag16 });

export interface FillToken {
  readonly account: string;
  readonly order: number;
  readonly record: string;
  readonly partial: number | null;
}
export const fillToken: Shape<FillToken> = struct({
  account: leaf.id,
  order: leaf.u8,
  record: leaf.id,
  partial: optional(leaf.u32),
});

export interface FillMark {
  readonly grant: bigint;
  readonly token: FillToken | null;
}
export const fillMark: Shape<FillMark> = struct({ grant: leaf.u64, token: optional(fillToken) });

export interface Facts {
  readonly client: string;
  readonly store_bytes: bigint;
}
export const facts: Shape<Facts> = struct({ client: leaf.word, store_bytes: leaf.u64 });

export interface Hello {
  readonly version: number;
  readonly device: string;
  readonly nonce: Uint8Array;
  readonly signature: Uint8Array;
  readonly store_generation: number;
  readonly epoch: Uint8Array;
  readonly cursor: Mark;
  readonly receipt: Mark;
  readonly last_number: bigint;
  readonly answered: Answered | null;
  readonly fills: readonly FillMark[];
  readonly digest: bigint;
  readonly waiting: number;
  readonly oldest_s: number;
  readonly facts: Facts | null;
}
export const hello: Shape<Hello> = struct({
  version: leaf.u16,
  device: leaf.id,
  nonce: leaf.nonce,
  signature: leaf.signature,
  store_generation: leaf.u32,
  epoch: leaf.tag16,
  cursor: mark,
  receipt: mark,
  last_number: leaf.u64,
  answered: optional(answered),
  fills: list(fillMark),
  digest: leaf.u64,
  waiting: leaf.u32,
  oldest_s: leaf.u32,
  facts: optional(facts),
});

export interface Welcome {
  readonly version: number;
  readonly epoch: Uint8Array;
  readonly nonce: Uint8Array;
  readonly head: Mark;
  readonly idle: boolean;
  readonly differs: boolean;
  readonly last_number: bigint;
  readonly now_ms: bigint;
  readonly offline_days: number | null;
  readonly role: string | null;
}
export const welcome: Shape<Welcome> = struct({
  version: leaf.u16,
  epoch: leaf.tag16,
  nonce: leaf.nonce,
  head: mark,
  idle: leaf.bool,
  differs: leaf.bool,
  last_number: leaf.u64,
  now_ms: leaf.milliseconds,
  offline_days: optional(leaf.u16),
  role: optional(leaf.tstr),
});

export interface Challenge {
  readonly nonce: Uint8Array;
}
export const challenge: Shape<Challenge> = struct({ nonce: leaf.nonce });

export interface Push {
  readonly items: Uint8Array;
  readonly signature: Uint8Array;
}
export const push: Shape<Push> = struct({ items: leaf.deflated, signature: leaf.signature });

export interface Reason {
  readonly code: string;
  readonly rule: string;
  readonly path: readonly string[];
  readonly text: string;
}
export const reason: Shape<Reason> = struct({
  code: leaf.word,
  rule: leaf.word,
  path: list(leaf.tstr),
  text: leaf.tstr,
});

export type Outcome =
  { readonly in_record: { readonly late: boolean } } | { readonly held: Reason } | { readonly refused: Reason };
export const outcome: Shape<Outcome> = choice([
  ["in_record", struct({ late: leaf.bool })],
  ["held", of(reason)],
  ["refused", of(reason)],
]);

export interface Receipt {
  readonly number: bigint;
  readonly position: bigint;
  readonly outcome: Outcome;
}
export const receipt: Shape<Receipt> = struct({ number: leaf.u64, position: leaf.u64, outcome: outcome });

export interface Receipts {
  readonly mark: Mark;
  readonly receipts: readonly Receipt[];
}
export const receipts: Shape<Receipts> = struct({ mark: mark, receipts: list(receipt) });

export interface Page {
  readonly from: bigint;
  readonly upto: Mark;
  readonly more: boolean;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}
export const page: Shape<Page> = struct({
  from: leaf.u64,
  upto: mark,
  more: leaf.bool,
  body: leaf.deflated,
  signature: leaf.signature,
});

export interface Applied {
  readonly position: bigint;
}
export const applied: Shape<Applied> = struct({ position: leaf.u64 });

export interface AccountDigest {
  readonly account: string;
  readonly digest: bigint;
}
export const accountDigest: Shape<AccountDigest> = struct({ account: leaf.id, digest: leaf.u64 });

export interface RecordDigest {
  readonly account: string;
  readonly record: string;
  readonly digest: bigint;
}
export const recordDigest: Shape<RecordDigest> = struct({ account: leaf.id, record: leaf.id, digest: leaf.u64 });

export type Digests =
  | { readonly accounts: readonly AccountDigest[] }
  | { readonly differ: readonly string[] }
  | { readonly records: readonly RecordDigest[] };
export const digests: Shape<Digests> = choice([
  ["accounts", of(list(accountDigest))],
  ["differ", of(list(leaf.id))],
  ["records", of(list(recordDigest))],
]);

export interface NewGeneration {
  readonly store_generation: number;
  readonly cursor: Mark;
  readonly nonce: Uint8Array;
  readonly text: string;
}
export const newGeneration: Shape<NewGeneration> = struct({
  store_generation: leaf.u32,
  cursor: mark,
  nonce: leaf.nonce,
  text: leaf.tstr,
});

export interface Error {
  readonly code: string;
  readonly text: string;
  readonly retry_after_ms: number | null;
}
export const error: Shape<Error> = struct({ code: leaf.word, text: leaf.tstr, retry_after_ms: optional(leaf.u32) });

export interface Goodbye {
  readonly code: string;
}
export const goodbye: Shape<Goodbye> = struct({ code: leaf.word });

export interface Leave {
  readonly last_number: bigint;
  readonly signature: Uint8Array;
}
export const leave: Shape<Leave> = struct({ last_number: leaf.u64, signature: leaf.signature });

export type Frame =
  | { readonly hello: Hello }
  | { readonly welcome: Welcome }
  | { readonly challenge: Challenge }
  | { readonly push: Push }
  | { readonly receipts: Receipts }
  | { readonly page: Page }
  | { readonly applied: Applied }
  | { readonly digest: Digests }
  | { readonly new_generation: NewGeneration }
  | { readonly error: Error }
  | { readonly goodbye: Goodbye }
  | { readonly leave: Leave };
export const frame: Shape<Frame> = choice([
  ["hello", of(hello)],
  ["welcome", of(welcome)],
  ["challenge", of(challenge)],
  ["push", of(push)],
  ["receipts", of(receipts)],
  ["page", of(page)],
  ["applied", of(applied)],
  ["digest", of(digests)],
  ["new_generation", of(newGeneration)],
  ["error", of(error)],
  ["goodbye", of(goodbye)],
  ["leave", of(leave)],
]);

export interface NewRecord {
  readonly kind: string;
  readonly account: string;
  readonly opens: string | null;
}
export const newRecord: Shape<NewRecord> = struct({ kind: leaf.word, account: leaf.id, opens: optional(leaf.id) });

export interface Changes {
  readonly record: string;
  readonly generation: number;
  readonly branch: number;
  readonly kind_version: number;
  readonly changes: readonly Uint8Array[];
  readonly new: NewRecord | null;
}
export const changes: Shape<Changes> = struct({
  record: leaf.id,
  generation: leaf.u32,
  branch: leaf.u32,
  kind_version: leaf.u32,
  changes: list(leaf.change),
  new: optional(newRecord),
});

export interface Request {
  readonly id: string;
  readonly verb: string;
  readonly record: string;
  readonly heads: readonly Uint8Array[];
}
export const request: Shape<Request> = struct({
  id: leaf.id,
  verb: leaf.word,
  record: leaf.id,
  heads: list(leaf.hash),
});

export type ItemBody =
  | { readonly changes: Changes }
  | { readonly request: Request }
  | "close"
  | { readonly discard: { readonly number: bigint } }
  | "wiped";
export const itemBody: Shape<ItemBody> = choice([
  ["changes", of(changes)],
  ["request", of(request)],
  ["close", null],
  ["discard", struct({ number: leaf.u64 })],
  ["wiped", null],
]);

export interface Item {
  readonly number: bigint;
  readonly lease: string;
  readonly captured_ms: bigint;
  readonly body: ItemBody;
  readonly reapplies: bigint | null;
}
export const item: Shape<Item> = struct({
  number: leaf.u64,
  lease: leaf.id,
  captured_ms: leaf.milliseconds,
  body: itemBody,
  reapplies: optional(leaf.u64),
});

export interface Author {
  readonly person: string;
  readonly device: string | null;
  readonly store_generation: number;
  readonly number: bigint;
}
export const author: Shape<Author> = struct({
  person: leaf.id,
  device: optional(leaf.id),
  store_generation: leaf.u32,
  number: leaf.u64,
});

export interface Opened {
  readonly lease: string | null;
  readonly territory: string;
}
export const opened: Shape<Opened> = struct({ lease: optional(leaf.id), territory: leaf.id });

export interface Taken {
  readonly record: string;
  readonly account: string;
  readonly generation: number;
  readonly kind_version: number;
  readonly author: Author;
  readonly captured_ms: bigint;
  readonly late: boolean;
  readonly changes: readonly Uint8Array[];
  readonly creates: string | null;
  readonly opens: Opened | null;
}
export const taken: Shape<Taken> = struct({
  record: leaf.id,
  account: leaf.id,
  generation: leaf.u32,
  kind_version: leaf.u32,
  author: author,
  captured_ms: leaf.milliseconds,
  late: leaf.bool,
  changes: list(leaf.change),
  creates: optional(leaf.word),
  opens: optional(opened),
});

export interface ReviewLine {
  readonly item: string;
  readonly unit_price_minor: bigint;
  readonly net_minor: bigint;
}
export const reviewLine: Shape<ReviewLine> = struct({
  item: leaf.tstr,
  unit_price_minor: leaf.i64,
  net_minor: leaf.i64,
});

export interface Review {
  readonly captured_minor: bigint;
  readonly captured_tax_minor: bigint | null;
  readonly priced_minor: bigint;
  readonly priced_tax_minor: bigint;
  readonly differs: boolean;
  readonly reasons: readonly string[];
  readonly approver: string | null;
  readonly lines: readonly ReviewLine[];
}
export const review: Shape<Review> = struct({
  captured_minor: leaf.i64,
  captured_tax_minor: optional(leaf.i64),
  priced_minor: leaf.i64,
  priced_tax_minor: leaf.i64,
  differs: leaf.bool,
  reasons: list(leaf.word),
  approver: optional(leaf.word),
  lines: list(reviewLine),
});

export interface Decision {
  readonly record: string;
  readonly account: string;
  readonly verb: string;
  readonly state: string;
  readonly by: string;
  readonly request: string | null;
  readonly number: string | null;
  readonly total_minor: bigint | null;
  readonly currency: string | null;
  readonly heads: readonly Uint8Array[];
  readonly effective_ms: bigint | null;
  readonly review: Review | null;
  readonly text: string | null;
}
export const decision: Shape<Decision> = struct({
  record: leaf.id,
  account: leaf.id,
  verb: leaf.word,
  state: leaf.word,
  by: leaf.id,
  request: optional(leaf.id),
  number: optional(leaf.tstr),
  total_minor: optional(leaf.i64),
  currency: optional(leaf.tstr),
  heads: list(leaf.hash),
  effective_ms: optional(leaf.milliseconds),
  review: optional(review),
  text: optional(leaf.tstr),
});

export type Subject = { readonly account: string } | { readonly territory: string };
export const subject: Shape<Subject> = choice([
  ["account", of(leaf.id)],
  ["territory", of(leaf.id)],
]);

export interface Grant {
  readonly lease: string;
  readonly subject: Subject;
  readonly root: string | null;
}
export const grant: Shape<Grant> = struct({ lease: leaf.id, subject: subject, root: optional(leaf.id) });

export interface Granted {
  readonly device: string;
  readonly grants: readonly Grant[];
  readonly note: string | null;
}
export const granted: Shape<Granted> = struct({ device: leaf.id, grants: list(grant), note: optional(leaf.tstr) });

export type LatePolicy = "accept" | "review" | "refuse";
export const latePolicy: Shape<LatePolicy> = choice([
  ["accept", null],
  ["review", null],
  ["refuse", null],
]);

export interface Withdrawn {
  readonly device: string;
  readonly leases: readonly string[];
  readonly policy: LatePolicy;
  readonly grace_until_ms: bigint;
  readonly note: string | null;
}
export const withdrawn: Shape<Withdrawn> = struct({
  device: leaf.id,
  leases: list(leaf.id),
  policy: latePolicy,
  grace_until_ms: leaf.milliseconds,
  note: optional(leaf.tstr),
});

export interface Closed {
  readonly device: string;
  readonly lease: string;
  readonly number: bigint;
}
export const closed: Shape<Closed> = struct({ device: leaf.id, lease: leaf.id, number: leaf.u64 });

export interface ReferenceItem {
  readonly key: string;
  readonly json: string | null;
}
export const referenceItem: Shape<ReferenceItem> = struct({ key: leaf.tstr, json: optional(leaf.tstr) });

export interface Reference {
  readonly set: string;
  readonly items: readonly ReferenceItem[];
}
export const reference: Shape<Reference> = struct({ set: leaf.word, items: list(referenceItem) });

export interface Unaccepted {
  readonly author: Author;
  readonly item: Uint8Array;
  readonly held: boolean;
  readonly record: string | null;
  readonly account: string | null;
  readonly reason: Reason;
}
export const unaccepted: Shape<Unaccepted> = struct({
  author: author,
  item: leaf.hash,
  held: leaf.bool,
  record: optional(leaf.id),
  account: optional(leaf.id),
  reason: reason,
});

export interface Fate {
  readonly author: Author;
  readonly fate: string;
  readonly by: string;
  readonly text: string;
  readonly item: Uint8Array;
}
export const fate: Shape<Fate> = struct({
  author: author,
  fate: leaf.word,
  by: leaf.id,
  text: leaf.tstr,
  item: leaf.hash,
});

export interface PlacedAccount {
  readonly account: string;
  readonly previous: string | null;
}
export const placedAccount: Shape<PlacedAccount> = struct({ account: leaf.id, previous: optional(leaf.id) });

export interface Placed {
  readonly territory: string;
  readonly accounts: readonly PlacedAccount[];
  readonly by: string;
}
export const placed: Shape<Placed> = struct({ territory: leaf.id, accounts: list(placedAccount), by: leaf.id });

export interface ConflictField {
  readonly path: readonly string[];
  readonly kept: string;
  readonly late: string;
}
export const conflictField: Shape<ConflictField> = struct({ path: list(leaf.tstr), kept: leaf.tstr, late: leaf.tstr });

export interface Conflict {
  readonly record: string;
  readonly account: string;
  readonly author: Author;
  readonly fields: readonly ConflictField[];
  readonly source: string | null;
}
export const conflict: Shape<Conflict> = struct({
  record: leaf.id,
  account: leaf.id,
  author: author,
  fields: list(conflictField),
  source: optional(leaf.id),
});

export interface Revoked {
  readonly device: string;
  readonly blocked: boolean;
  readonly note: string | null;
}
export const revoked: Shape<Revoked> = struct({ device: leaf.id, blocked: leaf.bool, note: optional(leaf.tstr) });

export interface Wiped {
  readonly device: string;
  readonly store_generation: number;
  readonly number: bigint;
}
export const wiped: Shape<Wiped> = struct({ device: leaf.id, store_generation: leaf.u32, number: leaf.u64 });

export interface Alias {
  readonly account: string;
  readonly root: string;
  readonly by: string;
  readonly note: string | null;
}
export const alias: Shape<Alias> = struct({ account: leaf.id, root: leaf.id, by: leaf.id, note: optional(leaf.tstr) });

export type Entry =
  | { readonly changes: Taken }
  | { readonly decision: Decision }
  | { readonly granted: Granted }
  | { readonly withdrawn: Withdrawn }
  | { readonly closed: Closed }
  | { readonly reference: Reference }
  | { readonly unaccepted: Unaccepted }
  | { readonly fate: Fate }
  | { readonly placed: Placed }
  | { readonly conflict: Conflict }
  | { readonly revoked: Revoked }
  | { readonly wiped: Wiped }
  | { readonly alias: Alias };
export const entry: Shape<Entry> = choice([
  ["changes", of(taken)],
  ["decision", of(decision)],
  ["granted", of(granted)],
  ["withdrawn", of(withdrawn)],
  ["closed", of(closed)],
  ["reference", of(reference)],
  ["unaccepted", of(unaccepted)],
  ["fate", of(fate)],
  ["placed", of(placed)],
  ["conflict", of(conflict)],
  ["revoked", of(revoked)],
  ["wiped", of(wiped)],
  ["alias", of(alias)],
]);

export interface PageEntry {
  readonly position: bigint;
  readonly at_ms: bigint;
  readonly salt: Uint8Array;
  readonly payload: Uint8Array;
}
export const pageEntry: Shape<PageEntry> = struct({
  position: leaf.u64,
  at_ms: leaf.milliseconds,
  salt: leaf.tag16,
  payload: leaf.bytes,
});

export type Hand =
  | "whole"
  | "server"
  | { readonly device: { readonly device: string; readonly store_generation: number; readonly branch: number } };
export const hand: Shape<Hand> = choice([
  ["whole", null],
  ["server", null],
  ["device", struct({ device: leaf.id, store_generation: leaf.u32, branch: leaf.u32 })],
]);

export interface FillChange {
  readonly chunk: Uint8Array;
  readonly hand: Hand | null;
}
export const fillChange: Shape<FillChange> = struct({ chunk: leaf.bytes, hand: optional(hand) });

export interface FillRecord {
  readonly record: string;
  readonly changes: readonly FillChange[];
  readonly kind: string | null;
  readonly account: string | null;
  readonly creator: string | null;
  readonly decision: Decision | null;
  readonly generation: number | null;
  readonly skipped: number | null;
  readonly more: boolean | null;
  readonly territory: string | null;
}
export const fillRecord: Shape<FillRecord> = struct({
  record: leaf.id,
  changes: list(fillChange),
  kind: optional(leaf.word),
  account: optional(leaf.id),
  creator: optional(leaf.id),
  decision: optional(decision),
  generation: optional(leaf.u32),
  skipped: optional(leaf.u32),
  more: optional(leaf.bool),
  territory: optional(leaf.id),
});

export interface FillPart {
  readonly mark: FillMark;
  readonly done: boolean;
  readonly records: readonly FillRecord[];
  readonly gone: readonly string[] | null;
}
export const fillPart: Shape<FillPart> = struct({
  mark: fillMark,
  done: leaf.bool,
  records: list(fillRecord),
  gone: optional(list(leaf.id)),
});

export interface PageBody {
  readonly entries: readonly PageEntry[];
  readonly fills: readonly FillPart[];
}
export const pageBody: Shape<PageBody> = struct({ entries: list(pageEntry), fills: list(fillPart) });
