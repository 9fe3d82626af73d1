//! What accounts say of one another: nothing of themselves, and no parents in a circle, whoever writes it.

use serde_json::{Value as Json, json};

use crate::orders::{LINE, Shop};
use crate::support::ask_as;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_account_belongs_to_itself_to_its_own_parts_or_to_nobody() {
    let shop = Shop::new().await;
    let (one, two) =
        (shop.account.to_string(), shop.beat.account(shop.server.store(), "Two").await.to_string());
    let three = shop.beat.account(shop.server.store(), "Three").await.to_string();
    let write = async |account: &str, document: Json| {
        let path = format!("/v1/records/{account}");
        let version = format!("\"{}\"", shop.record(account).await["version"]);
        let body = json!({ "document": document });
        let seen = [("if-match", version.as_str())];
        ask_as(&shop.server, &shop.office, "PATCH", &path, &seen, &body).await.outcome()
    };
    let belongs = async |account: &str, parent: &str| write(account, json!({ "parent_id": parent })).await;
    let unfit = |code: &str| (422, code.to_owned());
    assert_eq!(belongs(&one, &one).await, unfit("own_parent"));
    assert_eq!(belongs(&one, "01234567-89ab-7def-8123-456789abcdef").await, unfit("unknown_parent"));
    assert_eq!(belongs(&one, &two).await.0, 200);
    assert_eq!(belongs(&two, &three).await.0, 200);
    assert_eq!(belongs(&three, &one).await, unfit("parent_cycle"), "one belongs to two, and two to three");
    assert_eq!(belongs(&two, &one).await, unfit("parent_cycle"));
    let relation =
        |other: &str| json!({ "relations": { LINE: { "other_id": other, "relation": "supplies" } } });
    assert_eq!(write(&one, relation(&one)).await, unfit("own_relation"));
    assert_eq!(write(&one, relation(&two)).await.0, 200);
    assert_eq!(write(&two, json!({ "parent_id": null })).await.0, 200);
    assert_eq!(belongs(&three, &one).await.0, 200, "the circle is open now");
    shop.end().await;
}
