/** What an order's form does when it is saved: a new order, a changed one, or a corrected one that was handed in. */
import type { RecordView, Saved } from "@roadbook/replica";

import { isoDay } from "$texts/format.ts";

import { editsOfOrder, fieldsOfOrder, formOfOrder, type OrderForm, quoteDay } from "./order.ts";
import { priceForm } from "./price.ts";
import { capture, captureDraft } from "./state/capture.ts";
import type { Draft } from "./state/draft.svelte.ts";
import { language } from "./state/language.svelte.ts";
import type { Session } from "./state/session.svelte.ts";

export interface OrderTask {
  readonly account: string;
  /** The order that is being changed; without it, a new one is made. */
  readonly changes?: string;
  /** It was handed in: it is taken back, changed and handed in again, in one go. */
  readonly corrects?: boolean;
}

/** The order that one written for this takes the place of, where what the account owes is counted. */
export const replacedBy = ({ changes }: OrderTask): string[] => (changes === undefined ? [] : [changes]);

/** The saved order's id, or null if it was not saved, which has been said. */
export async function saveOrder(
  session: Session,
  task: OrderTask,
  kept: Draft<OrderForm>,
  state: "draft" | "quote",
  submit: boolean,
): Promise<string | null> {
  const { client } = session;
  let order = task.changes ?? "";
  const done = await captureDraft(kept, said(state, submit, task), async () => {
    const saved = await write(session, task, kept, state);
    order = saved[0]?.record ?? order;
    return submit && task.corrects !== true ? [...saved, await client.request("submit", order)] : saved;
  });
  return done === null ? null : order;
}

async function write(
  session: Session,
  task: OrderTask,
  kept: Draft<OrderForm>,
  state: "draft" | "quote",
): Promise<readonly Saved[]> {
  const { client, identity } = session;
  const now = task.changes === undefined ? null : await client.record(task.changes);
  if (now !== null) kept.follow(formOfOrder(now.fields), now.heads);
  const form = dated(kept.form, state);
  // Priced anew: what the screen showed may be a keystroke behind.
  const price = await priceForm(client, task.account, form, replacedBy(task));
  if (now !== null) {
    const edits = editsOfOrder(now.fields, form, price, state);
    // What was handed in is closed to others: nobody else wrote in it meanwhile.
    return task.corrects === true ? await client.correct(now.record, edits) : await kept.write(now.record, edits);
  }
  const fields = fieldsOfOrder(form, price, state, identity?.person ?? "", isoDay(Date.now()));
  return [await client.create("order", task.account, fields)];
}

/** A quote holds until a day, if need be one that nobody chose. */
function dated(form: OrderForm, state: "draft" | "quote"): OrderForm {
  const isUndated = state === "quote" && form.valid_until === "";
  return isUndated ? { ...form, valid_until: quoteDay(Date.now()) } : form;
}

/** Lets a quote hold again, at today's prices. */
export async function renewQuote(session: Session, quote: RecordView): Promise<void> {
  const { client } = session;
  const now = Date.now();
  const form = { ...formOfOrder(quote.fields), order_date: isoDay(now), valid_until: quoteDay(now) };
  await capture(client, language.texts.order.renewed, async () => {
    const price = await priceForm(client, quote.account, form, [quote.record]);
    return [await client.edit(quote.record, editsOfOrder(quote.fields, form, price, "quote"))];
  });
}

function said(state: "draft" | "quote", submit: boolean, task: OrderTask): string {
  const t = language.texts.order;
  if (task.corrects === true) return t.corrected;
  if (submit) return t.submitted;
  return state === "draft" ? t.draftSaved : t.quoteSaved;
}
