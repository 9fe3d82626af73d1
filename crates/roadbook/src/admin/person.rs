//! `roadbook admin person`: people, how they get in, and codes for their devices, from anywhere. `roadbook user` does it on the
//! server's own machine, also while no server runs.

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_model::{DeviceId, Role};
use serde_json::{Value as Json, json};

use crate::api::{Api, given, text, when};
use crate::output::{Output, headed};
use crate::user::link::PictureArgs;

/// People, and how they get in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin person list --role rep
  roadbook admin person add anna@example.com --name 'Anna Berg' --role rep --manager carl@example.com
  roadbook admin person link anna@example.com
  roadbook admin person code anna@example.com --qr
  roadbook admin person edit anna@example.com --role manager
  roadbook admin person deactivate anna@example.com

A person is called by e-mail address, or by full name if only one has it.")]
pub(super) struct PersonArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show people, by name.
    #[command(after_help = "\
Examples:
  roadbook admin person list
  roadbook admin person list --role rep --inactive --json")]
    List {
        /// Of this role: rep, manager, office or admin.
        #[arg(long)]
        role: Option<Role>,
        /// Those who do not work here any more, instead of those who do.
        #[arg(long)]
        inactive: bool,
    },
    /// Add a person.
    Add(AddArgs),
    /// Change what is named of a person; the rest stays.
    Edit(EditArgs),
    /// Make a one-time link with which a person chooses a password. Earlier links of the same person end.
    #[command(after_help = "\
Examples:
  roadbook admin person link anna@example.com
  roadbook admin person link anna@example.com --hours 4")]
    Link {
        /// E-mail address, or full name.
        person: String,
        /// For how many hours the link is good.
        #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=336))]
        hours: u16,
    },
    /// Give out a single-use code with which one device is enrolled for a person.
    Code(CodeArgs),
    /// Keep a person out: sessions and links end, devices leave; what they have not sent still comes, for review.
    #[command(after_help = "\
Examples:
  roadbook admin person deactivate anna@example.com")]
    Deactivate {
        /// E-mail address, or full name.
        person: String,
    },
    /// Take a person back. Devices that left enrol anew.
    #[command(after_help = "\
Examples:
  roadbook admin person reactivate anna@example.com")]
    Reactivate {
        /// E-mail address, or full name.
        person: String,
    },
}

/// A person to add.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin person add anna@example.com --name 'Anna Berg' --role rep --manager carl@example.com
  roadbook admin person add carl@example.com --name 'Carl Dahl' --role manager --number 4711")]
struct AddArgs {
    /// E-mail address.
    email: String,
    /// Full name.
    #[arg(long)]
    name: String,
    /// rep, manager, office or admin.
    #[arg(long)]
    role: Role,
    /// The manager's e-mail address, or full name.
    #[arg(long, value_name = "PERSON")]
    manager: Option<String>,
    /// The person's number in the system behind.
    #[arg(long, value_name = "TEXT")]
    number: Option<String>,
}

/// What is to be otherwise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin person edit anna@example.com --role manager
  roadbook admin person edit anna@example.com --email anna.berg@example.com --name 'Anna Berg-Dahl'
  roadbook admin person edit anna@example.com --no-manager

With another manager, the managers' devices get and lose what that person holds.")]
struct EditArgs {
    /// E-mail address, or full name.
    person: String,
    #[command(flatten)]
    to: ChangeArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ChangeArgs {
    /// Full name.
    #[arg(long)]
    name: Option<String>,
    /// E-mail address.
    #[arg(long)]
    email: Option<String>,
    /// rep, manager, office or admin.
    #[arg(long)]
    role: Option<Role>,
    /// The manager's e-mail address, or full name.
    #[arg(long, value_name = "PERSON", conflicts_with = "no_manager")]
    manager: Option<String>,
    /// Nobody is the person's manager.
    #[arg(long)]
    no_manager: bool,
    /// The person's number in the system behind.
    #[arg(long, value_name = "TEXT")]
    number: Option<String>,
}

/// For whom, and how it is shown.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin person code anna@example.com
  roadbook admin person code 'Anna Berg' --hours 4 --qr --png anna.png
  roadbook admin person code anna@example.com --replaces 0196f3b0-0000-7000-8000-000000000002 --qr

A code is shown this once and kept nowhere.")]
struct CodeArgs {
    /// E-mail address, or full name.
    person: String,
    /// For how many hours the code is good.
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=2160))]
    hours: u16,
    /// A device of this person that leaves when the code is used: the new one takes its place.
    #[arg(long, value_name = "DEVICE")]
    replaces: Option<DeviceId>,
    #[command(flatten)]
    picture: PictureArgs,
}

/// Does one thing about people.
pub(super) fn run(api: &mut Api, args: &PersonArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { role, inactive } => list(api, *role, !inactive, output),
        Verb::Add(args) => {
            let manager = args.manager.as_deref().map(|word| api.person(word)).transpose()?;
            let new = json!({
                "name": args.name, "email": args.email, "role": args.role.as_str(), "external_id": args.number,
                "manager_id": manager.map(|manager| manager["id"].clone()),
            });
            let made = api.post("/v1/people", &given(new))?;
            output.show(&made, || format!("{}; now: {}", words(&made), ways_in(&made)))
        }
        Verb::Edit(args) => {
            let path = path(api, &args.person)?;
            let change = change(api, &args.to)?;
            let seen = api.etag(&path)?;
            let done = api.edit("PATCH", &path, &seen, Some(&change))?;
            output.show(&done, || words(&done))
        }
        Verb::Link { person, hours } => {
            let path = path(api, person)?;
            let link = api.post(&format!("{path}/links"), &json!({ "hours": hours }))?;
            output.show(&link, || text(&link, "url").to_owned())
        }
        Verb::Code(args) => code(api, args, output),
        Verb::Deactivate { person } => {
            let path = path(api, person)?;
            let done = api.post(&format!("{path}/deactivate"), &json!({}))?;
            output.show(&done, || {
                let devices = done["devices"].as_array().map_or(0, Vec::len);
                let name = text(&done["person"], "name");
                format!("{name} is out: {} sessions ended, {devices} devices are leaving", done["sessions"])
            })
        }
        Verb::Reactivate { person } => {
            let path = path(api, person)?;
            let row = api.post(&format!("{path}/reactivate"), &json!({}))?;
            output.show(&row, || format!("{} is back; now: {}", text(&row, "name"), ways_in(&row)))
        }
    }
}

fn list(api: &mut Api, role: Option<Role>, active: bool, output: Output) -> Result<()> {
    let mut query = vec![("active", if active { "true" } else { "false" })];
    query.extend(role.map(|role| ("role", role.as_str())));
    let people = api.list("/v1/people", &query)?;
    output.show(&people, || {
        if people.is_empty() {
            return "nobody is here".to_owned();
        }
        let row = |it: &Json| {
            let signs_in = if it["has_password"] == true { "yes" } else { "no" };
            [text(it, "email"), text(it, "role"), signs_in, text(it, "name")].map(str::to_owned)
        };
        headed(["address", "role", "password", "name"], people.iter().map(row))
    })
}

/// What is named; a manager may be named as nobody, which is null.
fn change(api: &mut Api, to: &ChangeArgs) -> Result<Json> {
    let manager = to.manager.as_deref().map(|word| api.person(word)).transpose()?;
    let mut change = given(json!({
        "name": to.name, "email": to.email, "role": to.role.map(Role::as_str), "external_id": to.number,
        "manager_id": manager.map(|manager| manager["id"].clone()),
    }));
    if to.no_manager {
        change["manager_id"] = Json::Null;
    }
    Ok(change)
}

fn code(api: &mut Api, args: &CodeArgs, output: Output) -> Result<()> {
    let path = path(api, &args.person)?;
    let frame = args.picture.prepare()?;
    let wanted = given(json!({ "hours": args.hours, "replaces": args.replaces }));
    let code = api.post(&format!("{path}/enrol-codes"), &wanted)?;
    let words = frame.show(text(&code, "code"), text(&code, "url"))?;
    let value = json!({ "code": code["code"], "expires_at": code["expires_at"], "url": code["url"] });
    output.show(&value, || format!("{words}\ngood until {}", when(&code["expires_at"])))
}

fn path(api: &mut Api, person: &str) -> Result<String> {
    Ok(format!("/v1/people/{}", text(&api.person(person)?, "id")))
}

fn words(person: &Json) -> String {
    format!("{} ({}) is {}", text(person, "name"), text(person, "email"), text(person, "role"))
}

fn ways_in(person: &Json) -> String {
    let email = text(person, "email");
    format!("roadbook admin person link {email}, roadbook admin person code {email}")
}
