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
const SEARCHES = 8;
/** Letters that a search begins with: what is misspelt behind them does no harm. */
const HEAD = 4;

export interface Alike {
  readonly record: RecordView;
  readonly likeness: Likeness;
}

/** Two letters for one, as they are written where there is no key for it. */
const WRITTEN_OUT: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };

/** The beginnings of a word as it may stand in another's spelling: as it is typed, folded, written out. */
function headsOf(word: string): string[] {
  const small = word.toLowerCase();
  const bare = small.normalize("NFKD").replace(/\p{M}/gu, "");
  const full = small.replace(/[äöüß]/g, (letter) => WRITTEN_OUT[letter] ?? letter);
  return [bare, ...nameTokens(word), full].map((one) => one.slice(0, HEAD)).filter((one) => one.length >= 3);
}

/** The spellings of a name's words, the longest first; words that say nothing, such as of the legal form, aside. */
function headsOfName(name: string): string[][] {
  const meaning = new Set(nameTokens(name));
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => nameTokens(word).some((token) => meaning.has(token)));
  const longest = words.toSorted((a, b) => b.length - a.length);
  return longest.map(headsOf).filter((heads) => heads.length > 0);
}

/** The beginning of a telephone number behind its area, by which it is found however its end is grouped. */
function headOfPhone(number: string): string {
  const groups = number.split(/[^0-9]+/).filter((group) => group !== "");
  const end = groups.findLast((group) => group.length >= HEAD);
  return end === undefined ? "" : end.slice(0, HEAD);
}

/** What one searches for: beginnings of the name's words, the address, the number. */
export function searches(fields: Fields): readonly string[] {
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const heads = headsOfName(text("name"));
  const [first, second] = heads.map(([typed]) => typed);
  const [city, postal] = [text("city"), text("postal_code")];
  const narrow = first === undefined ? [] : [city, postal, second ?? ""].map((more) => `${first} ${more}`);
  const phone = headOfPhone(text("phone"));
  const place = postal === "" ? "" : `${postal} ${city}`;
  const all = [text("email"), phone === "" ? "" : `${phone} ${city}`, ...narrow, place];
  // Each word as it is typed comes before any in another spelling.
  const alone = [...heads.flatMap((each) => each.slice(0, 1)), ...heads.flatMap((each) => each.slice(1))];
  return [...new Set([...all, ...alone].map((one) => one.trim()).filter((one) => one !== ""))].slice(0, SEARCHES);
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
