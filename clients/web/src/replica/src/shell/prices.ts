/**
 * What an order costs on this device: the engine over what the office published last, what the person may grant, and the
 * account's credit as far as it is known here. Nothing is written, and the network is not asked.
 */

import type * as client from "../client.ts";
import * as content from "../engine/content.ts";
import type { Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { owedOf } from "../model/pricing/credit.ts";
import { type Credit, judge } from "../model/pricing/discretion.ts";
import { today } from "../model/plan/calendar.ts";
import { type Customer, handedIn, type Order } from "../model/pricing/order.ts";
import { price } from "../model/pricing/price.ts";
import { Shelf } from "../model/pricing/shelf.ts";
import { isHandedIn } from "../model/right.ts";
import { decidedOf } from "../model/shown.ts";
import type { Fields } from "../model/value.ts";
import type { Keeper } from "./keeper.ts";

/** Keys fetched at once. */
const PAGE = 500;
/** The last of all texts, to bound a look along an index. */
const LAST = "\uffff";
/** The set that says of each territory that is a part of another what lies above it. */
const TERRITORIES = "territories";

/** Prices an order of an account. A profile that is not here must not keep an order from being taken. */
export async function priceFor(keeper: Keeper, account: string, wanted: client.ToPrice): Promise<client.Price> {
  await keeper.ready;
  const tx = keeper.look();
  // Rule M5: what was merged into another is priced as that one.
  const root = content.rootOf(tx, account);
  const profile = await fieldsOf(tx, root);
  const territories = await territoriesOf(keeper, tx, root);
  const asked = { ...orderOf(wanted), customer: customerOf(root, profile, territories, wanted) };
  const order = handedIn(asked, today({ nowMs: keeper.platform.now(), offsetMinutes: 0 }), false);
  const shelf = await shelfFor(keeper, order);
  const priced = price(order, shelf);
  const credit = await creditOf(keeper, tx, root, profile, wanted.without ?? []);
  const role = keeper.enrolled.enrolment.role;
  return {
    order,
    priced,
    judgement: judge(role, order, priced, shelf.discretion, credit),
    credit,
    names: named(shelf),
  };
}

async function fieldsOf(tx: Tx, record: string): Promise<Fields> {
  const row = await tx.record(record);
  if (row === undefined) return {};
  return await content.using(content.current(tx, row), (doc) => document.hydrate(content.specOf(row), doc));
}

function orderOf({ currency, date, lines, header_discount_bp, goodwill_minor, freight_minor }: client.ToPrice): Order {
  return {
    currency,
    date,
    lines,
    header_discount_bp: header_discount_bp ?? 0,
    goodwill_minor: goodwill_minor ?? 0,
    freight_minor: freight_minor ?? 0,
  };
}

const word = (fields: Fields, name: string): string | null => {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : null;
};

const whole = (fields: Fields, name: string): number | null => {
  const value = fields[name];
  return typeof value === "number" ? value : null;
};

/** Where an account lies, as this device was told last, and the territories above, the nearest first. */
async function territoriesOf(keeper: Keeper, tx: Tx, account: string): Promise<string[]> {
  const path: string[] = [];
  let next = content.liesIn(tx, account);
  // A tree that ran in a circle would not be one; and this must end all the same.
  while (next !== null && !path.includes(next)) {
    path.push(next);
    const above = await keeper.memory.store.get("reference", [TERRITORIES, next]);
    next = above === undefined ? null : parentIn(above.json);
  }
  return path;
}

function parentIn(json: string): string | null {
  const value: unknown = parsed(json);
  const isObject = typeof value === "object" && value !== null && "parent" in value;
  return isObject && typeof value.parent === "string" ? value.parent : null;
}

/** What the account is, delivered to where the order goes. */
function customerOf(
  account: string,
  profile: Fields,
  territories: readonly string[],
  { country, region }: client.ToPrice,
): Customer {
  const isElsewhere = country !== undefined && country !== "";
  return {
    account,
    segment: word(profile, "segment"),
    territories,
    price_list: word(profile, "price_list"),
    tier: word(profile, "loyalty_tier"),
    country: isElsewhere ? country : word(profile, "country"),
    region: isElsewhere ? (region ?? null) : word(profile, "region"),
    closed: word(profile, "status") === "closed",
  };
}

/** The small sets whole; products and prices by key, so that what is read does not grow with the catalogue. */
async function shelfFor(keeper: Keeper, order: Order): Promise<Shelf> {
  const { store } = keeper.memory;
  const shelf = new Shelf();
  for (const set of Shelf.WHOLE) {
    for (let from = ""; ;) {
      const rows = await store.alongKey("reference", {
        from: [set, from],
        to: [set, LAST],
        isAfter: true,
        limit: PAGE,
      });
      for (const { key, json } of rows) put(shelf, set, key, json);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      from = last.key;
    }
  }
  const wanted = shelf.missing(order);
  const rows = await store.many(
    "reference",
    wanted.map(({ set, key }) => [set, key]),
  );
  for (const row of rows) if (row !== undefined) put(shelf, row.set, row.key, row.json);
  return shelf;
}

/** What is no JSON cannot be read by the shelf either, which remembers that. */
function put(shelf: Shelf, set: string, key: string, json: string): void {
  shelf.put(set, key, parsed(json));
}

function parsed(json: string): client.Json {
  try {
    return JSON.parse(json) as client.Json;
  } catch {
    return null;
  }
}

/**
 * What an account may owe, and does: what the system behind said last, and the orders that were handed in and are not through or
 * were accepted since, with their tax.
 */
export async function creditFor(keeper: Keeper, account: string): Promise<Credit> {
  await keeper.ready;
  const tx = keeper.look();
  const root = content.rootOf(tx, account);
  return await creditOf(keeper, tx, root, await fieldsOf(tx, root), []);
}

async function creditOf(
  keeper: Keeper,
  tx: Tx,
  root: string,
  profile: Fields,
  without: readonly string[],
): Promise<Credit> {
  let open = whole(profile, "owed_minor") ?? 0;
  const range = { from: [root, "order"], to: [root, "order", LAST, LAST] };
  const orders = await keeper.memory.store.along("view", "account_kind_sort", range);
  for (const { record } of orders) if (!without.includes(record)) open += await openOf(tx, record, profile);
  return {
    limit_minor: whole(profile, "credit_limit_minor"),
    hold: profile["credit_hold"] === true,
    open_minor: open,
    currency: word(profile, "currency") ?? "",
  };
}

/** What an order adds to it: as decided, and as it stands here while the server has not heard of it. */
async function openOf(tx: Tx, record: string, profile: Fields): Promise<number> {
  const row = await tx.record(record);
  const decided = row === undefined ? null : decidedOf(row, content.stateOf(tx, row));
  if (decided === null || !(isHandedIn(decided.state) || decided.effectiveMs !== null)) return 0;
  const { state, totalMinor: decidedMinor, effectiveMs: acceptedMs } = decided;
  return owedOf(await fieldsOf(tx, record), { state, decidedMinor, acceptedMs }, profile);
}

/** What the rules of a trace are called, by the set that they are of. */
function named(shelf: Shelf): client.RuleNames {
  const names = (rules: Iterable<{ readonly key: string; readonly name: string }>): Record<string, string> =>
    Object.fromEntries([...rules].map(({ key, name }) => [key, name]));
  return {
    price_lists: names(shelf.priceLists),
    tiers: names(shelf.tiers.values()),
    promotions: names(shelf.promotions),
    taxes: names(shelf.taxes),
  };
}
