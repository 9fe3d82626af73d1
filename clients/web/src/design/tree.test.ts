import { describe, expect, it } from "vitest";

import { type TreeNode, seen } from "./tree";

const leaf = (id: string, ...children: TreeNode[]): TreeNode => ({ id, label: id, href: `#${id}`, children });
const FOREST = [leaf("a", leaf("b", leaf("c")), leaf("d")), leaf("e")];

describe("a tree on screen", () => {
  it("shows what is in open nodes only", () => {
    const ids = (open: string[]): string[] => seen(FOREST, (id) => open.includes(id)).map((one) => one.node.id);
    expect(ids([])).toEqual(["a", "e"]);
    expect(ids(["a"])).toEqual(["a", "b", "d", "e"]);
    expect(ids(["b"]), "an open node in a closed one").toEqual(["a", "e"]);
    expect(ids(["a", "b"])).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("says where each stands", () => {
    const [, , c, d] = seen(FOREST, () => true);
    expect(c).toMatchObject({ level: 3, parent: "b", place: 1, of: 1 });
    expect(d).toMatchObject({ level: 2, parent: "a", place: 2, of: 2 });
  });
});
