//! What a device lets go of once a lease is closed: records that nobody needs here any more, then the lease itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use roadbook_model::{AccountId, Envelope, Kind, LeaseId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::Subject;
use roadbook_sync::device::{ItemRow, LeaseRow, LeaseState, RecordRow, Rows, drain};
use roadbook_testkit::memory_rows::MemoryRows;
use roadbook_testkit::rows_contract::device_row;

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const HERE: Subject = Subject::Account(ACCOUNT);
const RECORD: RecordId = RecordId::from_bytes([2; 16]);

/// A device with one record of one account, and leases on a subject in these states, numbered from 1.
fn rows(subject: Subject, states: &[LeaseState]) -> MemoryRows {
    let mut rows = MemoryRows::new(device_row());
    let creator = PersonId::from_bytes([3; 16]);
    let envelope = Envelope { id: RECORD, kind: Kind::VISIT, account: ACCOUNT, creator, generation: 0 };
    let record = RecordRow {
        envelope: envelope.into(),
        accepted: vec![1],
        branch: 0,
        digest: 1,
        decision: None,
        changed_ms: 0,
    };
    rows.put_record(&record).unwrap();
    for (n, state) in (1..).zip(states) {
        let row = LeaseRow {
            lease: lease(n),
            subject,
            state: *state,
            late: None,
            note: None,
            root: None,
            lies_in: None,
        };
        rows.put_lease(&row).unwrap();
    }
    rows
}

fn lease(n: u8) -> LeaseId {
    LeaseId::from_bytes([n; 16])
}

/// Something that was captured under a lease and lies in the tray.
fn item(lease: LeaseId, record: Option<RecordId>) -> ItemRow {
    ItemRow {
        number: 1,
        lease,
        record,
        account: Some(ACCOUNT),
        captured_ms: 0,
        bytes: vec![0],
        tray: true,
        receipt: None,
        beneath: Vec::new(),
    }
}

fn leases_left(rows: &mut MemoryRows, subject: Subject) -> usize {
    rows.leases_on(subject).unwrap().len()
}

#[test]
fn a_closed_lease_goes_with_the_last_record_that_it_covered() {
    let mut rows = rows(HERE, &[LeaseState::Closed, LeaseState::Closed]);
    drain::purge(&mut rows, HERE).unwrap();
    assert_eq!(rows.record(RECORD).unwrap(), None);
    assert_eq!(leases_left(&mut rows, HERE), 0);
}

#[test]
fn l10_nothing_goes_while_one_lease_is_not_closed() {
    for state in [LeaseState::Proposed, LeaseState::Open, LeaseState::Frozen, LeaseState::Closing] {
        let mut rows = rows(HERE, &[LeaseState::Closed, state]);
        drain::purge(&mut rows, HERE).unwrap();
        assert!(rows.record(RECORD).unwrap().is_some(), "{state:?}");
        assert_eq!(leases_left(&mut rows, HERE), 2, "{state:?}");
    }
}

#[test]
fn l10_a_record_in_which_something_waits_stays_with_its_leases() {
    let mut rows = rows(HERE, &[LeaseState::Closed]);
    rows.put_item(&item(lease(1), Some(RECORD))).unwrap();
    drain::purge(&mut rows, HERE).unwrap();
    assert!(rows.record(RECORD).unwrap().is_some());
    assert_eq!(leases_left(&mut rows, HERE), 1);
    rows.delete_item(1).unwrap();
    drain::purge(&mut rows, HERE).unwrap();
    assert_eq!((rows.record(RECORD).unwrap(), leases_left(&mut rows, HERE)), (None, 0));
}

#[test]
fn a_closed_lease_that_an_item_names_stays_until_the_item_is_gone() {
    let territory = Subject::Territory(TerritoryId::from_bytes([4; 16]));
    for subject in [HERE, territory] {
        let mut rows = rows(subject, &[LeaseState::Closed, LeaseState::Closed]);
        rows.put_item(&item(lease(2), None)).unwrap();
        drain::purge(&mut rows, subject).unwrap();
        assert_eq!(rows.lease(lease(1)).unwrap(), None);
        assert!(rows.lease(lease(2)).unwrap().is_some(), "its own close, say, has no receipt yet");
        rows.delete_item(1).unwrap();
        drain::purge(&mut rows, subject).unwrap();
        assert_eq!(leases_left(&mut rows, subject), 0);
    }
}

#[test]
fn an_open_lease_on_a_territory_outlives_the_closed_ones() {
    let territory = Subject::Territory(TerritoryId::from_bytes([4; 16]));
    let mut rows = rows(territory, &[LeaseState::Closed, LeaseState::Open]);
    drain::purge(&mut rows, territory).unwrap();
    assert_eq!(rows.leases_on(territory).unwrap()[0].lease, lease(2));
    assert_eq!(leases_left(&mut rows, territory), 1);
    assert!(rows.record(RECORD).unwrap().is_some(), "a territory's lease covers no record");
}
