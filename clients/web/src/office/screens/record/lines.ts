/** An order's lines, and an account's tags, while somebody writes them: what changed, as the API takes it. */
import type { Line } from "./document.ts";
import { decimal, whole } from "./form.ts";

/** A line as one types it; `of` is what it was, and missing in a new one. */
export interface LineTyped {
  readonly id: string;
  readonly of?: { readonly quantity: string; readonly price: string; readonly discount: string };
  /** As people know it; nothing in a new one. */
  readonly product: string;
  sku: string;
  quantity: string;
  price: string;
  discount: string;
}

type Written = Readonly<Record<string, string | number | boolean | null>>;
/** Items of a collection by their ids; null removes one. */
export type Items = Readonly<Record<string, Written | null>>;

export const newLine = (): LineTyped => ({
  id: crypto.randomUUID(),
  product: "",
  sku: "",
  quantity: "1",
  price: "",
  discount: "0",
});

export function typedLine(line: Line, digits: number): LineTyped {
  const of = {
    quantity: String(line.quantity),
    price: decimal(line.price, digits),
    discount: decimal(line.discount, 2),
  };
  const product = [line.sku, line.description].filter((text) => text !== "").join(", ");
  return { id: line.id, product, sku: line.sku, of, ...of };
}

/** What is written of the lines; null while something typed is no line. */
export function changedLines(before: readonly Line[], lines: readonly LineTyped[], digits: number): Items | null {
  const changed: Record<string, Written | null> = {};
  for (const line of lines) {
    const quantity = whole(line.quantity, 0);
    // Nothing typed: the price lists say it. What is typed is the office's own price, and stands.
    const isListed = line.price.trim() === "";
    const price = isListed ? 0 : whole(line.price, digits);
    const discount = whole(line.discount, 2);
    if (quantity === undefined || price === undefined || discount === undefined || line.sku.trim() === "") return null;
    if (line.of === undefined) {
      const position = (before.length + Object.keys(changed).length + 1) * 10;
      const fields = { quantity, unit_price_minor: price, own_price: !isListed, discount_bp: discount };
      changed[line.id] = { position, sku: line.sku.trim(), ...fields };
      continue;
    }
    const fields = {
      ...(line.quantity === line.of.quantity ? {} : { quantity }),
      ...(line.price === line.of.price ? {} : { unit_price_minor: price, own_price: !isListed }),
      ...(line.discount === line.of.discount ? {} : { discount_bp: discount }),
    };
    if (Object.keys(fields).length > 0) changed[line.id] = fields;
  }
  const left = new Set(lines.map(({ id }) => id));
  for (const { id } of before) if (!left.has(id)) changed[id] = null;
  return changed;
}

export interface Tag {
  readonly id: string;
  readonly tag: string;
}

/** An account's tags, in the order of the alphabet. */
export function tagsOf(fields: Readonly<{ [name: string]: unknown }>): Tag[] {
  const { tags } = fields;
  if (!Array.isArray(tags)) return [];
  return (tags as { readonly id?: unknown; readonly tag?: unknown }[])
    .flatMap(({ id, tag }) => (typeof id === "string" && typeof tag === "string" ? [{ id, tag }] : []))
    .toSorted((one, other) => one.tag.localeCompare(other.tag));
}

/** What is written of the tags, typed with commas between them: others that were added meanwhile stay. */
export function changedTags(before: readonly Tag[], typed: string): Items {
  const wanted = new Set(
    typed
      .split(",")
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  );
  const known = new Set(before.map(({ tag }) => tag));
  const added = [...wanted].filter((tag) => !known.has(tag)).map((tag) => [crypto.randomUUID(), { tag }] as const);
  const gone = before.filter(({ tag }) => !wanted.has(tag)).map(({ id }) => [id, null] as const);
  return Object.fromEntries<Written | null>([...added, ...gone]);
}
