//! What the store promises of its file: checked, locked, never half written, never thrown away.

use std::fs;
use std::path::Path;

use roadbook_model::{AccountId, Envelope, Fields, Kind, LeaseId, PersonId, RecordId, Value, document};
use roadbook_protocol::{Outcome, Receipt};
use roadbook_replica::Store;
use roadbook_replica::store::Failure;
use roadbook_sync::device::{
    ItemRow, KeptEnvelope, KeptKind, RecordRow, Rows, StoreError, Stored, View, content,
};
use roadbook_testkit::rows_contract::device_row;

use crate::scratch::Scratch;

/// A record's id.
pub fn id(n: u32) -> RecordId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    RecordId::from_bytes(bytes)
}

/// Puts a visit with this subject, its view and an item, as a capture does.
pub fn capture(rows: &mut dyn Rows, n: u32, subject: &str) -> Stored<()> {
    let account = AccountId::from_bytes([1; 16]);
    let envelope = Envelope {
        id: id(n),
        kind: Kind::VISIT,
        account,
        creator: PersonId::from_bytes([2; 16]),
        generation: 0,
    };
    let row = RecordRow {
        envelope: envelope.into(),
        accepted: Vec::new(),
        branch: 0,
        digest: 0,
        decision: None,
        changed_ms: n.into(),
    };
    rows.put_record(&row)?;
    let fields = Fields::from([("subject".to_owned(), Value::Str(subject.to_owned()))]);
    rows.put_view(&View {
        envelope: &envelope,
        account: envelope.account,
        fields: &fields,
        state: None,
        changed_ms: n.into(),
    })?;
    rows.put_item(&ItemRow {
        number: n.into(),
        lease: LeaseId::from_bytes([3; 16]),
        record: Some(id(n)),
        account: Some(account),
        captured_ms: n.into(),
        bytes: vec![7; 300],
        tray: false,
        receipt: None,
        beneath: Vec::new(),
    })
}

/// A store in a file of this name, with a device.
pub fn kept(path: &Path) -> Store {
    let store = Store::open(path).unwrap();
    if store.device().unwrap().is_none() {
        store.put_device(&device_row()).unwrap();
    }
    store
}

fn saved(store: &Store) -> usize {
    store.outbox().unwrap().len()
}

/// Overwrites pages of the search index.
pub fn damage_search(path: &Path) {
    let pages = {
        let connection = rusqlite::Connection::open(path).unwrap();
        let mut pages = connection
            .prepare("SELECT pageno FROM dbstat WHERE name LIKE 'view_search%' AND pagetype = 'leaf'")
            .unwrap();
        pages.query_map([], |row| row.get::<_, u32>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    let mut bytes = fs::read(path).unwrap();
    for page in pages.into_iter().map(|page| page as usize) {
        bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
    }
    fs::write(path, bytes).unwrap();
}

/// What befalls a file.
type Harm = fn(&mut Vec<u8>);

#[test]
fn a_second_user_of_a_home_is_told_so() {
    let scratch = Scratch::new("lock");
    let path = scratch.path("store.sqlite");
    let store = kept(&path);
    assert_eq!(Store::open(&path).unwrap_err().code(), "home_in_use");
    drop(store);
    assert!(Store::open(&path).is_ok());
}

#[test]
fn every_commit_is_forced_to_the_disk() {
    let scratch = Scratch::new("pragmas");
    let path = scratch.path("store.sqlite");
    // 2 is FULL: the journal is forced with each commit, not only with each checkpoint. It belongs to the connection, so
    // that only the store's own can say.
    let forced = ("wal".to_owned(), 2);
    let mut store = kept(&path);
    assert_eq!(store.forcing().unwrap(), forced, "a new one");
    store.start_afresh("aside", &device_row()).unwrap();
    assert_eq!(store.forcing().unwrap(), forced, "one that started afresh");
    drop(store);
    assert_eq!(Store::open(&path).unwrap().forcing().unwrap(), forced, "one that was there");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, roadbook_replica::store::VERSION);
}

#[test]
fn files_that_are_not_this_program_s_are_left_alone() {
    let scratch = Scratch::new("others");
    let (other, later) = (scratch.path("other.sqlite"), scratch.path("later.sqlite"));
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(Store::open(&other).unwrap_err().code(), "not_a_store");
    drop(kept(&later));
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(Store::open(&later).unwrap_err().code(), "store_too_new");
    assert!(other.exists() && later.exists());
}

#[test]
fn a_damaged_file_is_set_aside_whole_and_the_next_open_starts_afresh() {
    let scratch = Scratch::new("aside");
    let path = scratch.path("store.sqlite");
    let harms: [(&str, Harm); 4] = [
        ("no database at all", |bytes| bytes.fill(b'x')),
        ("a torn header", |bytes| bytes[..64].fill(0)),
        ("cut short", |bytes| bytes.truncate(bytes.len() / 2)),
        ("a page of rubbish", |bytes| bytes[4096..8192].fill(0xa5)),
    ];
    for (n, (what, harm)) in harms.into_iter().enumerate() {
        let store = kept(&path);
        store.transaction(|rows| (0..50).try_for_each(|n| capture(rows, n, "x"))).unwrap();
        drop(store);
        let mut bytes = fs::read(&path).unwrap();
        harm(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert_eq!(error.code(), "store_damaged", "{what}");
        let Failure::Damaged { kept: aside, .. } = error else { panic!("{what}") };
        assert_eq!(aside, scratch.path(&format!("store.sqlite.damaged-{}", n + 1)), "{what}");
        assert_eq!(fs::read(&aside).unwrap(), bytes, "{what}");
        assert!(Store::open(&path).unwrap().device().unwrap().is_none(), "{what}");
    }
}

#[test]
fn a_store_that_is_killed_while_it_is_set_aside_is_set_aside_whole_by_the_next_open() {
    let scratch = Scratch::new("leaving");
    let path = scratch.path("store.sqlite");
    for renamed in 0..=3 {
        let name = format!("store.sqlite.damaged-{}", renamed + 1);
        for part in ["-wal", "-shm", ""] {
            fs::write(scratch.path(&format!("store.sqlite{part}")), format!("{renamed}{part}")).unwrap();
        }
        fs::write(scratch.path("store.sqlite.leaving"), &name).unwrap();
        for part in ["-wal", "-shm", ""].into_iter().take(renamed) {
            fs::rename(scratch.path(&format!("store.sqlite{part}")), scratch.path(&format!("{name}{part}")))
                .unwrap();
        }
        assert!(Store::open(&path).unwrap().device().unwrap().is_none(), "{renamed}: a fresh store");
        for part in ["-wal", "-shm", ""] {
            let kept = fs::read_to_string(scratch.path(&format!("{name}{part}"))).unwrap();
            assert_eq!(kept, format!("{renamed}{part}"));
        }
        assert!(!scratch.path("store.sqlite.leaving").exists());
        for part in ["-wal", "-shm", ""] {
            let _gone = fs::remove_file(scratch.path(&format!("store.sqlite{part}")));
        }
    }
    // Half a name was never acted on.
    drop(kept(&path));
    fs::write(scratch.path("store.sqlite.leaving"), "store.sqlite.dam").unwrap();
    assert!(Store::open(&path).unwrap().device().unwrap().is_some());
}

#[test]
fn a_journal_that_was_left_of_another_store_is_not_overwritten() {
    let scratch = Scratch::new("orphan");
    let path = scratch.path("store.sqlite");
    fs::write(scratch.path("store.sqlite.damaged-1-wal"), "somebody's work").unwrap();
    fs::write(&path, "x".repeat(8192)).unwrap();
    let Err(Failure::Damaged { kept, .. }) = Store::open(&path) else { panic!("it is damaged") };
    assert_eq!(kept, scratch.path("store.sqlite.damaged-2"));
    assert_eq!(fs::read(scratch.path("store.sqlite.damaged-1-wal")).unwrap(), b"somebody's work");
}

#[test]
fn a_failed_statement_spoils_its_transaction_even_if_nobody_minds() {
    let store = Store::open_in_memory().unwrap();
    store.put_device(&device_row()).unwrap();
    let outcome = store.transaction(|rows| {
        capture(rows, 1, "before")?;
        let too_high = rows.delete_item(u64::MAX);
        assert!(too_high.is_err());
        assert!(capture(rows, 2, "after").is_err(), "nothing goes on after a failure");
        Ok::<_, StoreError>(())
    });
    let error = outcome.unwrap_err();
    assert_eq!(Failure::of(&error).unwrap().code(), "transaction_aborted");
    assert_eq!(saved(&store), 0);
    store.transaction(|rows| capture(rows, 3, "next")).unwrap();
    assert_eq!(saved(&store), 1);
}

#[test]
fn a_panic_in_a_transaction_leaves_nothing_of_it() {
    let store = Store::open_in_memory().unwrap();
    store.put_device(&device_row()).unwrap();
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.transaction(|rows| {
            capture(rows, 1, "x")?;
            panic!("on purpose");
            #[expect(unreachable_code, reason = "gives the closure its type")]
            Ok::<(), StoreError>(())
        })
    }));
    assert!(died.is_err());
    store.transaction(|rows| capture(rows, 2, "y")).unwrap();
    assert_eq!(saved(&store), 1);
}

#[test]
fn a_full_disk_is_told_before_saved_and_reading_and_sending_go_on() {
    let scratch = Scratch::new("full");
    let path = scratch.path("store.sqlite");
    let store = kept(&path);
    store.transaction(|rows| (0..20).try_for_each(|n| capture(rows, n, "early"))).unwrap();
    store.limit_pages(30).unwrap();
    let mut confirmed = 20;
    let error = loop {
        match store.transaction(|rows| capture(rows, confirmed, "as long as there is room")) {
            Ok(()) => confirmed += 1,
            Err(error) => break error,
        }
    };
    let failure = Failure::of(&error).unwrap();
    assert_eq!(failure.code(), "disk_full");
    assert!(failure.to_string().contains("not saved; free some space"), "{failure}");
    assert!(confirmed > 60, "{confirmed}");
    assert_eq!(saved(&store), confirmed as usize, "what was confirmed, and not one more");
    assert_eq!(store.search("room", None, 1000).unwrap().len(), confirmed as usize - 20);
    assert!(store.record(id(confirmed)).unwrap().is_none(), "nothing half saved");

    let first = store.transaction(|rows| rows.unanswered(0, 500)).unwrap_or_else(|error| panic!("{error}"));
    assert!(first.len() as u32 >= confirmed - 1, "what waits can be read for sending");
    for item in first {
        store
            .transaction(|rows| {
                let receipt =
                    Receipt { number: item.number, position: 1, outcome: Outcome::InRecord { late: false } };
                rows.put_item(&ItemRow { receipt: Some(receipt), ..item.clone() })?;
                rows.delete_item(item.number)
            })
            .unwrap_or_else(|error| {
                panic!("item {} of a full store cannot be settled: {error}", item.number)
            });
    }
    store.transaction(|rows| capture(rows, 9_000, "sending freed the room")).unwrap();
    drop(store);
    assert_eq!(Store::open(&path).unwrap().outbox().unwrap().len(), 2, "number 0 and the last");
}

/// Opens a file and asks everything of it; says how many captures are in it, if it opens.
fn looked_at(path: &Path) -> Option<usize> {
    let store = match Store::open(path) {
        Ok(store) => store,
        Err(failure) => {
            assert!(
                matches!(failure.code(), "store_damaged" | "not_a_store" | "store_too_new"),
                "{failure:?}"
            );
            return None;
        }
    };
    // A flipped bit inside a text or a number breaks no page: what is read may then be refused, but never a panic.
    let _device = store.device();
    let _found = store.search("capture", None, 100);
    let _listed = store.list(Kind::VISIT, None, 100, None);
    for n in 1..=40 {
        let _record = store.record(id(n));
    }
    store.outbox().ok().map(|items| items.len())
}

#[test]
fn whatever_bit_flips_the_file_is_refused_or_read_and_never_lost() {
    let scratch = Scratch::new("bits");
    let path = scratch.path("store.sqlite");
    let store = kept(&path);
    store.transaction(|rows| (1..=40).try_for_each(|n| capture(rows, n, "capture"))).unwrap();
    drop(store);
    let sound = fs::read(&path).unwrap();
    let mut random = roadbook_testkit::random::Random::new(1);
    let mut refused = 0;
    for flip in 0..120 {
        let harmed = scratch.path(&format!("{flip}.sqlite"));
        let mut bytes = sound.clone();
        let at = if flip < 40 { random.below(200) } else { random.below(bytes.len()) };
        bytes[at] ^= 1 << random.below(8);
        fs::write(&harmed, &bytes).unwrap();
        if looked_at(&harmed).is_none() {
            refused += 1;
            let aside = scratch.path(&format!("{flip}.sqlite.damaged-1"));
            let still = if harmed.exists() { harmed } else { aside };
            assert_eq!(fs::read(still).unwrap(), bytes, "flip {flip} at {at}: kept as it was found");
        }
    }
    assert!(refused > 5, "{refused} of 120 were noticed");
}

#[test]
fn a_torn_journal_leaves_whole_captures_in_order() {
    let scratch = Scratch::new("torn");
    let path = scratch.path("store.sqlite");
    drop(kept(&path));
    let store = Store::open(&path).unwrap();
    (1..=40).try_for_each(|n| store.transaction(|rows| capture(rows, n, "capture"))).unwrap();
    let (file, journal) = (fs::read(&path).unwrap(), fs::read(scratch.path("store.sqlite-wal")).unwrap());
    let mut random = roadbook_testkit::random::Random::new(2);
    let mut seen = std::collections::BTreeSet::new();
    for cut in 0..60 {
        let torn = scratch.path(&format!("{cut}.sqlite"));
        fs::write(&torn, &file).unwrap();
        fs::write(scratch.path(&format!("{cut}.sqlite-wal")), &journal[..random.below(journal.len())])
            .unwrap();
        let store = Store::open(&torn).unwrap();
        let outbox = store.outbox().unwrap();
        let numbers: Vec<u64> = outbox.iter().map(|item| item.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "a beginning, without gaps");
        assert!(outbox.iter().all(|item| item.title.is_some()), "each with its record and view");
        assert_eq!(store.search("capture", None, 100).unwrap().len(), numbers.len(), "and findable");
        seen.insert(numbers.len());
    }
    assert!(seen.len() > 10, "cuts fell in many places: {seen:?}");
}

/// An accepted visit, as a version keeps it that does not know visits.
fn keep_unseen(rows: &mut dyn Rows, n: u32, subject: &str) -> Stored<()> {
    let fields = Fields::from([
        ("subject".to_owned(), Value::Str(subject.to_owned())),
        ("state".to_owned(), Value::Str("planned".to_owned())),
    ]);
    let doc = document::create(Kind::VISIT.spec(), [5; 16], 0, &fields).unwrap();
    let envelope = KeptEnvelope {
        id: id(n),
        kind: KeptKind::Unknown("visit".to_owned()),
        account: AccountId::from_bytes([1; 16]),
        creator: PersonId::from_bytes([2; 16]),
        generation: 0,
    };
    let mut row = RecordRow {
        envelope,
        accepted: Vec::new(),
        branch: 0,
        digest: 0,
        decision: None,
        changed_ms: n.into(),
    };
    content::put_accepted(rows, &mut row, &doc, 0)
}

/// What a version wrote that knew these kinds.
fn was_written_by(path: &Path, kinds: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let changed = connection.execute("UPDATE meta SET value = ? WHERE word = 'kinds'", [kinds]).unwrap();
    assert_eq!(changed, 1, "the store says which kinds its app knew");
}

#[test]
fn v4_records_of_an_unknown_kind_are_shown_by_the_version_that_knows_it() {
    let scratch = Scratch::new("kinds");
    let path = scratch.path("store.sqlite");
    let store = kept(&path);
    store.transaction(|rows| keep_unseen(rows, 1, "Tulips for the lobby")).unwrap();
    drop(store);
    was_written_by(&path, r#"{"account":1,"spaceship":1}"#);
    let store = Store::open(&path).unwrap();
    let shown = store.record(id(1)).unwrap().expect("it is shown");
    assert_eq!(shown.summary.title, "Tulips for the lobby");
    assert_eq!(store.search("tulips", None, 9).unwrap().len(), 1, "and found");
}

#[test]
fn a_version_that_knows_the_same_kinds_makes_nothing_anew() {
    let scratch = Scratch::new("kinds-same");
    let path = scratch.path("store.sqlite");
    let store = kept(&path);
    store.transaction(|rows| keep_unseen(rows, 1, "Tulips")).unwrap();
    drop(store);
    assert!(Store::open(&path).unwrap().record(id(1)).unwrap().is_none());
}
