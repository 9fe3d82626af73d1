import { describe, expect, it } from "vitest";

import type { Schema } from "$api/client";
import type { TreeNode } from "$design/tree";

import { forest } from "./forest";

function territory(id: string, parent: string | null): Schema["Territory"] {
  const rest = {
    level: 1,
    path: [id],
    is_inbox: false,
    archived_at: null,
    successor_id: null,
    version: 1,
    accounts: 0,
  };
  return { id, code: id, name: id, parent_id: parent, ...rest };
}
const names = (nodes: readonly TreeNode[]): unknown[] => nodes.map((node) => [node.id, names(node.children)]);

describe("the tree of territories", () => {
  const all = [
    territory("b", null),
    territory("a", null),
    territory("d", "a"),
    territory("c", "a"),
    territory("e", "c"),
  ];

  it("stands in the order of names", () => {
    expect(names(forest(all, all))).toEqual([
      [
        "a",
        [
          ["c", [["e", []]]],
          ["d", []],
        ],
      ],
      ["b", []],
    ]);
  });

  it("shows what was found under its forebears", () => {
    expect(names(forest(all, [territory("e", "c")]))).toEqual([["a", [["c", [["e", []]]]]]]);
  });

  it("what lies under something that is not to be seen stands at the top", () => {
    const reach = all.filter((one) => one.id !== "a");
    expect(names(forest(reach, reach))).toEqual([
      ["b", []],
      ["c", [["e", []]]],
      ["d", []],
    ]);
  });
});
