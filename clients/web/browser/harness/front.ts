/**
 * What stands between browser and server, as a mobile network or a proxy does: it passes everything on, can be cut and
 * mended, and can answer a file otherwise than the server would, as a newer release does.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

import { Messages } from "./messages.ts";

type Rewrite = (text: string) => string;
/** Whether the line is cut before a message, after it, or goes on. */
type Last = (message: Uint8Array) => "before" | "after" | null;

export class Front {
  private readonly rewrites: { readonly path: RegExp; readonly make: Rewrite }[] = [];
  private readonly open = new Set<Duplex>();
  private answers: { readonly path: string; readonly body: Uint8Array } | null = null;
  private isCut = false;
  /** What is still to pass before the line is cut again, and who waits for that. */
  private last: { readonly which: Last; readonly done: () => void } | null = null;
  private target = new URL("http://127.0.0.1:9");

  private constructor(
    private readonly server: HttpServer,
    readonly url: string,
  ) {}

  static start(): Promise<Front> {
    const server = createServer();
    return new Promise((done) => {
      server.listen(0, "127.0.0.1", () => {
        const front = new Front(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        server.on("connection", (socket) => {
          front.accept(socket);
        });
        server.on("request", (asked, answer) => {
          front.pass(asked, answer);
        });
        server.on("upgrade", (asked, socket, head: Buffer) => {
          front.passSocket(asked, socket, head);
        });
        done(front);
      });
    });
  }

  /** Passes on to this server from now on. */
  to(url: string): void {
    this.target = new URL(url);
  }

  /** From now on no connection lives or is made. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.open) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  /** Lets one device say hello, and no more: the line is cut before it hears an answer, and until it is mended again. */
  passOneHello(): Promise<void> {
    return this.passUntil(() => "before");
  }

  /** Mends the line until the server says something, and cuts it before or after that. */
  async passUntil(which: Last): Promise<void> {
    const passed = new Promise<void>((done) => {
      this.last = { which, done };
    });
    this.mend();
    await passed;
  }

  /** Answers paths with the server's text made into another. */
  rewrite(path: RegExp, make: Rewrite): void {
    this.rewrites.push({ path, make });
  }

  /** Answers a path by itself, as another server would; with nothing, the server answers again. No WebSocket is had there meanwhile. */
  answer(path: string, body: Uint8Array | null): void {
    this.answers = body === null ? null : { path, body };
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((done) => this.server.close(done));
  }

  /** Passes on what the server says, up to what is the last of it. */
  private passSome(socket: Duplex, onward: Socket): void {
    const messages = new Messages();
    socket.pipe(onward);
    onward.on("data", (came: Buffer) => {
      for (const { bytes, message } of messages.take(came)) {
        const until = message === null ? null : (this.last?.which(message) ?? null);
        if (until === null) {
          socket.write(bytes);
          continue;
        }
        // What was written last is still on its way: it goes before the line does.
        this.isCut = true;
        onward.removeAllListeners("data");
        if (until === "after") socket.write(bytes);
        socket.end(() => {
          this.cut();
          this.last?.done();
          this.last = null;
        });
        return;
      }
    });
  }

  private accept(socket: Socket): void {
    if (this.isCut) {
      socket.destroy();
      return;
    }
    this.open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.open.delete(socket));
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    // While only some is let through, nothing goes another way.
    if (this.last !== null && asked.url === "/v1/sync") {
      answer.destroy();
      return;
    }
    if (this.answers !== null && asked.url === this.answers.path) {
      answer.writeHead(200, { "content-type": "application/cbor-seq" }).end(this.answers.body);
      return;
    }
    const make = this.rewrites.find(({ path }) => path.test(asked.url ?? ""))?.make;
    // A rewritten file is asked for as it is, not compressed and not "unless it has changed".
    const headers = make === undefined ? asked.headers : without(asked.headers, "accept-encoding", "if-none-match");
    const onward = request(
      { host: this.target.hostname, port: this.target.port, path: asked.url, method: asked.method, headers },
      (came) => {
        if (make === undefined) {
          answer.writeHead(came.statusCode ?? 502, came.headers);
          came.pipe(answer);
          return;
        }
        void text(came).then((original) => {
          const rest = without(came.headers, "content-length", "etag");
          answer.writeHead(came.statusCode ?? 502, rest).end(make(original));
        });
      },
    );
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  private passSocket(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.answers !== null && asked.url === this.answers.path) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const onward = connect(Number(this.target.port), this.target.hostname, () => {
      const lines = [`${asked.method ?? "GET"} ${asked.url ?? "/"} HTTP/1.1`];
      for (let at = 0; at < asked.rawHeaders.length; at += 2) {
        lines.push(`${asked.rawHeaders[at] ?? ""}: ${asked.rawHeaders[at + 1] ?? ""}`);
      }
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      if (this.last === null) socket.pipe(onward).pipe(socket);
      else this.passSome(socket, onward);
    });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }
}

async function text(came: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of came) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function without(headers: IncomingHttpHeaders, ...names: string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
