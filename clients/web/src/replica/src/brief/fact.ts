/**
 * What a hand-over brief says, as data: whole numbers, days (`YYYY-MM-DD`), amounts in minor units, words of the model. The
 * shapes are those of `GET /v1/accounts/{account}/brief`, less what only the server knows.
 */

export type Day = string;

/** A person of the organisation, by name where it is known. */
export interface Who {
  readonly id: string;
  readonly name: string | null;
}

export interface Amount {
  readonly minor: number;
  readonly currency: string;
}

export type Habit = "visits" | "orders";
export type Promised = "task" | "next_step" | "visit" | "case";

export type Fact =
  | {
      readonly fact: "identity";
      readonly name: string;
      readonly external_id: string | null;
      readonly account_type: string | null;
      readonly segment: string | null;
    }
  | { readonly fact: "address"; readonly parts: readonly string[] }
  | { readonly fact: "reach"; readonly parts: readonly string[] }
  | { readonly fact: "tags"; readonly tags: readonly string[] }
  | {
      readonly fact: "terms";
      readonly payment_terms: string | null;
      readonly price_list: string | null;
      readonly currency: string | null;
    }
  | { readonly fact: "description"; readonly excerpt: string }
  | { readonly fact: "visit_every"; readonly days: number }
  | {
      readonly fact: "contact";
      readonly name: string;
      readonly title: string | null;
      readonly role: string | null;
      readonly reach: readonly string[];
      readonly preferred_channel: string | null;
      readonly left: boolean;
      readonly notes: string | null;
    }
  | {
      readonly fact: "promised";
      readonly promise: Promised;
      readonly what: string;
      readonly due: Day | null;
      readonly overdue_days: number | null;
      readonly by: Who | null;
      readonly priority: string | null;
    }
  | {
      readonly fact: "visited";
      readonly by: Who;
      readonly day: Day | null;
      readonly purpose: string | null;
      readonly contact: string | null;
      readonly subject: string | null;
      readonly outcome: string | null;
      readonly notes: string | null;
    }
  | { readonly fact: "remarked"; readonly by: Who; readonly day: Day | null; readonly excerpt: string }
  | {
      readonly fact: "open_order";
      readonly number: string | null;
      readonly state: string;
      readonly total: Amount;
      readonly lines: number;
      readonly day: Day | null;
      readonly by: Who;
      readonly delivery: Day | null;
      readonly valid_until: Day | null;
    }
  | { readonly fact: "open_total"; readonly count: number; readonly total: Amount }
  | {
      readonly fact: "rhythm";
      readonly habit: Habit;
      readonly count: number;
      readonly usual_days: number | null;
      readonly first: Day | null;
      readonly last: Day | null;
    }
  | {
      readonly fact: "turnover";
      readonly count: number;
      readonly total: Amount;
      readonly average_minor: number;
    }
  | {
      readonly fact: "last_order";
      readonly number: string | null;
      readonly day: Day | null;
      readonly total: Amount;
      readonly by: Who;
    }
  | {
      readonly fact: "usual_product";
      readonly sku: string;
      readonly description: string | null;
      readonly orders: number;
      readonly of_orders: number;
      readonly usual_quantity: number;
      readonly unit: string | null;
    }
  | {
      readonly fact: "open_opportunity";
      readonly what: string;
      readonly stage: string | null;
      readonly amount: Amount | null;
      readonly expected_close: Day | null;
      readonly by: Who;
    }
  | {
      readonly fact: "open_case";
      readonly case_type: string | null;
      readonly what: string;
      readonly since: Day | null;
      readonly priority: string | null;
    }
  | { readonly fact: "closed" }
  | { readonly fact: "overdue"; readonly count: number; readonly oldest_days: number }
  | {
      readonly fact: "neglected";
      readonly habit: Habit;
      readonly days: number;
      readonly usual_days: number;
      readonly last: Day;
    }
  | { readonly fact: "never"; readonly habit: Habit }
  | { readonly fact: "conflict"; readonly kind: string; readonly path: readonly string[] }
  | {
      readonly fact: "unusual_discount";
      readonly number: string | null;
      readonly sku: string;
      readonly discount_bp: number;
      readonly highest_bp: number;
    }
  | {
      readonly fact: "quote_expired";
      readonly number: string | null;
      readonly valid_until: Day;
      readonly total: Amount;
    }
  | { readonly fact: "over_credit_limit"; readonly open: Amount; readonly limit_minor: number }
  | { readonly fact: "credit_limit"; readonly limit: Amount; readonly open_minor: number }
  | { readonly fact: "credit_hold" }
  | { readonly fact: "payment_visit"; readonly day: Day | null; readonly outcome: string | null }
  | { readonly fact: "no_contact"; readonly name: string };

/** Where a statement comes from, so that a screen can lead there and nobody has to believe it. */
export interface Source {
  readonly record: { readonly id: string; readonly kind: string; readonly fields: readonly (readonly string[])[] };
}

export type Statement = Fact & {
  /** What it was read from, at most `SOURCES_MAX`, the newest first. Never empty. */
  readonly sources: readonly Source[];
  readonly source_count: number;
  /** The same in English. */
  readonly text: string;
};

export type Topic = "customer" | "contacts" | "promises" | "visits" | "orders" | "habits" | "warnings";

export interface Section {
  readonly section: Topic;
  /** The most pressing first. */
  readonly statements: readonly Statement[];
  /** How many more there would be: a brief stays short. */
  readonly left_out: number;
}

export interface Brief {
  readonly account: string;
  readonly name: string;
  /** The day for which it was made, UTC: what is overdue is so on this day. */
  readonly day: Day;
  /** In the order in which one reads them. One with nothing to say is there, without statements. */
  readonly sections: readonly Section[];
}
