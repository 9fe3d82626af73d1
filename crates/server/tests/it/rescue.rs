//! A rescue file's pushes: brought by the office, judged as if the device had sent them.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, LeaseId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::frame::Push;
use roadbook_protocol::{Item, encode};
use roadbook_server::store::office::reassignments::Selection;
use roadbook_sync::ledger::DeviceState;
use serde_json::{Value as Json, json};

use crate::reassign::to_territory;
use crate::support::{Answer, Beat, Device, TestServer, ask_as, fields, text, token};

struct Desk {
    server: TestServer,
    office: String,
    north: Beat,
    phone: Device,
    account: AccountId,
    lease: LeaseId,
}

impl Desk {
    async fn new() -> Self {
        let server = TestServer::new().await;
        let store = server.store();
        let north = Beat::new(store, "north").await;
        let phone = north.device(store).await;
        let account = north.account(store, "Corner Shop").await;
        let lease = phone.lease(store, Subject::Account(account)).await;
        let office = token(&server, Role::Office).await;
        Self { office, north, phone, account, lease, server }
    }

    fn visit(&mut self) -> Vec<u8> {
        let planned = fields(&[("state", text("planned"))]);
        self.phone.creates(Kind::VISIT, self.account, self.lease, &planned).1
    }

    async fn bring(&self, generation: u32, push: &Push) -> Answer {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let body = json!({ "store_generation": generation, "items": hex(&push.items.0),
                           "signature": hex(&push.signature.0) });
        let path = format!("/v1/devices/{}/rescue", self.phone.id());
        ask_as(&self.server, &self.office, "POST", &path, &[], &body).await
    }

    /// The outcomes, and why the rest has none.
    async fn brought(&self, items: &[Vec<u8>]) -> (Vec<(u64, String, bool)>, Json) {
        let answer = self.bring(1, &self.phone.signs(items)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.outcome());
        let done = answer.json();
        let item = |item: &Json| {
            let (number, known) = (item["number"].as_u64().unwrap(), item["known"].as_bool().unwrap());
            (number, item["outcome"].as_str().unwrap().to_owned(), known)
        };
        (done["items"].as_array().unwrap().iter().map(item).collect(), done["stopped"]["code"].clone())
    }
}

fn told(number: u64, outcome: &str, known: bool) -> (u64, String, bool) {
    (number, outcome.to_owned(), known)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_phone_could_not_send_is_judged_once_whoever_brings_it() {
    let mut desk = Desk::new().await;
    let items = vec![desk.visit(), desk.visit()];
    let first = vec![told(1, "in_record", false), told(2, "in_record", false)];
    assert_eq!(desk.brought(&items).await, (first, Json::Null));
    let again = vec![told(1, "in_record", true), told(2, "in_record", true)];
    assert_eq!(desk.brought(&items).await, (again, Json::Null));
    let by_phone = desk.server.store().push(&desk.phone.row, items.clone()).await.unwrap();
    let receipts = desk.bring(1, &desk.phone.signs(&items)).await.json();
    for (receipt, item) in by_phone.receipts.iter().zip(receipts["items"].as_array().unwrap()) {
        assert_eq!(json!(receipt.position), item["position"], "the phone gets the same receipt");
    }

    let admin = token(&desk.server, Role::Admin).await;
    let audit = ask_as(&desk.server, &admin, "GET", "/v1/audit", &[], &Json::Null).await.json();
    let noted =
        audit["items"].as_array().unwrap().iter().find(|row| row["action"] == "device.rescue").unwrap();
    assert_eq!(noted["detail"], json!({ "items": 2, "first_number": 1, "last_number": 2 }));
    assert_eq!(noted["subject_id"], json!(desk.phone.id()));
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rescued_item_gets_no_more_than_it_would_by_the_phone() {
    let mut desk = Desk::new().await;
    let store = desk.server.store().clone();
    let south = Beat::new(&store, "south").await;
    let (late, held) = (desk.visit(), desk.visit());
    let move_away = to_territory(Selection::Accounts(vec![desk.account]), south.territory);
    store.reassign(&move_away, desk.north.person).await.unwrap();
    assert_eq!(desk.brought(&[late]).await.0, [told(1, "late", false)]);
    store.revoke(desk.phone.id(), DeviceState::Leaving).await.unwrap();
    let answer = desk.bring(1, &desk.phone.signs(&[held])).await.json();
    let item = &answer["items"][0];
    assert_eq!((&item["outcome"], &item["code"]), (&json!("held"), &json!("device_leaving")));
    store.revoke(desk.phone.id(), DeviceState::Blocked).await.unwrap();
    let more = desk.visit();
    let answer = desk.bring(1, &desk.phone.signs(&[more])).await;
    assert_eq!(answer.outcome(), (409, "blocked".to_owned()));
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_what_the_phone_did_not_sign_like_this_is_refused() {
    let mut desk = Desk::new().await;
    let (first, second, third) = (desk.visit(), desk.visit(), desk.visit());
    let mut forged = desk.phone.signs(std::slice::from_ref(&first));
    forged.items = Push::pack(std::slice::from_ref(&second));
    assert_eq!(desk.bring(1, &forged).await.outcome(), (422, "bad_signature".to_owned()));
    let other = desk.north.device(desk.server.store()).await;
    let signed = desk.phone.signs(std::slice::from_ref(&first));
    let others = Push { signature: other.signs(std::slice::from_ref(&first)).signature, ..signed.clone() };
    assert_eq!(desk.bring(1, &others).await.outcome(), (422, "bad_signature".to_owned()));
    assert_eq!(desk.bring(2, &signed).await.outcome(), (409, "other_store".to_owned()));

    // Rule I2: nothing behind a gap is judged; rule I4: other bytes under an answered number are not, either.
    assert_eq!(desk.brought(&[second]).await, (vec![], json!("push_gap")));
    let done = (vec![told(1, "in_record", false)], json!("push_gap"));
    assert_eq!(desk.brought(&[first.clone(), third]).await, done);
    let copied = Item { captured_ms: 1, ..Item::read(&first).unwrap() };
    assert_eq!(desk.brought(&[encode(&copied)]).await, (vec![], json!("new_generation_required")));
    desk.server.stop().await;
}
