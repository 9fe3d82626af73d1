/** Where one can be in the app, as a closed union, and how each place is written as a path under `/app/`. */
import { isPlain, type PlainKind } from "./plain.ts";

type Plain = (typeof PLAIN)[keyof typeof PLAIN];

export type Route =
  | { readonly at: Plain }
  | { readonly at: "practice"; readonly process: string }
  | { readonly at: "account" | "editAccount"; readonly id: string }
  | { readonly at: "visit" | "order" | "editOrder" | "contact" | "task" | "comment" | "run"; readonly id: string }
  | { readonly at: "plain"; readonly kind: PlainKind; readonly id: string }
  | { readonly at: "newPlain"; readonly kind: PlainKind; readonly account: string }
  | { readonly at: "planVisit" | "newContact" | "newTask" | "newOutlet" | "brief"; readonly account: string }
  /** `from` is an order to begin with. */
  | { readonly at: "newOrder"; readonly account: string; readonly from?: string }
  | { readonly at: "nowhere" };

export const BASE = "/app/";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PROCESS = /^[a-z0-9_]{1,30}$/;

const PLAIN = {
  "": "today",
  accounts: "accounts",
  "accounts/new": "newAccount",
  nearby: "nearby",
  tasks: "tasks",
  more: "settings",
  held: "held",
  enrol: "enrol",
  plan: "route",
  due: "due",
  month: "month",
  practise: "practise",
} as const;

const OF_RECORD = {
  accounts: "account",
  visits: "visit",
  orders: "order",
  contacts: "contact",
  tasks: "task",
  comments: "comment",
  runs: "run",
} as const;

/** What can be begun or read of an account, by the last part of `accounts/<id>/...`. */
const OF_ACCOUNT = {
  plan: "planVisit",
  contact: "newContact",
  task: "newTask",
  outlet: "newOutlet",
  brief: "brief",
} as const;

function has<Names extends object>(names: Names, name: string): name is keyof Names & string {
  return Object.hasOwn(names, name);
}

/** The place of a path; whatever it does not know is `nowhere`, never a guess. */
export function routeOf(url: { readonly pathname: string; readonly search: string }): Route {
  if (!url.pathname.startsWith(BASE) && url.pathname !== BASE.slice(0, -1)) return { at: "nowhere" };
  const path = url.pathname.slice(BASE.length).replace(/\/$/, "");
  if (has(PLAIN, path)) return { at: PLAIN[path] };
  const [set = "", id = "", last, ...rest] = path.split("/");
  if (set === "practise" && last === undefined && PROCESS.test(id)) return { at: "practice", process: id };
  if (rest.length > 0 || !ID.test(id)) return { at: "nowhere" };
  if (last === undefined) return ofRecord(set, id);
  if (set === "orders" && last === "edit") return { at: "editOrder", id };
  return set === "accounts" ? ofAccount(id, last, new URLSearchParams(url.search)) : { at: "nowhere" };
}

function ofRecord(set: string, id: string): Route {
  if (has(OF_RECORD, set)) return { at: OF_RECORD[set], id };
  return isPlain(set) ? { at: "plain", kind: set, id } : { at: "nowhere" };
}

function ofAccount(account: string, last: string, query: URLSearchParams): Route {
  if (last === "edit") return { at: "editAccount", id: account };
  if (has(OF_ACCOUNT, last)) return { at: OF_ACCOUNT[last], account };
  if (isPlain(last)) return { at: "newPlain", kind: last, account };
  if (last !== "order") return { at: "nowhere" };
  const from = query.get("from");
  if (from === null) return { at: "newOrder", account };
  return ID.test(from) ? { at: "newOrder", account, from } : { at: "nowhere" };
}

export function pathOf(route: Route): string {
  switch (route.at) {
    case "account":
      return `${BASE}accounts/${route.id}`;
    case "editAccount":
      return `${BASE}accounts/${route.id}/edit`;
    case "editOrder":
      return `${BASE}orders/${route.id}/edit`;
    case "visit":
    case "order":
    case "contact":
    case "task":
    case "comment":
    case "run":
      return `${BASE}${route.at}s/${route.id}`;
    case "planVisit":
    case "newContact":
    case "newTask":
    case "newOutlet":
    case "brief":
      return `${BASE}accounts/${route.account}/${lastOf(route.at)}`;
    case "newOrder":
      return `${BASE}accounts/${route.account}/order${route.from === undefined ? "" : `?from=${route.from}`}`;
    case "plain":
      return `${BASE}${route.kind}/${route.id}`;
    case "newPlain":
      return `${BASE}accounts/${route.account}/${route.kind}`;
    case "practice":
      return `${BASE}practise/${route.process}`;
    case "nowhere":
      return BASE;
    default:
      return BASE + lastOf(route.at);
  }
}

function lastOf(at: string): string {
  const names: readonly (readonly [string, string])[] = [...Object.entries(PLAIN), ...Object.entries(OF_ACCOUNT)];
  return names.find(([, place]) => place === at)?.[0] ?? "";
}

/** Which of the app's main places a route belongs to, for the bar at the foot. */
export type MainPlace = "today" | "accounts" | "nearby" | "tasks" | "settings";

export const MAIN_PLACES: readonly MainPlace[] = ["today", "accounts", "nearby", "tasks", "settings"];

/** Where "back" leads for someone who came by a link and has no way behind. */
export function parentOf(route: Route): Route {
  switch (route.at) {
    case "planVisit":
    case "newContact":
    case "newTask":
    case "newOutlet":
    case "brief":
    case "newOrder":
    case "newPlain":
      return { at: "account", id: route.account };
    case "editAccount":
      return { at: "account", id: route.id };
    case "editOrder":
      return { at: "order", id: route.id };
    case "account":
    case "newAccount":
      return { at: "accounts" };
    case "task":
      return { at: "tasks" };
    case "held":
    case "practise":
      return { at: "settings" };
    case "practice":
      return { at: "practise" };
    default:
      return { at: "today" };
  }
}
