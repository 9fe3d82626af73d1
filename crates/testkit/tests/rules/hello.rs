//! Section 5, and V1: who is let in, and that an idle reconnect costs one frame each way.

use roadbook_model::{DeviceId, Role};
use roadbook_protocol::frame::{Applied, Digests, Facts, Goodbye, Hello, Practised};
use roadbook_protocol::{Frame, Nonce, Signature, code, limits};
use roadbook_sync::ledger::{DeviceState, Gated};
use roadbook_sync::server::{Effect, Event, ServerSession};
use roadbook_testkit::memory_server::Peer;
use roadbook_testkit::scenario::{ALICE, BOB, MONA, Scenario};

use crate::{assert_error, assert_refused};

#[test]
fn v1_an_unknown_version_is_answered_with_those_that_are_spoken() {
    let mut scene = Scenario::new();
    let hello = Hello { version: 2, ..scene.hello(ALICE) };
    let (mut wire, frame) = (scene.dial(), scene.signed(ALICE, hello));
    let answer = scene.say(&mut wire, frame);
    assert_error(&answer, code::UNKNOWN_VERSION);
    let [Frame::Error(error)] = answer.as_slice() else { panic!() };
    assert!(error.text.contains("versions 1 to 1"), "{}", error.text);
    assert!(wire.is_closed());
    assert_eq!(scene.sync(ALICE).welcome().unwrap().version, 1);
}

#[test]
fn h1_an_unknown_device_and_a_proof_that_does_not_hold_are_answered_alike() {
    let mut scene = Scenario::new();
    let honest = scene.hello(ALICE);
    let unknown = Hello { device: DeviceId::from_bytes([1; 16]), ..honest.clone() };
    let unsigned = Hello { signature: Signature([0; 64]), ..honest.clone() };
    let hellos = [
        scene.signed(ALICE, unknown),
        scene.signed(BOB, honest.clone()),
        scene.signed_for(ALICE, honest.clone(), "https://elsewhere.example", "/v1/sync"),
        scene.signed_for(ALICE, honest.clone(), "http://sim", "/v1/other"),
        Frame::Hello(unsigned),
        Frame::Hello(Hello { waiting: 1, ..honest }),
    ];
    let mut answers = Vec::new();
    for hello in hellos {
        let mut wire = scene.dial();
        let answer = scene.say(&mut wire, hello);
        assert_error(&answer, code::NOT_ENROLLED);
        assert!(wire.is_closed());
        answers.push(answer);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the same words for each");
    assert!(scene.sync(ALICE).welcome().is_some());
}

#[test]
fn h2_another_nonce_is_answered_with_the_one_to_sign() {
    let mut scene = Scenario::new();
    let issued = scene.device(ALICE).nonce;
    let hello = Hello { nonce: Nonce([9; 16]), ..scene.hello(ALICE) };
    let (mut wire, frame) = (scene.dial(), scene.signed(ALICE, hello.clone()));
    let answer = scene.say(&mut wire, frame);
    let [Frame::Challenge(challenge)] = answer.as_slice() else { panic!("a challenge, not {answer:?}") };
    assert_eq!(challenge.nonce, issued);
    let frame = scene.signed(ALICE, Hello { nonce: issued, ..hello });
    let answer = scene.say(&mut wire, frame.clone());
    assert!(matches!(answer.as_slice(), [Frame::Welcome(_)]));
    // It admitted this one hello and no other.
    let mut again = scene.dial();
    assert!(matches!(scene.say(&mut again, frame).as_slice(), [Frame::Challenge(_)]));
}

#[test]
fn h2_of_two_hellos_that_race_for_a_nonce_one_loses() {
    let mut scene = Scenario::new();
    let hello = Frame::Hello(scene.hello(ALICE));
    let mut race: Vec<(ServerSession, Peer, Effect)> = Vec::new();
    for _ in 0..2 {
        let (mut session, mut peer) = (scene.world.server_session(), Peer::default());
        let load = session.handle(Event::Frame(hello.clone()), 1, [1; 16]).remove(0);
        let loaded = scene.world.server.carry_out(&session, &mut peer, load, 1).remove(0);
        let admit = session.handle(loaded, 1, [2; 16]).remove(0);
        race.push((session, peer, admit));
    }
    let ends: Vec<Vec<Effect>> = race
        .into_iter()
        .map(|(mut session, mut peer, admit)| {
            let admitted = scene.world.server.carry_out(&session, &mut peer, admit, 1).remove(0);
            session.handle(admitted, 1, [3; 16])
        })
        .collect();
    assert!(matches!(ends[0].as_slice(), [Effect::Send(Frame::Welcome(_)), ..]));
    let [Effect::Send(error), Effect::Close] = ends[1].as_slice() else { panic!("{:?}", ends[1]) };
    assert_error(std::slice::from_ref(error), code::STALE_NONCE);
}

#[test]
fn h3_a_blocked_device_is_told_so_and_nothing_else_is_taken() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "too late");
    let item = scene.last_item(ALICE);
    let (mut live, _) = scene.greet(ALICE);
    scene.set_device(ALICE, DeviceState::Blocked);
    let head = scene.head();
    // On a connection from before.
    let push = Frame::Push(scene.push_of(ALICE, &[item.bytes]));
    assert_error(&scene.say(&mut live, push.clone()), code::BLOCKED);
    // On a new one.
    let (mut wire, hello) = (scene.dial(), Frame::Hello(scene.hello(ALICE)));
    assert_error(&scene.say(&mut wire, hello), code::BLOCKED);
    assert_eq!(scene.say(&mut wire, push), []);
    assert_eq!(scene.head(), head);
    // Who cannot prove to be the device does not learn that it is blocked.
    let (mut wire, forged) = (scene.dial(), scene.hello(ALICE));
    let forged = scene.signed(BOB, forged);
    assert_error(&scene.say(&mut wire, forged), code::NOT_ENROLLED);
}

#[test]
fn h4_before_the_welcome_only_a_hello_and_a_goodbye_fit() {
    let mut scene = Scenario::new();
    let push = Frame::Push(scene.push_of(ALICE, &[]));
    let frames = [
        push,
        Frame::Applied(Applied { position: 1 }),
        Frame::Digest(Digests::Accounts(Vec::new())),
        roadbook_protocol::frame::error("malformed", "who are you?"),
    ];
    for frame in frames {
        let mut wire = scene.dial();
        assert_error(&scene.say(&mut wire, frame), code::UNEXPECTED_FRAME);
        assert!(wire.is_closed());
    }
    let mut wire = scene.dial();
    assert_eq!(scene.say(&mut wire, Frame::Goodbye(Goodbye { code: "done".to_owned() })), []);
    assert!(wire.is_closed());
}

#[test]
fn h5_an_idle_reconnect_is_a_hello_and_a_welcome_whatever_the_replica_holds() {
    let mut scene = Scenario::new();
    let own = scene.account(BOB);
    scene.visit(BOB, own, "not for Alice");
    scene.sync(BOB);
    let mut sizes = Vec::new();
    for who in [ALICE, MONA] {
        scene.everybody_syncs();
        let talk = scene.sync(who);
        assert_eq!((talk.words_up(), talk.words_down()), (vec!["hello"], vec!["welcome"]));
        assert!(talk.welcome().unwrap().idle);
        sizes.push(talk.up[0].to_bytes().len() + talk.down[0].to_bytes().len());
    }
    assert!(sizes.iter().all(|size| *size < 290), "{sizes:?}");
    assert!(sizes[0].abs_diff(sizes[1]) <= 8, "of two accounts or of six: {sizes:?}");
}

#[test]
fn h5_the_cursor_of_an_idle_device_moves_to_the_head() {
    let mut scene = Scenario::new();
    let own = scene.account(BOB);
    scene.visit(BOB, own, "not for Alice");
    scene.sync(BOB);
    let talk = scene.sync(ALICE);
    assert_eq!(talk.words_down(), ["welcome"]);
    assert_eq!(talk.welcome().unwrap().head, scene.world.server.head());
    assert_eq!(scene.device(ALICE).cursor, scene.world.server.head());
    // An open fill waits too.
    let mut fresh = Scenario::before_the_first_sync();
    assert!(!fresh.sync(ALICE).welcome().unwrap().idle);
}

#[test]
fn h6_facts_are_said_once_and_again_only_when_there_is_news() {
    let mut scene = Scenario::new();
    let facts = |client: &str, megabytes: u64| Facts {
        client: client.to_owned(),
        store_bytes: megabytes * 1024 * 1024,
        practised: None,
    };
    let told = [
        (facts("roadbook 1", 8), true, "never said"),
        (facts("roadbook 1", 8), false, "said"),
        (facts("roadbook 1", 10), false, "a quarter more"),
        (facts("roadbook 1", 11), true, "more than that"),
        (facts("roadbook 1", 9), false, "less, but not by a quarter"),
        (facts("roadbook 2", 11), true, "another version"),
        (facts("roadbook 2", 2), true, "much less"),
        (facts("roadbook 2", 3), false, "half more, but a megabyte only"),
    ];
    for (facts, is_said, why) in told {
        assert_eq!(scene.tell(ALICE, facts.clone()), is_said.then_some(facts.clone()), "{why}");
        if is_said {
            assert_eq!(scene.world.server.facts, Some(facts), "{why}");
        }
    }
}

#[test]
fn h6_facts_are_said_again_to_a_server_that_did_not_welcome_them() {
    let mut scene = Scenario::new();
    let facts = Facts { client: "roadbook 1".to_owned(), store_bytes: 1, practised: None };
    let hello = Hello { facts: Some(facts.clone()), nonce: Nonce([9; 16]), ..scene.hello(ALICE) };
    let (mut wire, frame) = (scene.dial(), scene.signed(ALICE, hello));
    assert!(matches!(scene.say(&mut wire, frame).as_slice(), [Frame::Challenge(_)]));
    assert_eq!(scene.world.server.facts, None);
    assert_eq!(scene.tell(ALICE, facts.clone()), Some(facts));
}

#[test]
fn h6_nothing_is_judged_by_facts() {
    let mut scene = Scenario::new();
    let plain = scene.hello(ALICE);
    let forged =
        Practised { process: "stock_out".to_owned(), version: 1, times: u32::MAX, last_ms: i64::MAX };
    let forged = Facts {
        client: "somebody in between".to_owned(),
        store_bytes: u64::MAX,
        practised: Some(vec![forged]),
    };
    let (mut wire, frame) = (scene.dial(), scene.signed(ALICE, plain.clone()));
    let Frame::Hello(signed) = frame else { panic!("a hello") };
    // They stand outside the proof: what is added or taken away on the way does not unmake it.
    let answer = scene.say(&mut wire, Frame::Hello(Hello { facts: Some(forged), ..signed }));
    assert!(matches!(answer.first(), Some(Frame::Welcome(_))), "{answer:?}");
}

#[test]
fn h9_practice_is_said_as_a_total_once_and_is_no_item() {
    let mut scene = Scenario::new();
    let facts = Facts { client: "roadbook 1".to_owned(), store_bytes: 1, practised: None };
    assert_eq!(scene.tell(ALICE, facts.clone()), Some(facts.clone()), "nothing was practised");
    let before = scene.device(ALICE).last_number;
    scene.practise(ALICE, "stock_out", 2);
    scene.practise(ALICE, "complaint", 1);
    scene.practise(ALICE, "stock_out", 2);
    let said = scene.tell(ALICE, facts.clone()).and_then(|facts| facts.practised).unwrap_or_default();
    let said: Vec<_> = said.iter().map(|one| (one.process.as_str(), one.version, one.times)).collect();
    assert_eq!(said, [("stock_out", 2, 2), ("complaint", 1, 1)], "the latest first");
    assert_eq!(scene.tell(ALICE, facts.clone()), None, "it was said");
    scene.practise(ALICE, "complaint", 1);
    let said = scene.tell(ALICE, facts).and_then(|facts| facts.practised).unwrap_or_default();
    assert_eq!(said.first().map(|one| one.times), Some(2), "in all");
    assert_eq!(scene.device(ALICE).last_number, before, "there is nothing to push");
}

#[test]
fn h9_only_the_versions_that_were_practised_last_are_named() {
    let mut scene = Scenario::new();
    for version in 1..=u32::try_from(limits::PRACTISED_MAX).unwrap() + 1 {
        scene.practise(ALICE, "stock_out", version);
    }
    let facts = Facts { client: "roadbook 1".to_owned(), store_bytes: 1, practised: None };
    let said = scene.tell(ALICE, facts).and_then(|facts| facts.practised).unwrap_or_default();
    assert_eq!(said.len(), limits::PRACTISED_MAX);
    assert_eq!(
        (said.first().map(|one| one.version), said.last().map(|one| one.version)),
        (Some(33), Some(2))
    );
}

#[test]
fn h8_a_role_that_changed_is_told_and_checked_by_on_both_sides() {
    let mut scene = Scenario::new();
    assert_eq!(scene.sync(ALICE).welcome().unwrap().role.as_deref(), Some("rep"));
    let account = scene.account(ALICE);
    let refused = scene.try_set(ALICE, account, "price_list", "gold").unwrap_err();
    assert_eq!(refused.code(), "not_permitted");
    let device = scene.device(ALICE).device;
    let role_of =
        |scene: &mut Scenario, role| scene.world.server.book.devices.get_mut(&device).unwrap().role = role;
    role_of(&mut scene, Role::Office);
    assert_eq!(scene.sync(ALICE).welcome().unwrap().role.as_deref(), Some("office"));
    scene.set(ALICE, account, "price_list", "gold");
    // Back again while the phone does not know it: the server judges by what she is now, also on a connection that was
    // opened before, and what the gate found before the change does not count.
    let number = scene.last_item(ALICE).number;
    let (before, item) = (scene.world.server.book.devices[&device].clone(), scene.last_item(ALICE).bytes);
    let book = &scene.world.server.book;
    let known = |record| book.records.get(&record).map(|row| (row.envelope, row.doc.clone()));
    let gated = Gated::prepare(&before, std::slice::from_ref(&item), known).remove(0);
    role_of(&mut scene, Role::Rep);
    let now_ms = scene.world.now_ms;
    let receipt =
        scene.world.server.append(now_ms, |book| book.judge((&before).into(), &item, gated)).unwrap();
    assert_refused(&receipt.outcome, "not_permitted", "G4");
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, number), "not_permitted", "G4");
    assert!(scene.try_set(ALICE, account, "price_list", "silver").is_err());
}

#[test]
fn h7_signing_in_is_due_after_the_days_that_the_server_says_and_loses_nothing() {
    const DAY_MS: i64 = 86_400_000;
    let mut scene = Scenario::new();
    assert_eq!(scene.sync(ALICE).welcome().unwrap().offline_days, None, "the usual number is not said");
    let last_ms = scene.world.now_ms;
    let due = |scene: &mut Scenario, days: i64, ms: i64| {
        scene.device(ALICE).is_sign_in_due(last_ms + days * DAY_MS + ms)
    };
    assert!(!due(&mut scene, 30, 0));
    assert!(due(&mut scene, 30, 1));
    scene.world.server.offline_days = 14;
    assert_eq!(scene.sync(ALICE).welcome().unwrap().offline_days, Some(14));
    assert!(!due(&mut scene, 14, 0));
    assert!(due(&mut scene, 14, 1));

    scene.advance_ms(20 * DAY_MS);
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "captured while signing in was due");
    let now_ms = scene.world.now_ms;
    assert!(scene.device(ALICE).is_sign_in_due(now_ms));
    let talk = scene.sync(ALICE);
    assert_eq!(talk.receipts().len(), 1);
    assert!(scene.record(visit).is_some());
    let now_ms = scene.world.now_ms;
    assert!(!scene.device(ALICE).is_sign_in_due(now_ms), "the welcome ends it");

    scene.advance_ms(20 * DAY_MS);
    scene.set_device(ALICE, DeviceState::Blocked);
    assert_eq!(scene.sync(ALICE).error().unwrap().code, "blocked");
    let now_ms = scene.world.now_ms;
    assert!(scene.device(ALICE).is_sign_in_due(now_ms), "who was blocked meanwhile sees nothing more");
}
