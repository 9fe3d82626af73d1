import { expect, test } from "vitest";

import type { Store, ViewRow } from "../engine/rows.ts";
import { headingOf, wordsOf } from "../model/shown.ts";
import { SearchIndex } from "./search.ts";

const view = (record: string, title: string, more: Partial<ViewRow> = {}): ViewRow => ({
  record,
  kind: "account",
  account: record,
  title,
  subtitle: "",
  state: null,
  at_ms: 0,
  changed_ms: 0,
  sort: title.toLowerCase(),
  words: wordsOf(title),
  heading: headingOf(title),
  ...more,
});

/** A store of these rows, of which only the one question is asked. */
function storeOf(views: readonly ViewRow[], between: () => void = () => undefined): Store {
  const alongKey = (_: string, { from }: { from: string }): Promise<ViewRow[]> => {
    const next = views.filter(({ record }) => record > from).slice(0, 2);
    return Promise.resolve(next).finally(between);
  };
  return { alongKey, get: () => Promise.resolve(undefined) } as unknown as Store;
}

test("every word is a word or the beginning of one, whatever case and accents", async () => {
  const index = new SearchIndex();
  await index.load(storeOf([view("1", "Café Alpin"), view("2", "Alpine Bakery"), view("3", "Bäckerei Nord")]));
  expect(index.find("alp", undefined, 10)).toEqual(["2", "1"]);
  expect(index.find("CAFE al", undefined, 10)).toEqual(["1"]);
  expect(index.find("backerei", undefined, 10)).toEqual(["3"]);
  expect(index.find("pin", undefined, 10)).toEqual([]);
  expect(index.find(" ,-", undefined, 10)).toEqual([]);
});

test("titles that are the text come first, then those that begin with it, then what holds it elsewhere", async () => {
  const index = new SearchIndex();
  const visit = view("4", "Nord", { kind: "visit" });
  const noted = view("5", "Aal", { words: ["aal", "nord"] });
  await index.load(storeOf([view("1", "Hotel Nord"), view("2", "Nord See"), view("3", "Nord"), visit, noted]));
  expect(index.find("nord", undefined, 10)).toEqual(["3", "4", "2", "1", "5"]);
  expect(index.find("nord", undefined, 2)).toEqual(["3", "4"]);
  expect(index.find("nord", "visit", 10)).toEqual(["4"]);
});

test("what changes is found as it is now, also while the rows are still being read", async () => {
  const index = new SearchIndex();
  const rows = [view("1", "Alpha"), view("2", "Beta"), view("3", "Gamma"), view("4", "Delta")];
  let isFirst = true;
  await index.load(
    storeOf(rows, () => {
      if (isFirst) {
        index.follow([
          ["3", view("3", "Omega")],
          ["4", null],
          ["1", view("1", "Alef")],
        ]);
      }
      isFirst = false;
    }),
  );
  expect(index.find("gamma", undefined, 10)).toEqual([]);
  expect(index.find("omega", undefined, 10)).toEqual(["3"]);
  expect(index.find("delta", undefined, 10)).toEqual([]);
  expect(index.find("al", undefined, 10)).toEqual(["1"]);
  index.follow([["2", null]]);
  expect(index.find("beta", undefined, 10)).toEqual([]);
});

/** A store whose index is packed, with the rows that changed since; it refuses to be read row by row. */
function packedStore(packed: string, changed: readonly string[], views: readonly ViewRow[]): Store {
  return {
    get: () => Promise.resolve({ name: "search", packed }),
    all: () => Promise.resolve(changed.map((record) => ({ record }))),
    many: (_: string, ids: readonly string[]) =>
      Promise.resolve(ids.map((id) => views.find(({ record }) => record === id))),
  } as unknown as Store;
}

test("a packed index is the same again, but for what changed since", async () => {
  const views = [view("1", "Café Alpin"), view("2", "Alpine Bakery"), view("3", "Alp Trading"), view("4", "")];
  const before = new SearchIndex();
  expect(before.pack()).toBeNull();
  await before.load(storeOf(views));
  const packed = before.pack() ?? "";
  const same = new SearchIndex();
  await same.load(packedStore(packed, [], views));
  for (const text of ["alp", "al ba", "cafe", "x"]) {
    expect(same.find(text, undefined, 10)).toEqual(before.find(text, undefined, 10));
  }
  expect(same.pack()).toBe(packed);
  // The second was renamed, the third removed.
  const changed = new SearchIndex();
  await changed.load(packedStore(packed, ["2", "3"], [view("2", "Northern Bakery")]));
  expect(changed.find("alp", undefined, 10)).toEqual(["1"]);
  expect(changed.find("north", undefined, 10)).toEqual(["2"]);
});
