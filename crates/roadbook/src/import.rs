//! `roadbook import`: an organisation from another system, all of it or nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_protocol::entry::{Reference, ReferenceItem};
use roadbook_server::store::office::organisation::{
    KnownHolder, KnownPerson, KnownTerritory, Organisation, OrganisationCount,
};
use roadbook_server::store::office::territories::Capacity;
use serde_json::{Value as Json, json};

use crate::database::DatabaseArgs;
use crate::northwind::source::Source;
use crate::northwind::{PRODUCTS, Plan, territory_rule};
use crate::output::{Output, Progress, table};

/// Import an organisation from another system.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  roadbook import northwind --bundled")]
pub struct ImportArgs {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    /// The Northwind sample: a food wholesaler with 9 employees, 91 customers and 830 orders.
    #[command(after_help = northwind_help())]
    Northwind(NorthwindArgs),
}

/// Which files, and where to.
#[derive(Debug, Args)]
pub struct NorthwindArgs {
    /// The folder with the CSV files.
    #[arg(value_name = "DIR", required_unless_present = "bundled")]
    dir: Option<PathBuf>,
    /// The files that came with Roadbook.
    #[arg(long, conflicts_with = "dir")]
    bundled: bool,
    /// Only read and check the files.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

fn northwind_help() -> String {
    format!(
        "Examples:\n  roadbook import northwind --bundled\n  roadbook import northwind ./northwind --data /var/lib/roadbook\n  \
         roadbook import northwind ./northwind --dry-run --json\n\n\
         A row that is wrong is named with its file, line and column, and nothing is imported. Importing the same \
         again changes nothing.\n\n\
         Employees become reps and managers, with addresses under northwind.example; somebody in the office is added. \
         Regions and territories become the tree, customers accounts with a contact, products reference data, orders \
         accepted orders by the employee who took them.\n\n{}",
        territory_rule::RULE
    )
}

/// Imports.
///
/// # Errors
/// Everything that is wrong with the files; what the database says.
pub fn run(args: &ImportArgs, output: Output) -> Result<()> {
    match &args.from {
        From::Northwind(args) => northwind(args, output),
    }
}

fn northwind(args: &NorthwindArgs, output: Output) -> Result<()> {
    let source = match &args.dir {
        Some(folder) => Source::Folder(folder.clone()),
        None => Source::Bundled,
    };
    let progress = Progress::new(output);
    progress.step("reading the files");
    let plan = Plan::read(&source)?;
    let added = match args.dry_run {
        true => None,
        false => {
            progress.step(&format!("importing {} records", plan.records.len()));
            let (organisation, is_sample) = (organisation(&plan), args.bundled);
            let import = |store: roadbook_server::store::Store| async move {
                Ok(store.import_organisation(organisation, is_sample).await?)
            };
            Some(args.database.with_store(import)?)
        }
    };
    progress.end();
    show(&plan, added, output)
}

/// The files that came with Roadbook, for a server whose office asks for sample data.
///
/// # Errors
/// Everything that is wrong with them, in words.
pub fn bundled() -> Result<Organisation, String> {
    Plan::read(&Source::Bundled).map(|plan| organisation(&plan)).map_err(|faults| faults.to_string())
}

/// The plan in the server's words.
pub fn organisation(plan: &Plan) -> Organisation {
    let people = plan.people.iter().map(|person| KnownPerson {
        id: person.id,
        external_id: Some(person.external_id.clone()),
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role,
        manager: person.manager,
    });
    let territories = plan.territories.iter().map(|territory| KnownTerritory {
        id: territory.id,
        code: territory.code.clone(),
        name: territory.name.clone(),
        parent: territory.parent,
    });
    let holders = plan.holders.iter().map(|holder| KnownHolder {
        id: holder.id,
        person: holder.person,
        territory: holder.territory,
        capacity: Capacity::Owner,
        from_ms: holder.from_ms,
    });
    let item =
        |(key, json): (&String, &Json)| ReferenceItem { key: key.clone(), json: Some(json.to_string()) };
    let set = |set: &str, items| Reference { set: set.to_owned(), items };
    let products = plan.products.iter().map(|(key, json)| item((key, json))).collect();
    let prices = plan.prices.iter().map(|(name, values)| set(name, values.iter().map(item).collect()));
    Organisation {
        people: people.collect(),
        territories: territories.collect(),
        holders: holders.collect(),
        reference: std::iter::once(set(PRODUCTS, products)).chain(prices).collect(),
        records: plan.records.clone(),
    }
}

fn show(plan: &Plan, added: Option<OrganisationCount>, output: Output) -> Result<()> {
    let price_rules = plan.prices.iter().map(|(_, values)| values.len()).sum();
    let rows = [
        ("people", plan.people.len(), added.map(|added| added.people)),
        ("territories", plan.territories.len(), added.map(|added| added.territories)),
        ("holders", plan.holders.len(), added.map(|added| added.holders)),
        ("products", plan.products.len(), added.map(|added| added.products)),
        ("price_rules", price_rules, added.map(|added| added.reference - added.products)),
        ("records", plan.records.len(), added.map(|added| added.records.added)),
    ];
    let revenue = plan.revenue;
    let found: BTreeMap<&str, usize> = rows.iter().map(|(what, found, _)| (*what, *found)).collect();
    let new: BTreeMap<&str, Option<usize>> = rows.iter().map(|(what, _, added)| (*what, *added)).collect();
    let value = json!({
        "found": found,
        "added": added.map(|_| new),
        "accounts": plan.counts.accounts,
        "orders": plan.counts.orders,
        "order_lines": plan.counts.lines,
        "revenue_rounded_once_minor": revenue.rounded_once_minor,
        "revenue_rounded_by_line_minor": revenue.rounded_by_line_minor,
        "lines_with_fraction": revenue.lines_with_fraction,
    });
    output.show(&value, || {
        let lines: Vec<Vec<String>> = rows
            .iter()
            .map(|(what, found, added)| {
                let added = added.map_or("checked only".to_owned(), |added| format!("{added} new"));
                vec![(*what).to_owned(), found.to_string(), added]
            })
            .collect();
        format!(
            "{}{} accounts with their contacts, {} orders with {} lines\n{}",
            table(&lines),
            plan.counts.accounts,
            plan.counts.orders,
            plan.counts.lines,
            revenue.in_words()
        )
    })
}
