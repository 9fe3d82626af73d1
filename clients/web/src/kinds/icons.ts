/** The sign of each kind, in the app and in the console. A kind without one of its own has that of a note. */
import type { Kind } from "@roadbook/replica/model";

import type { IconName } from "$design/icons.ts";

const ICONS: Partial<Readonly<Record<Kind, IconName>>> = {
  account: "shop",
  contact: "person",
  visit: "visit",
  order: "order",
  task: "task",
  comment: "comment",
  opportunity: "star",
  case: "warn",
  call: "phone",
  run: "route",
};

export function kindIcon(kind: string): IconName {
  return (ICONS as Readonly<Record<string, IconName>>)[kind] ?? "note";
}
