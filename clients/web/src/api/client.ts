/**
 * The API as the server describes it: paths, parameters and bodies are those of `protocol/openapi.json`, by its types.
 * An answer that is none is thrown as a [`Problem`].
 */
import createClient, { type Client } from "openapi-fetch";

import { problemOf } from "./problem";
import type { components, paths } from "./schema";
import type { Session } from "./session";

export type Schema = components["schemas"];
export type Api = Client<paths>;

/** What was read, and the tag by which an edit of it says what it is an edit of. */
export interface Tagged<T> {
  readonly value: T;
  readonly tag: string;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The API in the name of whoever is signed in. */
export function connect(session: Session): Api {
  return createClient<paths>({ fetch: (request: Request) => send(session, request) });
}

/** The answer's body. */
export async function read<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw await problemOf(response, error);
  // An answer without a body is an answer, too.
  return data as T;
}

/** The answer's body with its tag. */
export async function readTagged<T>(answer: Promise<Answer<T>>): Promise<Tagged<T>> {
  const { response } = await answer;
  return { value: await read(answer), tag: response.headers.get("etag") ?? "" };
}

/** How an edit names what it was made on, for whose body tells its version. */
export function tagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Sends with the token; once more with a new one if it is over. A POST carries a key: it is repeated when its answer was lost
 * on the way, and still done only once.
 */
async function send(session: Session, request: Request): Promise<Response> {
  if (request.method === "POST" && !request.headers.has("idempotency-key")) {
    request.headers.set("idempotency-key", crypto.randomUUID());
  }
  const token = await session.token();
  const response = await sendAs(token, request);
  return response.status === 401 ? sendAs(await session.tokenAfter(token), request) : response;
}

async function sendAs(token: string, request: Request): Promise<Response> {
  const attempt = (): Promise<Response> => {
    const copy = request.clone();
    copy.headers.set("authorization", `Bearer ${token}`);
    return fetch(copy);
  };
  if (request.method !== "POST") return attempt();
  return attempt().catch((thrown: unknown) => {
    if (thrown instanceof TypeError) return attempt();
    throw thrown;
  });
}
