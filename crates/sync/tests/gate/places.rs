//! Rules G2 and G3: a change is by its device, and next in its place.

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc};
use roadbook_model::limits::RECORD_OPS_MAX;
use roadbook_sync::gate::Refusal;

use crate::world::*;
use crate::writer::*;

/// A record that device 1 made, and device 1's next change of it, as parts.
fn next() -> (Automerge, Forged) {
    let (mut doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let change = change_order(&mut doc, 1, &[put(["state"], str("quote"))]);
    (base, Forged::of(&change))
}

/// The code for the honest next change, changed in one thing.
fn refused(change: impl FnOnce(&mut Forged)) -> Refusal {
    let (base, mut forged) = next();
    offer(Some(&base), 1, &[forged.chunk()]).unwrap();
    change(&mut forged);
    refusal(Some(&base), forged.chunk())
}

#[test]
fn g2_a_change_in_anothers_name_is_refused() {
    let (base, forged) = next();
    // Device 2 pushes what claims to be device 1's correct next change.
    let refused = offer(Some(&base), 2, &[forged.chunk()]).unwrap_err();
    assert_eq!((refused.code, refused.rule), ("actor_mismatch", "G2"));
}

#[test]
fn g2_a_change_of_another_branch_or_generation_is_refused() {
    use roadbook_model::{DeviceId, RecordId};
    use roadbook_sync::actor;
    let (device, record) = (DeviceId::from_bytes([1; 16]), RecordId::from_bytes([7; 16]));
    let actors = [
        actor::derive(device, 1, record, 1),
        actor::derive(device, 2, record, 0),
        actor::derive(DeviceId::from_bytes([2; 16]), 1, record, 0),
        actor::derive(device, 1, RecordId::from_bytes([1; 16]), 0),
        actor::server([1; 16], record),
        [0; 16],
    ];
    assert_eq!(actor::derive(device, 1, record, 0), actor_of(1));
    for actor in actors {
        assert_eq!(refused(|forged| forged.actor = actor.to_vec()).code, "actor_mismatch");
    }
}

#[test]
fn the_derivation_is_the_one_of_the_specification() {
    use roadbook_model::{DeviceId, RecordId};
    use roadbook_sync::actor;
    let hex = |bytes: [u8; 16]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (device, record) = (DeviceId::from_bytes([0x11; 16]), RecordId::from_bytes([0x22; 16]));
    assert_eq!(hex(actor::derive(device, 3, record, 4)), "3e3d63d7c3fb0ed1ed8c9375a9fbd097");
    assert_eq!(hex(actor::server([0x33; 16], record)), "95e56838092b617d89d07c87382ba180");
}

#[test]
fn g3_the_same_place_twice_is_refused() {
    let (base, forged) = next();
    let mut other = forged.clone();
    other.rows[0].value = encode_value(&automerge::ScalarValue::Str("draft".into()));
    let both = [forged.chunk(), other.chunk()];
    let refused = offer(Some(&base), 1, &both).unwrap_err();
    assert_eq!((refused.code, refused.index), ("seq_unexpected", 1));
    let after = offer(Some(&base), 1, &both[..1]).unwrap().doc;
    assert_eq!(refusal(Some(&after), both[1].clone()).code, "seq_unexpected");
    // The very same change is known by its hash: the caller answers with its stored receipt and does not ask here.
    assert_eq!(refusal(Some(&after), both[0].clone()).code, "seq_unexpected");
}

#[test]
fn g3_a_gap_in_the_sequence_is_refused() {
    assert_eq!(refused(|forged| forged.seq += 10).code, "seq_unexpected");
    assert_eq!(refused(|forged| forged.seq = u64::from(u32::MAX)).code, "seq_unexpected");
    assert_eq!(refused(|forged| forged.seq = u64::MAX).code, "chunk_malformed");
    assert_eq!(refused(|forged| forged.seq = 0).code, "chunk_malformed");
    let (base, mut forged) = next();
    forged.actor = actor_of(2).to_vec();
    forged.seq = 5;
    let refused = offer(Some(&base), 2, &[forged.chunk()]).unwrap_err();
    assert_eq!((refused.code, refused.rule), ("seq_unexpected", "G3"));
}

#[test]
fn g3_unknown_dependencies_are_refused() {
    let refused = refused(|forged| forged.deps.push([0xff; 32]));
    assert_eq!((refused.code, refused.rule), ("deps_unknown", "G3"));
    let (_, forged) = next();
    let orphan = Forged { seq: 1, ..forged };
    assert_eq!(refusal(None, orphan.chunk()).code, "deps_unknown");
}

#[test]
fn g3_a_second_beginning_is_refused() {
    let (doc, first) = new_order(1);
    let base = offer(None, 1, &[first]).unwrap().doc;
    let (_, second) = new_order(2);
    let refused = offer(Some(&base), 2, &[second]).unwrap_err();
    assert_eq!((refused.code, refused.rule), ("deps_missing", "G3"));
    drop(doc);
}

#[test]
fn g3_an_operation_number_out_of_place_is_refused() {
    // Reusing own numbers, lying below what it rests on, or running ahead to win every conflict.
    let far = [1, 2, 10, 1_000_000, u64::from(u32::MAX) - 1, u64::from(u32::MAX)];
    for start_op in far {
        let refused = refused(|forged| forged.start_op = start_op);
        assert_eq!((refused.code, refused.rule), ("start_op_unexpected", "G3"));
    }
    assert_eq!(refused(|forged| forged.start_op -= 1).code, "start_op_unexpected");
    assert_eq!(refused(|forged| forged.start_op += 1).code, "start_op_unexpected");
    for start_op in [0, u64::from(u32::MAX) + 1, u64::MAX] {
        assert_eq!(refused(|forged| forged.start_op = start_op).code, "chunk_malformed");
    }
    let (base, mut forged) = next();
    (forged.actor, forged.seq, forged.start_op) = (actor_of(2).to_vec(), 1, 1);
    assert_eq!(offer(Some(&base), 2, &[forged.chunk()]).unwrap_err().code, "start_op_unexpected");
}

#[test]
fn g3_a_record_that_is_full_takes_no_more() {
    let (mut doc, _) = new_order(1);
    let notes = doc.get(ROOT, "notes").unwrap().unwrap().1;
    doc.set_actor(ActorId::from(actor_of(9)));
    while doc.stats().num_ops < RECORD_OPS_MAX {
        let left = (RECORD_OPS_MAX - doc.stats().num_ops).min(50_000);
        let mut tx = doc.transaction();
        tx.splice_text(&notes, 0, 0, &"x".repeat(left as usize)).unwrap();
        tx.commit();
    }
    let change = {
        let mut tx_doc = doc.clone().with_actor(ActorId::from(actor_of(1)));
        let mut tx = tx_doc.transaction();
        tx.put(ROOT, "state", "quote").unwrap();
        tx.commit();
        tx_doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    let refused = refusal(Some(&doc), change);
    assert_eq!((refused.code, refused.rule), ("record_full", "G3"));
}

#[test]
fn an_isolated_transaction_is_refused() {
    let (mut doc, first) = new_order(1);
    let heads = doc.get_heads();
    change_order(&mut doc, 1, &[put(["state"], str("quote"))]);
    let base = offer(None, 1, &[first]).unwrap().doc;
    // Written "at" the first heads by the same actor: Automerge gives it another actor.
    let mut tx = doc.transaction_at(automerge::PatchLog::inactive(), &heads).unwrap();
    tx.put_object(ROOT, "state", ObjType::Map).unwrap();
    tx.commit();
    let change = doc.get_changes(&heads).into_iter().next_back().unwrap().raw_bytes().to_vec();
    assert_eq!(refusal(Some(&base), change).code, "chunk_malformed", "its actor has a suffix");
}
