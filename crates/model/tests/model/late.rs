//! Late work: parent (the late author's base), before (what others made of it), after (with the late work merged),
//! and what is put back.

use roadbook_model::document::{edit, hydrate, load_changes};
use roadbook_model::late::{PutBack, overridden};
use roadbook_model::{Edit, Fields, Kind, Value};

use crate::support::{
    ANNA, BERT, Done, ITEM, OFFICE, OTHER, change, delete, fields, line, made, map, order, put, str, text,
    visit,
};

fn put_back(kind: Kind, base: &Fields, before: &Fields, after: &Fields) -> Vec<(Edit, Option<Value>)> {
    overridden(kind.spec(), base, before, after)
        .into_iter()
        .map(|PutBack { edit, late, .. }| (edit, late))
        .collect()
}

#[test]
fn a_field_is_put_back_only_if_both_changed_it() {
    let value = |subject: &str| fields([("subject", str(subject))]);
    let cases = [
        ("Nobody changed it.", "a", "a", "a", None),
        ("Only the late author did: it counts.", "a", "a", "c", None),
        ("Only others did: it stays.", "a", "b", "b", None),
        ("Others did, and the late work won: it is put back.", "a", "b", "c", Some("c")),
        ("Others did, and the late work set it to what it was: it is put back.", "a", "b", "a", Some("a")),
    ];
    for (why, base, before, after, late) in cases {
        let found = put_back(Kind::VISIT, &value(base), &value(before), &value(after));
        let expected: Vec<_> =
            late.map(|late| (put("subject", str(before)), Some(str(late)))).into_iter().collect();
        assert_eq!(found, expected, "{why}");
    }
}

#[test]
fn a_field_that_others_cleared_is_cleared_again() {
    let base = fields([("subject", str("a"))]);
    let cleared = fields([("subject", Value::Null)]);
    let after = fields([("subject", str("c"))]);
    assert_eq!(
        put_back(Kind::VISIT, &base, &cleared, &after),
        [(put("subject", Value::Null), Some(str("c")))]
    );
}

#[test]
fn texts_and_unknown_values_are_left_as_merged() {
    let values = ["a", "b", "c"].map(|content| {
        fields([
            ("notes", text(content)),
            ("outcome", Value::Unknown(content.into())),
            ("mood", str(content)),
        ])
    });
    assert_eq!(put_back(Kind::VISIT, &values[0], &values[1], &values[2]), []);
}

#[test]
fn items_are_put_back_whole_field_by_field_or_away() {
    let with = |quantity: Option<i64>| {
        let item = quantity.map(|quantity| (ITEM.to_owned(), line("CHAI", quantity)));
        fields([("lines", Value::Map(item.into_iter().collect()))])
    };
    let at = format!("lines.{ITEM}");
    let quantity_at = format!("{at}.quantity");
    let cases = [
        (
            "Both changed a quantity.",
            Some(1),
            Some(2),
            Some(3),
            Some((put(&quantity_at, Value::Int(2)), Some(Value::Int(3)))),
        ),
        (
            "The late work removed what others changed.",
            Some(1),
            Some(2),
            None,
            Some((put(&at, line("CHAI", 2)), None)),
        ),
        (
            "The late work revived what others removed.",
            Some(1),
            None,
            Some(3),
            Some((delete(&at), Some(line("CHAI", 3)))),
        ),
        ("The late work removed what nobody else touched.", Some(1), Some(1), None, None),
        ("The late work added one.", None, None, Some(3), None),
        ("Others added one.", None, Some(2), Some(2), None),
        ("Others removed one.", Some(1), None, None, None),
    ];
    for (why, base, before, after, expected) in cases {
        let found = put_back(Kind::ORDER, &with(base), &with(before), &with(after));
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{why}");
    }
}

#[test]
fn what_is_put_back_can_be_put_back() -> Done {
    let spec = Kind::ORDER.spec();
    let mut base = order();
    base.insert("lines".into(), map([(ITEM, line("CHAI", 2)), (OTHER, line("TOFU", 1))]));
    let mut accepted = made(Kind::ORDER, &base)?;
    let mut late = accepted.clone();
    let line_at = format!("lines.{ITEM}");
    let other_at = format!("lines.{OTHER}.quantity");
    let edits = [
        put("reference", str("office")),
        put(&format!("{line_at}.quantity"), Value::Int(5)),
        put(&other_at, Value::Int(8)),
    ];
    change(spec, &mut accepted, OFFICE, &edits)?;
    let before = hydrate(spec, &accepted);
    let edits = [
        put("reference", str("late")),
        delete(&line_at),
        put(&other_at, Value::Int(9)),
        put("order_date", str("2026-01-01")),
    ];
    let change = change(spec, &mut late, BERT, &edits)?;
    accepted.apply_changes([change])?;
    let after = hydrate(spec, &accepted);
    let edits: Vec<_> =
        overridden(spec, &base, &before, &after).into_iter().map(|found| found.edit).collect();
    edit(spec, &mut accepted, ANNA, 0, &edits)?;
    let mut expected = before;
    expected.insert("order_date".into(), str("2026-01-01"));
    assert_eq!(hydrate(spec, &accepted), expected);
    Ok(())
}

#[test]
fn untouched_records_are_left_alone() -> Done {
    let doc = made(Kind::VISIT, &visit())?;
    let changes = roadbook_model::document::change_bytes(&doc);
    let same = load_changes(changes.iter().map(Vec::as_slice))?;
    let fields = hydrate(Kind::VISIT.spec(), &same);
    assert_eq!(put_back(Kind::VISIT, &fields, &fields, &fields), []);
    Ok(())
}
