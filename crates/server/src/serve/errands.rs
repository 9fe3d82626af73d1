//! What the server does by itself, when its time comes: holdings that begin and end, new accounts that rules place. Every
//! node runs it; what each errand does it does once, whoever comes first.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{error, info};

use crate::ambient;
use crate::store::Store;
use crate::store::office::Done;

/// How long an errand that has come due may wait.
const EVERY: Duration = Duration::from_secs(1);
/// How long to wait after a failure.
const BACKOFF: Duration = Duration::from_secs(10);

/// Starts running errands until the server stops.
pub(super) fn start(store: Store, mut stopping: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut pause = Duration::ZERO;
        // The time runs out, or the server stops, or nobody is left who could stop it.
        while timeout(pause, stopping.wait_for(|stop| *stop)).await.is_err() {
            pause = match run(&store).await {
                Ok(()) => EVERY,
                Err(error) => {
                    error!(%error, "an errand failed; nothing of it was done, it is tried again");
                    BACKOFF
                }
            };
        }
    })
}

async fn run(store: &Store) -> Done<()> {
    let settled = store.settle_due(ambient::now_ms()).await?;
    let placed = store.place_new().await?;
    if settled + placed > 0 {
        info!(settled, placed, "errands done");
    }
    Ok(())
}
