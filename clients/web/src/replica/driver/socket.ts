/** A WebSocket for Node 20, which has none: the small one of `protocol/node`, in the shape that a browser's has. */

import { connect, type Connection } from "../../../../../protocol/node/websocket.mjs";

import type { Socket } from "../src/shell/platform.ts";

export class NodeSocket implements Socket {
  binaryType = "arraybuffer";
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  #connection: Connection | null = null;
  #isClosed = false;

  constructor(url: string) {
    const { origin, pathname } = new URL(url.replace(/^ws/, "http"));
    void this.#run(origin, pathname);
  }

  send(bytes: Uint8Array): void {
    this.#connection?.send(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
  }

  async #run(origin: string, path: string): Promise<void> {
    try {
      this.#connection = await connect(origin, path);
      if (this.#isClosed) this.#connection.close();
      else this.onopen?.();
      for (;;) {
        const message = await this.#connection.receive();
        if (message === null) break;
        this.onmessage?.({ data: message.slice().buffer });
      }
    } catch {
      this.onerror?.();
    }
    this.onclose?.();
  }
}
