// A small WebSocket (RFC 6455) on a bare socket: binary messages, counted byte for byte. It offers no extensions and
// no compression. Node 20 has no WebSocket client of its own; a browser has.

import { createHash, randomBytes } from "node:crypto";
import net from "node:net";
import tls from "node:tls";

import { LIMITS } from "./frames.mjs";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [CONTINUED, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];

/** What a server answers to a client's key. */
export const acceptFor = (key) => createHash("sha1").update(key + GUID).digest("base64");

/** Connects to `path` at an origin such as `http://127.0.0.1:7878`, and upgrades. */
export async function connect(origin, path) {
  const { protocol, hostname, host, port } = new URL(origin);
  const isTls = protocol === "https:";
  const name = hostname.replace(/^\[|\]$/g, "");
  const to = { host: name, port: Number(port) || (isTls ? 443 : 80), servername: net.isIP(name) ? "" : name };
  const socket = isTls ? tls.connect(to) : net.connect(to);
  await once(socket, isTls ? "secureConnect" : "connect");
  socket.setNoDelay(true);
  const key = randomBytes(16).toString("base64");
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { head, rest } = await readHead(socket);
  if (!/^HTTP\/1\.1 101 /.test(head)) throw new Error(`no upgrade: ${head.split("\r\n")[0]}`);
  const accept = /^sec-websocket-accept: *(\S+)/im.exec(head)?.[1];
  if (accept !== acceptFor(key)) throw new Error("whoever answered is no WebSocket server");
  return new Connection(socket, { masks: true, received: rest });
}

function once(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
  });
}

function readHead(socket) {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const take = (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", take);
      socket.pause();
      resolve({ head: bytes.subarray(0, end).toString("latin1"), rest: bytes.subarray(end + 4) });
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed before it was upgraded")));
  });
}

/** An upgraded connection, either side of it: clients mask what they send, servers do not. */
export class Connection {
  /** Bytes sent and received since the upgrade. */
  bytesUp = 0;
  bytesDown = 0;
  #socket;
  #masks;
  #buffer = Buffer.alloc(0);
  #parts = [];
  #messages = [];
  #waiting = [];
  #over;

  constructor(socket, { masks, received = Buffer.alloc(0) }) {
    this.#socket = socket;
    this.#masks = masks;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    this.#take(received);
    socket.resume();
  }

  /** Sends one binary message. */
  send(bytes) {
    this.#write(BINARY, Buffer.from(bytes));
  }

  /** The next message; null once the connection is closed. */
  receive() {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    if (this.#over instanceof Error) return Promise.reject(this.#over);
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close() {
    if (this.#over) return;
    this.#write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.#end();
  }

  #write(opcode, payload) {
    const length = payload.length;
    const size = length < 126 ? 0 : length < 65536 ? 2 : 8;
    const head = Buffer.alloc(2 + size);
    head[0] = 0x80 | opcode;
    head[1] = (this.#masks ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127);
    if (size === 2) head.writeUInt16BE(length, 2);
    if (size === 8) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = this.#masks ? randomBytes(4) : Buffer.alloc(0);
    const body = this.#masks ? unmasked(payload, mask) : payload;
    const bytes = Buffer.concat([head, mask, body]);
    this.bytesUp += bytes.length;
    this.#socket.write(bytes);
  }

  #take(chunk) {
    this.bytesDown += chunk.length;
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    try {
      while (!this.#over && this.#takeFrame());
    } catch (error) {
      this.#end(error);
    }
  }

  /** Takes one WebSocket frame off the buffer, if a whole one is there. */
  #takeFrame() {
    const buffer = this.#buffer;
    if (buffer.length < 2) return false;
    const short = buffer[1] & 127;
    const size = short < 126 ? 0 : short === 126 ? 2 : 8;
    const isMasked = (buffer[1] & 128) !== 0;
    const start = 2 + size + (isMasked ? 4 : 0);
    if (buffer.length < start) return false;
    const length = size === 0 ? short : size === 2 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
    if (length > LIMITS.frameBytes) throw new Error(`a message of ${length} bytes is too long`);
    if (buffer.length < start + length) return false;
    const payload = buffer.subarray(start, start + length);
    this.#buffer = buffer.subarray(start + length);
    const isLast = (buffer[0] & 128) !== 0;
    this.#act(buffer[0] & 15, isLast, isMasked ? unmasked(payload, buffer.subarray(start - 4, start)) : payload);
    return true;
  }

  #act(opcode, isLast, payload) {
    if (opcode === CLOSE) return this.#end();
    if (opcode === PING) return this.#write(PONG, payload);
    if (opcode === PONG) return undefined;
    if (opcode === TEXT) throw new Error("a text came where a frame should");
    if (opcode !== CONTINUED && opcode !== BINARY) throw new Error(`opcode ${opcode} is unknown`);
    this.#parts.push(payload);
    if (this.#parts.reduce((sum, part) => sum + part.length, 0) > LIMITS.frameBytes) throw new Error("too long");
    if (!isLast) return undefined;
    const message = new Uint8Array(Buffer.concat(this.#parts));
    this.#parts = [];
    const waiting = this.#waiting.shift();
    return waiting === undefined ? this.#messages.push(message) : waiting.resolve(message);
  }

  #end(error) {
    if (this.#over) return;
    this.#over = error ?? true;
    this.#socket.end();
    for (const { resolve, reject } of this.#waiting.splice(0)) error === undefined ? resolve(null) : reject(error);
  }
}

const unmasked = (bytes, mask) => Buffer.from(bytes.map((byte, n) => byte ^ mask[n % 4]));
