//! Section 14: copied and restored stores, and a restored server.

use roadbook_protocol::frame::{Answered, Hello};
use roadbook_protocol::{Frame, Mark, Tag16};
use roadbook_testkit::scenario::{ALICE, Scenario};

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
