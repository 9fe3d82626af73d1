/** What a field that names something may name, from the API: departments, and records of the account. */
import { read, type Schema } from "$api/client";

import { desk } from "../../state/desk.svelte.ts";
import { capital, formats, kindName, moment, word } from "../../state/words.ts";
import type { LinkTo } from "../../../kinds/links.ts";
import { linesOf } from "./document.ts";

export interface Choosable {
  readonly value: string;
  readonly label: string;
  /** What else an item says of what was chosen. */
  readonly fills: Readonly<Record<string, string>>;
}

/** Where a choice is made. */
export interface Within {
  readonly account: string;
  /** The order whose lines are meant. */
  readonly order?: string | undefined;
}

/** More contacts and orders of one account than one looks through. */
const MANY = 200;

export async function choicesOf(to: LinkTo, { account, order }: Within): Promise<Choosable[]> {
  switch (to) {
    case "department":
      return (await departments()).map(({ id, name }) => ({ value: id, label: name, fills: {} }));
    case "contact":
    case "order":
      return await recordsOf(account, to);
    case "line":
      return order === undefined || order === "" ? [] : await orderLines(order);
    case "person":
    case "account":
      return [];
  }
}

async function departments(): Promise<readonly Schema["Department"][]> {
  const { items } = await read(desk.api.GET("/v1/departments", { params: { query: { limit: 500 } } }));
  return items;
}

async function recordsOf(account: string, kind: "contact" | "order"): Promise<Choosable[]> {
  const params = { path: { account }, query: { kind, limit: MANY } };
  const { items } = await read(desk.api.GET("/v1/accounts/{account}/timeline", { params }));
  return items.map(({ record_id: value, title, number, at, state }) => {
    const name = title ?? capital(kindName(kind));
    if (kind === "contact") return { value, label: name, fills: { name } };
    const ms = moment(at);
    const parts = [number ?? capital(kindName(kind)), ms === null ? null : formats.day(ms, Date.now())];
    return {
      value,
      label: [...parts, state ? word(state) : null].filter((part) => part !== null).join(", "),
      fills: {},
    };
  });
}

async function orderLines(order: string): Promise<Choosable[]> {
  const record = await read(desk.api.GET("/v1/records/{record}", { params: { path: { record: order } } }));
  return linesOf(record).map(({ id, sku, description, quantity }) => ({
    value: id,
    label: `${formats.number(quantity)} × ${description === "" ? sku : description}`,
    fills: { sku, quantity: String(quantity) },
  }));
}
