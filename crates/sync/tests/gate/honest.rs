//! What honest devices do passes.

use std::time::Instant;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Automerge, ObjType, ROOT, ReadDoc};
use roadbook_model::document::{change_bytes, create, edit, hydrate};
use roadbook_model::limits::TEXT_CHARS_MAX;
use roadbook_model::{Edit, Kind, Role, Value};
use roadbook_sync::gate::{plain_chunk, prescan};

use crate::world::*;
use crate::writer::Forged;

#[test]
fn a_new_record_with_text_and_items_is_admitted() {
    let (doc, bytes) = new_order(1);
    let admitted = offer(None, 1, std::slice::from_ref(&bytes)).unwrap();
    assert_eq!(admitted.fields, hydrate(Kind::ORDER.spec(), &doc));
    assert!(admitted.before.is_empty());
    assert_eq!(admitted.hashes, [prescan(&bytes).unwrap().hash]);
    assert_eq!(admitted.doc.get_heads(), doc.get_heads());
}

#[test]
fn a_new_record_of_every_kind_is_admitted() {
    let id = str(LINE_1);
    let text = |text: &str| Value::Text(text.into());
    let records = [
        (Kind::ACCOUNT, map([("name", str("Ernst Handel")), ("description", text("Opens late."))])),
        (Kind::CONTACT, map([("name", str("Roland Mendel")), ("mobile", str("0660 123"))])),
        (
            Kind::VISIT,
            map([("state", str("planned")), ("planned_start", Value::Timestamp(1_795_392_000_000))]),
        ),
        (
            Kind::TASK,
            map([("subject", str("Send samples")), ("state", str("open")), ("due", str("2026-12-01"))]),
        ),
        (Kind::COMMENT, map([("subject_id", id), ("body", text("Well done."))])),
        (Kind::ORDER, order()),
    ];
    for (kind, fields) in records {
        let doc = create(kind.spec(), actor_of(1), TIME_S, &fields).unwrap();
        let admitted = offer_as(kind, Role::Rep, None, 1, &change_bytes(&doc)).unwrap();
        assert_eq!(admitted.fields, hydrate(kind.spec(), &doc), "{kind}");
    }
}

#[test]
fn edits_removals_and_splices_are_admitted_one_by_one_and_as_a_batch() {
    let (mut doc, first) = new_order(1);
    let mut all = vec![first];
    let edits: [&[Edit]; 6] = [
        &[put(["state"], str("quote")), put(["valid_until"], str("2026-12-24"))],
        &[put(["lines", LINE_1, "quantity"], Value::Int(5)), splice("notes", 8, 8, "after 10")],
        &[put(["lines", LINE_3], line("aniseed", 1)), put(["lines", LINE_3, "discount_bp"], Value::Int(500))],
        &[Edit::Delete { path: path(["lines", LINE_2]) }, put(["valid_until"], Value::Null)],
        &[splice("notes", 0, 5, ""), splice("notes", 0, 0, "Ünï📦"), splice("notes", 1, 2, "x")],
        &[put(["notes"], Value::Text("All new.".into())), put(["lines", LINE_2], line("chang", 7))],
    ];
    for edits in edits {
        all.push(change_order(&mut doc, 1, edits));
    }
    let mut base = None;
    for change in &all {
        let admitted = offer(base.as_ref(), 1, std::slice::from_ref(change)).unwrap();
        base = Some(admitted.doc);
    }
    let batch = offer(None, 1, &all).unwrap();
    assert_eq!(batch.hashes.len(), 7);
    assert_eq!(batch.fields, hydrate(Kind::ORDER.spec(), &doc));
    assert_eq!(batch.fields, hydrate(Kind::ORDER.spec(), &base.unwrap()));
}

#[test]
fn the_record_itself_is_never_changed() {
    let (mut doc, first) = new_order(1);
    let base = doc.clone();
    let saved = base.save();
    let change = change_order(&mut doc, 1, &[put(["state"], str("quote"))]);
    let admitted = offer(Some(&base), 1, &[change]).unwrap();
    assert_ne!(admitted.fields, admitted.before);
    offer(Some(&base), 1, &[first]).unwrap_err();
    assert_eq!(base.save(), saved);
}

#[test]
fn two_devices_apart_then_together_are_admitted() {
    let (mut one, first) = new_order(1);
    let mut two = one.clone();
    let mut base = offer(None, 1, &[first]).unwrap().doc;

    let one_1 = change_order(&mut one, 1, &[put(["state"], str("quote")), splice("notes", 0, 7, "Bring")]);
    let one_2 = change_order(&mut one, 1, &[put(["lines", LINE_1, "quantity"], Value::Int(9))]);
    let edits =
        [put(["state"], str("draft")), put(["reference"], str("PO 4")), splice("notes", 9, 6, "soon")];
    let two_1 = change_order(&mut two, 2, &edits);
    let two_2 = change_order(&mut two, 2, &[Edit::Delete { path: path(["lines", LINE_1]) }]);
    base = offer(Some(&base), 2, &[two_1, two_2]).unwrap().doc;
    // Rests on what is no longer the head, and edits a line that is gone by now.
    base = offer(Some(&base), 1, &[one_1, one_2]).unwrap().doc;

    // Both hear of it; the next writer settles conflicts, on two heads.
    let mut three = base.clone();
    let three_1 = change_order(&mut three, 3, &[put(["state"], str("quote")), splice("notes", 3, 1, "--")]);
    base = offer(Some(&base), 3, &[three_1]).unwrap().doc;
    one.apply_changes(base.get_changes(&one.get_heads())).unwrap();
    let one_3 = change_order(&mut one, 1, &[put(["currency"], str("CHF"))]);
    let admitted = offer(Some(&base), 1, &[one_3]).unwrap();
    assert_eq!(admitted.fields, hydrate(Kind::ORDER.spec(), &one));
}

#[test]
fn a_conflict_of_three_is_settled_by_one_write() {
    let (one, first) = new_order(1);
    let mut base = offer(None, 1, &[first]).unwrap().doc;
    for (device, reference) in [(2, "B"), (3, "C"), (4, "D")] {
        let mut doc = one.clone();
        let change = change_order(&mut doc, device, &[put(["reference"], str(reference))]);
        base = offer(Some(&base), device, &[change]).unwrap().doc;
    }
    assert_eq!(base.get_all(ROOT, "reference").unwrap().len(), 3);
    let change = change_order(&mut base.clone(), 1, &[put(["reference"], str("settled"))]);
    assert_eq!(Forged::of(&change).rows[0].preds.len(), 3);
    let admitted = offer(Some(&base), 1, &[change]).unwrap();
    assert_eq!(admitted.doc.get_all(ROOT, "reference").unwrap().len(), 1);
}

#[test]
fn g7_two_notes_that_exceed_the_limit_only_together_are_admitted() {
    let spec = Kind::ORDER.spec();
    let mut fields = order();
    fields.insert("notes".into(), Value::Text("n".repeat(TEXT_CHARS_MAX - 100)));
    let mut one = create(spec, actor_of(1), TIME_S, &fields).unwrap();
    let mut two = one.clone();
    let mut base = offer(None, 1, &change_bytes(&one)).unwrap().doc;
    let addition = "m".repeat(80);
    let one_1 = change_order(&mut one, 1, &[splice("notes", 0, 0, &addition)]);
    let two_1 = change_order(&mut two, 2, &[splice("notes", 500, 0, &addition)]);
    base = offer(Some(&base), 1, &[one_1]).unwrap().doc;
    base = offer(Some(&base), 2, &[two_1]).unwrap().doc;

    // From now on it is too long, by nobody's fault: other fields, and the note itself, can still be written.
    let mut three = base.clone();
    let three_1 = change_order(&mut three, 3, &[put(["state"], str("quote"))]);
    let three_2 = change_order(&mut three, 3, &[splice("notes", 0, 10, "")]);
    let admitted = offer(Some(&base), 3, &[three_1, three_2]).unwrap();
    let Some(Value::Text(notes)) = admitted.fields.get("notes") else { panic!("a text") };
    assert_eq!(notes.len(), TEXT_CHARS_MAX + 50);

    // A device that has not heard of it yet goes on from where it stood.
    let one_2 = change_order(&mut one, 1, &[splice("notes", 0, 0, "Yes. ")]);
    let one_3 = change_order(&mut one, 1, &[put(["reference"], str("PO 4"))]);
    offer(Some(&admitted.doc), 1, &[one_2, one_3]).unwrap();
}

#[test]
fn the_longest_note_passes_and_can_be_edited() {
    let mut fields = order();
    fields.insert("notes".into(), Value::Text("Ä€📦x ".repeat(TEXT_CHARS_MAX / 5)));
    let mut doc = create(Kind::ORDER.spec(), actor_of(1), TIME_S, &fields).unwrap();
    let base = offer(None, 1, &change_bytes(&doc)).unwrap().doc;
    let change =
        change_order(&mut doc, 1, &[splice("notes", 10_000, 200, "short"), splice("notes", 3, 1, "é")]);
    offer(Some(&base), 1, &[change]).unwrap();
    let emptied = change_order(&mut base.clone(), 2, &[put(["notes"], Value::Text(String::new()))]);
    assert_eq!(prescan(&emptied).unwrap().preds, TEXT_CHARS_MAX as u64);
    offer(Some(&base), 2, &[emptied]).unwrap();
}

#[test]
fn each_role_writes_what_it_may() {
    let spec = Kind::ACCOUNT.spec();
    let fields = map([("name", str("Ernst Handel"))]);
    let doc = create(spec, actor_of(1), TIME_S, &fields).unwrap();
    let base = offer_as(Kind::ACCOUNT, Role::Rep, None, 1, &change_bytes(&doc)).unwrap().doc;
    let change =
        edit(spec, &mut doc.clone(), actor_of(2), TIME_S, &[put(["price_list"], str("B"))]).unwrap().unwrap();
    let changes = [change];
    offer_as(Kind::ACCOUNT, Role::Office, Some(&base), 2, &changes).unwrap();
    let refused = offer_as(Kind::ACCOUNT, Role::Rep, Some(&base), 2, &changes).unwrap_err();
    assert_eq!((refused.code, refused.rule, refused.path), ("not_permitted", "G4", path(["price_list"])));
    let refused = offer_as(Kind::ACCOUNT, Role::Manager, None, 1, &change_bytes(&doc)).unwrap_err();
    assert_eq!(refused.code, "not_permitted");
}

#[test]
fn a_manager_comments_sets_tasks_takes_up_cases_carries_out_processes_and_writes_nothing_else() {
    let id = str(LINE_1);
    let records = [
        (Kind::ACCOUNT, map([("name", str("Ernst Handel"))]), put(["phone"], str("1")), false),
        (Kind::CONTACT, map([("name", str("Roland Mendel"))]), put(["role"], str("Owner")), false),
        (Kind::VISIT, map([("state", str("planned"))]), put(["subject"], str("x")), false),
        (
            Kind::ORDER,
            map([("state", str("draft")), ("currency", str("EUR"))]),
            put(["reference"], str("x")),
            false,
        ),
        (
            Kind::TASK,
            map([("subject", str("Call back")), ("state", str("open"))]),
            put(["state"], str("done")),
            true,
        ),
        (
            Kind::COMMENT,
            map([("subject_id", id.clone()), ("body", Value::Text("Well done.".into()))]),
            splice("body", 0, 4, "Very well"),
            false,
        ),
        (Kind::CALL, map([("direction", str("incoming"))]), put(["subject"], str("x")), false),
        (
            Kind::OPPORTUNITY,
            map([("subject", str("Winter menu")), ("stage", str("identified"))]),
            put(["stage"], str("won")),
            false,
        ),
        (
            Kind::CASE,
            map([("subject", str("Broken jars")), ("case_type", str("complaint")), ("state", str("open"))]),
            put(["state"], str("resolved")),
            true,
        ),
        (
            Kind::RUN,
            map([
                ("process", str("complaint")),
                ("version", Value::Int(1)),
                ("subject_id", id),
                ("state", str("running")),
                ("started_at", Value::Timestamp(1_795_392_000_000)),
            ]),
            put(["state"], str("done")),
            true,
        ),
    ];
    let tried: Vec<Kind> = records.iter().map(|(kind, ..)| *kind).collect();
    assert!(Kind::all().all(|kind| tried.contains(&kind)), "a kind is missing here");
    for (kind, fields, change, changes_others) in records {
        let doc = create(kind.spec(), actor_of(1), TIME_S, &fields).unwrap();
        let created = change_bytes(&doc);
        let base = offer_as(kind, Role::Rep, None, 1, &created).unwrap().doc;
        let makes = offer_as(kind, Role::Manager, None, 1, &created).is_ok();
        let own = [Kind::TASK, Kind::COMMENT, Kind::CASE, Kind::RUN];
        assert_eq!(makes, own.contains(&kind), "making a {kind}");
        let change = edit(kind.spec(), &mut doc.clone(), actor_of(2), TIME_S, &[change]).unwrap().unwrap();
        let changed = offer_as(kind, Role::Manager, Some(&base), 2, &[change]);
        // Another's comment is another's.
        assert_eq!(
            changed.map_err(|refusal| refusal.code).err(),
            (!changes_others).then_some("not_permitted")
        );
    }
}

#[test]
fn a_compressed_chunk_has_one_plain_form() {
    let (doc, bytes) = new_order(1);
    let mut change = doc.get_changes(&[]).remove(0);
    let compressed = change.bytes().into_owned();
    assert_eq!((bytes[8], compressed[8]), (1, 2));
    assert_eq!(plain_chunk(&compressed).unwrap(), bytes);
    assert_eq!(plain_chunk(&bytes).unwrap(), bytes);
    assert_eq!(prescan(&bytes).unwrap().hash, doc.get_heads()[0].0);
}

#[test]
fn what_automerge_does_in_one_transaction_with_a_name_twice_is_admitted() {
    let (doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let mut other = AutoCommit::load(&doc.save()).unwrap().with_actor(ActorId::from(actor_of(1)));
    other.put(ROOT, "reference", "one").unwrap();
    other.put(ROOT, "reference", "two").unwrap();
    let lines = other.get(ROOT, "lines").unwrap().unwrap().1;
    other.delete(&lines, LINE_1).unwrap();
    let item = other.put_object(&lines, LINE_1, ObjType::Map).unwrap();
    other.put(&item, "sku", "konbu").unwrap();
    other.put(&item, "quantity", 1).unwrap();
    other.put(&item, "unit_price_minor", 600).unwrap();
    other.delete(&lines, LINE_1).unwrap();
    let notes = other.get(ROOT, "notes").unwrap().unwrap().1;
    other.splice_text(&notes, 2, 3, "abc").unwrap();
    other.splice_text(&notes, 3, 4, "").unwrap();
    let change = other.get_last_local_change().unwrap().raw_bytes().to_vec();
    offer(Some(&base), 1, &[change]).unwrap();
}

#[test]
fn the_tests_write_honest_changes_as_automerge_does() {
    let (mut doc, first) = new_order(1);
    let mut all = vec![first];
    all.push(change_order(
        &mut doc,
        2,
        &[put(["lines", LINE_1, "quantity"], Value::Int(5)), splice("notes", 1, 5, "a")],
    ));
    all.push(change_order(&mut doc, 1, &[Edit::Delete { path: path(["lines", LINE_2]) }]));
    for change in all {
        assert_eq!(Forged::of(&change).chunk(), change);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time it takes is what is shown")]
fn figures_for_one_change() {
    let (mut doc, first) = new_order(1);
    let saved = doc.save();
    let small = change_order(&mut doc, 1, &[put(["state"], str("quote")), put(["reference"], str("PO 4"))]);
    let mut fields = order();
    fields.insert("notes".into(), Value::Text("A line of honest work. ".repeat(14)));
    let note = change_bytes(&create(Kind::ORDER.spec(), actor_of(1), TIME_S, &fields).unwrap());
    let median_us = |work: &dyn Fn()| {
        let mut times: Vec<u128> = (0..31)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let creation = [first];
    let batch = [small];
    let base = Automerge::load(&saved).unwrap();
    let cold = median_us(&|| {
        let base = Automerge::load(&saved).unwrap();
        offer(Some(&base), 1, &batch).unwrap();
    });
    let warm = median_us(&|| drop(offer(Some(&base), 1, &batch).unwrap()));
    let create = median_us(&|| drop(offer(None, 1, &creation).unwrap()));
    let long = median_us(&|| drop(offer(None, 1, &note).unwrap()));
    println!(
        "us per change: two puts {warm} warm, {cold} with loading; new order {create}; with a 322-character note {long}"
    );
}
