//! Contact: a person at an account. A record of its own, so that a person can be erased without the account.

use crate::kind::{FieldSpec, FieldType, KindSpec, ListOrder, Listing, Write};
use crate::limits::TEXT_CHARS_MAX;
use crate::permission::FIELD;

static FIELDS: [FieldSpec; 12] = [
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
        .write(Write::Office),
    FieldSpec::new(
        "notes",
        FieldType::Text { chars_max: TEXT_CHARS_MAX },
        "What one should know about the person.",
    ),
];

/// The kind `contact`.
pub static SPEC: KindSpec = KindSpec {
    name: "contact",
    table: "contacts",
    version: 1,
    fill_order: 1,
    doc: "A person at an account.",
    fields: &FIELDS,
    search: &["name", "given_name", "family_name", "email", "phone", "mobile"],
    listing: Listing { subtitle: &["title", "mobile", "phone"], at: &[], order: ListOrder::Title },
    roles: FIELD,
    derive: None,
};
