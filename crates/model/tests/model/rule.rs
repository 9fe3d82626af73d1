//! The rules on content.

use roadbook_model::rule::{Act, check_act, check_edit, check_fields, check_merged, violations};
use roadbook_model::{Edit, Fields, Kind, Role, Value, Writer};

use crate::support::{
    Done, ITEM, OTHER, delete, fields, line, map, order, path, put, splice, str, text, visit,
};

const REP: Writer = Writer { role: Role::Rep, is_creator: true, creating: false };
const CREATOR: Writer = Writer { role: Role::Rep, is_creator: true, creating: true };

fn code(kind: Kind, writer: &Writer, at: &str, act: &Act<'_>) -> &'static str {
    check_act(kind.spec(), writer, &path(at), act).map_or_else(|violation| violation.code, |()| "ok")
}

fn put_code(kind: Kind, at: &str, value: Value) -> &'static str {
    code(kind, &REP, at, &Act::PutScalar(&value))
}

#[test]
fn a_scalar_is_judged_by_the_type_of_its_field() {
    let cases = [
        (Kind::VISIT, "subject", str("Autumn range"), "ok"),
        (Kind::VISIT, "subject", str(""), "ok"),
        (Kind::VISIT, "subject", Value::Null, "ok"),
        (Kind::VISIT, "subject", Value::Int(1), "wrong_type"),
        (Kind::VISIT, "subject", text("x"), "wrong_type"),
        (Kind::VISIT, "subject", Value::Unknown("1.5".into()), "wrong_type"),
        (Kind::VISIT, "subject", str(&"ä".repeat(200)), "ok"),
        (Kind::VISIT, "subject", str(&"ä".repeat(201)), "too_long"),
        (Kind::VISIT, "subject", str("a\0b"), "bad_character"),
        (Kind::VISIT, "state", str("planned"), "ok"),
        (Kind::VISIT, "state", str("Planned"), "not_a_choice"),
        (Kind::VISIT, "state", Value::Null, "required"),
        (Kind::ACCOUNT, "name", str("   "), "required"),
        (Kind::VISIT, "contact_id", str(ITEM), "ok"),
        (Kind::VISIT, "contact_id", str(&ITEM.to_uppercase()), "not_a_choice"),
        (Kind::VISIT, "contact_id", str(&ITEM.replace('-', "")), "not_a_choice"),
        (Kind::VISIT, "planned_minutes", Value::Int(1440), "ok"),
        (Kind::VISIT, "planned_minutes", Value::Int(1441), "out_of_range"),
        (Kind::VISIT, "planned_minutes", Value::Int(0), "out_of_range"),
        (Kind::VISIT, "planned_minutes", Value::Timestamp(30), "wrong_type"),
        (Kind::VISIT, "planned_start", Value::Timestamp(0), "ok"),
        (Kind::VISIT, "planned_start", Value::Timestamp(-1), "out_of_range"),
        (Kind::VISIT, "planned_start", Value::Timestamp(253_402_300_800_000), "out_of_range"),
        (Kind::VISIT, "planned_start", Value::Int(5), "wrong_type"),
        (Kind::ORDER, "currency", str("EUR"), "ok"),
        (Kind::ORDER, "currency", str("eur"), "not_a_choice"),
        (Kind::ORDER, "currency", str("EURO"), "not_a_choice"),
        (Kind::VISIT, "notes", str("x"), "wrong_type"),
        (Kind::VISIT, "notes", Value::Null, "wrong_type"),
        (Kind::ORDER, "lines", Value::Null, "wrong_type"),
        (Kind::VISIT, "mood", str("good"), "unknown_field"),
    ];
    for (kind, at, value, expected) in cases {
        assert_eq!(put_code(kind, at, value.clone()), expected, "{kind}.{at} = {value:?}");
    }
}

#[test]
fn a_date_has_one_spelling_and_is_in_the_calendar() {
    let good = ["2026-11-22", "2024-02-29", "1900-01-01", "9999-12-31"];
    let bad = [
        "2025-02-29",
        "2026-1-2",
        "+2026-01-2",
        "1899-12-31",
        "0000-01-01",
        "2026-11-22T",
        "heute",
        "2026/11/22",
        "",
    ];
    for day in good {
        assert_eq!(put_code(Kind::TASK, "due", str(day)), "ok", "{day}");
    }
    for day in bad {
        assert_eq!(put_code(Kind::TASK, "due", str(day)), "not_a_choice", "{day}");
    }
}

#[test]
fn an_act_is_judged_by_its_place() {
    let line_at = format!("lines.{ITEM}");
    let sku_at = format!("lines.{ITEM}.sku");
    let cases = [
        ("lines", Act::MakeMap, "made_at_creation"),
        ("notes", Act::MakeText, "made_at_creation"),
        ("notes", Act::SpliceText, "ok"),
        ("notes", Act::MakeMap, "wrong_type"),
        ("notes", Act::Delete, "not_an_item"),
        ("reference", Act::MakeText, "wrong_type"),
        ("reference", Act::SpliceText, "wrong_type"),
        ("reference", Act::Delete, "not_an_item"),
        ("reference", Act::Other("increment"), "unsupported_act"),
        ("lines", Act::SpliceText, "wrong_type"),
        ("lines", Act::Delete, "not_an_item"),
        (line_at.as_str(), Act::MakeMap, "ok"),
        (line_at.as_str(), Act::Delete, "ok"),
        (line_at.as_str(), Act::PutScalar(&Value::Null), "wrong_type"),
        (line_at.as_str(), Act::MakeText, "wrong_type"),
        (sku_at.as_str(), Act::PutScalar(&Value::Null), "required"),
        (sku_at.as_str(), Act::MakeMap, "wrong_type"),
        (sku_at.as_str(), Act::Delete, "not_an_item"),
        ("lines.1", Act::MakeMap, "not_an_item_key"),
        ("lines.1.sku", Act::MakeMap, "not_an_item_key"),
        ("notes.0", Act::MakeMap, "too_deep"),
        ("mood", Act::MakeMap, "unknown_field"),
    ];
    for (at, act, expected) in cases {
        assert_eq!(code(Kind::ORDER, &REP, at, &act), expected, "{at} {act:?}");
    }
    assert_eq!(code(Kind::ORDER, &REP, &format!("lines.{ITEM}.mood"), &Act::MakeText), "unknown_field");
    assert_eq!(code(Kind::ORDER, &REP, &format!("lines.{ITEM}.sku.x"), &Act::MakeText), "too_deep");
    assert!(check_act(Kind::ORDER.spec(), &REP, &[], &Act::MakeMap).is_err());
}

#[test]
fn texts_and_collections_are_made_with_the_record() {
    assert_eq!(code(Kind::ORDER, &CREATOR, "lines", &Act::MakeMap), "ok");
    assert_eq!(code(Kind::ORDER, &CREATOR, "notes", &Act::MakeText), "ok");
}

#[test]
fn a_right_that_is_missing_refuses_after_the_shape_is_judged() {
    let manager = Writer { role: Role::Manager, ..REP };
    let stranger = Writer { is_creator: false, ..REP };
    let value = str("4711");
    assert_eq!(code(Kind::ORDER, &REP, "external_id", &Act::PutScalar(&value)), "not_permitted");
    assert_eq!(code(Kind::ORDER, &CREATOR, "external_id", &Act::PutScalar(&value)), "ok");
    assert_eq!(code(Kind::VISIT, &manager, "subject", &Act::PutScalar(&value)), "not_permitted");
    assert_eq!(code(Kind::COMMENT, &manager, "body", &Act::SpliceText), "ok");
    assert_eq!(code(Kind::COMMENT, &stranger, "body", &Act::SpliceText), "not_permitted");
    assert_eq!(code(Kind::COMMENT, &REP, "subject_id", &Act::PutScalar(&str(ITEM))), "not_permitted");
    assert_eq!(code(Kind::VISIT, &manager, "mood", &Act::PutScalar(&value)), "unknown_field");
}

#[test]
fn an_edit_is_judged_as_the_acts_it_becomes() {
    let judge = |kind: Kind, edit: Edit| {
        check_edit(kind.spec(), &REP, &Fields::new(), &edit)
            .map_or_else(|violation| violation.code, |()| "ok")
    };
    let at = format!("lines.{ITEM}");
    assert_eq!(judge(Kind::VISIT, put("notes", text("new"))), "ok");
    assert_eq!(judge(Kind::VISIT, put("notes", Value::Null)), "ok");
    assert_eq!(judge(Kind::VISIT, put("subject", text("new"))), "wrong_type");
    assert_eq!(judge(Kind::VISIT, splice("notes", 0, 0, "a\0")), "bad_character");
    assert_eq!(judge(Kind::ORDER, put(&at, line("CHAI", 1))), "ok");
    assert_eq!(judge(Kind::ORDER, put(&at, line("CHAI", 0))), "out_of_range");
    assert_eq!(judge(Kind::ORDER, put("lines", map([]))), "made_at_creation");
    assert_eq!(judge(Kind::ORDER, delete(&at)), "ok");
    assert_eq!(judge(Kind::ORDER, put("external_id", str("1"))), "not_permitted");
}

fn first(kind: Kind, fields: &Fields) -> (&'static str, String) {
    match check_fields(kind.spec(), fields) {
        Ok(()) => ("ok", String::new()),
        Err(violation) => (violation.code, violation.path.join(".")),
    }
}

fn with(mut fields: Fields, name: &str, value: Value) -> Fields {
    fields.insert(name.into(), value);
    fields
}

#[test]
fn a_whole_record_is_judged_field_by_field() {
    let long = "x".repeat(20_001);
    let lines = |count: u32| {
        let key = |n| format!("01234567-89ab-7def-8123-{n:012x}");
        Value::Map((0..count).map(|n| (key(n), line("CHAI", 1))).collect())
    };
    let cases = [
        (Kind::VISIT, visit(), "ok", ""),
        (Kind::ORDER, order(), "ok", ""),
        (Kind::VISIT, Fields::new(), "required", "state"),
        (Kind::VISIT, with(visit(), "notes", text(&long)), "too_long", "notes"),
        (Kind::VISIT, with(visit(), "notes", str("x")), "wrong_type", "notes"),
        (Kind::VISIT, with(visit(), "notes", text("\0")), "bad_character", "notes"),
        (Kind::ORDER, with(order(), "lines", lines(500)), "ok", ""),
        (Kind::ORDER, with(order(), "lines", lines(501)), "too_many_items", "lines"),
        (Kind::ORDER, with(order(), "lines", map([("1", line("CHAI", 1))])), "not_an_item_key", "lines.1"),
        (Kind::ORDER, with(order(), "lines", Value::Int(1)), "wrong_type", "lines"),
        (Kind::VISIT, with(visit(), "mood", str("good")), "ok", ""),
        (Kind::VISIT, with(visit(), "outcome", Value::Unknown("1.5".into())), "ok", ""),
        (Kind::COMMENT, fields([("subject_id", str(ITEM)), ("body", text(" "))]), "required", "body"),
    ];
    for (kind, fields, code, at) in cases {
        assert_eq!(first(kind, &fields), (code, at.into()), "{kind} {code}");
    }
}

#[test]
fn an_items_own_fields_are_judged_under_its_key() {
    let bare = map([("sku", str("CHAI"))]);
    let lines = map([(ITEM, bare), (OTHER, line("", 1))]);
    let found = violations(Kind::ORDER.spec(), &with(order(), "lines", lines));
    let found: Vec<_> = found.iter().map(|violation| (violation.code, violation.path.join("."))).collect();
    let expected = [
        ("required", format!("lines.{OTHER}.sku")),
        ("required", format!("lines.{ITEM}.quantity")),
        ("required", format!("lines.{ITEM}.unit_price_minor")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_merge_may_exceed_lengths_but_nothing_else() -> Done {
    let long = with(visit(), "notes", text(&"x".repeat(30_000)));
    check_merged(Kind::VISIT.spec(), &long)?;
    let mut bare = visit();
    bare.remove("notes");
    check_fields(Kind::VISIT.spec(), &bare)?;
    let refused = check_merged(Kind::VISIT.spec(), &bare).err();
    assert_eq!(refused.map(|violation| violation.code), Some("made_at_creation"));
    let wrong = with(visit(), "planned_minutes", Value::Int(0));
    assert!(check_merged(Kind::VISIT.spec(), &wrong).is_err());
    Ok(())
}

#[test]
fn a_violation_tells_a_person_what_to_do() {
    let found = violations(Kind::TASK.spec(), &fields([("state", str("open")), ("due", str("tomorrow"))]));
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    let expected = [
        "Subject is needed; fill it in.",
        "Due must be a day from 1900 on as YYYY-MM-DD, such as 2026-11-22.",
    ];
    assert_eq!(texts, expected);
}
