//! `roadbook admin audit`: who did what from where.

use anyhow::Result;
use clap::Args;
use serde_json::Value as Json;

use crate::api::{Api, text, when};
use crate::output::{Output, headed};

/// Which rows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin audit
  roadbook admin audit --person office@northwind.example --limit 20
  roadbook admin audit --subject 0196f3b0-0000-7000-8000-000000000002 --json")]
pub(super) struct AuditArgs {
    /// What this person did.
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// What was done to this thing: a person, a device, an account, a move.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// At most so many rows.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Shows the audit, newest first.
pub(super) fn run(api: &mut Api, args: &AuditArgs, output: Output) -> Result<()> {
    let person = args.person.as_deref().map(|email| api.person(email)).transpose()?;
    let mut query = Vec::new();
    query.extend(person.as_ref().map(|person| ("person", text(person, "id"))));
    query.extend(args.subject.as_deref().map(|subject| ("subject", subject)));
    let rows = api.list_some("/v1/audit", &query, args.limit)?;
    output.show(&rows, || {
        if rows.is_empty() {
            return "nothing of this was done".to_owned();
        }
        let head = ["at", "who", "from", "what", "to"];
        let row = |row: &Json| {
            [
                when(&row["at"]),
                row["person_name"].as_str().unwrap_or("the server").to_owned(),
                row["address"].as_str().unwrap_or("-").to_owned(),
                text(row, "action").to_owned(),
                format!("{} {}", text(row, "subject"), text(row, "subject_id")).trim().to_owned(),
            ]
        };
        headed(head, rows.iter().map(row))
    })
}
