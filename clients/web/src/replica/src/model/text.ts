/** Differences between two states of a text, in Unicode code points. */

/** One replacement: `remove` characters from `at` give way to `insert`. */
export interface Replacement {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** Most cells of the table by which words are compared; beyond it, a difference is one replacement. */
const CELLS_MAX = 4_000_000;

/** The one replacement that leads from `before` to `after`: what lies between their common start and end. */
export function spliceBetween(before: string, after: string): Replacement | null {
  if (before === after) return null;
  const [a, b] = [Array.from(before), Array.from(after)];
  const [start, end] = common(a, b);
  return { at: start, remove: a.length - end - start, insert: b.slice(start, b.length - end).join("") };
}

/** The replacements, in whole words, that lead from `before` to `after`, in order of place. */
export function steps(before: string, after: string): Replacement[] {
  const [a, b] = [words(before), words(after)];
  const [start, end] = common(a, b);
  const [from, to] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const skipped = chars(a.slice(0, start));
  if (from.length * to.length > CELLS_MAX) return [{ at: skipped, remove: chars(from), insert: to.join("") }];
  return walk(from, to, skipped);
}

/**
 * `base` with both people's steps, or null where they touch the same place differently. At the same point, `mine` comes
 * after `theirs`.
 */
export function merge(base: string, mine: string, theirs: string): string | null {
  const [own, others] = [steps(base, mine), steps(base, theirs)];
  const equal = (a: Replacement, b: Replacement): boolean =>
    a.at === b.at && a.remove === b.remove && a.insert === b.insert;
  const apart = (a: Replacement, b: Replacement): boolean => endOf(a) <= b.at || endOf(b) <= a.at;
  if (own.some((a) => others.some((b) => !equal(a, b) && !apart(a, b)))) return null;
  const added = own.filter((step) => !others.some((other) => equal(step, other)));
  // A stable sort: of two insertions at one point, theirs stays first.
  const all = [...others, ...added].sort((a, b) => a.at - b.at || endOf(a) - endOf(b));
  return replace(base, all);
}

const endOf = (step: Replacement): number => step.at + step.remove;
const chars = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + Array.from(part).length, 0);

function replace(base: string, all: readonly Replacement[]): string {
  const letters = Array.from(base);
  let merged = "";
  let at = 0;
  for (const step of all) {
    merged += letters.slice(at, Math.max(step.at, at)).join("") + step.insert;
    at = Math.max(endOf(step), at);
  }
  return merged + letters.slice(at).join("");
}

/** Runs of white space and of anything else, in turn, so that a word added after the last leaves the last alone. */
const words = (text: string): string[] => text.match(/\s+|\S+/gu) ?? [];

function common<T>(a: readonly T[], b: readonly T[]): [number, number] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [start, end];
}

/** Turns a longest common subsequence of words into steps. */
function walk(a: readonly string[], b: readonly string[], from: number): Replacement[] {
  const lengths = subsequences(a, b);
  const width = b.length + 1;
  const found: Replacement[] = [];
  let open: { at: number; remove: number; insert: string } | null = null;
  let at = from;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const [word, other] = [a[i], b[j]];
    if (word !== undefined && word === other) {
      if (open !== null) found.push(open);
      open = null;
      at += chars([word]);
      i += 1;
      j += 1;
      continue;
    }
    open ??= { at, remove: 0, insert: "" };
    const goes =
      other === undefined ||
      (word !== undefined && (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0));
    if (goes) {
      const length = chars([word ?? ""]);
      open.remove += length;
      at += length;
      i += 1;
    } else {
      open.insert += other;
      j += 1;
    }
  }
  if (open !== null) found.push(open);
  return found;
}

/** Length of the longest common subsequence of what is left of both, at `i * (b.length + 1) + j`. */
function subsequences(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      lengths[here] =
        a[i] === b[j]
          ? (lengths[here + width + 1] ?? 0) + 1
          : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
    }
  }
  return lengths;
}
