/** What each kind is called, what is said when one is made, and the words of its list: all that the console says of a kind by itself. */
import type { Kind } from "@roadbook/replica/model";

export interface KindWords {
  /** Within a sentence, and above many of them. */
  readonly one: string;
  readonly many: string;
  /** What somebody did who made one. */
  readonly made: string;
  /** What one does here to add one, to an account. */
  readonly add?: string;
}

/** Words of a list of records by the day they are due; a column that only one list has is called in its own words. */
export interface ListWords {
  readonly lead: string;
  readonly filters: string;
  readonly person: string;
  readonly table: string;
  readonly empty: string;
  readonly emptyText: string;
}

export const kinds = {
  account: { one: "account", many: "Accounts", made: "opened a new account" },
  contact: { one: "contact", many: "Contacts", made: "added a contact", add: "Add contact" },
  task: {
    one: "task",
    many: "Tasks",
    made: "set a task",
    add: "Set task",
    list: {
      lead: "What is to be done, by whom, and by when.",
      filters: "Which tasks",
      person: "Assigned to",
      table: "Tasks by due day",
      priority: "Priority",
      by: "Set by",
      empty: "Nothing to do",
      emptyText: "No task matches what is asked for above.",
    },
  },
  visit: { one: "visit", many: "Visits", made: "planned a visit", add: "Plan visit" },
  order: { one: "order", many: "Orders", made: "wrote an order", add: "Take order" },
  comment: { one: "comment", many: "Comments", made: "left a comment", add: "Comment" },
  opportunity: {
    one: "opportunity",
    many: "Opportunities",
    made: "noted an opportunity",
    add: "Add opportunity",
    list: {
      lead: "Sales that may come about, by the day they are expected to be decided.",
      filters: "Which opportunities",
      person: "Owner",
      table: "Opportunities by the day they are expected to be decided",
      stage: "Stage",
      anyStage: "All stages",
      close: "Decided by",
      amount: "Amount",
      empty: "No opportunities",
      emptyText: "Reps note them on the road; the office can add one on an account's page.",
    },
  },
  case: {
    one: "case",
    many: "Cases",
    made: "opened a case",
    add: "Open case",
    list: {
      lead: "Complaints, returns and requests for service: whose they are, and by when.",
      filters: "Which cases",
      person: "Owner",
      table: "Cases by the day they are due",
      type: "Type",
      anyType: "All types",
      who: "Owner or department",
      cause: "Cause",
      empty: "No cases",
      emptyText: "Nobody waits for anything to be put right.",
    },
  },
  call: { one: "call", many: "Calls", made: "logged a call", add: "Log call" },
  run: { one: "process run", many: "Process runs", made: "began a process" },
} satisfies Readonly<Record<Kind, KindWords & { readonly list?: ListWords & Readonly<Record<string, string>> }>>;
