/** What a person may grant of their own accord, and whose word is asked for beyond it. As `pricing/discretion.rs`. */

import { fold, percent, sum, without } from "./amount.ts";
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
const EVERYTHING: Limits = { line: 10_000, header: 10_000, total: 10_000, goodwill: Infinity };
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
    const held = [...(credit === null ? [] : creditReasons(credit, order, priced)), ...closed(order)];
    // Credit, and whether we trade at all, are the office's matter, whatever a manager may grant.
    if (held.length > 0 && approver === "manager") approver = "office";
    reasons.push(...dated(order), ...unpriced(order, priced), ...soldNoMore(priced), ...held);
  }
  const isWithin = reasons.length === 0;
  return {
    consent: isWithin ? "within" : "needs_approval",
    approver: isWithin ? null : approver,
    reasons,
    line_discount_bp: granted.lines.reduce((most, line) => Math.max(most, bpOf(line)), 0),
    header_discount_bp: granted.header,
    total_discount_bp: bpOf(totalOf(granted)),
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

/** An amount, and what a person left of it. */
interface Share {
  /** The line; empty for all of them. */
  readonly key: string;
  readonly ruled: bigint;
  readonly left: bigint;
}

interface Granted {
  /** Each line that rules price. */
  readonly lines: readonly Share[];
  /** What all of it is left at, with the discount on the order. */
  readonly left: bigint;
  readonly header: number;
  readonly goodwill: number;
}

function grantedOf(order: Order, priced: Priced): Granted {
  const lines: Share[] = [];
  let left = 0n;
  for (const it of priced.lines) {
    if (it.ruled_minor === null) continue;
    left += BigInt(before(it, ["goodwill", "tax_included"]));
    const own = before(it, ["header_discount", "goodwill", "tax_included"]);
    lines.push({ key: it.key, ruled: BigInt(it.ruled_minor), left: BigInt(own) });
  }
  const inRange = (number: number, max: number): number => (number >= 0 && number <= max ? number : 0);
  return {
    lines,
    left,
    header: inRange(order.header_discount_bp ?? 0, 10_000),
    goodwill: inRange(order.goodwill_minor ?? 0, MINOR_MAX),
  };
}

const totalOf = ({ lines, left }: Granted): Share => ({ key: "", ruled: sum(lines.map(({ ruled }) => ruled)), left });

/**
 * The line from which most was taken, of those that are left at less than their limit comes to. Amounts are compared, not
 * shares: what rounding took off beside an allowed discount is nobody's grant.
 */
function lineBeyond({ lines }: Granted, limit: number): Share | null {
  const beyondIt = lines.filter(({ ruled, left }) => left < without(ruled, limit));
  return beyondIt.reduce<Share | null>((most, line) => (most === null || bpOf(line) > bpOf(most) ? line : most), null);
}

/** Whether all of it is left at less than its limit comes to, line by line or in one sum, whichever is lower. */
function isTotalBeyond(granted: Granted, limit: number): boolean {
  const byLine = sum(granted.lines.map(({ ruled }) => without(ruled, limit)));
  const inOne = without(totalOf(granted).ruled, limit);
  return granted.left < (byLine < inOne ? byLine : inOne);
}

function beyond(granted: Granted, limits: Limits): Reason[] {
  const said = (code: string, line: string | null, where: string, bp: number, limit: number): Reason => ({
    code,
    line,
    text: `${percent(bp)} granted ${where}; ${percent(limit)} are free.`,
  });
  const { header, goodwill } = granted;
  const reasons: Reason[] = [];
  const line = lineBeyond(granted, limits.line);
  if (line !== null) reasons.push(said("line_discount", line.key, "on a line", bpOf(line), limits.line));
  if (header > limits.header) reasons.push(said("header_discount", null, "on the order", header, limits.header));
  if (isTotalBeyond(granted, limits.total)) {
    reasons.push(said("total_discount", null, "in all", bpOf(totalOf(granted)), limits.total));
  }
  if (goodwill > limits.goodwill) {
    const text = `${String(goodwill)} for goodwill; ${String(limits.goodwill)} are free.`;
    reasons.push({ code: "goodwill", line: null, text });
  }
  return reasons;
}

/** A line's amount before its first step of these kinds. */
function before({ steps }: PricedLine, kinds: readonly RuleKind[]): number {
  const first = steps.find(({ kind }) => kinds.includes(kind));
  return first === undefined ? (steps.at(-1)?.after_minor ?? 0) : first.before_minor;
}

/** What is missing, in basis points, rounded up; nothing if there is more than before. */
function bpOf({ ruled, left }: Share): number {
  return ruled <= 0n || left >= ruled ? 0 : Number(((ruled - left) * 10_000n + ruled - 1n) / ruled);
}

/** A day of its own that is too far away for its prices to hold. */
function dated({ written_date: written, date }: Order): Reason[] {
  if (written === undefined || written === null) return [];
  return [{ code: "dated", line: null, text: `It is of ${written}, whose prices do not hold on ${date}.` }];
}

const unpriced = (order: Order, priced: Priced): Reason[] =>
  priced.lines
    .filter((it) => it.list_unit_minor === null)
    .map((it) => ({ code: "no_list_price", line: it.key, text: `${it.sku} has no list price in ${order.currency}.` }));

/** What the catalogue says is sold no more: there may be some left of it, and somebody has to know. */
const soldNoMore = ({ problems }: Priced): Reason[] => problems.filter(({ code }) => code === "discontinued");

/** Whether there is a limit against which the order cannot be held: it is in another currency, or in none. */
const isOther = ({ limit_minor, currency }: Credit, order: Order): boolean =>
  (limit_minor ?? null) !== null && currency !== order.currency;

/** What the account may owe after this order; below zero is above its limit. */
function leftOf(credit: Credit, order: Order, priced: Priced): number | null {
  const limit = credit.limit_minor ?? null;
  return limit === null || isOther(credit, order) ? null : limit - (credit.open_minor ?? 0) - priced.gross_minor;
}

const closed = ({ customer }: Order): Reason[] =>
  customer?.closed === true ? [{ code: "account_closed", line: null, text: "The account is closed." }] : [];

function creditReasons(credit: Credit, order: Order, priced: Priced): Reason[] {
  const reasons: Reason[] = [];
  if (credit.hold === true) {
    reasons.push({ code: "credit_hold", line: null, text: "The office holds this account's orders." });
  }
  if (isOther(credit, order)) {
    const text = `What the account may owe is not said in ${order.currency}.`;
    reasons.push({ code: "credit_currency", line: null, text });
  }
  const left = leftOf(credit, order, priced);
  if (left !== null && left < 0) {
    const text = `This order goes ${String(-left)} above what the account may owe.`;
    reasons.push({ code: "credit_limit", line: null, text });
  }
  return reasons;
}
