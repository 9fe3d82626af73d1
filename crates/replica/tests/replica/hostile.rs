//! Section 12, seen from a device on its real store: whatever comes, nothing crashes, and what is kept stays kept.

use roadbook_model::Kind;
use roadbook_protocol::Frame;
use roadbook_replica::Store;
use roadbook_sync::device::capture::{self, Ctx};
use roadbook_sync::device::{CaptureError, Endpoint, Rows, Session, SessionError, StoreError};
use roadbook_testkit::memory_server::MemorySigner;
use roadbook_testkit::random::Random;
use roadbook_testkit::scenario::{ALICE, Scenario};
use roadbook_testkit::work;

/// A device that synced for the first time and captured a visit since, and the frames that it was sent for that.
fn device() -> (Store, MemorySigner, Vec<Frame>) {
    let mut scene = Scenario::before_the_first_sync();
    let (row, account) = (scene.device(ALICE), scene.account(ALICE));
    scene.connect(ALICE);
    let frames = scene.talk(ALICE).down;
    let signer = MemorySigner(scene.world.phones[ALICE.0].signer.0.clone());
    let store = Store::open_in_memory().unwrap();
    store.put_device(&row).unwrap();
    let mut session = store.transaction(|rows| open(rows, &signer)).unwrap();
    for frame in frames.clone() {
        store.transaction(|rows| session.handle(rows, &signer, 1, frame).map(drop)).unwrap();
    }
    let visit = work::new(Kind::VISIT, Some(account), work::visit("kept"));
    let captured = store.transaction(|rows| {
        let mut ten = || [7; 10];
        capture::create(rows, &mut Ctx { now_ms: 1, random: &mut ten }, visit).map(drop)
    });
    captured.map_err(|error: CaptureError| error.to_string()).unwrap();
    (store, signer, frames)
}

fn open(rows: &mut dyn Rows, signer: &MemorySigner) -> Result<Session, StoreError> {
    let endpoint = Endpoint { origin: "x".to_owned(), path: "y".to_owned() };
    Session::open(rows, signer, endpoint, 1).map(|(session, _)| session)
}

/// What a device holds of others' work, and what of its own.
fn kept(store: &Store) -> (String, String) {
    let all = store.transaction(|rows| {
        let device = rows.device()?;
        let digests = rows.account_digests()?;
        let (leases, fills) = (rows.leases_in(roadbook_sync::device::LeaseState::Open)?, rows.fills()?);
        Ok::<_, StoreError>(format!("{device:?} {digests:?} {leases:?} {fills:?}"))
    });
    let own: Vec<String> = store.outbox().unwrap().iter().map(|item| format!("{item:?}")).collect();
    (all.unwrap(), own.join("\n"))
}

#[test]
fn e2_no_frame_crashes_a_device_and_one_that_fails_changes_nothing_that_it_keeps() {
    let (store, signer, frames) = device();
    let own = kept(&store).1;
    assert_eq!(own.lines().count(), 1, "there is work to lose: {own}");
    let mut random = Random::new(5);
    let (mut refused, mut taken) = (0, 0);
    for _ in 0..1_500 {
        let mut bytes = frames[random.below(frames.len())].to_bytes();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        let Ok(frame) = Frame::read(&bytes) else { continue };
        let mut session = store.transaction(|rows| open(rows, &signer)).unwrap();
        let welcome = frames[0].clone();
        store.transaction(|rows| session.handle(rows, &signer, 1, welcome).map(drop)).unwrap();
        let before = kept(&store);
        let outcome: Result<(), SessionError> =
            store.transaction(|rows| session.handle(rows, &signer, 1, frame).map(drop));
        match outcome {
            Ok(()) => taken += 1,
            Err(_) => {
                refused += 1;
                assert_eq!(kept(&store), before, "of what failed nothing remains");
            }
        }
        assert_eq!(kept(&store).1, own, "its own work waits as it did");
    }
    // Pages are signed, so that next to nothing of what was altered is taken.
    assert!(refused > 1_000 && taken > 0, "{refused} refused, {taken} taken");
}
