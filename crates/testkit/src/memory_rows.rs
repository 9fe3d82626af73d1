//! A device's rows in memory. A clone is a backup of the phone; dropping a clone is a crash before the commit.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::{AccountId, Fields, LeaseId, RecordId};
use roadbook_protocol::Outcome;
use roadbook_protocol::entry::Subject;
use roadbook_protocol::page::FillMark;
use roadbook_sync::device::kinds::{KeptKind, show_anew};
use roadbook_sync::device::{
    DeviceRow, Handover, ItemRow, LeaseRow, LeaseState, Notice, RecordRow, Rows, Stored, View,
};

/// Everything one device keeps.
#[derive(Clone, Debug)]
pub struct MemoryRows {
    device: DeviceRow,
    /// Kinds that the app on this device does not know: it is of an older version.
    lacks: BTreeSet<String>,
    records: BTreeMap<RecordId, RecordRow>,
    by_account: BTreeSet<(AccountId, RecordId)>,
    /// What lists and search would show.
    pub views: BTreeMap<RecordId, Fields>,
    /// Under which account.
    pub shown_under: BTreeMap<RecordId, AccountId>,
    leases: BTreeMap<LeaseId, LeaseRow>,
    items: BTreeMap<u64, ItemRow>,
    fills: BTreeMap<u64, FillMark>,
    reference: BTreeMap<(String, String), String>,
    /// What the person has still to read: number, fate and why.
    pub notices: Vec<(u64, String, String)>,
    /// What the office says of accounts that changed hands, by lease: the account, whether it came, and the note.
    pub handovers: BTreeMap<LeaseId, (AccountId, bool, String)>,
}

impl MemoryRows {
    /// The rows of a freshly enrolled device.
    pub fn new(device: DeviceRow) -> Self {
        Self {
            device,
            lacks: BTreeSet::new(),
            records: BTreeMap::new(),
            by_account: BTreeSet::new(),
            views: BTreeMap::new(),
            shown_under: BTreeMap::new(),
            leases: BTreeMap::new(),
            items: BTreeMap::new(),
            fills: BTreeMap::new(),
            reference: BTreeMap::new(),
            notices: Vec::new(),
            handovers: BTreeMap::new(),
        }
    }

    /// The rows of a fresh store of the same app.
    pub fn fresh(&self, device: DeviceRow) -> Self {
        Self { lacks: self.lacks.clone(), ..Self::new(device) }
    }

    /// The kinds that the app on this device does not know.
    pub fn lacking(&self) -> &BTreeSet<String> {
        &self.lacks
    }

    /// Whether the app on this device does not know the kind of this name.
    pub fn lacks(&self, word: &str) -> bool {
        self.lacks.contains(word)
    }

    /// Puts another version of the app on the device, one that does not know these kinds, and opens the store with it.
    pub fn change_app(&mut self, lacks: BTreeSet<String>) -> Stored<()> {
        self.lacks = lacks;
        let all: Vec<RecordId> = self.records.keys().copied().collect();
        show_anew(self, &all)
    }

    /// Every record, for checks.
    pub fn all_records(&self) -> impl Iterator<Item = &RecordRow> {
        self.records.values()
    }

    /// Every item, for checks.
    pub fn all_items(&self) -> impl Iterator<Item = &ItemRow> {
        self.items.values()
    }

    /// Every lease, for checks.
    pub fn all_leases(&self) -> impl Iterator<Item = &LeaseRow> {
        self.leases.values()
    }
}

impl Rows for MemoryRows {
    fn undecided(&mut self) -> Stored<u32> {
        let tray = self.items.values().filter(|item| item.tray).count();
        Ok(u32::try_from(tray + self.notices.len()).unwrap_or(u32::MAX))
    }

    fn put_notice(&mut self, notice: Notice<'_>) -> Stored<()> {
        self.notices.push((notice.item.number, notice.fate.to_owned(), notice.text.to_owned()));
        Ok(())
    }

    fn put_handover(&mut self, told: Handover<'_>) -> Stored<()> {
        self.handovers.insert(told.lease, (told.account, told.gained, told.note.to_owned()));
        Ok(())
    }

    fn delete_handover(&mut self, lease: LeaseId) -> Stored<()> {
        self.handovers.remove(&lease);
        Ok(())
    }

    fn wipe(&mut self) -> Stored<()> {
        *self = self.fresh(self.device.clone());
        Ok(())
    }

    fn device(&mut self) -> Stored<DeviceRow> {
        Ok(self.device.clone())
    }

    fn put_device(&mut self, row: &DeviceRow) -> Stored<()> {
        self.device = row.clone();
        Ok(())
    }

    fn kind(&mut self, word: &str) -> KeptKind {
        if self.lacks(word) { KeptKind::Unknown(word.to_owned()) } else { KeptKind::of(word) }
    }

    fn record(&mut self, id: RecordId) -> Stored<Option<RecordRow>> {
        let Some(mut row) = self.records.get(&id).cloned() else { return Ok(None) };
        row.envelope.kind = self.kind(row.envelope.kind.name());
        Ok(Some(row))
    }

    fn put_record(&mut self, row: &RecordRow) -> Stored<()> {
        self.by_account.insert((row.envelope.account, row.envelope.id));
        self.records.insert(row.envelope.id, row.clone());
        Ok(())
    }

    fn delete_record(&mut self, id: RecordId) -> Stored<()> {
        if let Some(row) = self.records.remove(&id) {
            self.by_account.remove(&(row.envelope.account, id));
        }
        self.views.remove(&id);
        Ok(())
    }

    fn records_of(&mut self, account: AccountId) -> Stored<Vec<RecordId>> {
        let from = (account, RecordId::from_bytes([0; 16]));
        let to = (account, RecordId::from_bytes([255; 16]));
        Ok(self.by_account.range(from..=to).map(|(_, record)| *record).collect())
    }

    fn put_view(&mut self, view: &View<'_>) -> Stored<()> {
        self.views.insert(view.envelope.id, view.fields.clone());
        self.shown_under.insert(view.envelope.id, view.account);
        Ok(())
    }

    fn delete_view(&mut self, id: RecordId) -> Stored<()> {
        self.views.remove(&id);
        Ok(())
    }

    fn account_digests(&mut self) -> Stored<Vec<(AccountId, u64)>> {
        let mut sums: BTreeMap<AccountId, u64> = BTreeMap::new();
        for row in self.records.values() {
            let sum = sums.entry(row.envelope.account).or_default();
            *sum = sum.wrapping_add(row.digest);
        }
        Ok(sums.into_iter().collect())
    }

    fn record_digests(&mut self, account: AccountId) -> Stored<Vec<(RecordId, u64)>> {
        let records = self.records_of(account)?;
        let rows = records.iter().filter_map(|id| self.records.get(id));
        Ok(rows.filter(|row| row.digest != 0).map(|row| (row.envelope.id, row.digest)).collect())
    }

    fn lease(&mut self, id: LeaseId) -> Stored<Option<LeaseRow>> {
        Ok(self.leases.get(&id).cloned())
    }

    fn put_lease(&mut self, row: &LeaseRow) -> Stored<()> {
        self.leases.insert(row.lease, row.clone());
        Ok(())
    }

    fn delete_lease(&mut self, id: LeaseId) -> Stored<()> {
        self.leases.remove(&id);
        Ok(())
    }

    fn leases_on(&mut self, subject: Subject) -> Stored<Vec<LeaseRow>> {
        Ok(self.leases.values().rev().filter(|lease| lease.subject == subject).cloned().collect())
    }

    fn leases_in(&mut self, state: LeaseState) -> Stored<Vec<LeaseRow>> {
        Ok(self.leases.values().filter(|lease| lease.state == state).cloned().collect())
    }

    fn put_item(&mut self, row: &ItemRow) -> Stored<()> {
        self.items.insert(row.number, row.clone());
        Ok(())
    }

    fn item(&mut self, number: u64) -> Stored<Option<ItemRow>> {
        Ok(self.items.get(&number).cloned())
    }

    fn delete_item(&mut self, number: u64) -> Stored<()> {
        self.items.remove(&number);
        Ok(())
    }

    fn items_of(&mut self, record: RecordId) -> Stored<Vec<ItemRow>> {
        Ok(self.items.values().filter(|item| item.record == Some(record)).cloned().collect())
    }

    fn items_under(&mut self, lease: LeaseId) -> Stored<Vec<ItemRow>> {
        Ok(self.items.values().filter(|item| item.lease == lease).cloned().collect())
    }

    fn unanswered(&mut self, after: u64, limit: usize) -> Stored<Vec<ItemRow>> {
        let later = self.items.range(after + 1..).map(|(_, item)| item);
        Ok(later.filter(|item| item.receipt.is_none()).take(limit).cloned().collect())
    }

    fn settled(&mut self, position: u64) -> Stored<Vec<ItemRow>> {
        let settled = |item: &&ItemRow| {
            item.receipt.as_ref().is_some_and(|receipt| {
                receipt.position <= position && matches!(receipt.outcome, Outcome::InRecord { .. })
            })
        };
        Ok(self.items.values().filter(settled).cloned().collect())
    }

    fn waiting(&mut self) -> Stored<(u32, Option<i64>)> {
        let waiting: Vec<i64> =
            self.items.values().filter(|item| item.receipt.is_none()).map(|item| item.captured_ms).collect();
        Ok((u32::try_from(waiting.len()).unwrap_or(u32::MAX), waiting.into_iter().min()))
    }

    fn fills(&mut self) -> Stored<Vec<FillMark>> {
        Ok(self.fills.values().copied().collect())
    }

    fn put_fill(&mut self, fill: &FillMark) -> Stored<()> {
        self.fills.insert(fill.grant, *fill);
        Ok(())
    }

    fn delete_fill(&mut self, grant: u64) -> Stored<()> {
        self.fills.remove(&grant);
        Ok(())
    }

    fn put_reference(&mut self, set: &str, key: &str, json: Option<&str>) -> Stored<()> {
        let key = (set.to_owned(), key.to_owned());
        match json {
            Some(json) => self.reference.insert(key, json.to_owned()),
            None => self.reference.remove(&key),
        };
        Ok(())
    }
}
