//! A push between its gate and its append. The gate works outside of every lock, so that other work may be appended in
//! between; then the append asks again whatever may have changed.

use automerge::Automerge;
use roadbook_model::RecordId;
use roadbook_sync::ledger::{Gated, ServerDevice};
use roadbook_sync::server::Event;

use super::link;
use super::sabotage::Sabotage;
use super::step::Step;
use super::steps;
use super::world::World;
use crate::memory_server::MemoryServer;

/// A push that is gated and not appended yet.
pub struct Judging {
    device: ServerDevice,
    items: Vec<Vec<u8>>,
    gated: Vec<Option<Gated>>,
    /// The documents that the gate saw.
    documents: Vec<(RecordId, Automerge)>,
}

impl Judging {
    /// Gates a push.
    pub fn begin(server: &MemoryServer, device: ServerDevice, items: Vec<Vec<u8>>) -> Self {
        let gated = server.gate(&device, &items);
        let of_items = items.iter().filter_map(|bytes| roadbook_protocol::Item::read(bytes).ok()?.record());
        let documents =
            of_items.filter_map(|id| Some((id, server.book.records.get(&id)?.doc.clone()))).collect();
        Self { device, items, gated, documents }
    }

    /// A record that the push is about.
    pub fn record(&self) -> Option<RecordId> {
        self.documents.first().map(|(id, _)| *id)
    }

    fn append(self, world: &mut World) -> Event {
        let records = &world.server.book.records;
        let is_other = |(id, seen): &(RecordId, Automerge)| {
            records.get(id).is_some_and(|record| record.doc.get_heads() != seen.get_heads())
        };
        if self.documents.iter().any(is_other) {
            world.tally.happened.note(Step::Apart);
        }
        if world.sabotage == Some(Sabotage::AppendsOnGatedDocuments) {
            for (id, doc) in self.documents {
                world.server.book.records.entry(id).and_modify(|record| record.doc = doc);
            }
        }
        let now_ms = world.now_ms;
        Event::Judged(world.server.append_gated(&self.device, &self.items, self.gated, now_ms))
    }
}

/// Appends what a connection's push waits for, if one does, and answers it.
pub fn finish(world: &mut World, number: usize) -> bool {
    let judging = world.connections.get_mut(&number).and_then(|connection| connection.judging.take());
    let Some(judging) = judging else { return false };
    // Somebody else may be faster.
    if let Some(record) = judging.record().filter(|_| world.random.percent(40)) {
        steps::office_edits(world, record);
    }
    world.tell(format!("server appends what it gated on {number}"));
    // What follows from the answer is no push.
    let apart = std::mem::take(&mut world.gates_apart);
    let head = world.server.head();
    let event = judging.append(world);
    link::feed(world, number, event);
    if world.server.head() != head {
        link::wake_all(world);
    }
    world.gates_apart = apart;
    true
}

/// A connection ends. What it pushed is appended all the same.
pub fn hang_up(world: &mut World, number: usize) {
    let Some(mut connection) = world.connections.remove(&number) else { return };
    if let Some(judging) = connection.judging.take() {
        let _nobody_hears_it = judging.append(world);
        link::wake_all(world);
    }
}
