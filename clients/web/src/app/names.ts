/** What the ids in values stand for: people by the office's list, else whatever record of that id is here. */
import type { ReplicaClient } from "@roadbook/replica";

import { isId } from "$texts/told.ts";

export async function namesOf(client: ReplicaClient, values: unknown): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(idsIn(values))];
  const names = await Promise.all(ids.map(async (id) => [id, await nameOf(client, id)] as const));
  return new Map(names.flatMap(([id, name]) => (name === null ? [] : [[id, name]])));
}

/** Null for what is not on this phone. */
export async function nameOf(client: ReplicaClient, id: string): Promise<string | null> {
  const person = (await client.reference("people", id))?.value;
  const isPerson = typeof person === "object" && person !== null && "name" in person;
  if (isPerson && typeof person["name"] === "string") return person["name"];
  return (await client.record(id))?.title ?? null;
}

function idsIn(value: unknown): string[] {
  if (typeof value === "string") return isId(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(idsIn) : [];
}
