/** How a version of a process is carried out, as the server works it out. */
import { read, type Schema } from "$api/client";
import { dayStart } from "$texts/format";
import { t } from "$texts/office";

import { desk } from "../../state/desk.svelte.ts";
import { formats } from "../../state/words.ts";
import type { Template } from "./template.ts";

export type Figures = Schema["ProcessFigures"];
export type GoalFigures = Schema["GoalFigures"];

/** Of runs that began on or after a day, if one is given; by the measure of another version, if one is given. */
export function figuresOf({ process, version }: Template, since: string, measuredAs = version): Promise<Figures> {
  const from = dayStart(since);
  const query = {
    version,
    measured_as: measuredAs,
    ...(from === null ? {} : { since: new Date(from).toISOString() }),
  };
  return read(desk.api.GET("/v1/processes/{process}/figures", { params: { path: { process }, query } }));
}

/** What a version measures, as people read it: in minutes, or as the step was answered; null for nothing. */
export function measured({ measure }: Pick<Template, "measure">, value: number | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return measure.of === "minutes_to_finish" ? t.processes.dueMinutes(value) : formats.number(value);
}

/** What is measured, and what it is to be: "Minutes until it ends: at most 60 minutes". */
export function goalOf(template: Pick<Template, "measure">): string {
  const { name, is, target } = template.measure;
  return `${name}: ${t.processes.target(is, measured(template, target) ?? "")}`;
}

/** What a step is called: its title, of an awry path after the path's name. */
export function stepName(template: Template, key: string): string {
  const [first = "", second] = key.split("/", 2);
  if (second === undefined) return template.steps.find((step) => step.key === first)?.title ?? key;
  const path = template.awry?.find((one) => one.key === first);
  const step = path?.steps.find((one) => one.key === second);
  return path === undefined || step === undefined ? key : `${path.name}: ${step.title}`;
}
