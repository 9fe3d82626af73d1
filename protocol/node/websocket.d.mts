// Types of `websocket.mjs`, for clients in TypeScript.

/** An upgraded connection. */
export interface Connection {
  send(bytes: Uint8Array): void;
  /** The next message; null once the connection is closed. */
  receive(): Promise<Uint8Array | null>;
  close(): void;
}

/** Connects to `path` at an origin such as `http://127.0.0.1:7878`, and upgrades. */
export function connect(origin: string, path: string): Promise<Connection>;
