//! Section 16: what goes wrong is said by a code, and spoils nothing else.

use roadbook_model::RecordId;
use roadbook_protocol::item::NewRecord;
use roadbook_protocol::{Entry, Frame, ItemBody, Outcome, code};
use roadbook_sync::device::{Session, SessionError};
use roadbook_sync::server::Event;
use roadbook_testkit::random::Random;
use roadbook_testkit::scenario::{ALICE, BOB, Scenario, receipts};
use roadbook_testkit::sim::{STEPS, link, steps, world::World};

use crate::items::{item, visit};
use crate::{assert_error, assert_in_time, assert_known, assert_refused};

#[test]
fn e1_every_hold_and_refusal_of_a_wild_day_names_its_code_and_its_rule() {
    let mut codes = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let mut world = World::new(seed);
        link::come_to_rest(&mut world).unwrap();
        for _ in 0..STEPS {
            steps::step(&mut world).unwrap();
        }
        for row in &world.server.log {
            if let Entry::Unaccepted(entry) = &row.entry.entry {
                assert_known(&entry.reason);
                codes.insert(entry.reason.code.clone());
            }
        }
    }
    assert!(codes.len() > 3, "many of them: {codes:?}");
}

#[test]
fn e1_a_reason_about_a_field_names_it() {
    use automerge::transaction::Transactable;
    let mut scene = Scenario::new();
    let body = visit(&mut scene, 1);
    let mut doc =
        roadbook_model::document::load_changes(body.changes.iter().map(|it| it.0.as_slice())).unwrap();
    let device = scene.device(ALICE);
    let actor = roadbook_sync::actor::derive(device.device, device.store_generation, body.record, 0);
    doc.set_actor(automerge::ActorId::from(&actor[..]));
    let mut tx = doc.transaction();
    tx.put(automerge::ROOT, "state", "teleported").unwrap();
    tx.commit();
    let body = roadbook_protocol::item::Changes { changes: roadbook_testkit::work::chunks(&doc), ..body };
    let item = item(&mut scene, 1, body);
    let frames = scene.push(ALICE, &[item]);
    let Outcome::Refused(reason) = &receipts(&frames)[0].outcome else { panic!() };
    assert_known(reason);
    assert_eq!((reason.code.as_str(), reason.path.as_slice()), ("not_a_choice", &["state".to_owned()][..]));
}

#[test]
fn e2_no_bytes_crash_a_server_or_disturb_another_connection() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "honest");
    let bytes = scene.last_item(ALICE).bytes;
    let honest = [
        Frame::Hello(scene.hello(ALICE)).to_bytes(),
        Frame::Push(scene.push_of(ALICE, &[bytes])).to_bytes(),
        vec![0x9f; 100_000],
        vec![0xff],
        Vec::new(),
    ];
    let (mut other, _) = scene.greet(BOB);
    let mut random = Random::new(2);
    for _ in 0..2_000 {
        let mut bytes = honest[random.below(honest.len())].clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 if !bytes.is_empty() => bytes[at] = random.bytes::<1>()[0],
                1 => bytes.truncate(at),
                _ => bytes.insert(at, random.bytes::<1>()[0]),
            }
        }
        let mut wire = if random.percent(50) { scene.dial() } else { scene.greet(ALICE).0 };
        let answer = scene.say_bytes(&mut wire, &bytes);
        assert!(answer.iter().all(|frame| frame.to_bytes().len() < 4_000), "{answer:?}");
        if matches!(answer.as_slice(), [Frame::Error(_)]) {
            assert!(wire.is_closed());
        }
    }
    let push = Frame::Push(scene.push_of(BOB, &[]));
    // Some of those bytes may have made another item, which was taken: its page comes behind the receipts.
    let answer = scene.say(&mut other, push);
    assert!(
        matches!(answer.as_slice(), [Frame::Receipts(_)] | [Frame::Receipts(_), Frame::Page(_)]),
        "{answer:?}"
    );
}

#[test]
fn e2_no_frame_costs_a_phone_its_work_and_it_syncs_on_after_each() {
    let mut scene = Scenario::before_the_first_sync();
    scene.connect(ALICE);
    let talk = scene.talk(ALICE);
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "kept");
    let mut random = Random::new(3);
    let frames: Vec<Vec<u8>> = talk.down.iter().map(Frame::to_bytes).collect();
    let items = scene.items(ALICE).len();
    for _ in 0..2_000 {
        let mut bytes = frames[random.below(frames.len())].clone();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        let Ok(frame) = Frame::read(&bytes) else { continue };
        let endpoint = roadbook_sync::device::Endpoint { origin: "x".to_owned(), path: "y".to_owned() };
        let phone = &mut scene.world.phones[ALICE.0];
        let mut rows = phone.rows.clone();
        let (mut session, _) = Session::open(&mut rows, &phone.signer, endpoint, 1).unwrap();
        let welcome = talk.down[0].clone();
        session.handle(&mut rows, &phone.signer, 1, welcome).unwrap();
        // As a shell does: the transaction of what failed is dropped, all else is committed.
        if session.handle(&mut rows, &phone.signer, 1, frame).is_ok() {
            phone.rows = rows;
        }
        assert_eq!(scene.items(ALICE).len(), items, "what waits goes on waiting");
    }
    scene.everybody_syncs();
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("kept"), "and arrives");
}

#[test]
fn e3_a_server_that_cannot_answer_says_when_to_come_again() {
    let mut scene = Scenario::new();
    for greeted in [false, true] {
        let mut wire = if greeted { scene.greet(ALICE).0 } else { scene.dial() };
        let answer = scene.happen(&mut wire, Event::Unavailable);
        assert_error(&answer, code::UNAVAILABLE);
        let [Frame::Error(error)] = answer.as_slice() else { panic!() };
        assert!(error.retry_after_ms.is_some_and(|ms| ms > 0) && wire.is_closed());
    }
    for greeted in [false, true] {
        let mut wire = if greeted { scene.greet(ALICE).0 } else { scene.dial() };
        let answer = scene.happen(&mut wire, Event::Stopping);
        assert!(matches!(answer.as_slice(), [Frame::Goodbye(goodbye)] if goodbye.code == code::STOPPING));
        assert!(wire.is_closed());
    }
}

#[test]
fn e3_a_phone_learns_whether_an_error_may_be_retried() {
    let mut scene = Scenario::new();
    let mut told = |frame: Frame| {
        let endpoint = roadbook_sync::device::Endpoint { origin: "x".to_owned(), path: "y".to_owned() };
        let phone = &mut scene.world.phones[ALICE.0];
        let (mut session, _) = Session::open(&mut phone.rows, &phone.signer, endpoint, 1).unwrap();
        match session.handle(&mut phone.rows, &phone.signer, 1, frame) {
            Err(SessionError::Server { code, retry_after_ms, .. }) => (code, retry_after_ms.is_some()),
            other => panic!("an error of the server's, not {other:?}"),
        }
    };
    let error = roadbook_protocol::frame::error(code::BLOCKED, "this device was blocked");
    assert_eq!(told(error), (code::BLOCKED.to_owned(), false));
    let goodbye = roadbook_protocol::frame::Goodbye { code: code::STOPPING.to_owned() };
    assert_eq!(told(Frame::Goodbye(goodbye)), (code::STOPPING.to_owned(), true));
}

#[test]
fn e4_what_does_not_exist_and_what_the_lease_does_not_cover_are_answered_alike() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let bobs = scene.account(BOB);
    let secret = scene.visit(BOB, bobs, "Bob's own");
    scene.sync(BOB);
    let lease = scene.lease(ALICE, account);
    let mut outcomes = Vec::new();
    for record in [RecordId::from_bytes([9; 16]), secret, bobs] {
        let body = roadbook_protocol::item::Changes { new: None, record, ..visit(&mut scene, 1) };
        let number = scene.put_raw(ALICE, lease, None, ItemBody::Changes(body));
        let request = roadbook_protocol::item::Request {
            id: roadbook_model::RequestId::new(1, scene.world.random.bytes()),
            verb: "submit".to_owned(),
            record,
            heads: Vec::new(),
        };
        let asked = scene.put_raw(ALICE, lease, None, ItemBody::Request(request));
        scene.sync(ALICE);
        outcomes.extend([scene.outcome(ALICE, number), scene.outcome(ALICE, asked)]);
    }
    outcomes.iter().for_each(|outcome| assert_refused(outcome, code::UNKNOWN_RECORD, "E4"));
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1, "the same words for each");
    // The same for a new record at an account of somebody else's.
    let mut body = visit(&mut scene, 1);
    body.new = Some(NewRecord { kind: "visit".to_owned(), account: bobs.account(), opens: None });
    let number = scene.put_raw(ALICE, lease, None, ItemBody::Changes(body));
    scene.sync(ALICE);
    assert_eq!(scene.outcome(ALICE, number), outcomes[0]);
}

#[test]
fn e5_a_taken_id_is_refused_whatever_stands_there() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let bobs = scene.account(BOB);
    let secret = scene.visit(BOB, bobs, "Bob's own");
    scene.sync(BOB);
    let own = scene.visit(ALICE, account, "hers");
    scene.sync(ALICE);
    let lease = scene.lease(ALICE, account);
    let device = scene.device(ALICE);
    let mut outcomes = Vec::new();
    for record in [own, secret, bobs, account] {
        let fields = roadbook_testkit::work::visit("again");
        let kind = roadbook_model::Kind::VISIT;
        // A fresh branch, so that nothing but the id is wrong.
        let changes = roadbook_testkit::work::creation(&device, kind, record, 5, &fields).unwrap();
        let body = roadbook_protocol::item::Changes { record, branch: 5, changes, ..visit(&mut scene, 1) };
        let number = scene.put_raw(ALICE, lease, None, ItemBody::Changes(body));
        scene.sync(ALICE);
        outcomes.push(scene.outcome(ALICE, number));
    }
    outcomes.iter().for_each(|outcome| assert_refused(outcome, code::ID_NOT_USABLE, "E5"));
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1, "the same words for each");
    assert_eq!(scene.record_text(secret, "subject").as_deref(), Some("Bob's own"));
    scene.visit(ALICE, account, "and on");
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
}
