//! Sections 6 and 7: the log as a device may read it, and the fills that its leases open.

use std::collections::BTreeMap;

use roadbook_model::{Fields, Kind, RecordId};
use roadbook_protocol::entry::{
    Grant, LatePolicy, Reference, ReferenceItem, Subject, chain_hash, entry_hash,
};
use roadbook_protocol::frame::Applied;
use roadbook_protocol::page::{FillPart, PageBody};
use roadbook_protocol::{Entry, Frame, Hash, Page, Tag16, limits};
use roadbook_sync::device::{Rows, SessionError, Signer, apply, content};
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::place::Urgency;
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, MONA, Rep, Scenario, Talk, entries, pages};
use roadbook_testkit::work;

/// Somebody's word on an account: Mona's way to write into a rep's.
fn comment(scene: &mut Scenario, who: Rep, account: RecordId, text: &str) -> RecordId {
    let fields = Fields::from([
        ("subject_id".to_owned(), roadbook_model::Value::Str(account.to_string())),
        ("body".to_owned(), roadbook_model::Value::Text(text.to_owned())),
    ]);
    let new = work::new(Kind::COMMENT, Some(account), fields);
    let made = scene.capture(who, |rows, ctx| roadbook_sync::device::capture::create(rows, ctx, new));
    let made = made.expect("the comment is captured");
    scene.sync(who);
    made
}

fn page_frames(talk: &Talk) -> Vec<Page> {
    let pages =
        talk.down.iter().filter_map(|frame| if let Frame::Page(it) = frame { Some(it) } else { None });
    pages.cloned().collect()
}

/// Everything a phone keeps, as text.
fn everything(scene: &mut Scenario, who: Rep) -> String {
    format!("{:?}", scene.rows(who))
}

/// Applies a page to a copy of a phone's rows.
fn applied(scene: &mut Scenario, who: Rep, page: &Page) -> Result<(), SessionError> {
    let mut rows = scene.rows(who).clone();
    apply::handle(&mut rows, page, false)?;
    *scene.rows(who) = rows;
    Ok(())
}

#[test]
fn c1_positions_and_hashes_make_a_chain_and_marks_carry_its_first_bytes() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "one more entry");
    let talk = scene.sync(ALICE);
    let mut chain = Hash([0; 32]);
    let mut chains = BTreeMap::new();
    for (row, position) in scene.world.server.log.iter().zip(1..) {
        let entry = &row.entry;
        chain = chain_hash(&chain, position, &entry_hash(&entry.salt, &entry.payload));
        assert_eq!((entry.position, entry.chain), (position, chain));
        chains.insert(position, chain.tag());
    }
    let welcome = talk.welcome().unwrap();
    assert_eq!(chains.get(&welcome.head.position), Some(&welcome.head.chain));
    for page in page_frames(&talk) {
        assert_eq!(chains.get(&page.upto.position), Some(&page.upto.chain));
    }
    let cursor = scene.device(ALICE).cursor;
    assert_eq!(chains.get(&cursor.position), Some(&cursor.chain));
}

#[test]
fn p1_a_page_is_applied_whole_or_not_at_all() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    comment(&mut scene, MONA, account, "well done");
    scene.connect(ALICE);
    scene.step(ALICE);
    let before = everything(&mut scene, ALICE);
    scene.crash_on_next(ALICE);
    assert_eq!(everything(&mut scene, ALICE), before, "nothing of it, and nothing was answered");
    let talk = scene.sync(ALICE);
    let page = page_frames(&talk).pop().unwrap();
    assert!(talk.up.contains(&Frame::Applied(Applied { position: page.upto.position })));
    assert_eq!(scene.device(ALICE).cursor, page.upto);
}

#[test]
fn p1_a_page_that_was_applied_before_changes_nothing() {
    let mut scene = Scenario::before_the_first_sync();
    scene.world.server.page_bytes = 100;
    let talk = scene.sync(ALICE);
    scene.everybody_syncs();
    let account = scene.account(ALICE);
    comment(&mut scene, MONA, account, "well done");
    scene.everybody_syncs();
    let pages = page_frames(&talk);
    assert!(pages.len() > 3, "the fill came in parts");
    let before = everything(&mut scene, ALICE);
    for page in &pages {
        applied(&mut scene, ALICE, page).unwrap();
        assert_eq!(everything(&mut scene, ALICE), before);
    }
    // Also while the fill is still open.
    let mut scene = Scenario::before_the_first_sync();
    scene.world.server.page_bytes = 100;
    // Two scenes begin alike: the pages of one hold in the other.
    for page in &pages[..3] {
        applied(&mut scene, ALICE, page).unwrap();
    }
    assert_eq!(scene.rows(ALICE).fills().unwrap().len(), 1);
    let before = everything(&mut scene, ALICE);
    for page in &pages[..3] {
        applied(&mut scene, ALICE, page).unwrap();
        assert_eq!(everything(&mut scene, ALICE), before);
    }
}

#[test]
fn p1_a_heal_that_was_applied_before_changes_nothing() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    content::remove(scene.rows(ALICE), account).unwrap();
    let heal = page_frames(&scene.sync(ALICE)).remove(0);
    scene.set(ALICE, account, "phone", "later than the heal");
    scene.sync(ALICE);
    let before = everything(&mut scene, ALICE);
    applied(&mut scene, ALICE, &heal).unwrap();
    assert_eq!(everything(&mut scene, ALICE), before);
}

#[test]
fn p1_a_page_that_leaves_a_gap_is_refused() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    comment(&mut scene, MONA, account, "well done");
    let start = scene.rows(ALICE).clone();
    let page = page_frames(&scene.sync(ALICE)).remove(0);
    *scene.rows(ALICE) = start;
    let before = everything(&mut scene, ALICE);
    let beyond = Page { from: page.from + 1, ..page.clone() };
    assert!(matches!(applied(&mut scene, ALICE, &beyond), Err(SessionError::Gap)));
    assert_eq!(everything(&mut scene, ALICE), before);
    applied(&mut scene, ALICE, &page).unwrap();
}

#[test]
fn p2_a_page_that_the_server_did_not_sign_for_this_epoch_is_not_applied() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    comment(&mut scene, MONA, account, "well done");
    let start = scene.rows(ALICE).clone();
    let page = page_frames(&scene.sync(ALICE)).remove(0);
    *scene.rows(ALICE) = start;
    let before = everything(&mut scene, ALICE);
    let body = page.open().unwrap().body;
    let sign = |signer: &dyn Signer, epoch: &Tag16, body: &PageBody| {
        let bytes = roadbook_protocol::encode(body);
        let statement = roadbook_protocol::page::statement(epoch, &page.upto, &body.entries, &bytes);
        let body = roadbook_protocol::Blob(roadbook_protocol::codec::deflate(&bytes));
        Page { body, signature: signer.sign(&statement), ..page.clone() }
    };
    let epoch = scene.world.server.book.epoch;
    let mut other = body.clone();
    other.entries.clear();
    let forged = [
        sign(&scene.world.phones[0].signer, &epoch, &body),
        sign(&*scene.world.page_key, &Tag16([1; 16]), &body),
        Page { body: sign(&*scene.world.page_key, &epoch, &other).body, ..page.clone() },
        Page {
            upto: roadbook_protocol::Mark { position: page.upto.position + 1, ..page.upto },
            ..page.clone()
        },
    ];
    for page in forged {
        assert!(matches!(applied(&mut scene, ALICE, &page), Err(SessionError::Forged)));
        assert_eq!(everything(&mut scene, ALICE), before);
    }
    applied(&mut scene, ALICE, &page).unwrap();
}

#[test]
fn p3_no_more_pages_are_on_their_way_than_the_window_allows() {
    let mut scene = Scenario::before_the_first_sync();
    scene.world.server.page_bytes = 300;
    let (mut wire, frames) = scene.greet(MONA);
    assert_eq!(pages(&frames).len(), limits::PAGE_WINDOW);
    // News does not open the window; each word that a page was applied lets one more through.
    assert_eq!(scene.happen(&mut wire, roadbook_sync::server::Event::Woken), []);
    for _ in 0..3 {
        let more = scene.say(&mut wire, Frame::Applied(Applied { position: 1 }));
        assert_eq!(pages(&more).len(), 1);
    }
}

#[test]
fn p3_a_heal_keeps_to_the_window_too() {
    let mut scene = Scenario::new();
    scene.world.server.page_bytes = 300;
    let all: Vec<RecordId> = scene.rows(MONA).all_records().map(|row| row.envelope.id).collect();
    for record in all {
        content::remove(scene.rows(MONA), record).unwrap();
    }
    let (mut wire, _) = scene.greet(MONA);
    use roadbook_protocol::frame::Digests;
    scene.say(&mut wire, Frame::Digest(Digests::Accounts(Vec::new())));
    let frames = scene.say(&mut wire, Frame::Digest(Digests::Records(Vec::new())));
    assert_eq!(pages(&frames).len(), limits::PAGE_WINDOW);
    let mut parts: Vec<FillPart> = pages(&frames).into_iter().flat_map(|page| page.fills).collect();
    while !parts.last().unwrap().done {
        let more = pages(&scene.say(&mut wire, Frame::Applied(Applied { position: 1 })));
        assert_eq!(more.len(), 1);
        parts.extend(more.into_iter().flat_map(|page| page.fills));
    }
    // A phone that heals comes to the same end.
    scene.everybody_syncs();
    assert!(scene.rows(MONA).all_records().count() > 10);
}

#[test]
fn p4_a_device_gets_what_its_leases_cover_and_nothing_else() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let before = comment(&mut scene, MONA, account, "while Alice has it");
    let mut talk = scene.sync(ALICE);
    scene.move_account(account, BOB);
    let withdrawn = scene.head();
    let away = comment(&mut scene, MONA, account, "while Bob has it");
    talk.down.extend(scene.sync(ALICE).down);
    scene.move_account(account, ALICE);
    let granted = scene.head();
    let after = comment(&mut scene, MONA, account, "while Alice has it again");
    talk.down.extend(scene.sync(ALICE).down);
    let alice = scene.device(ALICE).device;
    let got = entries(&pages(&talk.down));
    for (position, entry) in &got {
        match entry {
            Entry::Granted(_)
            | Entry::Withdrawn(_)
            | Entry::Closed(_)
            | Entry::Unaccepted(_)
            | Entry::Fate(_) => {
                assert_eq!(entry.device(), Some(alice));
            }
            Entry::Reference(_) => {}
            _ => {
                assert!(!matches!(entry, Entry::Placed(_)), "it kept nothing that moved");
                assert_eq!(entry.account(), Some(account.account()));
                assert!(*position < withdrawn || *position > granted, "{position}: {entry:?}");
            }
        }
    }
    let about = |record| got.iter().filter(|(_, entry)| entry.record() == Some(record)).count();
    assert_eq!((about(before), about(away)), (1, 0));
    // What fell between comes with the fill of the new lease, what came later by fill or tail.
    for record in [before, away, after] {
        assert!(scene.shown(ALICE, record).is_some());
    }
    // Bob had it in between, and has none of it now.
    scene.sync(BOB);
    scene.sync(BOB);
    assert!(scene.rows(BOB).all_records().all(|row| row.envelope.account != account.account()));
}

#[test]
fn p4_reference_data_comes_to_everybody() {
    let mut scene = Scenario::new();
    let item = ReferenceItem { key: "0001".to_owned(), json: Some("{\"name\":\"Nails\"}".to_owned()) };
    let reference = Reference { set: "products".to_owned(), items: vec![item] };
    let now_ms = scene.world.now_ms;
    scene.world.server.append(now_ms, |book| book.publish(reference.clone()));
    for who in [ALICE, BOB, MONA] {
        let got: Vec<Entry> = scene.sync(who).entries().into_iter().map(|(_, entry)| entry).collect();
        assert_eq!(got, [Entry::Reference(reference.clone())]);
    }
}

/// The parts of fills in pages, in order.
fn parts(pages: &[PageBody]) -> Vec<FillPart> {
    pages.iter().flat_map(|page| page.fills.clone()).collect()
}

#[test]
fn p5_a_grant_opens_a_fill_that_brings_the_accounts_in_order() {
    let mut scene = Scenario::before_the_first_sync();
    scene.world.server.page_bytes = 400;
    let talk = scene.sync(MONA);
    let granted = talk.entries().into_iter().find(|(_, entry)| matches!(entry, Entry::Granted(_)));
    let (grant, Entry::Granted(granted)) = granted.unwrap() else { panic!() };
    let parts = parts(&talk.pages());
    assert!(parts.len() > 4 && parts.iter().all(|part| part.mark.grant == grant));
    assert!(parts.last().unwrap().done && parts.iter().filter(|part| part.done).count() == 1);
    let keys: Vec<_> = parts
        .iter()
        .flat_map(|part| &part.records)
        .map(|record| {
            let envelope = scene.world.server.book.records[&record.record].envelope;
            (envelope.account, envelope.kind.spec().fill_order, envelope.id)
        })
        .collect();
    assert!(keys.is_sorted(), "by account, then the kind's order, then record");
    let of_grants = granted.grants.iter().filter_map(|Grant { subject, .. }| match subject {
        Subject::Account(account) => Some(*account),
        Subject::Territory(_) => None,
    });
    for account in of_grants {
        let of = |key: &&(roadbook_model::AccountId, u8, RecordId)| key.0 == account;
        assert_eq!(keys.iter().filter(of).count(), 2, "an account and its contact, each once");
    }
    assert_eq!(scene.rows(MONA).fills().unwrap(), []);
}

#[test]
fn p9_what_is_urgent_is_granted_in_entries_of_its_own_and_filled_first() {
    let mut scene = Scenario::new();
    let mut accounts = [scene.accounts(ALICE), scene.accounts(CAROL)].concat();
    accounts.sort_unstable();
    let [none, task, both, visit] = accounts[..] else { panic!("four accounts") };
    let urgency = &mut scene.world.server.book.urgency;
    urgency.extend([(task.account(), Urgency::Task), (visit.account(), Urgency::Visit)]);
    let ids: Vec<_> = accounts.iter().map(|account| account.account()).collect();
    let territory = scene.territory(BOB);
    scene.world.hand_over(&ids, territory, LatePolicy::Accept, 1);
    scene.world.server.page_bytes = 400;
    let talk = scene.sync(BOB);
    let granted = talk.entries().into_iter().filter_map(|(_, entry)| match entry {
        Entry::Granted(granted) => Some(granted.grants.len()),
        _ => None,
    });
    assert_eq!(granted.collect::<Vec<_>>(), [1, 1, 2]);
    let records = parts(&talk.pages()).into_iter().flat_map(|part| part.records);
    let mut order: Vec<_> =
        records.map(|record| scene.world.server.book.records[&record.record].envelope.account).collect();
    order.dedup();
    assert_eq!(order, [visit, task, none, both].map(RecordId::account));
}

#[test]
fn p9_open_fills_go_on_in_the_order_of_their_grants_however_a_hello_names_them() {
    let mut scene = Scenario::new();
    let [first, second] = scene.accounts(ALICE)[..] else { panic!("two accounts") };
    scene.world.server.book.urgency.insert(second.account(), Urgency::Visit);
    let territory = scene.territory(BOB);
    scene.world.hand_over(&[first.account(), second.account()], territory, LatePolicy::Accept, 1);
    scene.world.server.page_bytes = 600;
    scene.connect(BOB);
    while scene.rows(BOB).fills().unwrap().is_empty() {
        scene.step(BOB);
    }
    let mut hello = scene.hello(BOB);
    assert_eq!(hello.fills.len(), 2, "both grants came, and neither fill is over");
    hello.fills.reverse();
    hello.nonce = scene.world.server.book.devices[&hello.device].nonce;
    let hello = scene.signed(BOB, hello);
    let mut wire = scene.dial();
    let frames = scene.say(&mut wire, hello);
    let grants: Vec<u64> = parts(&pages(&frames)).iter().map(|part| part.mark.grant).collect();
    assert!(grants.len() > 1 && grants.is_sorted(), "{grants:?}");
}

#[test]
fn p5_a_fill_goes_on_where_it_was_interrupted_even_within_a_record() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "long history");
    for n in 0..8 {
        scene.set(ALICE, visit, "subject", &format!("edit {n}"));
    }
    scene.sync(ALICE);
    scene.world.server.page_bytes = 300;
    scene.move_account(account, BOB);
    let (mut changes, mut partial) = (0, 0);
    for _ in 0..40 {
        // Hello, welcome, one page; then the connection is lost.
        scene.connect(BOB);
        scene.step(BOB);
        let talk = scene.step_down(BOB);
        for part in parts(&talk.pages()) {
            let of_visit = part.records.iter().filter(|record| record.record == visit);
            changes += of_visit.map(|record| record.changes.len()).sum::<usize>();
            partial += usize::from(part.mark.token.is_some_and(|token| token.partial.is_some()));
        }
        assert_eq!(scene.hello(BOB).fills, scene.rows(BOB).fills().unwrap());
        roadbook_testkit::sim::link::drop_link(&mut scene.world, BOB.0);
    }
    assert_eq!(changes, 9, "each change came once");
    assert!(partial > 2, "the record came in parts");
    assert_eq!(scene.rows(BOB).fills().unwrap(), []);
    assert_eq!(scene.shown_text(BOB, visit, "subject").as_deref(), Some("edit 7"));
    assert!(scene.sync(BOB).welcome().is_some_and(|welcome| welcome.idle && !welcome.differs));
}

#[test]
fn p6_a_store_does_not_get_its_own_changes_back() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "hers");
    let mut talk = scene.sync(ALICE);
    let comment = comment(&mut scene, MONA, account, "another's");
    talk.down.extend(scene.sync(ALICE).down);
    let got: Vec<_> =
        entries(&pages(&talk.down)).into_iter().filter_map(|(_, entry)| entry.record()).collect();
    assert_eq!(got, [comment]);
    assert!(scene.shown(ALICE, visit).is_some());
    // Another generation of her store is another store: it gets them.
    let lost = scene.world.server.clone();
    scene.visit(ALICE, account, "lost");
    scene.sync(ALICE);
    scene.world.server = lost;
    scene.everybody_syncs();
    assert_eq!(scene.device(ALICE).store_generation, 2);
    assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some("hers"));
}

#[test]
fn p7_what_a_fill_has_still_to_bring_is_left_out_of_the_tail() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    for n in 0..6 {
        scene.visit(ALICE, account, &format!("visit {n}"));
    }
    scene.everybody_syncs();
    scene.move_account(account, BOB);
    scene.sync(MONA);
    scene.world.server.page_bytes = 500;
    scene.connect(BOB);
    scene.step(BOB);
    let mut talk = scene.step_down(BOB);
    assert_eq!(scene.rows(BOB).fills().unwrap().len(), 1, "the fill is on its way");
    // A comment is the last of all kinds in a fill: this one is still to come.
    let comment = comment(&mut scene, MONA, account, "meanwhile");
    talk.down.extend(scene.talk(BOB).down);
    let pages = pages(&talk.down);
    let (mut filled, mut in_tail, mut in_fill) = (false, 0, 0);
    for page in &pages {
        let in_page = entries(std::slice::from_ref(page));
        in_tail += in_page.iter().filter(|(_, entry)| entry.record() == Some(comment)).count();
        assert!(in_tail == 0 || filled, "not before the fill has passed it");
        for part in &page.fills {
            in_fill += part.records.iter().filter(|record| record.record == comment).count();
            filled |= part.done;
        }
    }
    assert_eq!((in_tail, in_fill), (0, 1));
    assert!(scene.shown(BOB, comment).is_some());
}

/// An account from another system, in somebody's territory: a grant of its own for whoever holds that.
fn import(scene: &mut Scenario, whose: Rep, n: u64) -> RecordId {
    let id = RecordId::new(n, [9; 10]);
    let (kind, account, creator) = (Kind::ACCOUNT, id.account(), scene.world.admin);
    let envelope = roadbook_model::Envelope { id, kind, account, creator, generation: 0 };
    let fields = Fields::from([("name".to_owned(), work::text(&format!("Shop {n}")))]);
    let territory = Some(scene.territory(whose));
    let record = Imported { envelope, fields, captured_ms: 1, territory, decision: None };
    let now_ms = scene.world.now_ms;
    assert_eq!(scene.world.server.append(now_ms, |book| book.import(record)), Ok(true));
    id
}

#[test]
fn p5_more_fills_than_a_hello_names_are_all_done_in_the_end() {
    let mut scene = Scenario::new();
    let made: Vec<RecordId> =
        (0..limits::FILLS_MAX as u64 + 16).map(|n| import(&mut scene, BOB, n)).collect();
    // So small that the grants come long before all that they fill; the line is cut when the device knows of more than
    // its hello may name.
    scene.world.server.page_bytes = 600;
    scene.connect(BOB);
    while scene.rows(BOB).fills().unwrap().len() <= limits::FILLS_MAX {
        let talk = scene.step(BOB);
        assert!(!talk.up.is_empty() || !talk.down.is_empty(), "the line went quiet before that");
    }
    roadbook_testkit::sim::link::drop_link(&mut scene.world, BOB.0);
    scene.connect(BOB);
    let up = scene.step_up(BOB).up;
    let [Frame::Hello(hello)] = up.as_slice() else { panic!("{up:?}") };
    assert_eq!(hello.fills.len(), limits::FILLS_MAX, "a hello names no more");
    scene.everybody_syncs();
    assert_eq!(scene.rows(BOB).fills().unwrap(), []);
    for account in made {
        assert!(scene.rows(BOB).record(account).unwrap().is_some(), "{account} was filled");
    }
}
