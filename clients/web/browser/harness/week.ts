/** A week's life in Northwind, as the office has it: visits made and planned, tasks, cases, opportunities, calls, an area. */
import type { World } from "./world.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** Five corners round the middle of Germany. */
const AREA = {
  type: "Polygon",
  coordinates: [[[5.9, 51.9], [11.4, 53.9], [14.6, 51.2], [9.9, 49.4], [6.1, 50.4], [5.9, 51.9]]],
}; // prettier-ignore

interface Listed {
  readonly items: readonly { readonly id: string; readonly name: string; readonly territory_id?: string }[];
}

export interface Week {
  readonly account: string;
  readonly order: string;
  readonly visit: string;
  readonly person: string;
  readonly territory: string;
  /** One record of each of these kinds, of an account that Nancy has. */
  readonly ofNancy: Readonly<Record<"visit" | "order" | "task" | "case" | "opportunity" | "call", string>>;
}

/** Puts it in, and says where to look. */
export async function liveAWeek(world: World): Promise<Week> {
  const { items: people } = await world.office<Listed>("GET", "/v1/people?limit=50");
  const reps = ["Nancy Davolio", "Janet Leverling", "Margaret Peacock"].map(
    (name) => people.find((one) => one.name === name)?.id ?? "",
  );
  const held = await Promise.all(
    reps.map((rep) => world.office<Listed>("GET", `/v1/accounts?located=true&limit=20&holder=${rep}`)),
  );
  /** A record of the nth account of the nth rep, in turn. */
  const add = async (n: number, kind: string, document: (rep: string) => object): Promise<string> => {
    const [rep, own] = [reps[n % reps.length] ?? "", held[n % reps.length]?.items ?? []];
    const account = own[Math.floor(n / reps.length) % own.length]?.id ?? "";
    const body = { kind, document: document(rep) };
    return (await world.office<{ id: string }>("POST", `/v1/accounts/${account}/records`, body)).id;
  };
  const visits: string[] = [];
  for (let n = 0; n < 15; n += 1) visits.push(await add(n, "visit", (rep) => visitOf(n, rep)));
  const tasks: string[] = [];
  for (const [n, subject] of [
    "Send the new price list",
    "Collect the empty crates",
    "Ask about the second shop",
  ].entries())
    tasks.push(await add(n, "task", (rep) => ({ subject, state: "open", due: day(n - 1), assignee_id: rep })));
  const cases: string[] = [];
  for (const [n, subject] of ["Two crates arrived broken", "Wrong label on the chutney"].entries())
    cases.push(
      await add(n, "case", (rep) => ({
        subject, case_type: "complaint", state: "open", priority: "high", due: day(n), owner_id: rep,
      })),
    ); // prettier-ignore
  const opportunities: string[] = [];
  for (const [n, subject] of ["Christmas hampers", "Second shop in the old town"].entries())
    opportunities.push(
      await add(n, "opportunity", (rep) => ({
        subject, stage: "qualified", owner_id: rep, amount_minor: 480_000 * (n + 1), currency: "USD",
        expected_close: day(20 * n + 5),
      })),
    ); // prettier-ignore
  const call = await add(0, "call", (rep) => ({
    direction: "outgoing", channel: "phone", subject: "Delivery on Friday?", rep_id: rep,
  })); // prettier-ignore
  const line = { sku: "001", description: "Chai", quantity: 12, unit_price_minor: 1800 };
  const order = await add(0, "order", () => ({
    state: "draft", currency: "USD", reference: "PO 4711", lines: { [crypto.randomUUID()]: line },
  })); // prettier-ignore
  const [account] = held[0]?.items ?? [];
  const ofNancy = { visit: visits[0], order, task: tasks[0], case: cases[0], opportunity: opportunities[0], call };
  return {
    account: account?.id ?? "",
    order,
    visit: visits[1] ?? "",
    person: reps[0] ?? "",
    territory: account?.territory_id ?? "",
    ofNancy: ofNancy as Week["ofNancy"],
  };
}

function visitOf(n: number, rep: string): object {
  const [from, to] = [at(n % 5, 8 + 2 * (n % 4)), at(n % 5, 9 + 2 * (n % 4))];
  const plan = { rep_id: rep, planned_start: from, planned_minutes: 45, subject: "Autumn range" };
  if (n % 4 === 3) return { ...plan, state: "planned" };
  return { ...plan, state: "checked_out", checked_in_at: from, checked_out_at: to, outcome: "order" };
}

/** A moment of this week. */
function at(days: number, hour: number): string {
  return new Date(monday() + days * DAY_MS + hour * HOUR_MS).toISOString();
}

/** A day from today on. */
function day(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}

/** Where the week began, in the time of the tests' browsers. */
function monday(): number {
  const now = new Date();
  const back = (now.getUTCDay() + 6) % 7;
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - back);
}

/** Puts an area into the rules of a territory, as an admin does. */
export async function drawAnArea(world: World, territory: string): Promise<void> {
  const rules = [{ criteria: { area: AREA }, note: "The middle of Germany" }];
  await world.office("PUT", `/v1/territories/${territory}/rules`, { rules }, { "if-match": '"0"' });
}
