// Runs the conformance scenarios against a client's driver and a server: see protocol/CONFORMANCE.md.
//
//     node tests/conformance/run.mjs --driver 'node drivers/roadbook.mjs' --start target/debug/roadbook
//     node tests/conformance/run.mjs --driver './my-driver' --server https://sync.example.com --token "$ADMIN_TOKEN"

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { Office } from "./office.mjs";
import { Scenario, Unfit } from "./scenario.mjs";
import { startServer } from "./server.mjs";

const HERE = import.meta.dirname;

const { values: options } = parseArgs({
  options: {
    driver: { type: "string" },
    older: { type: "string" },
    server: { type: "string" },
    token: { type: "string" },
    start: { type: "string" },
    only: { type: "string", multiple: true },
    skip: { type: "string", multiple: true, default: [] },
    verbose: { type: "boolean", default: false },
  },
});

/** The scenarios that are asked for. What a client cannot show is left out by its whole name only, so that it is known. */
function scenarios() {
  const folder = resolve(HERE, "scenarios");
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  const all = files.map((file) => ({ name: file.replace(".json", ""), ...JSON.parse(readFileSync(resolve(folder, file), "utf8")) }));
  const unknown = options.skip.filter((skipped) => all.every(({ name }) => name !== skipped));
  if (unknown.length > 0) throw new Error(`no scenario is called ${unknown.join(" or ")}`);
  const wanted = options.only === undefined ? all : all.filter(({ name }) => options.only.some((part) => name.includes(part)));
  if (wanted.length === 0) throw new Error(`no scenario's name holds ${options.only.join(" or ")}`);
  return wanted;
}

/** The server to run against: one that is there, or one of our own. */
async function serverOf() {
  if (options.start !== undefined) return startServer(resolve(options.start));
  if (options.server === undefined || options.token === undefined) {
    throw new Error("name a server with --server URL --token TOKEN, or a binary to start one with --start PATH");
  }
  return { url: options.server, token: options.token, relay: null, stop: () => Promise.resolve() };
}

async function runOne(description, server) {
  if (options.skip.includes(description.name)) {
    console.log(`skipped  ${description.name}`);
    return "skipped";
  }
  const office = new Office(server.url, server.token);
  const scenario = new Scenario(description, { driver: options.driver, older: options.older, office, server, verbose: options.verbose });
  const began = performance.now();
  const took = () => `${Math.round(performance.now() - began)} ms`;
  try {
    await scenario.run();
    console.log(`ok       ${description.name} (${took()})`);
    return "ok";
  } catch (error) {
    if (error instanceof Unfit) {
      console.log(`not run  ${description.name}: ${error.message}`);
      return "not run";
    }
    console.log(`FAILED   ${description.name} (${took()}): ${error.message}`);
    return "failed";
  } finally {
    await scenario.end();
  }
}

async function main() {
  if (options.driver === undefined) throw new Error("name the client's driver with --driver 'COMMAND'");
  const wanted = scenarios();
  const server = await serverOf();
  const outcomes = [];
  try {
    for (const description of wanted) outcomes.push(await runOne(description, server));
  } finally {
    await server.stop();
  }
  const count = (word) => outcomes.filter((outcome) => outcome === word).length;
  console.log(`${count("ok")} held, ${count("failed")} failed, ${count("not run")} not run, ${count("skipped")} skipped`);
  if (count("not run") > 0) console.log("what is not run is not shown: name with --skip what this client or this server cannot do");
  // A scenario that dropped out unseen would be taken for one that holds.
  if (count("failed") > 0 || count("not run") > 0 || count("ok") === 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
