//! The tree of territories: what may be done to it, what may not, and what it means for whoever holds a part of it.

use roadbook_model::TerritoryId;
use roadbook_protocol::entry::{LatePolicy, Subject};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::membership::NewRule;
use roadbook_server::store::office::territories::Capacity;
use roadbook_server::store::office::tree::{NewNode, Node, NodeEdit};
use roadbook_sync::ledger::place::Handover;
use serde_json::json;

use crate::support::{Beat, Database, admin, entries, id_bytes, refused};

pub fn terms() -> Handover {
    Handover { policy: LatePolicy::Accept, grace_until_ms: i64::MAX, note: None }
}

pub fn fresh() -> TerritoryId {
    TerritoryId::new(1_800_000_000_000, id_bytes())
}

fn new(code: &str, parent: Option<TerritoryId>) -> NewNode {
    NewNode { code: code.into(), name: format!("The {code}"), parent, is_inbox: false }
}

pub async fn add(store: &Store, by: &By, code: &str, parent: Option<TerritoryId>) -> Node {
    store.add_territory(by, fresh(), &new(code, parent)).await.unwrap()
}

fn under(parent: Option<TerritoryId>) -> NodeEdit {
    NodeEdit { parent: Some(parent), ..NodeEdit::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn territories_are_made_named_and_listed_by_path() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let east = add(&store, &by, "EAST", None).await;
    let id = fresh();
    let made = store.add_territory(&by, id, &new("E1", Some(east.id))).await.unwrap();
    assert_eq!((made.path.join("/").as_str(), made.level, made.version), ("EAST/E1", 2, 1));
    let again = store.add_territory(&by, id, &new("E1", Some(east.id))).await.unwrap();
    assert_eq!(again, made, "made twice under one id, it is there once");
    let edit = NodeEdit { name: Some(" Harbour ".into()), code: Some("E-1".into()), ..NodeEdit::default() };
    let (renamed, moved) = store.edit_territory(&by, id, Some(1), &edit, &terms()).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.code.as_str(), renamed.version), ("Harbour", "E-1", 2));
    assert_eq!(moved, Default::default());
    assert_eq!(refused(store.edit_territory(&by, id, Some(1), &edit, &terms()).await), "stale");
    let inbox = NewNode { is_inbox: true, ..new("INBOX", None) };
    store.add_territory(&by, fresh(), &inbox).await.unwrap();
    let other = NodeEdit { is_inbox: Some(true), ..NodeEdit::default() };
    store.edit_territory(&by, east.id, None, &other, &terms()).await.unwrap();
    let listed = store.list_territories(false).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|node| (node.path.join("/"), node.is_inbox)).collect();
    let expected = [("EAST", true), ("EAST/E-1", false), ("INBOX", false)];
    assert_eq!(shown, expected.map(|(path, inbox)| (path.to_owned(), inbox)), "there is one inbox");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_tree_is_refused_and_changes_nothing() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let mut chain = vec![add(&store, &by, "L1", None).await.id];
    for level in 2..=10 {
        chain.push(add(&store, &by, &format!("L{level}"), chain.last().copied()).await.id);
    }
    let side = add(&store, &by, "SIDE", None).await.id;
    let part = add(&store, &by, "PART", Some(side)).await.id;
    let before = (store.list_territories(true).await.unwrap(), entries(&store).await);
    let add = async |code: &str, parent| store.add_territory(&by, fresh(), &new(code, parent)).await;
    assert_eq!(refused(add("L11", Some(chain[9])).await), "territory_too_deep");
    assert_eq!(refused(store.put_territory("L11", "L11", Some(chain[9])).await), "territory_too_deep");
    assert_eq!(refused(add("L1", None).await), "code_taken");
    assert_eq!(refused(add("X", Some(fresh())).await), "unknown");
    for code in ["", " ", "a b", "a/b", "a@b", "x\u{7}", &"x".repeat(41)] {
        assert_eq!(refused(add(code, None).await), "bad_code", "{code:?}");
    }
    let edit = async |id, edit| store.edit_territory(&by, id, None, &edit, &terms()).await;
    assert_eq!(refused(edit(chain[0], under(Some(chain[9]))).await), "territory_cycle");
    assert_eq!(refused(edit(chain[0], under(Some(chain[0]))).await), "territory_cycle");
    assert_eq!(refused(edit(side, under(Some(chain[8]))).await), "territory_too_deep");
    assert_eq!(refused(edit(side, under(Some(fresh()))).await), "unknown");
    assert_eq!(refused(edit(fresh(), under(None)).await), "unknown");
    let code = NodeEdit { code: Some("L1".into()), ..NodeEdit::default() };
    assert_eq!(refused(edit(side, code).await), "code_taken");
    let name = NodeEdit { name: Some("\n".into()), ..NodeEdit::default() };
    assert_eq!(refused(edit(side, name).await), "bad_name");
    let archive =
        async |id, successor| store.archive_territory(&by, id, None, successor, &EndTerms::default()).await;
    assert_eq!(refused(archive(side, None).await), "territory_not_empty");
    assert_eq!(refused(archive(side, Some(side)).await), "bad_successor");
    assert_eq!(refused(archive(side, Some(part)).await), "bad_successor");
    assert_eq!(refused(archive(side, Some(chain[9])).await), "territory_too_deep");
    assert_eq!(refused(archive(side, Some(fresh())).await), "unknown");
    let stale = store.archive_territory(&by, part, Some(9), None, &EndTerms::default()).await;
    assert_eq!(refused(stale), "stale");
    assert_eq!((store.list_territories(true).await.unwrap(), entries(&store).await), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_at_once_make_no_circle() {
    let database = Database::new().await;
    let (one, _one) = database.open().await;
    let (two, _two) = database.open().await;
    let by = admin(&one).await;
    for round in 0..5 {
        let a = add(&one, &by, &format!("A{round}"), None).await.id;
        let b = add(&one, &by, &format!("B{round}"), None).await.id;
        let (into_b, into_a) = (under(Some(b)), under(Some(a)));
        let terms = terms();
        let moves = tokio::join!(
            one.edit_territory(&by, a, None, &into_b, &terms),
            two.edit_territory(&by, b, None, &into_a, &terms),
        );
        let (won, lost) = if moves.0.is_ok() { (moves.0, moves.1) } else { (moves.1, moves.0) };
        won.unwrap();
        assert_eq!(refused(lost), "territory_cycle");
    }
    assert_eq!(one.list_territories(false).await.unwrap().len(), 10, "every node is still under a root");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moving_a_territory_moves_it_between_those_who_hold_the_wholes() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (east, west) = (Beat::new(&store, "east").await, Beat::new(&store, "west").await);
    let part = Beat::new(&store, "part").await;
    store.edit_territory(&by, part.territory, None, &under(Some(east.territory)), &terms()).await.unwrap();
    let account = part.account(&store, "Corner Shop").await;
    let phones = [part.device(&store).await, east.device(&store).await, west.device(&store).await];
    let held = async || {
        let mut held = Vec::new();
        for subject in [Subject::Account(account), Subject::Territory(part.territory)] {
            for phone in &phones {
                held.push(phone.holds(&store, subject).await);
            }
        }
        held
    };
    assert_eq!(held().await, [true, true, false, true, true, false]);
    let (_, moved) = store
        .edit_territory(&by, part.territory, None, &under(Some(west.territory)), &terms())
        .await
        .unwrap();
    assert_eq!(held().await, [true, false, true, true, false, true]);
    assert_eq!((moved.withdrawn.len(), moved.granted.len()), (1, 1));
    let (_, moved) = store.edit_territory(&by, part.territory, None, &under(None), &terms()).await.unwrap();
    assert_eq!(held().await, [true, false, false, true, false, false]);
    assert_eq!((moved.withdrawn.len(), moved.granted.len()), (1, 0));
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_territory_out_of_use_hands_everything_to_its_successor() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let (old, heir) = (Beat::new(&store, "old").await, Beat::new(&store, "heir").await);
    let part = Beat::new(&store, "part").await;
    store.edit_territory(&by, part.territory, None, &under(Some(old.territory)), &terms()).await.unwrap();
    let own = old.account(&store, "Corner Shop").await;
    let below = part.account(&store, "Kiosk").await;
    let rule = NewRule { criteria: json!({ "tags": ["key"] }), note: None };
    store.put_rules(&by, old.territory, None, &[rule]).await.unwrap();
    let phones = [old.device(&store).await, heir.device(&store).await, part.device(&store).await];
    let (archived, moved) = store
        .archive_territory(&by, old.territory, None, Some(heir.territory), &EndTerms::default())
        .await
        .unwrap();
    assert_eq!((archived.successor, archived.accounts, moved.accounts), (Some(heir.territory), 0, 1));
    assert!(archived.archived_at.is_some());
    let mut held = Vec::new();
    for subject in [Subject::Account(own), Subject::Account(below), Subject::Territory(old.territory)] {
        for phone in &phones {
            held.push(phone.holds(&store, subject).await);
        }
    }
    assert_eq!(held, [false, true, false, false, true, true, false, false, false]);
    let listed = store.list_territories(false).await.unwrap();
    let paths: Vec<String> = listed.iter().map(|node| node.path.join("/")).collect();
    assert_eq!(paths, ["heir", "heir/part"]);
    assert_eq!(store.list_rules(old.territory).await.unwrap().rules, []);
    let late = async |done: &'static str| match done {
        "again" => {
            refused(store.archive_territory(&by, old.territory, None, None, &EndTerms::default()).await)
        }
        "below" => refused(store.add_territory(&by, fresh(), &new("new", Some(old.territory))).await),
        "hold" => refused(store.add_holder(heir.person, old.territory, Capacity::Cover).await),
        "rules" => refused(store.put_rules(&by, old.territory, None, &[]).await),
        _ => refused(store.assign(&by, &[own], old.territory, &EndTerms::default(), true).await),
    };
    for done in ["again", "below", "hold", "rules", "place"] {
        assert_eq!(late(done).await, "territory_archived", "{done}");
    }
    assert_eq!(store.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p11_what_lies_above_each_territory_is_published_as_the_tree_changes() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let by = admin(&store).await;
    let published = async || -> serde_json::Value {
        let sql = "select coalesce(jsonb_object_agg(key, json), '{}') from sync.reference where set = 'territories'";
        sqlx::query_scalar(sql).fetch_one(store.pool()).await.unwrap()
    };
    let east = add(&store, &by, "EAST", None).await.id;
    assert_eq!(published().await, json!({}), "nothing lies above it");
    let west = add(&store, &by, "WEST", None).await.id;
    let part = add(&store, &by, "PART", Some(east)).await.id;
    let leaf = store.put_territory("LEAF", "Leaf", Some(part)).await.unwrap();
    let above = |parent: TerritoryId| json!({ "parent": parent });
    let both = |parent| json!({ part.to_string(): above(parent), leaf.to_string(): above(part) });
    assert_eq!(published().await, both(east));
    store.edit_territory(&by, part, None, &under(Some(west)), &terms()).await.unwrap();
    assert_eq!(published().await, both(west));
    // What is taken out of use hands its parts over.
    store.archive_territory(&by, part, None, Some(east), &EndTerms::default()).await.unwrap();
    assert_eq!(published().await[leaf.to_string()], above(east));
    store.edit_territory(&by, leaf, None, &under(None), &terms()).await.unwrap();
    assert_eq!(published().await.get(leaf.to_string()), None, "nothing lies above it any more");
    let before = entries(&store).await;
    let name = NodeEdit { name: Some("Foliage".into()), ..NodeEdit::default() };
    store.edit_territory(&by, leaf, None, &name, &terms()).await.unwrap();
    store.publish_tree().await.unwrap();
    assert_eq!(entries(&store).await, before, "nothing new, nothing written");
    assert_eq!(store.verify().await.unwrap().problems, []);
}
