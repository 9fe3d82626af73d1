//! `roadbook admin`: what the office and admins do, over the server's API, so that each rule of it holds here as well.
//! Devices learn of it through the log.

mod audit;
mod brief;
mod conflicts;
mod decide;
mod department;
mod devices;
mod duplicates;
mod export;
mod held;
mod hold;
mod import;
mod late;
mod merge;
mod moves;
mod order;
mod person;
mod process;
mod reference;
mod rescue;
mod sample;
mod settings;
mod terms;
mod territory;
mod why;

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_server::keys::Keys;
use serde_json::json;

use crate::api::reach::ServerArgs;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  roadbook admin move --account ALFKI --to 19713 --dry-run
  roadbook admin duplicates list
  roadbook admin merge BLAUS --into ALFKI --dry-run
  roadbook admin hold 'Janet Leverling' 06897 --as cover
  roadbook admin person code anna@example.com --qr
  roadbook admin decide accept 11078
  roadbook admin held list
  roadbook admin --server https://sync.example.com devices list
  roadbook admin rescue nancy.rescue
  roadbook admin import customers.csv --kind account --dry-run
  roadbook admin rotate-keys

On the server's own machine --data says which server, and --by in whose name. From anywhere else: --server, in the name of
who signed in with `roadbook sign-in`, or of whose token is in ROADBOOK_TOKEN.";

/// Moves, merges, likely duplicates, holders, territories, people, departments, decisions, held and late work, conflicts,
/// devices, rescue files, imports, exports, what is published, sample data, settings, the audit
/// and keys.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AdminArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Move accounts or territories to somebody else, without stranding anyone's work.
    Move(moves::MoveArgs),
    /// Say that two accounts are one customer.
    Merge(merge::MergeArgs),
    /// Accounts that are likely one: look at them, and say which are not.
    Duplicates(duplicates::DuplicatesArgs),
    /// Let a person hold a territory, or end it.
    Hold(hold::HoldArgs),
    /// Keep the tree of territories, and the rules that place accounts in them.
    Territory(territory::TerritoryArgs),
    /// People: add and change them, let them in, keep them out.
    Person(person::PersonArgs),
    /// Departments, their members and their queues.
    Department(department::DepartmentArgs),
    /// Decide on an order that was handed in.
    Decide(decide::DecideArgs),
    /// An order or a quote as a file: PDF, CSV, UBL or JSON.
    Order(order::OrderArgs),
    /// Work that is held: look at it, and give it its fate.
    Held(held::HeldArgs),
    /// Work that came after its account had changed hands, and was taken.
    Late(late::LateArgs),
    /// Fields that several people wrote at once: look at them, and settle them.
    Conflicts(conflicts::ConflictsArgs),
    /// Publish what the house does again and again.
    Process(process::ProcessArgs),
    /// Publish what devices read: products, prices, how often to visit.
    Reference(reference::ReferenceArgs),
    /// What the organisation itself decides about how it works.
    Settings(settings::SettingsArgs),
    /// The devices: look at them, rename them, take them out of use.
    Devices(devices::DevicesArgs),
    /// Bring work out of a rescue file that a phone wrote.
    Rescue(rescue::RescueArgs),
    /// Import accounts or contacts from a file: CSV, vCard or GeoJSON.
    Import(import::ImportArgs),
    /// Export accounts or contacts as a file.
    Export(export::ExportArgs),
    /// Data to try things with: load it, remove it.
    Sample(sample::SampleArgs),
    /// Who did what from where, newest first.
    Audit(audit::AuditArgs),
    /// Make a new key that signs access tokens; those by the old one are good until they are over.
    #[command(after_help = "\
Examples:
  roadbook admin rotate-keys
  roadbook admin rotate-keys --distrust

A running server follows at once. Sessions go on: their refresh tokens are signed by no key.")]
    RotateKeys {
        /// Somebody else may have the old key: no token by it is good any more.
        #[arg(long)]
        distrust: bool,
    },
    /// Show the hand-over brief of an account.
    Brief(brief::BriefArgs),
    /// Say why a record, a change or a pushed item is in the record, is not, or is held.
    Why(why::WhyArgs),
}

/// Does one thing as an admin.
///
/// # Errors
/// When something is not known; what the server says.
pub fn run(args: &AdminArgs, output: Output) -> Result<()> {
    if let Verb::RotateKeys { distrust } = args.verb {
        return rotate_keys(&args.server, distrust, output);
    }
    let api = &mut args.server.api()?;
    match &args.verb {
        Verb::Move(args) => moves::run(api, args, output),
        Verb::Merge(args) => merge::run(api, args, output),
        Verb::Duplicates(args) => duplicates::run(api, args, output),
        Verb::Hold(args) => hold::run(api, args, output),
        Verb::Territory(args) => territory::run(api, args, output),
        Verb::Person(args) => person::run(api, args, output),
        Verb::Department(args) => department::run(api, args, output),
        Verb::Decide(args) => decide::run(api, args, output),
        Verb::Order(args) => order::run(api, args, output),
        Verb::Held(args) => held::run(api, args, output),
        Verb::Late(args) => late::run(api, args, output),
        Verb::Conflicts(args) => conflicts::run(api, args, output),
        Verb::Process(args) => process::run(api, args, output),
        Verb::Reference(args) => reference::run(api, args, output),
        Verb::Settings(args) => settings::run(api, args, output),
        Verb::Devices(args) => devices::run(api, args, output),
        Verb::Rescue(args) => rescue::run(api, args, output),
        Verb::Import(args) => import::run(api, args, output),
        Verb::Export(args) => export::run(api, args, output),
        Verb::Sample(args) => sample::run(api, args, output),
        Verb::Audit(args) => audit::run(api, args, output),
        Verb::Brief(args) => brief::run(api, args, output),
        Verb::Why(args) => why::run(api, args, output),
        // Done above, on the data folder: a server that cannot answer may need it most.
        Verb::RotateKeys { .. } => Ok(()),
    }
}

fn rotate_keys(server: &ServerArgs, distrust: bool, output: Output) -> Result<()> {
    let database = server.database();
    database.must_exist()?;
    let rotated = Keys::open(&database.data)?.token.rotate(distrust)?;
    // The key is exchanged whatever the database says: what may be stolen waits for no audit.
    let detail = json!({ "kid": rotated.kid, "retired": rotated.retired, "distrust": distrust });
    let noted = database.with_store(|store| async move { Ok(store.note_done("keys.rotate", detail).await?) });
    let value = json!({
        "kid": rotated.kid, "retired": rotated.retired, "retired_until_s": rotated.until_s, "audited": noted.is_ok(),
    });
    output.show(&value, || {
        let good = if distrust { "is good no more" } else { "is good for a week" };
        let done = format!("key {} signs now; {} {good}", rotated.kid, rotated.retired);
        match noted {
            Ok(()) => done,
            Err(error) => format!("{done}; this is not in the audit: {}", crate::problem::text(&error)),
        }
    })
}
