/** Which versions of processes a person practised to the end on this device, and when last. It is no record and never sent. */

const KEY = "roadbook.practised";

class Practised {
  #at: Readonly<Record<string, number>> = $state.raw(read());

  at(person: string, process: string, version: number): number | null {
    return this.#at[nameOf(person, process, version)] ?? null;
  }

  note(person: string, process: string, version: number, nowMs: number): void {
    this.#at = { ...this.#at, [nameOf(person, process, version)]: nowMs };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#at));
    } catch {
      // Refused storage: it holds until the page is closed.
    }
  }
}

const nameOf = (person: string, process: string, version: number): string => `${person} ${process}@${String(version)}`;

/** Whatever is none of ours counts as nothing. */
function read(): Readonly<Record<string, number>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const known = Object.entries(value).filter((pair): pair is [string, number] => typeof pair[1] === "number");
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}

export const practised = new Practised();
