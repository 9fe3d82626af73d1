//! Content as rows and as JSON.

use roadbook_model::projection::{from_json, project, row, to_json};
use roadbook_model::{AccountId, Envelope, Kind, PersonId, RecordId, Value};
use serde_json::json;

use crate::support::{Done, ITEM, OTHER, fields, line, map, order, str, text, visit};

fn envelope(kind: Kind) -> Envelope {
    Envelope {
        id: RecordId::from_bytes([1; 16]),
        kind,
        account: AccountId::from_bytes([2; 16]),
        creator: PersonId::from_bytes([3; 16]),
        generation: 0,
    }
}

#[test]
fn a_row_has_every_column_and_nothing_else() {
    for kind in Kind::all() {
        let row = row(&envelope(kind), &fields([("mood", str("good"))]));
        assert_eq!(row.table, kind.spec().table);
        let mut expected: Vec<_> = kind.spec().fields.iter().map(|field| field.name).collect();
        expected.extend(["id", "account_id", "creator_id"]);
        if kind == Kind::ORDER {
            expected.push("total_minor");
        }
        expected.sort_unstable();
        let mut columns: Vec<_> =
            row.doc.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        columns.sort_unstable();
        assert_eq!(columns, expected);
    }
}

#[test]
fn a_visit_becomes_its_row() {
    let row = project(&envelope(Kind::VISIT), &visit());
    assert_eq!(row["id"], "01010101-0101-0101-0101-010101010101");
    assert_eq!(row["account_id"], "02020202-0202-0202-0202-020202020202");
    assert_eq!(row["checked_in_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!(row["planned_minutes"], 30);
    assert_eq!(row["notes"], "Shelf half empty.");
    assert_eq!(row["outcome"], json!(null));
}

#[test]
fn an_order_has_its_lines_in_their_order_and_its_totals() {
    let at = |position, sku| match line(sku, 2) {
        Value::Map(mut item) => {
            item.insert("position".into(), Value::Int(position));
            Value::Map(item)
        }
        other => other,
    };
    let mut order = order();
    order.insert("lines".into(), map([(ITEM, at(1, "CHAI")), (OTHER, at(2, "TOFU"))]));
    let row = project(&envelope(Kind::ORDER), &order);
    assert_eq!(row["total_minor"], 1499);
    assert_eq!(row["lines"][0]["id"], ITEM);
    assert_eq!(row["lines"][0]["total_minor"], 500);
    assert_eq!(row["lines"][1]["sku"], "TOFU");
    assert_eq!(row["lines"][1]["description"], json!(null));
}

#[test]
fn what_would_not_fit_the_table_is_null() {
    let odd = fields([
        ("state", str("exploded")),
        ("contact_id", str("nobody")),
        ("next_step_due", str("2026-02-30")),
        ("checked_in_at", Value::Timestamp(i64::MAX)),
        ("planned_minutes", Value::Unknown("7".into())),
        ("subject", str("a\0b")),
        ("notes", text("a\0b")),
    ]);
    let row = project(&envelope(Kind::VISIT), &odd);
    for name in ["state", "contact_id", "next_step_due", "checked_in_at", "planned_minutes", "subject"] {
        assert_eq!(row[name], json!(null), "{name}");
    }
    assert_eq!(row["notes"], "a\u{FFFD}b");
}

#[test]
fn json_goes_there_and_back() -> Done {
    for (kind, fields) in [(Kind::VISIT, visit()), (Kind::ORDER, order())] {
        assert_eq!(from_json(kind.spec(), &to_json(&fields))?, fields);
    }
    Ok(())
}

#[test]
fn json_is_read_as_people_write_it() -> Done {
    let json = json!({
        "state": "draft", "currency": "EUR", "reference": null, "contact_id": ITEM.to_uppercase(), "notes": "Hi",
        "lines": [{ "id": OTHER.to_uppercase(), "sku": "CHAI", "quantity": 2, "unit_price_minor": 250 }],
    });
    let read = from_json(Kind::ORDER.spec(), &json)?;
    assert_eq!(read["contact_id"], str(ITEM));
    assert_eq!(read["reference"], Value::Null);
    assert_eq!(read["notes"], text("Hi"));
    assert_eq!(read["lines"], map([(OTHER, line("CHAI", 2))]));
    for moment in
        [json!(1_700_000_000_000_i64), json!("2023-11-14T22:13:20Z"), json!("2023-11-14T23:13:20+01:00")]
    {
        let read = from_json(Kind::VISIT.spec(), &json!({ "planned_start": moment }))?;
        assert_eq!(read["planned_start"], Value::Timestamp(1_700_000_000_000));
    }
    Ok(())
}

#[test]
fn json_that_is_not_understood_is_refused_at_its_place() {
    let item = json!({ "sku": "CHAI" });
    let cases = [
        (json!([]), "wrong_type", ""),
        (json!({ "mood": 1 }), "unknown_field", "mood"),
        (json!({ "freight_minor": 1.5 }), "wrong_type", "freight_minor"),
        (json!({ "freight_minor": "1" }), "wrong_type", "freight_minor"),
        (json!({ "state": 1 }), "wrong_type", "state"),
        (json!({ "lines": "CHAI" }), "wrong_type", "lines"),
        (json!({ "lines": [item.clone()] }), "not_an_item_key", "lines"),
        (json!({ "lines": { ITEM: 1 } }), "wrong_type", &format!("lines.{ITEM}")),
        (json!({ "lines": { ITEM: { "mood": 1 } } }), "unknown_field", &format!("lines.{ITEM}.mood")),
        (
            json!({ "lines": { ITEM: item.clone(), ITEM.to_uppercase(): item } }),
            "not_an_item_key",
            &format!("lines.{ITEM}"),
        ),
    ];
    for (json, code, at) in cases {
        let refused = from_json(Kind::ORDER.spec(), &json).err();
        let found = refused.map(|violation| (violation.code, violation.path.join(".").to_lowercase()));
        assert_eq!(found, Some((code, at.into())), "{json}");
    }
    assert!(from_json(Kind::VISIT.spec(), &json!({ "planned_start": "noon" })).is_err());
}
