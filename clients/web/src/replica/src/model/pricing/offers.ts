/** How much each kind of promotion takes off which line. As `pricing/offers.rs`. */

import { compareText, part, percent, spread, sum, WHOLE_BP, without } from "./amount.ts";
import type { Offer } from "./reference.ts";
import type { WorkLine } from "./work.ts";

interface Cut {
  readonly it: WorkLine;
  readonly off: bigint;
}

type OfKind<Is extends Offer["is"]> = Extract<Offer, { readonly is: Is }>;

/** What an offer takes off these lines. */
export function cutsOf(offer: Offer, lines: readonly WorkLine[]): Cut[] {
  switch (offer.is) {
    case "percent_off":
      return lines.map((it) => ({ it, off: it.amount - without(it.amount, offer.discountBp) }));
    case "amount_off":
      return lines.map((it) => ({ it, off: least(BigInt(offer.amountMinor) * BigInt(it.quantity), it.amount) }));
    case "buy_get":
      return groups(lines).flatMap(([, group]) => freeUnits(offer, group));
    case "bundle":
      return bundles(offer, lines);
    case "order_off": {
      const all = sum(lines.map(({ amount }) => amount));
      if (all < BigInt(offer.thresholdMinor)) return [];
      const { off } = offer;
      return shared("percent" in off ? all - without(all, off.percent) : least(BigInt(off.amount), all), lines);
    }
  }
}

/** What an offer is, for people. */
export function wordsOfOffer(offer: Offer): string {
  switch (offer.is) {
    case "percent_off":
      return `${percent(offer.discountBp)} off`;
    case "amount_off":
      return `${String(offer.amountMinor)} off each`;
    case "buy_get":
      return offer.discountBp === 10_000
        ? `${String(offer.get)} free for ${String(offer.buy)} bought`
        : `${percent(offer.discountBp)} off ${String(offer.get)} for ${String(offer.buy)} bought`;
    case "bundle":
      return `together for ${String(offer.priceMinor)}`;
    case "order_off": {
      const off = "percent" in offer.off ? percent(offer.off.percent) : String(offer.off.amount);
      return `${off} off from ${String(offer.thresholdMinor)} on`;
    }
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function shared(
  off: bigint,
  lines: readonly WorkLine[],
  weights: readonly bigint[] = lines.map(({ amount }) => amount),
): Cut[] {
  const shares = spread(off, weights);
  return lines.map((it, n) => ({ it, off: shares[n] ?? 0n }));
}

/** The lines of each SKU, by SKU. */
function groups(lines: readonly WorkLine[]): [string, WorkLine[]][] {
  const found = new Map<string, WorkLine[]>();
  for (const it of lines) found.set(it.line.sku, [...(found.get(it.line.sku) ?? []), it]);
  return [...found].sort(([a], [b]) => compareText(a, b));
}

const quantityOf = (lines: readonly WorkLine[]): number => lines.reduce((all, { quantity }) => all + quantity, 0);

/** Units of one product count together, at their average price. */
function freeUnits({ buy, get, discountBp }: OfKind<"buy_get">, lines: readonly WorkLine[]): Cut[] {
  const together = quantityOf(lines);
  const free = Math.floor(together / (buy + get)) * get;
  if (free === 0) return [];
  const all = sum(lines.map(({ amount }) => amount));
  return shared(part(all, BigInt(free) * BigInt(discountBp), BigInt(together) * WHOLE_BP), lines);
}

/** As many bundles as the lines hold. What their units cost, above the bundles' price, comes off. */
function bundles({ items, priceMinor }: OfKind<"bundle">, lines: readonly WorkLine[]): Cut[] {
  const bySku = new Map(groups(lines));
  const held = items.map(({ sku, quantity }) => Math.floor(quantityOf(bySku.get(sku) ?? []) / quantity));
  const count = Math.min(...held);
  if (count === 0) return [];
  const needed = new Map(items.map(({ sku, quantity }) => [sku, BigInt(quantity)]));
  const weights = lines.map((it) => {
    const together = BigInt(quantityOf(bySku.get(it.line.sku) ?? []));
    return part(it.amount, BigInt(count) * (needed.get(it.line.sku) ?? 0n), together);
  });
  const off = sum(weights) - BigInt(count) * BigInt(priceMinor);
  return off <= 0n ? [] : shared(off, lines, weights);
}
