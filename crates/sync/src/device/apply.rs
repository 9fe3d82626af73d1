//! What a page does on the device, all in one transaction with the cursor.

use std::cmp::Ordering;

use automerge::Automerge;
use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use roadbook_model::{AccountId, PersonId, RecordId, TerritoryId};
use roadbook_protocol::entry::{
    ChangesEntry, Closed, Decision, Fate, Grant, Granted, Reference, Subject, Withdrawn,
};
use roadbook_protocol::item::item_hash;
use roadbook_protocol::page::{FillMark, FillPart, FillRecord, Hand, Opened, PageEntry, statement};
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Page, decode};

use super::content::{self, Unreadable};
use super::error::SessionError;
use super::kinds::{KeptEnvelope, KeptKind};
use super::rows::{
    DeviceRow, Handover, ItemRow, LeaseRow, LeaseState, Leaving, Notice, RecordRow, Rows, Stored,
};
use super::{drain, leave, merge, receipts};
use crate::reader;

/// Applies a page. One that was applied before changes nothing; one that leaves a gap is refused. Records of a heal
/// count only while one is `healing`. Returns whether the page ended it.
pub fn handle(rows: &mut dyn Rows, page: &Page, healing: bool) -> Result<bool, SessionError> {
    let device = rows.device()?;
    let Opened { body, bytes } = page.open()?;
    verify(&device, page, &statement(&device.epoch, &page.upto, &body.entries, &bytes))?;
    if page.from > device.cursor.position {
        return Err(SessionError::Gap);
    }
    // A store that is wiped stays empty.
    let is_wiped = device.leaving == Leaving::Wiped;
    let news = body.entries.iter().filter(|entry| entry.position > device.cursor.position && !is_wiped);
    for entry in news {
        apply_entry(rows, &device, entry)?;
    }
    for part in body.fills.iter().filter(|_| !is_wiped) {
        if if part.mark.grant == 0 { healing } else { is_news(rows, part)? } {
            apply_fill(rows, &device, part)?;
        }
    }
    let mut device = rows.device()?;
    if page.upto.position > device.cursor.position {
        device.cursor = page.upto;
        rows.put_device(&device)?;
    }
    settle(rows, device.cursor.position)?;
    Ok(body.fills.iter().any(|part| part.mark.grant == 0 && part.done))
}

/// Rule P2: nothing is applied before the server's signature holds.
fn verify(device: &DeviceRow, page: &Page, statement: &Hash) -> Result<(), SessionError> {
    let key = VerifyingKey::from_sec1_bytes(&device.server_key).map_err(|_| SessionError::Forged)?;
    let signature =
        p256::ecdsa::Signature::from_slice(&page.signature.0).map_err(|_| SessionError::Forged)?;
    key.verify_prehash(&statement.0, &signature).map_err(|_| SessionError::Forged)
}

fn apply_entry(rows: &mut dyn Rows, device: &DeviceRow, row: &PageEntry) -> Result<(), SessionError> {
    match decode::<Entry>("entry", &row.payload.0)? {
        Entry::Changes(entry) => apply_changes(rows, &entry, row.at_ms)?,
        Entry::Decision(entry) => apply_decision(rows, entry, row.at_ms)?,
        Entry::Granted(entry) => apply_granted(rows, entry, row)?,
        Entry::Withdrawn(entry) => apply_withdrawn(rows, &entry, row.at_ms)?,
        Entry::Closed(entry) => apply_closed(rows, &entry)?,
        Entry::Reference(entry) => apply_reference(rows, &entry)?,
        Entry::Fate(entry) => apply_fate(rows, device, &entry, row.at_ms)?,
        Entry::Alias(entry) => merge::merge(rows, entry.account, entry.root)?,
        // Rule P2 has made sure that it is the server's own order.
        Entry::Revoked(entry) if !entry.blocked => leave::order(rows)?,
        Entry::Placed(entry) => {
            entry.accounts.iter().try_for_each(|placed| lies_in(rows, placed.account, entry.territory))?;
        }
        // Answers to this device's own items come as receipts; the rest is for the office.
        Entry::Unaccepted(_) | Entry::Conflict(_) | Entry::Revoked(_) | Entry::Wiped(_) => {}
    }
    Ok(())
}

fn apply_changes(rows: &mut dyn Rows, entry: &ChangesEntry, at_ms: i64) -> Result<(), SessionError> {
    let known = rows.record(entry.record)?;
    let row = match (known, entry.creates.as_deref()) {
        // Rule D4: the next generation begins the record anew; what is of another changes nothing.
        (Some(row), Some(_)) if entry.generation > row.envelope.generation => anew(row, entry.generation),
        (Some(row), _) if entry.generation != row.envelope.generation => return Ok(()),
        // Rule B8: of held work from here somebody else made it.
        (Some(row), Some(_)) => made_by(row, entry.author.person),
        (Some(row), None) => row,
        (None, Some(word)) => {
            let envelope = KeptEnvelope {
                id: entry.record,
                kind: rows.kind(word),
                account: entry.account,
                creator: entry.author.person,
                generation: entry.generation,
            };
            fresh(envelope)
        }
        // A record that a heal will bring.
        (None, None) => return Ok(()),
    };
    let changes: Vec<&[u8]> = entry.changes.iter().map(|change| change.0.as_slice()).collect();
    put_changes(rows, row, &changes, at_ms)
}

fn fresh(envelope: KeptEnvelope) -> RecordRow {
    RecordRow { envelope, accepted: Vec::new(), branch: 0, digest: 0, decision: None, changed_ms: 0 }
}

/// A record whose creator is whom the server says: what was captured here and not taken made no record.
fn made_by(mut row: RecordRow, creator: PersonId) -> RecordRow {
    row.envelope.creator = creator;
    row
}

/// A record of which nothing of a later generation is accepted yet.
fn anew(mut row: RecordRow, generation: u32) -> RecordRow {
    row.envelope.generation = generation;
    row.accepted = Automerge::new().save();
    row
}

fn put_changes(
    rows: &mut dyn Rows,
    mut row: RecordRow,
    changes: &[&[u8]],
    at_ms: i64,
) -> Result<(), SessionError> {
    let record = row.envelope.id;
    let mut doc = content::accepted(&row).map_err(|_| SessionError::Damaged(record))?;
    content::merge(&mut doc, changes.iter().copied()).map_err(unreadable)?;
    content::put_accepted(rows, &mut row, &doc, at_ms)?;
    Ok(content::refresh(rows, record)?)
}

fn apply_decision(rows: &mut dyn Rows, decision: Decision, at_ms: i64) -> Stored<()> {
    let record = decision.record;
    let Some(mut row) = rows.record(record)? else { return Ok(()) };
    row.decision = Some(decision);
    row.changed_ms = row.changed_ms.max(at_ms);
    rows.put_record(&row)?;
    content::refresh(rows, record)
}

fn apply_granted(rows: &mut dyn Rows, entry: Granted, row: &PageEntry) -> Stored<()> {
    let mut fills = false;
    for Grant { lease, subject, root } in entry.grants {
        let note = entry.note.clone();
        let state = LeaseState::Open;
        rows.put_lease(&LeaseRow { lease, subject, state, late: None, note, root, lies_in: None })?;
        if let Subject::Account(account) = subject {
            fills = true;
            merge::granted(rows, account, root)?;
            if let Some(note) = said(entry.note.as_deref()) {
                let at_ms = row.at_ms;
                rows.put_handover(Handover { lease, account, gained: true, note, at_ms })?;
            }
        }
    }
    if fills { rows.put_fill(&FillMark { grant: row.position, token: None }) } else { Ok(()) }
}

/// A note that says something.
fn said(note: Option<&str>) -> Option<&str> {
    note.filter(|note| !note.trim().is_empty())
}

/// Rule P10: what was said last of where an account lies holds for all leases on it.
fn lies_in(rows: &mut dyn Rows, account: AccountId, territory: TerritoryId) -> Stored<()> {
    let leases = rows.leases_on(Subject::Account(account))?;
    let others = leases.into_iter().filter(|lease| lease.lies_in != Some(territory));
    others.into_iter().try_for_each(|lease| rows.put_lease(&LeaseRow { lies_in: Some(territory), ..lease }))
}

fn apply_withdrawn(rows: &mut dyn Rows, entry: &Withdrawn, at_ms: i64) -> Stored<()> {
    for id in &entry.leases {
        let Some(mut lease) = rows.lease(*id)? else { continue };
        if matches!(lease.state, LeaseState::Open | LeaseState::Proposed) {
            lease.state = LeaseState::Frozen;
            lease.late = Some((entry.policy, entry.grace_until_ms));
            lease.note.clone_from(&entry.note);
            rows.put_lease(&lease)?;
            tell_withdrawn(rows, &lease, at_ms)?;
        }
    }
    Ok(())
}

/// Rule L12. What was said when it came here is of no use any more, read or not.
fn tell_withdrawn(rows: &mut dyn Rows, lease: &LeaseRow, at_ms: i64) -> Stored<()> {
    let Subject::Account(account) = lease.subject else { return Ok(()) };
    match said(lease.note.as_deref()) {
        Some(note) => rows.put_handover(Handover { lease: lease.lease, account, gained: false, note, at_ms }),
        None => rows.delete_handover(lease.lease),
    }
}

fn apply_closed(rows: &mut dyn Rows, entry: &Closed) -> Stored<()> {
    let Some(mut lease) = rows.lease(entry.lease)? else { return Ok(()) };
    lease.state = LeaseState::Closed;
    rows.put_lease(&lease)?;
    drain::purge(rows, lease.subject)
}

fn apply_reference(rows: &mut dyn Rows, entry: &Reference) -> Stored<()> {
    entry.items.iter().try_for_each(|item| rows.put_reference(&entry.set, &item.key, item.json.as_deref()))
}

/// A held item that got its fate leaves the tray: released work comes back as part of the record, and of what somebody
/// else gave up or took over its person reads why.
fn apply_fate(rows: &mut dyn Rows, device: &DeviceRow, entry: &Fate, at_ms: i64) -> Result<(), SessionError> {
    if entry.author.store_generation != device.store_generation {
        return Ok(());
    }
    // The number alone does not say it: a phone restored from a backup gives the same one to other work.
    let item = rows.item(entry.author.number)?.filter(|item| item_hash(&item.bytes) == entry.item);
    let Some(item) = item else { return Ok(()) };
    receipts::not_taken(rows, &item)?;
    // Out of the record's content by now, and told of as what it wrote.
    let Some(item) = rows.item(item.number)? else { return Ok(()) };
    match item.record {
        // Rule P6: the entry that took it in does not come to the store that made it.
        Some(record) if entry.fate == "released" => settle_changes(rows, &item, record),
        _ => {
            if entry.by != device.person {
                rows.put_notice(Notice { item: &item, fate: &entry.fate, text: &entry.text, at_ms })?;
            }
            Ok(forget(rows, &item)?)
        }
    }
}

/// Takes an item out of the tray, and the record with it if nothing else of it is here.
pub(super) fn forget(rows: &mut dyn Rows, item: &ItemRow) -> Stored<()> {
    hand_down(rows, item)?;
    rows.delete_item(item.number)?;
    finish_record(rows, item)
}

/// Rule B2: what was written next on the same branch builds on the item that leaves, whose changes stay beneath it.
fn hand_down(rows: &mut dyn Rows, item: &ItemRow) -> Stored<()> {
    let Some(body) = content::body_of(item) else { return Ok(()) };
    let is_next = |other: &ItemRow| {
        let is_later = other.tray && other.number > item.number;
        is_later && content::body_of(other).is_some_and(|it| it.branch == body.branch)
    };
    let Some(mut next) = rows.items_of(body.record)?.into_iter().find(is_next) else { return Ok(()) };
    next.beneath = [item.beneath.clone(), body.changes, next.beneath].concat();
    rows.put_item(&next)
}

/// After an item of a record is gone: a record of which nothing was ever accepted, or that is not of the scope any more
/// (rule D3), goes with its last item; an account
/// that is no longer covered may now be purged, and a closed lease.
fn finish_record(rows: &mut dyn Rows, item: &ItemRow) -> Stored<()> {
    if let Some(record) = item.record {
        let is_empty = rows.record(record)?.is_some_and(|row| row.digest == 0);
        if is_empty && rows.items_of(record)?.is_empty() {
            content::remove(rows, record)?;
        } else {
            content::refresh(rows, record)?;
        }
    }
    if let Some(LeaseRow { subject: subject @ Subject::Territory(_), .. }) = rows.lease(item.lease)? {
        drain::purge(rows, subject)?;
    }
    item.account.map_or(Ok(()), |account| drain::purge(rows, Subject::Account(account)))
}

/// Rule P1: whether a part brings its fill forward, which was neither applied before nor is over.
fn is_news(rows: &mut dyn Rows, part: &FillPart) -> Stored<bool> {
    let reached = |mark: &FillMark| {
        mark.token.map(|at| (at.account, at.order, at.record, at.partial.unwrap_or(u32::MAX)))
    };
    let open = rows.fills()?.into_iter().find(|fill| fill.grant == part.mark.grant);
    Ok(open.is_some_and(|open| match reached(&part.mark).cmp(&reached(&open)) {
        Ordering::Greater => true,
        Ordering::Equal => part.done,
        Ordering::Less => false,
    }))
}

fn apply_fill(rows: &mut dyn Rows, device: &DeviceRow, part: &FillPart) -> Result<(), SessionError> {
    let mut before = Before::default();
    for record in &part.records {
        before.take(rows, record)?;
        apply_fill_record(rows, device, record, &mut before, part.mark.grant == 0)?;
    }
    if part.mark.grant == 0 {
        let gone = part.gone.iter().flatten();
        return Ok(gone.copied().try_for_each(|record| content::release(rows, record))?);
    }
    if part.done {
        rows.delete_fill(part.mark.grant)?
    } else {
        rows.put_fill(&part.mark)?
    }
    Ok(())
}

/// What the record before in the same part had: absent means the same.
#[derive(Default)]
struct Before {
    kind: Option<KeptKind>,
    account: Option<AccountId>,
    creator: Option<PersonId>,
    territory: Option<TerritoryId>,
    hand: Option<Hand>,
}

impl Before {
    fn take(&mut self, rows: &mut dyn Rows, part: &FillRecord) -> Stored<()> {
        let is_said = part.territory.is_some() || part.account.is_some();
        self.kind = part.kind.as_deref().map(|word| rows.kind(word)).or(self.kind.take());
        self.account = part.account.or(self.account);
        self.creator = part.creator.or(self.creator);
        self.territory = part.territory.or(self.territory);
        match self.account.zip(self.territory).filter(|_| is_said) {
            Some((account, territory)) => lies_in(rows, account, territory),
            None => Ok(()),
        }
    }

    fn envelope(&self, part: &FillRecord) -> Result<KeptEnvelope, SessionError> {
        let (Some(kind), Some(account), Some(creator)) = (&self.kind, self.account, self.creator) else {
            return Err(SessionError::Unreadable);
        };
        let generation = part.generation.unwrap_or(0);
        Ok(KeptEnvelope { id: part.record, kind: kind.clone(), account, creator, generation })
    }
}

fn apply_fill_record(
    rows: &mut dyn Rows,
    device: &DeviceRow,
    part: &FillRecord,
    before: &mut Before,
    heal: bool,
) -> Result<(), SessionError> {
    let mut changes = Vec::with_capacity(part.changes.len());
    for change in &part.changes {
        let hand = change.hand.or(before.hand).ok_or(SessionError::Unreadable)?;
        before.hand = Some(hand);
        changes.push(reader::whole(&device.epoch, part.record, hand, &change.chunk.0)?);
    }
    let envelope = before.envelope(part)?;
    let creator = envelope.creator;
    let mut row = made_by(rows.record(part.record)?.unwrap_or_else(|| fresh(envelope)), creator);
    let generation = part.generation.unwrap_or(0);
    if generation < row.envelope.generation {
        return Ok(());
    }
    // A heal replaces what the digests showed to be wrong, and so does a later generation (rule D4); a fill adds to what is
    // there.
    if heal && part.skipped.is_none() || generation > row.envelope.generation {
        row = anew(row, generation);
    }
    if part.decision.is_some() {
        row.decision.clone_from(&part.decision);
    }
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    put_changes(rows, row, &changes, 0)
}

/// Makes what is in the record, and passed by the cursor, part of the accepted base.
pub fn settle(rows: &mut dyn Rows, position: u64) -> Result<(), SessionError> {
    for item in rows.settled(position)? {
        let Ok(Item { body, .. }) = Item::read(&item.bytes) else { continue };
        match body {
            ItemBody::Changes(body) => settle_changes(rows, &item, body.record)?,
            ItemBody::Request(body) => {
                rows.delete_item(item.number)?;
                content::refresh(rows, body.record)?;
            }
            ItemBody::Wiped => {}
            // What it gave up leaves with its fate.
            ItemBody::Discard(_) => {
                rows.delete_item(item.number)?;
                if let Some(lease) = rows.lease(item.lease)? {
                    drain::purge(rows, lease.subject)?;
                }
            }
            ItemBody::Close => {
                rows.delete_item(item.number)?;
                if let Some(mut lease) = rows.lease(item.lease)? {
                    lease.state = LeaseState::Closed;
                    rows.put_lease(&lease)?;
                    drain::purge(rows, lease.subject)?;
                }
            }
        }
    }
    Ok(())
}

fn settle_changes(rows: &mut dyn Rows, item: &ItemRow, record: RecordId) -> Result<(), SessionError> {
    let changes = content::changes_of(item);
    if let Some(row) = rows.record(record)? {
        let at_ms = row.changed_ms;
        let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        put_changes(rows, row, &changes, at_ms)?;
    }
    rows.delete_item(item.number)?;
    Ok(finish_record(rows, item)?)
}

fn unreadable(_: Unreadable) -> SessionError {
    SessionError::Unreadable
}
