/** A price's trace in plain words of the reader's language: which rule, and what it made of the line. */
import type { Price, PricedLine, PriceProblem, PriceStep, Reason } from "@roadbook/replica";

import type { Texts } from "$texts/app/en.ts";
import type { Formats } from "$texts/format.ts";

export interface Told {
  readonly text: string;
  /** What the line came to after it. */
  readonly amount: string;
}

/** Each rule at work on a line, in order. */
export function toldSteps(t: Texts, formats: Formats, price: Price, line: PricedLine): Told[] {
  const { currency } = price.order;
  return line.steps.map((step) => ({
    text: stepText(t, formats, price, line, step),
    amount: formats.money(step.after_minor, currency),
  }));
}

function stepText(t: Texts, formats: Formats, { order, names }: Price, line: PricedLine, step: PriceStep): string {
  const { rule } = step;
  const times = (minor: number): string => `${formats.number(line.quantity)} × ${formats.money(minor, order.currency)}`;
  switch (step.kind) {
    case "list":
      return `${names.price_lists[rule] ?? t.price.product}: ${times(line.list_unit_minor ?? 0)}`;
    case "own_price": {
      const own = order.lines.find(({ key }) => key === line.key)?.own_price_minor ?? 0;
      return `${t.price.own}: ${times(own)}`;
    }
    case "tier":
      return t.price.tier(names.tiers[rule] ?? rule);
    case "promotion":
      return t.price.promotion(names.promotions[rule] ?? rule);
    case "skipped":
      return t.price.skipped(names.promotions[rule] ?? rule);
    case "line_discount":
      return t.price.lineDiscount;
    case "header_discount":
      return t.price.headerDiscount;
    case "goodwill":
      return t.price.goodwill;
    case "tax_included":
      return t.price.taxIncluded(names.taxes[rule] ?? rule);
  }
}

/** What is wrong with a price, or should be known of it. What this app has no words for is said in the engine's. */
export function problemText(t: Texts, { priced }: Price, problem: PriceProblem): string {
  const words = t.price.problems[problem.code];
  if (words === undefined) return problem.text;
  const sku = skuOf(priced, problem.line);
  return sku === undefined ? words : `${sku}: ${words}`;
}

function skuOf({ lines }: Price["priced"], line: string | null): string | undefined {
  return lines.find(({ key }) => key === line)?.sku;
}

/** Why somebody's word is asked for. */
export function reasonText(t: Texts, formats: Formats, { order, priced, judgement }: Price, reason: Reason): string {
  const percent = (bp: number): string => formats.percent(bp);
  const money = (minor: number): string => formats.money(minor, order.currency);
  switch (reason.code) {
    case "line_discount":
      return t.price.reasons.line_discount(percent(judgement.line_discount_bp));
    case "header_discount":
      return t.price.reasons.header_discount(percent(judgement.header_discount_bp));
    case "total_discount":
      return t.price.reasons.total_discount(percent(judgement.total_discount_bp));
    case "goodwill":
      return t.price.reasons.goodwill(money(judgement.goodwill_minor));
    case "credit_limit":
      return t.price.reasons.credit_limit(money(-(judgement.credit_left_minor ?? 0)));
    case "credit_hold":
      return t.price.reasons.credit_hold;
    case "account_closed":
      return t.price.reasons.account_closed;
    case "dated":
      return t.price.reasons.dated(formats.isoDay(order.written_date ?? order.date, Date.now()));
    case "credit_currency":
      return t.price.reasons.credit_currency(order.currency);
    case "no_list_price":
      return t.price.reasons.no_list_price(skuOf(priced, reason.line) ?? "");
    case "discontinued":
      return t.price.reasons.discontinued(skuOf(priced, reason.line) ?? "");
    default:
      return reason.text;
  }
}
