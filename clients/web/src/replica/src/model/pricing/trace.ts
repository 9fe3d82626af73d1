/** What comes out. As `pricing/trace.rs`, whose JSON this is. */

export type RuleKind =
  | "list"
  | "own_price"
  | "tier"
  | "promotion"
  | "skipped"
  | "line_discount"
  | "header_discount"
  | "goodwill"
  | "tax_included";

export interface Step {
  readonly kind: RuleKind;
  readonly rule: string;
  readonly why: string;
  readonly before_minor: number;
  readonly after_minor: number;
}

export interface PricedLine {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  readonly list_unit_minor: number | null;
  /** What rules alone come to, before anything the person granted. */
  readonly ruled_minor: number | null;
  readonly net_minor: number;
  readonly tax_minor: number;
  readonly gross_minor: number;
  readonly tax: string | null;
  readonly steps: readonly Step[];
}

export interface Tax {
  readonly rule: string;
  readonly rate_bp: number;
  readonly base_minor: number;
  readonly tax_minor: number;
}

export interface Problem {
  readonly code: string;
  readonly line: string | null;
  readonly text: string;
}

export interface Priced {
  readonly lines: readonly PricedLine[];
  readonly lines_net_minor: number;
  readonly freight_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
  readonly gross_minor: number;
  readonly taxes: readonly Tax[];
  readonly problems: readonly Problem[];
  readonly examined: number;
}
