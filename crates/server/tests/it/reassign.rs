//! Reassignments: what may be asked for, who loses and gets what, and that two at once spoil nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, PersonId, ReassignmentId, TerritoryId};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::reassignments::{
    AccountFilter, NewReassignment, ReassignmentError, Selection, Target, Terms,
};
use roadbook_server::store::office::territories::Capacity;
use roadbook_sync::ledger::place::Moved;
use sqlx::types::Uuid;

use crate::support::{Beat, Database, Device, id_bytes};

/// Two reps, each with a territory, a device and some accounts in it.
pub struct Two {
    pub store: Store,
    pub north: Beat,
    pub south: Beat,
    pub old: Device,
    pub new: Device,
    pub accounts: Vec<AccountId>,
    pub database: Database,
    pub _background: roadbook_server::store::open::Background,
}

impl Two {
    pub async fn new(accounts: usize) -> Self {
        let database = Database::new().await;
        let (store, background) = database.open().await;
        let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
        let (old, new) = (north.device(&store).await, south.device(&store).await);
        let accounts = north.accounts(&store, accounts).await;
        Self { store, north, south, old, new, accounts, database, _background: background }
    }

    /// All accounts to the south.
    pub fn southwards(&self) -> NewReassignment {
        to_territory(Selection::Accounts(self.accounts.clone()), self.south.territory)
    }

    pub async fn assert_settled(&self) {
        assert_settled(&self.store).await;
    }
}

pub fn admin(person: PersonId) -> By {
    By::at_console(person, Role::Admin)
}

/// Undoes a reassignment, on the usual terms.
pub async fn reverse(
    store: &Store,
    of: ReassignmentId,
    by: PersonId,
) -> Result<(ReassignmentId, Moved), ReassignmentError> {
    let id = ReassignmentId::new(1_800_000_000_000, id_bytes());
    let moved = store.reverse_reassignment(&admin(by), id, of, &Terms::default()).await?;
    store.follow().await.unwrap();
    Ok((id, moved))
}

pub fn to_territory(what: Selection, to: TerritoryId) -> NewReassignment {
    NewReassignment::now(what, Some(Target::Territory(to)))
}

pub fn to_person(what: Selection, to: PersonId) -> NewReassignment {
    NewReassignment::now(what, Some(Target::Person(to)))
}

/// Whoever is entitled to an account or a territory has one open lease on it, and nobody else has.
pub async fn assert_settled(store: &Store) {
    let wrong: Vec<(Uuid, Uuid, i64, bool)> = sqlx::query_as(
        "
        with entitled as (
            select entitled.territory_id, device.id as device_id, entitled.holds
            from org.entitled((select array_agg(id) from org.territory), now()) entitled
            join org.device on device.person_id = entitled.person_id and device.state = 'active'
        ), wanted as (
            select device_id, account.id as subject from sync.account join entitled using (territory_id)
            union all
            select device_id, territory_id from entitled where holds
        ), held as (
            select device_id, coalesce(account_id, territory_id) as subject, count(*) from sync.lease
            where withdrawn is null and closed is null and granted > 0 group by 1, 2
        )
        select device_id, subject, coalesce(count, 0), w.subject is not null
        from held full join (select *, true from wanted) w using (device_id, subject)
        where count is distinct from 1 or w is null
        ",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(wrong, [], "device, subject, leases held, entitled");
    assert_eq!(store.verify().await.unwrap().problems, []);
}

fn code<T: std::fmt::Debug>(result: Result<T, ReassignmentError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_there_and_back_gives_new_leases_each_time() {
    let two = Two::new(3).await;
    let first = two.old.lease(&two.store, Subject::Account(two.accounts[0])).await;
    let (id, moved) = two.store.reassign(&two.southwards(), two.north.person).await.unwrap();
    let moved = moved.unwrap();
    assert_eq!((moved.accounts, moved.withdrawn[&two.old.id()], moved.granted[&two.new.id()]), (3, 3, 3));
    two.assert_settled().await;
    let (back, moved) = reverse(&two.store, id, two.south.person).await.unwrap();
    assert_eq!((moved.accounts, moved.granted[&two.old.id()]), (3, 3));
    two.assert_settled().await;
    assert_ne!(two.old.lease(&two.store, Subject::Account(two.accounts[0])).await, first);
    let shown = two.store.lookup_reassignment(id).await.unwrap().unwrap();
    assert_eq!((shown.reversed_by, shown.accounts), (Some(back), 3));
    let again = reverse(&two.store, id, two.south.person).await;
    assert_eq!(code(again), "already_reversed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversal_takes_back_only_what_still_lies_where_it_was_put() {
    let two = Two::new(3).await;
    let west = Beat::new(&two.store, "west").await;
    let (id, _) = two.store.reassign(&two.southwards(), two.north.person).await.unwrap();
    let away = to_territory(Selection::Accounts(two.accounts[..1].to_vec()), west.territory);
    two.store.reassign(&away, two.north.person).await.unwrap();
    let (back, moved) = reverse(&two.store, id, two.north.person).await.unwrap();
    assert_eq!(moved.accounts, 2);
    let placed = two.store.list_placements(back, None, 10).await.unwrap();
    assert!(placed.iter().all(|item| item.to == two.north.territory && item.account != two.accounts[0]));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_account_may_go_to_a_territory_of_its_own() {
    let two = Two::new(4).await;
    let west = Beat::new(&two.store, "west").await;
    let third = west.device(&two.store).await;
    let to = [two.south.territory, west.territory];
    let each = two.accounts.iter().zip(to.into_iter().cycle()).map(|(account, to)| (*account, to)).collect();
    let new = NewReassignment::now(Selection::Each(each), None);
    let moved = two.store.reassign(&new, two.north.person).await.unwrap().1.unwrap();
    assert_eq!((moved.granted[&two.new.id()], moved.granted[&third.id()]), (2, 2));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_territory_goes_to_a_person_and_all_a_person_holds_to_another() {
    let two = Two::new(2).await;
    let whole = to_person(Selection::Territory(two.north.territory), two.south.person);
    let (id, moved) = two.store.reassign(&whole, two.north.person).await.unwrap();
    let moved = moved.unwrap();
    assert_eq!((moved.withdrawn[&two.old.id()], moved.granted[&two.new.id()]), (3, 3), "and the territory");
    two.assert_settled().await;
    let everything = to_person(Selection::Person(two.south.person), two.north.person);
    let moved = two.store.reassign(&everything, two.north.person).await.unwrap().1.unwrap();
    assert_eq!((moved.withdrawn[&two.new.id()], moved.granted[&two.old.id()]), (4, 4));
    two.assert_settled().await;
    let nothing = reverse(&two.store, id, two.north.person).await;
    assert_eq!(code(nothing), "nothing_to_move", "it all went on since, back to where it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_go_to_the_territory_that_a_rep_holds_and_never_to_one_that_is_covered() {
    let two = Two::new(2).await;
    let (south, by) = (&two.south, two.north.person);
    // What the rep covers comes first by its code, and is not the rep's.
    let covered = two.store.put_territory("a-covered", "Covered", None).await.unwrap();
    two.store.add_holder(south.person, covered, Capacity::Cover).await.unwrap();
    let of_south = Some(Target::TerritoryOf(south.person));
    for what in [
        Selection::Accounts(two.accounts.clone()),
        Selection::Territory(two.north.territory),
        Selection::Person(two.north.person),
    ] {
        let new = NewReassignment::now(what, of_south);
        let preview = two.store.preview_reassignment(&new).await.unwrap();
        let to: Vec<_> = preview.destinations.iter().map(|to| (to.territory, to.accounts)).collect();
        assert_eq!(to, [(south.territory, 2)], "{new:?}");
    }
    let all = NewReassignment::now(Selection::Person(two.north.person), of_south);
    assert_eq!(two.store.reassign(&all, by).await.unwrap().1.unwrap().accounts, 2);
    let places: Vec<Uuid> = sqlx::query_scalar("select distinct territory_id from sync.account")
        .fetch_all(two.store.pool())
        .await
        .unwrap();
    assert_eq!(places, [south.territory.uuid()]);
    two.assert_settled().await;

    let second = two.store.put_territory("second", "Second", None).await.unwrap();
    two.store.add_holder(by, second, Capacity::CoOwner).await.unwrap();
    let back = NewReassignment::now(Selection::Accounts(two.accounts.clone()), Some(Target::TerritoryOf(by)));
    let several = two.store.preview_reassignment(&back).await.unwrap_err();
    assert_eq!(several.code(), "which_territory");
    assert!(several.to_string().ends_with("name one of north, second"), "{several}");
    let whole = to_person(Selection::Territory(two.north.territory), south.person);
    assert_eq!(
        two.store.preview_reassignment(&whole).await.unwrap().destinations,
        [],
        "it stays where it is"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_entitled_for_another_reason_keeps_the_lease() {
    let two = Two::new(1).await;
    two.store.add_holder(two.south.person, two.north.territory, Capacity::CoOwner).await.unwrap();
    let before = two.new.lease(&two.store, Subject::Account(two.accounts[0])).await;
    let moved = two.store.reassign(&two.southwards(), two.north.person).await.unwrap().1.unwrap();
    assert_eq!((moved.withdrawn.len(), moved.granted.len()), (1, 0));
    assert_eq!(two.new.lease(&two.store, Subject::Account(two.accounts[0])).await, before);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_with_a_code_and_changes_nothing() {
    let two = Two::new(2).await;
    let empty = two.store.put_territory("empty", "empty", None).await.unwrap();
    let nobody = PersonId::from_bytes([7; 16]);
    let nowhere = TerritoryId::from_bytes([7; 16]);
    let unknown = AccountId::from_bytes([7; 16]);
    let by = two.north.person;
    let now = now(&two.store).await;
    let (accounts, south) = (Selection::Accounts(two.accounts.clone()), two.south.territory);
    let mut past = two.southwards();
    past.effect_at = Some(now - Duration::from_secs(3600));
    let mut backwards = two.southwards();
    backwards.ends_at = Some(now - Duration::from_secs(1));
    let mut endless = two.southwards();
    endless.terms.grace_s = -1;
    let mut oneself = to_person(Selection::Person(by), by);
    oneself.ends_at = Some(now + Duration::from_secs(3600));
    let twice = vec![(two.accounts[0], south), (two.accounts[0], two.north.territory)];
    let cases = [
        (to_territory(accounts.clone(), nowhere), "unknown_territory"),
        (to_territory(Selection::Accounts(vec![unknown]), south), "unknown_account"),
        (to_person(Selection::Territory(two.north.territory), nobody), "unknown_person"),
        (to_territory(Selection::Person(nobody), south), "unknown_person"),
        (to_territory(Selection::Territory(nowhere), south), "unknown_territory"),
        (to_territory(accounts.clone(), empty), "nobody_holds"),
        (to_territory(accounts.clone(), two.north.territory), "nothing_to_move"),
        (to_territory(Selection::Accounts(Vec::new()), south), "nothing_to_move"),
        (to_territory(Selection::Filter(AccountFilter::default()), south), "empty_filter"),
        (NewReassignment::now(accounts, None), "no_destination"),
        (NewReassignment::now(Selection::Each(twice), None), "two_destinations"),
        (to_person(Selection::Territory(two.north.territory), by), "nothing_to_move"),
        (past, "past_time"),
        (backwards, "past_time"),
        (endless, "grace_out_of_range"),
        (oneself, "to_oneself"),
    ];
    let head = two.store.wake().head();
    for (new, expected) in cases {
        assert_eq!(code(two.store.preview_reassignment(&new).await), expected, "{new:?}");
        assert_eq!(code(two.store.reassign(&new, by).await), expected, "{new:?}");
    }
    assert_eq!(code(two.store.reassign(&two.southwards(), nobody).await), "unknown_person");
    let none = ReassignmentId::from_bytes([7; 16]);
    assert_eq!(code(two.store.cancel_reassignment(none, &admin(by)).await), "unknown_reassignment");
    assert_eq!(code(reverse(&two.store, none, by).await), "unknown_reassignment");
    assert_eq!(two.store.wake().head(), head);
    assert_eq!(two.store.list_reassignments(None, 10).await.unwrap(), []);
    let mut allowed = to_territory(Selection::Accounts(two.accounts.clone()), empty);
    allowed.allow_unheld = true;
    let moved = two.store.reassign(&allowed, by).await.unwrap().1.unwrap();
    assert_eq!((moved.accounts, moved.granted.len()), (2, 0));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_admins_at_once_the_second_is_told_and_nothing_is_done_by_halves() {
    let two = Two::new(5).await;
    let west = Beat::new(&two.store, "west").await;
    let (node, _other) = two.database.open().await;
    let mut first = two.southwards();
    let mut second = to_territory(Selection::Accounts(two.accounts.clone()), west.territory);
    first.basis = Some(two.store.preview_reassignment(&first).await.unwrap().basis);
    second.basis = Some(two.store.preview_reassignment(&second).await.unwrap().basis);
    let by = two.north.person;
    let done = tokio::join!(two.store.reassign(&first, by), node.reassign(&second, by));
    let (won, lost) = match done {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("one of them wins: {both:?}"),
    };
    assert_eq!(lost.code(), "stale");
    assert_eq!(won.1.unwrap().accounts, 5);
    let all = two.store.list_reassignments(None, 10).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [won.0]);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_finds_accounts_by_their_profile_and_place() {
    let two = Two::new(3).await;
    sqlx::query("update record.accounts set segment = 'A', postal_code = '80331' where id = $1")
        .bind(two.accounts[1].uuid())
        .execute(two.store.pool())
        .await
        .unwrap();
    let filter = AccountFilter {
        territory_id: Some(two.north.territory),
        segment: Some("A".into()),
        postal_code: Some("803".into()),
        ..AccountFilter::default()
    };
    let found = to_territory(Selection::Filter(filter.clone()), two.south.territory);
    assert_eq!(two.store.preview_reassignment(&found).await.unwrap().moved.accounts, 1);
    let typed = AccountFilter { segment: Some("a".into()), ..filter.clone() };
    let found = to_territory(Selection::Filter(typed), two.south.territory);
    assert_eq!(two.store.preview_reassignment(&found).await.unwrap().moved.accounts, 1, "whatever the case");
    let nowhere = AccountFilter { territory_id: Some(TerritoryId::from_bytes([7; 16])), ..filter.clone() };
    let nowhere = to_territory(Selection::Filter(nowhere), two.south.territory);
    assert_eq!(code(two.store.preview_reassignment(&nowhere).await), "unknown_territory");
    let elsewhere = AccountFilter { territory_id: Some(two.south.territory), ..filter };
    let none = to_territory(Selection::Filter(elsewhere), two.north.territory);
    assert_eq!(code(two.store.preview_reassignment(&none).await), "nothing_to_move");
}

/// The server's clock.
pub async fn now(store: &Store) -> DateTime<Utc> {
    sqlx::query_scalar("select now()").fetch_one(store.pool()).await.unwrap()
}
