//! A database for each test, and a small organisation to put into it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use automerge::Automerge;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use roadbook_model::permission::Role;
use roadbook_model::{
    AccountId, DeviceId, Edit, Fields, Kind, LeaseId, PersonId, RecordId, RequestId, TerritoryId, Value,
    Verb, document,
};
use roadbook_protocol::entry::{LatePolicy, Reference, ReferenceItem, Subject};
use roadbook_protocol::frame::Push;
use roadbook_protocol::item::{Changes, NewRecord, Request};
use roadbook_protocol::{Blob, Item, ItemBody, Mark, Nonce, Signature, encode};
use roadbook_server::cluster::{Cluster, dev};
use roadbook_server::oidc::OidcConfig;
use roadbook_server::serve::{Config, Server};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::{End, EndTerms};
use roadbook_server::store::office::organisation::{KnownHolder, KnownPerson, KnownTerritory, Organisation};
use roadbook_server::store::office::people::{NewPerson, Person};
use roadbook_server::store::office::territories::Capacity;
use roadbook_server::store::office::{Done, OfficeError};
use roadbook_server::store::open::{Background, MIGRATIONS};
use roadbook_server::token::Bearer;
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::place::Moved;
use roadbook_sync::ledger::{Aside, DeviceState, Renewals, ServerDevice};
use roadbook_sync::{actor, gate};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A database of its own; gone when this is.
pub struct Database {
    cluster: Cluster,
    name: String,
}

impl Database {
    pub async fn new() -> Self {
        let (cluster, mut admin) = Self::cluster().await;
        let template = template(&cluster, &mut admin).await;
        Self::made(cluster, admin, &format!("template {template} strategy file_copy")).await
    }

    /// One without anything in it.
    pub async fn blank() -> Self {
        let (cluster, admin) = Self::cluster().await;
        Self::made(cluster, admin, "").await
    }

    async fn cluster() -> (Cluster, PgConnection) {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let cluster = dev::open(&workspace).unwrap();
        let admin = PgConnection::connect(&cluster.url("roadbook")).await.unwrap();
        (cluster, admin)
    }

    async fn made(cluster: Cluster, mut admin: PgConnection, how: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(&mut admin, format!("drop database if exists {name} with (force)")).await;
        run(&mut admin, format!("create database {name} {how}")).await;
        Self { cluster, name }
    }

    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    pub async fn open(&self) -> (Store, Background) {
        Store::open(&self.url()).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.cluster.url("roadbook"), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&url).await.unwrap();
                run(&mut admin, format!("drop database if exists {name} with (force)")).await;
            });
        });
        let _ = dropping.join();
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// The migrated template, made by the first test that needs it.
async fn template(cluster: &Cluster, admin: &mut PgConnection) -> String {
    let mut sum = 0_u32;
    for byte in MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter()) {
        sum = sum.rotate_left(5) ^ u32::from(*byte);
    }
    let name = format!("template_{sum:08x}");
    run(admin, "select pg_advisory_lock(1)".into()).await;
    let known: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut *admin)
        .await
        .unwrap();
    if known.is_none() {
        let raw = format!("{name}_raw");
        run(admin, format!("drop database if exists {raw} with (force)")).await;
        run(admin, format!("create database {raw}")).await;
        let mut connection = PgConnection::connect(&cluster.url(&raw)).await.unwrap();
        MIGRATIONS.run(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        run(admin, format!("alter database {raw} rename to {name}")).await;
    }
    run(admin, "select pg_advisory_unlock(1)".into()).await;
    name
}

/// A folder of its own; gone when this is.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("roadbook-scratch-{}-{n}", std::process::id())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A person of this name, whose address follows from it.
pub async fn person(store: &Store, name: &str, role: Role) -> Person {
    let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
    let new =
        NewPerson { external_id: None, name: name.to_owned(), email: email.clone(), role, manager: None };
    store.put_person(&new).await.unwrap();
    store.lookup_person(&email).await.unwrap().unwrap()
}

/// A record's document as it stands.
pub async fn document_of(store: &Store, record: RecordId) -> Automerge {
    let mut append = store.append().await.unwrap();
    append.fetch_records(&[record], std::collections::BTreeMap::new()).await.unwrap();
    append.book.records[&record].doc.clone()
}

/// An edit that sets a field of the root.
pub fn set(name: &str, value: &str) -> Edit {
    Edit::Put { path: vec![name.to_owned()], value: text(value) }
}

/// Distinct ids, without chance.
pub fn id_bytes() -> [u8; 10] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub fn fields(pairs: &[(&str, Value)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

pub fn text(text: &str) -> Value {
    Value::Str(text.into())
}

/// An admin at the console.
pub async fn admin(store: &Store) -> By {
    let person = NewPerson {
        external_id: None,
        name: "An admin".to_owned(),
        email: "admin@example.org".to_owned(),
        role: Role::Admin,
        manager: None,
    };
    By::at_console(store.put_person(&person).await.unwrap(), Role::Admin)
}

/// A rep who holds nothing yet.
pub async fn rep(store: &Store, name: &str) -> PersonId {
    let person = NewPerson {
        external_id: None,
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        role: Role::Rep,
        manager: None,
    };
    store.put_person(&person).await.unwrap()
}

/// The code of a refusal.
pub fn refused<T: std::fmt::Debug>(done: Done<T>) -> &'static str {
    match done.unwrap_err() {
        OfficeError::Invalid { code, .. } | OfficeError::Conflict { code, .. } => code,
        OfficeError::Unknown { .. } => "unknown",
        OfficeError::Stale { .. } => "stale",
        OfficeError::Rule(violation) => violation.code,
        error => panic!("{error}"),
    }
}

/// How many entries the log holds.
pub async fn entries(store: &Store) -> i64 {
    sqlx::query_scalar("select count(*) from log.entry").fetch_one(store.pool()).await.unwrap()
}

/// A territory with one rep in it, and the rep's devices.
pub struct Beat {
    pub person: PersonId,
    pub territory: TerritoryId,
}

/// A line that costs nothing.
pub fn gift() -> Fields {
    fields(&[("sku", text("GIFT")), ("quantity", Value::Int(1)), ("unit_price_minor", Value::Int(0))])
}

impl Beat {
    pub async fn new(store: &Store, name: &str) -> Self {
        Self::led(store, name, None).await
    }

    /// The same, with a manager over the rep.
    pub async fn led(store: &Store, name: &str, manager: Option<PersonId>) -> Self {
        let person = NewPerson {
            external_id: None,
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            role: Role::Rep,
            manager,
        };
        let person = store.put_person(&person).await.unwrap();
        let territory = store.put_territory(name, name, None).await.unwrap();
        store.add_holder(person, territory, Capacity::Owner).await.unwrap();
        Self { person, territory }
    }

    /// The person holds the territory no more, on these terms for what comes late.
    pub async fn leaves(&self, store: &Store, policy: LatePolicy) -> Moved {
        let holders = store.list_holders(self.territory).await.unwrap();
        let own = holders.iter().find(|holder| holder.person == self.person).unwrap();
        let by = By::at_console(self.person, Role::Admin);
        let terms = EndTerms { policy, ..EndTerms::default() };
        let ended = store.end_hold(&by, self.territory, own.id, None, End::Now, Some(&terms)).await;
        ended.unwrap().1
    }

    /// An account in the territory, from the old system.
    pub async fn account(&self, store: &Store, name: &str) -> AccountId {
        let imported = self.imported(name);
        let account = imported.envelope.account;
        store.import(vec![imported]).await.unwrap();
        account
    }

    /// One that belongs to another, from the old system.
    pub async fn outlet(&self, store: &Store, name: &str, parent: AccountId) -> AccountId {
        let mut imported = self.imported(name);
        imported.fields.insert("parent_id".to_owned(), text(&parent.to_string()));
        let account = imported.envelope.account;
        store.import(vec![imported]).await.unwrap();
        account
    }

    /// Several at once.
    pub async fn accounts(&self, store: &Store, count: usize) -> Vec<AccountId> {
        let all: Vec<Imported> = (0..count).map(|n| self.imported(&format!("Shop {n}"))).collect();
        let accounts = all.iter().map(|imported| imported.envelope.account).collect();
        store.import(all).await.unwrap();
        accounts
    }

    fn imported(&self, name: &str) -> Imported {
        let record = RecordId::new(1_700_000_000_000, id_bytes());
        let envelope = roadbook_model::Envelope {
            id: record,
            kind: Kind::ACCOUNT,
            account: record.account(),
            creator: self.person,
            generation: 0,
        };
        Imported {
            envelope,
            fields: fields(&[("name", text(name))]),
            captured_ms: 1_700_000_000_000,
            territory: Some(self.territory),
            decision: None,
        }
    }

    /// An order of an account, from the old system, not yet decided on.
    pub async fn order(&self, store: &Store, account: AccountId) -> RecordId {
        let id = RecordId::new(1_700_000_000_000, id_bytes());
        let envelope =
            roadbook_model::Envelope { id, kind: Kind::ORDER, account, creator: self.person, generation: 0 };
        let content = fields(&[
            ("state", text("draft")),
            ("currency", text("USD")),
            ("freight_minor", Value::Int(1_250)),
            ("lines", Value::Map(fields(&[("01234567-89ab-7def-8123-456789abcde0", Value::Map(gift()))]))),
        ]);
        let imported = Imported {
            envelope,
            fields: content,
            captured_ms: 1_700_000_000_000,
            territory: None,
            decision: None,
        };
        store.import(vec![imported]).await.unwrap();
        id
    }

    pub async fn device(&self, store: &Store) -> Device {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let mut secret = [7; 32];
        secret[..4].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let key = SigningKey::from_slice(&secret).unwrap();
        let public_key = key.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec();
        let code = store.add_enrol_code(self.person, 60).await.unwrap();
        let enrolled = store.enrol(&code.code, "phone", &public_key).await.unwrap().unwrap();
        let again = store.enrol(&code.code, "phone", &public_key).await.unwrap();
        assert_eq!(again.as_ref(), Some(&enrolled), "a lost answer can be asked for again");
        let thief = SigningKey::from_slice(&[9; 32]).unwrap();
        let thief = thief.verifying_key().as_affine().to_encoded_point(true);
        let stolen = store.enrol(&code.code, "phone", thief.as_bytes()).await.unwrap();
        assert_eq!(stolen, None, "a code works once");
        Device { key: Some(key), ..Device::of(enrolled.device, self.person) }
    }
}

/// A device, as the server sees it.
pub struct Device {
    pub row: ServerDevice,
    number: u64,
    /// The branch of what it makes, and the held item that this captures anew.
    again: (u32, Option<u64>),
    /// Of one that was enrolled.
    key: Option<SigningKey>,
}

impl Device {
    /// A rep's device, to make items and to read.
    pub fn of(id: DeviceId, person: PersonId) -> Self {
        let row = ServerDevice {
            id,
            person,
            role: Role::Rep,
            former_roles: Vec::new(),
            public_key: Vec::new(),
            state: DeviceState::Active,
            store_generation: 1,
            last_number: 0,
            nonce: Nonce([0; 16]),
            start: Mark::START,
            renewals: Renewals::default(),
            aside: Aside::default(),
        };
        Self { row, number: 0, again: (0, None), key: None }
    }

    /// The same, after so many pushes.
    #[must_use]
    pub fn after(self, number: u64) -> Self {
        Self { number, ..self }
    }

    pub fn id(&self) -> DeviceId {
        self.row.id
    }

    /// Whether the device has an open lease on a subject.
    pub async fn holds(&self, store: &Store, subject: Subject) -> bool {
        let mut append = store.append().await.unwrap();
        append.fetch_leases_held(self.id()).await.unwrap();
        append.book.leases.values().any(|lease| lease.subject == subject && lease.withdrawn.is_none())
    }

    /// The device's open lease on a subject.
    pub async fn lease(&self, store: &Store, subject: Subject) -> LeaseId {
        let mut append = store.append().await.unwrap();
        append.fetch_leases_held(self.id()).await.unwrap();
        let mut leases = append.book.leases.values();
        leases
            .find(|lease| lease.subject == subject && lease.withdrawn.is_none())
            .map(|lease| lease.id)
            .unwrap()
    }

    /// Items as a push that the device signed.
    pub fn signs(&self, items: &[Vec<u8>]) -> Push {
        let items = Push::pack(items);
        let proof = Push::proof(self.id(), self.row.store_generation, &items.0);
        let signature: p256::ecdsa::Signature = self.key.as_ref().unwrap().sign_prehash(&proof.0).unwrap();
        Push { items, signature: Signature(signature.to_bytes().into()) }
    }

    /// An item that creates a record of an account under a lease.
    pub fn creates(
        &mut self,
        kind: Kind,
        account: AccountId,
        lease: LeaseId,
        content: &Fields,
    ) -> (RecordId, Vec<u8>) {
        let record = RecordId::new(1_800_000_000_000, id_bytes());
        (record, self.item(record, kind, account, lease, None, content))
    }

    /// An item that creates an account under a lease on a territory.
    pub fn creates_account(&mut self, lease: LeaseId, content: &Fields) -> (AccountId, LeaseId, Vec<u8>) {
        let record = RecordId::new(1_800_000_000_000, id_bytes());
        let opens = LeaseId::new(1_800_000_000_000, id_bytes());
        let item = self.item(record, Kind::ACCOUNT, record.account(), lease, Some(opens), content);
        (record.account(), opens, item)
    }

    /// An item that edits a record as the device has it.
    pub fn edits(
        &mut self,
        kind: Kind,
        record: RecordId,
        doc: &mut Automerge,
        lease: LeaseId,
        edits: &[Edit],
    ) -> Vec<u8> {
        self.number += 1;
        let actor = actor::derive(self.row.id, self.row.store_generation, record, 0);
        let bytes = document::edit(kind.spec(), doc, actor, 1_800_000_100, edits).unwrap().unwrap();
        encode(&Item {
            number: self.number,
            lease,
            captured_ms: 1_800_000_100_000,
            body: ItemBody::Changes(Changes {
                record,
                generation: 0,
                branch: 0,
                kind_version: kind.spec().version,
                changes: vec![Blob(gate::plain_chunk(&bytes).unwrap_or(bytes))],
                new: None,
            }),
            reapplies: None,
        })
    }

    /// An item that captures the held creation of a record anew.
    pub fn creates_again(
        &mut self,
        number: u64,
        (record, kind): (RecordId, Kind),
        account: AccountId,
        lease: LeaseId,
        content: &Fields,
    ) -> Vec<u8> {
        self.again = (1, Some(number));
        let item = self.item(record, kind, account, lease, None, content);
        self.again = (0, None);
        item
    }

    /// An item that closes a lease: there is nothing more under it.
    pub fn closes(&mut self, lease: LeaseId) -> Vec<u8> {
        self.number += 1;
        let (number, body) = (self.number, ItemBody::Close);
        encode(&Item { number, lease, captured_ms: 1_800_000_300_000, body, reapplies: None })
    }

    /// An item that asks for a decision on a record as it stands.
    pub fn asks(&mut self, verb: Verb, record: RecordId, lease: LeaseId) -> Vec<u8> {
        self.number += 1;
        encode(&Item {
            number: self.number,
            lease,
            captured_ms: 1_800_000_200_000,
            body: ItemBody::Request(Request {
                id: RequestId::new(1_800_000_000_000, id_bytes()),
                verb: verb.as_str().to_owned(),
                record,
                heads: Vec::new(),
            }),
            reapplies: None,
        })
    }

    fn item(
        &mut self,
        record: RecordId,
        kind: Kind,
        account: AccountId,
        lease: LeaseId,
        opens: Option<LeaseId>,
        content: &Fields,
    ) -> Vec<u8> {
        self.number += 1;
        let (branch, reapplies) = self.again;
        let actor = actor::derive(self.row.id, self.row.store_generation, record, branch);
        let doc = document::create(kind.spec(), actor, 1_800_000_000, content).unwrap();
        let changes = document::change_bytes(&doc);
        let changes =
            changes.into_iter().map(|bytes| Blob(gate::plain_chunk(&bytes).unwrap_or(bytes))).collect();
        encode(&Item {
            number: self.number,
            lease,
            captured_ms: 1_800_000_000_000,
            body: ItemBody::Changes(Changes {
                record,
                generation: 0,
                branch,
                kind_version: kind.spec().version,
                changes,
                new: Some(NewRecord { kind: kind.name().to_owned(), account, opens }),
            }),
            reapplies,
        })
    }
}

/// A whole server on a database and a data folder of its own.
pub struct TestServer {
    server: Server,
    data: PathBuf,
    database: Database,
}

impl TestServer {
    pub async fn new() -> Self {
        Self::on(Database::new().await).await
    }

    /// The same on a database of the test's own.
    pub async fn on(database: Database) -> Self {
        let data = std::env::temp_dir().join(format!("roadbook-{}", database.name));
        let server = Server::start(config(&database, &data)).await.unwrap();
        Self { server, data, database }
    }

    /// The same, with a provider to sign in with.
    pub async fn with_provider(oidc: OidcConfig) -> Self {
        let database = Database::new().await;
        let data = std::env::temp_dir().join(format!("roadbook-{}", database.name));
        let config = Config { oidc: Some(oidc), ..config(&database, &data) };
        let server = Server::start(config).await.unwrap();
        Self { server, data, database }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn config(&self) -> Config {
        config(&self.database, &self.data)
    }

    pub fn store(&self) -> &Store {
        self.server.store()
    }

    pub fn database_url(&self) -> String {
        self.database.url()
    }

    pub fn origin(&self) -> String {
        self.server.origin().to_owned()
    }

    pub async fn stop(self) {
        self.server.stop().await;
        std::fs::remove_dir_all(&self.data).unwrap();
    }
}

fn config(database: &Database, data: &Path) -> Config {
    Config {
        database_url: Some(database.url()),
        listen: "127.0.0.1:0".into(),
        data: data.to_owned(),
        public_url: None,
        tls: None,
        oidc: None,
        sample,
    }
}

/// An access token of a person of this role, who is made if need be.
pub async fn token(server: &TestServer, role: Role) -> String {
    let person = NewPerson {
        external_id: None,
        name: format!("A {role}"),
        email: format!("{role}@example.org"),
        role,
        manager: None,
    };
    let person = server.store().put_person(&person).await.unwrap();
    token_of(server, person, role)
}

/// An access token of a person.
pub fn token_of(server: &TestServer, person: PersonId, role: Role) -> String {
    let token =
        server.server().keys().token.issue(&server.origin(), Bearer { person, role, session: None }, 60);
    format!("Bearer {}", token.unwrap())
}

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The status and, if it is a problem, its code.
    pub fn outcome(&self) -> (u16, String) {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        (self.status, body["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Every cookie that it sets, as a request would send it.
    pub fn cookies(&self) -> Vec<&str> {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.filter_map(|(_, value)| value.split(';').next()).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

async fn send(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> TcpStream {
    let host = server.origin().replace("http://", "");
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(server.server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream
}

/// Makes a request and reads the whole answer.
pub async fn ask(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = send(server, method, path, headers, body).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.into()));
    Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() }
}

/// Makes a request in somebody's name, with a JSON body unless it is null, and with other headers.
pub async fn ask_as(
    server: &TestServer,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &serde_json::Value,
) -> Answer {
    let mut all = vec![("authorization", token)];
    let bytes = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
    if !bytes.is_empty() {
        all.push(("content-type", "application/json"));
    }
    all.extend(headers);
    ask(server, method, path, &all, &bytes).await
}

/// An answer that goes on.
pub struct Stream {
    stream: TcpStream,
    text: String,
}

impl Stream {
    async fn more(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut bytes)).await.unwrap();
        let read = read.unwrap_or(0);
        self.text += &String::from_utf8_lossy(&bytes[..read]);
        read > 0
    }

    /// Reads until a text came, and drops what came up to and with it.
    pub async fn until(&mut self, wanted: &str) {
        loop {
            if let Some(at) = self.text.find(wanted) {
                self.text.drain(..at + wanted.len());
                return;
            }
            assert!(self.more().await, "the stream ended before {wanted:?}");
        }
    }

    pub async fn until_closed(&mut self) {
        while self.more().await {}
    }
}

/// Makes a request whose answer goes on.
pub async fn open_stream(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Stream {
    Stream { stream: send(server, "GET", path, headers, b"").await, text: String::new() }
}

/// The sample of servers of tests: a rep, a territory within a region, two shops of hers, and a product with its price list.
pub fn sample() -> Result<Organisation, String> {
    let id = |n: u8| [n, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, n];
    let person = PersonId::from_bytes(id(1));
    let (region, part) = (TerritoryId::from_bytes(id(2)), TerritoryId::from_bytes(id(3)));
    let beat = Beat { person, territory: part };
    let shop = |n: u8, name: &str| {
        let record = RecordId::from_bytes(id(n));
        let mut imported = beat.imported(name);
        (imported.envelope.id, imported.envelope.account) = (record, record.account());
        imported
    };
    let territory =
        |id, code: &str, parent| KnownTerritory { id, code: code.into(), name: code.into(), parent };
    let reference = |set: &str, key: &str, json: serde_json::Value| Reference {
        set: set.to_owned(),
        items: vec![ReferenceItem { key: key.to_owned(), json: Some(json.to_string()) }],
    };
    Ok(Organisation {
        people: vec![KnownPerson {
            id: person,
            external_id: Some("sample-1".into()),
            name: "Sam Sample".into(),
            email: "sam@sample.example".into(),
            role: Role::Rep,
            manager: None,
        }],
        territories: vec![territory(region, "sample-region", None), territory(part, "sample", Some(region))],
        holders: vec![KnownHolder {
            id: id(4),
            person,
            territory: part,
            capacity: Capacity::Owner,
            from_ms: 0,
        }],
        reference: vec![
            reference("products", "S1", serde_json::json!({ "name": "Sample tea" })),
            reference("price_lists", "SAMPLE", serde_json::json!({ "name": "Sample", "currency": "EUR" })),
        ],
        records: vec![shop(5, "Sample Shop"), shop(6, "Sample Corner")],
    })
}
