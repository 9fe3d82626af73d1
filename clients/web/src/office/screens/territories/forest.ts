/** Territories as the trees they form. */
import type { Schema } from "$api/client";
import type { TreeNode } from "$design/tree";

type Territory = Schema["Territory"];

/** The trees of all that was found, with the forebears by which one comes to it. */
export function forest(all: readonly Territory[], found: readonly Territory[]): TreeNode[] {
  const known = new Map(all.map((one) => [one.id, one]));
  const wanted = new Set<string>();
  for (const one of found) {
    for (
      let at: Territory | undefined = one;
      at !== undefined && !wanted.has(at.id);
      at = known.get(at.parent_id ?? "")
    ) {
      wanted.add(at.id);
    }
  }
  const below = new Map<string, Territory[]>();
  for (const one of all.filter((one) => wanted.has(one.id))) {
    const parent = known.has(one.parent_id ?? "") ? (one.parent_id ?? "") : "";
    below.set(parent, [...(below.get(parent) ?? []), one]);
  }
  const nodes = (parent: string): TreeNode[] =>
    (below.get(parent) ?? [])
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map((one) => ({
        id: one.id,
        label: one.name,
        note: one.accounts === 0 ? one.code : `${one.code} · ${one.accounts}`,
        href: `#/territories/${one.id}`,
        children: nodes(one.id),
      }));
  return nodes("");
}
