//! Entries of the log as sentences.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use roadbook_model::projection::rfc3339;
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{Author, ChangesEntry, Fate, Unaccepted, Withdrawn};
use uuid::Uuid;

use super::Step;
use crate::store::cells::policy_word;

/// Names of people, devices and territories, by id.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) BTreeMap<Uuid, String>);

/// A lease on the account in question, as far as it explains what was taken in.
#[derive(Clone, Debug)]
pub(super) struct LeaseSpan {
    pub(super) id: Uuid,
    pub(super) device: Uuid,
    pub(super) granted: i64,
    pub(super) withdrawn: Option<i64>,
    pub(super) closed: Option<i64>,
}

impl Names {
    fn of(&self, id: Uuid) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn author(&self, author: &Author) -> String {
        let person = self.of(author.person.uuid());
        match author.device {
            Some(device) => format!("{person} on {}", self.of(device.uuid())),
            None => format!("{person} at the office or by import"),
        }
    }
}

/// The ids whose names an entry's sentence needs.
pub(super) fn named(entry: &Entry) -> Vec<Uuid> {
    let of = |author: &Author| [Some(author.person.uuid()), author.device.map(|device| device.uuid())];
    let ids: Vec<Option<Uuid>> = match entry {
        Entry::Changes(entry) => of(&entry.author).to_vec(),
        Entry::Decision(entry) => vec![Some(entry.by.uuid())],
        Entry::Granted(entry) => vec![Some(entry.device.uuid())],
        Entry::Withdrawn(entry) => vec![Some(entry.device.uuid())],
        Entry::Closed(entry) => vec![Some(entry.device.uuid())],
        Entry::Revoked(entry) => vec![Some(entry.device.uuid())],
        Entry::Wiped(entry) => vec![Some(entry.device.uuid())],
        Entry::Unaccepted(entry) => of(&entry.author).to_vec(),
        Entry::Fate(entry) => [Some(entry.by.uuid())].into_iter().chain(of(&entry.author)).collect(),
        Entry::Placed(entry) => {
            let previous = entry.accounts.iter().filter_map(|placed| placed.previous);
            let previous = previous.map(|previous| Some(previous.uuid()));
            [Some(entry.by.uuid()), Some(entry.territory.uuid())].into_iter().chain(previous).collect()
        }
        Entry::Conflict(entry) => {
            let source = entry.source.map(|record| record.account().uuid());
            of(&entry.author).into_iter().chain([source]).collect()
        }
        Entry::Alias(entry) => [entry.by.uuid(), entry.account.uuid(), entry.root.uuid()].map(Some).to_vec(),
        Entry::Reference(_) => Vec::new(),
    };
    ids.into_iter().flatten().collect()
}

/// What the steps are about.
#[derive(Debug, Default)]
pub(super) struct About {
    /// The account.
    pub(super) account: Option<Uuid>,
    /// All leases that devices have or had on it.
    pub(super) leases: Vec<LeaseSpan>,
}

/// An entry as a step.
pub(super) fn step(position: i64, at: DateTime<Utc>, entry: &Entry, names: &Names, about: &About) -> Step {
    Step { position, at, what: entry.word().to_owned(), text: sentence(position, entry, names, about) }
}

fn sentence(position: i64, entry: &Entry, names: &Names, about: &About) -> String {
    match entry {
        Entry::Changes(entry) => changes(position, entry, names, &about.leases),
        Entry::Decision(entry) => {
            let number = entry.number.as_ref().map(|number| format!(" under number {number}"));
            let by = names.of(entry.by.uuid());
            format!(
                "{by} asked to {}; it is {}{} since.",
                entry.verb,
                entry.state,
                number.unwrap_or_default()
            )
        }
        Entry::Granted(entry) => {
            let note = note(entry.note.as_deref());
            format!("{} got the account; its records come by a fill.{note}", names.of(entry.device.uuid()))
        }
        Entry::Withdrawn(entry) => withdrawn(entry, names),
        Entry::Closed(entry) => {
            let device = names.of(entry.device.uuid());
            format!("{device} had sent everything, closed its lease and removed the account's records.")
        }
        Entry::Revoked(entry) => {
            let how = if entry.blocked { "was blocked" } else { "is to leave, and to wipe itself" };
            format!("{} {how}.{}", names.of(entry.device.uuid()), note(entry.note.as_deref()))
        }
        Entry::Wiped(entry) => {
            format!("{} had sent everything and removed all that it had.", names.of(entry.device.uuid()))
        }
        Entry::Unaccepted(entry) => unaccepted(entry, names),
        Entry::Fate(entry) => fate(entry, names),
        Entry::Placed(entry) => {
            let own = entry.accounts.iter().find(|placed| Some(placed.account.uuid()) == about.account);
            let from = own.and_then(|placed| placed.previous);
            let from = from.map(|previous| format!(" from {}", names.of(previous.uuid())));
            let (to, by) = (names.of(entry.territory.uuid()), names.of(entry.by.uuid()));
            format!("{by} moved the account{} to {to}.", from.unwrap_or_default())
        }
        Entry::Conflict(entry) => {
            let fields: Vec<String> = entry.fields.iter().map(|field| field.path.join("/")).collect();
            let (who, fields) = (names.author(&entry.author), fields.join(", "));
            match entry.source {
                None => format!(
                    "Late work of {who} would have written over {fields}; what others wrote since was put back."
                ),
                Some(source) => format!(
                    "{who} wrote {fields} to {}, which was merged into this account; what stands here was kept, for somebody to judge.",
                    names.of(source.account().uuid())
                ),
            }
        }
        Entry::Alias(entry) => {
            let [by, part, root] =
                [entry.by.uuid(), entry.account.uuid(), entry.root.uuid()].map(|id| names.of(id));
            format!(
                "{by} merged {part} into {root}: its records stand there since.{}",
                note(entry.note.as_deref())
            )
        }
        Entry::Reference(entry) => format!("Reference data of {} were published.", entry.set),
    }
}

fn changes(position: i64, entry: &ChangesEntry, names: &Names, leases: &[LeaseSpan]) -> String {
    let verb = if entry.creates.is_some() { "Created" } else { "Changed" };
    let captured = rfc3339(entry.captured_ms).map(|at| format!(", captured {at}")).unwrap_or_default();
    let who = names.author(&entry.author);
    let device = entry.author.device.map(|device| device.uuid());
    let lease = device.and_then(|device| lease_at(leases, device, position, entry.late));
    let how = match (device, entry.late, lease) {
        (None, ..) => String::new(),
        (Some(_), false, Some(lease)) => format!(" In time, under lease {}.", lease.id),
        (Some(_), false, None) => " In time.".to_owned(),
        (Some(_), true, Some(LeaseSpan { id, withdrawn: Some(withdrawn), .. })) => format!(
            " Late: its lease {id} had been withdrawn at position {withdrawn}; late work was accepted or released."
        ),
        (Some(_), true, _) => " Late: released after it had been held.".to_owned(),
    };
    format!("{verb} by {who}{captured}.{how}")
}

/// The lease under which a device's work came in at a position: the last one granted before that fits.
fn lease_at(leases: &[LeaseSpan], device: Uuid, position: i64, late: bool) -> Option<&LeaseSpan> {
    let fits = |lease: &&LeaseSpan| {
        let withdrawn_before = lease.withdrawn.is_some_and(|withdrawn| withdrawn < position);
        // A new account's first lease is granted by the entry itself.
        let is_known = lease.device == device && lease.granted <= position;
        is_known && lease.closed.is_none_or(|closed| closed > position || late) && withdrawn_before == late
    };
    leases.iter().filter(fits).max_by_key(|lease| lease.granted)
}

fn withdrawn(entry: &Withdrawn, names: &Names) -> String {
    let until = rfc3339(entry.grace_until_ms).filter(|until| !until.starts_with('+'));
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    let policy = match policy_word(entry.policy) {
        "accept" => "is taken in",
        "review" => "is held for review",
        _ => "is held as refused",
    };
    let device = names.of(entry.device.uuid());
    format!("{device} lost the account; what it still sends {policy}{until}.{}", note(entry.note.as_deref()))
}

fn unaccepted(entry: &Unaccepted, names: &Names) -> String {
    let verb = if entry.held { "held" } else { "refused" };
    let who = names.author(&entry.author);
    let reason = &entry.reason;
    format!(
        "Item {} of {who} was {verb}: {} [{}, rule {}]",
        entry.author.number, reason.text, reason.code, reason.rule
    )
}

fn fate(entry: &Fate, names: &Names) -> String {
    let by = names.of(entry.by.uuid());
    let who = names.author(&entry.author);
    let fate = entry.fate.replace('_', "-");
    format!("{by} {fate} item {} of {who}: {}", entry.author.number, entry.text)
}

fn note(note: Option<&str>) -> String {
    note.map(|note| format!(" Note: {note}")).unwrap_or_default()
}
