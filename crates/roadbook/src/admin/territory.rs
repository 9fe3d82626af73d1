//! `roadbook admin territory`: the tree of territories, the rules that place accounts in them, accounts that wait to be
//! assigned.

mod rules;

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_model::{AccountId, TerritoryId};
use roadbook_server::store::Store;
use roadbook_server::store::office::audit::By;
use roadbook_server::store::office::holders::EndTerms;
use roadbook_server::store::office::tree::{NewNode, Node, NodeEdit};
use roadbook_sync::ledger::place::Moved;
use serde_json::{Value as Json, json};

use super::{Policy, account, admin};
use crate::database::DatabaseArgs;
use crate::edge;
use crate::output::{Output, table};
use crate::problem::Problem;

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
    /// In whose name; without it, the one admin there is.
    #[arg(long, global = true, value_name = "EMAIL")]
    by: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the tree.
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
    Unassigned,
    /// Say where accounts belong.
    Assign(AssignArgs),
}

/// A territory to make.
#[derive(Debug, Args)]
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

/// On what terms people lose accounts.
#[derive(Debug, Args)]
struct TermsArgs {
    /// What happens to work that was captured before and comes after.
    #[arg(long, value_enum, default_value_t = Policy::Accept)]
    policy: Policy,
    /// For how many days the policy holds.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=3650))]
    grace: u16,
    /// A word for the people concerned.
    #[arg(long)]
    note: Option<String>,
}

impl TermsArgs {
    fn terms(&self) -> EndTerms {
        EndTerms { policy: self.policy.into(), grace_days: self.grace, note: self.note.clone() }
    }
}

/// Where to.
#[derive(Debug, Args)]
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
pub(super) fn run(args: &TerritoryArgs, database: &DatabaseArgs, output: Output) -> Result<()> {
    let by = args.by.as_deref();
    match &args.verb {
        Verb::List { archived } => {
            let nodes =
                database.with_store(|store| async move { Ok(store.list_territories(*archived).await?) })?;
            output.show(&nodes, || tree(&nodes))
        }
        Verb::Add(args) => {
            let node = database.with_store(|store| add(store, args, by))?;
            output.show(&node, || format!("{} is there", node.path.join("/")))
        }
        Verb::Edit(args) => {
            let edit = NodeEdit {
                code: args.code.clone(),
                name: args.name.clone(),
                parent: None,
                is_inbox: args.inbox,
            };
            let terms = EndTerms::default();
            told(&database.with_store(|store| change(store, &args.territory, edit, &terms, by))?, output)
        }
        Verb::Move(args) => told(&database.with_store(|store| relocate(store, args, by))?, output),
        Verb::Archive(args) => told(&database.with_store(|store| archive(store, args, by))?, output),
        Verb::Rules(args) => rules::run(args, by, database, output),
        Verb::Unassigned => {
            let rows = database.with_store(unassigned)?;
            output.show(&rows, || waiting(&rows))
        }
        Verb::Assign(args) => {
            let moved = database.with_store(|store| assign(store, args, by))?;
            output.show(&counts(&moved), || counted(&moved))
        }
    }
}

/// In whose name.
async fn console(store: &Store, email: Option<&str>) -> Result<By> {
    let admin = admin(store, email).await?;
    Ok(By::at_console(admin.id, admin.role))
}

/// A territory by code.
async fn coded(store: &Store, code: &str) -> Result<TerritoryId> {
    let found = store.lookup_territory(code).await?;
    Ok(found
        .ok_or_else(|| Problem::new("unknown_territory", format!("no territory has the code {code:?}")))?)
}

async fn add(store: Store, args: &AddArgs, by: Option<&str>) -> Result<Node> {
    let by = console(&store, by).await?;
    let parent = match &args.under {
        Some(code) => Some(coded(&store, code).await?),
        None => None,
    };
    let id = TerritoryId::new(edge::now_ms().max(0).unsigned_abs(), edge::random());
    let new = NewNode { code: args.code.clone(), name: args.name.clone(), parent, is_inbox: args.inbox };
    Ok(store.add_territory(&by, id, &new).await?)
}

async fn change(
    store: Store,
    code: &str,
    edit: NodeEdit,
    terms: &EndTerms,
    by: Option<&str>,
) -> Result<(Node, Moved)> {
    let by = console(&store, by).await?;
    let id = coded(&store, code).await?;
    Ok(store.edit_territory(&by, id, None, &edit, &terms.from_now(edge::now_ms())).await?)
}

async fn relocate(store: Store, args: &MoveArgs, by: Option<&str>) -> Result<(Node, Moved)> {
    let parent = match &args.under {
        Some(code) => Some(coded(&store, code).await?),
        None => None,
    };
    let terms = args.terms.terms();
    terms.check()?;
    let edit = NodeEdit { parent: Some(parent), ..NodeEdit::default() };
    change(store, &args.territory, edit, &terms, by).await
}

async fn archive(store: Store, args: &ArchiveArgs, by: Option<&str>) -> Result<(Node, Moved)> {
    let by = console(&store, by).await?;
    let id = coded(&store, &args.territory).await?;
    let successor = match &args.successor {
        Some(code) => Some(coded(&store, code).await?),
        None => None,
    };
    Ok(store.archive_territory(&by, id, None, successor, &args.terms.terms()).await?)
}

async fn assign(store: Store, args: &AssignArgs, by: Option<&str>) -> Result<Moved> {
    let by = console(&store, by).await?;
    let to = coded(&store, &args.to).await?;
    let mut accounts: Vec<AccountId> = Vec::new();
    for name in &args.accounts {
        accounts.push(account(&store, name).await?);
    }
    Ok(store.assign(&by, &accounts, to, &args.terms.terms(), args.allow_unheld).await?)
}

/// All of them, page by page.
async fn unassigned(store: Store) -> Result<Vec<Json>> {
    const PAGE: u32 = 500;
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_unassigned(after, PAGE).await?;
        after = page.last().map(|row| row.account);
        rows.extend(page.into_iter().map(|row| {
            json!({ "account": row.account, "name": row.name, "territory": row.territory, "reason": row.reason })
        }));
        if rows.len() % PAGE as usize != 0 || after.is_none() {
            return Ok(rows);
        }
    }
}

fn tree(nodes: &[Node]) -> String {
    let row = |node: &Node| {
        let mark = match (node.is_inbox, node.archived_at) {
            (true, _) => " (inbox)",
            (_, Some(_)) => " (out of use)",
            _ => "",
        };
        let indent = "  ".repeat(node.path.len().saturating_sub(1));
        vec![format!("{indent}{}", node.code), node.accounts.to_string(), format!("{}{mark}", node.name)]
    };
    let head = vec!["code".to_owned(), "accounts".to_owned(), "name".to_owned()];
    table(&std::iter::once(head).chain(nodes.iter().map(row)).collect::<Vec<_>>())
}

fn waiting(rows: &[Json]) -> String {
    if rows.is_empty() {
        return "no account waits to be assigned".to_owned();
    }
    let cell = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| ["account", "reason", "name"].map(|name| cell(row, name)).to_vec()).collect();
    table(&rows)
}

fn told((node, moved): &(Node, Moved), output: Output) -> Result<()> {
    let value = json!({ "territory": node, "done": counts(moved) });
    output.show(&value, || format!("{}: {}", node.path.join("/"), counted(moved)))
}

fn counts(moved: &Moved) -> Json {
    json!({
        "accounts": moved.accounts,
        "gaining_devices": moved.granted.len(),
        "losing_devices": moved.withdrawn.len(),
    })
}

fn counted(moved: &Moved) -> String {
    format!(
        "{} accounts moved; {} devices gain, {} lose",
        moved.accounts,
        moved.granted.len(),
        moved.withdrawn.len()
    )
}
