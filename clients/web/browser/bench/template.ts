/** The data folder of the bench: Northwind with 50,000 records of one rep. */
import type { TestProject } from "vitest/node";

import { makeTemplate } from "../harness/template.ts";
import { writeNorthwind } from "./northwind.ts";

export const CUSTOMERS = 12_000;
export const ORDERS = 26_000;

export default function setup(project: TestProject): Promise<() => void> {
  const made = process.env["ROADBOOK_BENCH_DATA"];
  if (made !== undefined) {
    // Made by an earlier run that was asked to keep it: the import takes longer than all that is measured.
    project.provide("template", made);
    return Promise.resolve(() => undefined);
  }
  return makeTemplate(project, async (folder) => {
    await writeNorthwind(folder, CUSTOMERS, ORDERS, new Date());
    return folder;
  });
}
