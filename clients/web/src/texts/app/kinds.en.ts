/** Words of the kinds that have no screen of their own. */
import type { PlainKind } from "../../kinds/plain.ts";

type Labels = Readonly<Record<string, string>>;
export interface KindTexts {
  readonly new: string;
  readonly edit: string;
  readonly fields: Labels;
  /** Words of enumerations, by field. */
  readonly words: Readonly<Record<string, Labels>>;
}

const OTHER = { other: "Other" };

export const kindsEn: Readonly<Record<PlainKind, KindTexts>> = {
  opportunity: {
    new: "New opportunity",
    edit: "Opportunity",
    fields: {
      subject: "What may be sold",
      stage: "How far it is",
      amount_minor: "Amount",
      currency: "Currency",
      expected_close: "Decided by",
      contact_id: "Whom it is with",
      order_id: "Order that came of it",
      referred_by_id: "Referred by",
      owner_id: "Whose it is",
      source: "How it came about",
      competitor: "Who else offers",
      close_reason: "Why it was won or lost",
      next_step: "Next step",
      next_step_due: "Next step by",
      notes: "Good to know",
    },
    words: {
      stage: {
        identified: "Identified",
        qualified: "Qualified",
        proposed: "Proposed",
        negotiation: "Negotiation",
        won: "Won",
        lost: "Lost",
      },
      source: {
        visit: "Visit",
        referral: "Referral",
        inquiry: "They asked",
        campaign: "Campaign",
        tender: "Tender",
        existing_business: "Existing business",
        ...OTHER,
      },
      close_reason: {
        price: "Price",
        product: "Product",
        service: "Service",
        delivery: "Delivery",
        relationship: "Relationship",
        no_budget: "No budget",
        no_decision: "No decision",
        competitor: "Competitor",
        ...OTHER,
      },
    },
  },
  case: {
    new: "New case",
    edit: "Case",
    fields: {
      subject: "What it is about",
      case_type: "Type",
      state: "How it stands",
      priority: "Urgency",
      due: "Until",
      order_id: "Order",
      contact_id: "Who came with it",
      owner_id: "Whose it is",
      department_id: "Department",
      lines: "Goods that it is about",
      cause: "Cause",
      remedy: "Remedy",
      description: "What happened",
      resolution: "What was done",
    },
    words: {
      case_type: { complaint: "Complaint", return: "Return", service_request: "Service" },
      state: {
        open: "Open",
        in_progress: "In progress",
        waiting: "Waiting",
        resolved: "Resolved",
        closed: "Closed",
      },
      priority: { low: "Low", normal: "Normal", high: "High" },
      cause: {
        damaged: "Damaged",
        defective: "Defective",
        wrong_item: "Wrong item",
        missing: "Missing",
        late: "Late",
        price: "Price",
        invoice: "Invoice",
        conduct: "Conduct",
        misuse: "Misuse",
        ...OTHER,
      },
      remedy: {
        replacement: "Replacement",
        repair: "Repair",
        credit: "Credit note",
        refund: "Refund",
        information: "Information",
        apology: "Apology",
        none: "None",
      },
    },
  },
  call: {
    new: "Log a call",
    edit: "Call",
    fields: {
      subject: "About",
      direction: "Who called",
      contact_id: "With whom",
      channel: "By",
      outcome: "Outcome",
      minutes: "Minutes",
      next_step: "Next step",
      next_step_due: "Next step by",
      notes: "What was said",
    },
    words: {
      direction: { outgoing: "We called", incoming: "They called" },
      channel: { phone: "Phone", video: "Video" },
      outcome: {
        reached: "Reached",
        order: "Order",
        quote: "Quote",
        follow_up: "Follow up",
        no_interest: "No interest",
        not_reached: "Not reached",
        message_left: "Message left",
        ...OTHER,
      },
    },
  },
};
