//! Capturing: each command makes one record, or one change of one.

use anyhow::Result;
use clap::Args;
use roadbook_model::projection::rfc3339;
use roadbook_model::{AccountId, Edit, Fields, Kind, RecordId, TerritoryId};
use roadbook_replica::Device;
use serde_json::Value as Json;

use super::content::{self, Draft, Setting, setting};
use super::named;
use crate::edge;
use crate::problem::Problem;

/// What was saved.
#[derive(Clone, Copy, Debug)]
pub struct Saved {
    /// The record.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
}

/// Fields that have no flag of their own.
#[derive(Debug, Default, Args)]
pub struct MoreFields {
    /// Another field, as name=value; may be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
}

impl MoreFields {
    /// What they say, as content of a record.
    ///
    /// # Errors
    /// When a field is unknown or its value is not one.
    pub(super) fn fields(&self, kind: Kind) -> Result<Fields> {
        Draft::default().set(kind, &self.set)?.fields(kind)
    }
}

const VISIT_EXAMPLES: &str = "\
Examples:
  roadbook device --home ~/anna visit --account ALFKI --outcome order --notes 'Took the autumn list.'
  roadbook device --home ~/anna visit --account 'Around the Horn' --planned 2026-11-23T09:30:00Z --purpose sales";

/// A visit: made, unless it is planned.
#[derive(Debug, Args)]
#[command(after_help = VISIT_EXAMPLES)]
pub struct VisitArgs {
    /// Whom it was paid to.
    #[arg(long)]
    account: String,
    /// When it is planned to begin (RFC 3339); without it, the visit was made.
    #[arg(long, value_name = "TIME")]
    planned: Option<String>,
    /// When the rep arrived (RFC 3339); without it, so long ago that it ends now.
    #[arg(long, value_name = "TIME", conflicts_with = "planned")]
    at: Option<String>,
    /// How long it took, or is planned to take.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=1440))]
    minutes: i64,
    /// What it is about, in a line.
    #[arg(long)]
    subject: Option<String>,
    /// introduction, sales, order, service, delivery, payment or other.
    #[arg(long)]
    purpose: Option<String>,
    /// order, quote, follow_up, no_decision, no_interest, not_met or other.
    #[arg(long)]
    outcome: Option<String>,
    /// What was agreed to happen next.
    #[arg(long)]
    next_step: Option<String>,
    /// By which day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    next_step_due: Option<String>,
    /// What was seen and said.
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    more: MoreFields,
}

/// Captures a visit.
///
/// # Errors
/// As [`Device::create`].
pub fn visit(device: &Device, args: &VisitArgs) -> Result<Saved> {
    let account = named::account(device, &args.account)?;
    let now_ms = edge::now_ms();
    let draft = match &args.planned {
        Some(_) => Draft::default()
            .put("state", Some("planned"))
            .put("planned_start", args.planned.clone())
            .put("planned_minutes", Some(args.minutes)),
        None => {
            let span_ms = args.minutes * 60_000;
            let arrived_ms = match &args.at {
                Some(at) => moment_ms(at)?,
                None => now_ms - span_ms,
            };
            Draft::default()
                .put("state", Some("checked_out"))
                .put("checked_in_at", rfc3339(arrived_ms))
                .put("checked_out_at", rfc3339(arrived_ms + span_ms))
        }
    };
    let draft = draft
        .put("rep_id", Some(device.identity().person.to_string()))
        .put("subject", args.subject.clone())
        .put("purpose", args.purpose.clone())
        .put("outcome", args.outcome.clone())
        .put("next_step", args.next_step.clone())
        .put("next_step_due", args.next_step_due.clone())
        .put("notes", args.notes.clone());
    create(device, Kind::VISIT, account, draft, &args.more)
}

fn moment_ms(text: &str) -> Result<i64> {
    let moment = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
        Problem::new("wrong_type", format!("{text:?} is not a moment such as 2026-11-22T09:30:00Z"))
    })?;
    Ok(moment.timestamp_millis())
}

/// A new account.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna account --name 'Harbour Deli' --city Portsmouth --country USA
  roadbook device --home ~/anna account --name 'Harbour Deli' --set phone='(603) 555-0133' --set account_type=customer")]
pub struct AccountArgs {
    /// What it is called.
    #[arg(long)]
    name: String,
    /// Town.
    #[arg(long)]
    city: Option<String>,
    /// Country.
    #[arg(long)]
    country: Option<String>,
    /// The id of the territory it lies in; without it, one that you hold.
    #[arg(long, value_name = "ID")]
    territory: Option<TerritoryId>,
    #[command(flatten)]
    more: MoreFields,
}

/// Creates an account.
///
/// # Errors
/// As [`Device::new_account`].
pub fn account(device: &Device, args: &AccountArgs) -> Result<Saved> {
    let draft = Draft::default()
        .put("name", Some(args.name.clone()))
        .put("account_type", Some("prospect"))
        .put("city", args.city.clone())
        .put("country", args.country.clone())
        .set(Kind::ACCOUNT, &args.more.set)?;
    let account = device.new_account(draft.fields(Kind::ACCOUNT)?, args.territory)?;
    Ok(Saved { record: account.record(), kind: Kind::ACCOUNT })
}

/// A contact.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna contact --account ALFKI --name 'Petra Lang' --title Buyer --phone '030-0074399'")]
pub struct ContactArgs {
    /// At which account.
    #[arg(long)]
    account: String,
    /// Full name.
    #[arg(long)]
    name: String,
    /// Position.
    #[arg(long)]
    title: Option<String>,
    /// Desk telephone.
    #[arg(long)]
    phone: Option<String>,
    /// E-mail address.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    more: MoreFields,
}

/// Captures a contact.
///
/// # Errors
/// As [`Device::create`].
pub fn contact(device: &Device, args: &ContactArgs) -> Result<Saved> {
    let account = named::account(device, &args.account)?;
    let draft = Draft::default()
        .put("name", Some(args.name.clone()))
        .put("status", Some("active"))
        .put("title", args.title.clone())
        .put("phone", args.phone.clone())
        .put("email", args.email.clone());
    create(device, Kind::CONTACT, account, draft, &args.more)
}

/// A task.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna task --account ALFKI --subject 'Send the autumn list' --due 2026-11-30")]
pub struct TaskArgs {
    /// For which account.
    #[arg(long)]
    account: String,
    /// What is to be done.
    #[arg(long)]
    subject: String,
    /// By which day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    due: Option<String>,
    /// What one should know to do it.
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    more: MoreFields,
}

/// Captures a task.
///
/// # Errors
/// As [`Device::create`].
pub fn task(device: &Device, args: &TaskArgs) -> Result<Saved> {
    let account = named::account(device, &args.account)?;
    let draft = Draft::default()
        .put("subject", Some(args.subject.clone()))
        .put("state", Some("open"))
        .put("due", args.due.clone())
        .put("notes", args.notes.clone());
    create(device, Kind::TASK, account, draft, &args.more)
}

/// A comment.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna comment --on 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --body 'Agreed; I will call them.'")]
pub struct CommentArgs {
    /// The record that it is about.
    #[arg(long, value_name = "RECORD")]
    on: String,
    /// What is said.
    #[arg(long)]
    body: String,
}

/// Captures a comment.
///
/// # Errors
/// As [`Device::create`].
pub fn comment(device: &Device, args: &CommentArgs) -> Result<Saved> {
    let subject = named::record(device, &args.on, None)?;
    let found = device.store().record(subject)?.ok_or_else(unknown)?;
    let draft = Draft::default()
        .put("subject_id", Some(subject.to_string()))
        .put("at", rfc3339(edge::now_ms()))
        .put("body", Some(args.body.clone()));
    create(device, Kind::COMMENT, found.summary.account, draft, &MoreFields::default())
}

/// Creates a record of an account.
pub(super) fn create(
    device: &Device,
    kind: Kind,
    account: AccountId,
    draft: Draft,
    more: &MoreFields,
) -> Result<Saved> {
    let record = device.create(kind, account, draft.set(kind, &more.set)?.fields(kind)?)?;
    Ok(Saved { record, kind })
}

/// An edit.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna edit 'Alfreds Futterkiste' --set phone='030-0074322' --add description='Ring twice.'
  roadbook device --home ~/anna edit 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --set state=done
  roadbook device --home ~/anna edit 0190c2a4-7b1e-7c3d-9a00-5f1e2d3c4b5a --set lines/<id>/quantity=5")]
pub struct EditArgs {
    /// The record.
    record: String,
    /// A field's new value; empty clears it. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
    /// Words to add below a text. May be repeated.
    #[arg(long = "add", value_name = "NAME=TEXT", value_parser = setting)]
    add: Vec<Setting>,
    /// An item to remove, as collection/id. May be repeated.
    #[arg(long = "remove", value_name = "ITEM", value_parser = content::item_path)]
    remove: Vec<ItemPath>,
    /// All of it as a JSON object of fields.
    #[arg(long, value_name = "JSON")]
    fields: Option<Json>,
}

/// The path of an item.
pub type ItemPath = Vec<String>;

/// Edits a record, in one change.
///
/// # Errors
/// As [`Device::edit`].
pub fn edit(device: &Device, args: &EditArgs) -> Result<Saved> {
    let record = named::record(device, &args.record, None)?;
    let kind = kind_of(device, record)?;
    let mut edits = content::edits(kind, &args.set)?;
    edits.extend(content::additions(device, kind, record, &args.add)?);
    edits.extend(args.remove.iter().map(|path| Edit::Delete { path: path.clone() }));
    if let Some(json) = &args.fields {
        edits.extend(content::edits_of_json(kind, json)?);
    }
    device.edit(record, &edits)?;
    Ok(Saved { record, kind })
}

/// The kind of a record on this device.
pub(super) fn kind_of(device: &Device, record: RecordId) -> Result<Kind> {
    let found = device.store().record(record)?.ok_or_else(unknown)?;
    Ok(Kind::find(&found.summary.kind).ok_or_else(unknown)?)
}

fn unknown() -> Problem {
    Problem::new("unknown_record", "this record is not on this device; sync, or look it up with search")
}
