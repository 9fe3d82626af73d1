/**
 * The Markdown that procedures are written in, as a tree to be shown by elements, never as markup: headings, paragraphs, lists, bold,
 * italic and code. Everything else, HTML above all, stays the text that it is.
 */

export type Span = { readonly is: "text" | "strong" | "em" | "code"; readonly text: string };

export type Block =
  | { readonly is: "heading"; readonly level: 1 | 2 | 3; readonly spans: readonly Span[] }
  | { readonly is: "paragraph"; readonly spans: readonly Span[] }
  | { readonly is: "list"; readonly isOrdered: boolean; readonly items: readonly (readonly Span[])[] };

const HEADING = /^(#{1,6})\s+(.*)$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBERED = /^\s*\d{1,3}[.)]\s+(.*)$/;
const MARKED = /(\*\*[^*\n]+\*\*|`[^`\n]+`|\*[^*\s][^*\n]*\*|_[^_\s][^_\n]*_)/;

/** What a text says, block by block. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let items: string[] = [];
  let isOrdered = false;
  const endText = (): void => {
    if (lines.length > 0) blocks.push({ is: "paragraph", spans: spansOf(lines.join(" ")) });
    lines = [];
  };
  const endList = (): void => {
    if (items.length > 0) blocks.push({ is: "list", isOrdered, items: items.map(spansOf) });
    items = [];
  };
  for (const line of markdown.split(/\r?\n/)) {
    const heading = HEADING.exec(line);
    const [bullet, numbered] = [BULLET.exec(line), NUMBERED.exec(line)];
    const item = bullet ?? numbered;
    if (item !== null) {
      endText();
      if (items.length > 0 && isOrdered !== (numbered !== null)) endList();
      isOrdered = numbered !== null;
      items.push(item[1] ?? "");
    } else if (heading !== null) {
      endText();
      endList();
      const level = Math.min(heading[1]?.length ?? 1, 3) as 1 | 2 | 3;
      blocks.push({ is: "heading", level, spans: spansOf(heading[2] ?? "") });
    } else if (line.trim() === "") {
      endText();
      endList();
    } else {
      endList();
      lines.push(line.trim());
    }
  }
  endText();
  endList();
  return blocks;
}

/** A line, where it is marked. */
export function spansOf(text: string): Span[] {
  const parts = text.split(MARKED).filter((part) => part !== "");
  return parts.map((part): Span => {
    if (!MARKED.test(part)) return { is: "text", text: part };
    if (part.startsWith("**")) return { is: "strong", text: part.slice(2, -2) };
    return { is: part.startsWith("`") ? "code" : "em", text: part.slice(1, -1) };
  });
}
