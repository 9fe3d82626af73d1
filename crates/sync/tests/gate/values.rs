//! Rules G4, G6 and G7: what a field may hold, who may write it, and what the record is afterwards.

use automerge::{Automerge, ReadDoc, ScalarValue};
use roadbook_model::document::{change_bytes, create};
use roadbook_model::limits::{ITEMS_MAX, TEXT_CHARS_MAX};
use roadbook_model::{Kind, Role, Value};

use crate::world::*;
use crate::writer::*;

fn scene() -> (Automerge, Forged) {
    let (mut doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let forged = Forged::of(&change_order(&mut doc, 1, &[put(["state"], str("quote"))]));
    (base, forged)
}

/// The code for setting a field of the order, that has no value yet, to this.
fn code_of(name: &str, value: ScalarValue) -> &'static str {
    let (base, mut forged) = scene();
    forged.rows = vec![Row::put(name, &value, &[])];
    let refused = refusal(Some(&base), forged.chunk());
    assert_eq!((refused.rule, refused.path), ("G4", path([name])));
    refused.code
}

#[test]
fn g4_scalars_that_no_field_holds_are_refused() {
    let unknown = ScalarValue::Unknown { type_code: 12, bytes: vec![1, 2] };
    let odd = [
        ScalarValue::F64(1.0),
        ScalarValue::F64(f64::NAN),
        ScalarValue::F64(f64::INFINITY),
        ScalarValue::Uint(1),
        ScalarValue::counter(1),
        ScalarValue::counter(i64::MAX),
        ScalarValue::Bytes(vec![1]),
        ScalarValue::Boolean(true),
        ScalarValue::Str("1".into()),
        ScalarValue::Timestamp(1),
        unknown,
    ];
    for value in odd {
        assert_eq!(code_of("freight_minor", value), "wrong_type");
    }
    assert_eq!(code_of("reference", ScalarValue::Int(1)), "wrong_type");
    assert_eq!(code_of("lines", ScalarValue::Null), "wrong_type");
    assert_eq!(code_of("notes", ScalarValue::Str("a note".into())), "wrong_type");
}

#[test]
fn g4_values_out_of_range_are_refused() {
    for number in [-1, i64::MAX, i64::MIN] {
        assert_eq!(code_of("freight_minor", ScalarValue::Int(number)), "out_of_range");
    }
    assert_eq!(code_of("reference", ScalarValue::Str("x".repeat(101).into())), "too_long");
    assert_eq!(code_of("reference", ScalarValue::Str("a\0b".into())), "bad_character");
    assert_eq!(code_of("order_date", ScalarValue::Str("soon".into())), "not_a_choice");
    assert_eq!(code_of("rep_id", ScalarValue::Str("me".into())), "not_a_choice");
    assert_eq!(code_of("currency", ScalarValue::Null), "required");
}

#[test]
fn g4_unknown_fields_are_refused() {
    assert_eq!(code_of("total_minor", ScalarValue::Int(1)), "unknown_field");
    assert_eq!(code_of("", ScalarValue::Int(1)), "unknown_field");
}

#[test]
fn counters_lists_and_tables_are_refused() {
    let (base, forged) = scene();
    let state = forged.rows[0].preds.clone();
    let acts = [
        (INCREMENT, "state", &state),
        (LIST, "notes", &vec![]),
        (TABLE, "lines", &vec![]),
        (MARK, "notes", &vec![]),
    ];
    for (action, name, preds) in acts {
        let value = if action == INCREMENT { ScalarValue::Int(1) } else { ScalarValue::Null };
        let mut forged = forged.clone();
        forged.rows = vec![Row { action, ..Row::put(name, &value, preds) }];
        let refused = refusal(Some(&base), forged.chunk());
        assert_eq!((refused.code, refused.path), ("unsupported_act", path([name])));
    }
    for action in [8, 100, u64::MAX] {
        let mut forged = forged.clone();
        forged.rows[0].action = action;
        assert_eq!(refusal(Some(&base), forged.chunk()).code, "change_unreadable");
    }
}

#[test]
fn a_field_of_another_type_is_not_replaced() {
    let (base, mut forged) = scene();
    let state = forged.rows[0].preds.clone();
    for (action, code) in [(MAP, "wrong_type"), (TEXT, "wrong_type"), (DELETE, "not_an_item")] {
        forged.rows = vec![Row { action, ..Row::put("state", &ScalarValue::Null, &state) }];
        assert_eq!(refusal(Some(&base), forged.chunk()).code, code);
    }
}

#[test]
fn g7_a_record_without_what_it_needs_is_refused() {
    let (_, first) = new_order(1);
    let mut forged = Forged::of(&first);
    // The state, the first thing made, becomes something else.
    assert_eq!(forged.rows[0].at, At::Name("state".into()));
    forged.rows[0] = Row::put("reference", &ScalarValue::Str("PO 4".into()), &[]);
    let refused = refusal(None, forged.chunk());
    assert_eq!((refused.code, refused.rule, refused.path), ("required", "G7", path(["state"])));

    // Without its collections and texts, nobody could ever add a line or a note.
    forged.rows = vec![
        Row::put("state", &ScalarValue::Str("draft".into()), &[]),
        Row::put("currency", &ScalarValue::Str("EUR".into()), &[]),
    ];
    let refused = refusal(None, forged.chunk());
    assert_eq!((refused.code, refused.rule), ("made_at_creation", "G7"));
}

#[test]
fn g7_an_item_without_what_it_needs_is_refused() {
    let (base, mut forged) = scene();
    let lines = base.get(automerge::ROOT, "lines").unwrap().unwrap().1;
    let automerge::ObjId::Id(counter, ..) = lines else { panic!("an id") };
    forged.rows =
        vec![Row { obj: Some((counter, 0)), action: MAP, ..Row::put(LINE_3, &ScalarValue::Null, &[]) }];
    let refused = refusal(Some(&base), forged.chunk());
    assert_eq!((refused.code, refused.rule), ("required", "G7"));
    forged.rows[0].at = At::Name("line three".into());
    assert_eq!(refusal(Some(&base), forged.chunk()).code, "not_an_item_key");
}

#[test]
fn g7_too_long_a_note_is_refused_and_the_change_that_made_it_so_is_named() {
    let (base, forged) = scene();
    let notes = base.get(automerge::ROOT, "notes").unwrap().unwrap().1;
    let automerge::ObjId::Id(counter, ..) = notes else { panic!("an id") };
    let mut parts = Vec::new();
    let mut part = forged.clone();
    for seq in 0..3 {
        let row = Row::put("", &ScalarValue::Str("y".into()), &[]);
        let row = Row { obj: Some((counter, 0)), at: At::Head, insert: true, ..row };
        let rows = if seq == 1 {
            vec![row; TEXT_CHARS_MAX]
        } else {
            vec![Row::put("reference", &ScalarValue::Int(1), &[])]
        };
        part.rows = if seq == 1 { rows } else { forged.rows.clone() };
        if seq == 2 {
            part.rows[0].preds = vec![(forged.start_op, 0)];
        }
        let chunk = part.chunk();
        let hash = roadbook_sync::gate::prescan(&chunk).unwrap().hash;
        part = Forged {
            deps: vec![hash],
            seq: part.seq + 1,
            start_op: part.start_op + part.rows.len() as u64,
            ..part
        };
        parts.push(chunk);
    }
    let refused = offer(Some(&base), 1, &parts).unwrap_err();
    assert_eq!((refused.code, refused.rule, refused.path), ("too_long", "G7", path(["notes"])));
    assert_eq!(refused.index, 2, "one run of changes is judged by its end");
    offer(Some(&base), 1, &parts[..1]).unwrap();
    assert_eq!(offer(Some(&base), 1, &parts[..2]).unwrap_err().index, 1);
}

#[test]
fn g7_too_many_items_are_refused() {
    let (_, first) = new_order(1);
    let mut forged = Forged::of(&first);
    let lines = forged.rows.iter().position(|row| row.at == At::Name("lines".into())).unwrap() as u64;
    let lines = (forged.start_op + lines, 0);
    for number in 0..ITEMS_MAX {
        let item = (forged.start_op + forged.rows.len() as u64, 0);
        let key = format!("01890000-0000-7000-9000-{number:012x}");
        forged.rows.push(Row { obj: Some(lines), action: MAP, ..Row::put(&key, &ScalarValue::Null, &[]) });
        let fields = [
            ("sku", ScalarValue::Str("chai".into())),
            ("quantity", ScalarValue::Int(1)),
            ("unit_price_minor", ScalarValue::Int(1)),
        ];
        forged
            .rows
            .extend(fields.map(|(name, value)| Row { obj: Some(item), ..Row::put(name, &value, &[]) }));
    }
    let refused = refusal(None, forged.chunk());
    assert_eq!((refused.code, refused.rule, refused.path), ("too_many_items", "G7", path(["lines"])));
}

#[test]
fn g4_what_the_role_may_not_write_is_refused_even_where_it_has_no_effect() {
    let (mut doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let change = change_order(&mut doc, 1, &[put(["external_id"], str("4711"))]);
    // An office's concurrent write of the same field has won already.
    let mut office = base.clone();
    let theirs = change_order(&mut office, 9, &[put(["external_id"], str("1"))]);
    let base = offer_as(Kind::ORDER, Role::Office, Some(&base), 9, &[theirs]).unwrap().doc;
    let refused = refusal(Some(&base), change.clone());
    assert_eq!((refused.code, refused.path), ("not_permitted", path(["external_id"])));
    offer_as(Kind::ORDER, Role::Admin, Some(&base), 1, &[change]).unwrap();
}

#[test]
fn g4_what_is_the_offices_of_an_account_nobody_else_says_as_it_is_founded() {
    for (name, value) in [("segment", str("VIP")), ("credit_limit_minor", Value::Int(1_000_000))] {
        let fields = map([("name", str("Ernst Handel")), (name, value)]);
        let doc = create(Kind::ACCOUNT.spec(), actor_of(1), TIME_S, &fields).unwrap();
        let founded = change_bytes(&doc);
        let refused = offer_as(Kind::ACCOUNT, Role::Rep, None, 1, &founded).unwrap_err();
        assert_eq!((refused.code, refused.path), ("not_permitted", path([name])));
        offer_as(Kind::ACCOUNT, Role::Office, None, 1, &founded).unwrap();
    }
}

#[test]
fn nothing_of_a_batch_with_one_bad_change_is_admitted() {
    let (mut doc, first) = new_order(1);
    let mut changes = vec![first];
    changes.push(change_order(&mut doc, 1, &[put(["state"], str("quote"))]));
    let mut bad = Forged::of(&change_order(&mut doc, 1, &[put(["state"], str("draft"))]));
    bad.rows[0].preds.clear();
    changes.push(bad.chunk());
    let refused = offer(None, 1, &changes).unwrap_err();
    assert_eq!((refused.code, refused.index), ("pred_mismatch", 2));
    assert!(refused.to_string().starts_with("change 2: "), "{refused}");
    offer(None, 1, &changes[..2]).unwrap();
}
