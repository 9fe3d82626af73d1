//! Section 8: what an item must be, before anybody asks what it wants.

use roadbook_model::{Kind, RecordId};
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_protocol::{Blob, Frame, Item, ItemBody, code, encode, limits};
use roadbook_testkit::scenario::{ALICE, BOB, Scenario, receipts};
use roadbook_testkit::work;

use crate::{assert_error, assert_held, assert_in_time, assert_refused};

/// A visit that Alice's phone could have captured, as an item's body.
pub fn visit(scene: &mut Scenario, id: u8) -> Changes {
    let device = scene.device(ALICE);
    let record = RecordId::from_bytes([id; 16]);
    let changes = work::creation(&device, Kind::VISIT, record, 0, &work::visit("by hand")).unwrap();
    let account = scene.account(ALICE).account();
    let new = Some(NewRecord { kind: "visit".to_owned(), account, opens: None });
    Changes { record, generation: 0, branch: 0, kind_version: 1, changes, new }
}

/// An item with a number of choice.
pub fn item(scene: &mut Scenario, number: u64, body: Changes) -> Vec<u8> {
    let account = scene.account(ALICE);
    let lease = scene.lease(ALICE, account);
    encode(&Item { number, lease, captured_ms: 0, body: ItemBody::Changes(body), reapplies: None })
}

#[test]
fn i1_an_unreadable_item_is_refused_by_its_number_and_spoils_no_other() {
    let mut scene = Scenario::new();
    let good = visit(&mut scene, 1);
    let many = Changes { changes: vec![Blob(Vec::new()); limits::ITEM_CHANGES_MAX + 1], ..good.clone() };
    // An array of two whose first element is the number 1, and nothing that makes sense behind.
    let rubbish = vec![0x82, 0x01, 0x60];
    let items = [rubbish, item(&mut scene, 2, many), item(&mut scene, 3, good)];
    let frames = scene.push(ALICE, &items);
    let receipts = receipts(&frames);
    assert_eq!(receipts.iter().map(|receipt| receipt.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_refused(&receipts[0].outcome, code::MALFORMED, "I1");
    assert_refused(&receipts[1].outcome, code::MALFORMED, "I1");
    assert_in_time(&receipts[2].outcome);
}

#[test]
fn i1_an_item_without_a_number_ends_the_connection() {
    let mut scene = Scenario::new();
    assert_error(&scene.push(ALICE, &[vec![0x60]]), code::MALFORMED);
}

#[test]
fn i2_a_gap_in_the_push_numbers_ends_the_push_there() {
    let mut scene = Scenario::new();
    let items: Vec<Vec<u8>> = [(1, 1), (3, 2), (4, 3)]
        .into_iter()
        .map(|(number, id)| {
            let body = visit(&mut scene, id);
            item(&mut scene, number, body)
        })
        .collect();
    assert_error(&scene.push(ALICE, &items), code::PUSH_GAP);
    let answered = |scene: &mut Scenario, number| scene.receipt(ALICE, number).is_some();
    assert!(answered(&mut scene, 1) && !answered(&mut scene, 3) && !answered(&mut scene, 4));
    // From 1 on, and not from 0.
    let mut scene = Scenario::new();
    let body = visit(&mut scene, 1);
    let zero = item(&mut scene, 0, body);
    assert_error(&scene.push(ALICE, &[zero]), code::PUSH_GAP);
}

#[test]
fn i3_an_item_is_kept_before_it_is_sent_and_sent_the_same_each_time() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "a first try");
    scene.connect(ALICE);
    let mut pushed = Vec::new();
    for _ in 0..3 {
        // The push arrives, its answer never does.
        scene.connect(ALICE);
        scene.step(ALICE);
        let kept = scene.last_item(ALICE);
        let up = scene.step_up(ALICE);
        pushed.extend(up.items().into_iter().map(|item| encode(&item)));
        assert_eq!(pushed.last(), Some(&kept.bytes));
        scene.crash_on_next(ALICE);
    }
    pushed.dedup();
    assert_eq!(pushed.len(), 1);
}

#[test]
fn i4_a_number_that_was_answered_for_other_bytes_takes_a_new_generation() {
    let mut scene = Scenario::new();
    let (one, other) = (visit(&mut scene, 1), visit(&mut scene, 2));
    let (one, other) = (item(&mut scene, 1, one), item(&mut scene, 1, other));
    assert_eq!(receipts(&scene.push(ALICE, &[one])).len(), 1);
    let answer = scene.push(ALICE, &[other]);
    let [Frame::NewGeneration(frame)] = answer.as_slice() else { panic!("not {answer:?}") };
    assert_eq!(frame.store_generation, 2);
}

#[test]
fn i5_a_push_that_the_device_did_not_sign_is_not_judged() {
    let mut scene = Scenario::new();
    let body = visit(&mut scene, 1);
    let item = item(&mut scene, 1, body);
    let head = scene.head();
    let honest = scene.push_of(ALICE, std::slice::from_ref(&item));
    let mut other_items = honest.clone();
    other_items.items = scene.push_of(ALICE, &[item.clone(), item.clone()]).items;
    let by_bob = scene.push_of(BOB, &[item]);
    for push in [other_items, by_bob] {
        let (mut wire, _) = scene.greet(ALICE);
        assert_error(&scene.say(&mut wire, Frame::Push(push)), code::BAD_SIGNATURE);
        assert!(wire.is_closed());
    }
    assert_eq!(scene.head(), head);
}

#[test]
fn i6_a_record_of_an_unknown_kind_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let mut body = visit(&mut scene, 1);
    body.new = Some(NewRecord { kind: "tour".to_owned(), account: account.account(), opens: None });
    let lease = scene.lease(ALICE, account);
    let number = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(body));
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::UNKNOWN_KIND, "I6");
}

#[test]
fn i7_changes_by_a_later_version_of_a_kind_are_held() {
    let mut scene = Scenario::new();
    let body = Changes { kind_version: Kind::VISIT.spec().version + 1, ..visit(&mut scene, 1) };
    let body = item(&mut scene, 1, body);
    let frames = scene.push(ALICE, &[body]);
    assert_held(&receipts(&frames)[0].outcome, code::FUTURE_KIND, "I7");
}
