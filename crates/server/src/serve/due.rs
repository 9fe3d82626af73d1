//! What time does by itself, as long as the server runs.

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::ambient;
use crate::store::Store;
use crate::store::office::Done;
use crate::store::office::reassignments::due::LOOK;

/// Looks for what is due until the server stops.
pub(super) async fn run(store: Store, mut stopping: watch::Receiver<bool>) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        if let Err(error) = run_due(&store).await {
            warn!(%error, "what is due could not be done; it is tried again");
        }
    }
}

/// Every node does this; whatever it is, whoever comes first does it, once.
async fn run_due(store: &Store) -> Done<()> {
    store.run_due_reassignments().await?;
    store.settle_due(ambient::now_ms()).await?;
    store.place_new().await?;
    store.follow_runs(ambient::now_ms()).await?;
    store.find_duplicates().await?;
    Ok(())
}
