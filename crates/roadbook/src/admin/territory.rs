//! `roadbook admin territory`: the tree of territories, the rules that place accounts in them, accounts that wait to be
//! assigned.

mod rules;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use super::terms::{TermsArgs, counted};
use crate::api::{Api, given, text};
use crate::output::{Output, table};

/// The tree, its rules, and what waits.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory list
  roadbook admin territory add HARBOUR 'The harbour' --under region-1
  roadbook admin territory move HARBOUR --under region-2
  roadbook admin territory archive HARBOUR --successor 06897
  roadbook admin territory rules set HARBOUR rules.json
  roadbook admin territory rules preview
  roadbook admin territory unassigned")]
pub(super) struct TerritoryArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the tree.
    #[command(after_help = "\
Examples:
  roadbook admin territory list
  roadbook admin territory list --archived --json")]
    List {
        /// Those out of use, too.
        #[arg(long)]
        archived: bool,
    },
    /// Make a territory.
    Add(AddArgs),
    /// Give a territory another code or name, or make it the inbox.
    Edit(EditArgs),
    /// Make a territory a part of another, or a root.
    Move(MoveArgs),
    /// Take a territory out of use.
    Archive(ArchiveArgs),
    /// The rules that place accounts.
    Rules(rules::RulesArgs),
    /// Accounts that wait to be assigned.
    #[command(after_help = "\
Examples:
  roadbook admin territory unassigned
  roadbook admin territory unassigned --json")]
    Unassigned,
    /// Say where accounts belong.
    Assign(AssignArgs),
}

/// A territory to make.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory add HARBOUR 'The harbour' --under region-1
  roadbook admin territory add INBOX 'To be assigned' --inbox")]
struct AddArgs {
    /// Its code: short, without spaces.
    code: String,
    /// What it is called.
    name: String,
    /// The code of what it is a part of; without it, it is a root.
    #[arg(long, value_name = "CODE")]
    under: Option<String>,
    /// Accounts that nobody placed wait here. The inbox before it ends.
    #[arg(long)]
    inbox: bool,
}

/// What to change.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory edit HARBOUR --name 'The old harbour'
  roadbook admin territory edit HARBOUR --code PORT --inbox true")]
struct EditArgs {
    /// Its code.
    territory: String,
    /// Another code.
    #[arg(long)]
    code: Option<String>,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Whether it is the inbox.
    #[arg(long, value_name = "BOOL")]
    inbox: Option<bool>,
}

/// Where to.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory move HARBOUR --under region-2
  roadbook admin territory move HARBOUR --root --policy review --note 'It stands by itself now.'")]
struct MoveArgs {
    /// Its code.
    territory: String,
    /// The code of what it becomes a part of.
    #[arg(long, value_name = "CODE", required_unless_present = "root")]
    under: Option<String>,
    /// Make it a root.
    #[arg(long, conflicts_with = "under")]
    root: bool,
    #[command(flatten)]
    terms: TermsArgs,
}

/// How to take it out of use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory archive HARBOUR --successor 06897
  roadbook admin territory archive HARBOUR")]
struct ArchiveArgs {
    /// Its code.
    territory: String,
    /// The code of what takes over its accounts and parts; needed unless there are none.
    #[arg(long, value_name = "CODE")]
    successor: Option<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Which accounts, and where.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory assign ALFKI BLAUS --to 06897
  roadbook admin territory assign ALFKI --to HARBOUR --allow-unheld")]
struct AssignArgs {
    /// Accounts, by id, number in the system behind, or name.
    #[arg(required = true, value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// The territory's code.
    #[arg(long, value_name = "CODE")]
    to: String,
    /// Even if nobody holds the territory: they are then on no device.
    #[arg(long)]
    allow_unheld: bool,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Does one thing with territories.
pub(super) fn run(api: &mut Api, args: &TerritoryArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List { archived } => {
            let archived = archived.to_string();
            let nodes = api.list("/v1/territories", &[("archived", &archived)])?;
            output.show(&nodes, || tree(&nodes))
        }
        Verb::Add(args) => {
            let node = add(api, args)?;
            output.show(&node, || format!("{} is there", path(&node)))
        }
        Verb::Edit(args) => {
            let edit = json!({ "code": args.code, "name": args.name, "is_inbox": args.inbox });
            told(&change(api, &args.territory, &given(edit))?, output)
        }
        Verb::Move(args) => {
            let parent = args.under.as_deref().map(|code| api.territory(code)).transpose()?;
            // Null means a root here, so it is sent.
            let edit = json!({ "parent_id": parent, "terms": args.terms.body() });
            told(&change(api, &args.territory, &edit)?, output)
        }
        Verb::Archive(args) => told(&archive(api, args)?, output),
        Verb::Rules(args) => rules::run(api, args, output),
        Verb::Unassigned => {
            let rows = unassigned(api)?;
            output.show(&rows, || waiting(&rows))
        }
        Verb::Assign(args) => {
            let done = assign(api, args)?;
            output.show(&done, || counted(&done))
        }
    }
}

fn add(api: &mut Api, args: &AddArgs) -> Result<Json> {
    let parent = args.under.as_deref().map(|code| api.territory(code)).transpose()?;
    let new = json!({ "code": args.code, "name": args.name, "parent_id": parent, "is_inbox": args.inbox });
    api.post("/v1/territories", &new)
}

/// Edits a territory as it stands now.
fn change(api: &mut Api, code: &str, edit: &Json) -> Result<Json> {
    let path = format!("/v1/territories/{}", api.territory(code)?);
    let seen = api.etag(&path)?;
    api.edit("PATCH", &path, &seen, Some(edit))
}

fn archive(api: &mut Api, args: &ArchiveArgs) -> Result<Json> {
    let path = format!("/v1/territories/{}", api.territory(&args.territory)?);
    let successor = args.successor.as_deref().map(|code| api.territory(code)).transpose()?;
    let seen = api.etag(&path)?;
    let how = given(json!({ "successor_id": successor, "terms": args.terms.body() }));
    api.edit("POST", &format!("{path}/archive"), &seen, Some(&how))
}

/// All names are known before the first account goes. Should one then be refused, those before it have gone; saying the
/// same again finishes it.
fn assign(api: &mut Api, args: &AssignArgs) -> Result<Json> {
    let to = api.territory(&args.to)?;
    let mut accounts = Vec::new();
    for name in &args.accounts {
        accounts.push(api.account(name)?);
    }
    let place = json!({ "territory_id": to, "terms": args.terms.body(), "allow_unheld": args.allow_unheld });
    let (mut moved, mut gaining, mut losing) = (0, 0, 0);
    for (before, account) in accounts.iter().enumerate() {
        let done = api.post(&format!("/v1/accounts/{account}/territory"), &place);
        let done = done.with_context(|| format!("{before} of {} accounts were placed", accounts.len()))?;
        let count = |name: &str| done[name].as_u64().unwrap_or(0);
        moved += count("accounts");
        // The same devices, as a rule: the most that one account concerned.
        gaining = gaining.max(count("gaining_devices"));
        losing = losing.max(count("losing_devices"));
    }
    Ok(json!({ "accounts": moved, "gaining_devices": gaining, "losing_devices": losing }))
}

fn unassigned(api: &mut Api) -> Result<Vec<Json>> {
    let rows = api.list("/v1/accounts", &[("unassigned", "true")])?;
    let row = |row: &Json| {
        json!({
            "account": row["id"], "name": row["name"], "territory": row["territory_code"], "reason": row["unassigned"],
        })
    };
    Ok(rows.iter().map(row).collect())
}

/// The codes from the root down.
fn path(node: &Json) -> String {
    let codes: Vec<&str> = node["path"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    codes.join("/")
}

fn tree(nodes: &[Json]) -> String {
    let row = |node: &Json| {
        let mark = match (node["is_inbox"] == true, node["archived_at"].is_null()) {
            (true, _) => " (inbox)",
            (_, false) => " (out of use)",
            _ => "",
        };
        let depth = node["path"].as_array().map_or(0, Vec::len).saturating_sub(1);
        let code = format!("{}{}", "  ".repeat(depth), text(node, "code"));
        vec![code, node["accounts"].to_string(), format!("{}{mark}", text(node, "name"))]
    };
    let head = vec!["code".to_owned(), "accounts".to_owned(), "name".to_owned()];
    table(&std::iter::once(head).chain(nodes.iter().map(row)).collect::<Vec<_>>())
}

fn waiting(rows: &[Json]) -> String {
    if rows.is_empty() {
        return "no account waits to be assigned".to_owned();
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| ["account", "reason", "name"].map(|name| text(row, name).to_owned()).to_vec())
        .collect();
    table(&rows)
}

fn told(done: &Json, output: Output) -> Result<()> {
    output.show(done, || format!("{}: {}", path(&done["territory"]), counted(&done["done"])))
}
