/** Names of accounts where the API tells their ids. */
import { read } from "$api/client";

import { desk } from "./desk.svelte.ts";

const names = new Map<string, Promise<string | null>>();

/** The account's name, asked for once; null if it has none, or is not to be seen. */
export function accountName(id: string): Promise<string | null> {
  const known = names.get(id);
  if (known !== undefined) return known;
  const asked = lookup(id);
  names.set(id, asked);
  return asked;
}

async function lookup(id: string): Promise<string | null> {
  try {
    const account = await read(desk.api.GET("/v1/accounts/{account}", { params: { path: { account: id } } }));
    const { name } = account.fields as { readonly name?: unknown };
    return typeof name === "string" ? name : null;
  } catch {
    names.delete(id);
    return null;
  }
}
