//! What the worst admissible changes cost: bounded, whatever their shape.

use std::time::{Duration, Instant};

use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValue};
use roadbook_model::limits::{CHANGE_OPS_MAX, TEXT_CHARS_MAX};

use crate::world::*;
use crate::writer::*;

/// Far above what is measured, far below what the shapes cost without limits.
const LONGEST: Duration = Duration::from_secs(20);

/// A record, the parts of a next change, and the id of its notes.
fn scene() -> (Automerge, Forged, Id) {
    let (mut doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let forged = Forged::of(&change_order(&mut doc, 1, &[put(["state"], str("quote"))]));
    let ObjId::Id(notes, ..) = base.get(ROOT, "notes").unwrap().unwrap().1 else { panic!("an id") };
    (base, forged, (notes, 0))
}

fn insert(notes: Id, at: At) -> Row {
    Row { obj: Some(notes), at, insert: true, ..Row::put("", &ScalarValue::Str("x".into()), &[]) }
}

#[expect(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
fn timed(name: &str, base: &Automerge, change: Vec<u8>) -> Option<Automerge> {
    let (start, size) = (Instant::now(), change.len());
    let outcome = offer(Some(base), 1, &[change]);
    let took = start.elapsed();
    let word = outcome.as_ref().map_or_else(|refused| refused.code, |_| "admitted");
    println!("{name}: {size} bytes, {} ms, {word}", took.as_millis());
    assert!(took < LONGEST, "{name}");
    outcome.ok().map(|admitted| admitted.doc)
}

#[test]
fn the_worst_shapes_of_a_text_are_bounded() {
    let (base, forged, notes) = scene();
    let (start, most) = (forged.start_op, TEXT_CHARS_MAX as u64 - 100);
    let shapes: [(&str, &dyn Fn(u64) -> At); 4] = [
        ("each at the beginning", &|_| At::Head),
        ("each after the last", &|n| if n == 0 { At::Head } else { At::After((start + n - 1, 0)) }),
        ("all after the first", &|n| if n == 0 { At::Head } else { At::After((start, 0)) }),
        ("a tree", &|n| if n == 0 { At::Head } else { At::After((start + (n * 7919 + 13) % n, 0)) }),
    ];
    for (name, at) in shapes {
        let rows = (0..most).map(|n| insert(notes, at(n))).collect();
        let made = Forged { rows, ..forged.clone() };
        let bytes = made.chunk();
        let hash = roadbook_sync::gate::prescan(&bytes).unwrap().hash;
        let doc = timed(name, &base, bytes).unwrap();
        let gone = (0..most).rev().map(|n| {
            let id = (start + (n * 7919) % most, 0);
            Row {
                at: At::After(id),
                insert: false,
                action: DELETE,
                value: (0, vec![]),
                preds: vec![id],
                ..insert(notes, At::Head)
            }
        });
        let gone = Forged {
            rows: gone.collect(),
            deps: vec![hash],
            seq: forged.seq + 1,
            start_op: start + most,
            ..forged.clone()
        };
        timed("  all removed, in disorder", &doc, gone.chunk()).unwrap();
    }
}

#[test]
fn the_most_operations_on_one_field_are_bounded() {
    let (base, forged, _) = scene();
    let state = forged.rows[0].preds[0];
    let value = |n: u64| ScalarValue::Str(if n.is_multiple_of(2) { "quote" } else { "draft" }.into());
    let rows = (0..CHANGE_OPS_MAX).map(|n| {
        let before = if n == 0 { state } else { (forged.start_op + n - 1, 0) };
        Row::put("state", &value(n), &[before])
    });
    timed("one field again and again", &base, Forged { rows: rows.collect(), ..forged.clone() }.chunk())
        .unwrap();
}

#[test]
fn the_most_items_are_bounded() {
    let (base, forged, _) = scene();
    let ObjId::Id(lines, ..) = base.get(ROOT, "lines").unwrap().unwrap().1 else { panic!("an id") };
    let rows = (0..8_000).map(|n| {
        let name = format!("01890000-0000-7000-9000-{n:012x}");
        Row { obj: Some((lines, 0)), action: MAP, ..Row::put(&name, &ScalarValue::Null, &[]) }
    });
    assert!(timed("8000 items", &base, Forged { rows: rows.collect(), ..forged }.chunk()).is_none());
}
