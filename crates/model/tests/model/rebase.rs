//! Reconcile tables: parent (base), local (held), remote (accepted), expected; one sentence each.

use roadbook_model::document::{edit, hydrate};
use roadbook_model::rebase::{RebaseConflict, rebase};
use roadbook_model::{Edit, Fields, Kind, Value};

use crate::support::{
    BERT, Done, ITEM, change, delete, fields, line, made, map, path, put, str, text, visit,
};

/// What a row of a table expects.
enum Expected {
    Nothing,
    Put(Value),
    Delete,
    Conflict,
    Both(Value),
}

type Case = (&'static str, Option<Value>, Option<Value>, Option<Value>, Expected);

fn check(kind: Kind, at: &str, cases: Vec<Case>) {
    for (why, base, held, accepted, expected) in cases {
        let of = |value: &Option<Value>| place(at, value.clone());
        let rebased = rebase(kind.spec(), &of(&base), &of(&held), &of(&accepted));
        let conflict = vec![RebaseConflict { path: path(at), base, held, accepted }];
        let (edits, conflicts) = match expected {
            Expected::Nothing => (vec![], vec![]),
            Expected::Put(value) => (vec![put(at, value)], vec![]),
            Expected::Delete => (vec![delete(at)], vec![]),
            Expected::Conflict => (vec![], conflict),
            Expected::Both(value) => (vec![put(at, value)], conflict),
        };
        assert_eq!((rebased.edits, rebased.conflicts), (edits, conflicts), "{why}");
    }
}

/// A record that holds nothing but this value at this path.
fn place(at: &str, value: Option<Value>) -> Fields {
    let names = path(at);
    let leaf: Fields = value.into_iter().map(|value| (names[names.len() - 1].clone(), value)).collect();
    names[..names.len() - 1]
        .iter()
        .rev()
        .fold(leaf, |below, name| Fields::from([(name.clone(), Value::Map(below))]))
}

#[test]
fn scalars() {
    let is = |word: &str| Some(str(word));
    check(
        Kind::VISIT,
        "subject",
        vec![
            ("Nobody changed it.", is("a"), is("a"), is("a"), Expected::Nothing),
            ("Only the centre did.", is("a"), is("a"), is("b"), Expected::Nothing),
            ("Only the work did.", is("a"), is("b"), is("a"), Expected::Put(str("b"))),
            ("Both did the same.", is("a"), is("b"), is("b"), Expected::Nothing),
            ("Both did, differently.", is("a"), is("b"), is("c"), Expected::Conflict),
            ("The work set what was empty.", None, is("b"), None, Expected::Put(str("b"))),
            ("Both set what was empty.", None, is("b"), is("c"), Expected::Conflict),
            ("The work cleared it.", is("a"), Some(Value::Null), is("a"), Expected::Put(Value::Null)),
            ("Null and absent are the same.", None, Some(Value::Null), is("c"), Expected::Nothing),
            (
                "The work cleared what the centre changed.",
                is("a"),
                Some(Value::Null),
                is("c"),
                Expected::Conflict,
            ),
            (
                "The work wrote what no rule knows.",
                is("a"),
                Some(Value::Unknown("?".into())),
                is("a"),
                Expected::Conflict,
            ),
        ],
    );
}

#[test]
fn texts() {
    let is = |content: &str| Some(text(content));
    check(
        Kind::VISIT,
        "notes",
        vec![
            ("Nobody changed it.", is("one two"), is("one two"), is("one two"), Expected::Nothing),
            ("Only the centre did.", is("one two"), is("one two"), is("two"), Expected::Nothing),
            (
                "Only the work did.",
                is("one two"),
                is("one three"),
                is("one two"),
                Expected::Put(text("one three")),
            ),
            ("Both did the same.", is("one two"), is("two"), is("two"), Expected::Nothing),
            (
                "Each changed another word.",
                is("one two"),
                is("1 two"),
                is("one 2"),
                Expected::Put(text("1 2")),
            ),
            ("Both added at the end.", is("one"), is("one B"), is("one A"), Expected::Put(text("one A B"))),
            ("Both wrote into the empty text.", is(""), is("B"), is("A"), Expected::Put(text("AB"))),
            (
                "Both rewrote a word.",
                is("one two"),
                is("one B"),
                is("one A"),
                Expected::Both(text("one A\nB")),
            ),
            (
                "The work removed what the centre rewrote.",
                is("one two"),
                is("one"),
                is("one A"),
                Expected::Conflict,
            ),
            ("The text is missing in both.", None, is("B"), None, Expected::Put(text("B"))),
            ("It is no longer a text.", is("a"), is("b"), Some(str("c")), Expected::Conflict),
        ],
    );
}

#[test]
fn a_text_that_would_grow_too_long_is_a_conflict() {
    let notes = |content: String| fields([("notes", Value::Text(content))]);
    let (held, accepted) = ("b".repeat(15_000), "a".repeat(15_000));
    let rebased = rebase(Kind::VISIT.spec(), &notes(String::new()), &notes(held), &notes(accepted));
    assert_eq!((rebased.edits.len(), rebased.conflicts.len()), (0, 1));
}

#[test]
fn items() {
    let is = |quantity: i64| Some(line("CHAI", quantity));
    check(
        Kind::ORDER,
        &format!("lines.{ITEM}"),
        vec![
            ("Nobody changed it.", is(1), is(1), is(1), Expected::Nothing),
            ("The work made it.", None, is(1), None, Expected::Put(line("CHAI", 1))),
            ("The work removed it.", is(1), None, is(1), Expected::Delete),
            ("Both removed it.", is(1), None, None, Expected::Nothing),
            ("The work removed what the centre changed.", is(1), None, is(2), Expected::Conflict),
            ("The centre removed what the work changed.", is(1), is(2), None, Expected::Conflict),
            ("The centre removed what the work left alone.", is(1), is(1), None, Expected::Nothing),
        ],
    );
}

#[test]
fn fields_of_items() {
    let is = |quantity: i64| Some(Value::Int(quantity));
    check(
        Kind::ORDER,
        &format!("lines.{ITEM}.quantity"),
        vec![
            ("Only the work changed it.", is(1), is(2), is(1), Expected::Put(Value::Int(2))),
            ("Only the centre changed it.", is(1), is(1), is(2), Expected::Nothing),
            ("Both did, differently.", is(1), is(2), is(3), Expected::Conflict),
        ],
    );
}

#[test]
fn an_item_with_fields_of_a_later_version_is_made_without_them_and_shown() {
    let item = map([("sku", str("CHAI")), ("batch", str("7"))]);
    let held = fields([("lines", map([(ITEM, item)]))]);
    let rebased = rebase(Kind::ORDER.spec(), &Fields::new(), &held, &Fields::new());
    assert_eq!(rebased.edits, [put(&format!("lines.{ITEM}"), map([("sku", str("CHAI"))]))]);
    assert_eq!(rebased.conflicts.len(), 1);
}

#[test]
fn a_field_of_a_later_version_is_shown_not_written() {
    let mood = |word: &str| fields([("mood", str(word))]);
    let rebased = rebase(Kind::VISIT.spec(), &mood("a"), &mood("b"), &mood("a"));
    assert_eq!((rebased.edits, rebased.conflicts.len()), (Vec::<Edit>::new(), 1));
    let rebased = rebase(Kind::VISIT.spec(), &mood("a"), &mood("a"), &mood("b"));
    assert_eq!(rebased.conflicts, []);
}

#[test]
fn held_work_lands_on_the_accepted_record() -> Done {
    let spec = Kind::VISIT.spec();
    let mut accepted = made(Kind::VISIT, &visit())?;
    let base = hydrate(spec, &accepted);
    let mut held = accepted.clone();
    change(
        spec,
        &mut held,
        BERT,
        &[put("outcome", str("order")), put("notes", text("Shelf half empty. Ordered."))],
    )?;
    change(
        spec,
        &mut accepted,
        [9; 16],
        &[put("subject", str("Winter range")), put("notes", text("Shelf quite empty."))],
    )?;
    let rebased = rebase(spec, &base, &hydrate(spec, &held), &hydrate(spec, &accepted));
    edit(spec, &mut accepted, BERT, 0, &rebased.edits)?;
    let mut expected = base;
    expected.extend(fields([
        ("outcome", str("order")),
        ("subject", str("Winter range")),
        ("notes", text("Shelf quite empty. Ordered.")),
    ]));
    assert_eq!((hydrate(spec, &accepted), rebased.conflicts), (expected, vec![]));
    Ok(())
}
