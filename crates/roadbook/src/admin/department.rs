//! `roadbook admin department`: departments, who belongs to them, and what is in their queues.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::api::{Api, given, text};
use crate::output::{Output, headed, number_of};

/// Departments.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin department list
  roadbook admin department add 'Customer service' --code service
  roadbook admin department rename service Helpdesk
  roadbook admin department member add service anna@example.com
  roadbook admin department queue service
  roadbook admin department remove service

A department is called by its code, or by its name.")]
pub(super) struct DepartmentArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the departments and their members.
    #[command(after_help = "\
Examples:
  roadbook admin department list
  roadbook admin department list --json")]
    List,
    /// Add a department.
    #[command(after_help = "\
Examples:
  roadbook admin department add 'Customer service'
  roadbook admin department add 'Customer service' --code service")]
    Add {
        /// What it is called; no two are alike.
        name: String,
        /// The word by which processes name it, for good; without one it is made of the name.
        #[arg(long, value_name = "WORD")]
        code: Option<String>,
    },
    /// Call a department otherwise. Its code stays.
    #[command(after_help = "\
Examples:
  roadbook admin department rename service Helpdesk")]
    Rename {
        /// Its code, or its name.
        department: String,
        /// What it is called from now on.
        name: String,
    },
    /// Remove a department whose queue is empty.
    #[command(after_help = "\
Examples:
  roadbook admin department remove service")]
    Remove {
        /// Its code, or its name.
        department: String,
    },
    /// Who belongs to it. Saying the same twice changes nothing more.
    Member(MemberArgs),
    /// Show a department's open tasks, by the day they are due.
    #[command(after_help = "\
Examples:
  roadbook admin department queue service
  roadbook admin department queue service --json")]
    Queue {
        /// Its code, or its name.
        department: String,
    },
}

/// Who belongs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin department member add service anna@example.com
  roadbook admin department member remove service 'Anna Berg'")]
struct MemberArgs {
    #[command(subcommand)]
    verb: MemberVerb,
}

#[derive(Debug, Subcommand)]
enum MemberVerb {
    /// Make a person a member.
    #[command(after_help = "\
Examples:
  roadbook admin department member add service anna@example.com")]
    Add(Membership),
    /// End a membership.
    #[command(after_help = "\
Examples:
  roadbook admin department member remove service anna@example.com")]
    Remove(Membership),
}

/// A department and a person.
#[derive(Debug, Args)]
struct Membership {
    /// The department's code, or its name.
    department: String,
    /// The person's e-mail address, or full name.
    person: String,
}

/// Does one thing with departments.
pub(super) fn run(api: &mut Api, args: &DepartmentArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List => {
            let found = api.list("/v1/departments", &[])?;
            output.show(&found, || table(&found))
        }
        Verb::Add { name, code } => {
            let made = api.post("/v1/departments", &given(json!({ "name": name, "code": code })))?;
            output.show(&made, || words(&made))
        }
        Verb::Rename { department, name } => {
            let path = path(api, department)?;
            let seen = api.etag(&path)?;
            let done = api.edit("PATCH", &path, &seen, Some(&json!({ "name": name })))?;
            output.show(&done, || words(&done))
        }
        Verb::Remove { department } => {
            let path = path(api, department)?;
            let seen = api.etag(&path)?;
            api.edit("DELETE", &path, &seen, None)?;
            output.show(&json!({ "removed": department }), || format!("{department} is gone"))
        }
        Verb::Member(args) => {
            let done = match &args.verb {
                MemberVerb::Add(it) => {
                    let path = member(api, it)?;
                    api.put(&path, &json!({}))?
                }
                MemberVerb::Remove(it) => {
                    let path = member(api, it)?;
                    api.delete(&path)?
                }
            };
            output.show(&done, || words(&done))
        }
        Verb::Queue { department } => {
            let path = path(api, department)?;
            let tasks = api.list(&format!("{path}/queue"), &[])?;
            output.show(&tasks, || queue(&tasks))
        }
    }
}

fn path(api: &mut Api, department: &str) -> Result<String> {
    Ok(format!("/v1/departments/{}", api.department(department)?))
}

fn member(api: &mut Api, it: &Membership) -> Result<String> {
    let department = path(api, &it.department)?;
    Ok(format!("{department}/members/{}", text(&api.person(&it.person)?, "id")))
}

fn members(department: &Json) -> String {
    let names = department["members"].as_array().into_iter().flatten().map(|member| text(member, "name"));
    names.collect::<Vec<_>>().join(", ")
}

fn words(department: &Json) -> String {
    let members = match members(department).as_str() {
        "" => "nobody belongs to it".to_owned(),
        names => format!("members: {names}"),
    };
    let (name, code) = (text(department, "name"), text(department, "code"));
    format!("{name} ({code}): {}; {members}", number_of(&department["open_tasks"], "open task"))
}

fn table(found: &[Json]) -> String {
    if found.is_empty() {
        return "no department is here; `roadbook admin department add` makes one".to_owned();
    }
    let row = |it: &Json| {
        [text(it, "code").to_owned(), it["open_tasks"].to_string(), text(it, "name").to_owned(), members(it)]
    };
    headed(["code", "open tasks", "name", "members"], found.iter().map(row))
}

fn queue(tasks: &[Json]) -> String {
    if tasks.is_empty() {
        return "its queue is empty".to_owned();
    }
    let row = |it: &Json| {
        [
            text(it, "id").to_owned(),
            it["due"].as_str().unwrap_or("-").to_owned(),
            it["priority"].as_str().unwrap_or("-").to_owned(),
            text(it, "account_name").to_owned(),
            text(it, "subject").to_owned(),
        ]
    };
    headed(["task", "due", "priority", "account", "what"], tasks.iter().map(row))
}
