//! Accounts that are likely one: found as they are written, listed, set apart by somebody's word, gone once they are merged.

use roadbook_model::alike::SHARED_MAX;
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Envelope, Fields, Kind, RecordId, RequestId};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::duplicates::DuplicateFilter;
use roadbook_server::store::office::duplicates::find::Compared;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::merge::Merge;
use roadbook_sync::ledger::import::Imported;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, get, listed};
use crate::support::{Beat, Database, ask_as, fields, id_bytes, text};

/// An account of another system with these fields.
fn imported(beat: &Beat, content: &[(&str, &str)]) -> (AccountId, Imported) {
    let id = RecordId::new(1_700_000_000_000, id_bytes());
    let content: Vec<_> = content.iter().map(|(name, value)| (*name, text(value))).collect();
    let fields: Fields = fields(&content);
    let new = Imported {
        envelope: Envelope {
            id,
            kind: Kind::ACCOUNT,
            account: id.account(),
            creator: beat.person,
            generation: 0,
        },
        fields,
        captured_ms: 1_700_000_000_000,
        territory: Some(beat.territory),
        decision: None,
    };
    (id.account(), new)
}

async fn shop(store: &Store, beat: &Beat, content: &[(&str, &str)]) -> AccountId {
    let (id, new) = imported(beat, content);
    store.import(vec![new]).await.unwrap();
    id
}

/// Compares until nothing waits, whoever else does so at the same time.
async fn compare(store: &Store) -> Compared {
    let mut sum = Compared::default();
    loop {
        let compared = store.find_duplicates().await.unwrap();
        sum.accounts += compared.accounts;
        sum.with += compared.with;
        let waits: i64 = sqlx::query_scalar("select count(*) from org.duplicate_todo")
            .fetch_one(store.pool())
            .await
            .unwrap();
        if waits == 0 {
            return sum;
        }
    }
}

const FIRST: [(&str, &str); 4] = [
    ("name", "Corner Bakery Ltd"),
    ("street", "12 Mill Lane"),
    ("postal_code", "8010"),
    ("phone", "+43 316 123456"),
];
const AGAIN: [(&str, &str); 4] = [
    ("name", "The Corner Bakery"),
    ("street", "Mill Lane 12"),
    ("postal_code", "8010"),
    ("phone", "0316/123456"),
];
const OTHER: [(&str, &str); 3] = [("name", "Harbour Fish"), ("street", "3 Quay"), ("postal_code", "1010")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn likely_pairs_are_listed_with_what_agrees_and_set_apart_with_who_and_when() {
    let desk = Desk::new().await;
    let store = desk.store();
    let first = shop(store, &desk.north, &FIRST).await;
    let again = shop(store, &desk.north, &AGAIN).await;
    shop(store, &desk.north, &OTHER).await;
    compare(store).await;

    let page = get(&desk.server, &desk.office, "/v1/duplicates").await.json();
    let pairs = page["items"].as_array().unwrap();
    assert_eq!(pairs.len(), 1, "{page}");
    let (one, two) = (first.min(again), first.max(again));
    assert_eq!(json!([pairs[0]["account"]["id"], pairs[0]["other"]["id"]]), json!([one, two]));
    assert_eq!(pairs[0]["reasons"], json!(["name", "phone", "postal_code", "street"]));
    assert_eq!(pairs[0]["account"]["fields"]["postal_code"], "8010");
    assert_eq!(pairs[0]["apart_at"], Json::Null);

    let apart = |apart: bool| json!({ "account_id": again, "other_id": first, "apart": apart });
    let said = ask_as(&desk.server, &desk.office, "POST", "/v1/duplicates/apart", &[], &apart(true)).await;
    assert_eq!(said.status, 204);
    assert_eq!(listed(&desk.server, &desk.office, "/v1/duplicates", "points").await, [Json::Null; 0]);
    let kept = get(&desk.server, &desk.office, "/v1/duplicates?apart=true").await.json();
    assert_eq!(kept["items"][0]["apart_by_name"], "A office");
    assert!(kept["items"][0]["apart_at"].is_string(), "{kept}");
    // What is written later does not ask the question again.
    let by = By::at_console(desk.north.person, Role::Office);
    sqlx::query("insert into org.duplicate_todo (account_id) values ($1)")
        .bind(first.uuid())
        .execute(store.pool())
        .await
        .unwrap();
    compare(store).await;
    assert_eq!(listed(&desk.server, &desk.office, "/v1/duplicates", "points").await, [Json::Null; 0]);

    store.set_apart(&by, first, again, false).await.unwrap();
    let path = format!("/v1/duplicates?account={again}");
    assert_eq!(listed(&desk.server, &desk.office, &path, "reasons").await.len(), 1);
    let done: Vec<String> = sqlx::query_scalar(
        "select action from org.audit where subject_id = $1 and action like 'account.%' order by at",
    )
    .bind(one.uuid())
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert_eq!(done, ["account.set_apart", "account.set_apart_undone"]);
    let same = json!({ "account_id": first, "other_id": first, "apart": true });
    let said = ask_as(&desk.server, &desk.office, "POST", "/v1/duplicates/apart", &[], &same).await;
    assert_eq!(said.outcome(), (422, "same_account".to_owned()));
    desk.server.stop().await;
}

#[tokio::test]
async fn a_pair_is_gone_once_it_is_merged_or_says_otherwise() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let north = Beat::new(&store, "north").await;
    let first = shop(&store, &north, &FIRST).await;
    let again = shop(&store, &north, &AGAIN).await;
    let third = shop(&store, &north, &FIRST).await;
    compare(&store).await;
    let pairs = async || store.list_duplicates(DuplicateFilter::default(), 10).await.unwrap();
    assert_eq!(pairs().await.len(), 3);

    let by = By::at_console(north.person, Role::Office);
    let merge = Merge { account: again, into: first, terms: EndTerms::default() };
    store.merge_accounts(&by, &merge, RequestId::new(1, id_bytes()).uuid()).await.unwrap();
    assert_eq!(pairs().await.len(), 1, "at once, not only when it is compared");
    compare(&store).await;
    let left = pairs().await;
    assert_eq!((left[0].account.id, left[0].other.id), (first.min(third).uuid(), first.max(third).uuid()));
    let keys: i64 = sqlx::query_scalar("select count(*) from org.duplicate_key where account_id = $1")
        .bind(again.uuid())
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(keys, 0, "nobody is compared with what was merged");
}

#[tokio::test]
async fn an_account_is_compared_with_those_that_share_a_key_however_many_there_are() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let north = Beat::new(&store, "north").await;
    // Neighbours that share nothing with each other, and a crowd of one name that says nothing of any.
    let mut costs = Vec::new();
    for (from, to) in [(0, 200), (200, 2_000)] {
        let news = (from..to).map(|n| {
            let (name, street) = (format!("{n:x}quay {n:x}trade"), format!("{n} Long Road"));
            let crowd = [("name", "Depot"), ("street", street.as_str())];
            let alone =
                [("name", name.as_str()), ("street", street.as_str()), ("postal_code", name.as_str())];
            imported(&north, if n % 2 == 0 { &alone } else { &crowd }).1
        });
        for part in news.collect::<Vec<_>>().chunks(200) {
            store.import(part.to_vec()).await.unwrap();
        }
        compare(&store).await;
        shop(&store, &north, &FIRST).await;
        costs.push(compare(&store).await);
    }
    assert_eq!(costs[0].accounts, 1);
    assert_eq!(costs[0].with, 0, "nobody shares a key with the first");
    assert_eq!(
        costs[1],
        Compared { accounts: 1, with: 1 },
        "ten times the accounts: only the one that it repeats"
    );
    // One of the crowd has its name in common with a thousand, and is compared with none of them.
    shop(&store, &north, &[("name", "Depot")]).await;
    let crowded = compare(&store).await;
    assert!(crowded.with <= SHARED_MAX, "{crowded:?}");
    // The rows come from the index of keys and from nowhere else.
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (costs off) select account_id from org.duplicate_key where key = hashtextextended('n:depot', 0) limit 65",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert!(plan.iter().any(|line| line.contains("duplicate_key_pkey")), "{plan:?}");
}
