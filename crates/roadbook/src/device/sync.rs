//! Enrolment and sync.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use clap::{Args, ValueEnum};
use roadbook_protocol::enrol::{BadLink, EnrolLink};
use roadbook_replica::device::{NewDevice, SyncReport, Tell, WatchEvent, Watcher};
use roadbook_replica::transport::Address;
use roadbook_replica::{Device, Road, SyncOptions};
use roadbook_sync::device::leave::Undecided;
use serde_json::json;

use crate::output::{self, Output, Progress};
use crate::problem::{self, Problem};

/// How to enrol.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna enrol --server http://127.0.0.1:7878 --code K7QM-2XBD-9RTA --name \"Anna's phone\"
  roadbook device --home ~/anna enrol --url https://sync.example.com/enrol#code=K7QM-2XBD-9RTA
  roadbook device --home ~/anna --ca our-ca.pem enrol --server https://sync.intra --code K7QM-2XBD-9RTA
  roadbook device --home ~/anna enrol --again --server http://127.0.0.1:7878 --code K7QM-2XBD-9RTA")]
pub struct EnrolArgs {
    /// The server's address.
    #[arg(long, value_name = "URL", requires = "code", required_unless_present = "url")]
    server: Option<String>,
    /// The single-use code, from `roadbook user code`.
    #[arg(long, requires = "server")]
    code: Option<String>,
    /// Both in one: the link that `roadbook user code` gives, as text or QR code.
    #[arg(long, value_name = "LINK", conflicts_with_all = ["server", "code"])]
    url: Option<String>,
    /// What the device is to be called in the office.
    #[arg(long, default_value = "command line")]
    name: String,
    /// Enrol a home anew that is enrolled already, as a device of its own: when it was told `cloned`. What it captured and
    /// the server lacks is carried over by the next sync.
    #[arg(long)]
    again: bool,
}

impl EnrolArgs {
    /// Where to enrol, and with which code.
    fn link(&self) -> Result<EnrolLink> {
        match (&self.url, &self.server, &self.code) {
            (Some(url), ..) => Ok(url.parse()?),
            (None, Some(server), Some(code)) => Ok(EnrolLink { origin: server.clone(), code: code.clone() }),
            _ => Err(BadLink.into()),
        }
    }
}

/// Enrols a home folder.
///
/// # Errors
/// As [`Device::enrol`].
pub fn enrol(home: &Path, args: &EnrolArgs, ca: Option<&Path>, output: Output) -> Result<()> {
    let authority = ca.map(read_authority).transpose()?;
    let link = args.link()?;
    if Address::parse(&link.origin).is_ok_and(|address| address.is_exposed()) {
        eprintln!(
            "warning: {} is plain text: whoever is in between can read what this device sends and receives, and this \
             code; ask the office for an https address",
            link.origin
        );
    }
    let new = NewDevice {
        server: &link.origin,
        code: &link.code,
        name: &args.name,
        authority: authority.as_deref(),
    };
    let device = if args.again { Device::enrol_anew(home, &new)? } else { Device::enrol(home, &new)? };
    let identity = device.identity();
    output.show(identity, || {
        format!(
            "enrolled for {} ({}) as device {}; now: roadbook device --home {} sync",
            identity.person_name,
            identity.role,
            identity.device,
            home.display()
        )
    })
}

/// Reads the file of a company's own certificate authority.
///
/// # Errors
/// `bad_ca` when there is none to read.
pub(super) fn read_authority(path: &Path) -> Result<Vec<u8>> {
    let unread = |error| Problem::new("bad_ca", format!("{} cannot be read: {error}", path.display()));
    Ok(std::fs::read(path).map_err(unread)?)
}

/// How to sync.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna sync
  roadbook device --home ~/anna sync --watch")]
pub struct SyncArgs {
    /// How frames travel.
    #[arg(long, value_enum, default_value_t = RoadArg::Any)]
    road: RoadArg,
    /// Stay connected until interrupted: what is new arrives as it happens.
    #[arg(long, conflicts_with = "road")]
    watch: bool,
}

/// A road, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoadArg {
    /// A WebSocket; single requests where none gets through.
    Any,
    /// A WebSocket.
    Websocket,
    /// Single requests.
    Http,
}

impl RoadArg {
    fn options(self) -> SyncOptions {
        let road = match self {
            Self::Any => Road::Any,
            Self::Websocket => Road::WebSocket,
            Self::Http => Road::Http,
        };
        SyncOptions { road, ..SyncOptions::default() }
    }
}

/// Syncs once, or until interrupted.
///
/// # Errors
/// As [`Device::sync`].
pub fn sync(device: &Device, args: &SyncArgs, output: Output) -> Result<()> {
    if args.watch {
        return watch(device, output);
    }
    let progress = Progress::new(output);
    let tell: Option<Tell> = (!output.json).then_some(tell);
    let report = device.sync(SyncOptions { tell, ..args.road.options() });
    progress.end();
    let report = report?;
    if report.wiped {
        return output.show(&json!({ "sync": report }), || in_words(&report));
    }
    let status = device.status()?;
    let value = json!({ "sync": report, "status": status });
    output.show(&value, || format!("{}\n{}", in_words(&report), status.text))
}

/// How to sign out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook device --home ~/anna sign-out
  roadbook device --home ~/anna sign-out --leave-held

What waits is sent first, and nothing is removed before the office has all of it. Without a connection, or while something
here could not be sent, nothing happens but that it says so.")]
pub struct SignOutArgs {
    /// Sign out although work is held or refused, or decisions on it were not read: the office has that work and decides.
    #[arg(long)]
    leave_held: bool,
}

/// Signs out.
///
/// # Errors
/// As [`Device::sign_out`].
pub fn sign_out(device: &Device, args: &SignOutArgs, output: Output) -> Result<()> {
    let undecided = if args.leave_held { Undecided::IsLeft } else { Undecided::Stops };
    let report = device.sign_out(SyncOptions::default(), undecided)?;
    output.show(&json!({ "sync": report }), || {
        "signed out: everything captured here is with the office, and nothing of it is left on this device".to_owned()
    })
}

/// How far a sync is: the first one of a device may fetch thousands of records.
fn tell(report: &SyncReport) {
    let answered = report.in_record + report.late + report.held + report.refused;
    output::pass(&format!("{} pages fetched, {answered} items answered", report.pages));
}

/// Each event as a line. Interrupting the process is the way to end it: nothing is lost by it at any moment.
fn watch(device: &Device, output: Output) -> Result<()> {
    let stop = AtomicBool::new(false);
    let mut failed = None;
    let mut tell = |event: WatchEvent<'_>| {
        let told = match event {
            WatchEvent::AtRest(report) if output.json => {
                output::line(&json!({ "at_rest": report }).to_string())
            }
            WatchEvent::AtRest(report) => output::line(&in_words(report)),
            WatchEvent::Failed(error, wait) if output.json => {
                let body = json!({ "code": error.code(), "text": error.to_string() });
                output::line(&json!({ "error": body, "retry_in_ms": wait.as_millis() }).to_string())
            }
            WatchEvent::Failed(error, wait) => {
                output::line(&format!("{error}; next attempt in {} s", wait.as_secs().max(1)))
            }
        };
        if let Err(error) = told {
            failed = Some(error);
            stop.store(true, Ordering::Relaxed);
        }
    };
    device.watch(SyncOptions::default(), &mut Watcher { stop: &stop, tell: &mut tell })?;
    failed.map_or(Ok(()), Err)
}

/// A report in a line, and what needs a person's eye below it.
pub(super) fn in_words(report: &SyncReport) -> String {
    let mut parts = vec![format!("{} in the record", report.in_record)];
    let farewell =
        "\nthis device was taken out of use: everything on it is with the office, and it has wiped itself";

    for (count, word) in [(report.late, "late"), (report.held, "held"), (report.refused, "refused")] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let traffic = report.traffic;
    let mut text = format!(
        "synced: {}; {} bytes up, {} down, {} ms",
        parts.join(", "),
        traffic.bytes_up,
        traffic.bytes_down,
        report.duration_ms
    );
    text.push_str(if report.wiped { farewell } else { "" });
    for kept in &report.set_aside {
        text.push_str(&format!("\nthis store was a copy or was restored; it is kept as {}", kept.display()));
    }
    if !report.carried.records.is_empty() {
        text.push_str(&format!("\n{} records' work was carried over from it", report.carried.records.len()));
    }
    for lost in &report.carried.overruled {
        text.push_str(&format!(
            "\ndoes not stand: {} of {} was {} here, and others wrote {} meanwhile",
            lost.path.join("."),
            lost.record,
            lost.ours,
            lost.theirs
        ));
    }
    for left in &report.carried.left {
        text.push_str(&format!(
            "\nnot carried over: {:?} [{}], kept in {}",
            left.record,
            left.code,
            left.store.display()
        ));
    }
    text
}

/// The failure of a line of `run`, as JSON.
pub(super) fn failure(error: &anyhow::Error) -> serde_json::Value {
    problem::to_json(error)
}
