//! Section 13: two replicas compare numbers, and heal what differs.

use roadbook_model::{AccountId, Kind, RecordId};
use roadbook_protocol::Frame;
use roadbook_protocol::frame::Digests;
use roadbook_sync::device::{Rows, content};
use roadbook_sync::digest::record_digest;
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, MONA, Scenario, Talk};

fn lose(scene: &mut Scenario, records: &[RecordId]) {
    for record in records {
        content::remove(scene.rows(ALICE), *record).unwrap();
    }
}

fn records_of(scene: &mut Scenario, account: AccountId) -> Vec<RecordId> {
    scene.rows(ALICE).records_of(account).unwrap()
}

fn healed(talk: &Talk) -> Vec<RecordId> {
    let parts: Vec<_> = talk.pages().into_iter().flat_map(|page| page.fills).collect();
    assert!(parts.iter().all(|part| part.mark.grant == 0));
    parts.iter().flat_map(|part| &part.records).map(|record| record.record).collect()
}

#[test]
fn d1_digests_are_equal_whenever_the_accepted_records_are() {
    let mut scene = Scenario::new();
    for who in [ALICE, BOB, CAROL] {
        let account = scene.account(who);
        let visit = scene.visit(who, account, "seen by two");
        scene.set(who, visit, "subject", "and changed");
    }
    scene.everybody_syncs();
    for who in [ALICE, BOB, CAROL, MONA] {
        let device = scene.device(who);
        let server = scene.world.server.open_accounts(device.device).into_iter();
        let sum =
            server.fold(0_u64, |sum, id| sum.wrapping_add(scene.world.server.book.accounts[&id].digest));
        assert_eq!(device.digest, sum);
        let rows: Vec<_> = scene.rows(who).all_records().cloned().collect();
        for row in rows {
            let doc = content::accepted(&row).unwrap();
            assert_eq!(row.digest, record_digest(&device.digest_key, row.envelope.id, 0, &doc));
            assert_eq!(row.digest, scene.world.server.book.records[&row.envelope.id].digest);
        }
    }
}

#[test]
fn d1_what_waits_in_the_outbox_does_not_count() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let before = scene.device(ALICE).digest;
    scene.visit(ALICE, account, "pending");
    scene.set(ALICE, account, "phone", "123");
    assert_eq!(scene.device(ALICE).digest, before);
    assert_eq!(scene.hello(ALICE).digest, before);
}

#[test]
fn d2_a_difference_is_found_by_account_and_record_and_only_that_is_sent() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE).account();
    let contact = scene
        .rows(ALICE)
        .all_records()
        .find(|row| row.envelope.kind.known() == Some(Kind::CONTACT) && row.envelope.account == account);
    let contact = contact.unwrap().envelope.id;
    lose(&mut scene, &[contact]);
    let talk = scene.sync(ALICE);
    assert!(talk.welcome().is_some_and(|welcome| welcome.idle && welcome.differs));
    let digests: Vec<&Digests> = talk
        .up
        .iter()
        .filter_map(|frame| if let Frame::Digest(it) = frame { Some(it) } else { None })
        .collect();
    assert!(matches!(digests.as_slice(), [Digests::Accounts(all), Digests::Records(_)] if all.len() == 2));
    let named = talk.down.iter().find_map(|frame| match frame {
        Frame::Digest(Digests::Differ(accounts)) => Some(accounts.clone()),
        _ => None,
    });
    assert_eq!(named, Some(vec![account]));
    assert_eq!(healed(&talk), [contact]);
    assert!(scene.shown(ALICE, contact).is_some());
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

#[test]
fn d2_an_account_that_is_missing_as_a_whole_is_healed() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE).account();
    let all = records_of(&mut scene, account);
    lose(&mut scene, &all);
    let mut found = healed(&scene.sync(ALICE));
    found.sort_unstable();
    assert_eq!(found, all);
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

#[test]
fn d2_a_healed_record_replaces_what_was_accepted_and_keeps_what_waits() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.move_account(account, BOB);
    scene.everybody_syncs();
    scene.set(BOB, account, "city", "Ulm");
    scene.sync(BOB);
    scene.move_account(account, ALICE);
    scene.everybody_syncs();
    // Alice's accepted document lacks Bob's change, as from a damaged page.
    let mut row = scene.rows(ALICE).record(account).unwrap().unwrap();
    let first = &scene.world.server.changes_of(account)[..1];
    let doc = roadbook_model::document::load_changes(first.iter().map(Vec::as_slice)).unwrap();
    content::put_accepted(scene.rows(ALICE), &mut row, &doc, 0).unwrap();
    scene.connect(ALICE);
    scene.step(ALICE);
    // Captured while the digests are compared.
    scene.set(ALICE, account, "phone", "123");
    let talk = scene.talk(ALICE);
    assert_eq!(healed(&talk), [account]);
    for (field, value) in [("city", "Ulm"), ("phone", "123")] {
        assert_eq!(scene.shown_text(ALICE, account, field).as_deref(), Some(value));
    }
    scene.everybody_syncs();
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("123"));
}
