/** A data folder with Northwind in it, made once a run and copied for each file of tests. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { roadbook, Running } from "./program.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of a stopped server with Northwind in it. */
    template: string;
  }
}

/** The office's person in Northwind, and the password that the tests give to everybody. */
export const OFFICE = "office@northwind.example";
export const PASSWORD = "seven quiet rivers run west";

export default function setup(project: TestProject): Promise<() => void> {
  return makeTemplate(project, () => Promise.resolve("--bundled"));
}

/** Makes the folder with what `source` says is to be imported: a folder that it writes, or a flag. */
export async function makeTemplate(
  project: TestProject,
  source: (folder: string) => Promise<string>,
): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "roadbook-browser-"));
  // Where tests run as root, Postgres runs as somebody else, who must get in.
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  const server = await Running.start(data, "127.0.0.1:0");
  await roadbook(["import", "northwind", await source(join(folder, "source")), "--data", data]);
  await roadbook(["user", "password", OFFICE, "--data", data], `${PASSWORD}\n`);
  await server.stop();
  project.provide("template", data);
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
}
