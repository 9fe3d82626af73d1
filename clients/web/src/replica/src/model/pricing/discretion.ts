/** What a person may grant of their own accord, and whose word is asked for beyond it. As `pricing/discretion.rs`. */

import { fold, percent } from "./amount.ts";
import type { Order } from "./order.ts";
import { type Discretion, MINOR_MAX } from "./reference.ts";
import type { Priced, PricedLine, RuleKind } from "./trace.ts";

/** What an account may owe, and does; as far as this device knows. */
export interface Credit {
  readonly limit_minor?: number | null;
  readonly hold?: boolean;
  readonly open_minor?: number;
  readonly currency?: string;
}

export interface Reason {
  readonly code: string;
  readonly line: string | null;
  readonly text: string;
}

export interface Judgement {
  readonly consent: "within" | "needs_approval";
  readonly approver: string | null;
  readonly reasons: readonly Reason[];
  readonly line_discount_bp: number;
  readonly header_discount_bp: number;
  readonly total_discount_bp: number;
  readonly goodwill_minor: number;
  readonly credit_left_minor: number | null;
}

interface Limits {
  readonly line: number;
  readonly header: number;
  readonly total: number;
  readonly goodwill: number;
}

const NOTHING: Limits = { line: 0, header: 0, total: 0, goodwill: 0 };
const EVERYTHING: Limits = { line: Infinity, header: Infinity, total: Infinity, goodwill: Infinity };
const ABOVE: Readonly<Record<string, readonly string[]>> = { rep: ["manager", "office"], manager: ["office"] };

const isOffice = (role: string): boolean => role === "office" || role === "admin";

/** Judges a priced order that a person of this role wrote. */
export function judge(
  role: string,
  order: Order,
  priced: Priced,
  limits: readonly Discretion[],
  credit: Credit | null,
): Judgement {
  const granted = grantedOf(order, priced);
  const reasons = beyond(granted, limitsOf(role, order, limits));
  let approver =
    (ABOVE[role] ?? []).find((other) => beyond(granted, limitsOf(other, order, limits)).length === 0) ?? "admin";
  if (!isOffice(role)) {
    const held = credit === null ? [] : creditReasons(credit, order, priced);
    // Credit is the office's matter, whatever a manager may grant.
    if (held.length > 0 && approver === "manager") approver = "office";
    reasons.push(...unpriced(order, priced), ...held);
  }
  const isWithin = reasons.length === 0;
  return {
    consent: isWithin ? "within" : "needs_approval",
    approver: isWithin ? null : approver,
    reasons,
    line_discount_bp: granted.line?.bp ?? 0,
    header_discount_bp: granted.header,
    total_discount_bp: granted.total,
    goodwill_minor: granted.goodwill,
    credit_left_minor: credit === null ? null : leftOf(credit, order, priced),
  };
}

/** Those of the customer's segment, else the role's for all. Who has none may grant nothing in the field, everything in the office. */
function limitsOf(role: string, order: Order, limits: readonly Discretion[]): Limits {
  const segment = order.customer?.segment ?? null;
  const own = limits.filter((it) => it.role === role);
  const found =
    own.find((it) => segment !== null && it.segment === fold(segment)) ?? own.find((it) => it.segment === null);
  if (found === undefined) return isOffice(role) ? EVERYTHING : NOTHING;
  return {
    line: found.lineDiscountBpMax,
    header: found.headerDiscountBpMax,
    total: found.totalDiscountBpMax,
    goodwill: found.currency === order.currency ? found.goodwillMinorMax : 0,
  };
}

interface Granted {
  readonly line: { readonly bp: number; readonly key: string } | null;
  readonly header: number;
  readonly total: number;
  readonly goodwill: number;
}

function grantedOf(order: Order, priced: Priced): Granted {
  let line: { bp: number; key: string } | null = null;
  let [ruled, left] = [0n, 0n];
  for (const it of priced.lines) {
    if (it.ruled_minor === null) continue;
    ruled += BigInt(it.ruled_minor);
    left += BigInt(before(it, ["goodwill", "tax_included"]));
    const own = before(it, ["header_discount", "goodwill", "tax_included"]);
    const bp = shareBp(BigInt(it.ruled_minor), BigInt(own));
    if (line === null || bp > line.bp) line = { bp, key: it.key };
  }
  const inRange = (number: number, max: number): number => (number >= 0 && number <= max ? number : 0);
  return {
    line,
    header: inRange(order.header_discount_bp ?? 0, 10_000),
    total: shareBp(ruled, left),
    goodwill: inRange(order.goodwill_minor ?? 0, MINOR_MAX),
  };
}

function beyond(granted: Granted, limits: Limits): Reason[] {
  const above = (code: string, line: string | null, where: string, bp: number, limit: number): Reason[] =>
    bp > limit ? [{ code, line, text: `${percent(bp)} granted ${where}; ${percent(limit)} are free.` }] : [];
  const { line, header, total, goodwill } = granted;
  return [
    ...(line === null ? [] : above("line_discount", line.key, "on a line", line.bp, limits.line)),
    ...above("header_discount", null, "on the order", header, limits.header),
    ...above("total_discount", null, "in all", total, limits.total),
    ...(goodwill > limits.goodwill
      ? [
          {
            code: "goodwill",
            line: null,
            text: `${String(goodwill)} for goodwill; ${String(limits.goodwill)} are free.`,
          },
        ]
      : []),
  ];
}

/** A line's amount before its first step of these kinds. */
function before({ steps }: PricedLine, kinds: readonly RuleKind[]): number {
  const first = steps.find(({ kind }) => kinds.includes(kind));
  return first === undefined ? (steps.at(-1)?.after_minor ?? 0) : first.before_minor;
}

/** What is missing from `base` in `left`, in basis points, rounded up; nothing if there is more than before. */
function shareBp(base: bigint, left: bigint): number {
  if (base <= 0n || left >= base) return 0;
  return Number(((base - left) * 10_000n + base - 1n) / base);
}

const unpriced = (order: Order, priced: Priced): Reason[] =>
  priced.lines
    .filter((it) => it.list_unit_minor === null)
    .map((it) => ({ code: "no_list_price", line: it.key, text: `${it.sku} has no list price in ${order.currency}.` }));

/** What the account may owe after this order; below zero is above its limit. */
function leftOf(credit: Credit, order: Order, priced: Priced): number | null {
  const limit = credit.limit_minor ?? null;
  return limit === null || credit.currency !== order.currency
    ? null
    : limit - (credit.open_minor ?? 0) - priced.gross_minor;
}

function creditReasons(credit: Credit, order: Order, priced: Priced): Reason[] {
  const reasons: Reason[] = [];
  if (credit.hold === true) {
    reasons.push({ code: "credit_hold", line: null, text: "The office holds this account's orders." });
  }
  const left = leftOf(credit, order, priced);
  if (left !== null && left < 0) {
    const text = `This order goes ${String(-left)} above what the account may owe.`;
    reasons.push({ code: "credit_limit", line: null, text });
  }
  return reasons;
}
