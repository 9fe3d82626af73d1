//! Contact: a person at an account. A record of its own, so that a person can be erased without the account.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::{STR_CHARS_MAX, TEXT_CHARS_MAX};
use crate::permission::FIELD;

static CHANNEL: [FieldSpec; 5] = [
    FieldSpec::new(
        "position",
        FieldType::Int { min: 0, max: 1_000_000 },
        "Place among the channels, lowest first.",
    ),
    FieldSpec::new("channel", FieldType::Enum(&["phone", "sms", "email", "post", "messenger"]), "By what.")
        .required(),
    FieldSpec::new("address", FieldType::Str { chars_max: 254 }, "Number or address.").required(),
    FieldSpec::new(
        "label",
        FieldType::Str { chars_max: 60 },
        "What it is to the person, such as work or home.",
    ),
    FieldSpec::new("is_preferred", FieldType::Bool, "Whether the person would rather be reached there."),
];

/// What was given is taken back by another item, not by an edit, and the latest of a channel and purpose counts: so the
/// proof of both stays.
static CONSENT: [FieldSpec; 6] = [
    FieldSpec::new("channel", FieldType::Enum(&["phone", "sms", "email", "post"]), "For which channel.")
        .required(),
    FieldSpec::new("purpose", FieldType::Enum(&["marketing", "service"]), "For what.").required(),
    FieldSpec::new(
        "decision",
        FieldType::Enum(&["given", "withdrawn"]),
        "Whether it was given or taken back.",
    )
    .required(),
    FieldSpec::new("at", FieldType::Timestamp, "When the person said so.").required(),
    FieldSpec::new(
        "source",
        FieldType::Enum(&["in_person", "form", "email", "phone", "website", "other"]),
        "How the person said so.",
    )
    .required(),
    FieldSpec::new(
        "proof",
        FieldType::Str { chars_max: STR_CHARS_MAX },
        "What shows it, such as where the form is kept.",
    ),
];

static FIELDS: [FieldSpec; 18] = [
    FieldSpec::new("name", FieldType::Str { chars_max: 200 }, "Full name, as one addresses the person.")
        .required(),
    FieldSpec::new("given_name", FieldType::Str { chars_max: 100 }, "Given name."),
    FieldSpec::new("family_name", FieldType::Str { chars_max: 100 }, "Family name, for sorting."),
    FieldSpec::new("title", FieldType::Str { chars_max: 100 }, "Position, as on the business card."),
    FieldSpec::new(
        "role",
        FieldType::Str { chars_max: 100 },
        "Part in the sale, such as buyer or decision maker.",
    ),
    FieldSpec::new("phone", FieldType::Str { chars_max: 60 }, "Desk telephone."),
    FieldSpec::new("mobile", FieldType::Str { chars_max: 60 }, "Mobile telephone."),
    FieldSpec::new("email", FieldType::Str { chars_max: 254 }, "E-mail address."),
    FieldSpec::new(
        "preferred_channel",
        FieldType::Enum(&["phone", "mobile", "email", "visit", "none"]),
        "How the person wishes to be reached; none means not at all.",
    ),
    FieldSpec::new("status", FieldType::Enum(&["active", "left"]), "Whether the person still works there."),
    FieldSpec::new("external_id", FieldType::Str { chars_max: 100 }, "Its number in the system behind.")
        .write(Write::Founder),
    FieldSpec::new(
        "notes",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know about the person.",
    ),
    FieldSpec::new("salutation", FieldType::Str { chars_max: 60 }, "How letters begin.").since(2),
    FieldSpec::new(
        "language",
        FieldType::Str { chars_max: 35 },
        "Language the person prefers, as an IETF tag.",
    )
    .since(2),
    FieldSpec::new(
        "influence",
        FieldType::Enum(&["decides", "buys", "advises", "uses", "none"]),
        "What the person has to say in a purchase.",
    )
    .since(2),
    FieldSpec::new("best_time", FieldType::Str { chars_max: 100 }, "When the person is best reached.")
        .since(2),
    FieldSpec::new("channels", FieldType::Items(&CHANNEL), "Further ways to reach the person.").since(2),
    FieldSpec::new("consents", FieldType::Items(&CONSENT), "What the person consented to, and took back.")
        .write(Write::Added)
        .since(2),
];

/// The kind `contact`.
pub static SPEC: KindSpec = KindSpec {
    name: "contact",
    table: "contacts",
    version: 2,
    fill_order: 1,
    doc: "A person at an account.",
    fields: &FIELDS,
    search: &["name", "given_name", "family_name", "email", "phone", "mobile"],
    listing: Listing { subtitle: &["title", "mobile", "phone"], at: &[], order: ListOrder::Title },
    roles: FIELD,
    derive: None,
};
