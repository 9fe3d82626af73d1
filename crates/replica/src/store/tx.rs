//! One transaction as the engine sees it.

use roadbook_model::{AccountId, LeaseId, RecordId};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::page::FillMark;
use roadbook_sync::device::{
    DeviceRow, Handover, ItemRow, LeaseRow, LeaseState, Notice, RecordRow, Rows, Stored, View,
};
use rusqlite::Connection;

use super::failure::Failure;
use crate::queries::{handovers, notices};

use super::{accounts, device, items, leases, records, reference, views};

/// The rows inside an open transaction.
pub(crate) struct Tx<'c> {
    connection: &'c Connection,
    failed: bool,
}

impl<'c> Tx<'c> {
    /// Over a connection with an open transaction.
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, failed: false }
    }

    /// Whether a statement failed, so that the transaction may not be committed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    fn run<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Stored<T> {
        // After a failure SQLite may be outside the transaction: a further statement would be saved on its own.
        if self.failed {
            return Err(Failure::Aborted.into());
        }
        work(self.connection).map_err(|failure| {
            self.failed = true;
            failure.into()
        })
    }
}

impl Rows for Tx<'_> {
    fn device(&mut self) -> Stored<DeviceRow> {
        self.run(device::lookup)?.ok_or_else(|| Failure::Empty.into())
    }

    fn put_device(&mut self, row: &DeviceRow) -> Stored<()> {
        self.run(|c| device::put(c, row))
    }

    fn record(&mut self, id: RecordId) -> Stored<Option<RecordRow>> {
        self.run(|c| records::lookup(c, id))
    }

    fn put_record(&mut self, row: &RecordRow) -> Stored<()> {
        self.run(|c| records::put(c, row))
    }

    fn delete_record(&mut self, id: RecordId) -> Stored<()> {
        self.run(|c| {
            views::delete(c, id)?;
            records::delete(c, id)
        })
    }

    fn records_of(&mut self, account: AccountId) -> Stored<Vec<RecordId>> {
        self.run(|c| accounts::records(c, account))
    }

    fn put_view(&mut self, view: &View<'_>) -> Stored<()> {
        self.run(|c| views::put(c, view))
    }

    fn delete_view(&mut self, id: RecordId) -> Stored<()> {
        self.run(|c| views::delete(c, id))
    }

    fn account_digests(&mut self) -> Stored<Vec<(AccountId, u64)>> {
        self.run(accounts::digests)
    }

    fn record_digests(&mut self, account: AccountId) -> Stored<Vec<(RecordId, u64)>> {
        self.run(|c| accounts::record_digests(c, account))
    }

    fn lease(&mut self, id: LeaseId) -> Stored<Option<LeaseRow>> {
        self.run(|c| leases::lookup(c, id))
    }

    fn put_lease(&mut self, row: &LeaseRow) -> Stored<()> {
        self.run(|c| leases::put(c, row))
    }

    fn delete_lease(&mut self, id: LeaseId) -> Stored<()> {
        self.run(|c| leases::delete(c, id))
    }

    fn leases_on(&mut self, subject: Subject) -> Stored<Vec<LeaseRow>> {
        self.run(|c| leases::on(c, subject))
    }

    fn leases_in(&mut self, state: LeaseState) -> Stored<Vec<LeaseRow>> {
        self.run(|c| leases::in_state(c, state))
    }

    fn put_item(&mut self, row: &ItemRow) -> Stored<()> {
        self.run(|c| items::put(c, row))
    }

    fn item(&mut self, number: u64) -> Stored<Option<ItemRow>> {
        self.run(|c| items::lookup(c, number))
    }

    fn delete_item(&mut self, number: u64) -> Stored<()> {
        self.run(|c| items::delete(c, number))
    }

    fn items_of(&mut self, record: RecordId) -> Stored<Vec<ItemRow>> {
        self.run(|c| items::of_record(c, record))
    }

    fn items_under(&mut self, lease: LeaseId) -> Stored<Vec<ItemRow>> {
        self.run(|c| items::under(c, lease))
    }

    fn unanswered(&mut self, after: u64, limit: usize) -> Stored<Vec<ItemRow>> {
        self.run(|c| items::unanswered(c, after, limit))
    }

    fn settled(&mut self, position: u64) -> Stored<Vec<ItemRow>> {
        self.run(|c| items::settled(c, position))
    }

    fn waiting(&mut self) -> Stored<(u32, Option<i64>)> {
        self.run(items::waiting)
    }

    fn fills(&mut self) -> Stored<Vec<FillMark>> {
        self.run(leases::fills)
    }

    fn put_fill(&mut self, fill: &FillMark) -> Stored<()> {
        self.run(|c| leases::put_fill(c, fill))
    }

    fn delete_fill(&mut self, grant: u64) -> Stored<()> {
        self.run(|c| leases::delete_fill(c, grant))
    }

    fn undecided(&mut self) -> Stored<u32> {
        self.run(items::undecided)
    }

    fn put_notice(&mut self, notice: Notice<'_>) -> Stored<()> {
        self.run(|c| notices::put(c, notice))
    }

    fn put_handover(&mut self, handover: Handover<'_>) -> Stored<()> {
        self.run(|c| handovers::put(c, handover))
    }

    fn delete_handover(&mut self, lease: LeaseId) -> Stored<()> {
        self.run(|c| handovers::delete(c, lease).map(drop))
    }

    fn wipe(&mut self) -> Stored<()> {
        self.run(device::wipe)
    }

    fn put_reference(&mut self, set: &str, key: &str, json: Option<&str>) -> Stored<()> {
        self.run(|c| reference::put(c, set, key, json))
    }
}
