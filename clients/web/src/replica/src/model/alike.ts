/**
 * How alike two accounts, or two contacts, are: a hint that they may be one. As `crates/model/src/alike.rs`, whose table of
 * points holds here; both pass `protocol/vectors/alike/agree.json`.
 */
import { entries, type Fields, isMap, type Value } from "./value.ts";

/** From so many points on a pair is worth a hint. */
export const LIKELY = 600;
const MM_PER_MICRODEG = 111;
/** Hundredths of its length at the equator that a degree of longitude has, every ten degrees. */
const SHRUNK = [100, 98, 94, 87, 77, 64, 50, 34, 17, 1];

const EMPTY_WORDS = new Set(
  (
    "ag and bv co company corp corporation das der die et fils gbr gmbh inc kg la le limited llc llp ltd mbh nv ohg oy plc " +
    "sa sarl sl sons spa the und"
  ).split(" "),
);
const ANYBODYS = new Set(
  (
    "aol.com bluewin.ch gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com me.com " +
    "msn.com outlook.com proton.me t-online.de web.de yahoo.com yahoo.de"
  ).split(" "),
);
const PHONE_DIGITS = 8;

export type Reason =
  "name" | "tax_id" | "phone" | "email" | "domain" | "street" | "postal_code" | "position" | "account";

export interface Likeness {
  readonly points: number;
  readonly reasons: readonly Reason[];
}

type Pairs = ReadonlyMap<string, number>;

export interface Traits {
  readonly tokens: readonly string[];
  readonly pairs: Pairs;
  readonly phones: ReadonlySet<string>;
  readonly emails: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  readonly taxId: string | null;
  readonly postalCode: string | null;
  readonly city: string | null;
  readonly country: string | null;
  readonly street: string | null;
  readonly house: string | null;
  readonly position: readonly [latitude: number, longitude: number] | null;
  readonly account: string | null;
}

const ALNUM = /[\p{Alphabetic}\p{N}]/u;
const isAlnum = (c: string): boolean => ALNUM.test(c);

function letters(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return bare.replaceAll("ß", "ss").replaceAll("ae", "a").replaceAll("oe", "o").replaceAll("ue", "u");
}

const plain = (text: string): string => Array.from(letters(text)).filter(isAlnum).join("");

function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word = "";
  for (const c of text) {
    if (isAlnum(c)) word += c;
    else if (word !== "") {
      words.push(word);
      word = "";
    }
  }
  return word === "" ? words : [...words, word];
}

export function nameTokens(name: string): readonly string[] {
  const all = wordsOf(letters(name).replace(/[.'’]/g, ""));
  const meaning = all.filter((word) => !EMPTY_WORDS.has(word));
  return meaning.length === 0 ? all : meaning;
}

function phone(number: string): string | null {
  const digits = number.replace(/[^0-9]/g, "");
  return digits.length < 6 ? null : digits.slice(-PHONE_DIGITS);
}

/** Names of mailboxes that a house has, not a person. */
const SHARED_MAILBOXES: ReadonlySet<string> = new Set(
  "bestellung contact hello info kontakt mail office order orders post sales service support team".split(" "),
);

function email(address: string): string | null {
  const bare = address.trim().toLowerCase();
  const at = bare.indexOf("@");
  return at > 0 && bare.slice(at + 1).includes(".") ? bare : null;
}

function domain(text: string): string | null {
  const bare = text.trim().toLowerCase();
  const scheme = bare.indexOf("://");
  const rest = scheme < 0 ? bare : bare.slice(scheme + 3);
  const [host = ""] = rest.split(/[/?#:]/);
  const name = host.startsWith("www.") ? host.slice(4) : host;
  return name.includes(".") && !ANYBODYS.has(name) ? name : null;
}

const SHORT: Readonly<Partial<Record<string, string>>> = {
  strasse: "str",
  street: "str",
  st: "str",
  avenue: "av",
  ave: "av",
  road: "rd",
  platz: "pl",
  place: "pl",
  boulevard: "bd",
  blvd: "bd",
};

function street(text: string): readonly [name: string | null, house: string | null] {
  const words = wordsOf(letters(text));
  const isNumber = (word: string): boolean => /^[0-9]/.test(word);
  const house = words.find(isNumber) ?? null;
  let name = words
    .filter((word) => !isNumber(word))
    .map((word) => SHORT[word] ?? word)
    .join("");
  for (const long of ["strasse", "street"]) {
    if (name.endsWith(long)) name = `${name.slice(0, -long.length)}str`;
  }
  return [name === "" ? null : name, house];
}

function pairsOf(tokens: readonly string[]): Pairs {
  const pairs = new Map<string, number>();
  for (const token of tokens) {
    const marked = ["^", ...Array.from(token), "$"];
    for (let at = 1; at < marked.length; at += 1) {
      const pair = `${marked[at - 1] ?? ""}${marked[at] ?? ""}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
  }
  return pairs;
}

function shared(a: Pairs, b: Pairs): number {
  const sum = (pairs: Pairs): number => [...pairs.values()].reduce((total, count) => total + count, 0);
  const total = sum(a) + sum(b);
  let common = 0;
  for (const [pair, count] of a) common += Math.min(count, b.get(pair) ?? 0);
  return total === 0 ? 0 : Math.floor((2 * common * 1000) / total);
}

/** The traits of an account's or a contact's content; `account` is the one that a contact belongs to. */
export function traitsOf(fields: Fields, account: string | null): Traits {
  const text = (name: string): string | null => {
    const value = fields[name];
    return typeof value === "string" && value.trim() !== "" ? value : null;
  };
  const number = (name: string): number | null => {
    const value = fields[name];
    return typeof value === "number" ? value : null;
  };
  const channel = (sorts: readonly string[]): string[] =>
    Object.values(entries(fields["channels"])).flatMap((item: Value) => {
      if (!isMap(item)) return [];
      const { channel: sort, address } = item;
      return typeof sort === "string" && typeof address === "string" && sorts.includes(sort) ? [address] : [];
    });
  const known = <T>(values: readonly (T | null)[]): Set<T> => new Set(values.filter((value) => value !== null));
  const word = (name: string): string | null => {
    const value = text(name);
    const bare = value === null ? "" : plain(value);
    return bare === "" ? null : bare;
  };
  const given = (names: readonly string[]): string[] => names.flatMap((name) => text(name) ?? []);
  const written = known([...given(["email"]), ...channel(["email"])].map(email));
  // A house's address says which house it is, and nothing of the outlet.
  const emails = new Set(
    [...written].filter((address) => !SHARED_MAILBOXES.has(address.slice(0, address.indexOf("@")))),
  );
  const site = text("website");
  const domains = known([
    ...[...written].map((address) => domain(address.slice(address.lastIndexOf("@") + 1))),
    site === null ? null : domain(site),
  ]);
  const name = text("name");
  const tokens = name === null ? [] : nameTokens(name);
  const address = text("street");
  const [streetName, house] = address === null ? [null, null] : street(address);
  const [latitude, longitude] = [number("latitude_microdeg"), number("longitude_microdeg")];
  return {
    tokens,
    pairs: pairsOf(tokens),
    phones: known([...given(["phone", "mobile"]), ...channel(["phone", "sms"])].map(phone)),
    emails,
    domains,
    taxId: word("tax_id"),
    postalCode: word("postal_code"),
    city: word("city"),
    country: word("country"),
    street: streetName,
    house,
    position: latitude === null || longitude === null ? null : [latitude, longitude],
    account,
  };
}

const same = (a: string | null, b: string | null): boolean | null => (a === null || b === null ? null : a === b);

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean | null {
  return a.size === 0 || b.size === 0 ? null : [...a].some((one) => b.has(one));
}

function metres(a: readonly [number, number], b: readonly [number, number]): number {
  const ten = Math.min(9, Math.floor(Math.abs(Math.min(a[0], b[0])) / 10_000_000));
  const north = Math.floor((Math.abs(a[0] - b[0]) * MM_PER_MICRODEG) / 1000);
  const east = Math.floor((Math.floor((Math.abs(a[1] - b[1]) * MM_PER_MICRODEG) / 1000) * (SHRUNK[ten] ?? 1)) / 100);
  return Math.max(north, east) + Math.floor(Math.min(north, east) / 2);
}

/** Whether there is anything beside a name by which it could be told from a namesake. */
function saysMore(traits: Traits): boolean {
  const { taxId, postalCode, city, street: streetName, position, phones, emails, domains } = traits;
  const isSaid = [taxId, postalCode, city, streetName, position].some((one) => one !== null);
  return isSaid || phones.size + emails.size + domains.size > 0;
}

/** How alike two are; the same whichever is asked about the other. */
export function likeness(a: Traits, b: Traits): Likeness {
  const reasons: Reason[] = [];
  let points = 0;
  const add = (reason: Reason, more: number): void => {
    points += more;
    if (more > 0) reasons.push(reason);
  };
  const either = (agrees: boolean | null, reason: Reason, more: number, otherwise: number): void => {
    if (agrees === true) add(reason, more);
    else if (agrees === false) points += otherwise;
  };
  add("name", Math.floor((Math.max(0, shared(a.pairs, b.pairs) - 500) * 600) / 500));
  either(same(a.taxId, b.taxId), "tax_id", 500, -300);
  either(meet(a.phones, b.phones), "phone", 300, -50);
  either(meet(a.emails, b.emails), "email", 300, 0);
  either(meet(a.domains, b.domains), "domain", 100, 0);
  either(same(a.account, b.account), "account", 200, 0);
  const postal = same(a.postalCode, b.postalCode);
  either(postal, "postal_code", 80, -250);
  const city = same(a.city, b.city);
  if (city === true) points += 30;
  else if (city === false && postal === null) points -= 150;
  const isCode = (country: string | null): boolean => country !== null && Array.from(country).length === 2;
  if (same(a.country, b.country) === false && isCode(a.country) === isCode(b.country)) points -= 300;
  if (a.street !== null && b.street !== null) {
    const isSame = shared(pairsOf([a.street]), pairsOf([b.street])) >= 700;
    const house = same(a.house, b.house);
    if (isSame && house === false) points -= 150;
    else if (isSame && house === true && postal !== false) add("street", 170);
    else if (!isSame && postal === true) points -= 120;
  }
  if (a.position !== null && b.position !== null) {
    const apart = metres(a.position, b.position);
    if (apart <= 100) add("position", 150);
    else if (apart <= 500) add("position", 50);
    else if (apart > 2_000) points -= 200;
  }
  const isNameAlone = reasons.length === 1 && reasons[0] === "name" && city !== true;
  if (isNameAlone && saysMore(a) && saysMore(b)) points -= 50;
  return { points: Math.min(1000, Math.max(0, points)), reasons };
}
