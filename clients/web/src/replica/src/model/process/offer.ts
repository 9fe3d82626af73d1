/** Where a process is offered: which versions new runs may begin with, for which record. */

import { fold } from "../pricing/amount.ts";
import type { Template } from "./template.ts";

const SUBJECTS: readonly string[] = ["account", "visit", "order", "opportunity", "case", "task"];

/** A record that a run would be about, as far as that decides on what is offered. */
export interface Subject {
  readonly kind: string;
  readonly segment: string | null;
  readonly purpose: string | null;
  readonly state: string | null;
}

export const isSubject = (kind: string): boolean => SUBJECTS.includes(kind);

/** Of each process the highest version that is offered. */
export function offered(templates: readonly Template[]): Template[] {
  const best = new Map<string, Template>();
  for (const template of templates.filter((one) => one.is_offered)) {
    if (template.version > (best.get(template.process)?.version ?? 0)) best.set(template.process, template);
  }
  return [...best.values()].sort((a, b) => (a.process < b.process ? -1 : 1));
}

export function isFor({ applies }: Template, { kind, segment, purpose, state }: Subject): boolean {
  const holds = (list: readonly string[], word: string | null): boolean =>
    list.length === 0 || (word !== null && list.includes(word));
  return (
    isSubject(kind) &&
    holds(applies.kinds, kind) &&
    (applies.segments.length === 0 ||
      (segment !== null && applies.segments.some((one) => fold(one) === fold(segment)))) &&
    holds(applies.purposes, purpose) &&
    holds(applies.states, state)
  );
}
