//! What is asked at the end: the record by SQL, the devices by their own command, the log by `verify`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::day::{Day, Saved};
use super::hostile::Attempt;
use super::world::World;

/// What each rep did, from the central record alone.
const PEOPLE: &str = "
    select to_jsonb(row) from (
        select people.name as person,
               (select count(*) from record.accounts where creator_id = people.id and created_at > $1::timestamptz) as accounts,
               (select count(*) from record.contacts where creator_id = people.id and created_at > $1::timestamptz) as contacts,
               (select count(*) from record.visits where creator_id = people.id and created_at > $1::timestamptz) as visits,
               (select count(*) from record.orders where creator_id = people.id and created_at > $1::timestamptz) as orders,
               (select coalesce(sum(total_minor), 0) from record.orders
                where creator_id = people.id and created_at > $1::timestamptz) as orders_minor,
               (select count(*) from record.tasks where creator_id = people.id and created_at > $1::timestamptz) as tasks,
               (select count(*) from record.comments where creator_id = people.id and created_at > $1::timestamptz) as comments,
               (select count(*) from record.activity
                where person_id = people.id and what = 'changes' and at > $1::timestamptz) as changes
        from record.people
        where exists (select from record.activity where person_id = people.id and what = 'changes' and at > $1::timestamptz)
        order by people.name
    ) row";

/// What came late.
const LATE: &str = "
    select to_jsonb(row) from (
        select people.name as person, activity.kind, accounts.name as account
        from record.activity
        join record.people on people.id = activity.person_id
        left join record.accounts on accounts.id = activity.account_id
        where activity.late order by activity.log_position
    ) row";

/// What is held or refused.
const HELD: &str = "
    select to_jsonb(row) from (
        select people.name as person, accounts.name as account, held.state, held.code, held.fate
        from record.held
        join record.people on people.id = held.person_id
        left join record.accounts on accounts.id = held.account_id
        order by held.log_position
    ) row";

/// Late work that met later values of the same fields.
const PUT_BACK: &str = "
    select to_jsonb(row) from (
        select accounts.name as account, accounts.phone from record.activity
        join record.accounts on accounts.id = activity.account_id
        where activity.what = 'conflict' group by accounts.id order by min(activity.log_position)
    ) row";

/// Orders of the day.
const ORDERS: &str = "
    select to_jsonb(row) from (
        select orders.number, orders.state, orders.total_minor, accounts.name as account
        from record.orders join record.accounts on accounts.id = orders.account_id
        where orders.created_at > $1::timestamptz order by orders.log_position
    ) row";

/// Runs of processes: what they handed to departments, and who took over when they went awry.
const RUNS: &str = "
    select to_jsonb(row) from (
        select runs.process, runs.state, accounts.name as account,
               (select count(*) from record.tasks where subject_id = runs.id and department_id is not null) as handed_over,
               (select jsonb_agg(people.name order by people.name) from record.tasks
                join record.people on people.id = tasks.assignee_id where subject_id = runs.id) as taken_over_by
        from record.runs join record.accounts on accounts.id = runs.account_id order by runs.id
    ) row";

/// Whether a record is in the record or held, and its texts.
const FOUND: &str = "
    select (select count(*) from record.held where record_id = $1::uuid and state = 'held')
         + (select count(*) from sync.record where id = $1::uuid)";
const WORDS: &str = "
    select count(*) from record.accounts where id = $1::uuid and (description like '%' || $2 || '%' or phone = $2)";

/// What became of one record's work by one device: every item of the day has a line.
const BECAME: &str = "
    select coalesce(
        (select held.state || ' [' || held.code || ']' || coalesce(', ' || held.fate, '')
         from record.held join org.device on device.id = held.device_id
         where held.record_id = $1::uuid and device.name = $2 order by held.log_position desc limit 1),
        (select case when bool_or(activity.late) then 'in the record, late' else 'in the record' end
         from record.activity
         where activity.record_id = $1::uuid and activity.device = $2 and activity.what = 'changes'),
        'nowhere')";

/// What became of work that a blocked phone could not send.
const STAYS: &str = "unsent, on the blocked phone alone";

/// The digest of every account, as the server has it.
const DIGESTS: &str = "select to_jsonb(row) from (select id, digest from sync.account) row";

/// Everything that was found.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// What each rep did.
    pub people: Vec<Json>,
    /// The day's orders.
    pub orders: Vec<Json>,
    /// The day's runs of processes.
    pub runs: Vec<Json>,
    /// What came late.
    pub late: Vec<Json>,
    /// What is held or refused.
    pub held: Vec<Json>,
    /// Where later values were put back.
    pub put_back: Vec<Json>,
    /// Fields that two people wrote without knowing of each other, as a device shows them.
    pub written_twice: Vec<Json>,
    /// What the tampered client tried.
    pub hostile: Vec<Attempt>,
    /// What was killed.
    pub killed: Vec<&'static str>,
    /// How many captures devices said were saved.
    pub saved: usize,
    /// What became of them: device, outcome, how many.
    pub became: Vec<Became>,
    /// Those of them that are neither in the record nor held, nor kept by a device that was blocked.
    pub lost: Vec<Saved>,
    /// How the replicas compare.
    pub replicas: Replicas,
    /// What `verify` says.
    pub verify: Json,
}

/// What became of captures that ended alike.
#[derive(Debug, Serialize)]
pub struct Became {
    /// On which device they were made.
    pub device: String,
    /// Where they are now.
    pub outcome: String,
    /// How many.
    pub count: usize,
}

/// How the replicas compare with the server's digests.
#[derive(Debug, Serialize)]
pub struct Replicas {
    /// Devices compared.
    pub devices: usize,
    /// Accounts compared, over all devices.
    pub accounts: usize,
    /// Items that still wait on any device.
    pub waiting: u64,
    /// Device and account of each difference.
    pub differ: Vec<(String, String)>,
    /// Records on each device.
    pub records: BTreeMap<String, u64>,
}

/// The database's clock.
///
/// # Errors
/// What the database says.
pub fn now(world: &World) -> Result<String> {
    world.database().with_store(|store| async move {
        Ok(sqlx::query_scalar("select clock_timestamp()::text").fetch_one(store.pool()).await?)
    })
}

/// The orders in a state, by number.
///
/// # Errors
/// What the database says.
pub fn waiting(world: &World, state: &'static str) -> Result<Vec<String>> {
    world.database().with_store(|store| async move {
        let query = sqlx::query_scalar("select id::text from record.orders where state = $1 order by number")
            .bind(state);
        Ok(query.fetch_all(store.pool()).await?)
    })
}

/// Whether each run that went awry has a task of whoever takes over: the server makes it within a second.
///
/// # Errors
/// What the database says; when there is none.
pub fn taken_over(world: &World) -> Result<()> {
    let runs: Vec<Json> = world
        .database()
        .with_store(|store| async move { Ok(sqlx::query_scalar(RUNS).fetch_all(store.pool()).await?) })?;
    ensure!(!runs.is_empty() && runs.iter().all(|run| run["taken_over_by"].is_array()), "nobody took over");
    Ok(())
}

/// Asks everything.
///
/// # Errors
/// When something cannot be asked; what does not hold is in the findings.
pub fn ask(world: &mut World, day: Day) -> Result<Findings> {
    let (since, saved) = (day.since.clone(), day.saved.clone());
    let stays = stays(world)?;
    let (asked, lost, became, digests) = world.database().with_store(|store| async move {
        let mut asked = BTreeMap::new();
        for (name, sql) in [("people", PEOPLE), ("orders", ORDERS)] {
            let rows: Vec<Json> = sqlx::query_scalar(sql).bind(&since).fetch_all(store.pool()).await?;
            asked.insert(name, rows);
        }
        for (name, sql) in
            [("late", LATE), ("held", HELD), ("put_back", PUT_BACK), ("runs", RUNS), ("digests", DIGESTS)]
        {
            let rows: Vec<Json> = sqlx::query_scalar(sql).fetch_all(store.pool()).await?;
            asked.insert(name, rows);
        }
        let mut lost = Vec::new();
        let mut became: BTreeMap<(String, String), usize> = BTreeMap::new();
        for one in saved {
            let query = match one.words {
                None => sqlx::query_scalar(FOUND).bind(&one.record),
                Some(words) => sqlx::query_scalar(WORDS).bind(&one.record).bind(words),
            };
            let found: i64 = query.fetch_one(store.pool()).await?;
            let stays = found == 0 && stays.contains(&(one.device.clone(), one.record.clone()));
            let outcome = match stays {
                true => STAYS.to_owned(),
                false => {
                    let query = sqlx::query_scalar(BECAME).bind(&one.record).bind(&one.device);
                    let outcome: Option<String> = query.fetch_one(store.pool()).await?;
                    outcome.unwrap_or_default()
                }
            };
            *became.entry((one.device.clone(), outcome)).or_default() += 1;
            if found == 0 && !stays {
                lost.push(one);
            }
        }
        let digests = asked.remove("digests").unwrap_or_default();
        let became = became.into_iter().map(|((device, outcome), count)| Became { device, outcome, count });
        Ok((asked, lost, became.collect(), digests))
    })?;
    let replicas = compare(world, &digests)?;
    let verify = world.tool(&["verify"])?;
    let mut asked = asked;
    let mut take = |name: &str| asked.remove(name).unwrap_or_default();
    Ok(Findings {
        people: take("people"),
        orders: take("orders"),
        runs: take("runs"),
        late: take("late"),
        held: take("held"),
        put_back: take("put_back"),
        written_twice: written_twice(world)?,
        hostile: day.hostile,
        killed: day.killed,
        saved: day.saved.len(),
        became,
        lost,
        replicas,
        verify,
    })
}

/// What waits on devices that are in a stranger's hands, as they say themselves: device and record.
fn stays(world: &World) -> Result<BTreeSet<(String, String)>> {
    let mut stays = BTreeSet::new();
    for phone in world.lost() {
        let waiting = phone.call(&["outbox"])?;
        let records = waiting.as_array().into_iter().flatten().filter_map(|item| item["record"].as_str());
        stays.extend(records.map(|record| (phone.name().to_owned(), record.to_owned())));
    }
    Ok(stays)
}

/// Compares every account on every device with the server's digest of it.
fn compare(world: &World, digests: &[Json]) -> Result<Replicas> {
    let central: BTreeMap<String, String> = digests
        .iter()
        .filter_map(|row| Some((row["id"].as_str()?.to_owned(), row["digest"].as_i64()?)))
        .map(|(id, digest)| (id, format!("{:016x}", digest.cast_unsigned())))
        .collect();
    let mut replicas =
        Replicas { devices: 0, accounts: 0, waiting: 0, differ: Vec::new(), records: BTreeMap::new() };
    for phone in world.phones().iter().filter(|phone| phone.is_enrolled()) {
        let shown = phone.call(&["show"])?;
        replicas.devices += 1;
        replicas.waiting += shown["status"]["waiting"].as_u64().unwrap_or(u64::MAX);
        let records =
            shown["counts"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
        replicas.records.insert(phone.name().to_owned(), records);
        let accounts = shown["account_digests"].as_object().cloned().unwrap_or_default();
        ensure!(!accounts.is_empty(), "{} holds no account", phone.name());
        for (account, digest) in accounts {
            replicas.accounts += 1;
            if central.get(&account).map(String::as_str) != digest.as_str() {
                replicas.differ.push((phone.name().to_owned(), account));
            }
        }
    }
    Ok(replicas)
}

/// The conflicts that the covering rep sees at the account that two worked on.
fn written_twice(world: &World) -> Result<Vec<Json>> {
    let Some(janet) = world.phones().iter().find(|phone| phone.name() == "janet") else {
        return Ok(Vec::new());
    };
    let shown = janet.call(&["show", "ALFKI"])?;
    let conflicts = shown["conflicts"].as_array().cloned().unwrap_or_default();
    Ok(conflicts
        .into_iter()
        .map(|conflict| {
            let values: BTreeSet<String> = conflict["values"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|side| side["value"].as_str().map(str::to_owned))
                .collect();
            json!({ "account": shown["title"], "path": conflict["path"], "values": values })
        })
        .collect())
}
