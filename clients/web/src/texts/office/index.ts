/** The console's words. One catalogue for each language; another has the same keys, checked by type. */
import { en } from "./en.ts";

export type OfficeTexts = typeof en;

export const t: OfficeTexts = en;
