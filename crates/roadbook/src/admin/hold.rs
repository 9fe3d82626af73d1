//! `roadbook admin hold`: who holds what, and when.

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::terms::{Policy, Until, moment, until};
use crate::api::{Api, given, text};
use crate::output::Output;
use crate::problem::Problem;

/// Who holds what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin hold janet.leverling@northwind.example 06897 --as cover
  roadbook admin hold janet.leverling@northwind.example 06897 --as cover --from 2027-07-01 --until 2027-07-15
  roadbook admin hold janet.leverling@northwind.example 06897 --until 2027-08-01
  roadbook admin hold janet.leverling@northwind.example 06897 --until never
  roadbook admin hold janet.leverling@northwind.example 06897 --end

A time is a day (its beginning where you are) or an RFC 3339 moment. A hold takes effect and ends by itself, while the server
runs or as soon as it runs again. A territory has one owner at a time; co-owners and covers stand beside.

Whoever holds the territory already goes on holding it: --until says when that ends or that it does not, --policy and --grace on
what terms.

The devices of whoever holds a territory get its accounts with their next sync. A hold that ends is a move of all of
them: what was captured before still comes in, as the policy says.")]
pub(super) struct HoldArgs {
    /// The person's e-mail address.
    email: String,
    /// The territory's code.
    territory: String,
    /// In what capacity; without it owner, or with --until, --policy and --grace that in which the person holds it already.
    #[arg(long = "as", value_enum)]
    capacity: Option<Capacity>,
    /// From when; without it, from now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// Until when, or never; without it, with no end, or as it was said before.
    #[arg(long, visible_alias = "to", value_name = "TIME", value_parser = until)]
    until: Option<Until>,
    /// End it now.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    end: bool,
    /// When it ends: what happens to work that was captured before and comes after; without it, accept, or what was said
    /// before.
    #[arg(long, value_enum)]
    policy: Option<Policy>,
    /// When it ends: for how many days the policy holds; without it, 30, or what was said before.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=3650))]
    grace: Option<u16>,
}

/// A capacity, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Capacity {
    /// The one who holds it.
    Owner,
    /// One of several.
    CoOwner,
    /// For somebody who is away.
    Cover,
}

impl Capacity {
    fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::CoOwner => "co_owner",
            Self::Cover => "cover",
        }
    }
}

/// Lets a person hold a territory, or ends it.
pub(super) fn run(api: &mut Api, args: &HoldArgs, output: Output) -> Result<()> {
    let person = api.person(&args.email)?;
    let path = format!("/v1/territories/{}/holders", api.territory(&args.territory)?);
    let mut own = api.list(&path, &[])?;
    own.retain(|holding| holding["person_id"] == person["id"] && holding["stage"] != "ended");
    let done = match args.end {
        true => end(api, args, &path, &own)?,
        false => hold(api, args, &path, &person, &own)?,
    };
    let value = json!({ "gaining_devices": done.0, "losing_devices": done.1 });
    output.show(&value, || format!("{} devices get its accounts, {} lose them", done.0, done.1))
}

/// How many devices gain and lose.
type Counts = (u64, u64);

fn hold(api: &mut Api, args: &HoldArgs, path: &str, person: &Json, own: &[Json]) -> Result<Counts> {
    let says_end = args.until.is_some() || args.policy.is_some() || args.grace.is_some();
    let capacity = args.capacity.unwrap_or(Capacity::Owner).word();
    match standing(args, own)? {
        Some(holding) if says_end => edit(api, args, path, holding).map(|held| counts(&held)),
        // Holding it already in this capacity changes nothing, so that a script may say it again.
        Some(holding) if holding["stage"] == "in_effect" && holding["capacity"] == capacity => Ok((0, 0)),
        _ => begin(api, args, path, person, capacity),
    }
}

/// The person's holding that is meant: one that begins at a time is another.
fn standing<'h>(args: &HoldArgs, own: &'h [Json]) -> Result<Option<&'h Json>> {
    if args.from.is_some() {
        return Ok(None);
    }
    let same = |holding: &&Json| args.capacity.is_none_or(|it| holding["capacity"] == it.word());
    let meant: Vec<&Json> = own.iter().filter(same).collect();
    if let Some(now) = meant.iter().find(|holding| holding["stage"] == "in_effect") {
        return Ok(Some(now));
    }
    match meant.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let text = format!(
                "{} is to hold {} at several times; the console lists them",
                args.email, args.territory
            );
            Err(Problem::new("which_holding", text).into())
        }
    }
}

fn begin(api: &mut Api, args: &HoldArgs, path: &str, person: &Json, capacity: &str) -> Result<Counts> {
    let terms = given(json!({ "policy": args.policy.map(Policy::word), "grace_days": args.grace }));
    let body = json!({
        "person_id": person["id"], "capacity": capacity, "from_at": args.from,
        "to_at": args.until.and_then(Until::at), "terms": terms,
    });
    Ok(counts(&api.post(path, &given(body))?))
}

/// Says when a holding ends, and on what terms; what is not said stays.
fn edit(api: &mut Api, args: &HoldArgs, path: &str, holding: &Json) -> Result<Json> {
    let mut terms = holding["terms"].clone();
    if let Some(policy) = args.policy {
        terms["policy"] = json!(policy.word());
    }
    if let Some(grace) = args.grace {
        terms["grace_days"] = json!(grace);
    }
    let to_at = args.until.map_or(holding["to_at"].clone(), |until| json!(until.at()));
    let body = json!({ "to_at": to_at, "terms": terms });
    api.edit("PATCH", &one(path, holding), &etag(&holding["version"]), Some(&body))
}

fn end(api: &mut Api, args: &HoldArgs, path: &str, own: &[Json]) -> Result<Counts> {
    if own.is_empty() {
        let text = format!("{} does not hold {}", args.email, args.territory);
        return Err(Problem::new("impossible", text).into());
    }
    let mut sum = (0, 0);
    for holding in own {
        let mut version = holding["version"].clone();
        if args.policy.is_some() || args.grace.is_some() {
            version = edit(api, args, path, holding)?["holding"]["version"].clone();
        }
        let done = counts(&api.edit("DELETE", &one(path, holding), &etag(&version), None)?);
        sum = (sum.0 + done.0, sum.1 + done.1);
    }
    Ok(sum)
}

fn one(path: &str, holding: &Json) -> String {
    format!("{path}/{}", text(holding, "id"))
}

fn etag(version: &Json) -> String {
    format!("\"{version}\"")
}

fn counts(held: &Json) -> Counts {
    let count = |name: &str| held["done"][name].as_u64().unwrap_or(0);
    (count("gaining_devices"), count("losing_devices"))
}
