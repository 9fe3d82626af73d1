/** How a version of a process is carried out, as the server works it out. */
import { read, type Schema } from "$api/client";
import { dayStart } from "$texts/format";

import { desk } from "../../state/desk.svelte.ts";
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

/** What a step is called: its title, of an awry path after the path's name. */
export function stepName(template: Template, key: string): string {
  const [first = "", second] = key.split("/", 2);
  if (second === undefined) return template.steps.find((step) => step.key === first)?.title ?? key;
  const path = template.awry?.find((one) => one.key === first);
  const step = path?.steps.find((one) => one.key === second);
  return path === undefined || step === undefined ? key : `${path.name}: ${step.title}`;
}
