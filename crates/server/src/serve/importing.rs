//! Works on imports as long as the server runs, apart from all else that is due: a long one delays nothing.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::store::Store;
use crate::store::office::imports::work::LOOK;

/// How often old imports are looked for.
const TIDY: Duration = Duration::from_secs(3600);

/// Looks for imports until the server stops.
pub(super) async fn run(store: Store, mut stopping: watch::Receiver<bool>) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tidy = tokio::time::interval(TIDY);
    loop {
        let tidies = tokio::select! {
            _ = look.tick() => false,
            _ = tidy.tick() => true,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        if tidies && let Err(error) = store.tidy_imports().await {
            warn!(%error, "old imports could not be tidied up; it is tried again");
        }
        loop {
            if *stopping.borrow() {
                return;
            }
            if !works(&store).await {
                break;
            }
        }
    }
}

/// Does a piece of work; says whether there was one, and it went well.
async fn works(store: &Store) -> bool {
    match store.work_import().await {
        Ok(worked) => worked,
        Err(error) => {
            warn!(%error, "an import could not go on; it is tried again");
            false
        }
    }
}
