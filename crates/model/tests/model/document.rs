//! Content in an Automerge document.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use roadbook_model::document::{change_bytes, conflicts, create, edit, hydrate, load_changes};
use roadbook_model::kind::{FieldSpec, FieldType, ListOrder, Listing};
use roadbook_model::{Edit, Fields, Kind, KindSpec, Value, kinds};

use crate::support::{
    ANNA, BERT, Done, ITEM, OFFICE, OTHER, change, delete, fields, line, made, map, order, put, splice, str,
    text, visit,
};

#[test]
fn what_is_created_is_read_back() -> Done {
    for (kind, fields) in [(Kind::VISIT, visit()), (Kind::ORDER, order())] {
        assert_eq!(hydrate(kind.spec(), &made(kind, &fields)?), fields);
    }
    Ok(())
}

#[test]
fn a_record_is_made_in_one_change_with_the_texts_and_collections_of_its_first_version() -> Done {
    let doc = made(Kind::ACCOUNT, &fields([("name", str("Alfreds Futterkiste")), ("city", Value::Null)]))?;
    let changes = doc.get_changes(&[]);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].actor_id().to_bytes(), ANNA);
    assert_eq!((changes[0].seq(), changes[0].timestamp(), changes[0].message()), (1, 1_700_000_000, None));
    let expected =
        fields([("name", str("Alfreds Futterkiste")), ("tags", map([])), ("description", text(""))]);
    assert_eq!(hydrate(Kind::ACCOUNT.spec(), &doc), expected);
    Ok(())
}

#[test]
fn values_are_stored_in_the_types_that_every_language_agrees_on() -> Done {
    let doc = made(Kind::VISIT, &visit())?;
    let scalar =
        |name: &str| doc.get(ROOT, name).ok().flatten().and_then(|(value, _)| value.into_scalar().ok());
    assert_eq!(scalar("state"), Some(ScalarValue::Str("checked_in".into())));
    assert_eq!(scalar("planned_minutes"), Some(ScalarValue::Int(30)));
    assert_eq!(scalar("checked_in_at"), Some(ScalarValue::Timestamp(1_700_000_000_000)));
    let notes = doc.get(ROOT, "notes")?.ok_or("no notes")?;
    assert_eq!(notes.0.as_objtype(), Some(ObjType::Text));
    Ok(())
}

#[test]
fn nothing_that_breaks_a_rule_is_created() {
    let code = |fields: &Fields| made(Kind::VISIT, fields).err().map(|violation| violation.code);
    assert_eq!(code(&Fields::new()), Some("required"));
    let with = |name: &str, value| {
        let mut visit = visit();
        visit.insert(name.into(), value);
        visit
    };
    assert_eq!(code(&with("mood", str("good"))), Some("unknown_field"));
    assert_eq!(code(&with("outcome", Value::Unknown("?".into()))), Some("wrong_type"));
    let item = map([("mood", str("good"))]);
    let order = fields([("state", str("draft")), ("currency", str("EUR")), ("lines", map([(ITEM, item)]))]);
    assert_eq!(made(Kind::ORDER, &order).err().map(|violation| violation.code), Some("unknown_field"));
}

#[test]
fn an_edit_is_one_change_and_its_bytes_are_returned() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    let mut elsewhere = doc.clone();
    let edits =
        [put("outcome", str("order")), put("planned_minutes", Value::Null), splice("notes", 6, 4, "quite")];
    let change = change(spec, &mut doc, BERT, &edits)?;
    assert_eq!((change.actor_id().to_bytes(), change.seq()), (&BERT[..], 1));
    elsewhere.apply_changes([change])?;
    let mut expected = visit();
    expected.extend(fields([
        ("outcome", str("order")),
        ("planned_minutes", Value::Null),
        ("notes", text("Shelf quite empty.")),
    ]));
    assert_eq!(hydrate(spec, &doc), expected);
    assert_eq!(hydrate(spec, &elsewhere), expected);
    Ok(())
}

#[test]
fn edits_that_change_nothing_make_no_change() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let heads = doc.get_heads();
    let edits = [
        put("state", str("draft")),
        put("reference", Value::Null),
        put("notes", text("")),
        put("notes", Value::Null),
        splice("notes", 0, 0, ""),
        put(&format!("lines.{ITEM}"), line("CHAI", 2)),
        delete(&format!("lines.{OTHER}")),
    ];
    assert_eq!(edit(spec, &mut doc, BERT, 0, &edits)?, None);
    assert_eq!(edit(spec, &mut doc, BERT, 0, &[])?, None);
    assert_eq!(doc.get_heads(), heads);
    Ok(())
}

#[test]
fn a_text_is_brought_to_new_content_by_the_least_splice() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    let before = doc.get(ROOT, "notes")?.map(|(_, id)| id);
    let change = change(spec, &mut doc, ANNA, &[put("notes", text("Shelf half full."))])?;
    // "empty" becomes "full": five characters go, four come; the text itself is the same object.
    assert_eq!(change.len(), 9);
    assert_eq!(doc.get(ROOT, "notes")?.map(|(_, id)| id), before);
    Ok(())
}

#[test]
fn items_are_added_changed_and_removed() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let other = format!("lines.{OTHER}");
    let edits = [put(&other, line("TOFU", 1)), put(&format!("lines.{ITEM}.quantity"), Value::Int(7))];
    change(spec, &mut doc, BERT, &edits)?;
    assert_eq!(hydrate(spec, &doc)["lines"], map([(ITEM, line("CHAI", 7)), (OTHER, line("TOFU", 1))]));
    let changed = change(spec, &mut doc, BERT, &[put(&other, line("TOFU", 3))])?;
    assert_eq!(changed.len(), 1, "an item that exists is changed field by field");
    change(spec, &mut doc, BERT, &[delete(&other)])?;
    assert_eq!(hydrate(spec, &doc)["lines"], map([(ITEM, line("CHAI", 7))]));
    Ok(())
}

#[test]
fn an_edit_that_breaks_a_rule_leaves_the_document_alone() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let heads = doc.get_heads();
    let cases: [(Edit, &str); 16] = [
        (put("mood", str("good")), "unknown_field"),
        (put("reference", Value::Int(1)), "wrong_type"),
        (put("reference", Value::Unknown("?".into())), "wrong_type"),
        (put("reference", text("x")), "wrong_type"),
        (put("notes", str("x")), "wrong_type"),
        (put("lines", map([])), "wrong_type"),
        (put("state", Value::Null), "required"),
        (put("freight_minor", Value::Int(-1)), "out_of_range"),
        (put("notes", text(&"x".repeat(20_001))), "too_long"),
        (splice("notes", 1, 0, "x"), "out_of_range"),
        (splice("notes", 0, usize::MAX, "x"), "out_of_range"),
        (splice("reference", 0, 0, "x"), "wrong_type"),
        (put(&format!("lines.{OTHER}"), map([("sku", str("TOFU"))])), "required"),
        (put(&format!("lines.{OTHER}.sku"), str("TOFU")), "no_such_item"),
        (put("lines.1", line("TOFU", 1)), "not_an_item_key"),
        (delete("reference"), "not_an_item"),
    ];
    for (broken, code) in cases {
        let edits = [put("reference", str("4711")), broken];
        let refused = edit(spec, &mut doc, BERT, 0, &edits).err();
        assert_eq!(refused.map(|violation| violation.code), Some(code));
        assert_eq!(doc.get_heads(), heads);
    }
    assert_eq!(hydrate(spec, &doc), order());
    Ok(())
}

#[test]
fn more_than_one_change_may_hold_is_refused_before_it_is_saved() -> Done {
    let spec = Kind::ORDER.spec();
    let wide = |n: u32| {
        let mut item = match line("CHAI", 1) {
            Value::Map(item) => item,
            _ => Fields::new(),
        };
        item.insert("description".into(), str(&"\u{1F69A}".repeat(200)));
        item.insert("sku".into(), str(&"\u{1F69A}".repeat(100)));
        (format!("01234567-89ab-7def-8123-{n:012x}"), Value::Map(item))
    };
    let mut huge = order();
    huge.insert("lines".into(), Value::Map((0..500).map(wide).collect()));
    let refused = create(spec, ANNA, 0, &huge).err();
    assert_eq!(refused.map(|violation| violation.code), Some("change_too_large"));
    let mut doc = made(Kind::ORDER, &order())?;
    let edits: Vec<Edit> =
        (0..20).flat_map(|n| [put("notes", text(&"x".repeat(2000 + n))), put("notes", text(""))]).collect();
    let refused = edit(spec, &mut doc, ANNA, 0, &edits).err();
    assert_eq!(refused.map(|violation| violation.code), Some("change_too_large"));
    Ok(())
}

#[test]
fn what_a_merge_broke_holds_up_nobody() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    let mut other = doc.clone();
    change(spec, &mut doc, ANNA, &[splice("notes", 0, 0, &"a".repeat(15_000))])?;
    change(spec, &mut other, BERT, &[splice("notes", 0, 0, &"b".repeat(15_000))])?;
    doc.merge(&mut other)?;
    change(spec, &mut doc, ANNA, &[splice("notes", 0, 5000, ""), put("outcome", str("order"))])?;
    let broken = edit(spec, &mut doc, ANNA, 0, &[put("outcome", str("party"))]);
    assert!(broken.is_err());
    Ok(())
}

#[test]
fn what_a_later_version_allowed_holds_up_nobody_but_is_not_taken_as_leave() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let line_at = format!("lines.{ITEM}");
    let mut tx = doc.transaction();
    let lines = tx.get(ROOT, "lines")?.map(|(_, id)| id).ok_or("no lines")?;
    let item = tx.get(&lines, ITEM)?.map(|(_, id)| id).ok_or("no item")?;
    tx.put(&item, "discount_bp", 20_000)?;
    tx.commit();
    change(spec, &mut doc, BERT, &[put(&format!("{line_at}.quantity"), Value::Int(3))])?;
    let refused =
        edit(spec, &mut doc, BERT, 0, &[put(&format!("{line_at}.discount_bp"), Value::Int(30_000))]);
    assert_eq!(refused.err().map(|violation| violation.code), Some("out_of_range"));
    Ok(())
}

#[test]
fn changes_are_stored_and_loaded() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    for minutes in 1..5 {
        change(spec, &mut doc, BERT, &[put("planned_minutes", Value::Int(minutes))])?;
    }
    let bytes = change_bytes(&doc);
    assert_eq!(bytes.len(), 5);
    let loaded = load_changes(bytes.iter().rev().map(Vec::as_slice))?;
    assert_eq!(loaded.get_heads(), doc.get_heads());
    assert!(load_changes(bytes.iter().skip(1).map(Vec::as_slice)).is_err(), "the first is missing");
    assert!(load_changes([&b"not a change"[..]]).is_err());
    Ok(())
}

#[test]
fn a_conflict_shows_every_value_and_a_put_resolves_it() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let mut other = doc.clone();
    let quantity = format!("lines.{ITEM}.quantity");
    let hash =
        change(spec, &mut doc, ANNA, &[put("reference", str("anna")), put(&quantity, Value::Int(5))])?.hash();
    change(spec, &mut other, BERT, &[put("reference", str("bert")), put(&quantity, Value::Int(5))])?;
    doc.merge(&mut other)?;

    let found = conflicts(spec, &doc);
    assert_eq!(found.len(), 1, "the same quantity twice is no conflict");
    assert_eq!(found[0].path, ["reference"]);
    let values: Vec<_> =
        found[0].values.iter().map(|value| (&value.value, &value.actor[..], value.winner)).collect();
    assert_eq!(values, [(&str("anna"), &ANNA[..], false), (&str("bert"), &BERT[..], true)]);
    assert_eq!(found[0].values[0].hash, hash.0);

    let winner = hydrate(spec, &doc)["reference"].clone();
    change(spec, &mut doc, OFFICE, &[put("reference", winner)])?;
    assert_eq!(conflicts(spec, &doc), []);
    assert_eq!(hydrate(spec, &doc)["reference"], str("bert"));
    Ok(())
}

#[test]
fn a_conflict_in_an_item_is_found_at_its_path() -> Done {
    let spec = Kind::ORDER.spec();
    let mut doc = made(Kind::ORDER, &order())?;
    let mut other = doc.clone();
    let quantity = format!("lines.{ITEM}.quantity");
    change(spec, &mut doc, ANNA, &[put(&quantity, Value::Int(5))])?;
    change(spec, &mut other, BERT, &[put(&quantity, Value::Int(6))])?;
    doc.merge(&mut other)?;
    let paths: Vec<_> = conflicts(spec, &doc).into_iter().map(|conflict| conflict.path.join(".")).collect();
    assert_eq!(paths, [quantity]);
    Ok(())
}

#[test]
fn fields_of_a_later_version_survive_and_are_shown() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    let mut tx = doc.transaction();
    tx.put(ROOT, "mood", "good")?;
    tx.put(ROOT, "score", 1.5)?;
    tx.put(ROOT, "count", 7_u64)?;
    tx.put_object(ROOT, "photos", ObjType::List)?;
    let shelf = tx.put_object(ROOT, "shelf", ObjType::Map)?;
    tx.put(&shelf, "rows", 3)?;
    tx.commit();
    change(spec, &mut doc, BERT, &[put("outcome", str("order"))])?;
    let read = hydrate(spec, &doc);
    assert_eq!(read["mood"], str("good"));
    assert_eq!(read["score"], Value::Unknown("1.5".into()));
    assert_eq!(read["count"], Value::Unknown("7".into()));
    assert_eq!(read["photos"], Value::Unknown("a list".into()));
    assert_eq!(read["shelf"], map([("rows", Value::Int(3))]));
    Ok(())
}

#[test]
fn a_document_nested_ten_thousand_deep_is_read_to_the_third_level() -> Done {
    let mut doc = made(Kind::VISIT, &visit())?;
    let mut tx = doc.transaction();
    let mut object: ObjId = ROOT;
    for _ in 0..10_000 {
        object = tx.put_object(&object, "deeper", ObjType::Map)?;
    }
    tx.commit();
    let read = hydrate(Kind::VISIT.spec(), &doc);
    let unread = map([("deeper", Value::Unknown("a map".into()))]);
    assert_eq!(read["deeper"], map([("deeper", unread)]));
    Ok(())
}

static PHOTO: [FieldSpec; 1] =
    [FieldSpec::new("caption", FieldType::Text { chars_max: 100 }, "What it shows.")];
static GROWN_FIELDS: [FieldSpec; 3] = [
    FieldSpec::new("state", FieldType::Str { chars_max: 10 }, "A field.").required(),
    FieldSpec::new("photos", FieldType::Items(&PHOTO), "A collection that came later.").since(2),
    FieldSpec::new("report", FieldType::Text { chars_max: 100 }, "A text that came later.").since(2),
];
/// A kind whose second version brought a collection and a text.
fn grown(fields: &'static [FieldSpec]) -> KindSpec {
    KindSpec {
        name: "grown",
        table: "growns",
        version: 2,
        fill_order: 0,
        doc: "A kind.",
        fields,
        search: &[],
        listing: Listing { subtitle: &[], at: &[], order: ListOrder::Title },
        roles: kinds::ALL[0].roles,
        derive: None,
    }
}

#[test]
fn a_collection_that_came_later_is_the_union_of_those_made_apart() -> Done {
    let old = grown(&GROWN_FIELDS[..1]);
    let spec = grown(&GROWN_FIELDS);
    let mut doc = create(&old, ANNA, 0, &fields([("state", str("old"))]))?;
    let mut other = doc.clone();
    let photo = |caption: &str| map([("caption", text(caption))]);
    change(
        &spec,
        &mut doc,
        ANNA,
        &[put(&format!("photos.{ITEM}"), photo("door")), put("report", text("A"))],
    )?;
    change(
        &spec,
        &mut other,
        BERT,
        &[put(&format!("photos.{OTHER}"), photo("shelf")), put("report", text("B"))],
    )?;
    doc.merge(&mut other)?;
    assert_eq!(hydrate(&spec, &doc)["photos"], map([(ITEM, photo("door")), (OTHER, photo("shelf"))]));

    let edits =
        [put(&format!("photos.{ITEM}.caption"), text("front door")), delete(&format!("photos.{OTHER}"))];
    change(&spec, &mut doc, ANNA, &edits)?;
    assert_eq!(hydrate(&spec, &doc)["photos"], map([(ITEM, photo("front door"))]));

    let paths: Vec<_> = conflicts(&spec, &doc).into_iter().map(|conflict| conflict.path).collect();
    assert_eq!(paths, [["report"]], "two texts made apart are a conflict");
    change(&spec, &mut doc, ANNA, &[put("report", text("A and B"))])?;
    assert_eq!((hydrate(&spec, &doc)["report"].clone(), conflicts(&spec, &doc)), (text("A and B"), vec![]));
    Ok(())
}

#[test]
fn a_record_made_without_its_texts_says_so() -> Done {
    let mut doc = Automerge::new().with_actor(ActorId::from(ANNA));
    let mut tx = doc.transaction();
    tx.put(ROOT, "state", "planned")?;
    tx.commit();
    let refused = edit(Kind::VISIT.spec(), &mut doc, BERT, 0, &[put("notes", text("x"))]).err();
    assert_eq!(refused.map(|violation| violation.code), Some("made_at_creation"));
    Ok(())
}

#[test]
fn operation_numbers_follow_the_heads() -> Done {
    let spec = Kind::VISIT.spec();
    let mut doc = made(Kind::VISIT, &visit())?;
    let first: Change = doc.get_changes(&[])[0].clone();
    let second = change(spec, &mut doc, ANNA, &[put("outcome", str("order"))])?;
    assert_eq!((second.seq(), second.start_op().get()), (2, first.max_op() + 1));
    assert_eq!(second.deps(), [first.hash()]);
    Ok(())
}
