/** What one should not be caught out by. */

import { kindNamed } from "../model/model.ts";
import { owedOf } from "../model/pricing/credit.ts";
import {
  byKey,
  day,
  daysUntil,
  int,
  isOpenCase,
  line,
  linesOf,
  lineWord,
  numberOf,
  orderDay,
  orderState,
  type Part,
  say,
  sectionOf,
  source,
  sourceAt,
  total,
  type View,
  visitDay,
  word,
} from "./dossier.ts";
import type { Day, Habit, Section, Source, Statement } from "./fact.ts";
import { daysOf, RECENT, usualGap } from "./habits.ts";
import { openOrders, sources } from "./orders.ts";
import { allPromises } from "./promises.ts";

const MOST = 12;
/** Fewest orders from which one can tell what discount is usual. */
const ORDERS_MIN = 3;
/** Visits among which one about payment is still worth a word. */
const VISITS_RECENT = 5;

export function warnings(view: View): Section {
  const { profile } = view;
  const isClosed = profile !== undefined && word(profile, "status") === "closed";
  const said = [
    ...(isClosed ? [say({ fact: "closed" }, [source(profile, "status")])] : []),
    ...cases(view),
    ...overdue(view),
    ...neglected(view, "visits"),
    ...neglected(view, "orders"),
    ...noContact(view),
    ...credit(view),
    ...expired(view),
    ...discounts(view),
    ...paymentVisits(view),
    ...conflicts(view),
  ];
  return sectionOf("warnings", said, MOST);
}

/** Cases that are not resolved, the urgent ones first. */
function cases(view: View): Statement[] {
  const open = view.ofKind("case").filter(isOpenCase);
  const urgent = (part: Part): boolean => word(part, "priority") === "high";
  return [...open.filter(urgent), ...open.filter((part) => !urgent(part))].map((part) => {
    const fact = {
      fact: "open_case",
      case_type: line(part, "case_type"),
      what: line(part, "subject") ?? "",
      since: day(part, "opened_at"),
      priority: line(part, "priority"),
    } as const;
    return say(fact, [source(part, "subject", "case_type", "state", "opened_at", "priority")]);
  });
}

function overdue(view: View): Statement[] {
  const from: Source[] = [];
  let oldest = 0;
  for (const promise of allPromises(view)) {
    if (promise.fact !== "promised" || promise.overdue_days === null) continue;
    oldest = Math.max(oldest, promise.overdue_days);
    from.push(...promise.sources);
  }
  return from.length === 0 ? [] : [say({ fact: "overdue", count: from.length, oldest_days: oldest }, from)];
}

/** What is more than twice as long ago as usual, or never was. For visits the account itself may say what is usual. */
function neglected(view: View, habit: Habit): Statement[] {
  const { profile } = view;
  const [parts, field] = habit === "visits" ? [view.made, "checked_in_at"] : [view.placed, "order_date"];
  const [latest] = parts;
  if (latest === undefined) return profile === undefined ? [] : [say({ fact: "never", habit }, [source(profile)])];
  const dayOf: (part: Part) => Day | null = habit === "visits" ? visitDay : orderDay;
  const on = daysOf(parts, dayOf);
  const asked = habit === "visits" && profile !== undefined ? int(profile, "visit_every_days") : null;
  const usual = asked ?? usualGap(on);
  const [last] = on;
  if (usual === null || last === undefined) return [];
  const days = daysUntil(last, view.today);
  if (days <= 2 * usual) return [];
  const rest =
    asked !== null && profile !== undefined
      ? [source(profile, "visit_every_days")]
      : sources(parts.slice(1, RECENT + 1), field);
  return [say({ fact: "neglected", habit, days, usual_days: usual, last }, [source(latest, field), ...rest])];
}

const noContact = (view: View): Statement[] =>
  view
    .ofKind("contact")
    .filter((contact) => word(contact, "preferred_channel") === "none" && word(contact, "status") !== "left")
    .map((contact) =>
      say({ fact: "no_contact", name: line(contact, "name") ?? "" }, [source(contact, "name", "preferred_channel")]),
    );

/** Whether its orders are held, and what it may owe and does, by the sums by which an order is judged. */
function credit(view: View): Statement[] {
  const { profile } = view;
  if (profile === undefined) return [];
  const held =
    profile.fields["credit_hold"] === true ? [say({ fact: "credit_hold" }, [source(profile, "credit_hold")])] : [];
  const [limit, currency] = [int(profile, "credit_limit_minor"), line(profile, "currency")];
  if (limit === null || currency === null) return held;
  const owed = (order: Part): number => {
    const { total_minor: decidedMinor = null, effective_ms: acceptedMs = null } = order.decision ?? {};
    return owedOf(order.fields, { state: orderState(order), decidedMinor, acceptedMs }, profile.fields);
  };
  const orders = view.ofKind("order").filter((order) => owed(order) !== 0);
  const minor = orders.reduce((sum, order) => sum + owed(order), int(profile, "owed_minor") ?? 0);
  const fact =
    minor > limit
      ? ({ fact: "over_credit_limit", open: { minor, currency }, limit_minor: limit } as const)
      : ({ fact: "credit_limit", limit: { minor: limit, currency }, open_minor: minor } as const);
  const from = source(profile, "credit_limit_minor", "currency", "owed_minor");
  return [...held, say(fact, [from, ...sources(orders, "lines", "freight_minor", "priced_tax_minor")])];
}

const expired = (view: View): Statement[] =>
  openOrders(view)
    .filter((order) => ["draft", "quote"].includes(orderState(order)))
    .flatMap((quote) => {
      const until = day(quote, "valid_until");
      if (until === null || until >= view.today) return [];
      const fact = { fact: "quote_expired", number: numberOf(quote), valid_until: until, total: total(quote) } as const;
      return [say(fact, [source(quote, "valid_until", "state")])];
    });

/** Lines of open orders with more discount than any line of the last orders that were placed before. */
function discounts(view: View): Statement[] {
  const open = openOrders(view);
  const isOpen = new Set(open.map(({ id }) => id));
  const known = view.placed.filter(({ id }) => !isOpen.has(id)).slice(0, RECENT);
  if (known.length < ORDERS_MIN) return [];
  const highest = Math.max(0, ...known.flatMap(linesOf).map(({ discountBp }) => discountBp));
  return open.flatMap((order) =>
    linesOf(order)
      .filter(({ discountBp }) => discountBp > highest)
      .map(({ key, item, discountBp }) =>
        say(
          {
            fact: "unusual_discount",
            number: numberOf(order),
            sku: lineWord(item, "sku") ?? "",
            discount_bp: discountBp,
            highest_bp: highest,
          },
          [sourceAt(order, [["lines", key, "discount_bp"]]), ...sources(known, "lines")],
        ),
      ),
  );
}

const paymentVisits = (view: View): Statement[] =>
  view.made
    .slice(0, VISITS_RECENT)
    .filter((visit) => word(visit, "purpose") === "payment")
    .map((visit) =>
      say({ fact: "payment_visit", day: visitDay(visit), outcome: line(visit, "outcome") }, [
        source(visit, "purpose", "outcome", "checked_in_at"),
      ]),
    );

const conflicts = (view: View): Statement[] =>
  view.dossier.parts
    .filter((part) => part.conflicts.length > 0)
    .sort(byKey((part) => [kindNamed(part.kind)?.fill_order ?? 0, part.id]))
    .flatMap((part) =>
      part.conflicts.map((path) => say({ fact: "conflict", kind: part.kind, path }, [sourceAt(part, [path])])),
    );
