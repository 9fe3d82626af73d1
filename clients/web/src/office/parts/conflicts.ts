/** Conflicts as they are decided: one for each field, however many wrote it and in whatever way they came to differ. */
import type { Schema } from "$api/client";

type Conflict = Schema["Conflict"];
type Side = Schema["ConflictSide"];

/** The conflicts of each field as one, in the order of the first. Settling one of them settles all of the field. */
export function byField(conflicts: readonly Conflict[]): Conflict[] {
  const fields = new Map<string, Conflict[]>();
  for (const conflict of conflicts) {
    const field = `${conflict.record_id} ${conflict.path.join(".")}`;
    fields.set(field, [...(fields.get(field) ?? []), conflict]);
  }
  return [...fields.values()].flatMap((all) => {
    // What came late is told from what others wrote at once: it says why what stands is what it is.
    const told = all.findLast(({ origin }) => origin !== "concurrent") ?? all[0];
    return told === undefined ? [] : [{ ...told, values: sidesOf(all) }];
  });
}

/** Each value once; of two that are alike the one that stands. */
function sidesOf(all: readonly Conflict[]): Side[] {
  const sides = all.flatMap(({ values, position }, at) =>
    values.map((side): Side => ({ ...side, take: isOver(side, all, at) ? `${side.take} ${position}` : side.take })),
  );
  const alike = new Map<string, Side>();
  for (const side of sides) {
    const key = JSON.stringify(side.value);
    const known = alike.get(key);
    if (known === undefined || (side.stands && !known.stands)) alike.set(key, side);
  }
  return [...alike.values()].toSorted((one, other) => Number(one.stands) - Number(other.stands));
}

const WORDS = ["kept", "late"];

/** The words `kept` and `late` mean the latest late work; what an earlier one wrote is taken as a value. */
function isOver({ take }: Side, all: readonly Conflict[], at: number): boolean {
  return (
    WORDS.includes(take) && all.slice(at + 1).some(({ values }) => values.some((side) => WORDS.includes(side.take)))
  );
}

/** How one of its values is asked for. */
export function resolutionOf(conflict: Conflict, take: string): Schema["ConflictResolution"] {
  const isWord = !take.includes(" ");
  const side = conflict.values.find((one) => one.take === take);
  return isWord ? { take } : { value: (side?.value ?? null) as never };
}
