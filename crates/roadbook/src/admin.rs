//! `roadbook admin`: what an admin does from the machine that the server runs on. Devices learn of it through the log.

mod brief;
mod territory;
mod why;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use roadbook_model::{AccountId, HolderId, PersonId, RecordId, RequestId, TerritoryId, Verb as Decision};
use roadbook_protocol::entry::LatePolicy;
use roadbook_protocol::item::Request;
use roadbook_server::keys::Keys;
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::{EndTerms, NewHolder};
use roadbook_server::store::office::people::Person;
use roadbook_server::store::office::reassignments::preview::Preview;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection, Target, Terms};
use roadbook_server::store::office::territories::Capacity;
use roadbook_server::store::sign_in::links::FIRST_ID;
use roadbook_sync::ledger::place::Moved;
use serde_json::{Value as Json, json};
use sqlx::types::Uuid;

use crate::edge;
use crate::output::Output;
use crate::problem::Problem;
use crate::user::{GlobalDatabaseArgs, person};

/// Seconds of a day.
const DAY_S: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  roadbook admin move --account ALFKI --to 19713 --dry-run
  roadbook admin hold 'Janet Leverling' 06897 --as cover
  roadbook admin decide accept 11078
  roadbook admin rotate-keys";

/// Moves, holders, decisions and keys.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AdminArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    database: GlobalDatabaseArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Move accounts to another territory, without stranding anyone's work.
    Move(MoveArgs),
    /// Let a person hold a territory, or end it.
    Hold(HoldArgs),
    /// Keep the tree of territories, and the rules that place accounts in them.
    Territory(territory::TerritoryArgs),
    /// Decide on an order that was handed in.
    Decide(DecideArgs),
    /// Make a new key that signs access tokens; those by the old one are good until they are over.
    #[command(after_help = "\
Examples:
  roadbook admin rotate-keys
  roadbook admin rotate-keys --distrust

A running server follows at once. Sessions go on: their refresh tokens are signed by no key.")]
    RotateKeys {
        /// Somebody else may have the old key: no token by it is good any more.
        #[arg(long)]
        distrust: bool,
    },
    /// Show the hand-over brief of an account.
    Brief(brief::BriefArgs),
    /// Say why a record, a change or a pushed item is in the record, is not, or is held.
    Why(why::WhyArgs),
}

const MOVE_EXAMPLES: &str = "\
Examples:
  roadbook admin move --account ALFKI --to 19713 --dry-run
  roadbook admin move --account ALFKI --to nancy.davolio@northwind.example --policy review --note 'Ask Nancy.'
  roadbook admin move --from-rep anne.dodsworth@northwind.example --to 48075 --grace 14

--to is a territory's code, or a rep's address: then the first territory that the rep holds, by code. What the rep who
loses an account captured before learning of it still comes in, as the policy says: accept (into the record, marked
late), review or refuse (held for somebody to look at). After the grace period everything is held for review.";

/// What to move, where to, and on what terms.
#[derive(Debug, Args)]
#[command(after_help = MOVE_EXAMPLES)]
pub struct MoveArgs {
    /// An account, by id, number in the system behind, or name; may be repeated.
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    /// Every account in the territories that this rep holds.
    #[arg(long, value_name = "EMAIL", conflicts_with = "account")]
    from_rep: Option<String>,
    /// Every account in this territory.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["account", "from_rep"])]
    from_territory: Option<String>,
    /// A territory's code, or a rep's e-mail address.
    #[arg(long, value_name = "TERRITORY")]
    to: String,
    /// What happens to work that was captured before and comes after.
    #[arg(long, value_enum, default_value_t = Policy::Accept)]
    policy: Policy,
    /// For how many days the policy holds.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=3650))]
    grace: i64,
    /// A word for the reps concerned.
    #[arg(long)]
    note: Option<String>,
    /// Move them even if nobody holds the territory: they are then on no device.
    #[arg(long)]
    allow_unheld: bool,
    /// In whose name; without it, the one admin there is.
    #[arg(long, value_name = "EMAIL")]
    by: Option<String>,
    /// Only say what would move, which devices are concerned and what they had unsent.
    #[arg(long)]
    dry_run: bool,
}

/// A late policy, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Into the record, marked late.
    Accept,
    /// Held for review.
    Review,
    /// Held as refused.
    Refuse,
}

impl From<Policy> for LatePolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Accept => Self::Accept,
            Policy::Review => Self::Review,
            Policy::Refuse => Self::Refuse,
        }
    }
}

/// Who holds what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin hold janet.leverling@northwind.example 06897 --as cover
  roadbook admin hold janet.leverling@northwind.example 06897 --as cover --from 2027-07-01 --to 2027-07-15
  roadbook admin hold janet.leverling@northwind.example 06897 --end

A time is a day (its beginning in UTC) or an RFC 3339 moment. A hold takes effect and ends by itself, while the server runs
or as soon as it runs again. A territory has one owner at a time; co-owners and covers stand beside.

The devices of whoever holds a territory get its accounts with their next sync. A hold that ends is a move of all of
them: what was captured before still comes in, as the policy says.")]
pub struct HoldArgs {
    /// The person's e-mail address.
    email: String,
    /// The territory's code.
    territory: String,
    /// In what capacity.
    #[arg(long = "as", value_enum, default_value_t = CapacityArg::Owner)]
    capacity: CapacityArg,
    /// From when; without it, from now.
    #[arg(long, value_name = "TIME", value_parser = moment_ms)]
    from: Option<i64>,
    /// Until when; without it, with no end.
    #[arg(long, value_name = "TIME", value_parser = moment_ms)]
    to: Option<i64>,
    /// End it now.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    end: bool,
    /// In whose name, with --from or --to; without it, the one admin there is.
    #[arg(long, value_name = "EMAIL")]
    by: Option<String>,
    /// When it ends: what happens to work that was captured before and comes after.
    #[arg(long, value_enum, default_value_t = Policy::Accept)]
    policy: Policy,
    /// When it ends: for how many days the policy holds.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=3650))]
    grace: u16,
}

/// A day, or a moment as RFC 3339, in milliseconds since 1970.
fn moment_ms(text: &str) -> Result<i64, String> {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Ok(at.timestamp_millis());
    }
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    day.map(|day| day.and_utc().timestamp_millis())
        .ok_or_else(|| "write a day, 2027-07-01, or a moment, 2027-07-01T06:00:00Z".to_owned())
}

/// A capacity, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CapacityArg {
    /// The one who holds it.
    Owner,
    /// One of several.
    CoOwner,
    /// For somebody who is away.
    Cover,
}

impl From<CapacityArg> for Capacity {
    fn from(capacity: CapacityArg) -> Self {
        match capacity {
            CapacityArg::Owner => Self::Owner,
            CapacityArg::CoOwner => Self::CoOwner,
            CapacityArg::Cover => Self::Cover,
        }
    }
}

/// A decision on an order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin decide accept 11078
  roadbook admin decide reject 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --by office@northwind.example")]
pub struct DecideArgs {
    /// accept, reject, cancel or reopen.
    verb: Decision,
    /// The order, by number or id.
    order: String,
    /// In whose name; without it, the one admin there is.
    #[arg(long, value_name = "EMAIL")]
    by: Option<String>,
}

/// Does one thing as an admin.
///
/// # Errors
/// When something is not known; what the ledger or the database says.
pub fn run(args: &AdminArgs, output: Output) -> Result<()> {
    let database = args.database.plain();
    database.must_exist()?;
    match &args.verb {
        Verb::RotateKeys { distrust } => {
            let rotated = Keys::open(&database.data)?.token.rotate(*distrust)?;
            let value =
                json!({ "kid": rotated.kid, "retired": rotated.retired, "retired_until_s": rotated.until_s });
            output.show(&value, || {
                format!("key {} signs now; {} is good for a week", rotated.kid, rotated.retired)
            })
        }
        Verb::Move(args) => {
            let (preview, done) = database.with_store(|store| relocate(store, args))?;
            output.show(&move_json(&preview, done.as_ref()), || move_words(&preview, done.is_some()))
        }
        Verb::Hold(args) => {
            let moved = database.with_store(|store| hold(store, args))?;
            let value =
                json!({ "gaining_devices": moved.granted.len(), "losing_devices": moved.withdrawn.len() });
            output.show(&value, || {
                format!(
                    "{} devices get its accounts, {} lose them",
                    moved.granted.len(),
                    moved.withdrawn.len()
                )
            })
        }
        Verb::Territory(args) => territory::run(args, &database, output),
        Verb::Brief(args) => {
            let made = database.with_store(|store| brief::brief(store, args))?;
            output.show(&made, || made.to_text())
        }
        Verb::Why(args) => {
            let told = database.with_store(|store| why::why(store, args))?;
            output.show(&told, || why::words(&told))
        }
        Verb::Decide(args) => {
            let told = database.with_store(|store| decide(store, args))?;
            output.show(&told, || {
                format!(
                    "order {} is {}",
                    told["number"].as_str().unwrap_or_default(),
                    told["state"].as_str().unwrap_or_default()
                )
            })
        }
    }
}

/// Looks first and then moves, so that what is told is what was at stake: should anything have changed in between,
/// nothing moves.
async fn relocate(store: Store, args: &MoveArgs) -> Result<(Preview, Option<Moved>)> {
    let by = admin(&store, args.by.as_deref()).await?.id;
    let what = selection(&store, args).await?;
    let to = Target::Territory(territory(&store, &args.to).await?);
    let terms =
        Terms { late_policy: args.policy.into(), grace_s: args.grace * DAY_S, note: args.note.clone() };
    let mut new = NewReassignment::now(what, Some(to));
    new.terms = terms;
    new.allow_unheld = args.allow_unheld;
    let preview = store.preview_reassignment(&new).await?;
    if args.dry_run {
        return Ok((preview, None));
    }
    new.basis = Some(preview.basis);
    let (_, moved) = store.reassign(&new, by).await?;
    Ok((preview, moved))
}

async fn selection(store: &Store, args: &MoveArgs) -> Result<Selection> {
    if let Some(email) = &args.from_rep {
        return Ok(Selection::Person(person(store, email).await?.id));
    }
    if let Some(code) = &args.from_territory {
        return Ok(Selection::Territory(territory(store, code).await?));
    }
    let mut accounts = Vec::new();
    for name in &args.account {
        accounts.push(account(store, name).await?);
    }
    if accounts.is_empty() {
        return Err(Problem::new(
            "nothing_to_move",
            "no account is meant; name some with --account, --from-rep or --from-territory",
        )
        .into());
    }
    Ok(Selection::Accounts(accounts))
}

/// An account by id, number in the system behind, or name.
async fn account(store: &Store, name: &str) -> Result<AccountId> {
    let query = sqlx::query_scalar(
        "select id from record.accounts where id::text = lower($1) or external_id = $1 or lower(name) = lower($1)
         order by id limit 2",
    );
    let ids: Vec<Uuid> = query.bind(name).fetch_all(store.pool()).await?;
    match ids.as_slice() {
        [one] => Ok((*one).into()),
        [] => {
            Err(Problem::new("unknown_account", format!("there is no account {name:?} in the record")).into())
        }
        _ => {
            Err(Problem::new("ambiguous_name", format!("several accounts are called {name:?}; give the id"))
                .into())
        }
    }
}

/// A territory by code, or the first that a rep holds.
async fn territory(store: &Store, word: &str) -> Result<TerritoryId> {
    if let Some(found) = store.lookup_territory(word).await? {
        return Ok(found);
    }
    if !word.contains('@') {
        return Err(Problem::new("unknown_territory", format!("no territory has the code {word:?}")).into());
    }
    let rep = person(store, word).await?;
    let query = sqlx::query_scalar(
        "select territory.id from org.holder join org.territory on territory.id = holder.territory_id
         where person_id = $1 and from_at <= now() and (to_at is null or to_at > now()) order by code limit 1",
    );
    let found: Option<Uuid> = query.bind(rep.id.uuid()).fetch_optional(store.pool()).await?;
    let none = || Problem::new("no_territory", format!("{} holds no territory", rep.name));
    Ok(found.ok_or_else(none)?.into())
}

/// The person in whose name an admin acts.
async fn admin(store: &Store, email: Option<&str>) -> Result<Person> {
    if let Some(email) = email {
        let found = person(store, email).await?;
        if found.role.is_office() {
            return Ok(found);
        }
        return Err(Problem::new(
            "not_permitted",
            format!("{} is {}; name an admin", found.name, found.role),
        )
        .into());
    }
    // The admin whom the first start made counts only where there is no other.
    let query = "
        with admin as (select id, external_id is not distinct from $1 as made
                       from org.person where role = 'admin' and active)
        select id from admin where not made or not exists (select from admin where not made) limit 2";
    let ids: Vec<Uuid> = sqlx::query_scalar(query).bind(FIRST_ID).fetch_all(store.pool()).await?;
    let [one] = ids.as_slice() else {
        return Err(Problem::new(
            "which_admin",
            "there is not exactly one admin; say in whose name with --by",
        )
        .into());
    };
    let found = store.lookup_person_by_id(PersonId::from(*one)).await?;
    Ok(found.ok_or_else(|| Problem::new("unknown_person", "the admin is gone"))?)
}

fn move_json(preview: &Preview, done: Option<&Moved>) -> Json {
    let moved = done.unwrap_or(&preview.moved);
    let devices: Vec<Json> = preview
        .devices
        .iter()
        .filter(|device| device.loses > 0)
        .map(|device| {
            json!({
                "device": device.id,
                "name": device.name,
                "person": device.person,
                "last_seen_at": device.last_seen_at,
                "unsent": device.unsent,
                "oldest_s": device.oldest_s,
                "loses": device.loses,
            })
        })
        .collect();
    json!({ "done": done.is_some(), "accounts": moved.accounts, "gaining_devices": moved.granted.len(), "losing": devices })
}

fn move_words(preview: &Preview, done: bool) -> String {
    let moved = &preview.moved;
    let verb = if done { "moved" } else { "would move" };
    let mut text = format!("{verb} {} accounts; {} devices get them\n", moved.accounts, moved.granted.len());
    for device in preview.devices.iter().filter(|device| device.loses > 0) {
        let seen = device
            .last_seen_at
            .map_or("never seen".to_owned(), |at| format!("last seen {}", at.format("%Y-%m-%d %H:%M UTC")));
        text.push_str(&format!(
            "{} ({}) loses {}; {seen}, then {} unsent\n",
            device.person, device.name, device.loses, device.unsent
        ));
    }
    text
}

async fn hold(store: Store, args: &HoldArgs) -> Result<Moved> {
    let who = person(&store, &args.email).await?.id;
    let what = territory(&store, &args.territory).await?;
    let end = EndTerms { policy: args.policy.into(), grace_days: args.grace, note: None };
    if args.end {
        return Ok(store.end_holder(who, what, &end.from_now(edge::now_ms())).await?);
    }
    if args.from.is_none() && args.to.is_none() {
        return Ok(store.add_holder(who, what, args.capacity.into()).await?);
    }
    let by = admin(&store, args.by.as_deref()).await?;
    let id = HolderId::new(edge::now_ms().max(0).unsigned_abs(), edge::random());
    let new = NewHolder {
        person: who,
        territory: what,
        capacity: args.capacity.into(),
        from_ms: args.from,
        to_ms: args.to,
        end,
    };
    Ok(store.hold(&By::at_console(by.id, by.role), id, &new).await?.1)
}

async fn decide(store: Store, args: &DecideArgs) -> Result<Json> {
    let by = admin(&store, args.by.as_deref()).await?;
    let query =
        sqlx::query_scalar("select id from record.orders where id::text = lower($1) or number = $1 limit 1");
    let found: Option<Uuid> = query.bind(&args.order).fetch_optional(store.pool()).await?;
    let unknown =
        || Problem::new("unknown_record", format!("there is no order {:?} in the record", args.order));
    let record = RecordId::from(found.ok_or_else(unknown)?);
    let id = RequestId::new(edge::now_ms().max(0).unsigned_abs(), edge::random());
    let request = Request { id, verb: args.verb.as_str().to_owned(), record, heads: Vec::new() };
    let (_, decision) = store.decide(&By::at_console(by.id, by.role), &request, None).await?;
    Ok(json!({
        "record": record, "number": decision.number, "state": decision.state, "total_minor": decision.total_minor,
    }))
}
