// A server of our own, behind a relay that can cut the line: for scenarios that need a bad connection.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How frames begin by which a line can be cut (protocol/frames.cddl): the frame's number, then its mark. */
const BEGINNINGS = { receipts: Buffer.from([0x82, 0x04, 0x81, 0x82, 0x82]) };

/** Passes bytes on, and drops the connection when it is told to. */
class Relay {
  #cutAfter = null;
  #cutBefore = null;
  #open = new Set();

  static async listen() {
    const relay = new Relay();
    relay.server = net.createServer((device) => relay.#pass(device));
    await new Promise((done) => relay.server.listen(0, "127.0.0.1", done));
    relay.port = relay.server.address().port;
    return relay;
  }

  /** Drops each further connection once so many bytes came down on it, or a frame of this name; null: none. */
  cut({ cut_after_bytes: afterBytes = null, cut_before: name = null }) {
    this.#cutAfter = afterBytes;
    this.#cutBefore = name === null ? null : BEGINNINGS[name];
  }

  close() {
    for (const socket of this.#open) socket.destroy();
    this.server.close();
  }

  #pass(device) {
    const server = net.connect(this.target, "127.0.0.1");
    let down = 0;
    let tail = Buffer.alloc(0);
    const drop = () => {
      device.destroy();
      server.destroy();
    };
    for (const socket of [device, server]) {
      this.#open.add(socket);
      socket.on("error", drop).on("close", () => {
        this.#open.delete(socket);
        drop();
      });
    }
    device.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      down += bytes.length;
      tail = Buffer.concat([tail, bytes]);
      const isBegun = this.#cutBefore !== null && tail.includes(this.#cutBefore);
      // A frame's beginning may come in two parts.
      tail = tail.subarray(-(this.#cutBefore?.length ?? 0));
      if (isBegun || (this.#cutAfter !== null && down > this.#cutAfter)) drop();
      else device.write(bytes);
    });
  }
}

/** Starts the binary on a fresh data folder. */
export async function startServer(binary) {
  const folder = mkdtempSync(join(tmpdir(), "roadbook-conformance-"));
  // Under root, Postgres runs as another user, who has to get through to the data folder.
  chmodSync(folder, 0o711);
  const data = join(folder, "data");
  const relay = await Relay.listen();
  const url = `http://127.0.0.1:${relay.port}`;
  relay.target = await freePort();
  const listen = `127.0.0.1:${relay.target}`;
  const args = ["serve", "--json", "--data", data, "--listen", listen, "--public-url", url, "--until-stdin-ends"];
  const child = spawn(binary, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, RUST_LOG: "error" } });
  const ended = new Promise((done) => child.on("exit", done));
  const stop = async () => {
    relay.close();
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await saysItServes(child);
    const token = execFileSync(binary, ["user", "token", "admin@localhost", "--data", data]).toString().trim();
    return { url, token, relay, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort() {
  const probe = net.createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

function saysItServes(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (bytes) => {
      said += bytes;
      if (/https?:/.test(said)) resolve();
    });
    child.on("exit", () => reject(new Error(`the server did not start: ${said}`)));
  });
}
