/** Frames, items, entries and bodies: bytes to values and back, within the limits of the specification. */

import { utf8 } from "./bytes.ts";
import { decode, encode, split } from "./cbor.ts";
import { deflate, inflate } from "./deflate.ts";
import * as shapes from "./frames.gen.ts";
import { LIMITS } from "./frames.gen.ts";
import { DecodeError, leaf, list, type Shape } from "./shapes.ts";

export { DecodeError, LIMITS };
export const VERSION = 1;

function within(what: string, length: number, max: number): void {
  if (length > max) throw new DecodeError("too_long", `${what} has ${length}, the limit is ${max}`);
}

const readAs = <T>(shape: Shape<T>, bytes: Uint8Array): T => shape.read(decode(bytes));
const writeAs = <T>(shape: Shape<T>, value: T): Uint8Array => encode(shape.write(value));

/** One frame. Its length is looked at before anything else (rule F2). */
export function readFrame(bytes: Uint8Array, bytesMax: number = LIMITS.FRAME_BYTES_MAX): shapes.Frame {
  within("frame", bytes.length, bytesMax);
  const frame = readAs(shapes.frame, bytes);
  if ("hello" in frame) {
    within("hello's fills", frame.hello.fills.length, LIMITS.FILLS_MAX);
    within("hello's practice", frame.hello.facts?.practised?.length ?? 0, LIMITS.PRACTISED_MAX);
  }
  if ("receipts" in frame) within("receipts", frame.receipts.receipts.length, LIMITS.PUSH_ITEMS_MAX);
  if ("digest" in frame) {
    for (const parts of Object.values(frame.digest) as unknown[][]) {
      within("digests", parts.length, LIMITS.DIGEST_PARTS_MAX);
    }
  }
  if ("error" in frame) within("error's text", utf8(frame.error.text).length, LIMITS.TEXT_BYTES_MAX);
  return frame;
}

export const writeFrame = (frame: shapes.Frame): Uint8Array => writeAs(shapes.frame, frame);

/** The frames of a request's or an answer's body. */
export const readFrames = (bytes: Uint8Array): shapes.Frame[] => split(bytes).map((part) => readFrame(part));

/** The hello by itself, without the frame around it. */
export const writeHello = (hello: shapes.Hello): Uint8Array => writeAs(shapes.hello, hello);

export function readItem(bytes: Uint8Array): shapes.Item {
  within("item", bytes.length, LIMITS.ITEM_BYTES_MAX);
  const item = readAs(shapes.item, bytes);
  const { body } = item;
  if (typeof body === "string") return item;
  if ("changes" in body) {
    within("item's changes", body.changes.changes.length, LIMITS.ITEM_CHANGES_MAX);
    within("kind", utf8(body.changes.new?.kind ?? "").length, LIMITS.WORD_BYTES_MAX);
  }
  if ("request" in body) {
    within("verb", utf8(body.request.verb).length, LIMITS.WORD_BYTES_MAX);
    within("request's heads", body.request.heads.length, LIMITS.HEADS_MAX);
  }
  return item;
}

export const writeItem = (item: shapes.Item): Uint8Array => writeAs(shapes.item, item);

const itemList = list(leaf.bytes);

/** The items of a push: the bytes of each. */
export function readItems(deflated: Uint8Array): readonly Uint8Array[] {
  const items = readAs(itemList, inflate(deflated));
  within("push", items.length, LIMITS.PUSH_ITEMS_MAX);
  return items;
}

export const writeItems = (items: readonly Uint8Array[]): Uint8Array => deflate(writeAs(itemList, items));

/** The inflated body of a page. */
export function readPageBody(bytes: Uint8Array): shapes.PageBody {
  const body = readAs(shapes.pageBody, bytes);
  const ofFill = ({ records, gone }: shapes.FillPart): number => records.length + (gone?.length ?? 0);
  const parts = body.fills.reduce((sum, fill) => sum + ofFill(fill), body.entries.length);
  within("page body", parts, LIMITS.PAGE_PARTS_MAX);
  return body;
}

export const writePageBody = (body: shapes.PageBody): Uint8Array => writeAs(shapes.pageBody, body);
/** The payload of an entry. */
export const readEntry = (bytes: Uint8Array): shapes.Entry => readAs(shapes.entry, bytes);
export const writeEntry = (entry: shapes.Entry): Uint8Array => writeAs(shapes.entry, entry);
export const readReceipt = (bytes: Uint8Array): shapes.Receipt => readAs(shapes.receipt, bytes);
export const writeReceipt = (receipt: shapes.Receipt): Uint8Array => writeAs(shapes.receipt, receipt);
