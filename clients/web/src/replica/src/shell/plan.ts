/**
 * What screens ask of the plan: whom it is time to visit, the day's route, and what a period comes to. The rules are the
 * model's (`model/plan`); here is what they are asked of. As `crates/replica/src/queries/plan.rs`.
 */

import type * as client from "../client.ts";
import { ReplicaError } from "../client.ts";
import * as content from "../engine/content.ts";
import type { ItemRow, RecordRow } from "../engine/rows.ts";
import type { Tx } from "../engine/tx.ts";
import * as document from "../model/document.ts";
import { kindNamed } from "../model/model.ts";
import { type Clock, type Day, DAY_MS, dayOf, periodOf, startMs, today } from "../model/plan/calendar.ts";
import { type Appointment, plan, type PlannedStop, usualWish } from "../model/plan/day.ts";
import { type Customer, due } from "../model/plan/due.ts";
import { factsOf, type PlanFacts } from "../model/plan/facts.ts";
import { beyond, figures, standings, type Work } from "../model/plan/figures.ts";
import { Cadences, readGoal } from "../model/plan/reference.ts";
import { decidedOf } from "../model/shown.ts";
import type { Fields, Value } from "../model/value.ts";
import type { Keeper } from "./keeper.ts";
import type { KnownAccount, PlanIndex } from "./plan-index.ts";

const LAST = "\uffff";

/** The states of a record with work on it: as in the record, with what waits, and with what was held too. */
type State = "accepted" | "current" | "written";

export class PlanQuestions {
  constructor(
    readonly keeper: Keeper,
    /** Looks at the store, if its records may be shown. */
    readonly open: () => Tx,
  ) {}

  #clock(offsetMinutes: number): Clock {
    return { nowMs: this.keeper.platform.now(), offsetMinutes };
  }

  async #published(set: string): Promise<(readonly [string, Value])[]> {
    const rows = await this.keeper.memory.store.alongKey("reference", { from: [set, ""], to: [set, LAST] });
    return rows.flatMap(({ key, json }) => {
      try {
        return [[key, JSON.parse(json) as Value] as const];
      } catch {
        return [];
      }
    });
  }

  async due(offsetMinutes: number): Promise<client.DueAccount[]> {
    this.open();
    const clock = this.#clock(offsetMinutes);
    const [index, cadences] = [await this.keeper.planned(), new Cadences(await this.#published("cadence"))];
    const customerOf = customersOf(index, clock);
    return [...index.accounts.values()]
      .flatMap((known) => {
        const { account, title, subtitle, segment, place } = known;
        const stands = due(customerOf(known), cadences, today(clock));
        return stands === null ? [] : [{ account, title, subtitle, segment, place, ...stands }];
      })
      .sort((a, b) => b.urgency - a.urgency || (a.account < b.account ? -1 : 1));
  }

  async day(wish: Partial<client.PlanWish>, offsetMinutes: number): Promise<client.PlannedDay> {
    const { person } = this.open().device;
    const clock = this.#clock(offsetMinutes);
    const [index, cadences] = [await this.keeper.planned(), new Cadences(await this.#published("cadence"))];
    const customerOf = customersOf(index, clock);
    const candidates = [...index.accounts.values()].map((known) => ({
      account: known.account,
      place: known.place,
      due: due(customerOf(known), cadences, today(clock)),
    }));
    const from = startMs(clock, today(clock));
    const appointments: Appointment[] = [];
    for (const { id: visit, account, person: whose, planned_ms: starts, begun } of index.visits()) {
      if (begun || whose !== person || starts === null || starts < from || starts >= from + DAY_MS) continue;
      appointments.push({ visit, account, place: index.accounts.get(account)?.place ?? null, starts_ms: starts });
    }
    const made = plan(appointments, candidates, { ...usualWish(), ...wish });
    const named = (stop: PlannedStop): client.PlanStop => {
      const known = index.accounts.get(stop.account);
      return { ...stop, title: known?.title ?? "", subtitle: known?.subtitle ?? "", place: known?.place ?? null };
    };
    return {
      ...made,
      day: today(clock),
      start: wish.start ?? null,
      stops: made.stops.map(named),
      apart: made.apart.map(named),
    };
  }

  async month(word: string, offsetMinutes: number): Promise<client.Month> {
    const tx = this.open();
    const { person } = tx.device;
    const clock = this.#clock(offsetMinutes);
    const period = periodOf(word);
    if (period === null) {
      throw new ReplicaError("bad_period", "a period is 2026-11-28, 2026-11, 2026-Q4 or 2026");
    }
    const index = await this.keeper.planned();
    const goals = (await this.#published("goals")).flatMap(([key, value]) => readGoal(key, value) ?? []);
    const touched = new Set(tx.items().flatMap(({ record }) => record ?? []));
    if (touched.size > 0) await this.keeper.ready;
    await tx.fetch(touched);
    const of = async (state: State): Promise<client.Figures> =>
      figures(person, await workOf(tx, index, touched, state), period, clock);
    const [record, current, written] = [await of("accepted"), await of("current"), await of("written")];
    const held = tx.leasesIn("open").flatMap(({ subject }) => ("territory" in subject ? [subject.territory] : []));
    return {
      ...period,
      person,
      offset_minutes: offsetMinutes,
      record,
      waiting: beyond(current, record),
      held: beyond(written, current),
      goals: standings(goals, period.period, person, new Set(held), record),
    };
  }
}

/** What counts of an account: what it says of itself, when it was last visited, and when it is planned to be. */
function customersOf(index: PlanIndex, clock: Clock): (known: KnownAccount) => Customer {
  const from = startMs(clock, today(clock));
  const last = new Map<string, number>();
  const next = new Map<string, number>();
  for (const { account, made_ms: made, planned_ms: planned, begun } of index.visits()) {
    if (made !== null) last.set(account, Math.max(made, last.get(account) ?? made));
    if (!begun && planned !== null && planned >= from) {
      next.set(account, Math.min(planned, next.get(account) ?? planned));
    }
  }
  const dayIn = (moments: ReadonlyMap<string, number>, account: string): Day | null => {
    const ms = moments.get(account);
    return ms === undefined ? null : dayOf(clock, ms);
  };
  return ({ account, segment, visit_every_days, account_type, status }) => ({
    segment,
    visit_every_days,
    account_type,
    status,
    last_visit: dayIn(last, account),
    next_planned: dayIn(next, account),
  });
}

/** Everything that counts, those records with work on them in the state that is asked for. */
async function workOf(tx: Tx, index: PlanIndex, touched: ReadonlySet<string>, state: State): Promise<Work> {
  const all: PlanFacts[] = [];
  for (const [record, facts] of index.facts) if (!touched.has(record)) all.push(facts);
  for (const record of touched) {
    const row = await tx.record(record);
    const facts = row === undefined ? null : await inState(tx, row, tx.itemsOf(record), state);
    if (facts !== null) all.push(facts);
  }
  return {
    visits: all.flatMap((facts) => (facts.is === "visit" ? [facts.visit] : [])),
    orders: all.flatMap((facts) => (facts.is === "order" ? [facts.order] : [])),
    tasks: all.flatMap((facts) => (facts.is === "task" || facts.is === "case" ? [facts.task] : [])),
    steps: all.flatMap((facts) => (facts.is === "step" ? [facts.step] : [])),
  };
}

/** What counts of a record in a state; null if it is not there in it. */
async function inState(tx: Tx, row: RecordRow, own: readonly ItemRow[], state: State): Promise<PlanFacts | null> {
  const spec = kindNamed(row.kind);
  if (spec === undefined || (state === "accepted" && !content.isCounted(row))) return null;
  const open = {
    accepted: () => document.open(row.accepted),
    current: () => content.current(tx, row),
    written: () => content.asWritten(tx, row, Number.MAX_SAFE_INTEGER),
  }[state];
  let fields: Fields | null;
  try {
    fields = await content.using(open(), (doc) => (document.isEmpty(doc) ? null : document.hydrate(spec, doc)));
  } catch (error) {
    if (error instanceof document.Unreadable) return null;
    throw error;
  }
  const counted = { accepted: [], current: own.filter(({ tray }) => !tray), written: own }[state];
  const verb = counted.map((item) => content.requestOf(item)?.verb).findLast((asked) => asked !== undefined);
  const decided = decidedOf(row, verb === undefined ? null : `${verb} asked`);
  return fields === null ? null : factsOf(row, content.rootOf(tx, row.account), fields, decided);
}
