/** Labels and words of fields that no form of the app asks for, but that the tray, notices and conflicts show. */

type Labels = Readonly<Record<string, string>>;

export interface ValueTexts {
  readonly yes: string;
  readonly no: string;
  /** What an id stands for that is not on this device. */
  readonly another: string;
  /** By name, whatever the kind, where a kind has no label of its own. */
  readonly fields: Labels;
  /** Words of enumerations, by kind and field. */
  readonly words: Readonly<Record<string, Labels>>;
}

export const valuesEn: ValueTexts = {
  yes: "Yes",
  no: "No",
  another: "something that isn't on this phone",
  fields: {
    address: "Number or address",
    answers: "Answers",
    assignee_id: "For whom",
    at: "When",
    attendees: "Who else took part",
    awry: "What went awry",
    body: "Comment",
    channels: "More ways to reach",
    checked_in_at: "Arrived",
    checked_out_at: "Left",
    closed_at: "Closed",
    consents: "Consents",
    contact_id: "Contact",
    credit_hold: "Orders are held",
    credit_limit_minor: "Credit limit",
    currency: "Currency",
    department_id: "Department",
    done_at: "Done",
    due_at: "Until",
    external_id: "Number",
    family_name: "Family name",
    finished_at: "Ended",
    freight_minor: "Freight",
    given_name: "Given name",
    goodwill_minor: "Goodwill",
    header_discount_bp: "Discount on the order",
    latitude_microdeg: "Latitude",
    lines: "Lines",
    longitude_microdeg: "Longitude",
    loyalty_tier: "Loyalty tier",
    notes: "Notes",
    opened_at: "Opened",
    order_date: "Order date",
    order_id: "Order",
    owed_minor: "Owed",
    owed_at: "Owed as of",
    owner_id: "Whose",
    parent_id: "Belongs to",
    payment_terms: "Payment terms",
    place: "Where one met",
    planned_minutes: "Minutes planned",
    planned_start: "Planned for",
    price_list: "Price list",
    priced_tax_minor: "Tax",
    probability_bp: "Probability",
    process: "Process",
    referred_by_contact_id: "Referred by",
    referred_by_id: "Referred by",
    relations: "Related accounts",
    rep_id: "Rep",
    resolved_at: "Solved",
    responses: "What was said",
    ship_city: "Goes to: town",
    ship_country: "Goes to: country",
    ship_name: "Goes to",
    ship_postal_code: "Goes to: postal code",
    ship_region: "Goes to: region",
    ship_street: "Goes to: street",
    started_at: "Began",
    state: "How it stands",
    status: "Status",
    subject_id: "About",
    tags: "Tags",
    task_type: "Sort of task",
    valid_until: "Quote holds until",
    version: "Version",
    // Of an order's line.
    discount_bp: "Discount",
    own_price: "Own price",
    position: "Place",
    priced_as: "Priced as",
    priced_net_minor: "Net",
    quantity: "Quantity",
    sku: "Product",
    unit: "Unit",
    unit_price_minor: "Unit price",
  },
  words: {
    "account.status": { active: "Active", closed: "Closed" },
    "task.task_type": {
      to_do: "To do",
      call_back: "Call back",
      coaching: "Coaching",
      hand_off: "Handed over",
      approval: "Approval",
    },
    "visit.place": { on_site: "At the customer's", elsewhere: "Elsewhere", online: "Online" },
  },
};
