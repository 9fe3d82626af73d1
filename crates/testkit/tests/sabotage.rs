//! The test of the simulator: bugs on purpose, each of which some history must show.

use std::panic::catch_unwind;

use roadbook_testkit::sim::{self, sabotage::Sabotage};

/// Histories within which every bug must show.
const HISTORIES: u64 = 600;

/// The first history that shows a bug, and how.
fn shown(sabotage: Sabotage) -> Option<(u64, String)> {
    (0..HISTORIES).find_map(|seed| match catch_unwind(|| sim::run_with(seed, Some(sabotage))) {
        Ok(Ok(_)) => None,
        Ok(Err(failure)) => Some((seed, failure.error)),
        Err(_) => Some((seed, "panic".to_owned())),
    })
}

#[test]
fn every_bug_on_purpose_is_found() {
    for sabotage in Sabotage::ALL {
        match shown(sabotage) {
            Some((seed, error)) => println!("{sabotage:?}: seed {seed}: {error}"),
            None => panic!("{sabotage:?} gets through {HISTORIES} histories"),
        }
    }
}
