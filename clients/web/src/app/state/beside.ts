/** What is typed on a record's form beside the form itself: its Save takes it along. */
import { createContext } from "svelte";

import type { Edit } from "@roadbook/replica";

import type { Form } from "../forms.ts";
import type { Draft } from "./draft.svelte.ts";

export interface Beside {
  readonly kept: Draft<Form>;
  /** What it would write; null while it is not complete, and then it waits as a draft. */
  readonly edit: () => Edit | null;
}

const [find, set] = createContext<Set<Beside>>();

/** For a form's start. */
export function takesAlong(): Set<Beside> {
  const beside = new Set<Beside>();
  set(beside);
  return beside;
}

/** The form that it stands on. */
export const formAround = find;
