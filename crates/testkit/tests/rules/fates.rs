//! Section 10: what held work can become, besides released: taken over by the office, captured anew, given up.

use roadbook_model::{Edit, RecordId, Verb};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::{Entry, code};
use roadbook_sync::device::reapply::Discarded;
use roadbook_sync::device::{LeaseState, Rows, capture};
use roadbook_sync::ledger::DeviceState;
use roadbook_testkit::scenario::{ALICE, BOB, DAY_MS, MONA, Scenario};
use roadbook_testkit::work;

use crate::{assert_held, assert_in_time, assert_reason, assert_refused};

/// Alice's edits of an account that was handed to Bob under review meanwhile; the number of the held item.
fn held_edits(scene: &mut Scenario, account: RecordId, edits: &[(&str, &str)]) -> u64 {
    let edits: Vec<Edit> = edits
        .iter()
        .map(|(field, value)| Edit::Put { path: vec![(*field).to_owned()], value: work::text(value) })
        .collect();
    scene.capture(ALICE, |rows, ctx| capture::edit(rows, ctx, account, &edits)).unwrap();
    let number = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::LATE_REVIEW, "L5");
    number
}

fn path(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn b8_the_office_takes_over_what_nobody_changed_since_and_names_what_it_wants_of_the_rest() {
    for named in [false, true] {
        let mut scene = Scenario::new();
        let account = scene.account(ALICE);
        let number = held_edits(&mut scene, account, &[("phone", "+49 30 1"), ("city", "Berlin")]);
        scene.sync(BOB);
        scene.set(BOB, account, "phone", "+49 30 2");
        scene.sync(BOB);
        let head = scene.head();

        let take = if named { vec![path(&["phone"])] } else { Vec::new() };
        let done = scene.re_author(ALICE, number, &take).unwrap();
        let left: Vec<_> = done.conflicts.iter().map(|conflict| conflict.path.clone()).collect();
        assert_eq!(left, if named { vec![] } else { vec![path(&["phone"])] });
        assert_eq!(scene.record_text(account, "city").as_deref(), Some("Berlin"));
        let phone = if named { "+49 30 1" } else { "+49 30 2" };
        assert_eq!(scene.record_text(account, "phone").as_deref(), Some(phone));

        let log = scene.log_after(head);
        let [(_, Entry::Changes(taken)), (at, Entry::Fate(fate))] = &log[..] else { panic!("{log:?}") };
        assert_eq!((taken.author.person, taken.author.device), (scene.world.admin, None));
        assert_eq!((fate.fate.as_str(), *at), ("re_authored", done.position));
        let again = scene.re_author(ALICE, number, &[]).unwrap_err();
        assert_reason(&again, code::WRONG_STATE, "B6");
        scene.everybody_syncs();
        assert_eq!(scene.items(ALICE), [], "the tray is empty");
        assert_eq!(scene.shown_text(BOB, account, "city").as_deref(), Some("Berlin"));
    }
}

#[test]
fn b8_a_field_that_is_not_in_conflict_cannot_be_named() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    let reason = scene.re_author(ALICE, number, &[path(&["city"])]).unwrap_err();
    assert_reason(&reason, "unknown_field", "B8");
    assert_eq!(scene.fate(ALICE, number), None);
    assert_eq!(scene.record_text(account, "phone"), None);
}

#[test]
fn b8_q5_of_a_decided_order_only_what_the_decision_left_open_is_taken_over() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    scene.everybody_syncs();
    let line = scene.record(order).and_then(|fields| match fields.get("lines") {
        Some(roadbook_model::Value::Map(lines)) => lines.keys().next().cloned(),
        _ => None,
    });
    let line = line.unwrap();
    let quantity = Edit::Put {
        path: vec!["lines".to_owned(), line.clone(), "quantity".to_owned()],
        value: roadbook_model::Value::Int(99),
    };
    let reference = Edit::Put { path: path(&["reference"]), value: work::text("PO 7") };
    let number = crate::held::edit_past_checks(&mut scene, order, &[quantity, reference]);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::RECORD_CLOSED, "Q5");
    assert_reason(&scene.release(ALICE, number).unwrap_err(), code::RECORD_CLOSED, "Q5");

    let counted = path(&["lines", &line, "quantity"]);
    let reason = scene.re_author(ALICE, number, std::slice::from_ref(&counted)).unwrap_err();
    assert_reason(&reason, code::RECORD_CLOSED, "Q5");
    let done = scene.re_author(ALICE, number, &[]).unwrap();
    assert_eq!(done.conflicts.iter().map(|conflict| &conflict.path).collect::<Vec<_>>(), [&counted]);
    assert_eq!(scene.record_text(order, "reference").as_deref(), Some("PO 7"));
}

#[test]
fn b8_a_record_that_was_never_taken_is_made_by_the_office() {
    let mut scene = Scenario::new();
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    let visit = scene.visit(ALICE, account, "at the counter");
    scene.sync(ALICE);
    assert_reason(&scene.re_author(ALICE, 2, &[]).unwrap_err(), code::PARENT_HELD, "B8");
    scene.re_author(ALICE, 1, &[]).unwrap();
    scene.re_author(ALICE, 2, &[]).unwrap();
    assert_eq!(scene.record_text(account, "name").as_deref(), Some("Corner Shop"));
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("at the counter"));
    let creator = scene.world.server.book.records[&visit].envelope.creator;
    assert_eq!(creator, scene.world.admin);
    scene.everybody_syncs();
    assert_eq!(scene.lease_state(MONA, account), Some(LeaseState::Open));
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn b8_a_record_that_the_office_made_of_held_work_is_the_office_s_on_the_device_that_wrote_it_too() {
    // The office's record reaches the device in the log, or by the fill of the account that comes back.
    for comes_back_first in [true, false] {
        let mut scene = Scenario::new();
        let account = scene.account(ALICE);
        let order = scene.order(ALICE, account);
        let created = scene.last_item(ALICE).number;
        scene.set(ALICE, order, "reference", "PO 7");
        scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
        scene.sync(ALICE);
        if comes_back_first {
            scene.move_account(account, ALICE);
            scene.everybody_syncs();
        }
        scene.re_author(ALICE, created, &[]).unwrap();
        if !comes_back_first {
            scene.move_account(account, ALICE);
        }
        assert_eq!(
            scene.rows(ALICE).record(order).unwrap().unwrap().digest,
            0,
            "nothing of it is taken here"
        );
        scene.everybody_syncs();
        let row = scene.rows(ALICE).record(order).unwrap().unwrap();
        assert_eq!(row.envelope.creator, scene.world.admin, "{comes_back_first}");
        assert_eq!(scene.items(ALICE).len(), 1, "the edit is still held");
        let asked = scene.capture(ALICE, |rows, ctx| capture::request(rows, ctx, Verb::Reopen, order));
        assert_eq!(asked.unwrap_err().code(), "not_permitted", "as it would be there");
    }
}

#[test]
fn b8_a_request_that_is_taken_over_is_the_office_s_own() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    let created = scene.last_item(ALICE).number;
    scene.ask(ALICE, Verb::Submit, order);
    let asked = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    assert_reason(&scene.re_author(ALICE, asked, &[]).unwrap_err(), code::PARENT_HELD, "B8");
    scene.re_author(ALICE, created, &[]).unwrap();
    scene.re_author(ALICE, asked, &[]).unwrap();
    let decision = scene.world.server.book.records[&order].decision.clone().unwrap();
    assert_eq!((decision.state.as_str(), decision.by), ("submitted", scene.world.admin));
    assert_eq!(scene.fate(ALICE, asked).as_deref(), Some("re_authored"));
    scene.everybody_syncs();
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn b8_what_builds_on_work_that_was_given_up_can_still_be_taken_over() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "accepted");
    scene.sync(ALICE);
    scene.set(ALICE, visit, "subject", "wrong");
    scene.set(ALICE, visit, "next_step", "call again");
    let number = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    scene.discard(ALICE, number - 1).unwrap();
    assert!(scene.release(ALICE, number).is_err(), "its bytes build on what is not there");
    scene.re_author(ALICE, number, &[]).unwrap();
    assert_eq!(scene.record_text(visit, "next_step").as_deref(), Some("call again"));
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("accepted"));
}

#[test]
fn b9_an_account_that_comes_back_lets_its_held_work_be_captured_anew() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    assert!(scene.may_reapply(ALICE, number).is_err(), "the account is somebody else's now");
    assert!(scene.reapply(ALICE, number).is_err());
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    scene.may_reapply(ALICE, number).unwrap();
    let again = scene.reapply(ALICE, number).unwrap();
    assert_eq!(again.conflicts, []);
    assert_eq!(scene.shown_text(ALICE, account, "phone").as_deref(), Some("+49 30 1"));
    assert_eq!(scene.reapply(ALICE, number).unwrap_err().code(), "underway");
    assert_eq!(scene.give_up(ALICE, number).unwrap_err().code(), "underway");
    let head = scene.head();
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, again.number));
    let log = scene.log_after(head);
    let words: Vec<_> = log.iter().map(|(_, entry)| entry.word()).collect();
    assert_eq!(words, ["changes", "fate"], "in one append");
    assert_eq!(scene.fate(ALICE, number).as_deref(), Some("re_applied"));
    assert_eq!(scene.items(ALICE), []);
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 1"));
    assert_reason(&scene.release(ALICE, number).unwrap_err(), code::WRONG_STATE, "B6");
}

/// What Alice still has to read: the item's number, and what became of it.
fn told(scene: &mut Scenario) -> Vec<(u64, String)> {
    scene.rows(ALICE).notices.iter().map(|(number, fate, _)| (*number, fate.clone())).collect()
}

#[test]
fn b9_what_others_changed_since_stands_and_is_listed() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1"), ("city", "Berlin")]);
    scene.sync(BOB);
    scene.set(BOB, account, "phone", "+49 30 2");
    scene.sync(BOB);
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    let again = scene.reapply(ALICE, number).unwrap();
    assert_eq!(again.conflicts.iter().map(|it| it.path.clone()).collect::<Vec<_>>(), [path(&["phone"])]);
    scene.sync(ALICE);
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 2"));
    assert_eq!(scene.record_text(account, "city").as_deref(), Some("Berlin"));
    assert_eq!(told(&mut scene), [(number, "overruled".to_owned())], "her phone number is still to be read");
}

#[test]
fn b10_work_in_which_nothing_stands_is_given_up_only_with_a_word_of_what_it_was() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    scene.sync(BOB);
    scene.set(BOB, account, "phone", "+49 30 2");
    scene.sync(BOB);
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    let done = scene.reapply(ALICE, number).unwrap();
    assert_eq!(done.conflicts.iter().map(|it| it.path.clone()).collect::<Vec<_>>(), [path(&["phone"])]);
    assert_eq!(scene.reapply(ALICE, number).unwrap_err().code(), "underway");
    scene.sync(ALICE);
    assert_eq!(scene.fate(ALICE, number).as_deref(), Some("discarded"));
    assert_eq!(scene.items(ALICE), []);
    assert_eq!(told(&mut scene), [(number, "overruled".to_owned())]);
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 2"));
}

#[test]
fn b9_what_was_decided_on_meanwhile_is_not_taken_twice() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "for review");
    let number = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    let again = scene.reapply(ALICE, number).unwrap().number;
    scene.discard(ALICE, number).unwrap();
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, again), code::WRONG_STATE, "B9");
    assert_eq!(scene.record(visit), None);
    assert_eq!(scene.give_up(ALICE, again).unwrap(), Discarded::Gone);
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn b9_a_held_account_and_its_visit_are_captured_anew_one_after_the_other() {
    let mut scene = Scenario::new();
    scene.set_device(ALICE, DeviceState::Leaving);
    let account = scene.new_account(ALICE, "Corner Shop");
    let visit = scene.visit(ALICE, account, "at the counter");
    scene.sync(ALICE);
    scene.set_device(ALICE, DeviceState::Active);
    assert!(scene.reapply(ALICE, 2).is_err(), "not before its account");
    let first = scene.reapply(ALICE, 1).unwrap().number;
    let second = scene.reapply(ALICE, 2).unwrap().number;
    scene.everybody_syncs();
    assert_in_time(&scene.outcome(ALICE, first));
    assert_in_time(&scene.outcome(ALICE, second));
    assert_eq!(scene.items(ALICE), []);
    assert_eq!(scene.shown_text(MONA, visit, "subject").as_deref(), Some("at the counter"));
    assert_eq!(scene.record_text(account, "name").as_deref(), Some("Corner Shop"));
}

#[test]
fn b9_a_wish_is_captured_anew() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    scene.set_device(ALICE, DeviceState::Leaving);
    scene.ask(ALICE, Verb::Submit, order);
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::DEVICE_LEAVING, "L5");
    scene.set_device(ALICE, DeviceState::Active);
    let again = scene.reapply(ALICE, number).unwrap().number;
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, again));
    assert_eq!(scene.fate(ALICE, number).as_deref(), Some("re_applied"));
}

#[test]
fn b9_a_re_application_that_is_held_settles_both_when_it_is_released() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let first = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    let second = scene.reapply(ALICE, first).unwrap().number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, second), code::LATE_REVIEW, "L5");
    scene.release(ALICE, second).unwrap();
    assert_eq!(scene.fate(ALICE, first).as_deref(), Some("re_applied"));
    assert_eq!(scene.fate(ALICE, second).as_deref(), Some("released"));
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 1"));
    scene.everybody_syncs();
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn b10_a_person_gives_up_what_was_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    let Discarded::Asked(asked) = scene.give_up(ALICE, number).unwrap() else { panic!() };
    assert_eq!(scene.give_up(ALICE, number).unwrap_err().code(), "underway");
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, asked));
    assert_eq!(scene.fate(ALICE, number).as_deref(), Some("discarded"));
    assert_eq!(scene.items(ALICE), []);
    assert_eq!(scene.lease_state(ALICE, account), None, "and nothing of the account is left there");
    assert_eq!(scene.record_text(account, "phone"), None);
}

#[test]
fn b10_of_two_who_decide_at_once_the_later_is_refused() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let number = held_edits(&mut scene, account, &[("phone", "+49 30 1")]);
    let Discarded::Asked(asked) = scene.give_up(ALICE, number).unwrap() else { panic!() };
    scene.release(ALICE, number).unwrap();
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, asked), code::WRONG_STATE, "B10");
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("+49 30 1"));
    assert_eq!(scene.give_up(ALICE, asked).unwrap(), Discarded::Gone);
    assert_eq!(scene.items(ALICE), []);
}
