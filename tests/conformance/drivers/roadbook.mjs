// The Rust device as a driver: each line is one run of `roadbook device`. ROADBOOK names the binary.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const binary = process.env.ROADBOOK ?? resolve(import.meta.dirname, "../../../target/debug/roadbook");
const home = process.argv[process.argv.indexOf("--home") + 1];

/** Runs the device; what it printed, as JSON. */
function device(args, input = "") {
  return new Promise((done, failed) => {
    const child = spawn(binary, ["--json", "device", "--home", home, ...args], { stdio: ["pipe", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.on("error", failed);
    child.on("close", () => done(out.trim() === "" ? null : JSON.parse(out)));
    // A command that reads nothing may have ended before it was given nothing.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

const run = async (line) => (await device(["run"], `${JSON.stringify(line)}\n`)) ?? { error: { code: "silent", text: "" } };
const list = (answer) => (answer.error === undefined ? (answer.records ?? answer) : answer);

/** The number of what was captured last on a record. */
async function withNumber(answer) {
  if (answer.error !== undefined) return answer;
  const outbox = await device(["outbox"]);
  return { ...answer, number: outbox.at(-1)?.number };
}

const VERBS = {
  enrol: ({ server, code }) => device(["enrol", "--server", server, "--code", code]),
  enrol_anew: ({ server, code }) => device(["enrol", "--again", "--server", server, "--code", code]),
  sync: async () => {
    const answer = await device(["sync"]);
    return answer?.status ?? answer;
  },
  sign_out: ({ leave_held: leaveHeld = false }) => device(["sign-out", ...(leaveHeld ? ["--leave-held"] : [])]),
  create: async ({ kind, account, fields }) =>
    withNumber(await run({ do: "create", kind, fields, ...(account === undefined ? {} : { account }) })),
  edit: async ({ record, fields }) => withNumber({ record, ...(await run({ do: "edit", record, fields })) }),
  request: async ({ verb, record }) => withNumber({ record, ...(await run({ do: "ask", verb, record })) }),
  status: () => device(["status"]),
  show: async ({ record }) => {
    const answer = await device(["show", record]);
    return ["unknown_record", "no_match", "not_found"].includes(answer.error?.code) ? null : answer;
  },
  list: async ({ kind }) => list(await device(["list", kind])),
  outbox: () => device(["outbox"]),
  held: () => device(["held"]),
  reapply: ({ number }) => device(["held", "--reapply", String(number)]),
  notices: () => device(["notices"]),
  handovers: () => device(["handovers"]),
  practise: ({ process, answers }) => {
    const said = answers.flatMap(([step, word]) => ["--answer", word === null ? step : `${step}=${word}`]);
    return device(["process", "practise", process, ...said]);
  },
  discard: ({ number }) => device(["held", "--discard", String(number)]),
};

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text);
  const verb = VERBS[line.do];
  const answer = verb === undefined ? { error: { code: "not_offered", text: line.do } } : await verb(line);
  process.stdout.write(`${JSON.stringify(answer?.error === undefined ? { ok: answer } : { error: answer.error })}\n`);
}
