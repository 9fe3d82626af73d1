/** What an entry of the log says to people: who did what. */
import type { IconName } from "$design/icons";
import { t } from "$texts/office";

import { kindIcon } from "../../kinds/icons.ts";
import { directory } from "./directory.svelte.ts";
import type { Entry, EntryType } from "./entry.ts";
import { fieldName, formats, kindName, kindWords } from "./words.ts";

export type Tone = "plain" | "good" | "wait" | "held" | "info";

export interface Line {
  readonly who: string;
  readonly did: string;
  readonly tone: Tone;
  readonly icon: IconName;
  /** What the server said of it. */
  readonly detail: string | null;
}

type Telling = Omit<Line, "who" | "detail"> & { readonly who?: string; readonly detail?: string | null };

const TELL: Readonly<Record<EntryType, (entry: Entry) => Telling>> = {
  changes,
  decision,
  held: (entry) => ({ did: t.feed.held, tone: "held", icon: "hand", detail: entry.text ?? null }),
  refused: (entry) => ({ did: t.feed.refused, tone: "held", icon: "warn", detail: entry.text ?? null }),
  fate: (entry) => {
    const did = t.feed.fates[entry.fate ?? ""] ?? t.feed.fate;
    return { did, tone: "good", icon: "check", detail: entry.text ?? null };
  },
  conflict: (entry) => ({ did: t.feed.conflict(names(entry)), tone: "wait", icon: "warn" }),
  granted: (entry) => ({ ...device(entry), did: given(entry), tone: "info", icon: "download" }),
  withdrawn: (entry) => ({
    ...device(entry),
    did: t.feed.withdrawn(entry.leases ?? 0),
    tone: "wait",
    icon: "upload",
    detail: entry.note ?? null,
  }),
  closed: (entry) => ({ ...device(entry), did: t.feed.closed, tone: "plain", icon: "check" }),
  placed: (entry) => {
    const place = directory.place((entry as { territory_id?: string }).territory_id) ?? t.feed.aTerritory;
    return { did: t.feed.placed(countOf(entry), place), tone: "info", icon: "tree" };
  },
  reference: (entry) => ({
    who: t.feed.office,
    did: t.feed.published(entry.items ?? 0, entry.set ?? ""),
    tone: "plain",
    icon: "list",
  }),
  revoked: (entry) => ({
    ...device(entry),
    did: entry.blocked === true ? t.feed.blocked : t.feed.leaving,
    tone: "held",
    icon: "lock",
    detail: entry.note ?? null,
  }),
  wiped: (entry) => ({ ...device(entry), did: t.feed.wiped, tone: "held", icon: "trash" }),
  alias: (entry) => ({ did: t.feed.merged, tone: "info", icon: "tree", detail: entry.note ?? null }),
};

export function lineOf(entry: Entry): Line {
  const tell = TELL[entry.type];
  const who = entry.person_name ?? t.feed.office;
  return { who, detail: said(entry), ...tell(entry) };
}

/** Where its record is, or the work that waits; null for what is told on the account's page, or is in no record. */
export function placeOf({ type, position, record_id: record, kind, fate }: Entry): string | null {
  if (type === "held") return `held/${position}`;
  const isThere = ["changes", "decision", "conflict"].includes(type) || fate === "released" || fate === "re_authored";
  return isThere && record !== null && kind !== "account" ? `records/${record}` : null;
}

/** What the record is about, where its account does not say it already. */
function said(entry: Entry): string | null {
  return entry.kind === "account" || entry.kind === "order" ? null : (entry.summary?.title ?? null);
}

/** The whole line, for those who listen. */
export function spoken(entry: Entry): string {
  const { who, did } = lineOf(entry);
  const where = entry.account_name === null ? "" : ` ${t.feed.at} ${entry.account_name}`;
  return `${who} ${did}${where}`;
}

function changes(entry: Entry): Telling {
  const icon = kindIcon(entry.kind ?? "");
  const tone = entry.late === true ? "wait" : "good";
  const wrote = (entry.fields ?? []).filter((field) => typeof field === "string");
  if (entry.kind === "visit" && wrote.includes("checked_out_at")) {
    return { did: entry.created === true ? t.feed.visited : t.feed.checkedOut, tone, icon };
  }
  if (entry.kind === "visit" && wrote.includes("checked_in_at")) return { did: t.feed.checkedIn, tone, icon };
  if (entry.created === true) return { did: kindWords(entry.kind ?? "")?.made ?? "", tone, icon };
  return { did: t.feed.changed(kindName(entry.kind), names(entry)), tone, icon };
}

function decision(entry: Entry): Telling {
  const total = typeof entry.total_minor === "number" ? formats.money(entry.total_minor, entry.currency ?? "") : "";
  const did = t.feed.decided(entry.verb ?? "", t.feed.order(entry.order_number ?? null), total);
  const tone = entry.state === "rejected" || entry.state === "cancelled" ? "held" : "good";
  return { did, tone, icon: "order" };
}

/** The fields of an entry, as names or as paths. */
function names(entry: Entry): string {
  const all = (entry.fields ?? []).map((field) => {
    const name = typeof field === "string" ? field : (field.path[0] ?? "");
    return fieldName(name).toLowerCase();
  });
  return all.length > 3 ? t.feed.andMore(all.slice(0, 2), all.length - 2) : t.feed.and(all);
}

function device(entry: Entry): { who: string } {
  return { who: t.feed.device(directory.device(entry.device_id) ?? entry.device_name ?? "") };
}

function given(entry: Entry): string {
  const accounts = countOf(entry);
  return accounts === 0 ? t.feed.grantedTerritory : t.feed.granted(accounts);
}

function countOf(entry: Entry): number {
  return typeof entry.accounts === "number" ? entry.accounts : (entry.accounts?.length ?? 0);
}
