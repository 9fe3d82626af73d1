/** What an order comes to, by the model's rule: each line rounded once, half away from zero, exact; then the sum. */

export interface PricedLine {
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly discountBp: number;
}

const WHOLE = 10_000n;

/** In `BigInt`, as a million units at the highest price would leave what a number holds exactly. */
export function lineTotalMinor(line: PricedLine): number {
  const product = BigInt(line.quantity) * BigInt(line.unitPriceMinor) * (WHOLE - BigInt(line.discountBp));
  const half = product < 0n ? -WHOLE / 2n : WHOLE / 2n;
  return Number((product + half) / WHOLE);
}

export function orderTotalMinor(lines: readonly PricedLine[], freightMinor: number): number {
  return lines.reduce((sum, line) => sum + lineTotalMinor(line), freightMinor);
}
