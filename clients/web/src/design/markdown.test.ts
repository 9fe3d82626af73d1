import { expect, test } from "vitest";

import { blocksOf, spansOf } from "./markdown.ts";

test("headings, paragraphs and lists become blocks", () => {
  const blocks = blocksOf("# Listen\n\nSay what\nhappens *next*.\n\n- one\n- **two**\n1. three\n");
  expect(blocks.map(({ is }) => is)).toEqual(["heading", "paragraph", "list", "list"]);
  expect(blocks[1]).toEqual({
    is: "paragraph",
    spans: [
      { is: "text", text: "Say what happens " },
      { is: "em", text: "next" },
      { is: "text", text: "." },
    ],
  });
  expect(blocks[3]).toEqual({ is: "list", isOrdered: true, items: [[{ is: "text", text: "three" }]] });
});

test("markup stays the text that it is", () => {
  const hostile = '<img src=x onerror="alert(1)"> [a](javascript:alert(1)) <script>alert(2)</script>';
  expect(blocksOf(hostile)).toEqual([{ is: "paragraph", spans: [{ is: "text", text: hostile }] }]);
});

test("what is not closed is not marked", () => {
  expect(spansOf("5 * 3 ** 2 _ x `")).toEqual([{ is: "text", text: "5 * 3 ** 2 _ x `" }]);
});
