/**
 * Carrying work over: what someone wrote on an old base, field by field onto what is accepted now.
 *
 * What the work left alone stays as accepted. What only the work changed is put. What both changed, differently, stays as
 * accepted and is listed as a conflict, except that texts are merged in whole words where that is possible.
 */

import { type FieldRule, fieldOf, type KindRules } from "./model.ts";
import { merge, spliceBetween } from "./text.ts";
import { entries, type Fields, isMap, isSame, lengthOf, type Path, type Step, type Value } from "./value.ts";

/** One field, or one item, that both changed: what is accepted stays. */
export interface RebaseConflict {
  readonly path: Path;
  readonly held: Value | undefined;
  readonly accepted: Value | undefined;
}

export interface Rebased {
  readonly steps: Step[];
  readonly conflicts: RebaseConflict[];
}

/** One value in its three states. */
interface Three {
  readonly base: Value | undefined;
  readonly held: Value | undefined;
  readonly accepted: Value | undefined;
}

/** What to do on `accepted` so that it also says what the work changed from `base` to `held`. */
export function rebase(spec: KindRules, base: Fields, held: Fields, accepted: Fields): Rebased {
  const rebased: Rebased = { steps: [], conflicts: [] };
  for (const field of spec.fields) ofField(rebased, field, [field.name], three(field.name, base, held, accepted));
  const unknown = new Set([...Object.keys(base), ...Object.keys(held)].filter((name) => !fieldOf(spec.fields, name)));
  for (const name of unknown) {
    const states = three(name, base, held, accepted);
    // A field that this version does not know cannot be written by it, but must not be lost from sight either.
    if (hasNews(states)) conflict(rebased, [name], states);
  }
  return rebased;
}

const three = (name: string, base: Fields, held: Fields, accepted: Fields): Three => ({
  base: base[name],
  held: held[name],
  accepted: accepted[name],
});

const hasNews = ({ base, held, accepted }: Three): boolean => !isSame(held, base) && !isSame(held, accepted);

function ofField(rebased: Rebased, field: FieldRule, path: Path, states: Three): void {
  if (field.type.is === "items") ofItems(rebased, field.type.fields, path, states);
  else if (field.type.is === "text") ofText(rebased, field.type.chars_max, path, states);
  else ofScalar(rebased, path, states);
}

function ofScalar(rebased: Rebased, path: Path, states: Three): void {
  if (!hasNews(states)) return;
  if (isSame(states.accepted, states.base) && !isMap(states.held)) {
    rebased.steps.push({ put: { path, value: states.held ?? null } });
  } else {
    conflict(rebased, path, states);
  }
}

function ofText(rebased: Rebased, charsMax: number, path: Path, states: Three): void {
  if (!hasNews(states)) return;
  const [base, held, accepted] = [content(states.base), content(states.held), content(states.accepted)];
  if (base === null || held === null || accepted === null) {
    conflict(rebased, path, states);
    return;
  }
  const merged = merge(base, held, accepted);
  if (merged !== null) {
    if (lengthOf(merged) <= charsMax) rebased.steps.push({ put: { path, value: merged } });
    else conflict(rebased, path, states);
    return;
  }
  // Both rewrote the same words: what the work wrote is added below, for a person to sort out.
  const added = spliceBetween(base, held)?.insert ?? "";
  const both = `${accepted}\n${added}`;
  if (added.trim() !== "" && !accepted.includes(added) && lengthOf(both) <= charsMax) {
    rebased.steps.push({ put: { path, value: both } });
  }
  conflict(rebased, path, states);
}

const content = (value: Value | undefined): string | null =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : null;

function ofItems(rebased: Rebased, inner: readonly FieldRule[], path: Path, states: Three): void {
  const [base, held, accepted] = [entries(states.base), entries(states.held), entries(states.accepted)];
  for (const key of [...new Set([...Object.keys(base), ...Object.keys(held)])].sort()) {
    ofItem(rebased, inner, [...path, key], three(key, base, held, accepted));
  }
}

function ofItem(rebased: Rebased, inner: readonly FieldRule[], path: Path, states: Three): void {
  if (!hasNews(states)) return;
  const { base, held, accepted } = states;
  if (base === undefined && isMap(held) && accepted === undefined) {
    const known = Object.fromEntries(Object.entries(held).filter(([name]) => fieldOf(inner, name)));
    rebased.steps.push({ put: { path, value: known } });
    if (Object.keys(known).length < Object.keys(held).length) conflict(rebased, path, states);
  } else if (base !== undefined && held === undefined && accepted !== undefined && isSame(base, accepted)) {
    rebased.steps.push({ remove: { path } });
  } else if (isMap(held) && isMap(accepted)) {
    for (const field of inner) {
      ofField(rebased, field, [...path, field.name], three(field.name, entries(base), held, accepted));
    }
  } else {
    conflict(rebased, path, states);
  }
}

function conflict(rebased: Rebased, path: Path, { held, accepted }: Three): void {
  rebased.conflicts.push({ path, held, accepted });
}
