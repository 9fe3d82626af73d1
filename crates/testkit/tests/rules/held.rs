//! Section 10: what is not taken spoils nothing, is kept whole, and gets one fate.

use roadbook_model::{Edit, RecordId, Role, Verb, document};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::frame::Receipts;
use roadbook_protocol::item::{Changes, item_hash};
use roadbook_protocol::{Blob, Entry, Frame, Item, ItemBody, code, limits};
use roadbook_sync::actor;
use roadbook_sync::device::{LeaseState, Rows, content, receipts};
use roadbook_sync::gate::plain_chunk;
use roadbook_sync::ledger::{Aside, DeviceState};
use roadbook_testkit::scenario::{ALICE, BOB, DAY_MS, MONA, Scenario};
use roadbook_testkit::work;

use crate::{assert_held, assert_in_time, assert_late, assert_reason, assert_refused};

/// An edit of a visit's subject that claims another generation of the record, as from an app that missed a cut-over.
fn edit_of_generation(scene: &mut Scenario, visit: RecordId, generation: u32) -> u64 {
    let edit = Edit::Put { path: vec!["subject".to_owned()], value: work::text("of another generation") };
    put_edits(scene, visit, generation, &[edit])
}

/// Edits that an app would not let its person make any more.
pub fn edit_past_checks(scene: &mut Scenario, record: RecordId, edits: &[Edit]) -> u64 {
    put_edits(scene, record, 0, edits)
}

fn put_edits(scene: &mut Scenario, record: RecordId, generation: u32, edits: &[Edit]) -> u64 {
    let device = scene.device(ALICE);
    let row = scene.rows(ALICE).record(record).unwrap().unwrap();
    let mut doc = content::current(scene.rows(ALICE), &row).unwrap().unwrap().unwrap();
    let actor = actor::derive(device.device, device.store_generation, record, row.branch);
    let bytes = document::edit(row.envelope.kind.known().unwrap().spec(), &mut doc, actor, 1, edits)
        .unwrap()
        .unwrap();
    let changes = vec![Blob(plain_chunk(&bytes).unwrap())];
    let branch = row.branch;
    let body = Changes { record, generation, branch, kind_version: 1, changes, new: None };
    let account = row.envelope.account.record();
    let lease = scene.lease(ALICE, account);
    let number = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(body));
    content::refresh(scene.rows(ALICE), record).unwrap();
    number
}

#[test]
fn b1_what_is_held_or_refused_holds_up_no_other_item_receipt_or_page() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let first = scene.visit(ALICE, account, "first");
    scene.sync(ALICE);
    let held = edit_of_generation(&mut scene, first, 9);
    let mut body = crate::items::visit(&mut scene, 1);
    body.changes = vec![Blob(vec![1, 2, 3])];
    let lease = scene.lease(ALICE, account);
    let refused = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(body));
    let second = scene.visit(ALICE, account, "second");
    let taken = scene.last_item(ALICE).number;
    scene.everybody_syncs();
    assert_held(&scene.outcome(ALICE, held), code::SUPERSEDED, "B5");
    assert_refused(&scene.outcome(ALICE, refused), "chunk_malformed", "G1");
    assert_in_time(&scene.outcome(ALICE, taken));
    assert!(scene.shown(MONA, second).is_some());
    assert_eq!(scene.device(ALICE).cursor, scene.world.server.head());
}

#[test]
fn b2_the_phone_goes_on_from_what_is_accepted_and_keeps_the_rest_readable() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "accepted");
    scene.sync(ALICE);
    let held = edit_of_generation(&mut scene, visit, 9);
    scene.set(ALICE, visit, "next_step", "on top of it");
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("of another generation"));
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, held), code::SUPERSEDED, "B5");
    // The accepted content is back, both items are in the tray.
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("accepted"));
    assert_eq!(scene.shown_text(ALICE, visit, "next_step"), None);
    let tray = scene.items(ALICE);
    assert!(tray.len() == 2 && tray.iter().all(|item| item.tray && Item::read(&item.bytes).is_ok()));
    // New work goes on under the next branch.
    scene.set(ALICE, visit, "subject", "again");
    let item = scene.last_item(ALICE);
    let Ok(ItemBody::Changes(body)) = Item::read(&item.bytes).map(|item| item.body) else { panic!() };
    assert_eq!(body.branch, 1);
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, item.number));
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("again"));
}

/// Pushes one item of Alice's as a connected phone would; the answer is still on its way.
fn answer_to(scene: &mut Scenario, number: u64) -> Receipts {
    let bytes = scene.rows(ALICE).item(number).unwrap().unwrap().bytes;
    let frames = scene.push(ALICE, &[bytes]);
    let answer =
        frames.into_iter().find_map(|frame| if let Frame::Receipts(it) = frame { Some(it) } else { None });
    answer.unwrap()
}

#[test]
fn b2_b3_work_of_the_next_branch_stays_while_answers_to_the_retired_one_still_come() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "accepted");
    scene.sync(ALICE);
    let held = edit_of_generation(&mut scene, visit, 9);
    let answer_to_held = answer_to(&mut scene, held);
    scene.set(ALICE, visit, "next_step", "captured before the answer came");
    let behind = scene.last_item(ALICE).number;
    receipts::handle(scene.rows(ALICE), &answer_to_held).unwrap();
    scene.set(ALICE, visit, "subject", "on the next branch");
    let next = scene.last_item(ALICE).number;
    let answer_to_behind = answer_to(&mut scene, behind);
    receipts::handle(scene.rows(ALICE), &answer_to_behind).unwrap();
    assert_held(&scene.outcome(ALICE, behind), code::BRANCH_RETIRED, "B3");
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("on the next branch"));
    scene.set(ALICE, visit, "next_step", "and on");
    let last = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, next));
    assert_in_time(&scene.outcome(ALICE, last));
    assert_eq!(scene.record_text(visit, "next_step").as_deref(), Some("and on"));
}

#[test]
fn b2_held_work_stays_readable_when_what_it_builds_on_got_its_fate_before_it() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.set(ALICE, account, "phone", "given up by the office");
    let first = scene.last_item(ALICE).number;
    scene.set(ALICE, account, "city", "captured anew");
    scene.set(ALICE, account, "street", "captured anew as well");
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, first + 1), code::BRANCH_RETIRED, "B3");
    scene.discard(ALICE, first).unwrap();
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    scene.everybody_syncs();
    for (field, value) in [("city", "captured anew"), ("street", "captured anew as well")] {
        let number = scene.items(ALICE)[0].number;
        scene.may_reapply(ALICE, number).unwrap();
        scene.reapply(ALICE, number).unwrap();
        scene.sync(ALICE);
        scene.sync(ALICE);
        assert_eq!(scene.fate(ALICE, number).as_deref(), Some("re_applied"));
        assert_eq!(scene.record_text(account, field).as_deref(), Some(value));
    }
    assert_eq!(scene.items(ALICE), [], "the tray is empty");
    assert_eq!(scene.record_text(account, "phone"), None, "what was given up stays that");
}

#[test]
fn b2_b6_a_fate_that_comes_before_the_lost_receipt_retires_the_branch_as_well() {
    for released in [false, true] {
        let mut scene = Scenario::new();
        let account = scene.account(ALICE);
        let visit = scene.visit(ALICE, account, "accepted");
        scene.sync(ALICE);
        scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
        scene.set(ALICE, visit, "subject", "late");
        let held = scene.last_item(ALICE).number;
        answer_to(&mut scene, held);
        if released {
            scene.release(ALICE, held).unwrap();
        } else {
            scene.discard(ALICE, held).unwrap();
        }
        scene.move_account(account, ALICE);
        scene.everybody_syncs();
        scene.everybody_syncs();
        assert_eq!(scene.items(ALICE), [], "the item went with its fate");
        let given_up = (held, "discarded".to_owned(), "it was entered twice".to_owned());
        let told = if released { vec![] } else { vec![given_up] };
        assert_eq!(scene.rows(ALICE).notices, told, "nothing of hers goes without a word");
        scene.set(ALICE, visit, "next_step", "goes on");
        let next = scene.last_item(ALICE).number;
        scene.sync(ALICE);
        assert_in_time(&scene.outcome(ALICE, next));
    }
}

#[test]
fn b4_b6_a_proposed_lease_ends_with_a_fate_whose_receipt_was_lost() {
    let mut scene = Scenario::new();
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    let number = scene.last_item(ALICE).number;
    let proposed = scene.rows(ALICE).leases_in(LeaseState::Proposed).unwrap();
    let [proposed] = &proposed[..] else { panic!("{proposed:?}") };
    answer_to(&mut scene, number);
    scene.release(ALICE, number).unwrap();
    scene.everybody_syncs();
    let lease = scene.rows(ALICE).lease(proposed.lease).unwrap();
    assert!(lease.is_none_or(|lease| lease.state == LeaseState::Closed), "it never opened");
    assert_eq!(scene.record_text(account, "name").as_deref(), Some("Corner Shop"));
}

#[test]
fn b3_what_follows_on_a_retired_branch_is_held_with_it() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "accepted");
    scene.sync(ALICE);
    edit_of_generation(&mut scene, visit, 9);
    scene.set(ALICE, visit, "next_step", "on top of it");
    let behind = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, behind), code::BRANCH_RETIRED, "B3");
    // A branch stays retired, also once what retired it got its fate.
    scene.discard(ALICE, behind - 1).unwrap();
    let body = Item::read(&scene.last_item(ALICE).bytes).unwrap().body;
    let lease = scene.lease(ALICE, account);
    let number = scene.put_raw(ALICE, lease, Some(account), body);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::BRANCH_RETIRED, "B3");
}

/// Alice's device is leaving; she found an account and visited it.
fn held_account(scene: &mut Scenario) -> (RecordId, RecordId) {
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    let visit = scene.visit(ALICE, account, "at the counter");
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, 1), code::DEVICE_LEAVING, "L5");
    (account, visit)
}

#[test]
fn b4_work_under_the_lease_of_a_held_account_is_held_with_it() {
    let mut scene = Scenario::new();
    held_account(&mut scene);
    assert_held(&scene.outcome(ALICE, 2), code::PARENT_HELD, "B4");
}

#[test]
fn b4_b6_a_held_account_and_then_its_visit_can_be_released() {
    let mut scene = Scenario::new();
    let (account, visit) = held_account(&mut scene);
    assert_eq!(scene.release(ALICE, 2).unwrap_err().code, code::PARENT_HELD, "not before its account");
    scene.release(ALICE, 1).unwrap();
    scene.release(ALICE, 2).unwrap();
    assert_eq!(scene.record_text(account, "name").as_deref(), Some("Corner Shop"));
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("at the counter"));
    // It lies in the territory under whose lease it was found, and whoever is entitled there has it.
    assert!(scene.accounts(ALICE).contains(&account));
    scene.everybody_syncs();
    for who in [ALICE, MONA] {
        assert_eq!(scene.lease_state(who, account), Some(LeaseState::Open));
        assert_eq!(scene.shown_text(who, visit, "subject").as_deref(), Some("at the counter"));
    }
    assert!(scene.shown(BOB, account).is_none());
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn b4_b6_what_waits_on_a_held_account_can_be_released_with_it() {
    let mut scene = Scenario::new();
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    let order = scene.order(ALICE, account);
    scene.set(ALICE, account, "phone", "+49 30 1");
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    let done = scene.release_all(ALICE, 1).unwrap();
    assert_eq!(done.released.iter().map(|(key, _)| key.2).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(done.left, []);
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 1"));
    assert!(scene.record(order).is_some());
}

#[test]
fn b6_a_released_request_is_judged_as_its_author_s_once_what_it_asks_about_is_there() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    let created = scene.last_item(ALICE).number;
    scene.ask(ALICE, Verb::Submit, order);
    let asked = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    let early = scene.release(ALICE, asked).unwrap_err();
    assert_reason(&early, code::PARENT_HELD, "B6");
    scene.release(ALICE, created).unwrap();
    scene.release(ALICE, asked).unwrap();
    let record = &scene.world.server.book.records[&order];
    let decision = record.decision.as_ref().unwrap();
    assert_eq!((decision.state.as_str(), decision.by), ("submitted", record.envelope.creator));
    assert_reason(&scene.release(ALICE, asked).unwrap_err(), code::WRONG_STATE, "B6");
    scene.everybody_syncs();
    assert_eq!(scene.items(ALICE), [], "the tray is empty");
    assert!(scene.shown(BOB, order).is_some());
}

#[test]
fn b4_what_still_comes_for_an_account_that_was_released_is_late_work() {
    let mut scene = Scenario::new();
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    scene.sync(ALICE);
    let lease = scene.lease(ALICE, account);
    scene.set_device(ALICE, DeviceState::Active);
    scene.release(ALICE, 1).unwrap();
    // Captured under the lease that never opened, before the phone heard of anything.
    let mut body = crate::items::visit(&mut scene, 1);
    if let Some(new) = &mut body.new {
        new.account = account.account();
    }
    let number = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(body));
    scene.sync(ALICE);
    assert_late(&scene.outcome(ALICE, number));
}

#[test]
fn b5_changes_on_another_generation_of_the_record_are_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "accepted");
    scene.sync(ALICE);
    let number = edit_of_generation(&mut scene, visit, 1);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::SUPERSEDED, "B5");
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("accepted"));
}

#[test]
fn b6_a_held_item_is_kept_byte_for_byte_and_gets_one_fate() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "for review");
    let item = scene.last_item(ALICE);
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    let kept = scene.kept(ALICE, item.number).unwrap();
    assert_eq!((kept.bytes.as_slice(), kept.fate), (item.bytes.as_slice(), None));
    let position = scene.release(ALICE, item.number).unwrap();
    for second in [scene.release(ALICE, item.number), scene.discard(ALICE, item.number)] {
        let reason = second.unwrap_err();
        crate::assert_reason(&reason, code::WRONG_STATE, "B6");
    }
    let log = scene.log_after(0);
    let about =
        |entry: &&(u64, Entry)| matches!(&entry.1, Entry::Fate(fate) if fate.author.number == item.number);
    let fates: Vec<_> = log.iter().filter(about).collect();
    assert_eq!(fates.len(), 1);
    assert!(matches!(fates[0], (at, Entry::Fate(fate)) if *at == position && fate.fate == "released"));
    // In the record, under its author's name.
    let Some(Entry::Changes(entry)) = log
        .iter()
        .map(|(_, entry)| entry)
        .find(|entry| entry.record() == Some(visit) && matches!(entry, Entry::Changes(_)))
    else {
        panic!()
    };
    let alice = scene.device(ALICE);
    assert_eq!((entry.author.person, entry.author.device), (alice.person, Some(alice.device)));
    assert_eq!(scene.kept(ALICE, item.number).unwrap().bytes, item.bytes, "kept after its fate too");
    assert_eq!(item_hash(&item.bytes), item_hash(&kept.bytes));
}

#[test]
fn b6_a_fate_is_that_of_one_item_not_of_its_number() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let backup = scene.rows(ALICE).clone();
    scene.set_device(ALICE, DeviceState::Leaving);
    scene.visit(ALICE, account, "held and given up");
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    scene.set_device(ALICE, DeviceState::Active);
    scene.discard(ALICE, number).unwrap();
    // The phone is restored, and the number goes to other work before the fate is read.
    *scene.rows(ALICE) = backup;
    let visit = scene.visit(ALICE, account, "after the restore");
    assert_eq!(scene.last_item(ALICE).number, number);
    for _ in 0..4 {
        scene.sync(ALICE);
    }
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("after the restore"));
}

#[test]
fn b6_released_work_comes_back_to_the_phone_that_made_it() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    // Held by the record's state, under a lease that stays open; the office releases it once it may.
    scene.set(ALICE, order, "reference", "PO 7");
    let number = scene.last_item(ALICE).number;
    scene.set_device(ALICE, DeviceState::Leaving);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::DEVICE_LEAVING, "L5");
    assert_eq!(scene.shown_text(ALICE, order, "reference"), None);
    scene.set_device(ALICE, DeviceState::Active);
    scene.release(ALICE, number).unwrap();
    let talk = scene.sync(ALICE);
    assert_eq!(scene.shown_text(ALICE, order, "reference").as_deref(), Some("PO 7"));
    assert_eq!(scene.items(ALICE), []);
    assert!(talk.pages().iter().all(|page| page.fills.is_empty()));
    let again = scene.sync(ALICE);
    assert!(again.welcome().is_some_and(|welcome| welcome.idle && !welcome.differs), "nothing to heal");
    // And the phone writes on.
    scene.set(ALICE, order, "reference", "PO 8");
    scene.sync(ALICE);
    assert_eq!(scene.record_text(order, "reference").as_deref(), Some("PO 8"));
}

#[test]
fn b11_of_a_device_of_which_too_much_is_set_aside_the_rest_waits_and_what_is_good_goes_on() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "before");
    scene.sync(ALICE);
    let device = scene.device(ALICE).device;
    let since_ms = scene.world.now_ms;
    let bytes = limits::ASIDE_BYTES_A_DAY_MAX as u64 - limits::ASIDE_BYTES_MIN as u64;
    scene.world.server.book.devices.get_mut(&device).unwrap().aside = Aside { since_ms, bytes };
    // There is room for one more, however short it is.
    let last = edit_of_generation(&mut scene, visit, 7);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, last), code::SUPERSEDED, "B5");
    let good = scene.visit(ALICE, account, "what is taken does not count");
    scene.sync(ALICE);
    assert_eq!(scene.record_text(good, "subject").as_deref(), Some("what is taken does not count"));
    let more = edit_of_generation(&mut scene, good, 7);
    let before = scene.world.server.book.mark();
    let talk = scene.sync(ALICE);
    let Some(Frame::Error(error)) = talk.down.last() else { panic!("{:?}", talk.down) };
    assert_eq!(error.code, code::SET_ASIDE_TOO_MUCH);
    let over_ms = u32::try_from(since_ms + DAY_MS - scene.world.now_ms).unwrap();
    assert!(error.retry_after_ms.is_some_and(|wait| wait.abs_diff(over_ms) < 60_000), "{error:?}");
    assert_eq!(scene.world.server.book.mark(), before, "nothing was written");
    assert_eq!(scene.items(ALICE).len(), 2, "and nothing is lost: one is in the tray, one waits");
    scene.world.now_ms += DAY_MS;
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, more), code::SUPERSEDED, "B5");
}

#[test]
fn b12_work_that_only_a_former_role_allows_is_held_and_comes_in_under_that_role() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let other = scene.accounts(ALICE)[1];
    scene.sync(ALICE);
    let visit = scene.visit(ALICE, account, "captured as a rep");
    let created = scene.last_item(ALICE).number;
    scene.set(ALICE, other, "phone", "0123 456");
    let edited = scene.last_item(ALICE).number;
    scene.change_role(ALICE, Role::Manager);
    scene.sync(ALICE);
    for number in [created, edited] {
        assert_held(&scene.outcome(ALICE, number), code::ROLE_CHANGED, "B12");
    }
    assert!(scene.record(visit).is_none());
    assert!(scene.kept(ALICE, created).is_some(), "the phone keeps it readable");
    scene.release(ALICE, created).unwrap();
    scene.release(ALICE, edited).unwrap();
    scene.everybody_syncs();
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("captured as a rep"));
    assert_eq!(scene.record_text(other, "phone").as_deref(), Some("0123 456"));
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("captured as a rep"));

    // What no role of hers ever allowed is refused as before.
    let price = Edit::Put { path: vec!["price_list".to_owned()], value: work::text("gold") };
    let number = edit_past_checks(&mut scene, account, &[price]);
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, number), code::NOT_PERMITTED, "G4");
}

#[test]
fn b12_a_request_that_only_a_former_role_allows_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    scene.change_role(ALICE, Role::Office);
    scene.sync(ALICE);
    scene.ask(ALICE, Verb::Accept, order);
    let asked = scene.last_item(ALICE).number;
    scene.change_role(ALICE, Role::Rep);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, asked), code::ROLE_CHANGED, "B12");
}
