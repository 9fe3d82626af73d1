//! Section 14: copied and restored stores, and a restored server.

use roadbook_model::permission::Role;
use roadbook_model::{Edit, Verb};
use roadbook_protocol::frame::{Answered, Hello};
use roadbook_protocol::{Frame, Mark, Tag16, code, limits};
use roadbook_sync::device::recover::{self, Carried};
use roadbook_sync::device::{Rows, capture};
use roadbook_testkit::memory_rows::MemoryRows;
use roadbook_testkit::scenario::{ALICE, Scenario};
use roadbook_testkit::work;

/// What a hello that proves the device is answered with.
fn answer_to(scene: &mut Scenario, change: impl FnOnce(&mut Hello)) -> Vec<Frame> {
    let mut hello = scene.hello(ALICE);
    change(&mut hello);
    let (mut wire, frame) = (scene.dial(), scene.signed(ALICE, hello));
    scene.say(&mut wire, frame)
}

/// Alice has pushed three items and got her receipts.
fn scene() -> Scenario {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let visit = scene.visit(ALICE, account, "first");
    scene.set(ALICE, visit, "subject", "second");
    scene.set(ALICE, visit, "subject", "third");
    scene.sync(ALICE);
    scene
}

fn is_renewed(frames: &[Frame]) -> bool {
    matches!(frames, [Frame::NewGeneration(frame)] if frame.store_generation == 2)
}

#[test]
fn s1_a_store_that_is_not_the_live_one_gets_a_new_generation() {
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.store_generation = 0)));
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.store_generation = 7)));
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.last_number = 2)));
    let other = Answered { number: 3, item: Tag16([1; 16]) };
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.answered = Some(other))));
    let unknown = Answered { number: 9, item: Tag16([1; 16]) };
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.answered = Some(unknown))));
    // Newer work that was never sent is no reason.
    let frames = answer_to(&mut scene(), |hello| hello.last_number = 9);
    assert!(matches!(frames.as_slice(), [Frame::Welcome(_), ..]), "{frames:?}");
}

#[test]
fn s1_a_connection_from_before_the_new_generation_pushes_into_the_void() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.visit(ALICE, account, "of the first life");
    let item = scene.last_item(ALICE).bytes;
    let push = Frame::Push(scene.push_of(ALICE, &[item]));
    let (mut old, _) = scene.greet(ALICE);
    let (mut wire, hello) = (scene.dial(), scene.hello(ALICE));
    let nonce = scene.world.server.book.devices[&hello.device].nonce;
    let clone = scene.signed(ALICE, Hello { store_generation: 0, nonce, ..hello });
    assert!(is_renewed(&scene.say(&mut wire, clone)));
    // Its number 1 is not the number 1 of the new life.
    let head = scene.head();
    crate::assert_error(&scene.say(&mut old, push), roadbook_protocol::code::STALE_NONCE);
    assert_eq!(scene.head(), head);
}

#[test]
fn s2_a_cursor_off_the_server_s_chain_takes_a_new_generation() {
    let beyond = Mark { position: 9_999, chain: Tag16([1; 16]) };
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.cursor = beyond)));
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.cursor.chain = Tag16([1; 16]))));
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.cursor.position -= 1)));
}

#[test]
fn s2_a_receipt_that_the_server_s_chain_does_not_hold_is_no_copy_of_the_store() {
    let beyond = Mark { position: 9_999, chain: Tag16([1; 16]) };
    assert!(is_renewed(&answer_to(&mut scene(), |hello| hello.receipt = beyond)));
    // A server that was restored to before its receipts, again and again: never `cloned` (S4).
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    for round in 0..10 {
        let backup = scene.world.server.clone();
        let visit = scene.visit(ALICE, account, &format!("visit {round}"));
        // The receipt comes, the page behind it does not.
        let number = scene.last_item(ALICE).number;
        let bytes = scene.rows(ALICE).item(number).unwrap().unwrap().bytes;
        let frames = scene.push(ALICE, &[bytes]);
        let answer =
            frames.into_iter().find_map(|f| if let Frame::Receipts(it) = f { Some(it) } else { None });
        roadbook_sync::device::receipts::handle(scene.rows(ALICE), &answer.unwrap()).unwrap();
        scene.world.server = backup;
        let talk = scene.sync(ALICE);
        assert_eq!(talk.words_down().last(), Some(&"new-generation"), "{round}: {:?}", talk.error());
        scene.everybody_syncs();
        assert!(scene.record(visit).is_some(), "{round}: what the server forgot came back");
    }
}

#[test]
fn s2_a_server_from_a_backup_is_noticed_and_gets_back_what_it_lost() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let backup = scene.world.server.clone();
    let visit = scene.visit(ALICE, account, "lost with the disk");
    scene.everybody_syncs();
    scene.world.server = backup;
    scene.world.server.book.epoch = Tag16([42; 16]);
    assert!(scene.record(visit).is_none());
    let talk = scene.sync(ALICE);
    assert_eq!(talk.words_down().last(), Some(&"new-generation"));
    scene.everybody_syncs();
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("lost with the disk"));
    assert_eq!(scene.device(ALICE).epoch, Tag16([42; 16]));
}

#[test]
fn s3_a_store_is_set_aside_whole_and_only_what_the_server_lacks_is_captured_anew() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let backup = scene.rows(ALICE).clone();
    let known = scene.visit(ALICE, account, "sent, then forgotten by the phone");
    scene.sync(ALICE);
    // The phone comes back from its backup, and has work that it never sent.
    *scene.rows(ALICE) = backup;
    let only = scene.visit(ALICE, account, "never sent");
    let old_items = scene.items(ALICE);
    let talk = scene.sync(ALICE);
    let Some(Frame::NewGeneration(frame)) = talk.down.last() else { panic!("{:?}", talk.words_down()) };
    let aside = scene.world.phones[0].aside.last().unwrap();
    assert_eq!(aside.all_items().cloned().collect::<Vec<_>>(), old_items, "set aside whole");
    let fresh = scene.device(ALICE);
    assert_eq!((fresh.store_generation, fresh.nonce), (frame.store_generation, frame.nonce));
    assert_eq!((fresh.cursor, fresh.last_number), (frame.cursor, 0));
    scene.everybody_syncs();
    // Both visits are in the record once; one item was captured anew, under number 1.
    let numbers: Vec<u64> = scene
        .world
        .server
        .book
        .receipts
        .keys()
        .filter(|(device, generation, _)| *device == fresh.device && *generation == 2)
        .map(|(_, _, number)| *number)
        .collect();
    assert_eq!(numbers, [1]);
    for (visit, subject) in [(known, "sent, then forgotten by the phone"), (only, "never sent")] {
        assert_eq!(scene.record_text(visit, "subject").as_deref(), Some(subject));
        assert_eq!(scene.shown_text(ALICE, visit, "subject").as_deref(), Some(subject));
    }
}

/// Found by histories 147 and 1170, once the office edited in them: nobody was told that the value was gone.
#[test]
fn s3_what_was_never_sent_and_lost_against_what_came_meanwhile_is_told() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let backup = scene.rows(ALICE).clone();
    scene.visit(ALICE, account, "sent, then forgotten by the phone");
    scene.sync(ALICE);
    *scene.rows(ALICE) = backup;
    scene.set(ALICE, account, "phone", "111");
    // Twice, so that Automerge lets the office's value stand on the phone as well.
    for value in ["222", "333"] {
        let edit = roadbook_model::Edit::Put { path: vec!["phone".to_owned()], value: work::text(value) };
        let (admin, now_ms) = (scene.world.admin, scene.world.now_ms);
        let edited =
            scene.world.server.append(now_ms, |book| book.edit(Role::Office, admin, account, &[edit]));
        edited.unwrap();
    }
    let talk = scene.sync(ALICE);
    let words = talk.words_down();
    assert!(
        words.ends_with(&["welcome", "page", "new-generation"]),
        "it reads before it is set aside: {words:?}"
    );
    scene.everybody_syncs();
    assert_eq!(scene.record_text(account, "phone").as_deref(), Some("333"));
    assert!(scene.world.phones[0].left.contains(&account), "its person is told that 111 does not stand");
}

#[test]
fn s3_what_was_asked_for_and_granted_without_the_device_having_heard_is_no_loss() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    scene.ask(ALICE, Verb::Submit, order);
    let backup = scene.rows(ALICE).clone();
    scene.sync(ALICE);
    let granted = scene.world.server.last_decision(order).unwrap();
    scene.visit(ALICE, account, "sent, then forgotten by the phone");
    scene.sync(ALICE);
    *scene.rows(ALICE) = backup;
    scene.everybody_syncs();
    assert!(!scene.world.phones[0].left.contains(&order), "it was granted: nothing is left behind");
    assert_eq!(scene.world.server.last_decision(order).as_ref(), Some(&granted), "and not asked again");
}

#[test]
fn s3_what_was_asked_for_and_never_sent_is_asked_for_again_once_however_often_it_is_carried_over() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.everybody_syncs();
    let fresh = scene.rows(ALICE).clone();
    scene.ask(ALICE, Verb::Submit, order);
    let mut old = std::mem::replace(scene.rows(ALICE), fresh);
    let mut carried = Carried::default();
    let mut again = |scene: &mut Scenario| {
        let done = scene
            .capture(ALICE, |rows, ctx| recover::carry_requests(&mut old, rows, ctx, order, &mut carried));
        done.unwrap();
        assert_eq!(carried, Carried::default(), "nothing is left behind");
        scene.items(ALICE).iter().filter(|item| item.record == Some(order)).count()
    };
    // A crash before it was noted that the old store is done with, twice: what waits, and what was answered by then.
    assert_eq!((again(&mut scene), again(&mut scene)), (1, 1));
    scene.everybody_syncs();
    assert_eq!(scene.world.server.last_decision(order).map(|it| it.state).as_deref(), Some("submitted"));
    assert_eq!(again(&mut scene), 0);
}

#[test]
fn s3_a_correction_that_was_not_sent_is_captured_again_whole_and_once() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    scene.everybody_syncs();
    let fresh = scene.rows(ALICE).clone();
    let edit = |value: &str| Edit::Put { path: vec!["reference".to_owned()], value: work::text(value) };
    let corrected =
        scene.capture(ALICE, |rows, ctx| capture::correct(rows, ctx, order, &[edit("as they wanted it")]));
    corrected.unwrap();
    let mut old = std::mem::replace(scene.rows(ALICE), fresh);
    let mut again = |scene: &mut Scenario| {
        let mut carried = Carried::default();
        let done = scene.capture(ALICE, |rows, ctx| {
            recover::carry(&mut old, rows, ctx, order, &mut carried)?;
            recover::carry_requests(&mut old, rows, ctx, order, &mut carried)
        });
        done.unwrap();
        assert_eq!((carried.left, carried.conflicts), (Vec::new(), Vec::new()), "nothing is left behind");
        scene.items(ALICE).iter().filter(|item| item.record == Some(order)).count()
    };
    assert_eq!((again(&mut scene), again(&mut scene)), (3, 3));
    scene.everybody_syncs();
    let said = scene.record(order).unwrap().get("reference").cloned();
    assert_eq!(said, Some(work::text("as they wanted it")));
    assert_eq!(scene.world.server.last_decision(order).map(|it| it.verb).as_deref(), Some("submit"));
    assert_eq!(again(&mut scene), 0);
}

/// One of two copies syncs; what the other keeps meanwhile is in `other`. Returns the last frame that came.
fn one_syncs(scene: &mut Scenario, other: &mut MemoryRows) -> Option<Frame> {
    let talk = scene.sync(ALICE);
    if matches!(talk.down.last(), Some(Frame::NewGeneration(_))) {
        // It takes its new store into use at once.
        scene.sync(ALICE);
    }
    std::mem::swap(scene.rows(ALICE), other);
    talk.down.last().cloned()
}

#[test]
fn s4_two_copies_do_not_renew_each_other_for_ever() {
    let mut scene = scene();
    let account = scene.account(ALICE);
    let mut other = scene.rows(ALICE).clone();
    scene.visit(ALICE, account, "on the first phone");
    let mut renewed = 0;
    let refused = loop {
        match one_syncs(&mut scene, &mut other) {
            Some(Frame::NewGeneration(_)) => renewed += 1,
            Some(Frame::Error(error)) => break error,
            _ => {}
        }
        assert!(renewed <= limits::RENEWALS_MAX, "one more renewal than the rule allows");
    };
    assert_eq!((refused.code.as_str(), refused.retry_after_ms), (code::CLONED, None));
    assert_eq!(renewed, limits::RENEWALS_MAX);
    let device = scene.rows(ALICE).device().unwrap().device;
    let row = scene.world.server.book.devices[&device].clone();
    assert!(row.renewals.cloned_ms.is_some(), "the office sees it");
    // The other phone is the live one, and works on; this one stays refused, in a month too.
    let visit = scene.visit(ALICE, account, "on the live phone");
    scene.sync(ALICE);
    assert_eq!(scene.record_text(visit, "subject").as_deref(), Some("on the live phone"));
    scene.world.now_ms += 31 * 86_400_000;
    std::mem::swap(scene.rows(ALICE), &mut other);
    let talk = scene.sync(ALICE);
    assert!(matches!(talk.down.last(), Some(Frame::Error(error)) if error.code == code::CLONED));
    assert_eq!(scene.world.server.book.devices[&device].store_generation, row.store_generation);
}

#[test]
fn s4_lost_answers_slow_copies_and_a_restored_server_are_no_clones() {
    let mut scene = scene();
    let device = scene.hello(ALICE).device;
    // The answer is lost every time: the same store asks again.
    for _ in 0..3 * limits::RENEWALS_MAX {
        let nonce = scene.world.server.book.devices[&device].nonce;
        let frames = answer_to(&mut scene, |hello| (hello.store_generation, hello.nonce) = (0, nonce));
        assert!(matches!(frames.as_slice(), [Frame::NewGeneration(_)]), "{frames:?}");
    }
    // A server that was restored says so to everybody, as often as it is restored.
    for _ in 0..3 * limits::RENEWALS_MAX {
        let generation = scene.world.server.book.devices[&device].store_generation;
        let nonce = scene.world.server.book.devices[&device].nonce;
        let frames = answer_to(&mut scene, |hello| {
            (hello.store_generation, hello.nonce) = (generation, nonce);
            hello.cursor = Mark { position: 9_999, chain: Tag16([1; 16]) };
        });
        assert!(matches!(frames.as_slice(), [Frame::NewGeneration(_)]), "{frames:?}");
    }
    assert_eq!(scene.world.server.book.devices[&device].renewals.cloned_ms, None);
    // A phone that is restored now and then, a week apart.
    let mut scene = self::scene();
    let account = scene.account(ALICE);
    let backup = scene.rows(ALICE).clone();
    for n in 0..3 * limits::RENEWALS_MAX {
        scene.visit(ALICE, account, &format!("week {n}"));
        scene.everybody_syncs();
        *scene.rows(ALICE) = backup.clone();
        scene.everybody_syncs();
        scene.world.now_ms += 7 * 86_400_000;
    }
    let device = device_of(&mut scene);
    assert_eq!(scene.world.server.book.devices[&device].renewals.cloned_ms, None);
}

fn device_of(scene: &mut Scenario) -> roadbook_model::DeviceId {
    scene.device(ALICE).device
}

#[test]
fn s5_a_device_that_asks_for_generations_without_end_waits_for_the_next_day() {
    let mut scene = scene();
    let device = scene.hello(ALICE).device;
    // By a cursor that never was, or by an answer that is lost again and again.
    let ask = |scene: &mut Scenario, restored: bool| {
        let row = scene.world.server.book.devices[&device].clone();
        answer_to(scene, |hello| {
            hello.nonce = row.nonce;
            hello.store_generation = if restored { row.store_generation } else { row.renewals.from };
            if restored {
                hello.cursor = Mark { position: 9_999, chain: Tag16([1; 16]) };
            }
        })
    };
    for n in 0..limits::RENEWALS_A_DAY_MAX {
        scene.world.now_ms += 1_000;
        let frames = ask(&mut scene, n % 2 == 0);
        assert!(matches!(frames.as_slice(), [Frame::NewGeneration(_)]), "{n}: {frames:?}");
    }
    let stands = |scene: &Scenario| {
        let book = &scene.world.server.book;
        let row = &book.devices[&device];
        // Not the nonce: every hello gets the next one.
        (row.store_generation, row.last_number, row.start, row.renewals.clone(), book.mark())
    };
    let before = stands(&scene);
    for restored in [true, false] {
        let frames = ask(&mut scene, restored);
        let [Frame::Error(error)] = frames.as_slice() else { panic!("{frames:?}") };
        assert_eq!(error.code, code::RENEWED_TOO_OFTEN);
        let waits = 86_400_000 - 1_000 * (limits::RENEWALS_A_DAY_MAX as u32 - 1);
        assert_eq!(error.retry_after_ms, Some(waits), "until the first of them is a day old");
        assert_eq!(stands(&scene), before);
    }
    scene.world.now_ms += 86_400_000;
    assert!(
        matches!(ask(&mut scene, true).as_slice(), [Frame::NewGeneration(_)]),
        "the next day there is one again"
    );
}

#[test]
fn s4_copies_that_never_say_hello_in_their_new_generation_end_too() {
    let mut scene = scene();
    let device = device_of(&mut scene);
    let mut generations = [0, 0];
    for turn in 0..4 * limits::RENEWALS_MAX {
        let nonce = scene.world.server.book.devices[&device].nonce;
        let generation = &mut generations[turn % 2];
        let mine = *generation;
        let frames = answer_to(&mut scene, |hello| (hello.store_generation, hello.nonce) = (mine, nonce));
        match frames.as_slice() {
            [Frame::NewGeneration(frame)] => *generation = frame.store_generation,
            frames => {
                crate::assert_error(frames, code::CLONED);
                return;
            }
        }
    }
    panic!("they go on for ever");
}
