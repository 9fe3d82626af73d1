//! Who hears of a new position: devices and feeds on this node at once and in memory, other nodes by one NOTIFY after the
//! commit. The table is the truth; a lost notification costs at most the time of one poll.
//!
//! Each node also remembers the last position of every channel that it saw grow, so that an append wakes only the
//! devices that have something to read: ten thousand others are not asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, warn};
use uuid::Uuid;

use super::cells::{signed, unsigned};
use super::{Stored, reading};

/// The channel of NOTIFY.
const CHANNEL: &str = "roadbook_log";
/// The channel on which the database itself tells that lists of the office changed beside the log (migration 0101).
const DESK: &str = "roadbook_desk";
/// How often the table is asked, for what notifications missed.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait after the listening connection failed.
const BACKOFF: Duration = Duration::from_millis(500);

/// The log's head as this node knows it.
#[derive(Debug)]
pub struct Wake {
    head: watch::Sender<u64>,
    own: watch::Sender<u64>,
    desk: watch::Sender<()>,
    grown: Mutex<HashMap<Uuid, u64>>,
}

impl Wake {
    fn new(head: u64) -> Self {
        let (head, own) = (watch::Sender::new(head), watch::Sender::new(head));
        Self { head, own, desk: watch::Sender::default(), grown: Mutex::default() }
    }

    /// The last known position.
    pub fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// Follows the head.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Changes when what waits on the office's desk may have changed and no entry tells of it.
    pub fn desk(&self) -> watch::Receiver<()> {
        self.desk.subscribe()
    }

    /// Whether one of these channels grew beyond a position since this node started.
    pub fn grew(&self, channels: &[Uuid], position: u64) -> bool {
        let grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
        channels.iter().any(|channel| grown.get(channel).is_some_and(|last| *last > position))
    }

    /// Says that this node committed entries in these channels, the last at a position.
    pub fn committed(&self, channels: impl IntoIterator<Item = (Uuid, u64)>, position: u64) {
        self.seen(channels, position);
        self.own.send_if_modified(|own| std::mem::replace(own, position) != position);
    }

    fn seen(&self, channels: impl IntoIterator<Item = (Uuid, u64)>, position: u64) {
        {
            let mut grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
            for (channel, position) in channels {
                let last = grown.entry(channel).or_default();
                *last = (*last).max(position);
            }
        }
        // Always told: an entry of another node may become known after a later one of this node.
        self.head.send_modify(|head| *head = (*head).max(position));
    }
}

/// Starts what keeps the head known. It ends when the last user of the returned one is gone.
pub(super) fn start(pool: PgPool, head: u64, tasks: &mut JoinSet<()>) -> Arc<Wake> {
    let wake = Arc::new(Wake::new(head));
    tasks.spawn(notify(pool.clone(), wake.own.subscribe()));
    tasks.spawn(listen(pool, Arc::downgrade(&wake), wake.own.subscribe(), head));
    wake
}

/// Tells other nodes, after the commit and without waiting: positions committed meanwhile go out as one.
async fn notify(pool: PgPool, mut own: watch::Receiver<u64>) {
    while own.changed().await.is_ok() {
        let position = own.borrow_and_update().to_string();
        let sent = sqlx::query!("select pg_notify($1, $2)", CHANNEL, position).execute(&pool).await;
        if let Err(error) = sent {
            debug!(%error, "other nodes were not notified; they poll");
        }
    }
}

/// Hears other nodes, and asks the table besides. Ends when the store does.
async fn listen(pool: PgPool, wake: Weak<Wake>, mut alive: watch::Receiver<u64>, head: u64) {
    let mut listener = None;
    let mut known = head;
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let mut is_desk = false;
        if listener.is_none() {
            listener = connect(&pool).await;
            // What was told of desks before is not told again.
            is_desk = listener.is_some();
        }
        tokio::select! {
            heard = hear(&mut listener) => is_desk |= heard,
            _ = poll.tick() => {}
            gone = async { while alive.changed().await.is_ok() {} } => break gone,
        }
        let Some(wake) = wake.upgrade() else { break };
        if is_desk {
            wake.desk.send_replace(());
        }
        match since(&pool, known).await {
            Ok((channels, position)) if position > known => {
                wake.seen(channels, position);
                known = position;
            }
            Ok(_) => {}
            Err(error) => debug!(%error, "the head could not be asked"),
        }
    }
}

async fn connect(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen_all([CHANNEL, DESK]).await.ok()?;
    Some(listener)
}

/// Waits for a notification, or for a reason to believe that one was missed. Whether desks are to be told.
async fn hear(listener: &mut Option<PgListener>) -> bool {
    let Some(open) = listener else {
        tokio::time::sleep(BACKOFF).await;
        return false;
    };
    match open.try_recv().await {
        Ok(Some(heard)) => heard.channel() == DESK,
        // The connection was lost and is back; what was said meanwhile of positions is in the table.
        Ok(None) => true,
        Err(error) => {
            warn!(%error, "the listening connection failed; positions are polled until it is back");
            *listener = None;
            tokio::time::sleep(BACKOFF).await;
            false
        }
    }
}

/// The channels that grew since a position, each with its last one, and the head.
async fn since(pool: &PgPool, known: u64) -> Stored<(Vec<(Uuid, u64)>, u64)> {
    let head = reading::head(pool).await?;
    if head <= known {
        return Ok((Vec::new(), head));
    }
    let query = sqlx::query!(
        r#"
        select channel, max(position) as "position!" from log.entry
        where position > $1 and position <= $2 group by channel
        "#,
        signed(known),
        signed(head)
    );
    let rows = query.fetch_all(pool).await?;
    Ok((rows.into_iter().map(|row| (row.channel, unsigned(row.position))).collect(), head))
}
