//! Section 9: devices that are taken out of use hand over what they have, wipe themselves, and say so.

use roadbook_protocol::frame::{Leave, Push};
use roadbook_protocol::{Entry, Frame, Item, ItemBody, Tag16, code, encode};
use roadbook_sync::device::leave::{Undecided, may_sign_out};
use roadbook_sync::device::{LeaseState, Leaving, Rows, SignOutError, Signer};
use roadbook_sync::ledger::DeviceState;
use roadbook_sync::server::Event;
use roadbook_testkit::scenario::{ALICE, BOB, Rep, Scenario};

use crate::{assert_error, assert_held, assert_in_time, assert_refused};

fn state(scene: &mut Scenario, who: Rep) -> DeviceState {
    let device = scene.device(who).device;
    scene.world.server.book.devices[&device].state
}

#[test]
fn w1_a_leaving_device_is_told_on_its_own_channel_and_again_in_a_fresh_store() {
    let mut scene = Scenario::new();
    let head = scene.head();
    scene.revoke(ALICE, false);
    let device = scene.device(ALICE).device;
    let told = |entry: &Entry| matches!(entry, Entry::Revoked(it) if it.device == device && !it.blocked);
    let words: Vec<_> = scene.log_after(head).iter().map(|(_, entry)| entry.word()).collect();
    assert_eq!(words, ["withdrawn", "revoked"], "in one append");
    assert!(scene.sync(BOB).entries().iter().all(|(_, entry)| !told(entry)), "nobody else's affair");
    // Its phone was restored from a backup: the fresh store begins behind the order, and is told anew.
    let (account, backup) = (scene.account(ALICE), scene.rows(ALICE).clone());
    scene.visit(ALICE, account, "sent before the restore");
    let item = scene.last_item(ALICE).bytes;
    scene.push(ALICE, &[item]);
    *scene.rows(ALICE) = backup;
    let head = scene.head();
    scene.sync(ALICE);
    assert!(scene.log_after(head).iter().any(|(_, entry)| told(entry)));
}

#[test]
fn w2_a_device_that_was_told_captures_nothing_and_hands_over_what_it_has() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "captured before");
    let number = scene.last_item(ALICE).number;
    scene.revoke(ALICE, false);
    scene.connect(ALICE);
    let mut order_seen = false;
    while scene.leaving(ALICE) != Leaving::Wiped {
        let more = scene.step(ALICE);
        assert!(!more.up.is_empty() || !more.down.is_empty(), "it gets on");
        if scene.leaving(ALICE) == Leaving::Ordered && !order_seen {
            order_seen = true;
            let captured = scene.try_set(ALICE, account, "phone", "+49 30 1");
            assert_eq!(captured.unwrap_err().code(), code::DEVICE_LEAVING);
            let answered = scene.receipt(ALICE, number).is_some();
            let waits = scene.rows(ALICE).waiting().unwrap().0 > 0;
            assert!(answered || waits, "what is unanswered is still here");
        }
    }
    assert!(order_seen);
    assert_held(&scene.outcome(ALICE, number), code::DEVICE_LEAVING, "L5");
}

#[test]
fn w3_it_wipes_itself_once_all_is_answered_and_says_so() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "captured before");
    scene.revoke(ALICE, false);
    scene.sync(ALICE);
    assert_eq!((state(&mut scene, ALICE), scene.leaving(ALICE)), (DeviceState::Wiped, Leaving::Wiped));
    let rows = scene.rows(ALICE);
    assert!(rows.all_records().next().is_none() && rows.all_leases().next().is_none());
    assert!(rows.views.is_empty());
    let items = scene.items(ALICE);
    let bodies: Vec<_> = items.iter().map(|item| Item::read(&item.bytes).unwrap().body).collect();
    assert_eq!(bodies, [ItemBody::Wiped]);
    assert!(scene.world.phones[ALICE.0].gone, "and its program is told to remove the rest");
    let device = scene.device(ALICE).device;
    assert!(
        scene.log_after(0).iter().any(|(_, entry)| matches!(entry, Entry::Wiped(it) if it.device == device))
    );
}

#[test]
fn w3_a_lost_answer_to_its_last_word_is_made_up_for_by_the_next_hello() {
    let mut scene = Scenario::new();
    scene.revoke(ALICE, false);
    scene.connect(ALICE);
    while state(&mut scene, ALICE) != DeviceState::Wiped {
        scene.step_up(ALICE);
        if state(&mut scene, ALICE) != DeviceState::Wiped {
            scene.step_down(ALICE);
        }
    }
    scene.crash_on_next(ALICE);
    assert!(!scene.world.phones[ALICE.0].gone);
    let talk = scene.sync(ALICE);
    assert_eq!(talk.error().map(|error| error.code.as_str()), Some(code::WIPED));
    assert!(scene.world.phones[ALICE.0].gone);
}

#[test]
fn w3_what_only_a_store_set_aside_holds_keeps_a_device_from_wiping_itself() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.world.phones[ALICE.0].left.push(account);
    scene.revoke(ALICE, false);
    scene.sync(ALICE);
    assert_eq!((state(&mut scene, ALICE), scene.leaving(ALICE)), (DeviceState::Leaving, Leaving::Ordered));
}

#[test]
fn w4_nobody_else_is_believed_to_be_wiped_and_who_was_is_not_spoken_with() {
    let mut scene = Scenario::new();
    let number = scene.device(BOB).last_number + 1;
    let lease = scene.territory_lease(BOB);
    let item = encode(&Item { number, lease, captured_ms: 0, body: ItemBody::Wiped, reapplies: None });
    let frames = scene.push(BOB, &[item]);
    let receipts = roadbook_testkit::scenario::receipts(&frames);
    assert_refused(&receipts[0].outcome, code::WRONG_STATE, "W4");
    assert_eq!(state(&mut scene, BOB), DeviceState::Active);

    // A copy of the phone, made before it left, and its connection.
    let copy = scene.rows(ALICE).clone();
    let (mut wire, _) = scene.greet(ALICE);
    scene.revoke(ALICE, false);
    scene.sync(ALICE);
    *scene.rows(ALICE) = copy;
    let mut body = crate::items::visit(&mut scene, 1);
    let account = scene.account(BOB).account();
    if let Some(new) = &mut body.new {
        new.account = account;
    }
    let lease = scene.rows(ALICE).leases_in(LeaseState::Open).unwrap()[0].lease;
    let device = scene.device(ALICE);
    let number = scene.world.server.book.devices[&device.device].last_number + 1;
    let item =
        encode(&Item { number, lease, captured_ms: 0, body: ItemBody::Changes(body), reapplies: None });
    let push: Push = scene.push_of(ALICE, &[item]);
    assert_error(&scene.say(&mut wire, Frame::Push(push)), code::WIPED);
    let mut wire = scene.dial();
    let hello = scene.hello(ALICE);
    let hello = scene.signed(ALICE, hello);
    assert_error(&scene.say(&mut wire, hello), code::WIPED);
}

#[test]
fn h3_a_device_that_is_blocked_while_connected_is_told_so_and_nothing_else() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let (mut wire, _) = scene.greet(ALICE);
    scene.visit(ALICE, account, "stolen");
    let item = scene.last_item(ALICE).bytes;
    scene.revoke(ALICE, true);
    let device = scene.device(ALICE).device;
    assert!(scene.world.server.open_accounts(device).is_empty());
    let frames = scene.happen(&mut wire, Event::Woken);
    assert_error(&frames, code::BLOCKED);
    assert!(wire.is_closed());
    let mut wire = scene.dial();
    let hello = scene.hello(ALICE);
    let hello = scene.signed(ALICE, hello);
    assert_error(&scene.say(&mut wire, hello), code::BLOCKED);
    assert!(scene.items(ALICE).iter().any(|it| it.bytes == item), "what it had stays on it");
}

#[test]
fn w3_a_server_from_a_backup_that_never_heard_the_last_word_gets_it_again() {
    let mut scene = Scenario::new();
    scene.revoke(ALICE, false);
    let backup = scene.world.server.clone();
    scene.sync(ALICE);
    assert_eq!(scene.leaving(ALICE), Leaving::Wiped);
    // The disk that knew of it is gone; the phone was switched off before it could remove itself.
    scene.world.server = backup;
    scene.world.server.book.epoch = Tag16([42; 16]);
    scene.world.phones[ALICE.0].gone = false;
    let talk = scene.sync(ALICE);
    assert_eq!(talk.words_down().last(), Some(&"new-generation"));
    assert_eq!(state(&mut scene, ALICE), DeviceState::Leaving);
    // Once to look through the store that was set aside, once to leave.
    scene.sync(ALICE);
    scene.sync(ALICE);
    assert_eq!(state(&mut scene, ALICE), DeviceState::Wiped, "the office knows");
    assert!(scene.world.phones[ALICE.0].gone);
}

/// A wish to leave that is signed by somebody's key, for a store of theirs.
fn leave(scene: &mut Scenario, who: Rep, store_generation: u32, last_number: u64) -> Frame {
    let proof = Leave::proof(scene.device(who).device, store_generation, last_number);
    Frame::Leave(Leave { last_number, signature: scene.world.phones[who.0].signer.sign(&proof) })
}

#[test]
fn w6_a_device_whose_person_signs_out_leaves_behind_all_that_it_captured() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "the last one");
    let number = scene.last_item(ALICE).number;
    let (device, head) = (scene.device(ALICE).device, scene.head());
    scene.world.phones[ALICE.0].signs_out = Some(Undecided::Stops);
    let talk = scene.sync(ALICE);
    let pushes = talk.words_up().iter().position(|word| *word == "push");
    let leaves = talk.words_up().iter().position(|word| *word == "leave");
    assert!(pushes < leaves, "what waits goes first: {:?}", talk.words_up());
    assert_eq!((state(&mut scene, ALICE), scene.leaving(ALICE)), (DeviceState::Wiped, Leaving::Wiped));
    assert!(scene.world.phones[ALICE.0].gone);
    assert_in_time(&scene.world.server.book.receipts[&(device, 1, number)].receipt.outcome);
    let log = scene.log_after(head);
    let order = log.iter().find_map(|(_, entry)| match entry {
        Entry::Revoked(it) if it.device == device => Some(it.clone()),
        _ => None,
    });
    let order = order.unwrap();
    assert!(!order.blocked && order.note.is_some_and(|note| note.contains("signed out")));
    assert_eq!(log.last().map(|(_, entry)| entry.word()), Some("wiped"));
}

#[test]
fn w6_a_leave_counts_only_behind_everything_and_by_the_devices_own_live_store() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "sent");
    scene.sync(ALICE);
    let (device, head) = (scene.device(ALICE), scene.head());
    for (number, error) in
        [(device.last_number - 1, code::PUSH_GAP), (device.last_number + 1, code::PUSH_GAP)]
    {
        let (mut wire, _) = scene.greet(ALICE);
        let frame = leave(&mut scene, ALICE, device.store_generation, number);
        assert_error(&scene.say(&mut wire, frame), error);
    }
    let by_other_store = leave(&mut scene, ALICE, device.store_generation + 1, device.last_number);
    let by_bob = leave(&mut scene, BOB, device.store_generation, device.last_number);
    for frame in [by_other_store, by_bob] {
        let (mut wire, _) = scene.greet(ALICE);
        assert_error(&scene.say(&mut wire, frame), code::BAD_SIGNATURE);
    }
    assert_eq!((state(&mut scene, ALICE), scene.head()), (DeviceState::Active, head), "nothing has changed");
    let (mut wire, _) = scene.greet(ALICE);
    let frame = leave(&mut scene, ALICE, device.store_generation, device.last_number);
    scene.say(&mut wire, frame.clone());
    let head = scene.head();
    scene.say(&mut wire, frame);
    assert_eq!((state(&mut scene, ALICE), scene.head()), (DeviceState::Leaving, head), "once is enough");
}

#[test]
fn w7_nobody_signs_out_of_what_would_be_lost() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "not sent");
    let refused = may_sign_out(scene.rows(ALICE), Undecided::IsLeft);
    assert!(matches!(refused, Err(SignOutError::Unsent(1))), "{refused:?}");
    // A store set aside holds something: the session does not ask, and the phone works on.
    scene.world.phones[ALICE.0].left.push(account);
    scene.world.phones[ALICE.0].signs_out = Some(Undecided::IsLeft);
    let talk = scene.sync(ALICE);
    assert!(!talk.words_up().contains(&"leave"), "{:?}", talk.words_up());
    assert_eq!((state(&mut scene, ALICE), scene.leaving(ALICE)), (DeviceState::Active, Leaving::No));
    scene.set(ALICE, account, "phone", "+49 30 1");
}

#[test]
fn w7_what_is_undecided_keeps_its_person_unless_it_is_left_to_the_office() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.hand_over(account, BOB, roadbook_protocol::entry::LatePolicy::Review, 60_000);
    scene.visit(ALICE, account, "late, for review");
    scene.world.phones[ALICE.0].signs_out = Some(Undecided::Stops);
    scene.sync(ALICE);
    let stops = may_sign_out(scene.rows(ALICE), Undecided::Stops);
    assert!(matches!(stops, Err(SignOutError::Undecided(1))), "{stops:?}");
    assert_eq!(state(&mut scene, ALICE), DeviceState::Active);
    scene.world.phones[ALICE.0].signs_out = Some(Undecided::IsLeft);
    scene.sync(ALICE);
    assert_eq!(state(&mut scene, ALICE), DeviceState::Wiped);
    assert_eq!(scene.world.server.book.held.len(), 1, "the office has it");
}
