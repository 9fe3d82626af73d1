/** The versions of a process, from the reference data: the latest first. */
import { read } from "$api/client";

import { desk } from "../../state/desk.svelte.ts";
import type { Template } from "./template.ts";

const LIMIT = 500;

export async function versionsOf(process: string): Promise<readonly Template[]> {
  const found: Template[] = [];
  let after: string | undefined;
  do {
    const query = after === undefined ? { limit: LIMIT } : { limit: LIMIT, after };
    const page = await read(desk.api.GET("/v1/reference/{set}", { params: { path: { set: "processes" }, query } }));
    for (const { value } of page.items) {
      // The server lets nothing else into this set.
      const template = value as unknown as Template;
      if (template.process === process) found.push(template);
    }
    after = page.next ?? undefined;
  } while (after !== undefined);
  return found.sort((a, b) => b.version - a.version);
}
