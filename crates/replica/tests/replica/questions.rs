//! What people look at: search, lists, timelines, words for how far work has come, and the status line.

use roadbook_model::{AccountId, Envelope, Fields, Kind, LeaseId, PersonId, RecordId, Value};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::{Mark, Outcome, Reason, Receipt, Tag16};
use roadbook_replica::Store;
use roadbook_replica::queries::{Now, Word};
use roadbook_sync::device::{DeviceRow, ItemRow, LeaseRow, LeaseState, RecordRow, View};
use roadbook_testkit::rows_contract::device_row;

use crate::store::{capture, id};

const NOON_MS: i64 = 1_700_049_600_000; // 2023-11-15 12:00 UTC

fn store() -> Store {
    let store = Store::open_in_memory().unwrap();
    store.put_device(&device_row()).unwrap();
    store
}

fn account(n: u8) -> AccountId {
    AccountId::from_bytes([n; 16])
}

fn put(store: &Store, n: u32, kind: Kind, of: AccountId, fields: &[(&str, Value)]) {
    put_under(store, n, kind, (of, of), fields);
}

/// The same, of an account that is shown under its root.
fn put_under(
    store: &Store,
    n: u32,
    kind: Kind,
    (of, root): (AccountId, AccountId),
    fields: &[(&str, Value)],
) {
    let envelope =
        Envelope { id: id(n), kind, account: of, creator: PersonId::from_bytes([2; 16]), generation: 0 };
    let row = RecordRow {
        envelope: envelope.into(),
        accepted: Vec::new(),
        branch: 0,
        digest: 0,
        decision: None,
        changed_ms: 1,
    };
    let fields: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    store
        .transaction(|rows| {
            rows.put_record(&row)?;
            rows.put_view(&View {
                envelope: &envelope,
                account: root,
                fields: &fields,
                state: None,
                changed_ms: 1,
            })
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

fn found(store: &Store, words: &str) -> Vec<u32> {
    let records = store.search(words, None, 10).unwrap();
    records.iter().map(|row| number(row.record)).collect()
}

fn number(id: RecordId) -> u32 {
    u32::from_be_bytes(id.as_bytes()[12..].try_into().unwrap())
}

#[test]
fn a_merged_account_is_found_and_not_listed_and_its_records_stand_under_its_root() {
    let store = store();
    let (part, root) = (account(1), account(2));
    put(&store, 2, Kind::ACCOUNT, root, &[("name", text("Corner Shop"))]);
    put(&store, 1, Kind::ACCOUNT, part, &[("name", text("Shop at the corner"))]);
    put(&store, 3, Kind::VISIT, part, &[("subject", text("Tasting"))]);
    let listed = |kind, of| -> Vec<u32> {
        let page = store.list(kind, of, 10, None).unwrap();
        page.records.iter().map(|row| number(row.record)).collect()
    };
    assert_eq!((listed(Kind::ACCOUNT, None), listed(Kind::VISIT, Some(root))), (vec![2, 1], vec![]));
    put_under(&store, 1, Kind::ACCOUNT, (part, root), &[("name", text("Shop at the corner"))]);
    put_under(&store, 3, Kind::VISIT, (part, root), &[("subject", text("Tasting"))]);
    assert_eq!((listed(Kind::ACCOUNT, None), listed(Kind::VISIT, Some(root))), (vec![2], vec![3]));
    assert_eq!(listed(Kind::ACCOUNT, Some(root)), [2]);
    let timeline = store.account_timeline(root, 10).unwrap();
    assert_eq!(timeline.iter().map(|row| number(row.record)).collect::<Vec<_>>(), [3]);
    let merged = store.search("shop at", Some(Kind::ACCOUNT), 10).unwrap();
    assert_eq!((merged[0].account, merged[0].state.as_deref()), (root, Some("merged")));
    assert!(store.record(id(1)).unwrap().is_some(), "it stays readable");
}

#[test]
fn search_finds_beginnings_of_words_whatever_their_accents() {
    let store = store();
    put(
        &store,
        1,
        Kind::ACCOUNT,
        account(1),
        &[("name", text("Königlich Essen")), ("city", text("Brandenburg"))],
    );
    put(
        &store,
        2,
        Kind::ACCOUNT,
        account(2),
        &[("name", text("Café Crème-Brûlée")), ("phone", text("+49 30 1234"))],
    );
    put(
        &store,
        3,
        Kind::VISIT,
        account(1),
        &[("subject", text("Tasting")), ("notes", Value::Text("Ask for ESSEN".into()))],
    );
    for (words, expected) in [
        ("konig", vec![1]),
        ("KÖNIGLICH bran", vec![1]),
        ("ko\u{308}nig", vec![1]),
        ("creme", vec![2]),
        ("crème-brû", vec![2]),
        ("1234", vec![2]),
        ("brule\" OR essen", vec![]),
        ("NEAR(", vec![]),
        ("\"", vec![]),
        ("  ", vec![]),
        ("*", vec![]),
        ("nig", vec![]),
    ] {
        assert_eq!(found(&store, words), expected, "{words}");
    }
    let mut both = found(&store, "essen");
    both.sort_unstable();
    assert_eq!(both, [1, 3]);
    assert_eq!(store.search("essen", Some(Kind::VISIT), 10).unwrap().len(), 1);
    assert_eq!(store.search("essen", None, 1).unwrap().len(), 1);

    put(&store, 1, Kind::ACCOUNT, account(1), &[("name", text("Umbenannt"))]);
    assert_eq!((found(&store, "konig"), found(&store, "umb")), (vec![], vec![1]), "the index follows");
    store.transaction(|rows| rows.delete_record(id(1))).unwrap_or_else(|error| panic!("{error}"));
    assert!(found(&store, "umb").is_empty());
}

#[test]
fn lists_go_on_where_they_stopped() {
    let store = store();
    for (n, name) in ["delta", "Alpha", "charlie", "Bravo", "bravo"].into_iter().enumerate() {
        let n = u32::try_from(n).unwrap();
        put(&store, n, Kind::ACCOUNT, account(n as u8 + 1), &[("name", text(name))]);
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = store.list(Kind::ACCOUNT, None, 2, after).unwrap();
        names.extend(page.records.into_iter().map(|row| row.title));
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["Alpha", "Bravo", "bravo", "charlie", "delta"]);
    assert!(store.list(Kind::TASK, None, 2, None).unwrap().records.is_empty());
    let one = store.list(Kind::ACCOUNT, Some(account(2)), 5, None).unwrap();
    assert_eq!(one.records.len(), 1);
}

#[test]
fn a_timeline_is_by_when_things_happened_and_lists_by_what_suits_the_kind() {
    let store = store();
    let day = |day: u32| text(&format!("2023-11-{day:02}"));
    put(&store, 1, Kind::ACCOUNT, account(1), &[("name", text("Here"))]);
    put(&store, 2, Kind::ORDER, account(1), &[("order_date", day(10)), ("reference", text("PO-2"))]);
    put(
        &store,
        3,
        Kind::VISIT,
        account(1),
        &[("planned_start", Value::Timestamp(NOON_MS)), ("purpose", text("sales"))],
    );
    put(&store, 4, Kind::TASK, account(1), &[("subject", text("Second")), ("due", day(20))]);
    put(&store, 5, Kind::TASK, account(1), &[("subject", text("First")), ("due", day(12))]);
    put(&store, 6, Kind::TASK, account(2), &[("subject", text("Elsewhere"))]);
    let timeline = store.account_timeline(account(1), 10).unwrap();
    assert_eq!(timeline.iter().map(|row| number(row.record)).collect::<Vec<_>>(), [4, 3, 5, 2]);
    assert_eq!((timeline[1].title.as_str(), timeline[1].subtitle.as_str()), ("Visit", "sales"));
    assert_eq!(timeline[1].at_ms, NOON_MS);
    let tasks = store.list(Kind::TASK, Some(account(1)), 10, None).unwrap();
    assert_eq!(tasks.records.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["First", "Second"]);
    assert_eq!(store.record(id(2)).unwrap().unwrap().derived["total_minor"], 0);
}

#[test]
fn how_far_work_has_come_is_told_as_it_is() {
    let store = store();
    let cursor = Mark { position: 100, chain: Tag16([0; 16]) };
    store.put_device(&DeviceRow { cursor, ..device_row() }).unwrap();
    let reason = || Reason::new("late_review", "L1", "ask the office");
    let outcomes = [
        (None, Word::OnThisDevice),
        (Some((101, Outcome::InRecord { late: false })), Word::OnTheServer),
        (Some((100, Outcome::InRecord { late: false })), Word::InTheRecord),
        (Some((100, Outcome::InRecord { late: true })), Word::Late),
        (Some((100, Outcome::Held(reason()))), Word::Held),
        (Some((500, Outcome::Refused(reason()))), Word::Refused),
    ];
    store
        .transaction(|rows| {
            for (n, (answer, _)) in (1..).zip(&outcomes) {
                capture(rows, n, "x")?;
                if let (Some((position, outcome)), Some(item)) = (answer, rows.item(n.into())?) {
                    let tray = !matches!(outcome, Outcome::InRecord { .. });
                    let receipt = Receipt { number: n.into(), position: *position, outcome: outcome.clone() };
                    rows.put_item(&ItemRow { tray, receipt: Some(receipt), ..item })?;
                }
            }
            Ok::<_, roadbook_sync::device::StoreError>(())
        })
        .unwrap();
    for (n, (_, word)) in (1..).zip(&outcomes) {
        let record = store.record(id(n)).unwrap().unwrap();
        assert_eq!((record.summary.sync, record.items[0].sync), (*word, *word));
    }
    assert_eq!(store.outbox().unwrap().len(), 4);
    let tray = store.held_tray().unwrap();
    assert_eq!(tray.iter().map(|item| item.sync.as_str()).collect::<Vec<_>>(), ["held", "refused"]);
    assert_eq!(tray[0].reason.as_ref().unwrap().text, "ask the office");
    put(&store, 50, Kind::ACCOUNT, account(1), &[("name", text("Nothing waits here"))]);
    assert_eq!(store.record(id(50)).unwrap().unwrap().summary.sync, Word::InTheRecord);
}

#[test]
fn the_status_line() {
    let store = store();
    let now = Now { unix_ms: NOON_MS, utc_offset_s: 3_600 };
    let words = |store: &Store| store.status(now).unwrap().text;
    assert_eq!(words(&store), "nothing waiting; no contact yet");
    let contact = |ms| store.put_device(&DeviceRow { contact_ms: ms, ..device_row() }).unwrap();
    contact(NOON_MS - 58 * 60_000);
    assert_eq!(words(&store), "nothing waiting; last contact 12:02");
    contact(NOON_MS - 13 * 3_600_000);
    assert_eq!(words(&store), "nothing waiting; last contact 00:00", "today begins at local midnight");
    contact(NOON_MS - 14 * 3_600_000);
    assert_eq!(words(&store), "nothing waiting; last contact 2023-11-14 23:00");

    let captured = |number: u32, age_s: i64| {
        store
            .transaction(|rows| {
                capture(rows, number, "x")?;
                let item = rows.item(number.into())?;
                let captured_ms = NOON_MS - age_s * 1_000;
                item.map_or(Ok(()), |item| rows.put_item(&ItemRow { captured_ms, ..item }))
            })
            .unwrap_or_else(|error: roadbook_sync::device::StoreError| panic!("{error}"));
    };
    for (number, age_s, expected) in [
        (1, -5, "1 waiting, oldest under a minute"),
        (2, 61, "2 waiting, oldest 1 min"),
        (3, 7_300, "3 waiting, oldest 2 h"),
        (4, 200_000, "4 waiting, oldest 2 days"),
    ] {
        captured(number, age_s);
        assert!(words(&store).starts_with(expected), "{}", words(&store));
    }
    let frozen = LeaseRow {
        lease: LeaseId::from_bytes([1; 16]),
        subject: Subject::Account(account(1)),
        state: LeaseState::Frozen,
        late: None,
        note: Some("to Bob".to_owned()),
        root: None,
        lies_in: None,
    };
    store.transaction(|rows| rows.put_lease(&frozen)).unwrap_or_else(|error| panic!("{error}"));
    let status = store.status(now).unwrap();
    assert_eq!((status.waiting, status.oldest_age_s), (4, Some(200_000)));
    assert_eq!(status.draining[0].note.as_deref(), Some("to Bob"));
}

#[test]
fn products_are_found_by_key_and_by_name() {
    let store = store();
    store
        .transaction(|rows| {
            rows.put_reference("products", "CHAI-10", Some(r#"{"name":"Chai, 10 boxes","unit":"box"}"#))?;
            rows.put_reference("products", "CREM-1", Some(r#"{"name":"Crème fraîche","price_minor":210}"#))?;
            rows.put_reference("prices", "CHAI-10", Some(r#"{"minor":1800}"#))
        })
        .unwrap_or_else(|error: roadbook_sync::device::StoreError| panic!("{error}"));
    let keys = |words: &str| -> Vec<String> {
        store.find_reference("products", words, 10).unwrap().into_iter().map(|found| found.key).collect()
    };
    assert_eq!(keys("creme fra"), ["CREM-1"]);
    assert_eq!(keys("chai-1"), ["CHAI-10"]);
    assert_eq!(store.reference("prices", "CHAI-10").unwrap().unwrap()["minor"], 1800);
    assert!(store.reference("prices", "CREM-1").unwrap().is_none());
    assert_eq!(store.references("products", "CHAI-10", 10).unwrap().len(), 1);
    store
        .transaction(|rows| rows.put_reference("products", "CREM-1", None))
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(keys("creme").is_empty());
}
