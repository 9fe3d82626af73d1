//! `roadbook admin devices`: the fleet, and what is done about one of it.

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use roadbook_model::DeviceId;
use serde_json::{Value as Json, json};

use super::terms::moment;
use crate::api::{Api, text, when};
use crate::output::{Output, headed};

/// Devices.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin devices list
  roadbook admin devices list --person nancy.davolio@northwind.example
  roadbook admin devices list --state active --unseen-since 2027-01-01
  roadbook admin devices show 0196f3b0-0000-7000-8000-000000000002
  roadbook admin devices rename 0196f3b0-0000-7000-8000-000000000002 'Nancy, tablet'
  roadbook admin devices revoke 0196f3b0-0000-7000-8000-000000000002 --as leaving")]
pub(super) struct DevicesArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the devices, in the order of their enrolment.
    #[command(after_help = "\
Examples:
  roadbook admin devices list
  roadbook admin devices list --state leaving --json")]
    List(ListArgs),
    /// Show one, with what it still owes and what of its work is held.
    #[command(after_help = "\
Examples:
  roadbook admin devices show 0196f3b0-0000-7000-8000-000000000002")]
    Show {
        /// The device.
        id: DeviceId,
    },
    /// Call a device otherwise.
    #[command(after_help = "\
Examples:
  roadbook admin devices rename 0196f3b0-0000-7000-8000-000000000002 'Nancy, tablet'")]
    Rename {
        /// The device.
        id: DeviceId,
        /// What it is called from now on.
        name: String,
    },
    /// Take a device out of use: it loses every account.
    #[command(after_help = "\
Examples:
  roadbook admin devices revoke 0196f3b0-0000-7000-8000-000000000002 --as leaving
  roadbook admin devices revoke 0196f3b0-0000-7000-8000-000000000002 --as blocked

leaving: its person leaves or gets another one; what it still sends goes to review, then it is to wipe itself.
blocked: it is lost or stolen; nothing of it is taken any more. There is no default: the two are too different.")]
    Revoke {
        /// The device.
        id: DeviceId,
        /// How it goes.
        #[arg(long = "as", value_enum)]
        mode: Mode,
    },
}

/// Which devices.
#[derive(Debug, Args)]
struct ListArgs {
    /// Of this person.
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// In this state.
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Not seen since this day or moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    unseen_since: Option<DateTime<Utc>>,
}

/// A device's state, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// It works.
    Active,
    /// What it still sends goes to review.
    Leaving,
    /// It said that everything on it is gone.
    Wiped,
    /// Nothing of it is taken.
    Blocked,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Leaving => "leaving",
            Self::Wiped => "wiped",
            Self::Blocked => "blocked",
        }
    }
}

/// How a device goes, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// What it still sends goes to review.
    Leaving,
    /// Nothing of it is taken any more.
    Blocked,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Leaving => "leaving",
            Self::Blocked => "blocked",
        }
    }
}

/// Looks at devices, or does something about one.
pub(super) fn run(api: &mut Api, args: &DevicesArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List(args) => list(api, args, output),
        Verb::Show { id } => {
            let device = api.get(&format!("/v1/devices/{id}"))?;
            output.show(&device, || words(&device))
        }
        Verb::Rename { id, name } => {
            let path = format!("/v1/devices/{id}");
            let seen = api.etag(&path)?;
            let device = api.edit("PATCH", &path, &seen, Some(&json!({ "name": name })))?;
            output.show(&device, || words(&device))
        }
        Verb::Revoke { id, mode } => {
            let device = api.post(&format!("/v1/devices/{id}/revoke"), &json!({ "mode": mode.word() }))?;
            output.show(&device, || words(&device))
        }
    }
}

fn list(api: &mut Api, args: &ListArgs, output: Output) -> Result<()> {
    let person = args.person.as_deref().map(|email| api.person(email)).transpose()?;
    let since = args.unseen_since.map(|at| at.to_rfc3339());
    let mut query = Vec::new();
    query.extend(person.as_ref().map(|person| ("person", text(person, "id"))));
    query.extend(args.state.map(|state| ("state", state.word())));
    query.extend(since.as_deref().map(|since| ("stale_since", since)));
    let devices = api.list("/v1/devices", &query)?;
    output.show(&devices, || {
        if devices.is_empty() {
            return "no device is here".to_owned();
        }
        let head = ["id", "state", "last seen", "unsent", "held", "draining", "person", "name"];
        let row = |device: &Json| {
            [
                text(device, "id").to_owned(),
                text(device, "state").to_owned(),
                when(&device["last_seen_at"]),
                device["unsent"].to_string(),
                device["held"].to_string(),
                device["draining"].to_string(),
                text(device, "person_name").to_owned(),
                text(device, "name").to_owned(),
            ]
        };
        headed(head, devices.iter().map(row))
    })
}

fn words(device: &Json) -> String {
    let mut words = format!(
        "{} of {} is {}; last seen {}, then {} unsent; {} held, {} to hand over\n",
        text(device, "name"),
        text(device, "person_name"),
        text(device, "state"),
        when(&device["last_seen_at"]),
        device["unsent"],
        device["held"],
        device["draining"]
    );
    if !device["wipe_ordered_at"].is_null() {
        let (told, wiped) = (when(&device["wipe_ordered_at"]), when(&device["wiped_at"]));
        words.push_str(&format!("told to wipe itself {told}; it said that it did: {wiped}\n"));
    }
    for lease in device["draining_leases"].as_array().into_iter().flatten() {
        let what = lease["account_name"].as_str().or(lease["territory"].as_str()).unwrap_or_default();
        words.push_str(&format!("still to hand over: {what}\n"));
    }
    for item in device["held_items"].as_array().into_iter().flatten() {
        let position = &item["position"];
        words.push_str(&format!("held: {position} ({})\n", text(item, "code")));
    }
    words
}
