/** Whose a task is, as the figures count it: the assignee's, else a department's, else whoever wrote it down. */
import type { RecordView, ReplicaClient } from "@roadbook/replica";

import type { Texts } from "$texts/app/en.ts";

import { textOf } from "./fields.ts";
import { nameOf } from "./names.ts";

export interface Department {
  readonly id: string;
  readonly name: string;
}

/** The departments that the office published, by name. */
export async function departmentsOf(client: ReplicaClient): Promise<Department[]> {
  const found = await client.references("departments");
  const departments = found.flatMap(({ value }) => {
    if (typeof value !== "object" || value === null || !("id" in value) || !("name" in value)) return [];
    const { id, name } = value;
    return typeof id === "string" && typeof name === "string" ? [{ id, name }] : [];
  });
  return departments.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** In words; nothing for the person's own. */
export async function ownerText(
  client: ReplicaClient,
  t: Texts,
  { fields, creator }: Pick<RecordView, "fields" | "creator">,
  me: string | null,
): Promise<string> {
  const department = textOf(fields, "department_id");
  const person = textOf(fields, "assignee_id") || (department === "" ? creator : "");
  if (person === me) return "";
  if (person !== "") return `${t.tasks.whose} ${(await nameOf(client, person)) ?? t.values.another}`;
  const known = (await departmentsOf(client)).find(({ id }) => id === department);
  return t.tasks.queueOf(known?.name ?? t.values.another);
}
