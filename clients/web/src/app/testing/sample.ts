/** A small day on the road, made up in the manner of Northwind, for component tests and the gallery of screens. */
import type { Fields, Handover, Item, Notice, RecordView, SyncWord } from "@roadbook/replica";

export const REP = "01920000-0000-7000-8000-0000000000aa";
const OTHER = "01920000-0000-7000-8000-0000000000bb";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const id = (number: number): string => `01920000-0000-7000-8000-${String(number).padStart(12, "0")}`;

type Shops = readonly (readonly [string, string, string, string, number, number])[];
const SHOPS: Shops = [
  ["Alfreds Futterkiste", "Obere Str. 57", "12209", "Berlin", 52_457_000, 13_385_000],
  ["Blauer See Delikatessen", "Forsterstr. 57", "68306", "Mannheim", 49_489_000, 8_467_000],
  ["Die Wandernde Kuh", "Adenauerallee 900", "70563", "Stuttgart", 48_730_000, 9_107_000],
  ["Drachenblut Delikatessen", "Walserweg 21", "52066", "Aachen", 50_761_000, 6_112_000],
  ["Frankenversand", "Berliner Platz 43", "80805", "München", 48_178_000, 11_592_000],
  ["Königlich Essen", "Maubelstr. 90", "14776", "Brandenburg", 52_411_000, 12_553_000],
  ["Lehmanns Marktstand", "Magazinweg 7", "60528", "Frankfurt a.M.", 50_087_000, 8_632_000],
  ["Morgenstern Gesundkost", "Heerstr. 22", "04179", "Leipzig", 51_341_000, 12_293_000],
  ["Ottilies Käseladen", "Mehrheimerstr. 369", "50739", "Köln", 50_974_000, 6_926_000],
  ["QUICK-Stop", "Taucherstraße 10", "01307", "Cunewalde", 51_101_000, 14_512_000],
  ["Toms Spezialitäten", "Luisenstr. 48", "44087", "Münster", 51_962_000, 7_628_000],
];

type Goods = readonly (readonly [string, string, number, string, number])[];
export const GOODS: Goods = [
  ["NW-1", "Chai", 1800, "10 boxes x 20 bags", 39],
  ["NW-2", "Chang", 1900, "24 - 12 oz bottles", 17],
  ["NW-3", "Aniseed Syrup", 1000, "12 - 550 ml bottles", 13],
  ["NW-4", "Chef Anton's Cajun Seasoning", 2200, "48 - 6 oz jars", 53],
  ["NW-7", "Uncle Bob's Organic Dried Pears", 3000, "12 - 1 lb pkgs.", 15],
  ["NW-11", "Queso Cabrales", 2100, "1 kg pkg.", 22],
  ["NW-16", "Pavlova", 1745, "32 - 500 g boxes", 29],
  ["NW-20", "Sir Rodney's Marmalade", 8100, "30 gift boxes", 40],
  ["NW-31", "Gorgonzola Telino", 1250, "12 - 100 g pkgs", 0],
];

export interface Sample {
  readonly records: RecordView[];
  readonly tray: Item[];
  readonly waiting: Item[];
  readonly notices: Notice[];
  handovers: readonly Handover[];
}

function view(
  number: number,
  kind: string,
  account: string,
  fields: Fields,
  more: Partial<RecordView> = {},
): RecordView {
  const sync: SyncWord = "in_the_record";
  return {
    record: id(number),
    kind,
    account,
    title: "",
    subtitle: "",
    territory: null,
    state: null,
    number: null,
    person: null,
    at: 0,
    changed: 0,
    fields,
    heads: [],
    derived: {},
    decision: null,
    conflicts: [],
    items: [],
    creator: REP,
    writable: true,
    capturable: true,
    sync,
    ...more,
  };
}

function accounts(): RecordView[] {
  return SHOPS.map(([name, street, postal_code, city, latitude_microdeg, longitude_microdeg], at) =>
    view(at + 1, "account", id(at + 1), {
      name,
      street,
      postal_code,
      city,
      country: "Germany",
      latitude_microdeg,
      longitude_microdeg,
      account_type: "customer",
      status: "active",
      currency: "USD",
      phone: `030-00743${at}1`,
      description: at === 0 ? "Closed on Monday mornings. Ring twice at the side door." : "",
    }),
  );
}

function contacts(): RecordView[] {
  return [
    view(101, "contact", id(1), {
      name: "Maria Anders",
      title: "Sales Representative",
      phone: "030-0074321",
      mobile: "0171-555 0199",
      email: "maria@alfreds.example",
      preferred_channel: "mobile",
      status: "active",
      notes: "",
    }),
    view(102, "contact", id(1), { name: "Peter Franken", title: "Owner", status: "left", notes: "" }),
    view(103, "contact", id(6), { name: "Philip Cramer", title: "Sales Associate", phone: "0555-09876", notes: "" }),
  ];
}

function visits(now: number): RecordView[] {
  const today = new Date(now).setHours(0, 0, 0, 0);
  const plan = (number: number, account: number, hour: number, subject: string): RecordView =>
    view(number, "visit", id(account), {
      state: "planned",
      subject,
      purpose: "sales",
      planned_start: today + hour * HOUR,
      rep_id: REP,
      notes: "",
    });
  return [
    plan(201, 1, 23, "Spring range"),
    plan(202, 6, 23.5, "Open invoice and chutney"),
    view(203, "visit", id(8), {
      state: "checked_out",
      purpose: "service",
      outcome: "follow_up",
      checked_in_at: today + HOUR,
      checked_out_at: today + 1.7 * HOUR,
      next_step: "Send the new price list",
      notes: "Two boxes arrived broken. Wants them replaced.",
      rep_id: REP,
    }),
    view(204, "visit", id(1), {
      state: "checked_out",
      purpose: "sales",
      outcome: "order",
      checked_in_at: today - 21 * DAY,
      checked_out_at: today - 21 * DAY + HOUR,
      next_step: "Bring samples of the chutney",
      notes: "Asked about delivery on Fridays.",
      rep_id: OTHER,
    }),
  ];
}

function orders(now: number): RecordView[] {
  const line = (position: number, at: number, quantity: number, discount_bp = 0): Fields => {
    const [sku = "", description = "", unit_price_minor = 0, unit = ""] = GOODS[at] ?? [];
    return { position, sku, description, quantity, unit, unit_price_minor, discount_bp };
  };
  const order_date = new Date(now - 9 * DAY).toISOString().slice(0, 10);
  return [
    view(
      301,
      "order",
      id(1),
      {
        state: "draft",
        order_date,
        currency: "USD",
        rep_id: REP,
        lines: { [id(9001)]: line(0, 0, 12), [id(9002)]: line(1, 4, 6, 1000), [id(9003)]: line(2, 7, 2) },
        notes: "",
      },
      {
        decision: {
          verb: "accept",
          state: "accepted",
          number: "4711",
          totalMinor: 54_000,
          currency: "USD",
          text: null,
          review: null,
        },
        state: "accepted",
        writable: false,
      },
    ),
    view(
      302,
      "order",
      id(1),
      { state: "draft", order_date, currency: "USD", rep_id: REP, lines: { [id(9004)]: line(0, 1, 4) }, notes: "" },
      {
        decision: {
          verb: "submit",
          state: "submitted",
          number: null,
          totalMinor: null,
          currency: null,
          text: null,
          review: null,
        },
        state: "submitted",
        writable: false,
      },
    ),
  ];
}

function tasks(now: number): RecordView[] {
  const task = (number: number, account: number, subject: string, days: number | null, priority: string): RecordView =>
    view(number, "task", id(account), {
      subject,
      state: "open",
      priority,
      assignee_id: REP,
      due: days === null ? null : new Date(now + days * DAY).toISOString().slice(0, 10),
      notes: "",
    });
  return [
    task(401, 1, "Send the spring price list", 0, "high"),
    task(402, 6, "Ask about the open invoice", -3, "normal"),
    task(403, 9, "Samples of the new cheese", 6, "low"),
    task(404, 9, "Find out who buys for the new shop", null, "normal"),
  ];
}

export function sample(now: number): Sample {
  const [first, ...others] = accounts();
  const conflicted: RecordView[] =
    first === undefined
      ? []
      : [
          {
            ...first,
            conflicts: [
              {
                path: ["phone"],
                values: [
                  { value: "030-0074321", stands: true, at: now - 2 * HOUR, here: false },
                  { value: "030-0076545", stands: false, at: now - HOUR, here: true },
                ],
              },
            ],
          },
        ];
  const comment = view(
    501,
    "comment",
    id(1),
    { subject_id: id(204), at: now - 20 * DAY, body: "Well done. Please offer them the marmalade next time." },
    { creator: OTHER },
  );
  return {
    records: [...conflicted, ...others, ...contacts(), ...visits(now), ...orders(now), ...tasks(now), comment],
    waiting: [
      item(7, "create", 203, "Visit", "on_this_device", now - 2 * HOUR),
      item(8, "edit", 401, "Send the spring price list", "on_this_device", now - HOUR),
    ],
    tray: [
      {
        ...item(5, "edit", 6, "Königlich Essen", "held", now - 26 * HOUR),
        tray: true,
        reason: {
          code: "lease_closed",
          rule: "L7",
          path: [],
          text: "The account belongs to someone else by now. The office can release this, or you can discard it.",
        },
        reapply: "now",
        wrote: { phone: "0555-09877", description: "New buyer from March" },
      },
    ],
    handovers: [],
    notices: [
      {
        key: "1/4",
        number: 4,
        fate: "re_authored",
        text: "The new number was right, the name was not.",
        at: now - 3 * HOUR,
        item: {
          ...item(4, "edit", 3, "Blauer See Delikatessen", "held", now - 50 * HOUR),
          wrote: { phone: "0621-08460" },
        },
      },
    ],
  };
}

function item(number: number, what: string, record: number, title: string, sync: SyncWord, captured: number): Item {
  return {
    number,
    what,
    record: id(record),
    kind: "account",
    account: id(1),
    accountTitle: null,
    title,
    captured,
    sync,
    tray: false,
    reason: null,
    reapply: null,
    wrote: null,
  };
}
