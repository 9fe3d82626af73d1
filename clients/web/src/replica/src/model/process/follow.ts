/** What follows in a run by itself: paths that begin, paths that are put right, and the end. Doing it twice changes nothing. */

import type { Fields, Step as Edit } from "../value.ts";
import { type Facts, hasFailed, progress } from "./progress.ts";
import { itemsOf, readRun, type Run, type Taken } from "./run.ts";
import type { AwryPath, Template } from "./template.ts";

export function follow(
  template: Template,
  fields: Fields,
  facts: Facts,
  person: string | null,
  freshKey: () => string,
): Edit[] {
  const run = readRun(fields);
  if (run.state !== "running") return [];
  const edits: Edit[] = [];
  const awry = new Map<string, Taken>(run.awry);
  for (const { path } of progress(template, run, facts).awry.filter((one) => !one.is_taken)) {
    edits.push(beginEdit(path, facts.now_ms, person, freshKey()));
    awry.set(path, { at_ms: facts.now_ms, resolved_ms: null });
  }
  for (const path of template.awry) {
    const taken = awry.get(path.key);
    const item = itemsOf(fields, "awry").find(([, item]) => item["path"] === path.key)?.[0];
    if (taken === undefined || taken.resolved_ms !== null || item === undefined || !isPutRight(path, run)) continue;
    edits.push({ put: { path: ["awry", item, "resolved_at"], value: facts.now_ms } });
    awry.set(path.key, { ...taken, resolved_ms: facts.now_ms });
  }
  const after = progress(template, { ...run, awry }, facts);
  return after.is_complete && after.open.length === 0 ? [...edits, ...endEdits("done", facts.now_ms)] : edits;
}

/** The edit with which a path begins. */
export const beginEdit = (path: string, atMs: number, person: string | null, key: string): Edit => ({
  put: { path: ["awry", key], value: { path, at: atMs, ...(person === null ? {} : { person_id: person }) } },
});

/** The edits that end a run. */
export const endEdits = (state: "done" | "abandoned", nowMs: number): Edit[] => [
  { put: { path: ["state"], value: state } },
  { put: { path: ["finished_at"], value: nowMs } },
];

/** Whether every required step of a path was answered, and none of them failed. */
const isPutRight = (path: AwryPath, run: Run): boolean =>
  path.steps
    .filter((step) => step.is_required)
    .every((step) => {
      const answer = run.answers.get(`${path.key}/${step.key}`);
      return answer !== undefined && answer.state !== "skipped" && !hasFailed(step, answer);
    });

/** Whether a case that was opened since a run began counts as one about the run's record. */
export function isAbout(caseId: string, fields: Fields, subject: string, subjectKind: string): boolean {
  if (caseId === subject) return false;
  if (subjectKind !== "order") return true;
  return fields["order_id"] === subject || itemsOf(fields, "lines").some(([, line]) => line["order_id"] === subject);
}
