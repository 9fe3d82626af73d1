//! What goes wrong with orders when a bug is switched on.

use roadbook_model::RecordId;
use roadbook_model::state::{ACCEPTED, SUBMITTED};
use roadbook_sync::device::{RecordRow, Rows, content};
use roadbook_sync::ledger::Book;

use crate::memory_server::MemoryServer;
use crate::sim::world::World;

/// Lets a server work as if nothing were decided. What it decides meanwhile stands.
pub fn undecided<T>(server: &mut MemoryServer, work: impl FnOnce(&mut MemoryServer) -> T) -> T {
    let records = server.book.records.iter_mut();
    let decisions: Vec<_> = records.filter_map(|(id, record)| Some((*id, record.decision.take()?))).collect();
    let done = work(server);
    for (id, decision) in decisions {
        if let Some(record) = server.book.records.get_mut(&id) {
            record.decision.get_or_insert(decision);
        }
    }
    done
}

/// An order that was accepted looks as if it had only been handed in.
pub fn take_for_handed_in(book: &mut Book, order: RecordId) {
    let decision = book.records.get_mut(&order).and_then(|record| record.decision.as_mut());
    if let Some(decision) = decision.filter(|decision| decision.state == ACCEPTED) {
        SUBMITTED.clone_into(&mut decision.state);
    }
}

/// A phone takes every order for one on which nothing was said.
pub fn unlearn(world: &mut World, phone: usize) -> Result<(), String> {
    let rows = &mut world.phones[phone].rows;
    let decided: Vec<RecordRow> = rows.all_records().filter(|row| row.decision.is_some()).cloned().collect();
    for row in decided {
        let record = row.envelope.id;
        let put = rows.put_record(&RecordRow { decision: None, ..row });
        put.and_then(|()| content::refresh(rows, record)).map_err(|error| error.to_string())?;
    }
    Ok(())
}
