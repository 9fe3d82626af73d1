//! Membership rules at work: new accounts, existing ones, the inbox.

use roadbook_model::{AccountId, Envelope, Kind, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::membership::NewRule;
use roadbook_server::store::office::placing::Application;
use roadbook_server::store::office::tree::NewNode;
use roadbook_server::store::office::unassigned::Unassigned;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};

use crate::support::{Beat, Database, admin, entries, fields, id_bytes, refused, text};
use crate::tree::{add, fresh};

async fn rules(store: &Store, by: &By, territory: TerritoryId, criteria: &[Json]) -> i64 {
    let rules: Vec<NewRule> =
        criteria.iter().map(|criteria| NewRule { criteria: criteria.clone(), note: None }).collect();
    store.put_rules(by, territory, None, &rules).await.unwrap().version
}

/// An account from another system, in a territory or wherever the rules say.
fn imported(creator: PersonId, country: &str, territory: Option<TerritoryId>) -> Imported {
    let id = RecordId::new(1_700_000_000_000, id_bytes());
    let content = fields(&[("name", text(&format!("Shop in {country}"))), ("country", text(country))]);
    Imported {
        envelope: Envelope { id, kind: Kind::ACCOUNT, account: id.account(), creator, generation: 0 },
        fields: content,
        captured_ms: 1_700_000_000_000,
        territory,
        decision: None,
    }
}

async fn place_of(store: &Store, account: AccountId) -> TerritoryId {
    let query = sqlx::query_scalar::<_, uuid::Uuid>("select territory_id from record.accounts where id = $1");
    query.bind(account.uuid()).fetch_one(store.pool()).await.unwrap().into()
}

async fn unassigned(store: &Store) -> Vec<(AccountId, String)> {
    let listed = store.list_unassigned(None, 100).await.unwrap();
    listed.into_iter().map(|Unassigned { account, reason, .. }| (account, reason)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_of_a_device_is_placed_by_a_rule_with_drain() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let (other, _other) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    rules(&store, &by, south.territory, &[json!({ "countries": ["de"] })]).await;
    rules(&store, &by, north.territory, &[json!({ "countries": ["fr"] })]).await;
    let (mut phone, theirs) = (north.device(&store).await, south.device(&store).await);
    let lease = phone.lease(&store, Subject::Territory(north.territory)).await;
    let mut made = Vec::new();
    for country in ["DE", "FR", "PL"] {
        let content = fields(&[("name", text(country)), ("country", text(country))]);
        let (account, opened, item) = phone.creates_account(lease, &content);
        store.push(&phone.row, vec![item]).await.unwrap();
        assert_eq!(place_of(&store, account).await, north.territory, "first with whoever made it");
        made.push((account, opened));
    }
    let (german, opened) = made[0];
    let (french, polish) = (made[1].0, made[2].0);
    let before = entries(&store).await;
    let (one, two) = tokio::join!(store.place_new(), other.place_new());
    assert_eq!(one.unwrap() + two.unwrap(), 3, "each once, by one node or the other");
    assert_eq!(place_of(&store, german).await, south.territory);
    assert_eq!(place_of(&store, french).await, north.territory);
    assert_eq!(place_of(&store, polish).await, north.territory);
    assert!(theirs.holds(&store, Subject::Account(german)).await);
    assert!(!phone.holds(&store, Subject::Account(german)).await);
    assert_eq!(entries(&store).await, before + 3, "placed, withdrawn, granted");
    let visit = fields(&[("state", text("planned"))]);
    let (_, late) = phone.creates(Kind::VISIT, german, opened, &visit);
    let answer = store.push(&phone.row, vec![late]).await.unwrap();
    assert_eq!(
        answer.receipts[0].outcome,
        roadbook_protocol::Outcome::InRecord { late: true },
        "what the rep captured meanwhile still comes in"
    );
    assert_eq!(unassigned(&store).await, [(polish, "no_rule".to_owned())]);
    store.assign(&by, &[polish], north.territory, &EndTerms::default(), false).await.unwrap();
    assert_eq!(unassigned(&store).await, [], "to leave it where it lies is an answer, too");
    assert_eq!(store.place_new().await.unwrap(), 0);
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_rules_nothing_is_asked_and_an_admin_is_not_overruled() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let mut phone = north.device(&store).await;
    let lease = phone.lease(&store, Subject::Territory(north.territory)).await;
    let content = fields(&[("name", text("Shop")), ("country", text("DE"))]);
    let (_, _, item) = phone.creates_account(lease, &content);
    store.push(&phone.row, vec![item]).await.unwrap();
    assert_eq!(store.place_new().await.unwrap(), 1);
    assert_eq!(unassigned(&store).await, []);
    let third = Beat::new(&store, "third").await;
    rules(&store, &by, south.territory, &[json!({ "countries": ["DE"] })]).await;
    let (moved, _, item) = phone.creates_account(lease, &content);
    store.push(&phone.row, vec![item]).await.unwrap();
    store.assign(&by, &[moved], third.territory, &EndTerms::default(), false).await.unwrap();
    store.place_new().await.unwrap();
    assert_eq!(place_of(&store, moved).await, third.territory, "whoever moved it knew better");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_founded_where_nothing_is_any_more_goes_to_what_took_over() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let (mut phone, theirs) = (north.device(&store).await, south.device(&store).await);
    let lease = phone.lease(&store, Subject::Territory(north.territory)).await;
    let content = fields(&[("name", text("Shop")), ("country", text("DE"))]);
    let (account, _, item) = phone.creates_account(lease, &content);
    let terms = EndTerms::default();
    store.archive_territory(&by, north.territory, None, Some(south.territory), &terms).await.unwrap();
    store.push(&phone.row, vec![item]).await.unwrap();
    store.place_new().await.unwrap();
    assert_eq!(place_of(&store, account).await, south.territory);
    assert!(theirs.holds(&store, Subject::Account(account)).await);
    assert_eq!(unassigned(&store).await, []);
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imported_accounts_are_placed_at_once() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    rules(&store, &by, south.territory, &[json!({ "countries": ["DE"] })]).await;
    let phone = south.device(&store).await;
    let [german, polish, named] = [("DE", None), ("PL", None), ("DE", Some(north.territory))]
        .map(|(country, territory)| imported(north.person, country, territory));
    let ids = [&german, &polish, &named].map(|record| record.envelope.account);
    let all = vec![german, polish, named];
    assert_eq!(refused(store.import(all.clone()).await), "no_territory");
    assert_eq!(store.list_territories(false).await.unwrap().iter().map(|node| node.accounts).sum::<u64>(), 0);
    let inbox = NewNode { code: "INBOX".into(), name: "Inbox".into(), parent: None, is_inbox: true };
    let inbox = store.add_territory(&by, fresh(), &inbox).await.unwrap().id;
    store.import(all).await.unwrap();
    let mut places = Vec::new();
    for id in ids {
        places.push(place_of(&store, id).await);
    }
    assert_eq!(places, [south.territory, inbox, north.territory], "a named territory is not overruled");
    assert!(phone.holds(&store, Subject::Account(ids[0])).await);
    assert_eq!(store.place_new().await.unwrap(), 0, "the background leaves imports alone");
    assert_eq!(unassigned(&store).await, [(ids[1], "inbox".to_owned())]);
    store.assign(&by, &[ids[1]], north.territory, &EndTerms::default(), false).await.unwrap();
    assert_eq!(unassigned(&store).await, []);
    let nobody = add(&store, &by, "NOBODY", None).await.id;
    let away = async |allow| store.assign(&by, &ids[..2], nobody, &EndTerms::default(), allow).await;
    assert_eq!(refused(away(false).await), "nobody_holds");
    away(true).await.unwrap();
    let listed = unassigned(&store).await;
    assert_eq!(listed, [(ids[0], "no_holder".to_owned()), (ids[1], "no_holder".to_owned())]);
    let page = store.list_unassigned(Some(ids[0]), 1).await.unwrap();
    assert_eq!(page.iter().map(|row| row.account).collect::<Vec<_>>(), [ids[1]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_applied_to_existing_accounts_after_a_preview() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (north, south) = (Beat::new(&store, "north").await, Beat::new(&store, "south").await);
    let west = Beat::new(&store, "west").await;
    let countries = ["DE", "FR", "DE", "PL", "AT"];
    let records: Vec<Imported> =
        countries.into_iter().map(|country| imported(north.person, country, Some(north.territory))).collect();
    let ids: Vec<AccountId> = records.iter().map(|record| record.envelope.account).collect();
    store.import(records).await.unwrap();
    rules(&store, &by, south.territory, &[json!({ "countries": ["PL"] }), json!({ "countries": ["DE"] })])
        .await;
    let version =
        rules(&store, &by, west.territory, &[json!({ "countries": ["fr"] }), json!({ "regions": ["x"] })])
            .await;
    let before = entries(&store).await;
    let preview = store.preview_rules(None, 100).await.unwrap();
    let totals = preview.totals.unwrap();
    assert_eq!((preview.version, totals.examined, totals.unmatched, totals.would_move), (version, 5, 1, 4));
    let counted: Vec<_> = totals.counts.iter().map(|count| (count.from, count.to, count.accounts)).collect();
    let mut expected = vec![
        (north.territory, south.territory, 1),
        (north.territory, south.territory, 2),
        (north.territory, west.territory, 1),
    ];
    let mut sorted = counted.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    let listed: Vec<_> = preview.proposals.iter().map(|proposal| (proposal.account, proposal.to)).collect();
    let (s, w) = (south.territory, west.territory);
    assert_eq!(listed, [(ids[0], s), (ids[1], w), (ids[2], s), (ids[3], s)]);
    // A page of it: the totals stand on the first one, and no more accounts are kept than it shows.
    let page = store.preview_rules(None, 2).await.unwrap();
    assert_eq!((page.proposals.len(), page.totals.unwrap().would_move), (2, 4));
    let page = store.preview_rules(Some(ids[1]), 1).await.unwrap();
    assert_eq!((page.proposals[0].account, page.proposals.len(), page.totals), (ids[2], 1, None));
    assert_eq!(entries(&store).await, before, "a preview does nothing");
    let apply = async |version, only: Option<&[AccountId]>| {
        let only = only.map(|only| only.iter().copied().collect());
        let what = Application { version, only, terms: EndTerms::default(), allow_unheld: false };
        store.apply_rules(&by, &what).await
    };
    assert_eq!(refused(apply(version - 1, None).await), "stale");
    let done = apply(version, Some(&[ids[0], ids[1], ids[4]])).await.unwrap();
    assert_eq!(done.moved.accounts, 2);
    assert_eq!(place_of(&store, ids[0]).await, s);
    assert_eq!(place_of(&store, ids[2]).await, north.territory, "not on the list");
    assert_eq!(apply(version, None).await.unwrap().moved.accounts, 2);
    assert_eq!(apply(version, None).await.unwrap().reassignment, None, "nothing is left to move");
    assert_eq!(store.preview_rules(None, 100).await.unwrap().proposals, []);
    assert_eq!(place_of(&store, ids[4]).await, north.territory, "what no rule matches stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_rules_are_replaced_whole_and_remembered() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let territory = add(&store, &by, "T", None).await.id;
    assert_eq!(store.list_rules(territory).await.unwrap().version, 0);
    let rule = |criteria: Json| NewRule { criteria, note: Some("why".into()) };
    let first = [rule(json!({ "tags": ["a"] })), rule(json!({ "tags": ["b"] }))];
    let list = store.put_rules(&by, territory, Some(0), &first).await.unwrap();
    assert_eq!((list.version, list.rules.len(), list.rules[1].position), (1, 2, 2));
    assert_eq!(list.rules[0].criteria, first[0].criteria);
    let put = async |version, rules: &[NewRule]| store.put_rules(&by, territory, version, rules).await;
    assert_eq!(refused(put(Some(0), &first).await), "stale");
    assert_eq!(refused(put(None, &[rule(json!({ "tags": [] }))]).await), "no_criterion");
    assert_eq!(refused(put(None, &vec![first[0].clone(); 201]).await), "too_many");
    let loud = NewRule { note: Some("x\u{0}".into()), ..first[0].clone() };
    assert_eq!(refused(put(None, &[loud]).await), "bad_note");
    assert_eq!(refused(store.put_rules(&by, fresh(), None, &first).await), "unknown");
    let list = put(Some(1), &[]).await.unwrap();
    assert_eq!((list.version, list.rules.len()), (2, 0));
    let kept: i64 = sqlx::query_scalar("select count(*) from org.membership_rule where retired_version = 2")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(kept, 2, "what was stays, for the history");
}
