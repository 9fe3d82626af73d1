//! `roadbook admin hold`: who holds what, and when.

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::terms::{Policy, moment};
use crate::api::{Api, given, text};
use crate::output::Output;
use crate::problem::Problem;

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
pub(super) struct HoldArgs {
    /// The person's e-mail address.
    email: String,
    /// The territory's code.
    territory: String,
    /// In what capacity.
    #[arg(long = "as", value_enum, default_value_t = Capacity::Owner)]
    capacity: Capacity,
    /// From when; without it, from now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// Until when; without it, with no end.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<DateTime<Utc>>,
    /// End it now.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    end: bool,
    /// When it ends: what happens to work that was captured before and comes after; without it, accept, or with --end what
    /// was said before.
    #[arg(long, value_enum)]
    policy: Option<Policy>,
    /// When it ends: for how many days the policy holds; without it, 30, or with --end what was said before.
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
        false => begin(api, args, &path, &person, &own)?,
    };
    let value = json!({ "gaining_devices": done.0, "losing_devices": done.1 });
    output.show(&value, || format!("{} devices get its accounts, {} lose them", done.0, done.1))
}

/// How many devices gain and lose.
type Counts = (u64, u64);

fn begin(api: &mut Api, args: &HoldArgs, path: &str, person: &Json, own: &[Json]) -> Result<Counts> {
    let same =
        |holding: &Json| holding["capacity"] == args.capacity.word() && holding["stage"] == "in_effect";
    // Holding it already in this capacity changes nothing, so that a script may say it again.
    if args.from.is_none() && args.to.is_none() && own.iter().any(same) {
        return Ok((0, 0));
    }
    let terms = given(json!({ "policy": args.policy.map(Policy::word), "grace_days": args.grace }));
    let body = json!({
        "person_id": person["id"], "capacity": args.capacity.word(), "from_at": args.from, "to_at": args.to,
        "terms": terms,
    });
    Ok(counts(&api.post(path, &given(body))?))
}

fn end(api: &mut Api, args: &HoldArgs, path: &str, own: &[Json]) -> Result<Counts> {
    if own.is_empty() {
        let text = format!("{} does not hold {}", args.email, args.territory);
        return Err(Problem::new("impossible", text).into());
    }
    let mut sum = (0, 0);
    for holding in own {
        let one = format!("{path}/{}", text(holding, "id"));
        let mut version = holding["version"].clone();
        if args.policy.is_some() || args.grace.is_some() {
            let mut terms = holding["terms"].clone();
            if let Some(policy) = args.policy {
                terms["policy"] = json!(policy.word());
            }
            if let Some(grace) = args.grace {
                terms["grace_days"] = json!(grace);
            }
            let edit = json!({ "to_at": holding["to_at"], "terms": terms });
            version = api.edit("PATCH", &one, &etag(&version), Some(&edit))?["holding"]["version"].clone();
        }
        let done = counts(&api.edit("DELETE", &one, &etag(&version), None)?);
        sum = (sum.0 + done.0, sum.1 + done.1);
    }
    Ok(sum)
}

fn etag(version: &Json) -> String {
    format!("\"{version}\"")
}

fn counts(held: &Json) -> Counts {
    let count = |name: &str| held["done"][name].as_u64().unwrap_or(0);
    (count("gaining_devices"), count("losing_devices"))
}
