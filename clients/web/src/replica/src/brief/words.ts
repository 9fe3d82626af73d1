/** A brief in plain English. The same facts always give the same words, here and on the server. */

import type { Amount, Day, Fact, Promised, Who } from "./fact.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DIGITS: Readonly<Record<string, number>> = {
  ...each(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
  ...each(3, "BHD IQD JOD KWD LYD OMR TND"),
  ...each(4, "CLF UYW"),
};

function each(digits: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(" ").map((currency) => [currency, digits]));
}

type Of<Name extends Fact["fact"]> = Extract<Fact, { readonly fact: Name }>;
/** How each fact is said. */
export type Sentences = { readonly [Name in Fact["fact"]]: (fact: Of<Name>) => string };

/** A fact as a sentence of this book. */
export const sentenceIn = (book: Sentences, fact: Fact): string => (book[fact.fact] as (fact: Fact) => string)(fact);

/** A fact as an English sentence. */
export const sentence = (fact: Fact): string => sentenceIn(ENGLISH, fact);

const ENGLISH: Sentences = {
  identity: ({ name, external_id, account_type, segment }) => {
    const what = account_type === null ? "an account" : withArticle(account_type);
    return `${name}${some(external_id, (id) => ` (${id})`)} is ${what}${some(segment, (one) => `, segment ${one}`)}.`;
  },
  address: ({ parts }) => `They are at ${parts.join(", ")}.`,
  reach: ({ parts }) => `They are reached at ${parts.join(", ")}.`,
  tags: ({ tags }) => `Tags: ${tags.join(", ")}.`,
  terms: ({ payment_terms, price_list, currency }) =>
    capitalised(
      [
        some(currency, (one) => `they buy in ${one}`),
        some(price_list, (list) => `price list ${list} applies`),
        some(payment_terms, (terms) => `payment terms: ${terms}`),
      ]
        .filter((part) => part !== "")
        .join("; "),
    ) + ".",
  description: ({ excerpt }) => excerpt,
  visit_every: ({ days }) => `They are to be visited every ${daysOf(days)}.`,
  contact: ({ name, title, role, reach, preferred_channel, left, notes }) => {
    const who = [name, title, role].filter((part) => part !== null).join(", ");
    const at = reach.length === 0 ? "" : `: ${reach.join(", ")}`;
    return `${who}${left ? " (has left)" : ""}${at}.${channel(preferred_channel)}${some(notes, (text) => ` ${text}`)}`;
  },
  no_contact: ({ name }) => `${name} does not wish to be approached.`,
  promised: ({ promise, what, due, overdue_days, by, priority }) => {
    const by_when = some(due, (day) => (promise === "visit" ? `, on ${inWords(day)}` : `, due ${inWords(day)}`));
    const overdue = some(overdue_days, (days) => ` (${daysOf(days)} overdue)`);
    const whose = some(by, (who) => (promise === "next_step" ? `, agreed by ${nameOf(who)}` : `, for ${nameOf(who)}`));
    return `${subjectOf(promise, what)}${pressing(priority)}${by_when}${overdue}${whose}.`;
  },
  visited: ({ by, day, purpose, contact, subject, outcome, notes }) => {
    const visited = day === null ? "Visited" : `${inWords(day)}: visited`;
    const what = some(purpose, (one) => ` (${spaced(one)})`);
    const met = some(contact, (name) => `, met ${name}`) + some(subject, (text) => `, about ${text}`);
    const ended = some(outcome, (one) => `, outcome: ${spaced(one)}`);
    return `${visited} by ${nameOf(by)}${what}${met}${ended}.${some(notes, (text) => ` ${text}`)}`;
  },
  remarked: ({ by, day, excerpt }) =>
    `${capitalised(nameOf(by))} remarked${some(day, (on) => ` on ${inWords(on)}`)}: ${excerpt}`,
  open_order: ({ number, state, total, lines, day, by, delivery, valid_until }) => {
    const dated = some(day, (on) => ` of ${inWords(on)}`);
    const amount = `${money(total)} (${lines === 1 ? "1 line" : `${lines} lines`})`;
    const until = some(delivery, (on) => `, to be delivered by ${inWords(on)}`);
    const valid = some(valid_until, (on) => `, valid until ${inWords(on)}`);
    return `${orderOf(state, number)}${dated} by ${nameOf(by)}: ${amount}${until}${valid}.`;
  },
  open_opportunity: ({ what, stage, amount, expected_close, by }) => {
    const worth =
      some(amount, (one) => `, ${money(one)}`) + some(expected_close, (on) => `, decided by ${inWords(on)}`);
    return `Opportunity${some(stage, (one) => `, ${spaced(one)}`)}: ${what}${worth}, seen through by ${nameOf(by)}.`;
  },
  open_case: ({ case_type, what, since, priority }) => {
    const opened = some(since, (on) => ` since ${inWords(on)}`);
    return `Open ${spaced(case_type ?? "case")}${opened}: ${what}${pressing(priority)}.`;
  },
  open_total: ({ count, total }) => `All ${count} together: ${money(total)}.`,
  last_order: ({ number, day, total, by }) => {
    const dated = some(day, (on) => ` of ${inWords(on)}`);
    return `Last order${some(number, (one) => ` ${one}`)}${dated}, taken by ${nameOf(by)}: ${money(total)}.`;
  },
  rhythm: ({ habit, count, usual_days, first, last }) => {
    const what = { visits: "Visited", orders: "Ordered" }[habit];
    const times = count === 1 ? "once" : `${count} times`;
    return `${what} ${times}${spanOf(first, last)}${some(usual_days, (days) => `, usually ${daysOf(days)} apart`)}.`;
  },
  turnover: ({ count, total, average_minor }) => {
    const average = money({ minor: average_minor, currency: total.currency });
    return `${count === 1 ? "1 order" : `${count} orders`} for ${money(total)} in all, ${average} on average.`;
  },
  usual_product: ({ sku, description, orders, of_orders, usual_quantity, unit }) => {
    const what = `${sku}${some(description, (text) => ` ${text}`)}`;
    const quantity = `${usual_quantity}${some(unit, (one) => ` (${one})`)}`;
    return `Orders ${what}: in ${orders} of the last ${of_orders}, usually ${quantity}.`;
  },
  closed: () => "The account is closed.",
  overdue: ({ count, oldest_days }) =>
    count === 1
      ? `One promise is overdue, by ${daysOf(oldest_days)}.`
      : `${count} promises are overdue, the oldest by ${daysOf(oldest_days)}.`,
  neglected: ({ habit, days, usual_days, last }) => {
    const what = { visits: "Last visited", orders: "Last ordered" }[habit];
    return `${what} ${daysOf(days)} ago, on ${inWords(last)}; usual are ${daysOf(usual_days)}.`;
  },
  never: ({ habit }) => ({ visits: "No visit is on record.", orders: "They have not ordered anything yet." })[habit],
  conflict: ({ kind, path }) =>
    `Several people wrote ${path.map(spaced).join(" / ")} of ${withArticle(kind)} at once; somebody has to choose.`,
  unusual_discount: ({ number, sku, discount_bp, highest_bp }) => {
    const order = `Open order${some(number, (one) => ` ${one}`)}`;
    return `${order} gives ${percent(discount_bp)} off ${sku}; so far they had at most ${percent(highest_bp)}.`;
  },
  quote_expired: ({ number, valid_until, total }) =>
    `The quote${some(number, (one) => ` ${one}`)} over ${money(total)} ran out on ${inWords(valid_until)}.`,
  over_credit_limit: ({ open, limit_minor }) => {
    const limit = money({ minor: limit_minor, currency: open.currency });
    return `They owe ${money(open)} with their open orders, more than the credit limit of ${limit}.`;
  },
  credit_limit: ({ limit, open_minor }) => {
    const open = money({ minor: open_minor, currency: limit.currency });
    return `Credit limit: ${money(limit)}; they owe ${open} with their open orders.`;
  },
  credit_hold: () => "The office holds their orders.",
  payment_visit: ({ day, outcome }) =>
    `A visit${some(day, (on) => ` on ${inWords(on)}`)} was about payment${some(outcome, (one) => `, outcome: ${spaced(one)}`)}.`,
};

const pressing = (priority: string | null): string =>
  priority === "high" || priority === "low" ? `, priority ${priority}` : "";

function channel(preferred: string | null): string {
  if (preferred === null) return "";
  if (preferred === "none") return " Does not wish to be approached.";
  if (preferred === "visit") return " Prefers a visit.";
  return preferred === "email" ? " Prefers e-mail." : ` Prefers ${preferred}.`;
}

function subjectOf(promise: Promised, what: string): string {
  if (promise === "task") return `Task: ${what}`;
  if (promise === "case") return `Case: ${what}`;
  if (promise === "next_step") return `Next step: ${what}`;
  return what === "" ? "Planned visit" : `Planned visit: ${what}`;
}

function orderOf(state: string, number: string | null): string {
  if (state === "quote") return "Quote";
  const said = state.replaceAll("_", " ");
  if (number !== null) return `Order ${number}, ${said},`;
  return state === "draft" ? "Draft of an order" : `Order, ${said},`;
}

function spanOf(first: Day | null, last: Day | null): string {
  if (first === null) return "";
  return last === null || last === first ? ` on ${inWords(first)}` : ` from ${inWords(first)} to ${inWords(last)}`;
}

/** An amount with its currency, exact: `USD 1,234.50`. */
function money({ minor, currency }: Amount): string {
  const digits = DIGITS[currency] ?? 2;
  const all = String(Math.abs(minor)).padStart(digits + 1, "0");
  const [whole, fraction] = [all.slice(0, all.length - digits), all.slice(all.length - digits)];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${currency} ${minor < 0 ? "-" : ""}${grouped}${digits === 0 ? "" : `.${fraction}`}`.trimStart();
}

/** Basis points as per cent, exact. */
function percent(bp: number): string {
  const rest = bp % 100;
  const whole = Math.trunc(bp / 100);
  return rest === 0 ? `${whole} %` : `${whole}.${String(rest).padStart(2, "0")} %`;
}

/** The day in English: `4 July 1996`. */
function inWords(day: Day): string {
  const [year = "", month = "", of = ""] = day.split("-");
  return `${Number(of)} ${MONTHS[Number(month) - 1] ?? ""} ${Number(year)}`;
}

const nameOf = ({ name }: Who): string => name ?? "a colleague";
const daysOf = (days: number): string => (days === 1 ? "1 day" : `${days} days`);
const withArticle = (word: string): string => `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;
const spaced = (word: string): string => word.replaceAll("_", " ");
const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const some = <T>(value: T | null, words: (value: T) => string): string => (value === null ? "" : words(value));
