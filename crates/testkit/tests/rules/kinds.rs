//! Rule V4: what a device does with records of a kind that its version of the app does not know.

use roadbook_model::{Kind, RecordId, Verb};
use roadbook_sync::device::{CaptureError, Rows};
use roadbook_testkit::scenario::{ALICE, BOB, MONA, Rep, Scenario};

fn put_app_without(scene: &mut Scenario, who: Rep, kinds: &[Kind]) {
    let lacks = kinds.iter().map(|kind| kind.name().to_owned()).collect();
    scene.rows(who).change_app(lacks).unwrap();
}

/// One sync brings what is new, and another finds both sides equal.
fn syncs_to_equal(scene: &mut Scenario, who: Rep) {
    scene.sync(who);
    assert!(scene.sync(who).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

fn is_kept_unseen(scene: &mut Scenario, who: Rep, record: RecordId) {
    let row = scene.rows(who).record(record).unwrap().expect("the record is kept");
    assert_eq!(row.envelope.known(), None);
    assert_eq!(row.digest, scene.world.server.book.records[&record].digest);
    assert_eq!(scene.shown(who, record), None);
}

#[test]
fn v4_a_record_of_an_unknown_kind_is_kept_and_counted_and_shown_once_the_app_is_updated() {
    let mut scene = Scenario::new();
    put_app_without(&mut scene, MONA, &[Kind::VISIT]);
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "seen by both");
    scene.sync(ALICE);
    syncs_to_equal(&mut scene, MONA);
    is_kept_unseen(&mut scene, MONA, visit);
    scene.set(ALICE, visit, "subject", "and changed");
    scene.sync(ALICE);
    syncs_to_equal(&mut scene, MONA);
    is_kept_unseen(&mut scene, MONA, visit);

    let before = scene.device(MONA);
    put_app_without(&mut scene, MONA, &[]);
    assert_eq!(scene.shown_text(MONA, visit, "subject").as_deref(), Some("and changed"));
    assert_eq!(scene.device(MONA), before, "what the server compares is as it was");
}

#[test]
fn v4_a_fill_brings_records_of_an_unknown_kind_with_their_decision_and_an_update_makes_them_editable() {
    let mut scene = Scenario::new();
    put_app_without(&mut scene, BOB, &[Kind::VISIT, Kind::ORDER]);
    let account = scene.account(ALICE);
    let (visit, order) = (scene.visit(ALICE, account, "by Alice"), scene.order(ALICE, account));
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    scene.move_account(account, BOB);
    syncs_to_equal(&mut scene, BOB);
    for record in [visit, order] {
        is_kept_unseen(&mut scene, BOB, record);
    }
    let edit = scene.try_set(BOB, visit, "subject", "by Bob");
    assert!(matches!(edit, Err(CaptureError::UnknownKind(word)) if word == "visit"));

    put_app_without(&mut scene, BOB, &[]);
    let decision = scene.rows(BOB).record(order).unwrap().unwrap().decision;
    assert_eq!(decision.map(|decision| decision.state).as_deref(), Some("submitted"));
    scene.set(BOB, visit, "subject", "by Bob");
    syncs_to_equal(&mut scene, BOB);
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("by Bob"));
}

#[test]
fn v4_a_record_of_an_unknown_kind_is_healed_and_purged_like_any_other() {
    let mut scene = Scenario::new();
    put_app_without(&mut scene, ALICE, &[Kind::CONTACT]);
    let account = scene.account(ALICE);
    let contact = scene.rows(ALICE).records_of(account.account()).unwrap();
    let contact = contact.into_iter().find(|record| *record != account).unwrap();
    roadbook_sync::device::content::remove(scene.rows(ALICE), contact).unwrap();
    scene.sync(ALICE);
    syncs_to_equal(&mut scene, ALICE);
    is_kept_unseen(&mut scene, ALICE, contact);

    scene.move_account(account, BOB);
    scene.everybody_syncs();
    assert_eq!(scene.rows(ALICE).record(contact).unwrap(), None);
    assert_eq!(scene.shown(BOB, contact).is_some(), scene.record(contact).is_some());
}

#[test]
fn v4_a_fill_that_an_update_interrupts_goes_on_with_the_kinds_that_are_known_then() {
    let mut scene = Scenario::new();
    // Nobody knows orders yet, and Bob's app does not know visits either.
    put_app_without(&mut scene, BOB, &[Kind::VISIT, Kind::ORDER]);
    scene.world.server.page_bytes = 600;
    let account = scene.account(ALICE);
    let visits: Vec<RecordId> =
        (0..8).map(|n| scene.visit(ALICE, account, &format!("visit {n} by Alice"))).collect();
    scene.sync(ALICE);
    scene.move_account(account, BOB);
    scene.connect(BOB);
    let has_some = |scene: &mut Scenario| {
        let rows = scene.rows(BOB);
        visits.iter().any(|visit| rows.record(*visit).unwrap().is_some())
    };
    while !has_some(&mut scene) {
        scene.step(BOB);
    }
    assert!(!scene.rows(BOB).fills().unwrap().is_empty(), "the line drops in the middle of the fill");
    roadbook_testkit::sim::link::drop_link(&mut scene.world, BOB.0);
    // The server is updated, and knows orders; Alice's last one comes late, then Bob's app is updated too.
    let late = scene.order(ALICE, account);
    scene.sync(ALICE);
    put_app_without(&mut scene, BOB, &[]);
    let own = scene.order(BOB, account);
    scene.sync(BOB);
    syncs_to_equal(&mut scene, BOB);
    for record in visits.iter().chain([&late, &own]) {
        assert!(scene.shown(BOB, *record).is_some(), "{record} is shown");
    }
    assert!(scene.rows(BOB).fills().unwrap().is_empty());
}
