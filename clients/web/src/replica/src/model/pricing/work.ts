/** An order on its way through the steps. As `pricing/work.rs`. */

import { MODEL } from "../model.ts";
import { compareText, percent, spread, sum, without } from "./amount.ts";
import type { Customer, Line, Order } from "./order.ts";
import { holds, MINOR_MAX, type Product, QUANTITY_MAX } from "./reference.ts";
import type { Shelf } from "./shelf.ts";
import type { Priced, PricedLine, Problem, RuleKind, Step, Tax } from "./trace.ts";

/** Whether promotions may still touch a line: `null` if none has, `shared` if others may, else why not. */
export type Taken = null | "shared" | { readonly alone: string };

const isInRange = (number: number, min: number, max: number): boolean =>
  Number.isSafeInteger(number) && number >= min && number <= max;
const inRange = (number: number | undefined, max: number): number =>
  number !== undefined && isInRange(number, 0, max) ? number : 0;

/** What a line says, its key last: who comes first never decides on a cent. */
function compareContent(a: Line, b: Line): number {
  return (
    compareText(a.sku, b.sku) ||
    a.quantity - b.quantity ||
    (a.own_price_minor ?? -1) - (b.own_price_minor ?? -1) ||
    (a.discount_bp ?? 0) - (b.discount_bp ?? 0) ||
    compareText(a.key, b.key)
  );
}

export class WorkLine {
  readonly line: Line;
  readonly quantity: number;
  readonly product: Product | undefined;
  readonly ownPrice: number | null;
  readonly steps: Step[] = [];
  listUnit: number | null = null;
  isGross = false;
  amount = 0n;
  ruled: bigint | null = null;
  taken: Taken = null;
  taxRule: string | null = null;
  tax = 0n;

  constructor(line: Line, product: Product | undefined) {
    this.line = line;
    this.product = product;
    this.quantity = isInRange(line.quantity, 1, QUANTITY_MAX) ? line.quantity : 0;
    const own = line.own_price_minor ?? null;
    this.ownPrice = own !== null && isInRange(own, 0, MINOR_MAX) ? own : null;
  }

  /** Takes a step, even if it changes nothing. */
  step(kind: RuleKind, rule: string, why: string, after: bigint): void {
    this.steps.push({ kind, rule, why, before_minor: Number(this.amount), after_minor: Number(after) });
    this.amount = after;
  }

  /** Takes a step if it changes something; says whether it did. */
  become(kind: RuleKind, rule: string, why: string, after: bigint): boolean {
    const changes = after !== this.amount;
    if (changes) this.step(kind, rule, why, after);
    return changes;
  }

  finish(): PricedLine {
    return {
      key: this.line.key,
      sku: this.line.sku,
      quantity: this.quantity,
      list_unit_minor: this.listUnit,
      ruled_minor: this.ruled === null ? null : Number(this.ruled),
      net_minor: Number(this.amount),
      tax_minor: Number(this.tax),
      gross_minor: Number(this.amount + this.tax),
      tax: this.taxRule,
      steps: this.steps,
    };
  }
}

export class Work {
  readonly order: Order;
  readonly customer: Customer;
  readonly lines: WorkLine[];
  readonly problems: Problem[] = [];
  readonly taxes: Tax[] = [];
  freightTax = 0n;
  examined = 0;

  constructor(order: Order, shelf: Shelf) {
    this.order = order;
    this.customer = order.customer ?? {};
    this.lines = [...order.lines].sort(compareContent).map((line) => new WorkLine(line, shelf.products.get(line.sku)));
    for (const { set, key } of shelf.unreadable) {
      const text = `${key} of the ${set} cannot be read by this version and does not count; update.`;
      this.problem("unreadable_reference", null, text);
    }
    this.#checkRanges();
  }

  problem(code: string, line: string | null, text: string): void {
    this.problems.push({ code, line, text });
  }

  #checkRanges(): void {
    const { order } = this;
    for (const { line } of this.lines) {
      if (!isInRange(line.quantity, 1, QUANTITY_MAX)) {
        const text = `A quantity lies from 1 to ${String(QUANTITY_MAX)}; ${String(line.quantity)} counts nothing.`;
        this.problem("quantity_out_of_range", line.key, text);
      }
      if (!isInRange(line.own_price_minor ?? 0, 0, MINOR_MAX)) {
        const text = "This price of one's own is out of range; it does not count.";
        this.problem("price_out_of_range", line.key, text);
      }
      if (!isInRange(line.discount_bp ?? 0, 0, 10_000)) {
        const text = "A discount lies from 0% to 100%; this one does not count.";
        this.problem("discount_out_of_range", line.key, text);
      }
    }
    if (!isInRange(order.header_discount_bp ?? 0, 0, 10_000)) {
      const text = "The discount on the order lies from 0% to 100%; this one does not count.";
      this.problem("discount_out_of_range", null, text);
    }
    if (!isInRange(order.goodwill_minor ?? 0, 0, MINOR_MAX)) {
      this.problem("goodwill_out_of_range", null, "This goodwill is out of range; it does not count.");
    }
    if (!isInRange(order.freight_minor ?? 0, 0, MINOR_MAX)) {
      this.problem("freight_out_of_range", null, "This freight is out of range; it does not count.");
    }
  }

  get freight(): bigint {
    return BigInt(inRange(this.order.freight_minor, MINOR_MAX));
  }

  /** The quantity of each SKU in the order, whatever its lines. */
  quantities(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const it of this.lines) sums.set(it.line.sku, (sums.get(it.line.sku) ?? 0) + it.quantity);
    return sums;
  }

  tier(shelf: Shelf): void {
    const key = this.customer.tier ?? null;
    if (key === null) return;
    const tier = shelf.tiers.get(key.trim().toLowerCase());
    if (tier === undefined) {
      this.problem("unknown_tier", null, `No loyalty tier is called ${key}; it takes nothing off.`);
      return;
    }
    if (!holds(tier.dates, this.order.date)) return;
    for (const it of this.lines.filter(({ ownPrice }) => ownPrice === null)) {
      const why = `${tier.name}: ${percent(tier.discountBp)} off`;
      it.become("tier", tier.key, why, without(it.amount, tier.discountBp));
    }
  }

  /** What the person takes off: each line, then the order, then for goodwill. */
  ownDiscounts(): void {
    for (const it of this.lines) {
      if (it.ownPrice === null) it.ruled = it.listUnit === null ? null : it.amount;
      const discount = inRange(it.line.discount_bp, 10_000);
      it.become("line_discount", "", `${percent(discount)} off the line`, without(it.amount, discount));
    }
    const header = inRange(this.order.header_discount_bp, 10_000);
    const all = this.#sum();
    this.#shareOff("header_discount", `${percent(header)} off the order`, all - without(all, header));
    const goodwill = BigInt(inRange(this.order.goodwill_minor, MINOR_MAX));
    const left = this.#sum();
    this.#shareOff("goodwill", "Goodwill", goodwill < left ? goodwill : left);
  }

  #sum(): bigint {
    return sum(this.lines.map(({ amount }) => amount));
  }

  #shareOff(kind: RuleKind, why: string, off: bigint): void {
    const shares = spread(
      off,
      this.lines.map(({ amount }) => amount),
    );
    for (const [n, it] of this.lines.entries()) it.become(kind, "", why, it.amount - (shares[n] ?? 0n));
  }

  finish(): Priced {
    const net = this.#sum();
    const tax = sum(this.lines.map((it) => it.tax)) + this.freightTax;
    const gross = net + this.freight + tax;
    if (gross > BigInt(MODEL.limits.int_max)) {
      this.problem("total_too_large", null, "The total is larger than any system behind could hold.");
    }
    return {
      lines: this.lines.map((it) => it.finish()),
      lines_net_minor: Number(net),
      freight_minor: Number(this.freight),
      net_minor: Number(net + this.freight),
      tax_minor: Number(tax),
      gross_minor: Number(gross),
      taxes: this.taxes,
      problems: this.problems,
      examined: this.examined,
    };
  }
}
