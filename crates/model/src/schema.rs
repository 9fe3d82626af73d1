//! The model as data for other languages: `protocol/model.json`, so that TypeScript repeats no rule by hand.

use serde_json::{Value as Json, json};

use crate::kind::{FieldSpec, FieldType, KindSpec, Write};
use crate::kinds;
use crate::limits;
use crate::permission::Role;
use crate::rule::{TIMESTAMP_MS, YEARS, is_made_at_creation};
use crate::state::{HANDED_IN, OPEN, QUOTE_DAYS, Verb, transition_of};

/// Everything that another language needs to check a record before "saved" exactly as the gate will.
pub fn emit() -> Json {
    json!({
        "doc": "Generated from crates/model by `cargo run -p roadbook-model --example emit-model`; do not edit.",
        "limits": limits_json(),
        "kinds": kinds::ALL.iter().map(|spec| kind_json(spec)).collect::<Vec<_>>(),
        "roles": Role::ALL.map(Role::as_str),
        "rights": rights_json(),
        "orders": states_json(),
        "money": money_json(),
        "pricing": crate::pricing::reference::describe(),
        "plan": crate::plan::describe(),
        "document": document_json(),
    })
}

/// [`emit`] as the committed file's text.
pub fn emit_text() -> String {
    format!("{:#}\n", emit())
}

fn limits_json() -> Json {
    json!({
        "depth": limits::DEPTH,
        "str_chars_max": limits::STR_CHARS_MAX,
        "text_chars_max": limits::TEXT_CHARS_MAX,
        "items_max": limits::ITEMS_MAX,
        "change_ops_max": limits::CHANGE_OPS_MAX,
        "change_bytes_max": limits::CHANGE_BYTES_MAX,
        "change_deps_max": limits::CHANGE_DEPS_MAX,
        "change_actors_max": limits::CHANGE_ACTORS_MAX,
        "change_message_bytes_max": limits::CHANGE_MESSAGE_BYTES_MAX,
        "record_ops_max": limits::RECORD_OPS_MAX,
        "record_changes_max": limits::RECORD_CHANGES_MAX,
        "int_max": limits::INT_MAX,
        "timestamp_ms": [TIMESTAMP_MS.start(), TIMESTAMP_MS.end()],
        "date_years": [YEARS.start(), YEARS.end()],
    })
}

fn kind_json(spec: &KindSpec) -> Json {
    json!({
        "name": spec.name,
        "table": spec.table,
        "version": spec.version,
        "fill_order": spec.fill_order,
        "doc": spec.doc,
        "search": spec.search,
        "listing": {
            "subtitle": spec.listing.subtitle,
            "at": spec.listing.at,
            "order": spec.listing.order.as_str(),
        },
        "roles": spec.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
        "fields": fields_json(spec.fields),
    })
}

fn fields_json(fields: &[FieldSpec]) -> Json {
    fields
        .iter()
        .map(|field| {
            json!({
                "name": field.name,
                "type": type_json(&field.ty),
                "required": field.required,
                "write": write_word(field.write),
                "since": field.since,
                "made_at_creation": is_made_at_creation(field),
                "doc": field.doc,
            })
        })
        .collect()
}

fn type_json(ty: &FieldType) -> Json {
    match ty {
        FieldType::Str { chars_max } => json!({ "is": "str", "chars_max": chars_max }),
        FieldType::Text { chars_max } => json!({ "is": "text", "chars_max": chars_max }),
        FieldType::Enum(words) => json!({ "is": "enum", "words": words }),
        FieldType::Code { letters } => json!({ "is": "code", "letters": letters }),
        FieldType::Id => json!({ "is": "id" }),
        FieldType::Date => json!({ "is": "date" }),
        FieldType::Int { min, max } => json!({ "is": "int", "min": min, "max": max }),
        FieldType::Bool => json!({ "is": "bool" }),
        FieldType::Timestamp => json!({ "is": "timestamp" }),
        FieldType::Items(fields) => json!({ "is": "items", "fields": fields_json(fields) }),
    }
}

fn write_word(write: Write) -> &'static str {
    match write {
        Write::Holder => "holder",
        Write::Creator => "creator",
        Write::Founder => "founder",
        Write::Office => "office",
        Write::Once => "once",
        Write::Added => "added",
    }
}

fn rights_json() -> Json {
    json!({
        "create": "a role in the kind's `roles`; every field may then be set, whatever its `write`, but those of the office",
        "holder": "a role in the kind's `roles`",
        "creator": "a role in the kind's `roles`, if the writer made the record or is office or admin",
        "founder": "office or admin, and whoever makes the record as it is made",
        "office": "office or admin, also as the record is made",
        "once": "nobody after creation",
        "added": "a role in the kind's `roles` adds items, each whole in one change; nobody changes or removes one",
        "items": "an item's field needs the right on its collection too",
    })
}

fn states_json() -> Json {
    let transitions = Verb::ALL.map(|verb| {
        let row = transition_of(verb);
        json!({
            "verb": verb.as_str(),
            "from": row.from,
            "to": row.to,
            "roles": row.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(),
            "creator": row.creator,
            "behind": row.behind.map(Verb::as_str),
        })
    });
    json!({
        "kind": Verb::Submit.kind().name(),
        "transitions": transitions,
        "document_open": OPEN,
        "handed_in": HANDED_IN,
        "quote_days": QUOTE_DAYS,
    })
}

fn money_json() -> Json {
    json!({
        "line_total_minor": "round(quantity * unit_price_minor * (10000 - discount_bp) / 10000)",
        "rounding": "once for each line, half away from zero, exact",
        "priced_as": "<quantity>x<unit_price_minor>-<discount_bp>/<header_discount_bp of the order>/<goodwill_minor of the order>",
        "priced": "a line whose priced_as is what it says now comes to its priced_net_minor, whatever line_total_minor says",
        "order_total_minor": "sum of what the lines come to + freight_minor",
        "absent": 0,
        "examples": [
            { "quantity": 1, "unit_price_minor": 5, "discount_bp": 5000, "line_total_minor": 3 },
            { "quantity": -1, "unit_price_minor": 5, "discount_bp": 5000, "line_total_minor": -3 },
            { "quantity": 3, "unit_price_minor": 999, "discount_bp": 1250, "line_total_minor": 2622 },
            { "quantity": 1_000_000, "unit_price_minor": 1_000_000_000, "discount_bp": 1, "line_total_minor": 999_900_000_000_000_i64 },
        ],
    })
}

fn document_json() -> Json {
    json!([
        "Every text and collection with made_at_creation is made, even if empty, in the record's first change.",
        "An item is one map under a lower-case hyphenated UUID, made with all its fields in one change.",
        "A field is cleared by null; only items are deleted.",
        "Strings, enums, codes, ids and dates are scalar strings; whole numbers are Int, moments Timestamp.",
        "A text is edited by splices and never replaced.",
        "No string holds U+0000.",
    ])
}
