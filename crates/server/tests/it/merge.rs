//! Accounts that turn out to be one: what the central record, moves, the office and late work make of it.

use std::collections::BTreeSet;
use std::time::Duration;

use roadbook_model::kind::FieldType;
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Fields, Kind, RecordId, RequestId, Value};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::{Entry, Outcome, decode};
use roadbook_server::store::Store;
use roadbook_server::store::office::accounts::AccountFilter;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::conflicts::Origin;
use roadbook_server::store::office::conflicts::read::ConflictFilter;
use roadbook_server::store::office::conflicts::resolve::Choice;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::merge::{Merge, MergeDone};
use roadbook_server::store::office::reassignments::{AccountFilter as Filter, Selection};
use roadbook_server::store::office::territories::Capacity;
use roadbook_server::store::office::timeline::TimelineRow;
use roadbook_server::store::office::why::WhySubject;
use roadbook_server::store::office::{Done, OfficeError};
use serde_json::json;
use sqlx::types::Uuid;

use crate::desk::{has, june};
use crate::reassign::{Two, assert_settled, now, reverse, to_person, to_territory};
use crate::support::{Beat, Database, TestServer, ask_as, document_of, fields, id_bytes, set, text, token};

async fn merge(store: &Store, by: &By, account: AccountId, into: AccountId) -> Done<MergeDone> {
    let request = RequestId::new(1, id_bytes()).uuid();
    let merge = Merge { account, into, terms: EndTerms::default() };
    store.merge_accounts(by, &merge, request).await.map(|(done, _)| done)
}

fn office(beat: &Beat) -> By {
    By::at_console(beat.person, Role::Office)
}

/// The account under which a row of the central record stands.
async fn under(store: &Store, table: &str, record: RecordId) -> AccountId {
    let sql = format!("select account_id from record.{table} where id = $1");
    let query = sqlx::query_scalar::<_, Uuid>(sqlx::AssertSqlSafe(sql)).bind(record.uuid());
    query.fetch_one(store.pool()).await.unwrap().into()
}

async fn territory(store: &Store, account: AccountId) -> Uuid {
    let query = sqlx::query_scalar("select territory_id from record.accounts where id = $1");
    query.bind(account.uuid()).fetch_one(store.pool()).await.unwrap()
}

fn refused<T: std::fmt::Debug>(done: Done<T>) -> String {
    match done {
        Err(OfficeError::Refused(reason)) => reason.code,
        Err(OfficeError::Conflict { code, .. } | OfficeError::Invalid { code, .. }) => code.to_owned(),
        other => panic!("a refusal, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_stand_under_the_root_and_late_work_comes_there() {
    let mut two = Two::new(2).await;
    let (account, into) = (two.accounts[0], two.south.account(&two.store, "Corner Shop").await);
    let store = &two.store;
    let order = two.north.order(store, account).await;
    let lease = two.old.lease(store, Subject::Account(account)).await;
    let planned = fields(&[("state", text("planned"))]);
    let (visit, item) = two.old.creates(Kind::VISIT, account, lease, &planned);
    let (late, unsent) = two.old.creates(Kind::VISIT, account, lease, &planned);
    store.push(&two.old.row, vec![item]).await.unwrap();

    let what = Merge { account, into, terms: EndTerms::default() };
    let (would, devices) = store.preview_merge(&office(&two.south), &what).await.unwrap();
    assert_eq!((would.position, would.placed, would.records["visit"]), (None, 1, 1));
    let at_stake: Vec<(DeviceId, u32, u32)> =
        devices.iter().map(|device| (device.id, device.loses, device.gains)).collect();
    assert_eq!(at_stake, [(two.old.id(), 1, 0), (two.new.id(), 0, 1)]);
    assert_eq!(under(store, "visits", visit).await, account, "a look changes nothing");

    let done = merge(store, &office(&two.south), account, into).await.unwrap();
    assert_eq!(MergeDone { position: None, ..done.clone() }, would);
    for (table, record) in [("visits", visit), ("orders", order)] {
        assert_eq!(under(store, table, record).await, into, "{table}");
    }
    assert_eq!(territory(store, account).await, two.south.territory.uuid());
    let known = store.lookup_account(account).await.unwrap().unwrap();
    assert_eq!((known.merged_into, known.fields["name"].as_str()), (Some(into.uuid()), Some("Shop 0")));
    assert_eq!(store.lookup_account(into).await.unwrap().unwrap().merged, [account.uuid()]);
    two.assert_settled().await;

    // What the old holder still sends comes late, and is seen under the root.
    let answer = store.push(&two.old.row, vec![unsent]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: true });
    assert_eq!(under(store, "visits", late).await, into);
    // What the new holder knows goes to the root, and a lease on it covers the part's records.
    let on_root = two.new.lease(store, Subject::Account(into)).await;
    let mut doc = document_of(store, visit).await;
    let edit = two.new.edits(Kind::VISIT, visit, &mut doc, on_root, &[set("next_step", "Call them")]);
    let answer = store.push(&two.new.row, vec![edit]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: false });
    assert_eq!(under(store, "visits", visit).await, into);
    two.assert_settled().await;

    let why = store.why(WhySubject::Record(visit, None)).await.unwrap().unwrap();
    assert!(
        why.text.ends_with("Its account was merged into Corner Shop, and it is shown there."),
        "{}",
        why.text
    );
    let told = why.steps.iter().find(|step| step.what == "alias").unwrap();
    assert_eq!(told.text, "south merged Shop 0 into Corner Shop: its records stand there since.");
    let brief = store.brief(into).await.unwrap().unwrap();
    assert!(serde_json::to_string(&brief).unwrap().contains(&visit.to_string()), "the brief knows the visit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outlet_of_a_merged_chain_belongs_to_what_the_chain_is_part_of() {
    let two = Two::new(2).await;
    let store = &two.store;
    let (chain, into) = (two.accounts[0], two.accounts[1]);
    let outlet = two.north.outlet(store, "Outlet", chain).await;
    let own = two.north.outlet(store, "Own outlet", chain).await;
    let parent = async |of: AccountId| {
        let account = store.lookup_account(of).await.unwrap().unwrap();
        account.fields["parent_id"].as_str().map(str::to_owned)
    };
    assert_eq!(parent(outlet).await, Some(chain.to_string()));
    merge(store, &office(&two.north), chain, into).await.unwrap();
    assert_eq!(parent(outlet).await, Some(into.to_string()));
    // Into its own outlet: that belongs to nothing any more, least of all to itself.
    merge(store, &office(&two.north), into, own).await.unwrap();
    assert_eq!((parent(outlet).await, parent(own).await), (Some(own.to_string()), None));
    // Whoever looks at either finds the other, by what they are part of.
    let person = crate::support::person(store, "Links", roadbook_model::permission::Role::Office).await;
    let links = async |of: AccountId| {
        let links = store.account_links(&person, of).await.unwrap();
        links.into_iter().map(|link| (link.what, link.account_id)).collect::<Vec<_>>()
    };
    assert_eq!(links(outlet).await, [("parent".to_owned(), own.uuid())]);
    assert_eq!(links(own).await, [("outlet".to_owned(), outlet.uuid())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_wrong_merge_the_account_is_made_anew_and_what_happened_stays() {
    let mut two = Two::new(2).await;
    let store = two.store.clone();
    let (account, into) = (two.accounts[0], two.accounts[1]);
    let order = two.north.order(&store, account).await;
    let outlet = two.north.outlet(&store, "Outlet", account).await;
    merge(&store, &office(&two.north), account, into).await.unwrap();
    // As docs/territories.md says: its profile is still there to be read, and is captured anew.
    let profile = store.lookup_account(account).await.unwrap().unwrap().fields;
    let name = profile["name"].as_str().unwrap();
    let lease = two.old.lease(&store, Subject::Territory(two.north.territory)).await;
    let (anew, opened, item) = two.old.creates_account(lease, &fields(&[("name", text(name))]));
    let planned = fields(&[("state", text("planned"))]);
    let (visit, next) = two.old.creates(Kind::VISIT, anew, opened, &planned);
    let answer = store.push(&two.old.row, vec![item, next]).await.unwrap();
    for receipt in &answer.receipts {
        assert_eq!(receipt.outcome, Outcome::InRecord { late: false });
    }
    let seen = sqlx::query_scalar("select version from sync.record where id = $1").bind(outlet.uuid());
    let seen: i64 = seen.fetch_one(store.pool()).await.unwrap();
    let written = [("parent_id".to_owned(), json!(anew))].into_iter().collect();
    store.edit_record(&office(&two.north), outlet.record(), written, seen).await.unwrap();

    let made = store.lookup_account(anew).await.unwrap().unwrap();
    assert_eq!((made.merged_into, made.fields["name"].as_str()), (None, Some("Shop 0")));
    assert_eq!(under(&store, "visits", visit).await, anew);
    assert_eq!(under(&store, "orders", order).await, into, "what was ordered stays where it was merged to");
    let outlet = store.lookup_account(outlet).await.unwrap().unwrap();
    assert_eq!(outlet.fields["parent_id"].as_str(), Some(anew.to_string().as_str()));
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_account_is_not_listed_and_goes_where_its_root_goes() {
    let two = Two::new(3).await;
    let store = &two.store;
    let [account, into, third] = two.accounts[..] else { panic!("three accounts") };
    // Planned before the merge: the part of what is planned goes along, and the part alone goes nowhere.
    let mut planned = to_territory(Selection::Accounts(vec![into, third]), two.south.territory);
    planned.effect_at = Some("2090-01-01T00:00:00Z".parse().unwrap());
    let planned = store.plan_reassignment(&planned, two.north.person).await.unwrap();
    merge(store, &office(&two.north), account, into).await.unwrap();
    two.assert_settled().await;

    let person = store.lookup_person("north@example.org").await.unwrap().unwrap();
    let listed = store.list_accounts(&person, AccountFilter::default(), 50).await.unwrap();
    assert!(!listed.iter().any(|row| row.id == account.uuid()), "{listed:?}");
    assert!(listed.iter().any(|row| row.id == into.uuid()));
    let alone = to_territory(Selection::Accounts(vec![account]), two.south.territory);
    let error = store.reassign(&alone, two.north.person).await.unwrap_err();
    assert_eq!(error.code(), "already_merged");

    store.effect_reassignment(planned).await.unwrap();
    store.follow().await.unwrap();
    for moved in [account, into, third] {
        assert_eq!(territory(store, moved).await, two.south.territory.uuid());
    }
    two.assert_settled().await;
    reverse(store, planned, two.north.person).await.unwrap();
    for back in [account, into, third] {
        assert_eq!(territory(store, back).await, two.north.territory.uuid());
    }
    // By a filter, and by all of a territory.
    let by_name = Filter { territory_id: Some(two.north.territory), ..Filter::default() };
    let (_, moved) = store
        .reassign(&to_territory(Selection::Filter(by_name), two.south.territory), two.north.person)
        .await
        .unwrap();
    assert_eq!(moved.unwrap().accounts, 3);
    two.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_resolve_to_the_last_and_what_cannot_be_is_refused() {
    let two = Two::new(4).await;
    let (store, by) = (&two.store, office(&two.north));
    let [one, second, third, fourth] = two.accounts[..] else { panic!("four accounts") };
    let order = two.north.order(store, one).await;
    merge(store, &by, one, second).await.unwrap();
    let done = merge(store, &by, second, third).await.unwrap();
    assert_eq!((done.root, done.parts.len()), (third, 2));
    // Into a part is into its root.
    assert_eq!(merge(store, &by, fourth, one).await.unwrap().root, third);
    assert_eq!(under(store, "orders", order).await, third);
    let before = crate::support::entries(store).await;
    assert_eq!(refused(merge(store, &by, third, one).await), "merge_cycle");
    assert_eq!(refused(merge(store, &by, third, third).await), "merge_cycle");
    assert_eq!(refused(merge(store, &by, one, fourth).await), "already_merged");
    let nobody = RecordId::new(1, id_bytes()).account();
    for (account, into) in [(nobody, third), (third, nobody)] {
        assert!(matches!(merge(store, &by, account, into).await, Err(OfficeError::Unknown { .. })));
    }
    assert_eq!(crate::support::entries(store).await, before, "nothing is written");
    two.assert_settled().await;
    // Whoever comes later is granted every part by its root: another device, another holder, who gets it by a move.
    two.north.device(store).await;
    store.add_holder(two.south.person, two.north.territory, Capacity::CoOwner).await.unwrap();
    let away = Beat::new(store, "away").await;
    away.device(store).await;
    let moved = to_territory(Selection::Territory(two.north.territory), away.territory);
    store.reassign(&moved, two.north.person).await.unwrap();
    two.assert_settled().await;
    assert_eq!(grants_on_parts(store, third).await, 3 * 3, "three parts, granted three times");
}

/// The grants on merged accounts since the last merge; each names this root.
async fn grants_on_parts(store: &Store, root: AccountId) -> usize {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar(
        "select payload from log.entry where type = 'granted'
         and position > (select max(position) from log.entry where type = 'alias')",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    let parts: Vec<Uuid> = sqlx::query_scalar("select id from sync.account where root_id is not null")
        .fetch_all(store.pool())
        .await
        .unwrap();
    let mut found = 0;
    for payload in rows {
        let Ok(Entry::Granted(granted)) = decode::<Entry>("entry", &payload) else { panic!("a grant") };
        for grant in granted.grants {
            let is_part =
                matches!(grant.subject, Subject::Account(account) if parts.contains(&account.uuid()));
            assert_eq!(grant.root, is_part.then_some(root), "{grant:?}");
            found += usize::from(is_part);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_to_a_merged_account_waits_at_its_root_for_somebody_to_judge() {
    let database = Database::new().await;
    let (store, _background) = database.open().await;
    let beat = Beat::new(&store, "north").await;
    let (account, into) =
        (beat.account(&store, "Corner Shop").await, beat.account(&store, "Corner Shop Ltd").await);
    let mut device = beat.device(&store).await;
    let lease = device.lease(&store, Subject::Account(account)).await;
    let mut doc = document_of(&store, account.record()).await;
    let unsent = device.edits(Kind::ACCOUNT, account.record(), &mut doc, lease, &[set("phone", "111")]);
    merge(&store, &office(&beat), account, into).await.unwrap();
    let answer = store.push(&device.row, vec![unsent]).await.unwrap();
    assert_eq!(answer.receipts[0].outcome, Outcome::InRecord { late: false });
    let [conflict] = &store.list_conflicts(ConflictFilter::default(), 50).await.unwrap()[..] else {
        panic!("one conflict")
    };
    assert_eq!(
        (conflict.record_id, conflict.account_id, conflict.origin),
        (into.uuid(), into.uuid(), Origin::Merged)
    );
    let take = Choice::Take("late".to_owned());
    let path = ["phone".to_owned()];
    store.resolve_conflict(&office(&beat), into.record(), &path, &take, conflict.version).await.unwrap();
    let phone: Option<String> = sqlx::query_scalar("select phone from record.accounts where id = $1")
        .bind(into.uuid())
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(phone.as_deref(), Some("111"));
    assert!(store.list_conflicts(ConflictFilter::default(), 50).await.unwrap().is_empty());
    assert_settled(&store).await;
    let why = store.why(WhySubject::Record(into.record(), None)).await.unwrap().unwrap();
    let told = why.steps.iter().find(|step| step.what == "conflict").unwrap();
    assert!(
        told.text.contains("wrote phone to Corner Shop, which was merged into this account"),
        "{}",
        told.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_looks_merges_once_and_says_so_in_the_audit() {
    let server = TestServer::new().await;
    let store = server.store();
    let beat = Beat::new(store, "north").await;
    let (account, into) = (beat.account(store, "Corner Shop").await, beat.account(store, "The same").await);
    let token = token(&server, Role::Office).await;
    let path = format!("/v1/accounts/{account}/merge");
    let look =
        ask_as(&server, &token, "POST", &path, &[], &json!({ "into_id": into, "dry_run": true })).await;
    assert_eq!((look.status, look.json()["position"].is_null()), (200, true));
    assert_eq!(look.json()["records"], json!({ "account": 1 }));

    let key = [("idempotency-key", "once")];
    let body = json!({ "into_id": into, "terms": { "note": "The same shop." } });
    let first = ask_as(&server, &token, "POST", &path, &key, &body).await;
    assert_eq!((first.status, first.json()["root_id"].as_str()), (200, Some(&*into.to_string())));
    let again = ask_as(&server, &token, "POST", &path, &key, &body).await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    let anew = ask_as(&server, &token, "POST", &path, &[], &body).await;
    assert_eq!(anew.outcome(), (409, "already_merged".to_owned()));
    let itself = ask_as(
        &server,
        &token,
        "POST",
        &format!("/v1/accounts/{into}/merge"),
        &[],
        &json!({ "into_id": into }),
    )
    .await;
    assert_eq!(itself.outcome(), (409, "merge_cycle".to_owned()));

    let shown =
        ask_as(&server, &token, "GET", &format!("/v1/accounts/{account}"), &[], &json!(null)).await.json();
    assert_eq!(shown["merged_into"].as_str(), Some(&*into.to_string()));
    let audit: Vec<(String, Uuid)> =
        sqlx::query_as("select action, subject_id from org.audit where action = 'account.merge'")
            .fetch_all(store.pool())
            .await
            .unwrap();
    assert_eq!(audit, [("account.merge".to_owned(), account.uuid())]);
    let feed = store.feed(0, 1000, false).await.unwrap();
    let told = feed.entries.iter().find(|entry| entry.word == "alias").unwrap();
    assert_eq!(told.json["root_id"].as_str(), Some(&*into.to_string()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_after_a_lost_answer_is_not_a_second_merge() {
    let two = Two::new(2).await;
    let (store, by) = (&two.store, office(&two.north));
    let what = Merge { account: two.accounts[0], into: two.accounts[1], terms: EndTerms::default() };
    let request = RequestId::new(1, id_bytes()).uuid();
    let (first, _) = store.merge_accounts(&by, &what, request).await.unwrap();
    let (again, _) = store.merge_accounts(&by, &what, request).await.unwrap();
    assert_eq!(first, again);
    let other = RequestId::new(1, id_bytes()).uuid();
    assert_eq!(refused(store.merge_accounts(&by, &what, other).await), "already_merged");
}

/// The least that a record of a kind says.
fn least(kind: Kind, account: AccountId) -> Fields {
    let required = kind.spec().fields.iter().filter(|field| field.required);
    let value = |ty: &FieldType| match ty {
        FieldType::Enum(words) => text(words[0]),
        FieldType::Id => text(&account.to_string()),
        FieldType::Date => text("2025-06-01"),
        FieldType::Timestamp => june(1, 9),
        FieldType::Int { min, .. } => Value::Int(*min),
        FieldType::Text { .. } => Value::Text("Said.".into()),
        _ => text("EUR"),
    };
    required.map(|field| (field.name.to_owned(), value(&field.ty))).collect()
}

/// What a timeline says of the account itself: kind, from, to, how, fields.
fn befell(row: &TimelineRow) -> Option<(&str, &str, &str, &str, Vec<&str>)> {
    let event = row.event.as_ref()?;
    let [from, to, how] =
        [&event.from_name, &event.to_name, &event.how].map(|it| it.as_deref().unwrap_or_default());
    Some((row.kind.as_str(), from, to, how, event.fields.iter().map(String::as_str).collect()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accounts_timeline_has_records_of_every_kind_and_what_befell_the_account_itself() {
    let mut two = Two::new(2).await;
    let (account, part) = (two.accounts[0], two.accounts[1]);
    let store = &two.store;
    for kind in Kind::all().filter(|kind| *kind != Kind::ACCOUNT) {
        has(store, &two.north, account, kind, least(kind, account)).await;
    }
    let lease = two.old.lease(store, Subject::Account(account)).await;
    let mut doc = document_of(store, account.record()).await;
    let edit = two.old.edits(Kind::ACCOUNT, account.record(), &mut doc, lease, &[set("phone", "030 1")]);
    store.push(&two.old.row, vec![edit]).await.unwrap();
    let what = Selection::Accounts(vec![account]);
    let mut cover = to_territory(what, two.south.territory);
    cover.ends_at = Some(now(store).await + Duration::from_secs(3600));
    cover.terms.note = Some("While north is away.".to_owned());
    let (id, _) = store.reassign(&cover, two.north.person).await.unwrap();
    reverse(store, id, two.south.person).await.unwrap();
    // Whoever holds a territory holds its parts, too.
    let above = "with whole as (insert into org.territory (id, code, name) values (gen_random_uuid(), 'whole', 'Whole')
                                returning id),
                      part as (update org.territory set parent_id = whole.id from whole where territory.id = $1)
                 update org.holder set territory_id = whole.id from whole where territory_id = $1";
    sqlx::query(above).bind(two.north.territory.uuid()).execute(store.pool()).await.unwrap();
    let all = Selection::Person(two.north.person);
    store.reassign(&to_person(all, two.south.person), two.north.person).await.unwrap();
    merge(store, &office(&two.south), part, account).await.unwrap();

    let rows = store.timeline(account, None, None, 500).await.unwrap();
    let kinds: BTreeSet<&str> =
        rows.iter().filter(|row| row.event.is_none()).map(|row| row.kind.as_str()).collect();
    let every: BTreeSet<&str> = Kind::all().filter(|kind| *kind != Kind::ACCOUNT).map(Kind::name).collect();
    assert_eq!(kinds, every);
    let events: Vec<_> = rows.iter().filter_map(befell).collect();
    assert_eq!(
        events,
        [
            ("merged", "Shop 1", "Shop 0", "", vec![]),
            ("handed_over", "north", "south", "permanent", vec![]),
            ("moved", "south", "north", "reversal", vec![]),
            ("moved", "north", "south", "cover", vec![]),
            ("changed", "", "", "", vec!["phone"]),
            ("created", "", "", "", vec!["name"]),
            ("created", "", "", "", vec!["name"]),
        ]
    );
    let covered = rows.iter().find(|row| row.kind == "moved" && row.text.is_some()).unwrap();
    assert_eq!(
        (covered.text.as_deref(), covered.person_name.as_deref()),
        (Some("While north is away."), Some("north"))
    );
    // Page by page it is the same.
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = store.timeline(account, None, before, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.at, last.id));
        paged.extend(page);
    }
    assert_eq!(paged, rows);
    let visits = store.timeline(account, Some("visit"), None, 500).await.unwrap();
    assert!(visits.iter().all(|row| row.kind == "visit"), "a kind that is asked for comes alone");
}
