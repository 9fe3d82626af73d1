// The shapes of frames.cddl, as data: each reads a CBOR value into readable JSON and writes it back.
//
// Readable JSON is that of the vectors: ids are UUIDs, bytes are hexadecimal text, 64-bit numbers are decimal text
// (JSON's own stop at 2^53), and a variant is `{ word: fields }`, or the word alone if it has none.

import { DecodeError, decode, encode } from "./cbor.mjs";
import { fromHex, hex, uuidBytes, uuidText } from "./bytes.mjs";

/** The limits of SPEC.md, section "Limits". */
export const LIMITS = {
  frameBytes: 4 * 1024 * 1024,
  helloBytes: 8 * 1024,
  bodyBytes: 16 * 1024 * 1024,
  pushItems: 500,
  itemChanges: 64,
  itemBytes: 2 * 1024 * 1024,
  heads: 64,
  fills: 64,
  practised: 32,
  pageParts: 4000,
  digestParts: 20_000,
  wordBytes: 64,
  textBytes: 2000,
};

const malformed = (message) => new DecodeError("malformed", message);

// Leaves.

const unsigned = (bits, toJson, fromJson) => ({
  read(value) {
    if (typeof value !== "bigint" || value < 0n || value >= 1n << BigInt(bits)) throw malformed(`not a u${bits}`);
    return toJson(value);
  },
  write: (json) => fromJson(json),
});
const u8 = unsigned(8, Number, BigInt);
const u16 = unsigned(16, Number, BigInt);
const u32 = unsigned(32, Number, BigInt);
const u64 = unsigned(64, String, BigInt);
const i64 = {
  read(value) {
    if (typeof value !== "bigint" || value < -(1n << 63n) || value >= 1n << 63n) throw malformed("not an i64");
    return String(value);
  },
  write: BigInt,
};
const bool = {
  read(value) {
    if (typeof value !== "boolean") throw malformed("not a boolean");
    return value;
  },
  write: (json) => json,
};
const text = {
  read(value) {
    if (typeof value !== "string") throw malformed("not text");
    return value;
  },
  write: (json) => json,
};
const bytes = (length) => ({
  read(value) {
    if (!(value instanceof Uint8Array)) throw malformed("not bytes");
    if (length !== undefined && value.length !== length) throw malformed(`${value.length} bytes are not ${length}`);
    return hex(value);
  },
  write: fromHex,
});
const id = { read: (value) => uuidText(fromHex(bytes(16).read(value))), write: uuidBytes };
const hash = bytes(32);
const tag16 = bytes(16);
const nonce = bytes(16);
const signature = bytes(64);
const blob = bytes();

// What they are put together with.

const list = (shape) => ({
  read(value) {
    if (!Array.isArray(value)) throw malformed("not an array");
    return value.map((item) => shape.read(item));
  },
  write: (json) => json.map((item) => shape.write(item)),
});

const optional = (shape) => ({
  isOptional: true,
  read: (value) => (value === null || value === undefined ? null : shape.read(value)),
  write: (json) => (json === null ? null : shape.write(json)),
});

/** An array by position. Elements behind the known ones are ignored; absent ones at the end are left out. */
function struct(fields) {
  const names = Object.entries(fields);
  return {
    read(value) {
      if (!Array.isArray(value)) throw malformed("not an array");
      const read = ([name, shape], n) => {
        if (n >= value.length && !shape.isOptional) throw malformed(`${name} is missing`);
        return [name, shape.read(value[n])];
      };
      return Object.fromEntries(names.map(read));
    },
    write(json) {
      const values = names.map(([name, shape]) => shape.write(json[name]));
      while (values.length > 0 && values.at(-1) === null) values.pop();
      return values;
    },
  };
}

/** A variant: its number, and an array of its fields. `variants` maps numbers to words and shapes. */
function choice(...variants) {
  return {
    read(value) {
      if (!Array.isArray(value) || value.length !== 2) throw malformed("a variant is a number and its fields");
      const [number, fields] = value;
      const variant = typeof number === "bigint" ? variants[Number(number)] : undefined;
      if (variant === undefined) throw malformed(`variant ${number} is unknown`);
      const [word, shape] = variant;
      if (!Array.isArray(fields)) throw malformed("a variant's fields are an array");
      return shape === undefined ? word : { [word]: shape.read(fields) };
    },
    write(json) {
      const word = typeof json === "string" ? json : Object.keys(json)[0];
      const number = variants.findIndex(([known]) => known === word);
      if (number < 0) throw new TypeError(`no variant is called ${word}`);
      const [, shape] = variants[number];
      return [BigInt(number), shape === undefined ? [] : shape.write(json[word])];
    },
  };
}

/** The usual variant: one field, unnamed. */
const of = (shape) => ({
  read(fields) {
    if (fields.length === 0) throw malformed("a variant's field is missing");
    return shape.read(fields[0]);
  },
  write: (json) => [shape.write(json)],
});

// Marks, receipts.

const mark = struct({ position: u64, chain: tag16 });
const reason = struct({ code: text, rule: text, path: list(text), text });
const receipt = struct({
  number: u64,
  position: u64,
  outcome: choice(["in_record", struct({ late: bool })], ["held", of(reason)], ["refused", of(reason)]),
});

// Items.

const newRecord = struct({ kind: text, account: id, opens: optional(id) });
const changes = struct({
  record: id,
  generation: u32,
  branch: u32,
  kind_version: u32,
  changes: list(blob),
  new: optional(newRecord),
});
const request = struct({ id, verb: text, record: id, heads: list(hash) });
const item = struct({
  number: u64,
  lease: id,
  captured_ms: i64,
  body: choice(["changes", of(changes)], ["request", of(request)], ["close"], ["discard", struct({ number: u64 })], ["wiped"]),
  reapplies: optional(u64),
});

// Entries.

const author = struct({ person: id, device: optional(id), store_generation: u32, number: u64 });
const opened = struct({ lease: optional(id), territory: id });
const changesEntry = struct({
  record: id,
  account: id,
  generation: u32,
  kind_version: u32,
  author,
  captured_ms: i64,
  late: bool,
  changes: list(blob),
  creates: optional(text),
  opens: optional(opened),
});
const review = struct({
  captured_minor: i64,
  captured_tax_minor: optional(i64),
  priced_minor: i64,
  priced_tax_minor: i64,
  differs: bool,
  reasons: list(text),
  approver: optional(text),
  lines: list(struct({ item: text, unit_price_minor: i64, net_minor: i64 })),
});
const decision = struct({
  record: id,
  account: id,
  verb: text,
  state: text,
  by: id,
  request: optional(id),
  number: optional(text),
  total_minor: optional(i64),
  currency: optional(text),
  heads: list(hash),
  effective_ms: optional(i64),
  review: optional(review),
  text: optional(text),
});
const subject = choice(["account", of(id)], ["territory", of(id)]);
const grant = struct({ lease: id, subject, root: optional(id) });
const granted = struct({ device: id, grants: list(grant), note: optional(text) });
const withdrawn = struct({
  device: id,
  leases: list(id),
  policy: choice(["accept"], ["review"], ["refuse"]),
  grace_until_ms: i64,
  note: optional(text),
});
const closed = struct({ device: id, lease: id, number: u64 });
const reference = struct({ set: text, items: list(struct({ key: text, json: optional(text) })) });
const unaccepted = struct({
  author,
  item: hash,
  held: bool,
  record: optional(id),
  account: optional(id),
  reason,
});
const fate = struct({ author, fate: text, by: id, text, item: hash });
const placedAccount = struct({ account: id, previous: optional(id) });
const placed = struct({ territory: id, accounts: list(placedAccount), by: id });
const conflict = struct({
  record: id,
  account: id,
  author,
  fields: list(struct({ path: list(text), kept: text, late: text })),
  source: optional(id),
});
const entry = choice(
  ["changes", of(changesEntry)],
  ["decision", of(decision)],
  ["granted", of(granted)],
  ["withdrawn", of(withdrawn)],
  ["closed", of(closed)],
  ["reference", of(reference)],
  ["unaccepted", of(unaccepted)],
  ["fate", of(fate)],
  ["placed", of(placed)],
  ["conflict", of(conflict)],
  ["revoked", of(struct({ device: id, blocked: bool, note: optional(text) }))],
  ["wiped", of(struct({ device: id, store_generation: u32, number: u64 }))],
  ["alias", of(struct({ account: id, root: id, by: id, note: optional(text) }))],
);

// Pages.

const fillToken = struct({ account: id, order: u8, record: id, partial: optional(u32) });
const fillMark = struct({ grant: u64, token: optional(fillToken) });
const hand = choice(["whole"], ["server"], ["device", struct({ device: id, store_generation: u32, branch: u32 })]);
const fillChange = struct({ chunk: blob, hand: optional(hand) });
const fillRecord = struct({
  record: id,
  changes: list(fillChange),
  kind: optional(text),
  account: optional(id),
  creator: optional(id),
  decision: optional(decision),
  generation: optional(u32),
  skipped: optional(u32),
  more: optional(bool),
  territory: optional(id),
});
const pageBody = struct({
  entries: list(struct({ position: u64, at_ms: i64, salt: tag16, payload: blob })),
  fills: list(struct({ mark: fillMark, done: bool, records: list(fillRecord), gone: optional(list(id)) })),
});
const page = struct({ from: u64, upto: mark, more: bool, body: blob, signature });

// Frames.

const practised = struct({ process: text, version: u32, times: u32, last_ms: i64 });
const facts = struct({ client: text, store_bytes: u64, practised: optional(list(practised)) });
const hello = struct({
  version: u16,
  device: id,
  nonce,
  signature,
  store_generation: u32,
  epoch: tag16,
  cursor: mark,
  receipt: mark,
  last_number: u64,
  answered: optional(struct({ number: u64, item: tag16 })),
  fills: list(fillMark),
  digest: u64,
  waiting: u32,
  oldest_s: u32,
  facts: optional(facts),
});
const welcome = struct({
  version: u16,
  epoch: tag16,
  nonce,
  head: mark,
  idle: bool,
  differs: bool,
  last_number: u64,
  now_ms: i64,
  offline_days: optional(u16),
  role: optional(text),
});
const digests = choice(
  ["accounts", of(list(struct({ account: id, digest: u64 })))],
  ["differ", of(list(id))],
  ["records", of(list(struct({ account: id, record: id, digest: u64 })))],
);
const frame = choice(
  ["hello", of(hello)],
  ["welcome", of(welcome)],
  ["challenge", of(struct({ nonce }))],
  ["push", of(struct({ items: blob, signature }))],
  ["receipts", of(struct({ mark, receipts: list(receipt) }))],
  ["page", of(page)],
  ["applied", of(struct({ position: u64 }))],
  ["digest", of(digests)],
  ["new_generation", of(struct({ store_generation: u32, cursor: mark, nonce, text }))],
  ["error", of(struct({ code: text, text, retry_after_ms: optional(u32) }))],
  ["goodbye", of(struct({ code: text }))],
  ["leave", of(struct({ last_number: u64, signature }))],
);

// Reading with limits, and writing.

const within = (what, length, max) => {
  if (length > max) throw new DecodeError("too_long", `${what} has ${length}, the limit is ${max}`);
};
const utf8Length = (string) => new TextEncoder().encode(string).length;
const codec = (shape, check) => ({
  read(bytes) {
    const json = shape.read(decode(bytes));
    check(json);
    return json;
  },
  write: (json) => encode(shape.write(json)),
});
const unchecked = (shape) => codec(shape, () => {});

function checkHello({ fills, facts }) {
  within("hello's fills", fills.length, LIMITS.fills);
  if (facts === null) return;
  const practised = facts.practised ?? [];
  within("hello's client", utf8Length(facts.client), LIMITS.wordBytes);
  within("hello's practice", practised.length, LIMITS.practised);
  for (const { process } of practised) within("hello's process", utf8Length(process), LIMITS.wordBytes);
}

const checkedFrame = codec(frame, (json) => {
  const [[word, body]] = Object.entries(json);
  if (word === "hello") checkHello(body);
  if (word === "receipts") within("receipts", body.receipts.length, LIMITS.pushItems);
  if (word === "digest") within("digests", Object.values(body)[0].length, LIMITS.digestParts);
  if (word === "error") within("error's text", utf8Length(body.text), LIMITS.textBytes);
});
const checkedItem = codec(item, ({ body }) => {
  if (body.changes !== undefined) {
    within("item's changes", body.changes.changes.length, LIMITS.itemChanges);
    if (body.changes.new !== null) within("kind", utf8Length(body.changes.new.kind), LIMITS.wordBytes);
  }
  if (body.request !== undefined) {
    within("verb", utf8Length(body.request.verb), LIMITS.wordBytes);
    within("request's heads", body.request.heads.length, LIMITS.heads);
  }
});

/** One frame. Its length is looked at before anything else; a server takes `LIMITS.helloBytes` until its welcome. */
export const Frame = {
  read(bytes, bytesMax = LIMITS.frameBytes) {
    within("frame", bytes.length, bytesMax);
    return checkedFrame.read(bytes);
  },
  write: checkedFrame.write,
};
/** One item of a push. */
export const Item = {
  read(bytes) {
    within("item", bytes.length, LIMITS.itemBytes);
    return checkedItem.read(bytes);
  },
  write: checkedItem.write,
};
/** The inflated items of a push: the bytes of each, as hexadecimal text. */
export const ItemList = codec(list(blob), (items) => within("push", items.length, LIMITS.pushItems));
/** The inflated body of a page. */
export const PageBody = codec(pageBody, ({ entries, fills }) => {
  const parts = fills.reduce((sum, fill) => sum + fill.records.length + (fill.gone?.length ?? 0), entries.length);
  within("page body", parts, LIMITS.pageParts);
});
/** The payload of a log entry. */
export const Entry = unchecked(entry);
/** A receipt by itself. */
export const Receipt = unchecked(receipt);
