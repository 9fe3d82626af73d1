//! Random work of two devices: whatever each may save, the other's order of merging gives the same record, and the
//! record keeps the rules that the gate asks for after a merge.

use automerge::Automerge;
use proptest::prelude::*;
use roadbook_model::document::{change_bytes, edit, hydrate, load_changes};
use roadbook_model::projection::{from_json, to_json};
use roadbook_model::rebase::rebase;
use roadbook_model::rule::{check_fields, check_merged};
use roadbook_model::{Edit, Fields, Kind, Value};

use crate::support::{ANNA, BERT, ITEM, OTHER, delete, line, made, order, put, splice, str, text};

fn edits() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    let key = prop_oneof![Just(ITEM), Just(OTHER)];
    let one = prop_oneof![
        "[a-z]{0,3}".prop_map(|word| put("reference", str(&word))),
        Just(put("reference", Value::Null)),
        prop_oneof!["draft", "quote", "accepted"].prop_map(|word| put("state", str(&word))),
        (-5_i64..50).prop_map(|minor| put("freight_minor", Value::Int(minor))),
        "[a-z ü]{0,12}".prop_map(|words| put("notes", text(&words))),
        (0_usize..8, 0_usize..3, "[A-Z ]{0,3}").prop_map(|(at, gone, new)| splice("notes", at, gone, &new)),
        (key.clone(), 0_i64..9).prop_map(|(key, count)| put(&format!("lines.{key}"), line("CHAI", count))),
        (key.clone(), 1_i64..9)
            .prop_map(|(key, count)| put(&format!("lines.{key}.quantity"), Value::Int(count))),
        key.prop_map(|key| delete(&format!("lines.{key}"))),
    ];
    prop::collection::vec(prop::collection::vec(one, 1..4), 0..6)
}

/// Makes the changes that the rules allow, as a device does, and returns how many there were.
fn work(doc: &mut Automerge, actor: [u8; 16], changes: &[Vec<Edit>]) -> usize {
    changes
        .iter()
        .filter(|edits| matches!(edit(Kind::ORDER.spec(), doc, actor, 0, edits), Ok(Some(_))))
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_devices_converge_on_a_record_that_keeps_the_rules(ours in edits(), theirs in edits()) {
        let spec = Kind::ORDER.spec();
        let base = made(Kind::ORDER, &order())?;
        let (mut a, mut b) = (base.clone(), base);
        let count = 1 + work(&mut a, ANNA, &ours) + work(&mut b, BERT, &theirs);
        check_fields(spec, &hydrate(spec, &a))?;
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&mut b)?;
        ba.merge(&mut a)?;
        let merged = hydrate(spec, &ab);
        prop_assert_eq!(&merged, &hydrate(spec, &ba));
        check_merged(spec, &merged)?;
        let bytes = change_bytes(&ab);
        prop_assert_eq!(bytes.len(), count);
        let loaded = load_changes(bytes.iter().map(Vec::as_slice))?;
        prop_assert_eq!(&merged, &hydrate(spec, &loaded));
        prop_assert_eq!(from_json(spec, &to_json(&merged))?, merged);
    }

    #[test]
    fn work_rebased_on_its_own_base_is_all_there(ours in edits()) {
        let spec = Kind::ORDER.spec();
        let mut accepted = made(Kind::ORDER, &order())?;
        let base = hydrate(spec, &accepted);
        let mut held = accepted.clone();
        work(&mut held, ANNA, &ours);
        let held = hydrate(spec, &held);
        let rebased = rebase(spec, &base, &held, &base);
        prop_assert_eq!(&rebased.conflicts, &vec![]);
        edit(spec, &mut accepted, BERT, 0, &rebased.edits)?;
        let again = rebase(spec, &base, &held, &hydrate(spec, &accepted));
        prop_assert_eq!(again.edits, vec![]);
        prop_assert_eq!(again.conflicts, vec![]);
    }

    #[test]
    fn a_rebase_loses_no_field_from_sight(ours in edits(), theirs in edits()) {
        let spec = Kind::ORDER.spec();
        let mut accepted = made(Kind::ORDER, &order())?;
        let base = hydrate(spec, &accepted);
        let mut held = accepted.clone();
        work(&mut held, ANNA, &ours);
        work(&mut accepted, BERT, &theirs);
        let held = hydrate(spec, &held);
        let rebased = rebase(spec, &base, &held, &hydrate(spec, &accepted));
        edit(spec, &mut accepted, BERT, 0, &rebased.edits)?;
        let after = hydrate(spec, &accepted);
        for name in ["reference", "freight_minor", "state"] {
            let filled = |fields: &Fields| fields.get(name).filter(|value| **value != Value::Null).cloned();
            let changed = filled(&held) != filled(&base);
            let shown = rebased.conflicts.iter().any(|conflict| conflict.path == [name]);
            prop_assert!(!changed || shown || filled(&after) == filled(&held), "{}", name);
        }
    }
}
