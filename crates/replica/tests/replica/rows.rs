//! The store is held to the contract of every device's rows, with and without a file.

use std::cell::Cell;
use std::path::PathBuf;

use roadbook_replica::Store;
use roadbook_sync::device::{DeviceRow, Stored};
use roadbook_testkit::rows_contract::{self, Transacting, Work};

use crate::scratch::Scratch;

struct Kept {
    store: Option<Store>,
    path: Option<PathBuf>,
}

impl Transacting for Kept {
    fn transaction(&mut self, work: Work<'_>) -> Stored<()> {
        self.store.as_ref().unwrap().transaction(work)
    }

    fn reopened(mut self) -> Self {
        if let Some(path) = &self.path {
            drop(self.store.take());
            self.store = Some(Store::open(path).unwrap());
        }
        self
    }
}

#[test]
fn a_file_keeps_the_contract() {
    let scratch = Scratch::new("rows");
    let number = Cell::new(0);
    rows_contract::check(|device: &DeviceRow| {
        number.set(number.get() + 1);
        let path = scratch.path(&format!("{}.sqlite", number.get()));
        let store = Store::open(&path).unwrap();
        store.put_device(device).unwrap();
        Kept { store: Some(store), path: Some(path) }
    });
}

#[test]
fn memory_keeps_the_contract() {
    rows_contract::check(|device: &DeviceRow| {
        let store = Store::open_in_memory().unwrap();
        store.put_device(device).unwrap();
        Kept { store: Some(store), path: None }
    });
}

#[test]
fn the_testkit_s_own_rows_keep_the_contract() {
    rows_contract::check(|device: &DeviceRow| roadbook_testkit::memory_rows::MemoryRows::new(device.clone()));
}
