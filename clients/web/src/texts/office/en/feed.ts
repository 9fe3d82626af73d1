import { count } from "./count.ts";

const made: Readonly<Record<string, string>> = {
  account: "opened a new account",
  contact: "added a contact",
  visit: "planned a visit",
  order: "wrote an order",
  task: "set a task",
  comment: "left a comment",
};

export const feed = {
  title: "Live",
  lead: "What reps capture, as it reaches the record.",
  filter: "What to show",
  work: "People's work",
  everything: "Everything",
  pause: "Hold still",
  resume: (n: number) => (n === 0 ? "Go on" : `Show ${n} new`),
  empty: "Nothing has happened yet",
  emptyText: "As soon as a rep's work reaches the server, it appears here by itself.",
  earlier: "Before you opened this page",
  list: "What happened, newest first",
  announce: (n: number, first: string) => (n === 1 ? first : `${n} new. The latest: ${first}`),
  office: "Office",
  at: "at",
  late: "Late",
  captured: (when: string) => `captured ${when}`,
  someone: "Someone",
  device: (name: string) => `Device ${name}`,
  made: (kind: string) => made[kind] ?? `added a ${kind}`,
  visited: "recorded a visit",
  checkedIn: "checked in",
  checkedOut: "checked out",
  changed: (kind: string, fields: string) =>
    fields === "" ? `changed the ${kind}` : `changed ${fields} of the ${kind}`,
  decided: (verb: string, order: string, total: string) => {
    const words: Readonly<Record<string, string>> = {
      submit: "submitted",
      accept: "accepted",
      reject: "rejected",
      cancel: "cancelled",
      reopen: "reopened",
    };
    return `${words[verb] ?? verb} ${order}${total === "" ? "" : `, ${total}`}`;
  },
  order: (number: string | null) => (number === null ? "an order" : `order ${number}`),
  held: "sent work that is held",
  refused: "sent what was refused",
  fates: {
    released: "released held work",
    re_authored: "took over held work under the office's name",
    discarded: "discarded held work",
    re_applied: "applied held work again",
  } as Readonly<Record<string, string>>,
  fate: "decided on held work",
  conflict: (fields: string) => `wrote ${fields} late; the later value stands`,
  granted: (accounts: number) => `gets ${count(accounts, "account")}`,
  grantedTerritory: "gets a territory",
  withdrawn: (leases: number) => `loses ${count(leases, "lease")}`,
  closed: "handed over what it had, and removed it",
  placed: (accounts: number, place: string) => `placed ${count(accounts, "account")} in ${place}`,
  merged: "merged this account into another",
  aTerritory: "a territory",
  published: (items: number, set: string) => `published ${items} of ${set}`,
  blocked: "is blocked",
  leaving: "is being taken out of use",
  wiped: "was wiped",
};
