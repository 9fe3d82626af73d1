/** Tasks that a run puts into others' hands. A task's id follows from the run's, so that it is made once whoever makes it. */

import { concat, utf8, uuidBytes, uuidText } from "../../wire/bytes.ts";
import { tag16 } from "../../wire/proofs.ts";
import type { Fields } from "../value.ts";
import { hasFailed, MINUTE_MS } from "./progress.ts";
import type { Run } from "./run.ts";
import { type AwryPath, type HandOff, stepOf, type Template } from "./template.ts";

const SUBJECT_MAX = 200;

/** A hand-off that a run has reached, and by when the department is to be done. */
export interface Reached {
  readonly handOff: HandOff;
  readonly due_ms: number;
}

/** Whose a task is. */
export interface Hands {
  readonly department: string | null;
  readonly person: string | null;
}

/** The id of the record that follows from another under a name: a UUID of version 8. */
export function following(record: string, name: string): string {
  const bytes = tag16(concat(utf8("roadbook/record/follows/1\0"), uuidBytes(record), utf8(name)));
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return uuidText(bytes);
}

export const handOffId = (run: string, key: string): string => following(run, `hand_off/${key}`);
export const escalationId = (run: string, path: string): string => following(run, `awry/${path}`);

/** Those at the run's beginning, and those after a step that was done. What failed goes to whoever takes over its path. */
export function reached(template: Template, run: Run): Reached[] {
  return template.hand_offs.flatMap((handOff) => {
    const after = handOff.after ?? null;
    const since = after === null ? run.started_ms : doneMs(template, run, after);
    return since === null ? [] : [{ handOff, due_ms: since + handOff.due_minutes * MINUTE_MS }];
  });
}

function doneMs(template: Template, run: Run, key: string): number | null {
  const step = stepOf(template, key);
  const answer = run.answers.get(key);
  if (step === undefined || answer?.state !== "done" || hasFailed(step, answer)) return null;
  return answer.at_ms;
}

/** What the task of a hand-off says. */
export const handOffTask = (template: Template, { handOff, due_ms }: Reached, run: string, hands: Hands): Fields =>
  task(handOff.subject, template.name, run, due_ms, hands);

/** What the task of a path says that was taken at a moment. */
export const escalationTask = (
  template: Template,
  path: AwryPath,
  run: string,
  atMs: number,
  hands: Hands,
): Fields => ({
  ...task(path.name, template.name, run, atMs + path.due_minutes * MINUTE_MS, hands),
  priority: "high",
});

function task(subject: string, process: string, run: string, dueMs: number, hands: Hands): Fields {
  return {
    subject: Array.from(subject).slice(0, SUBJECT_MAX).join(""),
    state: "open",
    task_type: "hand_off",
    subject_id: run,
    due_at: dueMs,
    due: new Date(dueMs).toISOString().slice(0, 10),
    notes: process,
    ...(hands.department === null ? {} : { department_id: hands.department }),
    ...(hands.person === null ? {} : { assignee_id: hands.person }),
  };
}
