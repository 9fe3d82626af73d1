/**
 * Held work as people see it: what somebody captured at one customer on one day is one piece, and what was saved of one
 * record is one thing in it, however often it was saved.
 */
import type { Schema } from "$api/client";
import { grouped } from "$design/grouped.ts";

type Item = Schema["HeldItem"];
export type Field = Schema["HeldField"];

/** All that was held of one record. */
export interface Thing {
  readonly key: string;
  readonly kind: string | null;
  /** What was done first: a record was made, or changed. */
  readonly action: string;
  /** As they were captured; never empty. */
  readonly items: readonly Item[];
  /** From what stood before the first to what the last says. */
  readonly fields: readonly Field[];
  /** Verbs of what is asked for besides. */
  readonly asks: readonly string[];
}

export interface Piece {
  readonly key: string;
  readonly first: Item;
  readonly items: readonly Item[];
  readonly things: readonly Thing[];
}

/** Items become pieces, in the order in which the first of each was set aside. */
export function piecesOf(items: readonly Item[]): Piece[] {
  const groups = grouped(items, placeOf);
  return [...groups].flatMap(([key, some]) => {
    const [first] = some;
    if (first === undefined) return [];
    const things = grouped(some, (item) => item.record_id ?? String(item.position));
    return [{ key, first, items: some, things: [...things].map(([record, own]) => thingOf(record, own)) }];
  });
}

/** Items that wait for a decision. */
export const waiting = (items: readonly Item[]): Item[] => items.filter(({ state }) => state === "held");

/** What fields say, by their names: the lines of an order are one fact. */
export function factsOf(
  fields: readonly Field[],
  name: (field: Field) => string,
  told: (field: Field) => string,
): { label: string; text: string }[] {
  return [...grouped(fields, name)].map(([label, some]) => ({ label, text: some.map(told).join("\n") }));
}

/** Where and when an item was captured; one that names no account stands alone. */
function placeOf(item: Item): string {
  const { device_id, store_generation, person_id, account_id, position, received_at } = item;
  if (account_id === null || account_id === undefined) return String(position);
  const day = new Date(item.captured_at ?? received_at).toDateString();
  return [device_id, store_generation, person_id, account_id, day].join(" ");
}

function thingOf(key: string, items: readonly Item[]): Thing {
  const changes = items.filter(({ content }) => content.action === "create" || content.action === "edit");
  return {
    key,
    kind: items.find(({ content }) => typeof content.kind === "string")?.content.kind ?? null,
    action: (changes[0] ?? items[0])?.content.action ?? "",
    items,
    fields: merged(changes.flatMap(({ content }) => content.fields)),
    asks: items.filter((item) => !changes.includes(item)).map(({ content }) => content.action),
  };
}

/** Each field once: what was saved later goes onto what was saved before. */
function merged(fields: readonly Field[]): Field[] {
  const known = new Map<string, Field>();
  for (const field of fields) {
    const path = field.path.join(".");
    const name = field.path.at(-1) ?? "";
    const whole = known.get(field.path.slice(0, -1).join("."));
    const before = known.get(path);
    if (whole !== undefined && isObject(whole.held)) {
      known.set(whole.path.join("."), { ...whole, held: { ...whole.held, [name]: field.held } });
    } else {
      known.set(path, before === undefined ? field : { ...before, held: field.held });
    }
  }
  return [...known.values()];
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
