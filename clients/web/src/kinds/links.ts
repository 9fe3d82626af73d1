/** What a field names that one chooses or looks for, by the field's name: it is the same in every kind. */
export type LinkTo = "person" | "department" | "account" | "contact" | "order" | "line";

const LINKS: Readonly<Record<string, LinkTo>> = {
  assignee_id: "person",
  rep_id: "person",
  owner_id: "person",
  department_id: "department",
  parent_id: "account",
  referred_by_id: "account",
  other_id: "account",
  contact_id: "contact",
  order_id: "order",
  line_id: "line",
};

/** Null for what is no link, or one that is made where the record is made and stays. */
export function linkOf(field: string): LinkTo | null {
  return LINKS[field] ?? null;
}
