/** How the facts of a hand-over brief are said in German. */
import type { Amount, Sentences, Who } from "@roadbook/replica";

import { de } from "./de.ts";

type Labels = Readonly<Record<string, string>>;

const DAY = new Intl.DateTimeFormat("de-DE", { dateStyle: "long", timeZone: "UTC" });

const day = (iso: string): string => DAY.format(Date.parse(iso));
const days = (count: number): string => (count === 1 ? "1 Tag" : `${count} Tage`);
const nameOf = ({ name }: Who): string => name ?? "einem Kollegen";
const some = <T>(value: T | null, words: (value: T) => string): string => (value === null ? "" : words(value));
/** A word of the model as the app says it; one that it does not know by its own name. */
const said = (labels: Labels, word: string): string => labels[word] ?? word.replaceAll("_", " ");

function money({ minor, currency }: Amount): string {
  if (currency === "") return new Intl.NumberFormat("de-DE").format(minor / 100);
  const format = new Intl.NumberFormat("de-DE", { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

const percent = (bp: number): string => `${new Intl.NumberFormat("de-DE").format(bp / 100)} %`;

const pressing = (priority: string | null): string =>
  priority === "high" || priority === "low" ? `, Priorität ${said(de.tasks.priorities, priority).toLowerCase()}` : "";

function channel(preferred: string | null): string {
  if (preferred === null) return "";
  if (preferred === "none") return " Möchte nicht angesprochen werden.";
  return ` Am liebsten: ${said(de.contact.channels, preferred)}.`;
}

export const GERMAN: Sentences = {
  identity: ({ name, external_id, account_type, segment }) => {
    const what = account_type === null ? "Kunde" : said(de.account.types, account_type);
    return `${name}${some(external_id, (id) => ` (${id})`)}: ${what}${some(segment, (one) => `, Segment ${one}`)}.`;
  },
  address: ({ parts }) => `Anschrift: ${parts.join(", ")}.`,
  reach: ({ parts }) => `Zu erreichen: ${parts.join(", ")}.`,
  tags: ({ tags }) => `Merkmale: ${tags.join(", ")}.`,
  terms: ({ payment_terms, price_list, currency }) =>
    `${[
      some(currency, (one) => `kauft in ${one}`),
      some(price_list, (list) => `Preisliste ${list}`),
      some(payment_terms, (terms) => `Zahlung: ${terms}`),
    ]
      .filter((part) => part !== "")
      .join("; ")}.`,
  description: ({ excerpt }) => excerpt,
  visit_every: ({ days: every }) => `Zu besuchen alle ${days(every).replace(/^1 Tag$/, "Tage")}.`,
  contact: ({ name, title, role, reach, preferred_channel, left, notes }) => {
    const who = [name, title, role].filter((part) => part !== null).join(", ");
    const at = reach.length === 0 ? "" : `: ${reach.join(", ")}`;
    const gone = left ? " (nicht mehr dort)" : "";
    return `${who}${gone}${at}.${channel(preferred_channel)}${some(notes, (text) => ` ${text}`)}`;
  },
  no_contact: ({ name }) => `${name} möchte nicht angesprochen werden.`,
  promised: ({ promise, what, due, overdue_days, by, priority }) => {
    const kind = { task: "Aufgabe", next_step: "Nächster Schritt", visit: "Geplanter Besuch", case: "Fall" }[promise];
    const when = some(due, (on) => (promise === "visit" ? `, am ${day(on)}` : `, fällig ${day(on)}`));
    const late = some(overdue_days, (count) => ` (${days(count)} überfällig)`);
    const whose = some(by, (who) => `, ${promise === "next_step" ? "vereinbart von" : "für"} ${nameOf(who)}`);
    return `${kind}${what === "" ? "" : `: ${what}`}${pressing(priority)}${when}${late}${whose}.`;
  },
  visited: ({ by, day: on, purpose, contact, subject, outcome, notes }) => {
    const when = on === null ? "Besucht" : `${day(on)}: besucht`;
    const why = some(purpose, (one) => ` (${said(de.visit.purposes, one)})`);
    const met = some(contact, (name) => `, getroffen: ${name}`) + some(subject, (text) => `, über ${text}`);
    const end = some(outcome, (one) => `, Ergebnis: ${said(de.visit.outcomes, one)}`);
    return `${when} von ${nameOf(by)}${why}${met}${end}.${some(notes, (text) => ` ${text}`)}`;
  },
  remarked: ({ by, day: on, excerpt }) =>
    `Anmerkung von ${nameOf(by)}${some(on, (when) => ` am ${day(when)}`)}: ${excerpt}`,
  open_order: ({ number, state, total, lines, day: on, by, delivery, valid_until }) => {
    const what = `Auftrag${some(number, (one) => ` ${one}`)}, ${said(de.order.states, state)},`;
    const amount = `${money(total)} (${lines === 1 ? "1 Position" : `${lines} Positionen`})`;
    const until = some(delivery, (when) => `, zu liefern bis ${day(when)}`);
    const valid = some(valid_until, (when) => `, gültig bis ${day(when)}`);
    return `${what}${some(on, (when) => ` vom ${day(when)}`)} von ${nameOf(by)}: ${amount}${until}${valid}.`;
  },
  open_opportunity: ({ what, stage, amount, expected_close, by }) => {
    const { stage: stages = {} } = de.plain.opportunity.words;
    const worth =
      some(amount, (one) => `, ${money(one)}`) + some(expected_close, (on) => `, entschieden bis ${day(on)}`);
    return `Verkaufschance${some(stage, (one) => `, ${said(stages, one)}`)}: ${what}${worth}, bei ${nameOf(by)}.`;
  },
  open_case: ({ case_type, what, since, priority }) => {
    const { case_type: types = {} } = de.plain.case.words;
    const kind = case_type === null ? "Fall" : said(types, case_type);
    return `Offen${some(since, (on) => ` seit ${day(on)}`)}: ${kind}, ${what}${pressing(priority)}.`;
  },
  open_total: ({ count, total }) => `Alle ${count} zusammen: ${money(total)}.`,
  last_order: ({ number, day: on, total, by }) =>
    `Letzter Auftrag${some(number, (one) => ` ${one}`)}${some(on, (when) => ` vom ${day(when)}`)}, aufgenommen von ${nameOf(by)}: ${money(total)}.`,
  rhythm: ({ habit, count, usual_days, first, last }) => {
    const what = { visits: "Besucht", orders: "Bestellt" }[habit];
    const span =
      first === null
        ? ""
        : last === null || last === first
          ? ` am ${day(first)}`
          : ` vom ${day(first)} bis ${day(last)}`;
    return `${what} ${count === 1 ? "einmal" : `${count}-mal`}${span}${some(usual_days, (gap) => `, meist im Abstand von ${days(gap).replace(/e$/, "en")}`)}.`;
  },
  turnover: ({ count, total, average_minor }) => {
    const average = money({ minor: average_minor, currency: total.currency });
    return `${count === 1 ? "1 Auftrag" : `${count} Aufträge`} über insgesamt ${money(total)}, im Schnitt ${average}.`;
  },
  usual_product: ({ sku, description, orders, of_orders, usual_quantity, unit }) =>
    `Bestellt ${sku}${some(description, (text) => ` ${text}`)}: in ${orders} der letzten ${of_orders}, meist ${usual_quantity}${some(unit, (one) => ` (${one})`)}.`,
  closed: () => "Der Kunde ist geschlossen.",
  overdue: ({ count, oldest_days }) =>
    count === 1
      ? `Eine Zusage ist überfällig: ${days(oldest_days)}.`
      : `${count} Zusagen sind überfällig, die älteste ${days(oldest_days)}.`,
  neglected: ({ habit, days: ago, usual_days, last }) => {
    const what = { visits: "Zuletzt besucht", orders: "Zuletzt bestellt" }[habit];
    return `${what} vor ${days(ago).replace(/e$/, "en")}, am ${day(last)}; üblich: ${days(usual_days)}.`;
  },
  never: ({ habit }) => ({ visits: "Kein Besuch ist verzeichnet.", orders: "Hier wurde noch nie bestellt." })[habit],
  conflict: ({ kind, path }) => {
    const what = said(de.kinds, kind);
    return `Mehrere haben zugleich ${path.map((name) => name.replaceAll("_", " ")).join(" / ")} geschrieben (${what}); jemand muss wählen.`;
  },
  unusual_discount: ({ number, sku, discount_bp, highest_bp }) =>
    `Der offene Auftrag${some(number, (one) => ` ${one}`)} gibt ${percent(discount_bp)} auf ${sku}; bisher waren es höchstens ${percent(highest_bp)}.`,
  quote_expired: ({ number, valid_until, total }) =>
    `Das Angebot${some(number, (one) => ` ${one}`)} über ${money(total)} ist am ${day(valid_until)} abgelaufen.`,
  over_credit_limit: ({ open, limit_minor }) =>
    `Offen sind mit laufenden Aufträgen ${money(open)}, mehr als das Kreditlimit von ${money({ minor: limit_minor, currency: open.currency })}.`,
  credit_limit: ({ limit, open_minor }) =>
    `Kreditlimit: ${money(limit)}; offen sind mit laufenden Aufträgen ${money({ minor: open_minor, currency: limit.currency })}.`,
  credit_hold: () => "Das Büro hält die Aufträge dieses Kunden an.",
  payment_visit: ({ day: on, outcome }) =>
    `Bei einem Besuch${some(on, (when) => ` am ${day(when)}`)} ging es um Zahlung${some(outcome, (one) => `, Ergebnis: ${said(de.visit.outcomes, one)}`)}.`,
};
