/** A run as the API gives it, brought to what the rules for runs read: items by their ids, moments in milliseconds. */
import { type Fields, type Json, readTemplate, type RunFacts, type Template, viewOf } from "@roadbook/replica/model";

const MOMENT = /^\d{4}-\d{2}-\d{2}T/;

const plain = (value: Json): Json => (typeof value === "string" && MOMENT.test(value) ? Date.parse(value) : value);

const wordOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** Which process a run is of. */
export const processOf = (document: object): string => wordOf((document as Fields)["process"]);

export function fieldsOf(document: object): Fields {
  const fields = Object.entries(document as Fields).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, plain(value)] as const;
    const items = (value as readonly Fields[]).map(({ id, ...item }) => {
      const inner = Object.entries(item).map(([key, one]) => [key, plain(one)] as const);
      return [wordOf(id), Object.fromEntries(inner)] as const;
    });
    return [name, Object.fromEntries(items)] as const;
  });
  return Object.fromEntries(fields);
}

/** How a run stands; null if its version cannot be read here. */
export function standing(document: object, versions: readonly Json[], nowMs: number): RunFacts | null {
  const fields = fieldsOf(document);
  const isOf = (template: Template | null): template is Template =>
    template !== null && template.process === fields["process"] && template.version === fields["version"];
  const template = versions.map(readTemplate).find(isOf);
  return template === undefined ? null : viewOf(template, fields, nowMs);
}
