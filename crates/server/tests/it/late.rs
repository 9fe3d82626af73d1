//! Late work as the office lists it: newest first, each piece with the reassignment by which its device lost the account.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, LeaseId, RecordId};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_server::store::Store;
use serde_json::{Value as Json, json};

use crate::support::{Beat, Device, TestServer, ask_as, fields, text, token};

async fn comes_late(store: &Store, device: &mut Device, account: AccountId, lease: LeaseId) -> RecordId {
    let content = fields(&[("state", text("planned")), ("subject", text("Spring offer"))]);
    let (record, item) = device.creates(Kind::VISIT, account, lease, &content);
    let answer = store.push(&device.row, vec![item]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: true });
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_work_names_the_reassignment_that_made_it_late() {
    let server = TestServer::new().await;
    let store = server.store();
    let admin = token(&server, Role::Admin).await;
    let (north, south) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    let mut old = north.device(store).await;
    let accounts = north.accounts(store, 2).await;
    let mut leases = Vec::new();
    let mut moves = Vec::new();
    for account in &accounts {
        leases.push(old.lease(store, Subject::Account(*account)).await);
        let body = json!({ "what": { "accounts": [account] }, "to": { "territory": south.territory } });
        let made = ask_as(&server, &admin, "POST", "/v1/reassignments", &[], &body).await;
        assert_eq!(made.status, 201, "{:?}", made.outcome());
        moves.push(made.json()["id"].clone());
    }
    let mut came = Vec::new();
    for (account, lease) in accounts.iter().zip(&leases) {
        came.push(comes_late(store, &mut old, *account, *lease).await.to_string());
    }
    let read = async |query: &str| {
        ask_as(&server, &admin, "GET", &format!("/v1/late{query}"), &[], &Json::Null).await.json()
    };
    let first = read("?limit=1").await;
    let item = &first["items"][0];
    assert_eq!(
        json!([item["entry"]["record_id"], item["entry"]["late"], item["entry"]["summary"]["title"]]),
        json!([came[1], true, "Spring offer"])
    );
    let by = &item["reassignment"];
    assert_eq!(json!([by["id"], by["kind"], by["shape"]]), json!([moves[1], "permanent", "accounts"]));
    let rest = read(&format!("?after={}", first["next"].as_str().unwrap())).await;
    assert_eq!(rest["items"][0]["reassignment"]["id"], moves[0]);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Json::Null));
    let of_first = read(&format!("?reassignment={}", moves[0].as_str().unwrap())).await;
    assert_eq!(of_first["items"].as_array().unwrap().len(), 1);
    assert_eq!(of_first["items"][0]["entry"]["record_id"], json!(came[0]));
    assert_eq!(read(&format!("?reassignment={}", north.territory)).await["items"], json!([]));
    server.stop().await;
}
