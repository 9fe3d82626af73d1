/**
 * Records on this phone that may be the same as one that is being captured. Candidates come from the search's index, never
 * from looking at all; how alike they are is the model's word.
 */
import {
  type Fields,
  LIKELY,
  type Likeness,
  likeness,
  nameTokens,
  type RecordView,
  type ReplicaClient,
  traitsOf,
} from "@roadbook/replica";

/** Records that are offered as perhaps the same. */
const SHOWN = 3;
/** Hits of one search that are looked at, and searches that are made. */
const HITS = 12;
const SEARCHES = 6;

export interface Alike {
  readonly record: RecordView;
  readonly likeness: Likeness;
}

/** What one searches for: beginnings of the name's words, the address, the number's end. */
export function searches(fields: Fields): readonly string[] {
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const heads = nameTokens(text("name"))
    .filter((token) => token.length >= 3)
    .toSorted((a, b) => b.length - a.length)
    .map((token) => token.slice(0, 4));
  const [first, second] = heads;
  const narrow =
    first === undefined ? [] : [text("city"), text("postal_code"), second ?? ""].map((more) => `${first} ${more}`);
  const all = [text("email"), ...narrow, ...heads];
  return [...new Set(all.map((one) => one.trim()).filter((one) => one !== ""))].slice(0, SEARCHES);
}

/** The likely ones, the most alike first. */
export async function alikeTo(
  client: Pick<ReplicaClient, "search" | "record">,
  kind: "account" | "contact",
  fields: Fields,
  account: string | null,
): Promise<readonly Alike[]> {
  const own = traitsOf(fields, account);
  const hits = await Promise.all(searches(fields).map((text) => client.search(text, kind, HITS)));
  const ids = [...new Set(hits.flat().map(({ record }) => record))];
  const records = await Promise.all(ids.map((id) => client.record(id)));
  return records
    .flatMap((record) => {
      if (record === null || record.state === "merged") return [];
      const found = likeness(own, traitsOf(record.fields, kind === "contact" ? record.account : null));
      return found.points >= LIKELY ? [{ record, likeness: found }] : [];
    })
    .toSorted((a, b) => b.likeness.points - a.likeness.points)
    .slice(0, SHOWN);
}
