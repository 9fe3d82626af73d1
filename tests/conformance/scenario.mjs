// One scenario: devices that do what its steps say, an office that decides, and what is expected of both.

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A scenario that this driver or this server is not made for. */
export class Unfit extends Error {}

/** A device under test: its home, and the driver's process while one runs. */
class DeviceUnderTest {
  #child = null;
  #answers = [];

  constructor(command, home) {
    this.command = command;
    this.home = home;
  }

  #start() {
    const [program, ...args] = this.command.split(" ");
    this.#child = spawn(program, [...args, "--home", this.home], { stdio: ["pipe", "pipe", "inherit"], cwd: import.meta.dirname });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#answers.shift()?.resolve(JSON.parse(line)));
    this.#child.on("exit", () => {
      for (const { reject } of this.#answers.splice(0)) reject(new Error("the driver ended before it answered"));
    });
  }

  ask(line) {
    if (this.#child === null) this.#start();
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(line)}\n`);
    });
  }

  /** Ends the driver as a pulled plug would. */
  async kill() {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.on("exit", done));
    child.kill("SIGKILL");
    await ended;
  }
}

export class Scenario {
  #names = new Map();
  #devices = new Map();
  #reps = new Map();

  constructor(description, { driver, older, office, server, verbose }) {
    Object.assign(this, { description, driver, older, office, server, verbose });
    this.folder = mkdtempSync(join(tmpdir(), "roadbook-scenario-"));
  }

  async run() {
    const { needs = [], reps = ["ana"], steps } = this.description;
    if (needs.includes("relay") && this.server.relay === null) throw new Unfit("needs a line that can be cut (--start)");
    if (needs.includes("older") && this.older === undefined) throw new Unfit("needs an earlier version of the client (--older)");
    for (const name of reps) {
      const rep = await this.office.addRep(name);
      this.#reps.set(name, rep);
      this.#names.set(`${name}.territory`, rep.territory);
      this.#names.set(`${name}.person`, rep.person);
    }
    for (const [n, step] of steps.entries()) {
      try {
        await this.#step(this.#filled(step));
      } catch (error) {
        if (error instanceof Unfit) throw error;
        throw new Error(`step ${n + 1} ${JSON.stringify(step)}: ${error.message}`, { cause: error });
      }
    }
  }

  async end() {
    this.server.relay?.cut({});
    for (const device of this.#devices.values()) await device.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #step(step) {
    if (step.office !== undefined) return this.#office(step);
    if (step.link !== undefined) return this.server.relay.cut(step.link);
    const device = this.#device(step.device);
    if (step.kill) return device.kill();
    if (step.version !== undefined) return this.#become(device, step.version);
    if (step.copy !== undefined) return this.#copy(device, device.home, join(this.folder, step.copy));
    if (step.restore !== undefined) return this.#copy(device, join(this.folder, step.restore), device.home);
    return this.#ask(device, step);
  }

  #device(name) {
    if (!this.#devices.has(name)) this.#devices.set(name, new DeviceUnderTest(this.driver, join(this.folder, name)));
    return this.#devices.get(name);
  }

  /** Another version of the client takes the device's home over, as an update does. */
  async #become(device, version) {
    await device.kill();
    device.command = version === "older" ? this.older : this.driver;
  }

  async #copy(device, from, to) {
    await device.kill();
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  }

  async #ask(device, step) {
    const { device: _, as, expect, expect_error: code, may_fail: mayFail, rep, ...line } = step;
    if (line.do === "enrol" || line.do === "enrol_anew") {
      line.server = this.server.url;
      line.code = await this.office.code(this.#reps.get(rep).person);
    }
    const answer = await device.ask(line);
    if (this.verbose) console.error(JSON.stringify(line), JSON.stringify(answer));
    if (answer.error?.code === "not_offered") throw new Unfit(`the driver does not offer ${line.do}`);
    if (code !== undefined) return must(answer.error?.code ?? null, code, "error");
    if (answer.error !== undefined && !mayFail) throw new Error(`${answer.error.code}: ${answer.error.text}`);
    if (as !== undefined) this.#keep(as, answer.ok);
    if (expect !== undefined) must(answer.ok, expect, "answer");
    return undefined;
  }

  #keep(as, answer) {
    this.#names.set(as, answer.record ?? answer.device ?? answer[0]?.record);
    if (answer.number !== undefined) this.#names.set(`${as}.number`, answer.number);
    if (answer[0]?.number !== undefined) this.#names.set(`${as}.number`, answer[0].number);
  }

  async #office({ office, expect, ...what }) {
    const answer = await this.office[office](what);
    if (expect !== undefined) must(answer, expect, office);
  }

  /** A step with the names of things put in: `$deli` is what a step before called so. */
  #filled(value) {
    if (typeof value === "string" && value.startsWith("$")) {
      if (!this.#names.has(value.slice(1))) throw new Error(`nothing is called ${value}`);
      return this.#names.get(value.slice(1));
    }
    if (Array.isArray(value)) return value.map((part) => this.#filled(part));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.#filled(part)]));
  }
}

/** What was expected must be there; an object may hold more, a list may not, and `{ "one_of": [...] }` is any of them. */
function must(found, wanted, path) {
  if (wanted !== null && typeof wanted === "object" && Array.isArray(wanted.one_of)) {
    if (!wanted.one_of.includes(found)) throw new Error(`${path} is ${JSON.stringify(found)}, not one of ${wanted.one_of}`);
    return;
  }
  if (wanted === null || typeof wanted !== "object") {
    if (found !== wanted) throw new Error(`${path} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    return;
  }
  if (found === null || typeof found !== "object") throw new Error(`${path} is ${JSON.stringify(found)}`);
  if (Array.isArray(wanted)) must(found.length, wanted.length, `${path}.length`);
  for (const [name, part] of Object.entries(wanted)) must(found[name], part, `${path}.${name}`);
}
