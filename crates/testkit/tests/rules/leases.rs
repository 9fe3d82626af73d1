//! Section 9: whose work counts where, and that a handover strands nobody's.

use roadbook_model::{AccountId, Kind, LeaseId, RecordId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::item::{Changes, NewRecord};
use roadbook_protocol::{Entry, Item, ItemBody, Outcome, code, encode, limits};
use roadbook_sync::device::{LeaseState, Rows};
use roadbook_sync::ledger::DeviceState;
use roadbook_sync::ledger::place::Handover;
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, DAY_MS, MINUTE_MS, Rep, Scenario, receipts};
use roadbook_testkit::work;

use crate::{assert_held, assert_in_time, assert_late, assert_refused};

/// Alice captures a visit, the account is handed over to Bob, time passes, she syncs: what became of the visit.
fn late_visit(policy: LatePolicy, grace_ms: i64, after_ms: i64) -> Outcome {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "in the dead zone");
    let number = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, policy, grace_ms);
    scene.advance_ms(after_ms);
    scene.sync(ALICE);
    scene.outcome(ALICE, number)
}

/// Whether Alice's phone has closed an account's lease, or forgotten it since.
fn is_closed(scene: &mut Scenario, account: RecordId) -> bool {
    matches!(scene.lease_state(ALICE, account), None | Some(LeaseState::Closed))
}

#[test]
fn l1_work_under_an_open_lease_is_in_time_however_old_it_is() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "a month in the glove box");
    let number = scene.last_item(ALICE).number;
    scene.advance_ms(30 * DAY_MS);
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
}

#[test]
fn l2_work_under_a_lease_that_the_device_never_held_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let bobs = scene.account(BOB);
    let leases = [LeaseId::from_bytes([1; 16]), scene.lease(BOB, bobs)];
    for lease in leases {
        let id = scene.world.random.bytes::<1>()[0];
        let body = ItemBody::Changes(crate::items::visit(&mut scene, id));
        let number = scene.put_raw(ALICE, lease, Some(account), body);
        scene.sync(ALICE);
        assert_held(&scene.outcome(ALICE, number), code::NO_LEASE, "L2");
    }
}

#[test]
fn l3_late_work_is_taken_while_the_grace_period_runs() {
    assert_late(&late_visit(LatePolicy::Accept, 60 * MINUTE_MS, 59 * MINUTE_MS));
}

#[test]
fn l3_late_work_is_taken_whatever_the_terms_from_who_holds_the_account_again() {
    for (policy, grace_ms) in
        [(LatePolicy::Review, DAY_MS), (LatePolicy::Refuse, DAY_MS), (LatePolicy::Accept, 0)]
    {
        let mut scene = Scenario::new();
        let account = scene.account(ALICE);
        let visit = scene.visit(ALICE, account, "there and back");
        let number = scene.last_item(ALICE).number;
        scene.hand_over(account, BOB, policy, grace_ms);
        scene.advance_ms(MINUTE_MS);
        scene.hand_over(account, ALICE, policy, grace_ms);
        scene.sync(ALICE);
        assert_late(&scene.outcome(ALICE, number));
        // And it is hers under the new lease, filled anew.
        assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Open));
        assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("there and back"));
    }
}

#[test]
fn l4_the_device_s_clock_decides_nothing() {
    let outcome = |captured_ms: i64, policy: LatePolicy| {
        let mut scene = Scenario::new();
        let account = scene.account(ALICE);
        let lease = scene.lease(ALICE, account);
        let body = ItemBody::Changes(crate::items::visit(&mut scene, 1));
        scene.hand_over(account, BOB, policy, MINUTE_MS);
        let item = encode(&Item { number: 1, lease, captured_ms, body, reapplies: None });
        receipts(&scene.push(ALICE, &[item]))[0].outcome.clone()
    };
    for policy in [LatePolicy::Accept, LatePolicy::Review] {
        let honest = outcome(1_700_000_000_000, policy);
        for captured_ms in [i64::MIN, 0, 1_600_000_000_000, i64::MAX] {
            assert_eq!(outcome(captured_ms, policy), honest);
        }
    }
}

#[test]
fn l5_what_else_comes_under_a_lease_that_is_not_open_is_held() {
    let day = DAY_MS;
    assert_held(&late_visit(LatePolicy::Review, day, 0), code::LATE_REVIEW, "L5");
    assert_held(&late_visit(LatePolicy::Refuse, day, 0), code::LATE_REFUSED, "L5");
    assert_held(&late_visit(LatePolicy::Accept, day, day + 1), code::GRACE_OVER, "L5");
    assert_held(&late_visit(LatePolicy::Refuse, day, day + 1), code::GRACE_OVER, "L5");
}

#[test]
fn l5_work_after_the_close_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let lease = scene.lease(ALICE, account);
    scene.move_account(account, BOB);
    scene.sync(ALICE);
    assert!(is_closed(&mut scene, account));
    let body = ItemBody::Changes(crate::items::visit(&mut scene, 1));
    let other = scene.accounts(ALICE)[0];
    let number = scene.put_raw(ALICE, lease, Some(other), body);
    scene.sync(ALICE);
    // The visit of `items` is one at her remaining account, which this lease does not cover.
    assert_refused(&scene.outcome(ALICE, number), code::UNKNOWN_RECORD, "E4");
    let visit = visit_at(&mut scene, ALICE, account);
    let number = scene.put_raw(ALICE, lease, Some(account), ItemBody::Changes(visit));
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::LEASE_CLOSED, "L5");
}

/// A visit at an account that the phone may no longer hold.
fn visit_at(scene: &mut Scenario, who: Rep, account: RecordId) -> Changes {
    let record = RecordId::from_bytes([77; 16]);
    let changes =
        work::creation(&scene.device(who), Kind::VISIT, record, 0, &work::visit("by hand")).unwrap();
    let new = Some(NewRecord { kind: "visit".to_owned(), account: account.account(), opens: None });
    Changes { record, generation: 0, branch: 0, kind_version: 1, changes, new }
}

#[test]
fn l5_everything_from_a_leaving_device_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.set_device(ALICE, DeviceState::Leaving);
    scene.visit(ALICE, account, "the last one");
    let number = scene.last_item(ALICE).number;
    scene.move_account(account, BOB);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::DEVICE_LEAVING, "L5");
    // It still gets receipts, and closes what it no longer holds.
    assert!(is_closed(&mut scene, account));
}

#[test]
fn l6_a_frozen_lease_takes_no_new_work_and_still_sends_what_there_was() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let before = scene.visit(ALICE, account, "before");
    scene.move_account(account, BOB);
    scene.connect(ALICE);
    // Hello and welcome; the push is on its way when the page with the withdrawal is applied.
    scene.step(ALICE);
    scene.step_down(ALICE);
    assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Frozen));
    let new = work::new(Kind::VISIT, Some(account), work::visit("after"));
    let refused = scene.capture(ALICE, |rows, ctx| roadbook_sync::device::capture::create(rows, ctx, new));
    assert_eq!(refused.unwrap_err().code(), "lease_frozen");
    assert_eq!(scene.try_set(ALICE, before, "subject", "after").unwrap_err().code(), "lease_frozen");
    scene.talk(ALICE);
    assert_eq!(scene.record_text(before, "subject").as_deref(), Some("before"));
}

#[test]
fn l7_a_close_closes_a_withdrawn_lease_and_no_open_one() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let lease = scene.lease(ALICE, account);
    let number = scene.put_raw(ALICE, lease, None, ItemBody::Close);
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, number), code::WRONG_STATE, "L7");
    assert!(scene.world.server.book.leases[&lease].is_open());
    scene.move_account(account, BOB);
    let number = scene.last_item(ALICE).number + 1;
    scene.sync(ALICE);
    let closed = scene.world.server.book.leases[&lease].closed.expect("closed by its device");
    assert_eq!(scene.receipt(ALICE, number).unwrap().position, closed);
    let (_, entry) = scene.log_after(closed - 1).remove(0);
    let Entry::Closed(entry) = entry else { panic!("{entry:?}") };
    assert_eq!((entry.lease, entry.number), (lease, number));
    // Nobody closes another's.
    scene.sync(BOB);
    let foreign = scene.lease(BOB, account);
    let number = scene.put_raw(CAROL, foreign, None, ItemBody::Close);
    scene.sync(CAROL);
    assert_held(&scene.outcome(CAROL, number), code::NO_LEASE, "L2");
}

#[test]
fn l8_a_new_account_opens_its_lease_by_its_own_entry() {
    let mut scene = Scenario::new();
    let account = scene.new_account(ALICE, "Corner Shop");
    let number = scene.last_item(ALICE).number;
    let lease = scene.lease(ALICE, account);
    assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Proposed));
    let visit = scene.visit(ALICE, account, "on the same day");
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
    assert_in_time(&scene.outcome(ALICE, number + 1));
    let position = scene.receipt(ALICE, number).unwrap().position;
    let (_, entry) = scene.log_after(position - 1).remove(0);
    let Entry::Changes(entry) = entry else { panic!("{entry:?}") };
    assert_eq!(entry.opens.unwrap().lease, Some(lease));
    let row = &scene.world.server.book.leases[&lease];
    assert_eq!((row.granted, row.subject), (position, Subject::Account(account.account())));
    assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Open));
    assert!(scene.shown(ALICE, visit).is_some());
}

#[test]
fn l8_without_a_territory_s_lease_and_one_to_open_no_account_is_created() {
    let mut scene = Scenario::new();
    let id = RecordId::from_bytes([5; 16]);
    let fields = roadbook_model::Fields::from([("name".to_owned(), work::text("Nowhere Ltd"))]);
    let changes = work::creation(&scene.device(ALICE), Kind::ACCOUNT, id, 0, &fields).unwrap();
    let body = |opens| {
        let new = Some(NewRecord { kind: "account".to_owned(), account: id.account(), opens });
        let changes = changes.clone();
        ItemBody::Changes(Changes { record: id, generation: 0, branch: 0, kind_version: 1, changes, new })
    };
    let opens = Some(LeaseId::from_bytes([6; 16]));
    let account = scene.account(ALICE);
    let (on_account, on_territory) = (scene.lease(ALICE, account), scene.territory_lease(ALICE));
    for (lease, opens) in [(on_account, opens), (on_territory, None)] {
        let mut scene = Scenario::new();
        let number = scene.put_raw(ALICE, lease, Some(id), body(opens));
        scene.sync(ALICE);
        assert_refused(&scene.outcome(ALICE, number), code::NOT_PERMITTED, "L8");
    }
    let number = scene.put_raw(ALICE, on_territory, Some(id), body(opens));
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
}

#[test]
fn l9_late_work_does_not_replace_what_somebody_wrote_since() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    // Three edits, so that Automerge by itself would let the late ones win.
    for phone in ["111", "222", "333"] {
        scene.set(ALICE, account, "phone", phone);
    }
    scene.set(ALICE, account, "email", "shop@old.example");
    scene.move_account(account, BOB);
    scene.sync(BOB);
    scene.set(BOB, account, "phone", "999");
    scene.sync(BOB);
    let before = scene.head();
    scene.sync(ALICE);
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("999"), "the later value stands");
    assert_eq!(scene.record_text(account, "email").as_deref(), Some("shop@old.example"), "the rest is taken");
    let log = scene.log_after(before);
    let late = |entry: &Entry| matches!(entry, Entry::Changes(entry) if entry.late);
    assert_eq!(log.iter().filter(|(_, entry)| late(entry)).count(), 4);
    let at =
        log.iter().position(|(_, entry)| matches!(entry, Entry::Conflict(_))).expect("a conflict is opened");
    let (Entry::Changes(own), Entry::Conflict(conflict)) = (&log[at - 1].1, &log[at].1) else { panic!() };
    assert!(late(&log[at - 2].1), "put back behind the late work itself");
    assert_eq!(own.author.device, None, "by a change of the server's");
    assert_eq!(conflict.fields[0].path, ["phone"]);
    assert_eq!(conflict.fields[0].kept, "\"999\"");
    assert!(["\"111\"", "\"222\"", "\"333\""].contains(&conflict.fields[0].late.as_str()));
    scene.sync(BOB);
    assert_eq!(scene.shown_text(BOB, account, "phone").as_deref(), Some("999"));
}

#[test]
fn l9_released_work_does_not_replace_what_somebody_wrote_since_either() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    for phone in ["111", "222"] {
        scene.set(ALICE, account, "phone", phone);
    }
    let numbers: Vec<u64> = scene.items(ALICE).iter().map(|item| item.number).collect();
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    scene.sync(BOB);
    scene.set(BOB, account, "phone", "999");
    scene.sync(BOB);
    for number in numbers {
        scene.release(ALICE, number).unwrap();
    }
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("999"));
    let conflicts = scene.log_after(0).into_iter().filter(|(_, entry)| matches!(entry, Entry::Conflict(_)));
    assert!(conflicts.count() > 0);
}

#[test]
fn l10_the_close_comes_behind_the_last_answer_and_the_purge_behind_the_close() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "the last one");
    let lease = scene.lease(ALICE, account);
    scene.move_account(account, BOB);
    scene.connect(ALICE);
    scene.step(ALICE);
    scene.step_down(ALICE);
    // The withdrawal is applied, the visit is not answered.
    assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Frozen));
    assert!(scene.shown(ALICE, visit).is_some() && scene.shown(ALICE, account).is_some());
    assert_eq!(scene.items(ALICE).len(), 1, "no close yet");
    let receipts = loop {
        let step = scene.step(ALICE);
        if !step.receipts().is_empty() {
            break step.receipts();
        }
    };
    assert_late(&receipts[0].outcome);
    assert_eq!(scene.lease_state(ALICE, account), Some(LeaseState::Closing));
    assert!(scene.shown(ALICE, account).is_some(), "kept until the lease is closed");
    let close = scene.last_item(ALICE);
    assert_eq!((close.number, close.lease), (2, lease));
    scene.talk(ALICE);
    assert!(is_closed(&mut scene, account));
    assert!(scene.shown(ALICE, visit).is_none() && scene.shown(ALICE, account).is_none());
    assert!(scene.rows(ALICE).all_records().all(|row| row.envelope.account != account.account()));
    assert_eq!(scene.items(ALICE), []);
}

#[test]
fn l10_a_record_in_which_held_work_waits_outlives_the_close() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "for review");
    let number = scene.last_item(ALICE).number;
    scene.hand_over(account, BOB, LatePolicy::Review, DAY_MS);
    scene.sync(ALICE);
    assert!(is_closed(&mut scene, account));
    let records = |scene: &mut Scenario| {
        scene
            .rows(ALICE)
            .all_records()
            .filter(|row| row.envelope.account == account.account())
            .map(|row| row.envelope.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(records(&mut scene), [visit], "only what waits");
    scene.release(ALICE, number).unwrap();
    scene.sync(ALICE);
    assert_eq!(records(&mut scene), []);
    scene.sync(BOB);
    assert_eq!(scene.shown_text(BOB, visit, "subject").as_deref(), Some("for review"));
}

#[test]
fn l10_an_account_that_comes_back_while_it_is_drained_is_not_purged() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let first = scene.lease(ALICE, account);
    scene.move_account(account, BOB);
    scene.move_account(account, ALICE);
    scene.sync(ALICE);
    let second = scene.lease(ALICE, account);
    assert_ne!(first, second, "a lease that was withdrawn never opens again");
    let book = &scene.world.server.book;
    assert!(book.leases[&first].closed.is_some() && book.leases[&second].is_open());
    assert!(scene.shown(ALICE, account).is_some());
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

#[test]
fn l5_a_new_account_under_a_withdrawn_territory_follows_the_terms() {
    let mut scene = Scenario::new();
    let (device, lease) = (scene.device(ALICE).device, scene.territory_lease(ALICE));
    let account = scene.new_account(ALICE, "Found too late");
    let number = scene.last_item(ALICE).number;
    let terms = Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note: None };
    let now_ms = scene.world.now_ms;
    scene.world.server.append(now_ms, |book| book.withdraw(device, vec![lease], &terms));
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::LATE_REVIEW, "L5");
    assert!(scene.record(account).is_none());
}

#[test]
fn l11_no_entry_names_more_than_the_limit_however_much_is_granted_and_withdrawn() {
    let mut scene = Scenario::new();
    let device = scene.device(BOB).device;
    let before = scene.head();
    let wanted = limits::ENTRY_PARTS_MAX + 1;
    let account = |n: usize| AccountId::new(n as u64, [7; 10]);
    let subjects: Vec<Subject> = (0..wanted).map(|n| Subject::Account(account(n))).collect();
    let now_ms = scene.world.now_ms;
    scene.world.server.append(now_ms, |book| book.grant(device, subjects, None));
    scene.sync(BOB);
    let granted: Vec<Vec<LeaseId>> = named(&scene, before);
    assert_eq!(granted.iter().map(Vec::len).collect::<Vec<_>>(), [limits::ENTRY_PARTS_MAX, 1]);
    assert!(scene.rows(BOB).fills().unwrap().is_empty(), "the fill of each entry came to its end");
    assert_eq!(scene.lease_state(BOB, account(wanted - 1).record()), Some(LeaseState::Open));

    let before = scene.head();
    let leases = granted.concat();
    scene.world.server.append(now_ms, |book| book.withdraw(device, leases.clone(), &terms()));
    assert_eq!(named(&scene, before), [leases[..wanted - 1].to_vec(), leases[wanted - 1..].to_vec()]);
}

fn terms() -> Handover {
    Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None }
}

/// The leases that each entry after a position grants or withdraws.
fn named(scene: &Scenario, after: u64) -> Vec<Vec<LeaseId>> {
    let entries = scene.log_after(after).into_iter();
    entries
        .filter_map(|(_, entry)| match entry {
            Entry::Granted(granted) => Some(granted.grants.iter().map(|grant| grant.lease).collect()),
            Entry::Withdrawn(withdrawn) => Some(withdrawn.leases),
            _ => None,
        })
        .collect()
}

/// What somebody has still to read of an account: whether it came, and the note.
fn told(scene: &mut Scenario, who: Rep, account: RecordId) -> Vec<(bool, String)> {
    let handovers = scene.rows(who).handovers.values();
    let of_account = handovers.filter(|(told, _, _)| *told == account.account());
    of_account.map(|(_, gained, note)| (*gained, note.clone())).collect()
}

#[test]
fn l12_who_loses_and_who_gets_an_account_keeps_the_note_until_it_is_read() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "before I knew");
    scene.hand_over_saying(account, BOB, "Bob knows them.");
    scene.everybody_syncs();
    assert!(is_closed(&mut scene, account), "the note outlives the lease");
    assert_eq!(told(&mut scene, ALICE, account), [(false, "Bob knows them.".to_owned())]);
    assert_eq!(told(&mut scene, BOB, account), [(true, "Bob knows them.".to_owned())]);
    assert_eq!(told(&mut scene, CAROL, account), []);

    // Bob never read it: what was said when it came is of no use once it is gone again.
    scene.move_account(account, CAROL);
    scene.everybody_syncs();
    assert_eq!(told(&mut scene, BOB, account), []);
    assert_eq!(told(&mut scene, CAROL, account), [], "nothing was said");
    scene.hand_over_saying(account, ALICE, " ");
    scene.everybody_syncs();
    assert_eq!(
        told(&mut scene, ALICE, account),
        [(false, "Bob knows them.".to_owned())],
        "a blank is no note"
    );
}
