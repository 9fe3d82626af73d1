//! A store as large as is asked for, made set by set: 200 reps and their managers, each rep with a territory and a
//! device; every account with ten records; rows and entries as the server writes them. Chain hashes and documents are
//! not real ones: nothing here reads either.

use roadbook_model::{AccountId, DeviceId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::{Author, ChangesEntry};
use roadbook_protocol::{Blob, Entry, encode};
use roadbook_server::store::Store;
use sqlx::types::Uuid;

/// Reps, and their territories.
pub const REPS: i32 = 200;
/// Accounts of the rep who is looked at while everything else grows.
pub const OWN: i32 = 50;

/// Ids are the hash of what they are and a number, in SQL and here alike.
const IDS: &str = "
    create function bench_id(what text, n integer) returns uuid language sql immutable parallel safe as
        $$ select md5(what || n)::uuid $$";

/// Managers 201 to 210 lead reps 1 to 200; rep 0 is the one who is looked at.
const ORGANISATION: &str = "
    insert into org.person (id, name, email, role)
    select bench_id('person', n), 'Manager ' || n, 'm' || n || '@example.org', 'manager' from generate_series(201, 210) n;
    insert into org.person (id, name, email, role, manager_id)
    select bench_id('person', n), 'Rep ' || n, 'r' || n || '@example.org', 'rep', bench_id('person', 201 + n % 10)
    from generate_series(0, 200) n;
    insert into org.territory (id, code, name)
    select bench_id('territory', n), 'T' || n, 'Territory ' || n from generate_series(0, 200) n;
    insert into org.holder (id, person_id, territory_id, capacity, from_at)
    select bench_id('holder', n), bench_id('person', n), bench_id('territory', n), 'owner', now() - interval '1 day'
    from generate_series(0, 200) n;
    insert into org.device (id, person_id, name, public_key, nonce, start_position, start_chain)
    select bench_id('device', n), bench_id('person', n), 'Phone', decode(repeat('02', 33), 'hex'),
           decode(repeat('00', 16), 'hex'), 0, decode(repeat('00', 16), 'hex')
    from generate_series(0, 210) n;
    insert into sync.lease (id, device_id, territory_id, granted)
    select bench_id('territory lease', n), bench_id('device', n), bench_id('territory', n), 1 from generate_series(0, 200) n;
    insert into log.entry (position, at, channel, type, salt, hash, chain, payload)
    select 1, now(), '00000000-0000-0000-0000-000000000000', 'reference', decode(repeat('00', 16), 'hex'),
           sha256('1'), sha256('1'), decode('82058182647465737480', 'hex')";

/// Accounts $1 to $2, each in the territory of a rep, with leases for the rep and the manager.
const ACCOUNTS: &str = "
    with new as (
        select bench_id('account', n) as id, n,
               case when n <= 50 then 0 else 1 + n % 200 end as rep
        from generate_series($1, $2) n
    ), accounts as (
        insert into sync.account (id, territory_id, digest) select id, bench_id('territory', rep), 0 from new
    ), places as (
        insert into sync.place (account_id, territory_id, from_position) select id, bench_id('territory', rep), 1 from new
    ), leases as (
        insert into sync.lease (id, device_id, account_id, granted)
        select bench_id('lease', n), bench_id('device', rep), id, 1 from new
        union all
        select bench_id('manager lease', n), bench_id('device', 201 + rep % 10), id, 1 from new
    )
    insert into record.accounts
        (id, account_id, creator_id, name, account_type, status, city, postal_code, country, currency, segment,
         description, territory_id, created_at, changed_at, log_position)
    select id, id, bench_id('person', rep), 'Account ' || n, 'customer', 'active', 'Springfield', (10000 + n % 90000)::text,
           'DE', 'EUR', 'A', repeat('what one should know ', 8), bench_id('territory', rep), now(), now(), 1
    from new";

/// Their records: the log's entries, the documents, the changes and the visits of the central record. $4 and $5 say where
/// the record's and the account's id stand in the payload $3; $6 is the log's head.
const ENTRIES: &str = "
    with new as (
        select case k when 0 then bench_id('account', n) else bench_id('record', n * 10 + k) end as id,
               bench_id('account', n) as account_id, case when n <= 50 then 0 else 1 + n % 200 end as rep, k,
               $6 + 1 + (n - $1)::bigint * 10 + k as position
        from generate_series($1, $2) n, generate_series(0, 9) k
    ), records as (
        insert into sync.record (id, kind, account_id, creator_id, generation, version, snapshot, digest, fill_order,
                                 created_at, changed_at)
        select id, case k when 0 then 'account' else 'visit' end, account_id, bench_id('person', rep), 0, position,
               decode(repeat('5a', 400), 'hex'), 0, case k when 0 then 0 else 3 end, now(), now()
        from new
    ), receipts as (
        insert into sync.receipt (device_id, store_generation, number, person_id, item, position, receipt)
        select bench_id('device', rep), 0, position, bench_id('person', rep), sha256(uuid_send(id)), position, ''
        from new where k = 0
    ), changes as (
        insert into sync.change (hash, record_id, position) select sha256(uuid_send(id)), id, position from new
    ), visits as (
        insert into record.visits (id, account_id, creator_id, state, subject, created_at, changed_at, log_position)
        select id, account_id, bench_id('person', rep), 'planned', 'A visit', now(), now(), position from new where k > 0
    )
    insert into log.entry (position, at, channel, type, account_id, record_id, salt, hash, chain, payload)
    select position, now(), bench_id('territory', rep), 'changes', account_id, id, decode(repeat('00', 16), 'hex'),
           sha256(position::text::bytea), sha256(position::text::bytea),
           overlay(overlay($3 placing uuid_send(id) from $4) placing uuid_send(account_id) from $5)
    from new order by position";

/// Accounts that are made at once.
const PIECE: i32 = 5_000;

/// Makes the store as large as this.
pub async fn grow(store: &Store, accounts: i32) {
    let mut connection = store.pool().acquire().await.unwrap();
    sqlx::raw_sql("set synchronous_commit = off").execute(&mut *connection).await.unwrap();
    let known: i64 =
        sqlx::query_scalar("select count(*) from sync.account").fetch_one(&mut *connection).await.unwrap();
    let mut from = i32::try_from(known).unwrap() + 1;
    if from == 1 {
        sqlx::raw_sql(IDS).execute(&mut *connection).await.unwrap();
        sqlx::raw_sql(ORGANISATION).execute(&mut *connection).await.unwrap();
    }
    let (payload, record_at, account_at) = payload();
    while from <= accounts {
        let to = accounts.min(from + PIECE - 1);
        sqlx::query(ACCOUNTS).bind(from).bind(to).execute(&mut *connection).await.unwrap();
        let head = sqlx::query_scalar("select max(position) from log.entry");
        let head: i64 = head.fetch_one(&mut *connection).await.unwrap();
        let entries = sqlx::query(ENTRIES).bind(from).bind(to).bind(&payload);
        let entries = entries.bind(record_at).bind(account_at).bind(head);
        entries.execute(&mut *connection).await.unwrap();
        from = to + 1;
    }
    for sql in ["set synchronous_commit = on", "vacuum analyze", "checkpoint"] {
        sqlx::raw_sql(sql).execute(&mut *connection).await.unwrap();
    }
}

/// An entry's bytes, and where the two ids stand in it.
fn payload() -> (Vec<u8>, i32, i32) {
    let (record, account) = ([0xaa; 16], [0xbb; 16]);
    let bytes = encode(&Entry::Changes(ChangesEntry {
        record: RecordId::from_bytes(record),
        account: AccountId::from_bytes(account),
        generation: 0,
        kind_version: 1,
        author: Author {
            person: PersonId::from_bytes([0xcc; 16]),
            device: None,
            store_generation: 0,
            number: 0,
        },
        captured_ms: 1_700_000_000_000,
        late: false,
        changes: vec![Blob(vec![0x5a; 260])],
        creates: Some("visit".to_owned()),
        opens: None,
    }));
    let at =
        |id: [u8; 16]| i32::try_from(bytes.windows(16).position(|window| window == id).unwrap()).unwrap() + 1;
    let (record_at, account_at) = (at(record), at(account));
    (bytes, record_at, account_at)
}

async fn id(store: &Store, what: &str, n: i32) -> Uuid {
    let query = sqlx::query_scalar("select bench_id($1, $2)");
    query.bind(what).bind(n).fetch_one(store.pool()).await.unwrap()
}

/// A rep's device.
pub async fn device(store: &Store, rep: i32) -> DeviceId {
    id(store, "device", rep).await.into()
}

/// A rep.
pub async fn person(store: &Store, rep: i32) -> PersonId {
    id(store, "person", rep).await.into()
}

/// A rep's territory.
pub async fn territory(store: &Store, rep: i32) -> TerritoryId {
    id(store, "territory", rep).await.into()
}

/// An account by number.
pub async fn account(store: &Store, n: i32) -> AccountId {
    id(store, "account", n).await.into()
}
