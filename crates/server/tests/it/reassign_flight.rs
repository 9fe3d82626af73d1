//! A reassignment between its flip and the last row that follows it: whoever reads or pushes meanwhile, whoever dies.

use std::collections::BTreeSet;

use roadbook_model::brief::{Fact, Topic};
use roadbook_model::{Kind, LeaseId, PersonId, RecordId};
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Entry, Item, ItemBody, Outcome, decode, encode};
use roadbook_server::store::Store;
use roadbook_server::store::office::accounts::{AccountFilter, LeaseCount};
use roadbook_server::store::office::devices::fleet::FleetFilter;
use roadbook_server::store::office::inbox::read::HeldFilter;
use roadbook_server::store::office::people::Person;
use roadbook_server::store::office::reassignments::Selection;
use roadbook_server::store::office::visits::VisitFilter;
use roadbook_server::store::office::why::{Presence, WhySubject};
use roadbook_sync::ledger::place::Handover;

use crate::reassign::{Two, assert_settled, to_territory};
use crate::support::{Device, fields, text};

/// Enough for its rows to follow in pieces.
const MANY: usize = 120;

impl Two {
    /// A move that is in effect and whose rows have not followed.
    async fn in_flight(policy: LatePolicy) -> (Self, LeaseId) {
        let two = Self::new(MANY).await;
        let lease = two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
        two.take_effect(policy).await;
        (two, lease)
    }

    async fn take_effect(&self, policy: LatePolicy) {
        let mut new = self.southwards();
        new.terms.late_policy = policy;
        let id = self.store.plan_reassignment(&new, self.north.person).await.unwrap();
        self.store.effect_reassignment(id).await.unwrap();
        assert_eq!(self.places_behind().await, MANY as i64, "no row has followed yet");
        assert_eq!(self.state().await, "in_effect");
    }

    async fn places_behind(&self) -> i64 {
        let query = sqlx::query_scalar("select count(*) from sync.account where territory_id = $1");
        query.bind(self.north.territory.uuid()).fetch_one(self.store.pool()).await.unwrap()
    }

    async fn state(&self) -> String {
        self.store.list_reassignments(None, 1).await.unwrap().remove(0).state
    }

    async fn viewer(&self, person: PersonId) -> Person {
        self.store.lookup_person_by_id(person).await.unwrap().unwrap()
    }
}

async fn push_visit(
    store: &Store,
    device: &mut Device,
    account: usize,
    two: &[roadbook_model::AccountId],
    lease: LeaseId,
) -> (RecordId, Outcome) {
    let content = fields(&[("state", text("planned"))]);
    let (record, item) = device.creates(Kind::VISIT, two[account], lease, &content);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    (record, answer.receipts[0].outcome.clone())
}

fn held_as(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Held(reason) => Some(&reason.code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_work_is_judged_by_the_policy_before_and_after_rows_followed() {
    let cases = [
        (LatePolicy::Accept, None),
        (LatePolicy::Review, Some("late_review")),
        (LatePolicy::Refuse, Some("late_refused")),
    ];
    for (policy, code) in cases {
        let (mut two, lease) = Two::in_flight(policy).await;
        let (store, accounts) = (two.store.clone(), two.accounts.clone());
        let (first, outcome) = push_visit(&store, &mut two.old, 0, &accounts, lease).await;
        assert_eq!(held_as(&outcome), code);
        store.follow().await.unwrap();
        assert_eq!(two.places_behind().await, 0);
        let (second, outcome) = push_visit(&store, &mut two.old, 0, &accounts, lease).await;
        assert_eq!(held_as(&outcome), code);
        let late: i64 =
            sqlx::query_scalar("select count(*) from log.entry where late and record_id in ($1, $2)")
                .bind(first.uuid())
                .bind(second.uuid())
                .fetch_one(store.pool())
                .await
                .unwrap();
        assert_eq!(late, if code.is_none() { 2 } else { 0 });
        two.assert_settled().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gains_reads_and_writes_before_rows_followed() {
    let (mut two, _) = Two::in_flight(LatePolicy::Accept).await;
    let store = two.store.clone();
    let (page, _) = store.read_page(&two.new.row, 0, &[]).await.unwrap();
    let mut grants = Vec::new();
    for entry in &page.entries {
        if let Entry::Granted(granted) = decode::<Entry>("entry", &entry.payload.0).unwrap() {
            grants.extend(granted.grants);
        }
    }
    let lease = grants.iter().find(|grant| grant.subject == Subject::Account(two.accounts[3])).unwrap().lease;
    let filled: BTreeSet<RecordId> =
        page.fills.iter().flat_map(|part| &part.records).map(|record| record.record).collect();
    assert_eq!(filled, two.accounts.iter().map(|account| account.record()).collect(), "the fill, mid-way");

    let accounts = two.accounts.clone();
    let (visit, outcome) = push_visit(&store, &mut two.new, 3, &accounts, lease).await;
    assert_eq!(outcome, Outcome::InRecord { late: false });
    let channel: uuid::Uuid = sqlx::query_scalar("select channel from log.entry where record_id = $1")
        .bind(visit.uuid())
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(channel, two.south.territory.uuid(), "it lies in the channel of where the account lies now");

    // Another device of the same person reads it, and the one that lost the account does not.
    let second = two.south.device(&store).await;
    let fills: Vec<FillMark> = Vec::new();
    let (page, _) = store.read_page(&second.row, 0, &fills).await.unwrap();
    assert!(page.fills.iter().flat_map(|part| &part.records).any(|record| record.record == visit));
    let (page, _) = store.read_page(&two.old.row, 0, &fills).await.unwrap();
    let has_visit = |payload: &[u8]| decode::<Entry>("entry", payload).unwrap().record() == Some(visit);
    assert!(!page.entries.iter().any(|entry| has_visit(&entry.payload.0)));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_an_account_is_who_has_it_now_before_rows_followed() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let (lost, gained) = (two.viewer(two.north.person).await, two.viewer(two.south.person).await);
    for behind in [MANY as i64, 0] {
        assert_eq!(two.places_behind().await, behind);
        assert!(!two.store.sees_account(&lost, two.accounts[0]).await.unwrap());
        assert!(two.store.sees_account(&gained, two.accounts[0]).await.unwrap());
        two.store.follow().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_closed_before_its_row_followed_stays_closed() {
    let (two, lease) = Two::in_flight(LatePolicy::Accept).await;
    let item = Item { number: 1, lease, captured_ms: 0, body: ItemBody::Close, reapplies: None };
    let answer = two.store.push(&two.old.row, vec![encode(&item)]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: false });
    two.store.follow().await.unwrap();
    let closed: Option<i64> = sqlx::query_scalar("select closed from sync.lease where id = $1")
        .bind(lease.uuid())
        .fetch_one(two.store.pool())
        .await
        .unwrap();
    assert!(closed.is_some());
    let drains =
        two.store.list_drains(two.store.list_reassignments(None, 1).await.unwrap()[0].id).await.unwrap();
    assert_eq!((drains[0].leases, drains[0].closed), (MANY as u32 - 1, 1));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_after_the_flip_leaves_rows_that_follow_at_the_next_start() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let (again, _background) = two.database.open().await;
    again.run_due_reassignments().await.unwrap();
    assert_eq!(two.places_behind().await, 0);
    assert_eq!(two.state().await, "draining");
    assert_settled(&again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_on_two_nodes_and_the_next_move_do_not_disturb_each_other() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let (node, _background) = two.database.open().await;
    let back = to_territory(Selection::Accounts(two.accounts.clone()), two.north.territory);
    let (one, other, moved) =
        tokio::join!(two.store.follow(), node.follow(), node.reassign(&back, two.north.person));
    one.unwrap();
    other.unwrap();
    assert_eq!(moved.unwrap().1.unwrap().accounts as usize, MANY);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_between_staging_and_flip_is_staged_anew() {
    let two = Two::new(4).await;
    let lost = two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
    // Whoever holds the log's lock keeps the flip waiting, with its staging done.
    let mut between = two.store.append().await.unwrap();
    let (store, new, by) = (two.store.clone(), two.southwards(), two.north.person);
    let moving = tokio::spawn(async move { store.reassign(&new, by).await.unwrap().1.unwrap() });
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted
                   and database = (select oid from pg_database where datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(two.store.pool()).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    between.fetch_leases_held(two.old.id()).await.unwrap();
    let terms = Handover { policy: LatePolicy::Review, grace_until_ms: i64::MAX, note: None };
    between.book.withdraw(two.old.id(), vec![lost], &terms);
    between.commit().await.unwrap();
    let moved = moving.await.unwrap();
    assert_eq!((moved.accounts, moved.withdrawn[&two.old.id()]), (4, 3), "one was withdrawn already");
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_say_where_accounts_lie_before_their_rows_followed() {
    let mut two = Two::new(MANY).await;
    let lease = two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
    let (visit, outcome) = push_visit(&two.store, &mut two.old, 0, &two.accounts, lease).await;
    assert!(matches!(outcome, Outcome::InRecord { .. }), "{outcome:?}");
    two.take_effect(LatePolicy::Accept).await;
    for (person, seen) in [(two.south.person, vec![visit.uuid()]), (two.north.person, vec![])] {
        let person = two.store.lookup_person_by_id(person).await.unwrap().unwrap();
        let found = two.store.list_visits(&person, &VisitFilter::default(), 9).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), seen, "{}", person.name);
    }
    assert_eq!(two.places_behind().await, MANY as i64, "and no row has followed");
}

// What the office reads of leases and places in the moment after a flip is what the entries say.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_read_in_flight_names_who_still_hands_over() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let brief = two.store.brief(two.accounts[0]).await.unwrap().unwrap();
    let statements = &brief.section(Topic::Outstanding).unwrap().statements;
    let [statement] = statements.as_slice() else { panic!("one device hands over: {statements:#?}") };
    assert!(matches!(&statement.fact, Fact::Draining { by, .. } if by.id == two.north.person));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_asked_in_flight_tells_the_move() {
    for loser in [true, false] {
        let (two, _) = Two::in_flight(LatePolicy::Accept).await;
        let device = if loser { two.old.id() } else { two.new.id() };
        let subject = WhySubject::Record(two.accounts[0].record(), Some(device));
        let why = two.store.why(subject).await.unwrap().unwrap();
        let expected = if loser { Presence::Draining } else { Presence::Coming };
        assert_eq!(why.on_device.unwrap().state, expected);
        let told: Vec<&str> = why.steps.iter().map(|step| step.text.as_str()).collect();
        assert!(told.contains(&"south's phone got the account; its records come by a fill."), "{told:#?}");
        assert!(told.iter().any(|step| step.starts_with("north's phone lost the account")), "{told:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_an_account_lies_is_told_in_flight_before_why_tells_the_device() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let why = two.store.why(WhySubject::Record(two.accounts[0].record(), None)).await.unwrap().unwrap();
    let told: Vec<&str> = why.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(
        told.iter().any(|step| step.ends_with("moved the account from north north to south south.")),
        "{told:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inbox_read_in_flight_knows_what_became_of_the_lease() {
    let (mut two, lease) = Two::in_flight(LatePolicy::Review).await;
    let (store, accounts) = (two.store.clone(), two.accounts.clone());
    let (_, outcome) = push_visit(&store, &mut two.old, 0, &accounts, lease).await;
    assert_eq!(held_as(&outcome), Some("late_review"));
    assert_eq!(two.places_behind().await, MANY as i64);
    let held = store.list_held(HeldFilter::default(), 10).await.unwrap().remove(0);
    let story = held.lease.unwrap();
    assert!(story.withdrawn_position.is_some() && story.withdrawn_at.is_some());
    assert_eq!(story.late_policy.as_deref(), Some("review"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fleet_read_in_flight_shows_all_that_drains() {
    let filter = FleetFilter::default();
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let viewer = two.viewer(two.north.person).await;
    let row = two.store.list_devices(&viewer, &filter, 10).await.unwrap().remove(0);
    assert_eq!((row.id, row.draining), (two.old.id().uuid(), MANY as i64));

    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let viewer = two.viewer(two.north.person).await;
    let row = two.store.lookup_device(&viewer, two.old.id()).await.unwrap().unwrap();
    assert_eq!(row.draining, MANY as i64);
    let detail = two.store.detail_device(row).await.unwrap();
    assert_eq!(detail.draining_leases.len(), MANY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_in_flight_counts_all_that_drains() {
    let (two, lease) = Two::in_flight(LatePolicy::Accept).await;
    let counted = async |store: &Store| {
        let shown = store.list_reassignments(None, 1).await.unwrap().remove(0);
        (shown.state, shown.draining_devices, shown.draining_leases)
    };
    assert_eq!(counted(&two.store).await, ("in_effect".to_owned(), 1, MANY as u32), "no row has followed");
    // One that is closed meanwhile is written at once, and drains no more.
    let item = Item { number: 1, lease, captured_ms: 0, body: ItemBody::Close, reapplies: None };
    let answer = two.store.push(&two.old.row, vec![encode(&item)]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: false });
    assert_eq!(counted(&two.store).await, ("in_effect".to_owned(), 1, MANY as u32 - 1));
    two.store.follow().await.unwrap();
    assert_eq!(counted(&two.store).await, ("draining".to_owned(), 1, MANY as u32 - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_listed_in_flight_lie_where_they_went() {
    for (loser, count) in [(true, 0), (false, MANY)] {
        let (two, _) = Two::in_flight(LatePolicy::Accept).await;
        let viewer = two.viewer(if loser { two.north.person } else { two.south.person }).await;
        let listed = two.store.list_accounts(&viewer, AccountFilter::default(), 1_000).await.unwrap();
        assert_eq!(listed.len(), count);
        assert!(listed.iter().all(|account| account.territory == two.south.territory.uuid()));
    }
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let account = two.store.lookup_account(two.accounts[0]).await.unwrap().unwrap();
    assert_eq!(account.territory, two.south.territory.uuid());
    assert_eq!(account.leases, LeaseCount { open: 1, draining: 1 });
    assert_eq!(account.people[0].person, two.south.person.uuid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tree_counts_accounts_in_flight_where_they_went() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let tree = two.store.list_territories(false).await.unwrap();
    let count = |id| tree.iter().find(|node| node.id == id).unwrap().accounts;
    assert_eq!((count(two.north.territory), count(two.south.territory)), (0, MANY as u64));
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let south = two.store.lookup_node(two.south.territory).await.unwrap().unwrap();
    assert_eq!(south.accounts, MANY as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_drains_is_told_in_flight() {
    let (two, _) = Two::in_flight(LatePolicy::Accept).await;
    let id = two.store.list_reassignments(None, 1).await.unwrap()[0].id;
    let drains = two.store.list_drains(id).await.unwrap();
    assert_eq!((drains.len(), drains[0].device, drains[0].leases), (1, two.old.id(), MANY as u32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_to_be_assigned_is_told_in_flight() {
    let two = Two::new(MANY).await;
    let nobody_s = two.store.put_territory("east", "East", None).await.unwrap();
    let mut new = to_territory(Selection::Accounts(two.accounts.clone()), nobody_s);
    new.allow_unheld = true;
    let id = two.store.plan_reassignment(&new, two.north.person).await.unwrap();
    two.store.effect_reassignment(id).await.unwrap();
    assert_eq!(two.places_behind().await, MANY as i64);
    let waiting = two.store.list_unassigned(None, 1_000).await.unwrap();
    assert_eq!(waiting.len(), MANY);
    assert!(waiting.iter().all(|account| account.territory == nobody_s && account.reason == "no_holder"));
}
