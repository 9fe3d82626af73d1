/** The last step: tax, counted once for each rate on the sum of what bears it, shared out over the lines. As `pricing/taxes.rs`. */

import { compareText, fold, part, spread, sum, WHOLE_BP } from "./amount.ts";
import type { Order } from "./order.ts";
import { holds, type TaxRate } from "./reference.ts";
import type { Shelf } from "./shelf.ts";
import type { Work, WorkLine } from "./work.ts";

const ANYWHERE = "*";

interface Bearers {
  readonly rate: TaxRate;
  readonly isGross: boolean;
  /** Lines, or null for freight. */
  readonly lines: (WorkLine | null)[];
}

export function runTaxes(work: Work, { taxes }: Shelf): void {
  if (taxes.length === 0) return;
  const bearers: Bearers[] = [];
  const bear = (rate: TaxRate, isGross: boolean, line: WorkLine | null): void => {
    const known = bearers.find((it) => it.rate === rate && it.isGross === isGross);
    if (known === undefined) bearers.push({ rate, isGross, lines: [line] });
    else known.lines.push(line);
  };
  for (const it of work.lines) {
    const name = fold(it.product?.taxClass ?? "standard");
    work.examined += taxes.length;
    const rate = rateOf(taxes, name, work.order);
    if (rate !== null) bear(rate, it.isGross, it);
    else {
      const text = `No tax rate of the class ${name} is known for this place and day: no tax counts.`;
      work.problem("no_tax_rate", it.line.key, text);
    }
  }
  const freight = work.freight > 0n ? rateOf(taxes, "freight", work.order) : null;
  if (freight !== null) bear(freight, false, null);
  bearers.sort((a, b) => compareText(a.rate.key, b.rate.key) || Number(a.isGross) - Number(b.isGross));
  for (const it of bearers) share(work, it);
}

/** The nearest rate: of a named country before `*`, of its region before all of it, the later begin, the lower key. */
function rateOf(taxes: readonly TaxRate[], name: string, order: Order): TaxRate | null {
  const country = fold(order.customer?.country ?? "");
  const region = order.customer?.region ?? null;
  const isThere = (rate: TaxRate): boolean =>
    rate.class === name &&
    (rate.countries.includes(country) || rate.countries.includes(ANYWHERE)) &&
    (rate.region === null || (region !== null && rate.region === fold(region))) &&
    holds(rate.dates, order.date);
  const found = taxes
    .filter(isThere)
    .sort(
      (a, b) =>
        Number(!a.countries.includes(country)) - Number(!b.countries.includes(country)) ||
        Number(a.region === null) - Number(b.region === null) ||
        compareText(b.dates.from ?? "", a.dates.from ?? "") ||
        compareText(a.key, b.key),
    );
  return found[0] ?? null;
}

function share(work: Work, { rate, isGross, lines }: Bearers): void {
  const amounts = lines.map((it) => it?.amount ?? work.freight);
  const all = sum(amounts);
  const bp = BigInt(rate.rateBp);
  const tax = part(all, bp, isGross ? WHOLE_BP + bp : WHOLE_BP);
  const shares = spread(tax, amounts);
  for (const [n, it] of lines.entries()) {
    const own = shares[n] ?? 0n;
    if (it === null) {
      work.freightTax = own;
      continue;
    }
    it.tax = own;
    it.taxRule = rate.key;
    if (isGross) it.become("tax_included", rate.key, `${rate.name} included`, it.amount - own);
  }
  const base = isGross ? all - tax : all;
  const known = work.taxes.at(-1);
  const isKnown = known?.rule === rate.key;
  const before = isKnown ? known : { base_minor: 0, tax_minor: 0 };
  if (isKnown) work.taxes.pop();
  work.taxes.push({
    rule: rate.key,
    rate_bp: rate.rateBp,
    base_minor: before.base_minor + Number(base),
    tax_minor: before.tax_minor + Number(tax),
  });
}
