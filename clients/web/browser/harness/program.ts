/** The `roadbook` binary: `ROADBOOK_BIN`, or that of this checkout. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { resolve } from "node:path";

const BINARY = process.env["ROADBOOK_BIN"] ?? resolve(import.meta.dirname, "../../../../target/debug/roadbook");
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Runs a command to its end and reads the JSON that it prints. A failure carries what it said. */
export function roadbook<Answer>(args: readonly string[], input = ""): Promise<Answer> {
  return new Promise((done, failed) => {
    const child = execFile(BINARY, [...args, "--json"], { maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) => {
      if (error === null) done(JSON.parse(stdout === "" ? "null" : stdout) as Answer);
      else failed(new Error(`roadbook ${args.join(" ")}: ${stdout}${stderr}`));
    });
    child.stdin?.end(input);
  });
}

/** A server that runs: it ends with `stop`, and with this process, whatever ends that. */
export class Running {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts `roadbook serve` and waits until it says where it listens. */
  static start(data: string, listen: string, publicUrl?: string): Promise<Running> {
    const args = ["serve", "--data", data, "--listen", listen, "--until-stdin-ends", "--json"];
    if (publicUrl !== undefined) args.push("--public-url", publicUrl);
    const child = spawn(BINARY, args, { stdio: ["pipe", "pipe", "pipe"] });
    return new Promise((done, failed) => {
      let said = "";
      let log = "";
      child.stderr.on("data", (bytes: Buffer) => (log += bytes.toString()));
      child.stdout.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        const line = /^(\{.*\})$/m.exec(said)?.[1];
        if (line !== undefined)
          done(new Running(child, `http://${(JSON.parse(line) as { listening: string }).listening}`));
      });
      child.once("error", failed);
      child.once("exit", (code) => {
        failed(new Error(`roadbook serve ended with ${code ?? "a signal"}: ${said}${log}`));
      });
    });
  }

  /** Ends it in order; its Postgres with it. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.stdin?.end();
    await ended;
  }
}
