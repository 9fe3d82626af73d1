/** A version of a process as it stands in the reference data. What may be left out may be missing; the server knows the rules. */

export type Answer =
  | { readonly kind: "check" | "text" }
  | { readonly kind: "choice"; readonly words: readonly string[]; readonly fails?: readonly string[] }
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly good_min?: number | null;
      readonly good_max?: number | null;
    };

export type By = "rep" | "office" | { readonly department: string };
export type Escalation = { readonly role: string } | { readonly department: string };
export type Trigger = { readonly step_failed: string } | { readonly overdue: number } | "refused" | "case_opened";

export interface Step {
  readonly key: string;
  readonly title: string;
  readonly help?: string | null;
  readonly answer: Answer;
  readonly is_required?: boolean;
  readonly by?: By;
}

export interface Template {
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly owner: string;
  readonly goal: string;
  readonly measure: {
    readonly name: string;
    readonly of: "minutes_to_finish" | { readonly answer: string };
    readonly is: "at_most" | "at_least";
    readonly target: number;
  };
  readonly procedure: string;
  readonly applies?: {
    readonly kinds?: readonly string[];
    readonly segments?: readonly string[];
    readonly purposes?: readonly string[];
    readonly states?: readonly string[];
  };
  readonly steps: readonly Step[];
  readonly responses?: readonly { readonly key: string; readonly situation: string; readonly action: string }[];
  readonly hand_offs?: readonly {
    readonly key: string;
    readonly after?: string | null;
    readonly department: string;
    readonly subject: string;
    readonly due_minutes: number;
  }[];
  readonly awry?: readonly {
    readonly key: string;
    readonly name: string;
    readonly trigger: Trigger;
    readonly steps: readonly Step[];
    readonly escalate_to: Escalation;
    readonly due_minutes: number;
  }[];
  readonly is_offered?: boolean;
}

export const keyOf = (template: Pick<Template, "process" | "version">): string =>
  `${template.process}@${String(template.version)}`;
