/** Server-sent events, read from a stream: the standard's own reader can't send an `Authorization` header. */

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** The events of a body, as they come. A comment that says only "I live" yields null, so that silence can be told from it. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent | null> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const lines = new Lines();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* lines.take(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Puts events together from pieces that may end anywhere. */
export class Lines {
  #rest = "";
  #id = "";
  #event = "message";
  #data: string[] = [];

  *take(piece: string): Generator<ServerEvent | null> {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
      const event = this.#line(whole);
      if (event !== undefined) yield event;
    }
  }

  #line(line: string): ServerEvent | null | undefined {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return null;
    const at = line.indexOf(":");
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "id") this.#id = value;
    else if (field === "event") this.#event = value;
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const event = { id: this.#id, event: this.#event, data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#data = [];
    this.#event = "message";
    return empty ? undefined : event;
  }
}
