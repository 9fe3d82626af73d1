//! Adding a record of any kind, by the kind's own description: what has no verb of its own, such as a case.

use anyhow::Result;
use clap::Args;
use roadbook_model::Kind;
use roadbook_model::kind::FieldType;
use roadbook_replica::Device;
use serde_json::Value as Json;

use super::capture::{MoreFields, Saved};
use super::content::Draft;
use super::named;
use crate::problem::Problem;

/// A record of any kind that belongs to an account.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna add case --account ALFKI --set case_type=complaint --set subject='Two jars broken'
  roadbook device --home ~/anna add opportunity --account ALFKI --set subject='Winter range' --set amount_minor=250000 --set currency=EUR
  roadbook device --home ~/anna add call --account ALFKI --set direction=outgoing --set outcome=reached --set notes='Rings back.'
  roadbook device --home ~/anna add case --account ALFKI --fields '{\"case_type\":\"return\",\"subject\":\"Wrong jars\"}'

The fields of a kind stand in protocol/model.json; one that is left out is empty. A new case is open, a new opportunity is
identified.")]
pub struct AddArgs {
    /// The kind, such as case, opportunity or call.
    kind: String,
    /// To which account.
    #[arg(long)]
    account: String,
    /// Fields as a JSON object, collections too.
    #[arg(long, value_name = "JSON")]
    fields: Option<Json>,
    #[command(flatten)]
    more: MoreFields,
}

/// Captures a record.
///
/// # Errors
/// `unknown_kind`; as [`Device::create`].
pub fn add(device: &Device, args: &AddArgs) -> Result<Saved> {
    let kind = belonging(&args.kind)?;
    let account = named::account(device, &args.account)?;
    let mut draft = Draft::default();
    for (name, value) in args.fields.as_ref().and_then(Json::as_object).into_iter().flatten() {
        draft = draft.put(name, Some(value.clone()));
    }
    super::capture::create(device, kind, account, begun(kind, draft), &args.more)
}

/// A kind whose records belong to an account.
fn belonging(name: &str) -> Result<Kind> {
    let kinds = || Kind::all().filter(|kind| *kind != Kind::ACCOUNT);
    let found = kinds().find(|kind| kind.name() == name);
    Ok(found.ok_or_else(|| {
        let names: Vec<&str> = kinds().map(Kind::name).collect();
        Problem::new("unknown_kind", format!("no kind is called {name}; there are {}", names.join(", ")))
    })?)
}

/// What begins in the first of its states or stages, unless it is said otherwise.
fn begun(kind: Kind, draft: Draft) -> Draft {
    ["state", "stage"].into_iter().fold(draft, |draft, name| {
        match kind.spec().field(name).map(|field| &field.ty) {
            Some(FieldType::Enum(words)) => draft.or_put(name, words.first().copied()),
            _ => draft,
        }
    })
}
