/** What a field that names something else may name, from what is on this phone: people, departments, and records of the account. */
import type { ReplicaClient } from "@roadbook/replica";

import type { Formats } from "$texts/format.ts";
import type { Texts } from "$texts/app/en.ts";

import { linkOf, type LinkTo } from "../kinds/links.ts";
import { textOf } from "./fields.ts";
import { linesOf } from "./order.ts";
import { departmentsOf } from "./owner.ts";
import { stateWord, titleOf } from "./words.ts";

export interface Choosable {
  readonly value: string;
  readonly label: string;
  /** What else an item says of what was chosen, unless somebody typed it. */
  readonly fills: Readonly<Record<string, string>>;
}

/** Where a choice is made. */
export interface Within {
  readonly account: string;
  /** The order whose lines are meant. */
  readonly order?: string | undefined;
}

type Find = (client: ReplicaClient, t: Texts, formats: Formats, within: Within) => Promise<Choosable[]>;

/** More contacts and orders of one account than one looks through. */
const MANY = 200;
const plain = (value: string, label: string): Choosable => ({ value, label, fills: {} });

const people: Find = async (client) => {
  const found = await client.references("people", "", 10 * MANY);
  const named = found.flatMap(({ key, value }) => {
    const name = typeof value === "object" && value !== null && "name" in value ? value["name"] : null;
    return typeof name === "string" ? [plain(key, name)] : [];
  });
  return named.toSorted((one, other) => one.label.localeCompare(other.label));
};

const departments: Find = async (client) => (await departmentsOf(client)).map(({ id, name }) => plain(id, name));

const contacts: Find = async (client, _t, _formats, { account }) => {
  const { records } = await client.list({ kind: "contact", account, order: "title", limit: MANY });
  return records
    .filter(({ state }) => state !== "left")
    .map(({ record, title }) => ({ value: record, label: title, fills: { name: title } }));
};

const orders: Find = async (client, t, formats, { account }) => {
  const { records } = await client.list({ kind: "order", account, order: "recent", limit: MANY });
  return records.map((order) => {
    const parts = [titleOf(t, order), formats.day(order.at, Date.now()), stateWord(t, "order", order.state)];
    return plain(order.record, parts.filter((part) => part !== null).join(", "));
  });
};

const orderLines: Find = async (client, _t, formats, { order = "" }) => {
  const found = order === "" ? null : await client.record(order);
  return linesOf(found?.fields ?? {}).map(({ item, sku, description, quantity }) => ({
    value: item,
    label: `${formats.number(quantity)} × ${description === "" ? sku : description}`,
    fills: { sku, quantity: String(quantity) },
  }));
};

const FINDS: Readonly<Record<Exclude<LinkTo, "account">, Find>> = {
  person: people,
  department: departments,
  contact: contacts,
  order: orders,
  line: orderLines,
};

function findOf(name: string): Find | null {
  const to = linkOf(name);
  return to === null || to === "account" ? null : FINDS[to];
}

/** Whether a field names something that is chosen from a list; another account is looked for instead. */
export const isChosen = (name: string): boolean => findOf(name) !== null;

export async function choicesOf(
  client: ReplicaClient,
  t: Texts,
  formats: Formats,
  name: string,
  within: Within,
): Promise<Choosable[]> {
  return (await findOf(name)?.(client, t, formats, within)) ?? [];
}

/** The fields of a record that name something, with what they name, in the order of the form. */
export function linksIn(
  fields: Parameters<typeof textOf>[0],
  names: readonly string[],
): { name: string; id: string }[] {
  return names.map((name) => ({ name, id: textOf(fields, name) })).filter(({ id }) => id !== "");
}
