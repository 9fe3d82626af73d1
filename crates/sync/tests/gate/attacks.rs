//! Rules G4 and G5: operations on what is not there, or not so, are refused before Automerge applies them.

use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValue};
use roadbook_model::{Kind, Role};
use roadbook_sync::gate::Refusal;

use crate::world::*;
use crate::writer::*;

/// A record that device 1 made, and the parts of an honest next change of it by device 1 without its rows.
struct Scene {
    base: Automerge,
    forged: Forged,
}

impl Scene {
    fn new() -> Self {
        let (mut doc, first) = new_order(1);
        let base = offer(None, 1, &[first]).unwrap().doc;
        let mut forged = Forged::of(&change_order(&mut doc, 1, &[put(["state"], str("quote"))]));
        forged.rows.clear();
        Self { base, forged }
    }

    /// The operation that made or set what stands at this path.
    fn id(&self, names: &[&str]) -> Id {
        let (mut object, mut found) = (ROOT, None);
        for name in names {
            let id = self.base.get(&object, *name).unwrap().unwrap().1;
            object = id.clone();
            found = Some(id);
        }
        let Some(ObjId::Id(counter, _, _)) = found else { panic!("an id") };
        (counter, 0)
    }

    /// The first character of the notes.
    fn character(&self) -> Id {
        (self.id(&["notes"]).0 + 1, 0)
    }

    fn insert(&self, after: At) -> Row {
        let notes = self.id(&["notes"]);
        Row { obj: Some(notes), at: after, insert: true, ..Row::put("", &ScalarValue::Str("x".into()), &[]) }
    }

    fn remove(&self, element: Id, preds: &[Id]) -> Row {
        let row = Row::put("", &ScalarValue::Null, preds);
        Row { obj: Some(self.id(&["notes"])), at: At::After(element), action: DELETE, ..row }
    }

    fn refused(&self, rows: &[Row]) -> Refusal {
        let forged = Forged { rows: rows.to_vec(), ..self.forged.clone() };
        let refused = refusal(Some(&self.base), forged.chunk());
        assert_eq!(refused.index, 0);
        refused
    }

    fn code(&self, rows: &[Row]) -> &'static str {
        let refused = self.refused(rows);
        assert_eq!(refused.rule, "G4");
        refused.code
    }

    fn admitted(&self, rows: &[Row]) {
        let forged = Forged { rows: rows.to_vec(), ..self.forged.clone() };
        offer(Some(&self.base), 1, &[forged.chunk()]).unwrap();
    }
}

/// The scene's record after two devices have set its reference apart.
fn conflict(scene: &Scene) -> Automerge {
    let mut base = scene.base.clone();
    for (device, reference) in [(2, "C"), (3, "D")] {
        let change = change_order(&mut scene.base.clone(), device, &[put(["reference"], str(reference))]);
        base = offer(Some(&base), device, &[change]).unwrap().doc;
    }
    base
}

fn quote() -> ScalarValue {
    ScalarValue::Str("quote".into())
}

#[test]
fn the_scene_itself_is_honest() {
    let scene = Scene::new();
    let character = scene.character();
    scene.admitted(&[Row::put("state", &quote(), &[scene.id(&["state"])])]);
    scene.admitted(&[scene.insert(At::Head), scene.insert(At::After(character))]);
    scene.admitted(&[scene.remove(character, &[character])]);
    scene.admitted(&[Row::put("reference", &quote(), &[])]);
}

#[test]
fn g4_a_write_into_an_unknown_object_is_refused() {
    let scene = Scene::new();
    let row = |obj: Id| Row { obj: Some(obj), ..Row::put("quantity", &ScalarValue::Int(1), &[]) };
    assert_eq!(scene.code(&[row((999, 0))]), "object_unknown");
    assert_eq!(scene.code(&[row((u64::from(u32::MAX), 0))]), "object_unknown");
    // Its own first operation, and one that comes later in the same change.
    let start = scene.forged.start_op;
    assert_eq!(scene.code(&[row((start, 0))]), "object_unknown");
    assert_eq!(scene.code(&[row((start + 1, 0)), Row::put("reference", &quote(), &[])]), "object_unknown");
    // What is there, but is a value and not an object.
    assert_eq!(scene.code(&[row(scene.id(&["state"]))]), "object_unknown");
    assert_eq!(scene.code(&[row(scene.character())]), "object_unknown");
}

#[test]
fn an_unknown_actor_is_refused() {
    let scene = Scene::new();
    let mut forged = scene.forged.clone();
    forged.others = vec![vec![0xee; 16]];
    let put = Row::put("quantity", &ScalarValue::Int(1), &[]);
    let rows = [
        Row { obj: Some((3, 1)), ..put },
        Row::put("state", &quote(), &[(1, 1)]),
        scene.insert(At::After((3, 1))),
        Row::put("reference", &quote(), &[]),
    ];
    for row in rows {
        forged.rows = vec![row];
        let refused = refusal(Some(&scene.base), forged.chunk());
        assert_eq!((refused.code, refused.rule), ("actor_unknown", "G3"));
    }
}

#[test]
fn an_actor_that_no_operation_uses_is_refused() {
    let scene = Scene::new();
    let change = change_order(&mut scene.base.clone(), 2, &[put(["reference"], str("PO 4"))]);
    let base = offer(Some(&scene.base), 2, &[change]).unwrap().doc;
    let mut forged = scene.forged.clone();
    forged.others = vec![actor_of(2).to_vec()];
    forged.rows = vec![Row::put("delivery_date", &ScalarValue::Str("2026-12-01".into()), &[])];
    let refused = refusal(Some(&base), forged.chunk());
    assert_eq!((refused.code, refused.rule), ("not_canonical", "G5"));
}

#[test]
fn an_object_that_the_writer_cannot_have_seen_is_refused() {
    let scene = Scene::new();
    let mut two = scene.base.clone();
    let item =
        change_order(&mut two, 2, &[put(["lines", LINE_3], line("konbu", 1)), splice("notes", 0, 0, "ab")]);
    let base = offer(Some(&scene.base), 2, &[item]).unwrap().doc;
    let lines = base.get(ROOT, "lines").unwrap().unwrap().1;
    let ObjId::Id(counter, ..) = base.get(&lines, LINE_3).unwrap().unwrap().1 else { panic!("an id") };
    let mut forged = scene.forged.clone();
    forged.others = vec![actor_of(2).to_vec()];
    // Device 1 rests on the record before device 2's change, and yet knows its item and its characters.
    forged.rows = vec![Row { obj: Some((counter, 1)), ..Row::put("position", &ScalarValue::Int(1), &[]) }];
    assert_eq!(refusal(Some(&base), forged.chunk()).code, "object_unknown");
    let start = forged.start_op;
    for element in start..start + 12 {
        forged.rows = vec![scene.insert(At::After((element, 1)))];
        assert_eq!(refusal(Some(&base), forged.chunk()).code, "element_unknown");
    }
}

#[test]
fn an_unknown_character_is_refused() {
    let scene = Scene::new();
    let start = scene.forged.start_op;
    for element in [(999, 0), (start, 0), (start + 1, 0), scene.id(&["notes"]), scene.id(&["state"])] {
        assert_eq!(scene.code(&[scene.insert(At::After(element))]), "element_unknown");
        assert_eq!(scene.code(&[scene.remove(element, &[element])]), "element_unknown");
    }
    // Number 0 stands for the beginning, but is not written so.
    assert_eq!(scene.refused(&[scene.insert(At::After((0, 0)))]).code, "not_canonical");
    assert_eq!(scene.code(&[scene.remove((0, 0), &[(0, 0)])]), "text_not_spliced");
    // A character of another text: one of the same change, inserted elsewhere.
    let mut other = scene.insert(At::After((start, 0)));
    other.obj = Some(scene.id(&["lines"]));
    assert_eq!(scene.code(&[scene.insert(At::Head), other]), "key_misplaced");
}

#[test]
fn a_character_removed_otherwise_than_by_itself_is_refused() {
    let scene = Scene::new();
    let character = scene.character();
    let next = (character.0 + 1, 0);
    for preds in [&[][..], &[next], &[character, next], &[(999, 0)], &[scene.id(&["state"])]] {
        assert_eq!(scene.code(&[scene.remove(character, preds)]), "text_not_spliced");
    }
    assert_eq!(
        scene.code(&[Row { at: At::Head, ..scene.remove(character, &[character]) }]),
        "text_not_spliced"
    );
}

#[test]
fn g4_a_text_written_otherwise_than_by_splices_is_refused() {
    let scene = Scene::new();
    let character = scene.character();
    let insert = scene.insert(At::Head);
    let odd = [
        Row { value: encode_value(&ScalarValue::Str("two".into())), ..insert.clone() },
        Row { value: encode_value(&ScalarValue::Str("".into())), ..insert.clone() },
        Row { value: encode_value(&ScalarValue::Int(7)), ..insert.clone() },
        Row { value: encode_value(&ScalarValue::Null), ..insert.clone() },
        Row { preds: vec![character], ..insert.clone() },
        Row { insert: false, ..insert.clone() },
        Row { at: At::After(character), insert: false, preds: vec![character], ..insert.clone() },
        Row { action: DELETE, value: (0, vec![]), ..insert.clone() },
        Row { action: MAP, value: (0, vec![]), ..insert.clone() },
        Row { action: LIST, value: (0, vec![]), ..insert.clone() },
        Row { action: TEXT, value: (0, vec![]), ..insert.clone() },
        Row { action: MARK, value: (0, vec![]), ..insert.clone() },
        Row { action: INCREMENT, value: encode_value(&ScalarValue::Int(1)), ..insert.clone() },
    ];
    for row in odd {
        assert_eq!(scene.code(std::slice::from_ref(&row)), "text_not_spliced", "{row:?}");
    }
    assert_eq!(
        scene.code(&[Row { value: encode_value(&ScalarValue::Str("\0".into())), ..insert }]),
        "bad_character"
    );
}

#[test]
fn names_in_texts_and_positions_in_maps_are_refused() {
    let scene = Scene::new();
    let (notes, lines) = (scene.id(&["notes"]), scene.id(&["lines"]));
    let named = Row { obj: Some(notes), ..Row::put("state", &quote(), &[]) };
    assert_eq!(scene.code(&[named]), "key_misplaced");
    let placed = Row { obj: Some(lines), ..scene.insert(At::Head) };
    assert_eq!(scene.code(&[placed]), "key_misplaced");
    let removed = Row { obj: None, ..scene.remove(scene.character(), &[scene.character()]) };
    assert_eq!(scene.code(&[removed]), "key_misplaced");
    let inserted = Row { insert: true, ..Row::put("reference", &quote(), &[]) };
    assert_eq!(scene.code(&[inserted]), "key_misplaced");
}

#[test]
fn g4_predecessors_other_than_what_stands_there_are_refused() {
    let scene = Scene::new();
    let (state, currency, start) = (scene.id(&["state"]), scene.id(&["currency"]), scene.forged.start_op);
    let state_with = |preds: &[Id]| Row::put("state", &quote(), preds);
    // None, an unknown one, another field's, another one too, itself, a later one, a text's, a character.
    let lists: [&[Id]; 8] = [
        &[],
        &[(999, 0)],
        &[currency],
        &[state, currency],
        &[(start, 0)],
        &[(start + 1, 0)],
        &[scene.id(&["notes"])],
        &[scene.character()],
    ];
    for preds in lists {
        assert_eq!(scene.code(&[state_with(preds)]), "pred_mismatch", "{preds:?}");
    }
    assert_eq!(scene.code(&[Row::put("reference", &quote(), &[state])]), "pred_mismatch");
    // The same twice in one change: the second must name the first.
    assert_eq!(scene.code(&[state_with(&[state]), state_with(&[state])]), "pred_mismatch");
    scene.admitted(&[state_with(&[state]), state_with(&[(start, 0)])]);
}

#[test]
fn a_value_that_was_replaced_or_not_yet_seen_is_no_predecessor() {
    let scene = Scene::new();
    let mut two = scene.base.clone();
    let change = change_order(&mut two, 2, &[put(["state"], str("quote"))]);
    let base = offer(Some(&scene.base), 2, &[change]).unwrap().doc;
    let mut forged = scene.forged.clone();
    forged.others = vec![actor_of(2).to_vec()];
    forged.rows = vec![Row::put("state", &quote(), &[(forged.start_op, 1)])];
    assert_eq!(refusal(Some(&base), forged.chunk()).code, "pred_mismatch");
    // Having seen device 2's change, it replaces that and not what was before.
    let mut informed = scene.forged.clone();
    informed.deps = base.get_heads().iter().map(|hash| hash.0).collect();
    informed.start_op += 1;
    informed.rows = vec![Row::put("state", &quote(), &[scene.id(&["state"])])];
    assert_eq!(refusal(Some(&base), informed.chunk()).code, "pred_mismatch");
}

#[test]
fn a_conflict_is_not_replaced_in_part() {
    let scene = Scene::new();
    let base = conflict(&scene);
    let mut forged = Forged::of(&change_order(&mut base.clone(), 1, &[put(["reference"], str("E"))]));
    let preds = forged.rows[0].preds.clone();
    assert_eq!((preds.len(), forged.others.len()), (2, 2));
    for part in [vec![preds[0]], vec![preds[1]], vec![preds[0], preds[0]], vec![preds[1], preds[1]], vec![]] {
        forged.rows[0].preds = part;
        assert_eq!(refusal(Some(&base), forged.chunk()).code, "pred_mismatch");
    }
    forged.rows[0].preds = vec![preds[1], preds[0]];
    assert_eq!(refusal(Some(&base), forged.chunk()).code, "not_canonical", "in descending order");
    forged.rows[0].preds = preds;
    offer(Some(&base), 1, &[forged.chunk()]).unwrap();
}

#[test]
fn a_conflict_is_settled_in_favour_of_what_won_and_of_nothing_else() {
    let scene = Scene::new();
    let base = conflict(&scene);
    let won = base.get(ROOT, "reference").unwrap().unwrap().0.into_string().unwrap();
    let settled = change_order(&mut base.clone(), 1, &[put(["reference"], str(&won))]);
    let mut forged = Forged::of(&settled);
    // Putting again what won is written as a removal of what lost.
    assert_eq!((forged.rows.len(), forged.rows[0].action, forged.rows[0].preds.len()), (1, DELETE, 1));
    let admitted = offer(Some(&base), 1, &[settled]).unwrap();
    assert_eq!(admitted.doc.get_all(ROOT, "reference").unwrap().len(), 1);
    assert_eq!(admitted.fields, admitted.before);
    // A removal of what won, or of everything.
    let both = Forged::of(&change_order(&mut base.clone(), 1, &[put(["reference"], str("E"))]));
    let preds = both.rows[0].preds.clone();
    forged.others = both.others;
    for preds in [vec![preds[1]], preds.clone(), vec![preds[0], preds[0]]] {
        forged.rows[0].preds = preds;
        assert_eq!(refusal(Some(&base), forged.chunk()).code, "not_an_item");
    }
}

#[test]
fn g4_a_conflict_is_settled_only_by_who_may_write_the_field() {
    let scene = Scene::new();
    let mut base = scene.base.clone();
    for (device, number) in [(2, "1"), (3, "2")] {
        let change = change_order(&mut scene.base.clone(), device, &[put(["external_id"], str(number))]);
        base = offer_as(Kind::ORDER, Role::Office, Some(&base), device, &[change]).unwrap().doc;
    }
    let won = base.get(ROOT, "external_id").unwrap().unwrap().0.into_string().unwrap();
    let settled = [change_order(&mut base.clone(), 1, &[put(["external_id"], str(&won))])];
    assert_eq!(offer(Some(&base), 1, &settled).unwrap_err().code, "not_permitted");
    offer_as(Kind::ORDER, Role::Office, Some(&base), 1, &settled).unwrap();
}

#[test]
fn removing_what_is_not_there_is_refused() {
    let scene = Scene::new();
    let lines = scene.id(&["lines"]);
    let delete = |name: &str, preds: &[Id]| Row {
        obj: Some(lines),
        action: DELETE,
        ..Row::put(name, &ScalarValue::Null, preds)
    };
    let line = scene.id(&["lines", LINE_1]);
    scene.admitted(&[delete(LINE_1, &[line])]);
    assert_eq!(scene.code(&[delete(LINE_1, &[])]), "pred_mismatch");
    assert_eq!(scene.code(&[delete(LINE_3, &[])]), "pred_mismatch");
    assert_eq!(scene.code(&[delete(LINE_3, &[line])]), "pred_mismatch");
    assert_eq!(scene.code(&[delete(LINE_1, &[line]), delete(LINE_1, &[line])]), "pred_mismatch");
}

#[test]
fn making_anew_what_is_there_is_refused() {
    let scene = Scene::new();
    let (lines, line) = (scene.id(&["lines"]), scene.id(&["lines", LINE_1]));
    let make = Row { obj: Some(lines), action: MAP, ..Row::put(LINE_1, &ScalarValue::Null, &[line]) };
    assert_eq!(scene.code(&[make]), "object_replaced");
    for (name, action) in [("notes", TEXT), ("lines", MAP)] {
        let make = Row { action, ..Row::put(name, &ScalarValue::Null, &[scene.id(&[name])]) };
        assert_eq!(scene.code(&[make]), "made_at_creation");
    }
}

#[test]
fn marks_are_refused() {
    let scene = Scene::new();
    let begin = Row { action: MARK, mark: Some("bold".into()), expand: true, ..scene.insert(At::Head) };
    let end = Row { action: MARK, value: (0, vec![]), ..scene.insert(At::Head) };
    let refused = scene.refused(&[end.clone(), begin]);
    assert_eq!((refused.code, refused.rule), ("column_unknown", "G1"));
    // An end without a name needs no column of its own.
    assert_eq!(scene.code(&[end]), "text_not_spliced");
    let in_map = Row { action: MARK, ..Row::put("reference", &ScalarValue::Null, &[]) };
    assert_eq!(scene.code(&[in_map]), "unsupported_act");
}

#[test]
fn maps_in_maps_are_refused() {
    let scene = Scene::new();
    let start = scene.forged.start_op;
    let make =
        |obj: Id, name: &str| Row { obj: Some(obj), action: MAP, ..Row::put(name, &ScalarValue::Null, &[]) };
    let mut rows = vec![make(scene.id(&["lines"]), LINE_3)];
    rows.extend((0..10_000).map(|depth| make((start + depth, 0), "sku")));
    assert_eq!(scene.code(&rows), "wrong_type");
    let rows: Vec<Row> = rows.into_iter().map(|row| Row { at: At::Name(LINE_3.into()), ..row }).collect();
    assert_eq!(scene.code(&rows), "unknown_field");
    let into_text = Row { obj: Some(scene.id(&["lines", LINE_1])), ..Row::put("sku", &quote(), &[]) };
    assert_eq!(scene.code(&[into_text]), "pred_mismatch");
}

#[test]
fn g5_other_bytes_for_the_same_change_are_refused() {
    let scene = Scene::new();
    let state = scene.id(&["state"]);
    let rows = vec![Row::put("state", &quote(), &[state]), Row::put("reference", &quote(), &[])];
    let forged = Forged { rows, ..scene.forged.clone() };
    offer(Some(&scene.base), 1, &[forged.chunk()]).unwrap();
    let mut split = forged.columns();
    let action = split.iter_mut().find(|column| column.0 == 0x42).unwrap();
    assert_eq!(action.1, [2, 1]);
    action.1 = vec![1, 1, 1, 1];
    let mut literal = forged.columns();
    literal.iter_mut().find(|column| column.0 == 0x42).unwrap().1 = vec![0x7e, 1, 1];
    for columns in [split, literal] {
        let refused = refusal(Some(&scene.base), forged.chunk_with(&columns));
        assert_eq!((refused.code, refused.rule), ("not_canonical", "G5"));
    }
    // A column that Automerge would have left out: all objects are the root.
    let mut null = forged.columns();
    null.insert(0, (0x01, vec![0, 2]));
    assert_eq!(refusal(Some(&scene.base), forged.chunk_with(&null)).code, "not_canonical");
    // A column that may not be left out.
    for spec in [0x34, 0x56, 0x70] {
        let mut short = forged.columns();
        short.retain(|column| column.0 != spec);
        let refused = refusal(Some(&scene.base), forged.chunk_with(&short));
        assert!(["column_malformed", "change_unreadable"].contains(&refused.code), "{refused}");
    }
}
