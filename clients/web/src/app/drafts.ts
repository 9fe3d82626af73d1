/** The keys of drafts: what is being written, and of what. Each leads back to its form. */
import { isPlain } from "./plain.ts";
import type { Route } from "./route.ts";

export const draftKey = {
  visit: (visit: string) => `visit:${visit}`,
  /** Of a visit whose check-in was taken back: it goes on when somebody checks in there again. */
  visitAt: (account: string) => `visit:new:${account}`,
  plan: (account: string) => `plan:${account}`,
  /** Why a visit is called off. */
  callOff: (visit: string) => `call_off:${visit}`,
  /** The answer to a step of a run. */
  step: (run: string, step: string) => `run:${run}:${step}`,
  order: (order: string) => `order:${order}`,
  newOrder: (account: string, from?: string) => `order:new:${account}${from === undefined ? "" : `:${from}`}`,
  record: (kind: string, record: string) => `${kind}:${record}`,
  /** Of what is added to a collection of a record, on the record's form. */
  items: (kind: string, record: string, name: string) => `${kind}:${record}:${name}`,
  /** The same of a record that is not saved yet. */
  newItems: (kind: string, account: string, name: string) => `${kind}:new:${account}:${name}`,
  newRecord: (kind: string, account: string) => `${kind}:new:${account}`,
  /** What the person asked of a day's plan: nothing half written, so no form leads back to it. */
  route: (day: string) => `route:${day}`,
  comment: (kind: string, record: string) => `comment:${kind}:${record}`,
};

export interface DraftPlace {
  readonly kind: string;
  /** The record or account whose name says which one it is; empty for a new account. */
  readonly of: string;
  readonly route: Route;
}

/** Null for a key that no form of this app has. */
export function draftPlace(key: string): DraftPlace | null {
  const [kind = "", first = "", second = "", third] = key.split(":");
  if (isPlain(kind))
    return first === "new"
      ? { kind, of: second, route: { at: "newPlain", kind, account: second } }
      : { kind, of: first, route: { at: "plain", kind, id: first } };
  if (first === "new") return newPlace(kind, second, third);
  switch (kind) {
    case "visit":
      return { kind, of: first, route: { at: "visit", id: first } };
    case "plan":
      return { kind: "visit", of: first, route: { at: "planVisit", account: first } };
    case "call_off":
      return { kind, of: first, route: { at: "visit", id: first } };
    case "run":
      return { kind, of: first, route: { at: "run", id: first } };
    case "order":
      return { kind, of: first, route: { at: "editOrder", id: first } };
    case "account":
      return { kind, of: first, route: { at: "editAccount", id: first } };
    case "contact":
    case "task":
      return { kind, of: first, route: { at: kind, id: first } };
    case "comment":
      return commentPlace(first, second);
    default:
      return null;
  }
}

function newPlace(kind: string, account: string, from: string | undefined): DraftPlace | null {
  switch (kind) {
    case "account":
      return account === ""
        ? { kind, of: "", route: { at: "newAccount" } }
        : { kind, of: account, route: { at: "newOutlet", account } };
    case "contact":
      return { kind, of: account, route: { at: "newContact", account } };
    case "task":
      return { kind, of: account, route: { at: "newTask", account } };
    case "visit":
      return { kind, of: account, route: { at: "account", id: account } };
    case "order":
      return { kind, of: account, route: { at: "newOrder", account, ...(from === undefined ? {} : { from }) } };
    default:
      return null;
  }
}

function commentPlace(kind: string, record: string): DraftPlace | null {
  if (kind !== "account" && kind !== "visit" && kind !== "order") return null;
  return { kind: "comment", of: record, route: { at: kind, id: record } };
}
