/** Planned visits that have no day any more: they were called off, and can be planned again. */
import type { Schema } from "$api/client";

type Visit = Schema["VisitRow"];

export const isCalledOff = ({ state, planned_start: start }: Pick<Visit, "state" | "planned_start">): boolean =>
  state === "planned" && typeof start !== "string";
