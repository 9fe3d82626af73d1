//! What every store of a device owes the engine. [`check`] runs it all on fresh stores; each case stands for itself.

use roadbook_model::{
    AccountId, DeviceId, Envelope, Fields, Kind, LeaseId, PersonId, RecordId, Role, TerritoryId, Value,
};
use roadbook_protocol::entry::{Decision, LatePolicy, Subject};
use roadbook_protocol::frame::{Answered, Facts};
use roadbook_protocol::page::{FillMark, FillToken};
use roadbook_protocol::{Blob, Mark, Nonce, Outcome, Reason, Receipt, Tag16};
use roadbook_sync::device::{
    DeviceRow, ItemRow, KeptEnvelope, KeptKind, LeaseRow, LeaseState, Leaving, RecordRow, Rows, StoreError,
    Stored, View,
};

use crate::memory_rows::MemoryRows;

/// Work in one transaction.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn Rows) -> Stored<()>;

/// A store that has transactions.
pub trait Transacting: Sized {
    /// Does the work in one transaction; on an error nothing of it remains.
    fn transaction(&mut self, work: Work<'_>) -> Stored<()>;

    /// The store as the next start of the program finds it.
    fn reopened(self) -> Self {
        self
    }
}

impl Transacting for MemoryRows {
    fn transaction(&mut self, work: Work<'_>) -> Stored<()> {
        let mut draft = self.clone();
        work(&mut draft)?;
        *self = draft;
        Ok(())
    }
}

/// Holds a kind of store to the contract. `make` gives a fresh store that knows this device.
pub fn check<S: Transacting>(make: impl Fn(&DeviceRow) -> S) {
    let cases: [(&str, Work<'_>); 12] = [
        ("the device's row is kept whole", &mut device),
        ("a record is kept whole, replaced and removed", &mut records),
        ("an account's records and digests are told", &mut digests),
        ("digests are summed modulo 2^64", &mut digests_wrap),
        ("a view outlives its record's replacement, not its removal", &mut views),
        ("leases are found by id, subject and state", &mut leases),
        ("items are found by number, record and lease", &mut items),
        ("what waits is told in order", &mut waiting),
        ("what the cursor has passed is told in order", &mut settled),
        ("fills are kept by grant", &mut fills),
        ("reference data is upserted and removed", &mut reference),
        ("a wiped store knows its device and nothing else", &mut wiped),
    ];
    for (what, case) in cases {
        let mut store = make(&device_row());
        let done = store.transaction(case);
        assert!(done.is_ok(), "{what}: {done:?}");
    }
    rolls_back(make(&device_row()));
    survives(make(&device_row()));
}

/// A device's row with something in every column.
pub fn device_row() -> DeviceRow {
    DeviceRow {
        device: DeviceId::from_bytes([1; 16]),
        person: PersonId::from_bytes([2; 16]),
        role: Role::Rep,
        server_key: vec![3; 33],
        digest_key: Tag16([4; 16]),
        store_generation: 5,
        epoch: Tag16([6; 16]),
        nonce: Nonce([7; 16]),
        cursor: mark(8),
        receipt: mark(9),
        answered: None,
        last_number: 10,
        digest: u64::MAX,
        contact_ms: 0,
        told: None,
        offline_days: 30,
        leaving: Leaving::No,
    }
}

fn mark(position: u8) -> Mark {
    Mark { position: position.into(), chain: Tag16([position; 16]) }
}

fn account(n: u8) -> AccountId {
    AccountId::from_bytes([n; 16])
}

fn envelope(n: u8, of: AccountId) -> Envelope {
    Envelope {
        id: RecordId::from_bytes([n; 16]),
        kind: Kind::VISIT,
        account: of,
        creator: PersonId::from_bytes([2; 16]),
        generation: 0,
    }
}

fn record_row(n: u8, of: AccountId, digest: u64) -> RecordRow {
    RecordRow {
        envelope: envelope(n, of).into(),
        accepted: if digest == 0 { Vec::new() } else { vec![n; 40] },
        branch: 3,
        digest,
        decision: None,
        changed_ms: 1_700_000_000_000,
    }
}

fn lease_row(n: u8, subject: Subject, state: LeaseState) -> LeaseRow {
    LeaseRow {
        lease: LeaseId::from_bytes([n; 16]),
        subject,
        state,
        late: None,
        note: None,
        root: None,
        lies_in: None,
    }
}

fn item_row(number: u64, receipt: Option<Receipt>) -> ItemRow {
    ItemRow {
        number,
        lease: LeaseId::from_bytes([1; 16]),
        record: Some(RecordId::from_bytes([2; 16])),
        account: Some(account(3)),
        captured_ms: 1_000 - i64::try_from(number).unwrap_or(0),
        bytes: vec![0, 1, 255],
        tray: false,
        receipt,
        beneath: Vec::new(),
    }
}

fn receipt(number: u64, position: u64, outcome: Outcome) -> Option<Receipt> {
    Some(Receipt { number, position, outcome })
}

fn device(rows: &mut dyn Rows) -> Stored<()> {
    assert_eq!(rows.device()?, device_row());
    let changed = DeviceRow {
        role: Role::Manager,
        answered: Some(Answered { number: 7, item: Tag16([8; 16]) }),
        digest: 1 << 63,
        contact_ms: -5,
        told: Some(Facts { client: "roadbook 0".to_owned(), store_bytes: 1 << 40 }),
        offline_days: 7,
        leaving: Leaving::Ordered,
        ..device_row()
    };
    rows.put_device(&changed)?;
    assert_eq!(rows.device()?, changed);
    Ok(())
}

fn records(rows: &mut dyn Rows) -> Stored<()> {
    let first = record_row(1, account(9), u64::MAX - 1);
    let id = first.envelope.id;
    assert_eq!(rows.record(id)?, None);
    rows.put_record(&first)?;
    assert_eq!(rows.record(id)?, Some(first.clone()));
    // Rule V4: of a kind that no version knows, it is kept all the same.
    let unknown = KeptEnvelope { kind: KeptKind::Unknown("spaceship".to_owned()), ..first.envelope.clone() };
    let unknown = RecordRow { envelope: unknown, ..first.clone() };
    rows.put_record(&unknown)?;
    assert_eq!(rows.record(id)?, Some(unknown));
    rows.put_record(&first)?;
    let decided = Decision {
        record: id,
        account: account(9),
        verb: "submit".to_owned(),
        state: "submitted".to_owned(),
        by: PersonId::from_bytes([2; 16]),
        request: None,
        number: Some("4711".to_owned()),
        total_minor: Some(i64::MAX),
        currency: Some("EUR".to_owned()),
        heads: Vec::new(),
        effective_ms: None,
        review: None,
        text: None,
    };
    let second = RecordRow { accepted: Vec::new(), digest: 0, decision: Some(decided), ..first };
    rows.put_record(&second)?;
    assert_eq!(rows.record(id)?, Some(second), "replaced whole");
    rows.delete_record(id)?;
    assert_eq!(rows.record(id)?, None);
    assert!(rows.records_of(account(9))?.is_empty());
    rows.delete_record(id)
}

fn digests(rows: &mut dyn Rows) -> Stored<()> {
    for (n, of, digest) in [(3, 1, 30), (1, 1, 10), (2, 2, 20), (4, 1, 0)] {
        rows.put_record(&record_row(n, account(of), digest))?;
    }
    let id = |n| RecordId::from_bytes([n; 16]);
    assert_eq!(rows.records_of(account(1))?, [id(1), id(3), id(4)]);
    assert_eq!(rows.account_digests()?, [(account(1), 40), (account(2), 20)]);
    assert_eq!(rows.record_digests(account(1))?, [(id(1), 10), (id(3), 30)], "only what was accepted");
    assert!(rows.record_digests(account(7))?.is_empty());
    Ok(())
}

fn digests_wrap(rows: &mut dyn Rows) -> Stored<()> {
    for n in 1..=3 {
        rows.put_record(&record_row(n, account(1), u64::MAX))?;
    }
    assert_eq!(rows.account_digests()?, [(account(1), u64::MAX - 2)]);
    Ok(())
}

fn views(rows: &mut dyn Rows) -> Stored<()> {
    let row = record_row(1, account(1), 1);
    let fields = Fields::from([("subject".to_owned(), Value::Str("Frühstück \"bei\" ihm".to_owned()))]);
    let view = View {
        envelope: &envelope(1, account(1)),
        account: account(1),
        fields: &fields,
        state: Some("planned"),
        changed_ms: 5,
    };
    rows.put_record(&row)?;
    rows.put_view(&view)?;
    rows.put_record(&RecordRow { branch: 4, ..row.clone() })?;
    rows.put_view(&View { fields: &Fields::new(), state: None, ..view })?;
    rows.delete_view(row.envelope.id)?;
    assert!(rows.record(row.envelope.id)?.is_some(), "the record stays");
    rows.delete_view(row.envelope.id)?;
    rows.put_view(&view)?;
    rows.delete_record(row.envelope.id)?;
    rows.put_record(&row)?;
    rows.put_view(&view)
}

fn leases(rows: &mut dyn Rows) -> Stored<()> {
    use LeaseState::{Closed, Closing, Frozen, Open, Proposed};
    let (here, there) = (Subject::Account(account(1)), Subject::Territory(TerritoryId::from_bytes([1; 16])));
    let mut all = Vec::new();
    for (n, (subject, state)) in (1..).zip([
        (here, Closed),
        (here, Frozen),
        (there, Open),
        (here, Open),
        (there, Proposed),
        (here, Closing),
    ]) {
        let row = LeaseRow {
            late: (n == 2).then_some((LatePolicy::Review, -1)),
            note: (n == 2).then(|| "to Ann".to_owned()),
            root: (n == 4).then_some(account(9)),
            lies_in: (n == 4).then_some(TerritoryId::from_bytes([7; 16])),
            ..lease_row(n, subject, state)
        };
        rows.put_lease(&row)?;
        all.push(row);
    }
    for row in &all {
        assert_eq!(rows.lease(row.lease)?.as_ref(), Some(row));
    }
    assert_eq!(rows.lease(LeaseId::from_bytes([99; 16]))?, None);
    let numbers =
        |rows: Vec<LeaseRow>| -> Vec<u8> { rows.iter().map(|row| row.lease.as_bytes()[0]).collect() };
    assert_eq!(
        numbers(rows.leases_on(here)?),
        [6, 4, 2, 1],
        "newest first, and no territory of the same bytes"
    );
    assert_eq!(numbers(rows.leases_on(there)?), [5, 3]);
    let mut open = numbers(rows.leases_in(Open)?);
    open.sort_unstable();
    assert_eq!(open, [3, 4]);
    rows.put_lease(&lease_row(4, here, Closed))?;
    assert_eq!(numbers(rows.leases_in(Open)?), [3]);
    let closed = LeaseId::from_bytes([4; 16]);
    rows.delete_lease(closed)?;
    assert_eq!(rows.lease(closed)?, None);
    assert_eq!(numbers(rows.leases_on(here)?), [6, 2, 1]);
    assert_eq!(numbers(rows.leases_in(Closed)?), [1]);
    rows.delete_lease(closed)
}

fn items(rows: &mut dyn Rows) -> Stored<()> {
    let held = Reason { path: vec!["lines".to_owned()], ..Reason::new("late_review", "L4", "ask") };
    let beneath = vec![Blob(vec![7; 40]), Blob(Vec::new())];
    let one = ItemRow { tray: true, beneath, ..item_row(1, receipt(1, 5, Outcome::Held(held))) };
    let two =
        ItemRow { record: None, account: None, lease: LeaseId::from_bytes([4; 16]), ..item_row(2, None) };
    let three = item_row(3, None);
    for row in [&three, &one, &two] {
        rows.put_item(row)?;
        assert_eq!(rows.item(row.number)?.as_ref(), Some(row));
    }
    assert_eq!(rows.item(4)?, None);
    assert_eq!(rows.items_of(RecordId::from_bytes([2; 16]))?, [one.clone(), three]);
    assert_eq!(rows.items_under(one.lease)?.len(), 2);
    assert_eq!(rows.items_under(two.lease)?, [two]);
    let replaced = item_row(1, None);
    rows.put_item(&replaced)?;
    assert_eq!(rows.item(1)?, Some(replaced));
    rows.delete_item(1)?;
    assert_eq!(rows.item(1)?, None);
    rows.delete_item(1)
}

fn waiting(rows: &mut dyn Rows) -> Stored<()> {
    assert_eq!(rows.waiting()?, (0, None));
    for number in [5, 2, 3, 9, 4] {
        let answer = if number == 3 { receipt(3, 1, Outcome::InRecord { late: false }) } else { None };
        rows.put_item(&item_row(number, answer))?;
    }
    let numbers = |rows: Vec<ItemRow>| -> Vec<u64> { rows.iter().map(|row| row.number).collect() };
    assert_eq!(numbers(rows.unanswered(0, 10)?), [2, 4, 5, 9]);
    assert_eq!(numbers(rows.unanswered(2, 2)?), [4, 5]);
    assert!(rows.unanswered(9, 10)?.is_empty());
    assert_eq!(rows.waiting()?, (4, Some(991)), "the oldest by capture, not by number");
    rows.put_item(&ItemRow { tray: true, ..item_row(9, None) })?;
    assert_eq!(rows.waiting()?, (4, Some(991)), "what lies in the tray unanswered waits too");
    assert_eq!(rows.undecided()?, 1);
    Ok(())
}

fn settled(rows: &mut dyn Rows) -> Stored<()> {
    let late = Outcome::InRecord { late: true };
    let in_time = Outcome::InRecord { late: false };
    let held = Outcome::Held(Reason::new("x", "y", "z"));
    let refused = Outcome::Refused(Reason::new("x", "y", "z"));
    for (number, position, outcome) in
        [(6, 10, late), (1, 20, in_time.clone()), (2, 5, held), (3, 5, refused), (4, 21, in_time)]
    {
        rows.put_item(&item_row(number, receipt(number, position, outcome)))?;
    }
    rows.put_item(&item_row(5, None))?;
    let numbers = |rows: Vec<ItemRow>| -> Vec<u64> { rows.iter().map(|row| row.number).collect() };
    assert!(rows.settled(9)?.is_empty());
    assert_eq!(numbers(rows.settled(20)?), [1, 6], "by number");
    assert_eq!(numbers(rows.settled(u64::MAX)?), [1, 4, 6]);
    Ok(())
}

fn fills(rows: &mut dyn Rows) -> Stored<()> {
    let token =
        FillToken { account: account(1), order: 2, record: RecordId::from_bytes([3; 16]), partial: Some(4) };
    let (first, second) = (FillMark { grant: 7, token: None }, FillMark { grant: 3, token: Some(token) });
    rows.put_fill(&first)?;
    rows.put_fill(&second)?;
    assert_eq!(rows.fills()?, [second, first]);
    let further = FillMark { grant: 7, token: Some(token) };
    rows.put_fill(&further)?;
    rows.delete_fill(3)?;
    rows.delete_fill(3)?;
    assert_eq!(rows.fills()?, [further]);
    Ok(())
}

fn reference(rows: &mut dyn Rows) -> Stored<()> {
    rows.put_reference("products", "a-1", Some(r#"{"name":"Crème"}"#))?;
    rows.put_reference("products", "a-1", Some(r#"{"name":"Crème"}"#))?;
    rows.put_reference("products", "a-1", Some(r#"{"name":"Curry"}"#))?;
    rows.put_reference("prices", "a-1", Some("not JSON"))?;
    rows.put_reference("products", "a-1", None)?;
    rows.put_reference("products", "a-1", None)
}

fn wiped(rows: &mut dyn Rows) -> Stored<()> {
    reference(rows)?;
    rows.put_reference("products", "b-2", Some(r#"{"name":"Tea"}"#))?;
    let row = record_row(1, account(1), 1);
    let fields = Fields::from([("subject".to_owned(), Value::Str("secret".to_owned()))]);
    rows.put_record(&row)?;
    rows.put_view(&View {
        envelope: &envelope(1, account(1)),
        account: account(1),
        fields: &fields,
        state: None,
        changed_ms: 5,
    })?;
    let lease = lease_row(1, Subject::Account(account(1)), LeaseState::Frozen);
    rows.put_lease(&lease)?;
    rows.put_item(&item_row(1, None))?;
    rows.put_fill(&FillMark { grant: 7, token: None })?;
    rows.wipe()?;
    assert_eq!(rows.device()?, device_row());
    assert_eq!(rows.record(row.envelope.id)?, None);
    assert_eq!((rows.lease(lease.lease)?, rows.item(1)?, rows.fills()?), (None, None, Vec::new()));
    // Everything can be used again.
    rows.put_record(&row)?;
    rows.put_view(&View {
        envelope: &envelope(1, account(1)),
        account: account(1),
        fields: &fields,
        state: None,
        changed_ms: 5,
    })?;
    rows.put_reference("products", "b-2", Some(r#"{"name":"Tea"}"#))?;
    rows.wipe()
}

/// After an error nothing of the transaction remains, and the next one works.
fn rolls_back<S: Transacting>(mut store: S) {
    let given_up = store.transaction(&mut |rows| {
        rows.put_record(&record_row(1, account(1), 1))?;
        rows.put_item(&item_row(1, None))?;
        rows.put_device(&DeviceRow { last_number: 11, ..device_row() })?;
        Err(StoreError("given up".into()))
    });
    assert!(given_up.is_err());
    let after = store.transaction(&mut |rows| {
        assert_eq!(rows.record(RecordId::from_bytes([1; 16]))?, None);
        assert_eq!(rows.item(1)?, None);
        assert_eq!(rows.device()?, device_row());
        rows.put_item(&item_row(1, None))
    });
    assert!(after.is_ok(), "{after:?}");
}

/// What was committed is there after the next start.
fn survives<S: Transacting>(mut store: S) {
    let saved = store.transaction(&mut |rows| {
        rows.put_record(&record_row(1, account(1), 1))?;
        rows.put_item(&item_row(1, None))?;
        rows.put_lease(&lease_row(1, Subject::Account(account(1)), LeaseState::Open))
    });
    assert!(saved.is_ok(), "{saved:?}");
    let found = store.reopened().transaction(&mut |rows| {
        assert_eq!(rows.record(RecordId::from_bytes([1; 16]))?, Some(record_row(1, account(1), 1)));
        assert_eq!(rows.item(1)?, Some(item_row(1, None)));
        assert_eq!(rows.leases_in(LeaseState::Open)?.len(), 1);
        assert_eq!(rows.device()?, device_row());
        Ok(())
    });
    assert!(found.is_ok(), "{found:?}");
}
