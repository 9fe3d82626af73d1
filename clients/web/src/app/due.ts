/** By which day a task is to be done, as the person's clock has it. */
import type { ReplicaClient, Summary } from "@roadbook/replica";

import { dayStart, isoDay } from "$texts/format.ts";

import { numberOf, textOf } from "./fields.ts";

type Fields = Parameters<typeof textOf>[0];

/** A moment counts before a day that is said beside it: that is the moment's day in UTC. */
export function dueDay(fields: Fields): string | null {
  const moment = numberOf(fields, "due_at");
  const day = moment === 0 ? textOf(fields, "due") : isoDay(moment);
  return day === "" ? null : day;
}

/** What a row of a list says of it, until its record is read. */
export function saidDue({ subtitle }: Pick<Summary, "subtitle">): string | null {
  return subtitle.split(" · ").find((part) => dayStart(part) !== null) ?? null;
}

export async function readDue(client: ReplicaClient, task: Summary): Promise<string | null> {
  const record = await client.record(task.record);
  return record === null ? saidDue(task) : dueDay(record.fields);
}
