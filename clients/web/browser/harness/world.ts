/** All that a file of tests needs: a real server with Northwind behind a front, and the office's words to it. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, inject, vi } from "vitest";

import { Front } from "./front.ts";
import { roadbook, Running } from "./program.ts";
import { OFFICE, PASSWORD } from "./template.ts";

const run = promisify(execFile);
const SAYS_WAIT = { timeout: 20_000, interval: 200 };

/** A record, as far as tests read it. */
export interface InRecord {
  readonly version: number;
  readonly creator_name: string | null;
  readonly document: Readonly<Record<string, unknown>>;
  readonly decision: { readonly state: string | null; readonly decided_by_name: string | null } | null;
}

export class World {
  private kept: string | undefined;

  private constructor(
    private readonly folder: string,
    readonly front: Front,
    private server: Running,
  ) {}

  /** The address that phones use: the front can be cut. */
  get url(): string {
    return this.front.url;
  }

  /** The address that the office uses, whose line holds when a phone is in a dead zone. */
  get officeUrl(): string {
    return this.server.url;
  }

  private get data(): string {
    return join(this.folder, "data");
  }

  static async begin(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "roadbook-world-"));
    await chmod(folder, 0o755);
    // By `cp`, which keeps owners: where tests run as root, Postgres runs as somebody else.
    await run("cp", ["-a", inject("template"), join(folder, "data")]);
    const front = await Front.start();
    const server = await Running.start(join(folder, "data"), "127.0.0.1:0", front.url);
    front.to(server.url);
    return new World(folder, front, server);
  }

  async end(): Promise<void> {
    await this.front.stop();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  /** Stops the server and starts it again, as an update or a crash of its machine does. */
  async restart(): Promise<void> {
    await this.server.stop();
    this.server = await Running.start(this.data, "127.0.0.1:0", this.front.url);
    this.front.to(this.server.url);
  }

  /** A command of the binary on this server's data. */
  command<Answer>(...args: string[]): Promise<Answer> {
    return roadbook<Answer>([...args, "--data", this.data]);
  }

  /** Gives somebody the password of the tests. */
  async password(email: string): Promise<void> {
    await roadbook(["user", "password", email, "--data", this.data], `${PASSWORD}\n`);
  }

  /** A link with which one device is enrolled for a person. */
  async enrolLink(person: string): Promise<string> {
    const { url } = await this.command<{ url: string }>("user", "code", person, "--url", this.url);
    return url;
  }

  /** A request of the office to the API. */
  async office<Answer>(
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${await this.token()}`, ...more };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`${this.server.url}${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Answer;
  }

  /** A record as the office has it. */
  record(id: string): Promise<InRecord> {
    return this.office<InRecord>("GET", `/v1/records/${id}`);
  }

  /** The office writes fields of a record as it stands. */
  async write(id: string, document: object): Promise<void> {
    const { version } = await this.record(id);
    await this.office("PATCH", `/v1/records/${id}`, { document }, { "if-match": `"${version}"` });
  }

  /** The office makes a record of an account. */
  async add(account: string, kind: string, document: object): Promise<string> {
    return (await this.office<{ id: string }>("POST", `/v1/accounts/${account}/records`, { kind, document })).id;
  }

  /** Waits until the office's record says this. */
  says(id: string, fields: object): Promise<void> {
    return vi.waitFor(async () => {
      expect((await this.record(id)).document).toMatchObject(fields);
    }, SAYS_WAIT);
  }

  /** The first of a list that the office reads. */
  async idOf(path: string): Promise<string> {
    const { items } = await this.office<{ items: { id: string }[] }>("GET", path);
    return items[0]?.id ?? "";
  }

  /** An account goes to a territory at once, under a policy for late work. */
  async move(account: string, to: string, policy: "accept" | "review" | "refuse" = "accept"): Promise<void> {
    await this.command("admin", "move", "--account", account, "--to", to, "--policy", policy);
  }

  /** Waits until so many items are held: what makes up one piece of work is sent item by item. */
  holds(count: number): Promise<readonly { readonly position: number }[]> {
    return vi.waitFor(async () => {
      const held = await this.office<{ items: { position: number }[] }>("GET", "/v1/held?state=held&limit=200");
      if (held.items.length < count) throw new Error(`${held.items.length} of ${count} items are held`);
      return held.items;
    }, SAYS_WAIT);
  }

  /** Gives up everything that is held, once that is so many items, as somebody in the office does in the inbox. */
  async giveUpAll(count: number, text: string): Promise<void> {
    for (const { position } of await this.holds(count)) {
      await this.office("POST", `/v1/held/${position}/fate`, { verdict: "discard", text });
    }
  }

  private async token(): Promise<string> {
    this.kept ??= await this.signIn();
    return this.kept;
  }

  private async signIn(): Promise<string> {
    const answer = await fetch(`${this.server.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: OFFICE, password: PASSWORD }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return token;
  }
}
