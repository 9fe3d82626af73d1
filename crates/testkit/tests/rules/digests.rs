//! Section 13: two replicas compare numbers, and heal what differs.

use roadbook_model::{AccountId, Kind, RecordId, document};
use roadbook_protocol::entry::{Author, ChangesEntry};
use roadbook_protocol::frame::Digests;
use roadbook_protocol::page::{
    FillChange, FillMark, FillPart, FillRecord, Hand, PageBody, PageEntry, statement,
};
use roadbook_protocol::{Blob, Entry, Frame, Mark, Page, Tag16, codec, encode};
use roadbook_sync::device::{CaptureError, Rows, Signer, apply, content};
use roadbook_sync::digest::record_digest;
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, MONA, Scenario, Talk};
use roadbook_testkit::work;

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

#[test]
fn d2_what_is_damaged_is_let_go_of_and_comes_anew_under_what_waits() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "soon damaged");
    scene.everybody_syncs();
    scene.set(ALICE, visit, "next_step", "written before anybody noticed");
    let whole = scene.rows(ALICE).record(visit).unwrap().unwrap();
    let digest = scene.device(ALICE).digest;
    let mut row = whole.clone();
    row.accepted.iter_mut().skip(20).take(40).for_each(|byte| *byte ^= 0xff);
    scene.rows(ALICE).put_record(&row).unwrap();
    // A capture that meets it names it, so that it can be let go of.
    let refused = scene.try_set(ALICE, visit, "subject", "written on nothing");
    assert!(matches!(refused, Err(CaptureError::Damaged(record)) if record == visit), "{refused:?}");
    content::let_go(scene.rows(ALICE), visit).unwrap();
    assert_eq!(scene.device(ALICE).digest, digest.wrapping_sub(whole.digest));
    assert_eq!(scene.rows(ALICE).items_of(visit).unwrap().len(), 1, "what waits is still there");
    scene.sync(ALICE);
    scene.sync(ALICE);
    assert_eq!(scene.record_text(visit, "next_step").as_deref(), Some("written before anybody noticed"));
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("soon damaged"));
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
    // What can be read stays as it is.
    let healed = scene.rows(ALICE).record(visit).unwrap().unwrap();
    content::let_go(scene.rows(ALICE), visit).unwrap();
    assert_eq!(scene.rows(ALICE).record(visit).unwrap(), Some(healed));
}

/// A record that Alice has and the server does not: a copy of a contact, under another id.
fn too_much(scene: &mut Scenario) -> RecordId {
    let id = RecordId::from_bytes([0x5a; 16]);
    let rows = scene.rows(ALICE);
    let mut row =
        rows.all_records().find(|row| row.envelope.kind.known() == Some(Kind::CONTACT)).unwrap().clone();
    let doc = content::accepted(&row).unwrap();
    (row.envelope.id, row.digest) = (id, 0);
    content::put_accepted(rows, &mut row, &doc, 0).unwrap();
    content::refresh(rows, id).unwrap();
    id
}

#[test]
fn d3_what_is_not_in_the_scope_goes_and_nothing_else() {
    let mut scene = Scenario::new();
    let before: Vec<_> = scene.rows(ALICE).all_records().cloned().collect();
    let id = too_much(&mut scene);
    assert!(scene.shown(ALICE, id).is_some());
    let talk = scene.sync(ALICE);
    let parts: Vec<_> = talk.pages().into_iter().flat_map(|page| page.fills).collect();
    assert_eq!(parts.iter().map(|part| part.gone.clone()).collect::<Vec<_>>(), [Some(vec![id])]);
    assert_eq!(healed(&talk), []);
    assert_eq!(scene.rows(ALICE).all_records().cloned().collect::<Vec<_>>(), before);
    assert!(scene.shown(ALICE, id).is_none());
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

#[test]
fn d3_while_work_waits_in_it_it_is_kept_uncounted_and_goes_with_the_work() {
    let mut scene = Scenario::new();
    let id = too_much(&mut scene);
    scene.connect(ALICE);
    scene.step(ALICE);
    // Captured while the digests are compared; the server refuses it, since it has no such record.
    scene.set(ALICE, id, "phone", "123");
    let number = scene.last_item(ALICE).number;
    scene.talk(ALICE);
    assert!(scene.rows(ALICE).record(id).unwrap().is_some_and(|row| row.digest == 0));
    assert!(scene.shown(ALICE, id).is_some(), "its person still reads it");
    scene.everybody_syncs();
    let talk = scene.sync(ALICE);
    assert!(talk.welcome().is_some_and(|welcome| welcome.idle && !welcome.differs), "it is not counted");
    let discarded =
        scene.capture(ALICE, |rows, ctx| roadbook_sync::device::reapply::discard(rows, ctx, number));
    discarded.unwrap();
    assert_eq!(scene.rows(ALICE).record(id).unwrap(), None);
    assert!(scene.sync(ALICE).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

/// A visit's first change, by the server's hand.
fn first_change(subject: &str) -> Vec<Blob> {
    let doc = document::create(Kind::VISIT.spec(), [7; 16], 0, &work::visit(subject)).unwrap();
    work::chunks(&doc)
}

/// Applies what the server would say of a visit's generation.
fn say(scene: &mut Scenario, body: PageBody, upto: Mark) {
    let bytes = encode(&body);
    let epoch = scene.world.server.book.epoch;
    let signature = scene.world.page_key.sign(&statement(&epoch, &upto, &body.entries, &bytes));
    let from = scene.device(ALICE).cursor.position;
    let page = Page { from, upto, more: false, body: Blob(codec::deflate(&bytes)), signature };
    apply::handle(scene.rows(ALICE), &page, true).unwrap();
}

fn say_changes(scene: &mut Scenario, record: RecordId, generation: u32, subject: &str) {
    let cursor = scene.device(ALICE).cursor;
    let account = scene.account(ALICE).account();
    let entry = Entry::Changes(ChangesEntry {
        record,
        account,
        generation,
        kind_version: 1,
        author: Author { person: scene.world.admin, device: None, store_generation: 0, number: 0 },
        captured_ms: 0,
        late: false,
        changes: first_change(subject),
        creates: Some("visit".to_owned()),
        opens: None,
    });
    let position = cursor.position + 1;
    let row = PageEntry { position, at_ms: 0, salt: Tag16([1; 16]), payload: Blob(encode(&entry)) };
    say(scene, PageBody { entries: vec![row], fills: Vec::new() }, Mark { position, chain: cursor.chain });
}

fn say_heal(scene: &mut Scenario, record: RecordId, generation: u32, subject: &str) {
    let change = |chunk| FillChange { chunk, hand: Some(Hand::Whole) };
    let healed = FillRecord {
        record,
        changes: first_change(subject).into_iter().map(change).collect(),
        kind: Some("visit".to_owned()),
        account: Some(scene.account(ALICE).account()),
        creator: Some(scene.world.admin),
        decision: None,
        generation: Some(generation),
        skipped: None,
        more: None,
        territory: None,
    };
    let mark = FillMark { grant: 0, token: None };
    let part = FillPart { mark, done: true, records: vec![healed], gone: None };
    let upto = scene.device(ALICE).cursor;
    say(scene, PageBody { entries: Vec::new(), fills: vec![part] }, upto);
}

#[test]
fn d4_a_later_generation_begins_a_record_anew_and_what_is_of_an_older_one_changes_nothing() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "as it began");
    scene.everybody_syncs();
    let before = scene.device(ALICE).digest;
    let own = scene.rows(ALICE).record(visit).unwrap().unwrap().digest;
    say_changes(&mut scene, visit, 1, "cut over");
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("cut over"));
    let row = scene.rows(ALICE).record(visit).unwrap().unwrap();
    assert_eq!(row.envelope.generation, 1);
    let digest = scene.device(ALICE).digest;
    assert_eq!(digest.wrapping_sub(row.digest), before.wrapping_sub(own), "counted once");
    say_changes(&mut scene, visit, 0, "of long ago");
    say_heal(&mut scene, visit, 0, "of long ago");
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("cut over"));
    assert_eq!(scene.device(ALICE).digest, digest);
    say_heal(&mut scene, visit, 2, "and again");
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("and again"));
}
