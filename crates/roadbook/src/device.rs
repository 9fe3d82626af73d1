//! `roadbook device`: a complete client without a screen, on the real replica. Each command opens the home folder, does
//! one thing and ends; `run` does many in one process.

mod add;
mod brief;
mod capture;
mod content;
mod correct;
mod handovers;
mod held;
mod look;
mod named;
mod order;
mod plan;
mod price;
mod process;
mod run;
mod sync;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_replica::{Device, Store};
use serde_json::{Value as Json, json};

use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  roadbook device --home ~/anna enrol --server http://127.0.0.1:7878 --code K7QM-2XBD-9RTA
  roadbook device --home ~/anna sync
  roadbook device --home ~/anna list account
  roadbook device --home ~/anna visit --account ALFKI --outcome follow_up --notes 'Wants the autumn list.'
  roadbook device --home ~/anna order --account ALFKI --line 011:12 --line 034:10@9.80:5% --submit
  roadbook device --home ~/anna status

Nothing but enrol and sync needs a connection. An account or record is given by its id, or by words that only one of
them on this device matches.";

/// Work as a rep's device does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DeviceArgs {
    /// The device's home folder: its key and its store. One process at a time.
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
    /// The certificate of your company's own authority (PEM), for a server whose certificate it issued; the device
    /// keeps it.
    #[arg(long, value_name = "FILE", global = true, env = "ROADBOOK_CA")]
    ca: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Enrol this home as a device, with a code from `roadbook user code`.
    Enrol(sync::EnrolArgs),
    /// Send what waits and fetch what is new.
    Sync(sync::SyncArgs),
    /// Sign its person out: hand over what is on this device, and remove it from here.
    SignOut(sync::SignOutArgs),
    /// Capture a visit, made or planned.
    Visit(capture::VisitArgs),
    /// Create an account in a territory of yours.
    Account(capture::AccountArgs),
    /// Capture a contact of an account.
    Contact(capture::ContactArgs),
    /// Capture an order or a quote.
    Order(order::OrderArgs),
    /// Correct an order that was handed in and is not accepted yet: it is taken back, changed and handed in again.
    Correct(correct::CorrectArgs),
    /// Say what an order would cost, with every rule at work and what you may grant. Saves nothing.
    Price(price::PriceArgs),
    /// Capture a task.
    Task(capture::TaskArgs),
    /// Remark on a record.
    Comment(capture::CommentArgs),
    /// Capture a record of any kind, such as a case, an opportunity or a call.
    Add(add::AddArgs),
    /// Carry out what the house does again and again: begin it, answer its steps, see what comes next.
    Process(process::ProcessArgs),
    /// Edit fields of a record.
    Edit(capture::EditArgs),
    /// Ask the office for a decision on an order: submit, cancel, reopen.
    Ask(order::AskArgs),
    /// Show a record in full; without one, the device itself.
    Show(look::ShowArgs),
    /// Show the hand-over brief of an account: what to know before the first visit.
    Brief(brief::BriefArgs),
    /// Show today's plan: whom to see and in which order.
    Plan(plan::PlanArgs),
    /// Say whom it is time to visit, the most urgent first.
    Due(plan::DueArgs),
    /// Say what your month, day, quarter or year comes to: visits, orders, promises, goals.
    Month(plan::MonthArgs),
    /// List the records of a kind.
    List(look::ListArgs),
    /// Search the records on this device.
    Search(look::SearchArgs),
    /// Look products up.
    Products(look::ProductsArgs),
    /// What waits to be sent.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna outbox
  roadbook device --home ~/anna outbox --json")]
    Outbox,
    /// What was held or refused, with the reasons; or decide what becomes of it.
    Held(held::HeldArgs),
    /// What the office decided about work from here, with its reasons, until it was read.
    Notices(held::NoticesArgs),
    /// What the office says of accounts that came to this device or left it, until it was read.
    Handovers(handovers::HandoversArgs),
    /// How the device stands, in a line.
    #[command(after_help = "\
Examples:
  roadbook device --home ~/anna status
  roadbook device --home ~/anna status --json")]
    Status,
    /// Do what standard input says, one JSON object to a line, and answer each with a line.
    Run(run::RunArgs),
}

/// Does one thing on a device.
///
/// # Errors
/// Whatever keeps it from being done, with its code.
pub fn run(args: &DeviceArgs, output: Output) -> Result<()> {
    let home = args.home.as_path();
    match &args.verb {
        Verb::Enrol(enrol) => sync::enrol(home, enrol, args.ca.as_deref(), output),
        Verb::Sync(sync) => sync::sync(&open_to_sync(home, args.ca.as_deref())?, sync, output),
        Verb::SignOut(args) => sync::sign_out(&open_to_sync(home, None)?, args, output),
        Verb::Visit(args) => saved(home, output, |device| capture::visit(device, args)),
        Verb::Account(args) => saved(home, output, |device| capture::account(device, args)),
        Verb::Contact(args) => saved(home, output, |device| capture::contact(device, args)),
        Verb::Order(args) => order_saved(home, output, args.explain, |device| order::order(device, args)),
        Verb::Correct(args) => {
            order_saved(home, output, args.explain, |device| correct::correct(device, args))
        }
        Verb::Price(args) => price::price(&open_to_look(home)?, args, output),
        Verb::Task(args) => saved(home, output, |device| capture::task(device, args)),
        Verb::Comment(args) => saved(home, output, |device| capture::comment(device, args)),
        Verb::Add(args) => saved(home, output, |device| add::add(device, args)),
        Verb::Process(args) => process::run(home, args, output),
        Verb::Edit(args) => saved(home, output, |device| capture::edit(device, args)),
        Verb::Ask(args) => saved(home, output, |device| order::ask(device, args)),
        Verb::Show(args) => look::show(&open_to_look(home)?, args, output),
        Verb::Brief(args) => brief::brief(&open_to_look(home)?, args, output),
        Verb::Plan(args) => plan::plan(&open_to_look(home)?, args, output),
        Verb::Due(args) => plan::due(&open_to_look(home)?, args, output),
        Verb::Month(args) => plan::month(&open_to_look(home)?, args, output),
        Verb::List(args) => look::list(&open_to_look(home)?, args, output),
        Verb::Search(args) => look::search(&open_to_look(home)?, args, output),
        Verb::Products(args) => look::products(&open_to_look(home)?, args, output),
        Verb::Outbox => look::items(&open(home)?, Store::outbox, "nothing waits", output),
        Verb::Held(args) => held::held(&open(home)?, args, output),
        Verb::Notices(args) => held::notices(&open(home)?, args, output),
        Verb::Handovers(args) => handovers::handovers(&open(home)?, args, output),
        Verb::Status => look::status(&open(home)?, output),
        Verb::Run(run) => run::run(&open_to_sync(home, args.ca.as_deref())?, run),
    }
}

/// Opens a device whose records are about to be shown.
fn open_to_look(home: &Path) -> Result<Device> {
    let device = open(home)?;
    device.must_be_signed_in()?;
    Ok(device)
}

/// Opens a device that is about to connect: an authority that is given anew is kept.
fn open_to_sync(home: &Path, ca: Option<&Path>) -> Result<Device> {
    let device = open(home)?;
    if let Some(ca) = ca {
        device.trust_authority(&sync::read_authority(ca)?)?;
    }
    Ok(device)
}

fn open(home: &Path) -> Result<Device> {
    let device = Device::open(home)?;
    if let Some(kept) = device.recovered() {
        eprintln!(
            "the store was damaged and is kept as {}; sync fetches the records anew and carries over what can be read",
            kept.display()
        );
    }
    Ok(device)
}

/// Records that are named as perhaps the same.
const ALIKE_MAX: usize = 5;

/// Captures, and says what was saved, how much waits now, and what it may be the same as.
fn saved(home: &Path, output: Output, capture: impl FnOnce(&Device) -> Result<capture::Saved>) -> Result<()> {
    let device = open(home)?;
    let saved = capture(&device)?;
    let (mut value, words) = told(&device, saved)?;
    // A hint, and no more: it is saved, and whether the two are one is the office's to decide.
    let found = device.store().alike_of(saved.record, ALIKE_MAX)?;
    if found.records.is_empty() {
        return output.show(&value, || words);
    }
    value["alike"] = serde_json::to_value(&found.records)?;
    output.show(&value, || {
        let lines = found.records.iter().map(|alike| {
            let reasons: Vec<&str> = alike.likeness.reasons.iter().map(|reason| reason.as_str()).collect();
            let summary = &alike.summary;
            format!("perhaps the same as {} ({}): {}", summary.title, summary.subtitle, reasons.join(", "))
        });
        std::iter::once(words).chain(lines).collect::<Vec<_>>().join("\n")
    })
}

/// The same for an order, with what it costs and what may be granted.
fn order_saved(
    home: &Path,
    output: Output,
    explain: bool,
    capture: impl FnOnce(&Device) -> Result<order::SavedOrder>,
) -> Result<()> {
    let device = open(home)?;
    let order::SavedOrder { saved, answer } = capture(&device)?;
    let (mut value, words) = told(&device, saved)?;
    value["priced"] = serde_json::to_value(&answer.priced)?;
    value["judgement"] = serde_json::to_value(&answer.judgement)?;
    value["credit"] = serde_json::to_value(&answer.credit)?;
    output.show(&value, || format!("{}{words}", answer.words(explain)))
}

fn told(device: &Device, saved: capture::Saved) -> Result<(Json, String)> {
    let status = device.status()?;
    let value = json!({
        "record": saved.record,
        "kind": saved.kind,
        "sync": "on_this_device",
        "waiting": status.waiting,
    });
    let words = format!("saved on this device: {} {} ({})", saved.kind, saved.record, status.text);
    Ok((value, words))
}
