/** What a person does with one tap: each captured at once, said, and undoable. */
import type { Edit, Fields, Page, RecordView, ReplicaClient, Saved, Summary } from "@roadbook/replica";

import { dayBounds } from "$texts/format.ts";

import { draftKey } from "./drafts.ts";
import { textOf, whyCalledOff } from "./fields.ts";
import type { Beside } from "./state/beside.ts";
import { capture, captureDraft } from "./state/capture.ts";
import type { Draft } from "./state/draft.svelte.ts";
import { language } from "./state/language.svelte.ts";
import { place } from "./state/place.svelte.ts";
import type { Session } from "./state/session.svelte.ts";

const set = (name: string, value: string | number | null): Edit => ({ set: { path: [name], value } });

export async function finishTask(session: Session, task: string): Promise<void> {
  await capture(session.client, language.texts.tasks.ticked, async () => [
    await session.client.edit(task, [set("state", "done"), set("done_at", Date.now())]),
  ]);
}

export async function reopenTask(session: Session, task: string): Promise<void> {
  await capture(session.client, language.texts.tasks.reopened, async () => [
    await session.client.edit(task, [set("state", "open"), set("done_at", null)]),
  ]);
}

/** Checks in to a planned visit: whoever planned it, it is made by who is there. */
export async function checkIn(session: Session, visit: string): Promise<void> {
  const me = session.identity?.person;
  const who = me === undefined ? [] : [set("rep_id", me)];
  await capture(session.client, language.texts.visit.arrived, async () => [
    await session.client.edit(visit, [set("state", "checked_in"), set("checked_in_at", Date.now()), ...who]),
  ]);
}

/** Plans it for another time. */
export function moveVisit(session: Session, seen: RecordView, starts: number): Promise<readonly Saved[] | null> {
  return capture(session.client, language.texts.visit.moved, async () => [
    await session.client.edit(seen.record, [set("planned_start", starts)], seen.heads),
  ]);
}

/** Leaves it without a day, with the reason among its notes: it can be planned again. */
export function callOff(
  session: Session,
  seen: RecordView,
  kept: Draft<{ why: string }>,
): Promise<readonly Saved[] | null> {
  const why = kept.form.why.trim();
  const notes = [textOf(seen.fields, "notes"), why].filter((part) => part !== "").join("\n");
  const said: Edit[] = why === "" ? [] : [{ text: { path: ["notes"], value: notes } }];
  return captureDraft(kept, language.texts.visit.calledOff, async () => [
    await session.client.edit(seen.record, [set("planned_start", null), ...said], seen.heads),
  ]);
}

/**
 * One tap on an account: goes on with one's own visit that is running, checks in to today's planned one, one's own first, or
 * begins one. A visit that somebody else is at is theirs.
 */
export async function visitNow(session: Session, account: string): Promise<void> {
  const { client } = session;
  const visits = (mine: boolean): Promise<Page> =>
    client.list({ kind: "visit", account, mine, order: "recent", limit: 20 });
  const [own, others] = await Promise.all([visits(true), visits(false)]);
  const running = own.records.find((visit) => visit.state === "checked_in");
  if (running !== undefined) {
    place.go({ at: "visit", id: running.record });
    return;
  }
  const [from, to] = dayBounds(Date.now());
  const all = [...own.records, ...others.records];
  const today = all.filter((visit) => visit.state === "planned" && visit.at >= from && visit.at < to);
  const {
    planned: [planned],
  } = await byPlan(session.client, today);
  if (planned !== undefined) {
    await checkIn(session, planned.record);
    place.go({ at: "visit", id: planned.record });
    return;
  }
  const fields: Fields = {
    state: "checked_in",
    checked_in_at: Date.now(),
    ...(session.identity === null ? {} : { rep_id: session.identity.person }),
  };
  const begin = async (): Promise<Saved[]> => {
    const made = await client.create("visit", account, fields);
    await carryDraft(client, draftKey.visitAt(account), draftKey.visit(made.record));
    return [made];
  };
  let made: Saved | undefined = undefined;
  const undone = async (): Promise<void> => {
    const { record = "" } = made ?? {};
    await carryDraft(client, draftKey.visit(record), draftKey.visitAt(account));
    // Its screen is of a visit that is none any more.
    if (place.route.at === "visit" && place.route.id === record) place.replace({ at: "account", id: account });
    session.changes += 1;
  };
  [made] = (await capture(client, language.texts.visit.arrived, begin, undone)) ?? [];
  if (made !== undefined) place.go({ at: "visit", id: made.record });
}

/** What was typed under one key goes on under another: only the form, as the record behind it is another one. */
async function carryDraft(client: ReplicaClient, from: string, to: string): Promise<void> {
  const kept = await client.draft(from);
  if (typeof kept !== "object" || kept === null || !("form" in kept)) return;
  await client.keepDraft(to, { form: kept.form });
  await client.dropDraft(from);
}

/** Planned visits by whether they have a day: what was called off stands where it was changed. */
export async function byPlan(
  client: ReplicaClient,
  visits: readonly Summary[],
): Promise<{ planned: RecordView[]; calledOff: RecordView[] }> {
  const found = await Promise.all(visits.map(({ record }) => client.record(record)));
  const known = found.filter((visit) => visit !== null);
  return {
    planned: known.filter((visit) => whyCalledOff(visit) === null),
    calledOff: known.filter((visit) => whyCalledOff(visit) !== null),
  };
}

/** A type, not an interface: only so is it a value of JSON, as a draft must be. */
export type VisitForm = {
  outcome: string;
  contact_id: string;
  purpose: string;
  notes: string;
  next_step: string;
  next_step_due: string;
  as_task: boolean;
};

export function formOfVisit({ fields }: RecordView): VisitForm {
  return {
    outcome: textOf(fields, "outcome"),
    contact_id: textOf(fields, "contact_id"),
    purpose: textOf(fields, "purpose"),
    notes: textOf(fields, "notes"),
    next_step: textOf(fields, "next_step"),
    next_step_due: textOf(fields, "next_step_due"),
    as_task: true,
  };
}

/** What a visit's form changed; a visit that ends here is checked out. */
export function visitEdits(before: Fields, form: VisitForm, leaves: boolean, now: number): Edit[] {
  const names = ["outcome", "contact_id", "purpose", "next_step", "next_step_due"] as const;
  const edits = names
    .filter((name) => form[name].trim() !== (before[name] ?? ""))
    .map((name) => set(name, form[name].trim() === "" ? null : form[name].trim()));
  if (form.notes !== (before["notes"] ?? "")) edits.push({ text: { path: ["notes"], value: form.notes } });
  if (leaves) edits.push(set("state", "checked_out"), set("checked_out_at", now));
  return edits;
}

/** Saves a visit's form and, if asked to, the task that reminds of the next step. */
export async function saveVisit(
  session: Session,
  visit: string,
  kept: Draft<VisitForm>,
  leaves: boolean,
  added: Iterable<Beside>,
): Promise<readonly Saved[] | null> {
  const { client } = session;
  const said = leaves ? language.texts.visit.checkedOut : language.texts.common.saved;
  const along = [...added].flatMap((one) => {
    const edit = one.edit();
    return edit === null ? [] : [{ edit, kept: one.kept }];
  });
  const work = async (): Promise<readonly Saved[]> => {
    const now = await client.record(visit);
    if (now === null) return [];
    kept.follow(formOfVisit(now), now.heads);
    const { form } = kept;
    const edits = visitEdits(now.fields, form, leaves, Date.now());
    const saved = await kept.write(visit, [...edits, ...along.map(({ edit }) => edit)]);
    const remind = leaves && form.as_task && form.next_step.trim() !== "";
    if (remind) saved.push(await client.create("task", now.account, taskOf(session, form)));
    return saved;
  };
  return captureDraft(
    kept,
    said,
    work,
    along.map((one) => one.kept),
  );
}

function taskOf(session: Session, form: VisitForm): Fields {
  return {
    subject: form.next_step.trim(),
    state: "open",
    priority: "normal",
    ...(form.next_step_due === "" ? {} : { due: form.next_step_due }),
    ...(session.identity === null ? {} : { assignee_id: session.identity.person }),
  };
}
