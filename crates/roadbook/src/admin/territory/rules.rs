//! `roadbook admin territory rules`: by which rules accounts are placed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_server::store::office::membership::NewRule;
use serde_json::{Value as Json, json};

use crate::admin::terms::{TermsArgs, counted};
use crate::api::{Api, given, text};
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
    #[command(after_help = "\
Examples:
  roadbook admin territory rules show HARBOUR
  roadbook admin territory rules show HARBOUR --json")]
    Show {
        /// Its code.
        territory: String,
    },
    /// Replace the rules of a territory.
    #[command(after_help = "\
Examples:
  roadbook admin territory rules set HARBOUR rules.json")]
    Set {
        /// Its code.
        territory: String,
        /// A JSON file with the rules; an empty list ends them all.
        file: PathBuf,
    },
    /// Say which accounts would move from where to where by which rule.
    #[command(after_help = "\
Examples:
  roadbook admin territory rules preview
  roadbook admin territory rules preview --json")]
    Preview,
    /// Move existing accounts where the rules say.
    Apply(ApplyArgs),
}

/// Which rules to which accounts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin territory rules apply --version 3
  roadbook admin territory rules apply --version 3 --account ALFKI --account BLAUS")]
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
pub(super) fn run(api: &mut Api, args: &RulesArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::Show { territory } => {
            let territory = api.territory(territory)?;
            let list = api.get(&format!("/v1/territories/{territory}/rules"))?;
            output.show(&list, || words(&list))
        }
        Verb::Set { territory, file } => {
            let rules = read(file)?;
            let path = format!("/v1/territories/{}/rules", api.territory(territory)?);
            let seen = api.etag(&path)?;
            let list = api.edit("PUT", &path, &seen, Some(&json!({ "rules": rules })))?;
            output.show(&list, || words(&list))
        }
        Verb::Preview => {
            let preview = preview(api)?;
            output.show(&preview, || preview_words(&preview))
        }
        Verb::Apply(args) => {
            let done = apply(api, args)?;
            output.show(&done, || counted(&done["done"]))
        }
    }
}

/// The list as it stands in the file, once it is one: the server says what is wrong with a rule.
fn read(file: &Path) -> Result<Json> {
    let bad = |error: &dyn std::fmt::Display| {
        Problem::new("bad_rules_file", format!("{} is not a list of rules: {error}", file.display()))
    };
    let text = fs::read_to_string(file).map_err(|error| bad(&error))?;
    let _rules: Vec<NewRule> = serde_json::from_str(&text).map_err(|error| bad(&error))?;
    Ok(serde_json::from_str(&text).map_err(|error| bad(&error))?)
}

fn apply(api: &mut Api, args: &ApplyArgs) -> Result<Json> {
    let mut only = Vec::new();
    for name in &args.account {
        only.push(api.account(name)?);
    }
    let what = given(json!({
        "version": args.version,
        "accounts": Some(only).filter(|only| !only.is_empty()),
        "terms": args.terms.body(),
        "allow_unheld": args.allow_unheld,
    }));
    api.post("/v1/rules/apply", &what)
}

/// The preview, with codes for ids.
fn preview(api: &mut Api) -> Result<Json> {
    let nodes = api.territories()?;
    let mut whole = Json::Null;
    let mut proposals = Vec::new();
    api.pages("/v1/rules/preview", &[], |mut page| {
        proposals.append(page["items"].as_array_mut().unwrap_or(&mut Vec::new()));
        whole = page;
        true
    })?;
    let code = |id: &Json| {
        let node = nodes.iter().find(|node| node["id"] == *id);
        node.map(|node| text(node, "code").to_owned()).unwrap_or_default()
    };
    let with_codes = |one: &Json| {
        let mut one = one.clone();
        let (from, to) = (code(&one["from_territory_id"]), code(&one["to_territory_id"]));
        (one["from"], one["to"]) = (from.into(), to.into());
        one
    };
    let counts = whole["counts"].as_array().into_iter().flatten();
    Ok(json!({
        "version": whole["version"],
        "examined": whole["examined"],
        "unmatched": whole["unmatched"],
        "counts": counts.map(with_codes).collect::<Vec<_>>(),
        "proposals": proposals.iter().map(with_codes).collect::<Vec<_>>(),
    }))
}

fn words(list: &Json) -> String {
    let rule = |rule: &Json| {
        let note = rule["note"].as_str().map(|note| format!("  ({note})")).unwrap_or_default();
        format!("{}. {}{note}\n", rule["position"], rule["criteria"])
    };
    match list["rules"].as_array().filter(|rules| !rules.is_empty()) {
        None => "no rules".to_owned(),
        Some(rules) => rules.iter().map(rule).collect(),
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
