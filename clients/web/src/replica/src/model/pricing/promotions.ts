/** Promotions: each tried once, in one pass through each phase, by priority and key. As `pricing/promotions.rs`. */

import { fold } from "./amount.ts";
import { cutsOf, wordsOfOffer } from "./offers.ts";
import { type Goods, holds, nearness, type Promotion } from "./reference.ts";
import type { Work, WorkLine } from "./work.ts";

export type Phase = "lines" | "order";

export function runPromotions(work: Work, promotions: readonly Promotion[], phase: Phase): void {
  const places = placesOf(work.lines);
  for (const promotion of promotions) {
    work.examined += 1;
    if (!counts(promotion, work, phase)) continue;
    const scope = scopeOf(promotion.goods, work.lines, places);
    work.examined += scope.length;
    const open: WorkLine[] = [];
    for (const it of scope) {
      if (isOpen(it, promotion)) open.push(it);
      else skip(it, promotion);
    }
    for (const { it, off } of cutsOf(promotion.offer, open)) take(it, promotion, off);
  }
}

function counts({ offer, dates, audience }: Promotion, { order, customer }: Work, phase: Phase): boolean {
  const isOfPhase = (offer.is === "order_off" ? "order" : "lines") === phase;
  const isOfCurrency = !("currency" in offer) || offer.currency === order.currency;
  return isOfPhase && isOfCurrency && holds(dates, order.date) && nearness(audience, customer) !== null;
}

const isOpen = ({ taken }: WorkLine, { isExclusive }: Promotion): boolean =>
  taken === null || (taken === "shared" && !isExclusive);

function skip(it: WorkLine, { key, name }: Promotion): void {
  const because =
    it.taken !== null && typeof it.taken === "object" ? it.taken.alone : "it stands alone, and others came first";
  it.step("skipped", key, `${name}: ${because}`, it.amount);
}

function take(it: WorkLine, { key, name, offer, isExclusive }: Promotion, off: bigint): void {
  if (!it.become("promotion", key, `${name}: ${wordsOfOffer(offer)}`, it.amount - off)) return;
  it.taken = isExclusive ? { alone: `${name} stands alone` } : "shared";
}

interface Places {
  readonly bySku: ReadonlyMap<string, number[]>;
  readonly byCategory: ReadonlyMap<string, number[]>;
}

function placesOf(lines: readonly WorkLine[]): Places {
  const [bySku, byCategory] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const add = (to: Map<string, number[]>, word: string, n: number): void => {
    const known = to.get(word);
    if (known === undefined) to.set(word, [n]);
    else known.push(n);
  };
  for (const [n, it] of lines.entries()) {
    add(bySku, it.line.sku, n);
    const category = it.product?.category ?? null;
    if (category !== null) add(byCategory, fold(category), n);
  }
  return { bySku, byCategory };
}

function scopeOf(goods: Goods, lines: readonly WorkLine[], { bySku, byCategory }: Places): WorkLine[] {
  if (goods.skus.length === 0 && goods.categories.length === 0) return [...lines];
  const found = new Set([
    ...goods.skus.flatMap((sku) => bySku.get(sku) ?? []),
    ...goods.categories.flatMap((category) => byCategory.get(category) ?? []),
  ]);
  const places = [...found].sort((a, b) => a - b);
  return places.flatMap((n) => lines[n] ?? []);
}
