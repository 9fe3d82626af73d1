//! The writer: one task of each node that takes pushes of many devices and appends them in one commit.
//!
//! There is no timer: a group is whatever was queued while the last one committed. A push that cannot be judged is
//! answered with the reason and spoils no other. Should Postgres itself refuse a group, its pushes are tried one by one,
//! and a push that it refuses item by item ([`single`]): nothing is sent again and again for ever.

mod single;

use std::collections::BTreeSet;
use std::sync::Arc;

use roadbook_model::DeviceId;
use roadbook_protocol::{Item, Mark, Receipt};
use roadbook_sync::ledger::{Book, Gated, Halt, Needs, Pusher};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tracing::{Instrument, debug, error, info_span};

use super::append::Append;
use super::fetch::{Documents, Numbers};
use super::office::audit::By;
use super::wake::Wake;
use super::{StoreError, Stored, cells};
use crate::metrics;

/// Pushes that may wait; beyond that a device waits before its push is queued.
const QUEUE_MAX: usize = 256;
/// Items at which a group is closed.
const GROUP_ITEMS_MAX: usize = 1_000;

/// The way to the writer.
#[derive(Clone, Debug)]
pub struct Writer(mpsc::Sender<Job>);

/// Items, byte for byte; shared, because a failed group is tried again.
pub type Items = Arc<Vec<Vec<u8>>>;

/// What one device pushed, gated.
#[derive(Debug)]
pub struct Batch {
    /// Who pushed, by which life of its store.
    pub pusher: Pusher,
    /// The items, byte for byte.
    pub items: Items,
    /// The gate's answers, item by item; the book asks again where one no longer fits.
    pub gated: Vec<Option<Gated>>,
    /// The documents that the gate saw.
    pub documents: Documents,
    /// Who of the office brought it in the device's place, if it did not come by itself.
    pub brought_by: Option<By>,
}

impl Batch {
    /// The same as it came, for the book to ask the gate itself.
    fn ungated(&self) -> Self {
        Self {
            pusher: self.pusher,
            items: Arc::clone(&self.items),
            gated: self.items.iter().map(|_| None).collect(),
            documents: Documents::new(),
            brought_by: self.brought_by,
        }
    }
}

/// What became of a batch.
#[derive(Debug)]
pub struct Answer {
    /// Answers to the items, in their order, as far as they were judged.
    pub receipts: Vec<Receipt>,
    /// Why no more were.
    pub halt: Option<Halt>,
    /// The highest position among the receipts, with its chain hash.
    pub mark: Mark,
}

impl Answer {
    /// The answer to nothing.
    const NONE: Self = Self { receipts: Vec::new(), halt: None, mark: Mark::START };
}

#[derive(Debug)]
struct Job {
    batch: Batch,
    answer: oneshot::Sender<Stored<Answer>>,
}

impl Writer {
    /// Appends a batch; returns when it is durable.
    pub async fn append(&self, batch: Batch) -> Stored<Answer> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Job { batch, answer }).await.map_err(|_| StoreError::Closing)?;
        answered.await.map_err(|_| StoreError::Closing)?
    }
}

/// Starts the writer. It ends when every [`Writer`] is gone, after answering what was queued.
pub(super) fn start(pool: PgPool, wake: Arc<Wake>, judge: Judge, tasks: &mut JoinSet<()>) -> Writer {
    let (sender, queue) = mpsc::channel(QUEUE_MAX);
    tasks.spawn(run(pool, wake, judge, queue));
    Writer(sender)
}

async fn run(pool: PgPool, wake: Arc<Wake>, judge: Judge, mut queue: mpsc::Receiver<Job>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, QUEUE_MAX).await > 0 {
        while !waiting.is_empty() {
            let group = first_group(&mut waiting);
            let span = info_span!("db.log.group", pushes = group.len());
            append_group(&pool, &wake, judge, group).instrument(span).await;
        }
    }
    debug!("the writer has nothing left to do");
}

/// Takes whole pushes from the front until a group is full.
fn first_group(waiting: &mut Vec<Job>) -> Vec<Job> {
    let mut items = 0;
    let full = waiting.iter().position(|job| {
        items += job.batch.items.len();
        items > GROUP_ITEMS_MAX
    });
    let count = full.unwrap_or(waiting.len()).max(1);
    waiting.drain(..count).collect()
}

async fn append_group(pool: &PgPool, wake: &Wake, judge: Judge, group: Vec<Job>) {
    let (batches, answers): (Vec<Batch>, Vec<_>) =
        group.into_iter().map(|job| (job.batch, job.answer)).unzip();
    let again: Vec<Batch> = batches.iter().map(Batch::ungated).collect();
    match append(pool, wake, batches, judge).await {
        Ok(done) => {
            for (answer, done) in answers.into_iter().zip(done) {
                // A device that hung up meanwhile finds its receipts when it pushes again.
                let _ = answer.send(Ok(done));
            }
        }
        Err(error) if is_connection(&error) => {
            error!(%error, pushes = again.len(), "an append failed; the devices will push again");
            for answer in answers {
                let _ = answer.send(Err(StoreError::Closing));
            }
        }
        Err(error) => {
            error!(%error, pushes = again.len(), "a group failed; its pushes are tried one by one");
            for (answer, batch) in answers.into_iter().zip(again) {
                let device = batch.pusher.device;
                let done = by_itself(pool, wake, judge, batch).await;
                if let Err(error) = &done {
                    error!(%error, %device, "a push failed by itself");
                }
                let _ = answer.send(done);
            }
        }
    }
}

/// One push in an append of its own; if Postgres refuses that too, item by item.
async fn by_itself(pool: &PgPool, wake: &Wake, judge: Judge, batch: Batch) -> Stored<Answer> {
    match append(pool, wake, vec![batch.ungated()], judge).await {
        Ok(done) => done.into_iter().next().ok_or(StoreError::Closing),
        Err(error) if error.is_of_the_work() => single::append(pool, wake, judge, &batch).await,
        Err(error) => Err(error),
    }
}

/// Whether the database is gone, so that trying smaller groups helps nobody.
fn is_connection(error: &StoreError) -> bool {
    match error {
        StoreError::Database(sqlx::Error::Database(_))
        | StoreError::Unreadable { .. }
        | StoreError::Broken { .. } => false,
        StoreError::Database(_) | StoreError::Closing => true,
    }
}

/// How the book comes to its word on an item: [`Book::judge`], except for what is set aside unjudged.
pub type Judge = fn(&mut Book, Pusher, &[u8], Option<Gated>) -> Result<Receipt, Halt>;

/// One append: everything that these batches ask, in order.
async fn append(pool: &PgPool, wake: &Wake, batches: Vec<Batch>, how: Judge) -> Stored<Vec<Answer>> {
    let mut needs = Needs::default();
    let mut devices = BTreeSet::new();
    let mut numbers = Numbers::default();
    let mut documents = Documents::new();
    let (mut work, mut brought) = (Vec::new(), Vec::new());
    for batch in batches {
        devices.insert(batch.pusher.device);
        for item in batch.items.iter() {
            needs.add(item);
            let device = batch.pusher.device;
            numbers.pushed.extend(number_of(item).map(|number| (device, number)));
            let settles = Item::read(item).ok().and_then(|item| item.settles());
            numbers.settled.extend(settles.map(|number| (device, number)));
        }
        documents.extend(batch.documents);
        brought.push(batch.brought_by.map(|by| (by, batch.pusher.device)));
        work.push((batch.pusher, batch.items, batch.gated));
    }
    let devices: Vec<DeviceId> = devices.into_iter().collect();
    let mut append = Append::begin(pool, wake).await?;
    append.fetch_push(&devices, &numbers, &needs, documents).await?;
    let empty = Book::new(append.book.epoch, append.book.digest_key, append.book.head);
    let book = std::mem::replace(&mut append.book, empty);
    // Loading and merging documents is work for a processor, not for the runtime's own threads.
    let judging = tokio::task::spawn_blocking(move || judge(book, work, how));
    let (book, mut answers) = judging.await.map_err(|_| StoreError::Broken { what: "judging a push" })?;
    append.book = book;
    append.mark_answers(&mut answers).await?;
    for (brought, answer) in brought.into_iter().zip(&answers) {
        if let Some((by, device)) = brought {
            append.note_rescue(&by, device, &answer.receipts).await?;
        }
    }
    append.commit().await?;
    let receipts = answers.iter().flat_map(|answer| &answer.receipts);
    receipts.for_each(|receipt| metrics::PUSHED.count(&receipt.outcome));
    Ok(answers)
}

type Work = Vec<(Pusher, Items, Vec<Option<Gated>>)>;

fn judge(mut book: Book, work: Work, how: Judge) -> (Book, Vec<Answer>) {
    let mut answers = Vec::with_capacity(work.len());
    for (pusher, items, gated) in work {
        let mut answer = Answer::NONE;
        for (item, gated) in items.iter().zip(gated.into_iter().chain(std::iter::repeat_with(|| None))) {
            match how(&mut book, pusher, item, gated) {
                Ok(receipt) => answer.receipts.push(receipt),
                Err(halt) => {
                    answer.halt = Some(halt);
                    break;
                }
            }
        }
        answers.push(answer);
    }
    (book, answers)
}

/// The push number of an item, also of one whose rest cannot be read.
fn number_of(bytes: &[u8]) -> Option<u64> {
    if let Ok(item) = Item::read(bytes) {
        return Some(item.number);
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.u64().ok()
}

impl Append<'_> {
    /// Gives each answer the mark at the highest of its positions: of this append, or of an earlier one for what was
    /// pushed again.
    async fn mark_answers(&mut self, answers: &mut [Answer]) -> Stored<()> {
        for answer in answers {
            let Some(position) = answer.receipts.iter().map(|receipt| receipt.position).max() else {
                continue;
            };
            let new = self.book.out.entries.iter().find(|new| new.position == position);
            let chain = match new {
                Some(new) => new.chain,
                None => {
                    let query = sqlx::query_scalar!(
                        "select chain from log.entry where position = $1",
                        cells::signed(position)
                    );
                    match query.fetch_optional(&mut *self.tx).await? {
                        Some(chain) => cells::hash(&chain)?,
                        None => continue,
                    }
                }
            };
            answer.mark = Mark { position, chain: chain.tag() };
        }
        Ok(())
    }
}
