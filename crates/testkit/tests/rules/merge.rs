//! Section 9, accounts that turn out to be one: nothing is lost, nothing is held because of it, and everybody agrees.

use roadbook_model::{AccountId, RecordId, Value};
use roadbook_protocol::entry::{Alias, LatePolicy, Subject};
use roadbook_protocol::{Entry, code};
use roadbook_sync::device::{CaptureError, LeaseState, Rows, merge};
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, MONA, Rep, Scenario};

use crate::{assert_in_time, assert_late, assert_reason};

/// Alice's first account is merged into Bob's.
fn alices_into_bobs(scene: &mut Scenario) -> (RecordId, RecordId) {
    let (account, into) = (scene.account(ALICE), scene.account(BOB));
    merge(scene, account, into);
    (account, into)
}

fn merge(scene: &mut Scenario, account: RecordId, into: RecordId) {
    scene.advance_ms(1000);
    let merged = scene.world.merge(account.account(), into.account(), LatePolicy::Accept);
    assert!(merged.is_ok(), "{merged:?}");
}

fn refused(scene: &mut Scenario, account: RecordId, into: RecordId, code: &str) {
    let before = scene.head();
    let reason = scene.world.merge(account.account(), into.account(), LatePolicy::Accept).unwrap_err();
    assert_reason(&reason, code, "M1");
    assert_eq!(scene.head(), before, "nothing is written");
}

fn aliases(scene: &Scenario, after: u64) -> Vec<Alias> {
    let log = scene.log_after(after).into_iter();
    log.filter_map(|(_, entry)| if let Entry::Alias(alias) = entry { Some(alias) } else { None }).collect()
}

/// The account under which a phone shows a record.
fn under(scene: &mut Scenario, who: Rep, record: RecordId) -> Option<AccountId> {
    scene.shown(who, record)?;
    scene.rows(who).shown_under.get(&record).copied()
}

fn root(scene: &mut Scenario, who: Rep, account: RecordId) -> AccountId {
    merge::root_of(scene.rows(who), account.account()).unwrap()
}

#[test]
fn m1_a_merge_is_one_entry_that_names_the_root() {
    let mut scene = Scenario::new();
    let (account, into) = alices_into_bobs(&mut scene);
    let other = scene.account(CAROL);
    let before = scene.head();
    // Merged into a part, it becomes part of that one's root.
    merge(&mut scene, other, account);
    let [alias] = aliases(&scene, before).try_into().unwrap();
    assert_eq!((alias.account, alias.root), (other.account(), into.account()));
}

#[test]
fn m1_what_would_be_a_cycle_or_a_second_merge_is_refused() {
    let mut scene = Scenario::new();
    let (account, into) = alices_into_bobs(&mut scene);
    let third = scene.account(CAROL);
    refused(&mut scene, into, into, code::MERGE_CYCLE);
    refused(&mut scene, into, account, code::MERGE_CYCLE);
    refused(&mut scene, account, third, code::ALREADY_MERGED);
    refused(&mut scene, account, into, code::ALREADY_MERGED);
    let nobody = RecordId::from_bytes([1; 16]);
    let unknown = scene.world.merge(nobody.account(), into.account(), LatePolicy::Accept).unwrap_err();
    assert_eq!(unknown.code, code::UNKNOWN_RECORD);
    let unknown = scene.world.merge(third.account(), nobody.account(), LatePolicy::Accept).unwrap_err();
    assert_eq!(unknown.code, code::UNKNOWN_RECORD);
}

#[test]
fn m2_who_is_not_entitled_to_the_root_loses_the_part_and_who_is_gets_it() {
    let mut scene = Scenario::new();
    let (account, into) = alices_into_bobs(&mut scene);
    let visit = scene.visit(BOB, into, "at the root, before he heard");
    scene.everybody_syncs();
    assert_eq!(scene.lease_state(ALICE, account), None, "drained, closed and purged");
    assert_eq!(scene.shown(ALICE, account), None);
    for who in [BOB, MONA] {
        assert_eq!(scene.lease_state(who, account), Some(LeaseState::Open));
        assert_eq!(under(&mut scene, who, account), Some(into.account()));
        assert_eq!(under(&mut scene, who, visit), Some(into.account()));
    }
}

#[test]
fn m2_who_loses_the_part_does_not_learn_of_the_root() {
    let mut scene = Scenario::new();
    let (account, into) = (scene.account(ALICE), scene.account(BOB));
    scene.connect(ALICE);
    merge(&mut scene, account, into);
    let talk = scene.talk(ALICE);
    let heard = talk.entries();
    assert!(heard.iter().any(|(_, entry)| matches!(entry, Entry::Withdrawn(_))), "{heard:?}");
    assert!(!heard.iter().any(|(_, entry)| matches!(entry, Entry::Alias(_))), "{heard:?}");
    assert_eq!(root(&mut scene, ALICE, account), account.account());
}

#[test]
fn m2_parts_go_where_their_root_goes() {
    let mut scene = Scenario::new();
    let (account, into) = alices_into_bobs(&mut scene);
    for moved in [into, account] {
        let to = if moved == into { CAROL } else { ALICE };
        scene.move_account(moved, to);
        scene.everybody_syncs();
        for record in [account, into] {
            assert_eq!(scene.lease_state(to, record), Some(LeaseState::Open));
            assert_eq!(scene.lease_state(BOB, record), None);
            assert_eq!(under(&mut scene, to, record), Some(into.account()));
        }
    }
}

#[test]
fn m3_a_later_grant_names_the_root_and_a_later_merge_takes_the_parts_along() {
    let mut scene = Scenario::new();
    let (account, into) = alices_into_bobs(&mut scene);
    let (before, top) = (scene.head(), scene.accounts(BOB)[2]);
    assert!(top != into && top != account);
    scene.everybody_syncs();
    merge(&mut scene, into, top);
    scene.everybody_syncs();
    assert_eq!(aliases(&scene, before).len(), 1);
    assert_eq!(root(&mut scene, BOB, account), top.account());
    assert_eq!(under(&mut scene, BOB, account), Some(top.account()));
    // Carol hears of none of it but by what she is granted.
    let before = scene.head();
    scene.move_account(top, CAROL);
    let named = scene.log_after(before).into_iter().filter_map(|(_, entry)| match entry {
        Entry::Granted(granted) => Some(granted.grants),
        _ => None,
    });
    for grant in named.flatten().filter(|grant| grant.subject != Subject::Account(top.account())) {
        assert_eq!(grant.root, Some(top.account()));
    }
    scene.everybody_syncs();
    for part in [account, into] {
        assert_eq!(under(&mut scene, CAROL, part), Some(top.account()));
    }
}

#[test]
fn m4_what_was_captured_for_the_part_before_the_device_heard_comes_in_as_ever() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    let visit = scene.visit(ALICE, one, "in the dead zone");
    let number = scene.last_item(ALICE).number;
    merge(&mut scene, one, two);
    let more = scene.visit(ALICE, one, "still in the dead zone");
    scene.sync(ALICE);
    for number in [number, number + 1] {
        assert_in_time(&scene.outcome(ALICE, number));
    }
    scene.everybody_syncs();
    for (who, record) in [(ALICE, visit), (ALICE, more), (MONA, visit), (MONA, more)] {
        assert_eq!(under(&mut scene, who, record), Some(two.account()));
    }
}

#[test]
fn m4_what_comes_for_the_part_from_who_lost_it_comes_late_and_is_seen_under_the_root() {
    let mut scene = Scenario::new();
    let (account, into) = (scene.account(ALICE), scene.account(BOB));
    let visit = scene.visit(ALICE, account, "in the dead zone");
    let number = scene.last_item(ALICE).number;
    merge(&mut scene, account, into);
    scene.everybody_syncs();
    assert_late(&scene.outcome(ALICE, number));
    assert_eq!(under(&mut scene, BOB, visit), Some(into.account()));
    assert_eq!(scene.shown(ALICE, visit), None);
}

#[test]
fn m4_a_lease_on_the_root_covers_the_records_of_its_parts() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    let visit = scene.visit(ALICE, one, "before the merge");
    scene.sync(ALICE);
    merge(&mut scene, one, two);
    scene.sync(ALICE);
    scene.set(ALICE, visit, "subject", "after it");
    let item = scene.last_item(ALICE);
    assert_eq!(item.lease, scene.lease(ALICE, two));
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, item.number));
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("after it"));
    // Another account's is as foreign as before.
    let bobs = scene.account(BOB);
    let theirs = scene.visit(BOB, bobs, "Bob's");
    scene.sync(BOB);
    assert!(matches!(scene.try_set(ALICE, theirs, "subject", "mine"), Err(CaptureError::UnknownRecord)));
}

#[test]
fn m5_a_device_shows_pending_work_under_the_root_and_captures_there() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    merge(&mut scene, one, two);
    let pending = scene.visit(ALICE, one, "before she heard");
    assert_eq!(under(&mut scene, ALICE, pending), Some(one.account()));
    scene.connect(ALICE);
    // The page with the merge, and not yet the answer to the push.
    while root(&mut scene, ALICE, one) == one.account() {
        scene.step(ALICE);
    }
    assert_eq!(under(&mut scene, ALICE, pending), Some(two.account()));
    let new = scene.visit(ALICE, one, "after she heard");
    assert_eq!(scene.rows(ALICE).record(new).unwrap().unwrap().envelope.account, two.account());
    scene.talk(ALICE);
    assert!(scene.items(ALICE).is_empty(), "all of it was taken");
}

#[test]
fn m5_a_merged_account_s_own_record_is_not_edited_any_more() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    merge(&mut scene, one, two);
    scene.sync(ALICE);
    let refused = scene.try_set(ALICE, one, "phone", "+49 1");
    assert!(matches!(&refused, Err(CaptureError::Merged(root)) if *root == two.account()), "{refused:?}");
    assert_eq!(refused.unwrap_err().code(), "account_merged");
    assert!(scene.shown(ALICE, one).is_some(), "it stays readable");
    scene.set(ALICE, two, "phone", "+49 1");
}

#[test]
fn m6_what_was_written_to_the_part_meanwhile_stands_there_and_is_shown_at_the_root() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    scene.set(ALICE, two, "phone", "+49 2");
    scene.everybody_syncs();
    scene.set(ALICE, one, "phone", "+49 1");
    let number = scene.last_item(ALICE).number;
    merge(&mut scene, one, two);
    let before = scene.head();
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
    assert_eq!(scene.record_text(one, "phone").as_deref(), Some("+49 1"));
    assert_eq!(scene.record_text(two, "phone").as_deref(), Some("+49 2"), "it is not overridden");
    let [conflict] = conflicts(&scene, before).try_into().unwrap();
    assert_eq!((conflict.record, conflict.account), (two, two.account()));
    assert_eq!(conflict.source, Some(one));
    let [field] = conflict.fields.try_into().unwrap();
    assert_eq!(field.path, ["phone"]);
    assert_eq!((field.kept.as_str(), field.late.as_str()), ("\"+49 2\"", "\"+49 1\""));
}

#[test]
fn m6_what_the_root_says_already_is_no_conflict() {
    let mut scene = Scenario::new();
    let (one, two) = (scene.accounts(ALICE)[0], scene.accounts(ALICE)[1]);
    scene.set(ALICE, two, "phone", "+49 1");
    scene.sync(ALICE);
    scene.set(ALICE, one, "phone", "+49 1");
    merge(&mut scene, one, two);
    let before = scene.head();
    scene.everybody_syncs();
    assert!(conflicts(&scene, before).is_empty());
    assert_eq!(scene.record(one).unwrap().get("phone"), Some(&Value::Str("+49 1".to_owned())));
}

fn conflicts(scene: &Scenario, after: u64) -> Vec<roadbook_protocol::entry::Conflict> {
    let log = scene.log_after(after).into_iter();
    log.filter_map(|(_, entry)| if let Entry::Conflict(it) = entry { Some(it) } else { None }).collect()
}
