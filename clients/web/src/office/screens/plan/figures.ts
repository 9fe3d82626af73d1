/** Figures of a period as the console shows them. */
import type { Schema } from "$api/client";
import { t } from "$texts/office";

import { formats } from "../../state/words.ts";

export type PersonFigures = Schema["PersonFigures"];
type Turnover = Schema["CurrencyFigures"];

/** Amounts by currency, one after the other; null for none. */
export function amounts(
  turnover: readonly Turnover[],
  minor: "amount_minor" | "accepted_minor" | "quoted_minor",
): string | null {
  const some = turnover.filter((one) => one[minor] !== 0);
  return some.length === 0 ? null : some.map((one) => formats.money(one[minor], one.currency)).join(", ");
}

export const ordersOf = (turnover: readonly Turnover[]): number =>
  turnover.reduce((sum, { orders }) => sum + orders, 0);

/** Goals with how far each has come; null for none. */
export function goalsOf({ goals }: PersonFigures): string | null {
  const text = t.figures.team;
  const said = goals.map((goal) => {
    const measure = goal.measure as keyof typeof text.measures;
    const amount = (value: number): string => {
      if (measure === "order_amount") return formats.money(value, goal.currency ?? "");
      return measure === "promises_kept_percent" ? formats.percent(value * 100) : formats.number(value);
    };
    return text.goal(goal.name ?? text.measures[measure], amount(goal.value), amount(goal.target));
  });
  return said.length === 0 ? null : said.join("; ");
}

/** What was done at accounts that the person does not have any more; null for nothing. */
export function handedOver({ handed_over: over }: PersonFigures): string | null {
  const orders = ordersOf(over.turnover);
  return over.visits_made === 0 && orders === 0 ? null : t.figures.team.handedOverText(over.visits_made, orders);
}
