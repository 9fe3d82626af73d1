/** Which kinds have screens of their own in the app. Every other one is shown there by its fields alone, in one form. */
import type { Kind } from "@roadbook/replica/model";

const OWN_SCREENS = [
  "account",
  "contact",
  "visit",
  "order",
  "task",
  "comment",
  "run",
] as const satisfies readonly Kind[];

export type OwnKind = (typeof OWN_SCREENS)[number];
export type PlainKind = Exclude<Kind, OwnKind>;

export function hasOwnScreens(kind: string): kind is OwnKind {
  return (OWN_SCREENS as readonly string[]).includes(kind);
}
