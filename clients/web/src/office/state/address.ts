/** Addresses of screens: the part behind `#`, with what they ask for. */

/** A screen's address. What is empty is left out. */
export function href(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") asked.set(name, value);
  const text = asked.toString();
  return `#/${path}${text === "" ? "" : `?${text}`}`;
}

/** The steps of an address, and what it asks for. */
export function parse(hash: string): { readonly path: readonly string[]; readonly query: URLSearchParams } {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const steps = path.split("/").filter((step) => step !== "");
  return { path: steps.map(decoded), query: new URLSearchParams(query) };
}

/** What a hand mangled in the address line is taken as it stands. */
function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
