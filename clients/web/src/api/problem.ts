import type { components } from "./schema";

type Details = components["schemas"]["Problem"];

/** What the server (or the way to it) said instead of an answer: a stable code, and words that say what to do next. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    /** In how many seconds trying again makes sense. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(text);
  }

  /** Somebody changed the thing since it was read: read it again, then decide. */
  get stale(): boolean {
    return this.code === "stale" || this.code === "precondition_required";
  }

  /** There is no such thing, or it is not for this person to see. */
  get absent(): boolean {
    return this.status === 404;
  }
}

/** The problem of an answer that is none. Something between us and the server may speak in its place: then without details. */
export async function problemOf(response: Response, body?: unknown): Promise<Problem> {
  const said: unknown = body ?? (await response.json().catch(() => null));
  const wait = Number(response.headers.get("retry-after"));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  if (isDetails(said)) return new Problem(response.status, said.code, said.detail, retryAfter);
  const text = `The server answered ${response.status} without saying why. Try again soon.`;
  return new Problem(response.status, "no_details", text, retryAfter);
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) {
    return new Problem(0, "out_of_reach", "The server does not answer. Nothing is lost; try again.");
  }
  return new Problem(0, "unexpected", thrown instanceof Error ? thrown.message : String(thrown));
}

function isDetails(said: unknown): said is Details {
  return typeof said === "object" && said !== null && "code" in said && "detail" in said;
}
