/** Builds the page on PouchDB and gives it out, on an origin of its own. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

import { build, type Rolldown } from "vite";

const PAGE = resolve(import.meta.dirname, "pouch");
const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };

export class Beside {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Beside> {
    const built = await build({
      root: PAGE,
      configFile: false,
      logLevel: "error",
      build: { write: false, target: "es2022" },
    });
    const files = new Map<string, string | Uint8Array>();
    for (const file of (built as Rolldown.RolldownOutput).output) {
      files.set(`/${file.fileName}`, file.type === "chunk" ? file.code : file.source);
    }
    const server = createServer((asked, answer) => {
      const path = asked.url === "/" ? "/index.html" : (asked.url ?? "");
      const file = files.get(path);
      answer.writeHead(file === undefined ? 404 : 200, {
        "content-type": TYPES[path.split(".").pop() ?? ""] ?? "text/plain",
      });
      answer.end(file);
    });
    return new Promise((done) => {
      server.listen(0, "127.0.0.1", () => {
        done(new Beside(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
      });
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
