import { Problem, problemOf } from "./problem";
import type { components } from "./schema";

type Tokens = components["schemas"]["Tokens"];
export type Signed = components["schemas"]["Signed"];

/** An access token is renewed when it has less than this left. */
const EARLY_MS = 30_000;

/**
 * Who is signed in. The access token lives in memory alone; the refresh token is a cookie that no script sees, and which the
 * server exchanges for the next access token: after a reload, and whenever one runs out.
 */
export class Session {
  #access: { readonly token: string; readonly untilMs: number } | null = null;
  #renewing: Promise<Tokens> | null = null;
  #over: () => void = () => undefined;
  #person: Signed | null = null;

  get person(): Signed | null {
    return this.#person;
  }

  /** Is told when the server ended the session: by another place, by an admin, or by time. */
  onOver(listener: () => void): void {
    this.#over = listener;
  }

  async signIn(email: string, password: string): Promise<Signed> {
    return this.#take(await ask("/v1/session", { email, password, cookie: true }));
  }

  /** Goes on with the session of an earlier page, if there is one. */
  async resume(): Promise<Signed | null> {
    try {
      return this.#take(await this.#renew());
    } catch (thrown) {
      // Without a cookie, or with one that is over, nobody is signed in; anything else is worth saying.
      if (thrown instanceof Problem && (thrown.status === 401 || thrown.code === "malformed")) return null;
      throw thrown;
    }
  }

  async signOut(): Promise<void> {
    const response = await fetch("/v1/session", { method: "DELETE", headers: this.#headers() });
    if (!response.ok && response.status !== 401) throw await problemOf(response);
    this.#forget();
  }

  /** A token that holds for the next request. */
  async token(): Promise<string> {
    const known = this.#access;
    if (known !== null && Date.now() < known.untilMs - EARLY_MS) return known.token;
    return this.#again();
  }

  /** A new token after the server refused this one; if somebody has renewed it meanwhile, that. */
  async tokenAfter(refused: string): Promise<string> {
    const known = this.#access;
    return known !== null && known.token !== refused ? known.token : this.#again();
  }

  async #again(): Promise<string> {
    try {
      this.#take(await this.#renew());
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.status === 401) {
        this.#forget();
        this.#over();
      }
      throw thrown;
    }
    return this.#access?.token ?? "";
  }

  #renew(): Promise<Tokens> {
    this.#renewing ??= renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  #take(tokens: Tokens): Signed {
    this.#access = { token: tokens.access_token, untilMs: Date.now() + tokens.expires_in * 1000 };
    this.#person = tokens.person;
    return tokens.person;
  }

  #forget(): void {
    this.#access = null;
    this.#person = null;
  }

  #headers(): Record<string, string> {
    return this.#access === null ? {} : { authorization: `Bearer ${this.#access.token}` };
  }
}

/** Tabs share the cookie, so that they renew one after the other. */
async function renew(): Promise<Tokens> {
  const once = (): Promise<Tokens> => ask("/v1/session/refresh", {});
  return "locks" in navigator ? navigator.locks.request("roadbook-session", once) : once();
}

async function ask(path: string, body: object): Promise<Tokens> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Tokens;
}
