/** Arithmetic on minor units, exact in whole numbers of any size; rounded where it is said. As `pricing/amount.rs`. */

export const WHOLE_BP = 10_000n;

/** `amount * numerator / denominator`, rounded half away from zero. The denominator is positive. */
export function part(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  const product = amount * numerator;
  const half = denominator / 2n;
  return (product + (product < 0n ? -half : half)) / denominator;
}

/** What is left of an amount after so many basis points off. */
export const without = (amount: bigint, discountBp: number): bigint =>
  part(amount, WHOLE_BP - BigInt(discountBp), WHOLE_BP);

export const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** Shares a total out in proportion to the weights: rounded down, what remains by largest remainder, the first of equals first. */
export function spread(total: bigint, weights: readonly bigint[]): bigint[] {
  const all = sum(weights);
  if (all <= 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => (total * weight) / all);
  const rest = weights.map((weight, n) => ({ n, rest: (total * weight) % all }));
  rest.sort((a, b) => (a.rest === b.rest ? a.n - b.n : a.rest > b.rest ? -1 : 1));
  const left = Number(total - sum(shares));
  for (const { n } of rest.slice(0, Math.max(0, left))) shares[n] = (shares[n] ?? 0n) + 1n;
  return shares;
}

/** Basis points for people: `250` is `2.5%`. */
export function percent(bp: number): string {
  const [whole, rest] = [Math.trunc(bp / 100), bp % 100];
  if (rest === 0) return `${String(whole)}%`;
  return rest % 10 === 0
    ? `${String(whole)}.${String(rest / 10)}%`
    : `${String(whole)}.${String(rest).padStart(2, "0")}%`;
}

/** Order of texts by code point, as every other language here has it; JavaScript's own goes by halves of them. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const [one, other] = [Array.from(a), Array.from(b)];
  for (const [n, character] of one.entries()) {
    const difference = (character.codePointAt(0) ?? 0) - (other[n]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** For comparison: no case, no spaces around. */
export const fold = (word: string): string => word.trim().toLowerCase();
