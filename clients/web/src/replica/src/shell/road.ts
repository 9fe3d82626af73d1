/** The road to the server: a WebSocket, or single requests where none gets through. */

import { SessionError, unreadableAnswer } from "../engine/error.ts";
import { concat } from "../wire/bytes.ts";
import { DecodeError, readFrame, readFrames, writeFrame } from "../wire/codec.ts";
import type { Frame } from "../wire/frames.gen.ts";
import type { Platform, Socket } from "./platform.ts";

export const SYNC_PATH = "/v1/sync";
/** How long the server may take to answer at all. */
const OPEN_MS = 20_000;
const REQUEST_MS = 60_000;

/** The server is out of reach; nothing is lost, and the next attempt may find it. */
export const offline = (text: string): SessionError => new SessionError("offline", text, 0);

/** What happens on a connection, and to it. */
export type Event = { readonly frame: Frame } | { readonly error: SessionError } | "wake";

/** Events in the order in which they came. */
export class Inbox {
  readonly #events: Event[] = [];
  #waiting: ((event: Event | null) => void) | null = null;

  put(event: Event): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#events.push(event);
    else waiting(event);
  }

  /** The next event; null if none comes in time. */
  next(patienceMs: number | null): Promise<Event | null> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve(event);
    return new Promise((resolve) => {
      const timer =
        patienceMs === null
          ? undefined
          : setTimeout(() => {
              this.#waiting = null;
              resolve(null);
            }, patienceMs);
      this.#waiting = (next) => {
        clearTimeout(timer);
        resolve(next);
      };
    });
  }
}

function frameOf(data: unknown): Event {
  try {
    if (!(data instanceof ArrayBuffer)) throw new DecodeError("malformed", "a text came where a frame should");
    return { frame: readFrame(new Uint8Array(data)) };
  } catch (error) {
    if (error instanceof DecodeError) return { error: unreadableAnswer(error.message) };
    throw error;
  }
}

/** An open WebSocket. */
export class Line {
  private constructor(readonly socket: Socket) {}

  /** Opens one; what comes on it goes to the inbox. */
  static open(platform: Platform, server: string, inbox: Inbox): Promise<Line> {
    const socket = platform.socket(`${server.replace(/^http/, "ws")}${SYNC_PATH}`);
    socket.binaryType = "arraybuffer";
    return new Promise((resolve, reject) => {
      let isOpen = false;
      const fail = (): void => {
        clearTimeout(timer);
        const lost = offline(isOpen ? "the connection to the server was lost" : "the server cannot be reached");
        if (isOpen) inbox.put({ error: lost });
        else reject(lost);
      };
      const timer = setTimeout(() => {
        socket.close();
        fail();
      }, OPEN_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        isOpen = true;
        resolve(new Line(socket));
      };
      socket.onclose = fail;
      socket.onerror = () => undefined;
      socket.onmessage = ({ data }) => {
        inbox.put(frameOf(data));
      };
    });
  }

  send(frames: readonly Frame[]): void {
    for (const frame of frames) this.socket.send(writeFrame(frame));
  }

  close(): void {
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
  }
}

/** One request with frames, and the frames of its answer. */
export async function exchange(platform: Platform, server: string, frames: readonly Frame[]): Promise<Frame[]> {
  let response: Response;
  try {
    response = await platform.fetch(`${server}${SYNC_PATH}`, {
      method: "POST",
      headers: { "content-type": "application/cbor-seq" },
      body: concat(...frames.map(writeFrame)).slice(),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  } catch (error) {
    throw offline(`the server cannot be reached (${error instanceof Error ? error.message : "for no known reason"})`);
  }
  if (!response.ok) throw await refused(response);
  try {
    return readFrames(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    if (error instanceof DecodeError) throw unreadableAnswer(error.message);
    throw offline("the answer of the server was cut off");
  }
}

/** What HTTP itself refuses comes as problem details. */
export async function refused(response: Response): Promise<SessionError> {
  const problem: unknown = await response.json().catch(() => null);
  const of = (name: string): string | null => {
    const value = typeof problem === "object" && problem !== null ? (problem as Record<string, unknown>)[name] : null;
    return typeof value === "string" ? value : null;
  };
  const after = Number(response.headers.get("retry-after"));
  const text = of("detail") ?? of("title") ?? `the server answered ${response.status}`;
  const isPassing = response.status >= 500 || response.status === 429;
  return new SessionError(of("code") ?? "refused", text, after > 0 ? after * 1000 : isPassing ? 0 : null);
}
