//! The registry, and what a new kind has to keep to.

use std::collections::BTreeSet;

use roadbook_model::kind::{FieldSpec, FieldType, Write};
use roadbook_model::limits::{INT_MAX, STR_CHARS_MAX, TEXT_CHARS_MAX};
use roadbook_model::{Kind, kinds};

use crate::support::Done;

#[test]
fn every_kind_is_found_by_its_name() {
    for kind in Kind::all() {
        assert_eq!(Kind::find(kind.name()), Some(kind));
    }
    assert_eq!(Kind::find("invoice"), None);
}

#[test]
fn a_kind_travels_as_its_name() -> Done {
    assert_eq!(serde_json::to_string(&Kind::VISIT)?, "\"visit\"");
    assert_eq!(serde_json::from_str::<Kind>("\"order\"")?, Kind::ORDER);
    assert!(serde_json::from_str::<Kind>("\"invoice\"").is_err());
    Ok(())
}

#[test]
fn names_tables_and_fill_orders_are_unique() {
    let count = kinds::ALL.len();
    assert_eq!(kinds::ALL.iter().map(|spec| spec.name).collect::<BTreeSet<_>>().len(), count);
    assert_eq!(kinds::ALL.iter().map(|spec| spec.table).collect::<BTreeSet<_>>().len(), count);
    let orders: Vec<_> = kinds::ALL.iter().map(|spec| usize::from(spec.fill_order)).collect();
    assert_eq!(orders, (0..count).collect::<Vec<_>>());
}

#[test]
fn every_field_keeps_to_the_rules_for_fields() {
    for spec in kinds::ALL {
        check(spec.name, spec.version, spec.fields, true);
        for name in spec.search {
            assert!(spec.field(name).is_some(), "{} searches {name}", spec.name);
        }
        for name in spec.listing.subtitle {
            assert!(spec.field(name).is_some(), "{} shows {name}", spec.name);
        }
        for name in spec.listing.at {
            let ty = spec.field(name).map(|field| &field.ty);
            assert!(matches!(ty, Some(FieldType::Date | FieldType::Timestamp)), "{}: {name}", spec.name);
        }
        assert!(!spec.roles.is_empty());
    }
}

/// Columns that each table has beside the fields.
const TAKEN: [&str; 5] = ["id", "account_id", "creator_id", "generation", "total_minor"];

fn check(owner: &str, version: u32, fields: &[FieldSpec], is_root: bool) {
    let names: BTreeSet<_> = fields.iter().map(|field| field.name).collect();
    assert_eq!(names.len(), fields.len(), "{owner} names a field twice");
    for field in fields {
        let name = format!("{owner}.{}", field.name);
        assert!(field.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!(!TAKEN.contains(&field.name), "{name} is taken");
        assert!(!kinds::RESERVED.contains(&field.name), "{name} is kept for documents");
        assert!((1..=version).contains(&field.since), "{name}");
        assert!(!field.required || field.since == 1, "{name}: older records would lack it");
        assert!(is_root || field.write != Write::Once, "{name}: an item's fields carry no `Once`");
        assert!(field.doc.ends_with('.'), "{name}");
        match field.ty {
            FieldType::Str { chars_max } => assert!(chars_max <= STR_CHARS_MAX, "{name}"),
            FieldType::Text { chars_max } => assert!(chars_max <= TEXT_CHARS_MAX, "{name}"),
            FieldType::Int { min, max } => assert!(-INT_MAX <= min && min < max && max <= INT_MAX, "{name}"),
            FieldType::Items(inner) => {
                assert!(is_root, "{name}: items hold no items");
                check(&name, version, inner, false);
            }
            _ => {}
        }
    }
}
