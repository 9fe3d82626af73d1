//! `roadbook admin territory rules`: by which rules accounts are placed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_server::store::Store;
use roadbook_server::store::office::membership::{NewRule, RuleList};
use roadbook_server::store::office::placing::{Application, Applied, RulesPreview};
use serde_json::{Value as Json, json};

use super::{TermsArgs, coded, console, counted, counts};
use crate::admin::account;
use crate::database::DatabaseArgs;
use crate::output::Output;
use crate::problem::Problem;

/// The rules that place accounts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory rules show HARBOUR
  roadbook admin territory rules set HARBOUR rules.json
  roadbook admin territory rules preview
  roadbook admin territory rules apply --version 3

rules.json is a list, in the order of the rules:
  [ { \"criteria\": { \"countries\": [\"Germany\"], \"postal_codes\": [\"20*\", \"21000-21999\"] }, \"note\": \"Hamburg\" },
    { \"criteria\": { \"segments\": [\"A\"], \"tags\": [\"marina\"] } } ]
Criteria: countries, regions, postal_codes (with countries), segments, tags, area (a GeoJSON polygon). All that a rule
names must hold. Rules place new accounts from now on; apply them to move existing ones.")]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the rules of a territory.
    Show {
        /// Its code.
        territory: String,
    },
    /// Replace the rules of a territory.
    Set {
        /// Its code.
        territory: String,
        /// A JSON file with the rules; an empty list ends them all.
        file: PathBuf,
    },
    /// Say which accounts would move from where to where by which rule.
    Preview,
    /// Move existing accounts where the rules say.
    Apply(ApplyArgs),
}

/// Which rules to which accounts.
#[derive(Debug, Args)]
struct ApplyArgs {
    /// The version that the preview showed: should the rules have changed since, nothing is done.
    #[arg(long)]
    version: i64,
    /// Only this account, by id, number in the system behind, or name; may be repeated.
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
    /// Even where nobody holds the territory: the accounts are then on no device.
    #[arg(long)]
    allow_unheld: bool,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Does one thing with rules.
pub(super) fn run(args: &RulesArgs, by: Option<&str>, database: &DatabaseArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::Show { territory } => {
            let list = database.with_store(|store| show(store, territory))?;
            output.show(&list, || words(&list))
        }
        Verb::Set { territory, file } => {
            let rules = read(file)?;
            let list = database.with_store(|store| set(store, territory, &rules, by))?;
            output.show(&list, || words(&list))
        }
        Verb::Preview => {
            let preview = database.with_store(preview)?;
            output.show(&preview, || preview_words(&preview))
        }
        Verb::Apply(args) => {
            let done = database.with_store(|store| apply(store, args, by))?;
            let value = json!({ "reassignment": done.reassignment, "done": counts(&done.moved) });
            output.show(&value, || counted(&done.moved))
        }
    }
}

fn read(file: &Path) -> Result<Vec<NewRule>> {
    let bad = |error: &dyn std::fmt::Display| {
        Problem::new("bad_rules_file", format!("{} is not a list of rules: {error}", file.display()))
    };
    let text = fs::read_to_string(file).map_err(|error| bad(&error))?;
    Ok(serde_json::from_str(&text).map_err(|error| bad(&error))?)
}

async fn show(store: Store, code: &str) -> Result<RuleList> {
    let territory = coded(&store, code).await?;
    Ok(store.list_rules(territory).await?)
}

async fn set(store: Store, code: &str, rules: &[NewRule], by: Option<&str>) -> Result<RuleList> {
    let by = console(&store, by).await?;
    let territory = coded(&store, code).await?;
    Ok(store.put_rules(&by, territory, None, rules).await?)
}

async fn apply(store: Store, args: &ApplyArgs, by: Option<&str>) -> Result<Applied> {
    let by = console(&store, by).await?;
    let mut only = BTreeSet::new();
    for name in &args.account {
        only.insert(account(&store, name).await?);
    }
    let what = Application {
        version: args.version,
        only: Some(only).filter(|only| !only.is_empty()),
        terms: args.terms.terms(),
        allow_unheld: args.allow_unheld,
    };
    Ok(store.apply_rules(&by, &what).await?)
}

/// The preview, with codes for ids.
async fn preview(store: Store) -> Result<Json> {
    let preview = store.preview_rules().await?;
    let nodes = store.list_territories(true).await?;
    let code =
        |id| nodes.iter().find(|node| node.id == id).map(|node| node.code.as_str()).unwrap_or_default();
    let RulesPreview { version, examined, unmatched, counts, proposals } = &preview;
    let counts: Vec<Json> = counts
        .iter()
        .map(|count| {
            json!({ "from": code(count.from), "to": code(count.to), "rule": count.rule, "accounts": count.accounts })
        })
        .collect();
    let proposals: Vec<Json> = proposals
        .iter()
        .map(|one| {
            let (from, to) = (code(one.from), code(one.to));
            json!({ "account": one.account, "name": one.name, "from": from, "to": to, "rule": one.rule })
        })
        .collect();
    Ok(json!({
        "version": version, "examined": examined, "unmatched": unmatched, "counts": counts, "proposals": proposals,
    }))
}

fn words(list: &RuleList) -> String {
    let rule = |rule: &roadbook_server::store::office::membership::KeptRule| {
        let note = rule.note.as_deref().map(|note| format!("  ({note})")).unwrap_or_default();
        format!("{}. {}{note}\n", rule.position, rule.criteria)
    };
    match list.rules.is_empty() {
        true => "no rules".to_owned(),
        false => list.rules.iter().map(rule).collect(),
    }
}

fn preview_words(preview: &Json) -> String {
    let mut text = format!(
        "version {}: of {} accounts, {} would move, {} match no rule\n",
        preview["version"],
        preview["examined"],
        preview["proposals"].as_array().map_or(0, Vec::len),
        preview["unmatched"]
    );
    for count in preview["counts"].as_array().into_iter().flatten() {
        let word = |name: &str| count[name].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("{} from {} to {}\n", count["accounts"], word("from"), word("to")));
    }
    text
}
