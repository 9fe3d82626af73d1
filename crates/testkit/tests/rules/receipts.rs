//! Section 8: the server's word on an item, given once.

use roadbook_protocol::frame::Receipts;
use roadbook_protocol::{Entry, Frame, Item, ItemBody, Outcome, code, encode};
use roadbook_testkit::scenario::{ALICE, Scenario, receipts};

use crate::items::{item, visit};
use crate::{assert_held, assert_in_time};

fn answer(frames: &[Frame]) -> &Receipts {
    let answer =
        frames.iter().find_map(|frame| if let Frame::Receipts(it) = frame { Some(it) } else { None });
    answer.expect("the push was judged")
}

#[test]
fn r1_a_push_is_answered_item_by_item_with_the_positions_of_the_words() {
    let mut scene = Scenario::new();
    let mut bodies = [1, 2, 3].map(|id| visit(&mut scene, id));
    bodies[1].kind_version = 9;
    let [one, two, three] = bodies;
    let items = [item(&mut scene, 1, one), item(&mut scene, 2, two), item(&mut scene, 3, three)];
    let frames = scene.push(ALICE, &items);
    let answer = answer(&frames);
    assert_eq!(answer.receipts.len(), 3);
    for (receipt, number) in answer.receipts.iter().zip(1..) {
        assert_eq!(receipt.number, number);
        let row = &scene.world.server.log[usize::try_from(receipt.position - 1).unwrap()];
        let author = match (&row.entry.entry, &receipt.outcome) {
            (Entry::Changes(entry), Outcome::InRecord { .. }) => entry.author,
            (Entry::Unaccepted(entry), Outcome::Held(_)) => entry.author,
            other => panic!("the entry holds the word: {other:?}"),
        };
        assert_eq!((author.device, author.number), (Some(scene.device(ALICE).device), number));
    }
    let highest = answer.receipts.iter().map(|receipt| receipt.position).max().unwrap();
    assert!(answer.mark.position >= highest);
    let row = &scene.world.server.log[usize::try_from(answer.mark.position - 1).unwrap()];
    assert_eq!(answer.mark.chain, row.entry.chain.tag());
}

#[test]
fn r2_a_receipt_is_stored_with_its_entry_and_repeated_for_the_same_bytes() {
    let mut scene = Scenario::new();
    let bodies = [1, 2].map(|id| visit(&mut scene, id));
    let [one, mut two] = bodies;
    two.kind_version = 9;
    let items = [item(&mut scene, 1, one), item(&mut scene, 2, two)];
    let first = receipts(&scene.push(ALICE, &items));
    // Each stands beside its entry, in the same append.
    for receipt in &first {
        assert_eq!(scene.receipt(ALICE, receipt.number).as_ref(), Some(receipt));
    }
    let (head, kept) = (scene.head(), scene.world.server.book.held.len());
    scene.advance_ms(60_000);
    assert_eq!(receipts(&scene.push(ALICE, &items)), first);
    assert_eq!((scene.head(), scene.world.server.book.held.len()), (head, kept));
}

#[test]
fn r2_a_phone_that_never_got_its_receipts_gets_them_and_comes_to_rest() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "confirmed on the third try");
    for _ in 0..2 {
        scene.connect(ALICE);
        scene.step(ALICE);
        scene.step_up(ALICE);
        scene.crash_on_next(ALICE);
    }
    let talk = scene.sync(ALICE);
    assert_in_time(&talk.receipts()[0].outcome);
    assert_eq!(scene.items(ALICE), []);
    assert!(scene.record(visit).is_some());
    let words = scene.log_after(0).into_iter().filter(|(_, entry)| entry.record() == Some(visit)).count();
    assert_eq!(words, 1, "it is in the log once");
}

#[test]
fn r3_an_item_is_kept_until_the_cursor_has_passed_its_receipt() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "on its way");
    scene.connect(ALICE);
    // Hello and welcome, push and receipts.
    scene.step(ALICE);
    let talk = scene.step(ALICE);
    let receipt = talk.receipts()[0].clone();
    assert!(scene.device(ALICE).cursor.position < receipt.position);
    assert_eq!(scene.last_item(ALICE).receipt, Some(receipt.clone()));
    // The page that passes it.
    scene.talk(ALICE);
    assert!(scene.device(ALICE).cursor.position >= receipt.position);
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn r3_an_item_that_was_not_taken_is_kept_until_it_has_its_fate() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let body = roadbook_protocol::item::Changes { kind_version: 9, ..visit(&mut scene, 1) };
    let lease = scene.lease(ALICE, account);
    let number = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(body));
    scene.sync(ALICE);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::FUTURE_KIND, "I7");
    let kept = scene.last_item(ALICE);
    assert!(kept.tray && kept.receipt.is_some());
    scene.discard(ALICE, number).unwrap();
    scene.sync(ALICE);
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn r4_what_is_in_the_record_already_is_said_to_be_there() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "offered twice");
    let creation = Item::read(&scene.last_item(ALICE).bytes).unwrap();
    scene.set(ALICE, visit, "subject", "offered thrice");
    let edit = Item::read(&scene.last_item(ALICE).bytes).unwrap();
    scene.sync(ALICE);
    let last = scene.receipt(ALICE, edit.number).unwrap().position;
    let head = scene.head();
    // Both changes in one item under a new number, as from a store that was recovered; even under a strange lease.
    let (ItemBody::Changes(mut body), ItemBody::Changes(more)) = (creation.body, edit.body) else { panic!() };
    body.changes.extend(more.changes);
    let lease = roadbook_model::LeaseId::from_bytes([1; 16]);
    let again = Item { number: 3, lease, captured_ms: 5, body: ItemBody::Changes(body), reapplies: None };
    let receipts = receipts(&scene.push(ALICE, &[encode(&again)]));
    assert_in_time(&receipts[0].outcome);
    assert_eq!(receipts[0].position, last);
    assert_eq!(scene.head(), head);
}
