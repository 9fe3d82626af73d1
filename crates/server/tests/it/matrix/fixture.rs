//! Two beats that have nothing to do with each other, with one of everything: one belongs to who asks, one does not.

use std::sync::atomic::{AtomicU32, Ordering};

use roadbook_model::permission::Role;
use roadbook_model::{DepartmentId, Kind, PersonId, ReassignmentId, RecordId};
use roadbook_protocol::entry::Subject;
use roadbook_server::exchange::Format;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::imports::NewImport;
use roadbook_server::store::office::people::NewPerson;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Target};
use roadbook_server::store::sign_in::sessions::NewSession;
use serde_json::{Value as Json, json};

use crate::session::now_ms;
use crate::support::{Beat, TestServer, fields, id_bytes, text, token_of};

/// Whose things are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the beat of who asks.
    Own,
    /// Of the other.
    Foreign,
    /// Of none: they do not exist.
    Nobodys,
}

/// Ids by the names that they have in paths and bodies.
type Ids = Vec<(&'static str, String)>;

/// The two beats.
pub struct Fixture {
    own: Ids,
    foreign: Ids,
    people: Vec<(Role, PersonId)>,
}

/// An id that nothing has.
pub const NOBODYS: &str = "00000000-0000-7000-8000-00000000dead";

impl Fixture {
    /// For requests of the person of one role.
    pub async fn new(server: &TestServer, role: Role) -> Self {
        let (mut own, rep, manager) = beat(server).await;
        let (mut foreign, other, _) = beat(server).await;
        let mut people = vec![(Role::Rep, rep), (Role::Manager, manager)];
        for role in [Role::Office, Role::Admin] {
            people.push((role, person(server, role, None).await));
        }
        let asking = people.iter().find(|(known, _)| *known == role).unwrap().1;
        own.push(("session", session(server.store(), asking).await));
        foreign.push(("session", session(server.store(), other).await));
        Self { own, foreign, people }
    }

    /// A token of the person of this role.
    pub fn token(&self, server: &TestServer, role: Role) -> String {
        let person = self.people.iter().find(|(known, _)| *known == role).unwrap();
        token_of(server, person.1, role)
    }

    /// The id by which something of somebody's is known, if the name stands for an id.
    pub fn id(&self, name: &str, whose: Whose) -> Option<String> {
        let ids = if whose == Whose::Foreign { &self.foreign } else { &self.own };
        let id = ids.iter().find(|(known, _)| *known == name || format!("{known}_id") == name)?;
        Some(if whose == Whose::Nobodys { NOBODYS.to_owned() } else { id.1.clone() })
    }

    /// A path with somebody's ids in it.
    pub fn path(&self, path: &str, whose: Whose) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => self.id(name, whose).unwrap_or_else(|| panic!("the fixture has no {name}: {path}")),
            None => part.to_owned(),
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

fn fresh() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

async fn person(server: &TestServer, role: Role, manager: Option<PersonId>) -> PersonId {
    let n = fresh();
    let person = NewPerson {
        external_id: None,
        name: format!("{role} {n}"),
        email: format!("{role}{n}@example.org"),
        role,
        manager,
    };
    server.store().put_person(&person).await.unwrap()
}

async fn session(store: &Store, person: PersonId) -> String {
    let new = NewSession { person, device: None, address: None, client: None };
    store.add_session(&new, now_ms()).await.unwrap().id.to_string()
}

/// The territory to the manager, in a distant time.
async fn planned(store: &Store, beat: &Beat, manager: PersonId) -> ReassignmentId {
    let mut new = NewReassignment::now(Selection::Territory(beat.territory), Some(Target::Person(manager)));
    new.effect_at = Some("2090-01-01T00:00:00Z".parse().unwrap());
    store.plan_reassignment(&new, beat.person).await.unwrap()
}

/// An import whose file has still to come.
async fn import(store: &Store, beat: &Beat) -> String {
    let new =
        NewImport { kind: Kind::ACCOUNT.into(), format: Format::Csv, file_name: "accounts.csv".to_owned() };
    let by = By::at_console(beat.person, Role::Office);
    let id = RecordId::new(1_700_000_000_000, id_bytes()).uuid();
    store.add_import(&by, id, &new).await.unwrap();
    id.to_string()
}

/// A run of a complaint, and a task about it in a department's queue.
async fn handed_over(store: &Store, beat: &Beat, department: DepartmentId) -> (RecordId, RecordId) {
    let by = By::at_console(beat.person, Role::Office);
    let account = beat.account(store, "Corner Shop, complaining").await;
    let add = async |kind, fields: Json| {
        let id = RecordId::new(1_700_000_000_000, id_bytes());
        let fields = fields.as_object().cloned().unwrap_or_default();
        store.add_record(&by, id, account, kind, fields).await.unwrap();
        id
    };
    let begun = json!({
        "process": "complaint", "version": 1, "subject_id": account, "state": "running", "started_at": 1_700_000_000_000_i64,
    });
    let run = add(Kind::RUN, begun).await;
    let task = json!({ "subject": "Look", "state": "open", "department_id": department, "subject_id": run });
    (run, add(Kind::TASK, task).await)
}

async fn beat(server: &TestServer) -> (Ids, PersonId, PersonId) {
    let store = server.store();
    let manager = person(server, Role::Manager, None).await;
    let beat = Beat::led(store, &format!("beat{}", fresh()), Some(manager)).await;
    let account = beat.account(store, "Corner Shop").await;
    let order = beat.order(store, account).await;
    let into = beat.account(store, "Corner Shop, the same").await;
    let mut device = beat.device(store).await;
    let lease = device.lease(store, Subject::Account(account)).await;
    let held = device.creates(Kind::VISIT, order.account(), lease, &fields(&[("state", text("planned"))])).1;
    let answer = store.push(&device.row, vec![held]).await.unwrap();
    let holder = store.list_holders(beat.territory).await.unwrap()[0].id;
    let department = DepartmentId::from_bytes(*beat.territory.as_bytes());
    store.add_department(None, department, &format!("Department {}", fresh()), None).await.unwrap();
    for member in [beat.person, manager] {
        store.add_member(None, department, member).await.unwrap();
    }
    store.publish_shipped(&By::at_console(manager, Role::Admin)).await.unwrap();
    let (run, task) = handed_over(store, &beat, department).await;
    let ids = vec![
        ("account", account.to_string()),
        ("department", department.to_string()),
        ("device", device.id().to_string()),
        ("holder", holder.to_string()),
        ("import", import(store, &beat).await),
        ("into", into.to_string()),
        ("part", "0".to_owned()),
        ("path", "reference".to_owned()),
        ("person", beat.person.to_string()),
        ("process", "complaint".to_owned()),
        ("position", answer.receipts[0].position.to_string()),
        ("reassignment", planned(store, &beat, manager).await.to_string()),
        ("order", order.to_string()),
        ("other", into.to_string()),
        ("record", order.to_string()),
        ("run", run.to_string()),
        ("task", task.to_string()),
        ("set", "products".to_owned()),
        ("territory", beat.territory.to_string()),
    ];
    (ids, beat.person, manager)
}
