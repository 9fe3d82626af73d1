//! Sync: the shells around `roadbook_sync::server::ServerSession`. They carry frames in and out and do what the engine
//! asks of the store; what to answer is the engine's matter alone.

pub mod post;
pub mod socket;

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::from_fn;
use roadbook_protocol::page::FillMark;
use roadbook_protocol::{Frame, Hash, Mark, Nonce, Signature, limits};
use roadbook_sync::device::Signer;
use roadbook_sync::ledger::{Cause, Renewal, ServerDevice};
use roadbook_sync::server::{Effect, Event, Judged, ServerSession};
use tracing::{error, instrument};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{App, in_time};
use crate::keys::PageKey;
use crate::store::office::OfficeError;
use crate::store::reading::Channels;
use crate::store::{StoreError, Stored};
use crate::{ambient, metrics};

/// These endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    let frames = DefaultBodyLimit::max(2 * limits::FRAME_BYTES_MAX);
    let single = OpenApiRouter::new().routes(routes!(post::answer)).layer(frames).layer(from_fn(in_time));
    OpenApiRouter::new().routes(routes!(socket::upgrade)).merge(single)
}

/// The path that a hello is bound to.
const PATH: &str = "/v1/sync";

impl Signer for PageKey {
    fn sign(&self, hash: &Hash) -> Signature {
        PageKey::sign(self, hash)
    }
}

/// How often the store is told that a connected device is there.
const SEEN_EVERY_MS: i64 = 60_000;

/// A session and the store that it works on.
struct Driver<'a> {
    app: &'a App,
    session: ServerSession,
    /// The device of the last hello that was looked up: known before it is admitted.
    device: Option<ServerDevice>,
    /// The channels that the device reads.
    channels: Channels,
    /// How far the log was read for it.
    read: Mark,
    /// The log's position at which the device was last known not to be blocked.
    known: u64,
    /// When the store was last told that the device is there: by its hello, which comes with the connection, or since.
    seen_ms: i64,
}

/// What a shell is to do next.
#[derive(Default)]
struct Outcome {
    /// Frames to send, in order.
    frames: Vec<Frame>,
    /// The connection ends after that.
    close: bool,
}

impl<'a> Driver<'a> {
    fn new(app: &'a App, headers: &HeaderMap) -> Self {
        let origin = origin(app, headers);
        let signer = Arc::clone(&app.keys.page);
        let session = ServerSession::new(origin, PATH.to_owned(), app.store.settings().epoch, signer);
        let seen_ms = ambient::now_ms();
        Self { app, session, device: None, channels: Channels::new(), read: Mark::START, known: 0, seen_ms }
    }

    /// Whether a hello was admitted.
    fn is_live(&self) -> bool {
        self.session.device().is_some()
    }

    /// Most bytes of the next frame.
    fn frame_bytes_max(&self) -> usize {
        self.session.frame_bytes_max()
    }

    /// Whether the log may hold something new for the device.
    fn has_news(&self) -> bool {
        self.is_live() && self.app.store.wake().grew(&self.channels, self.read.position)
    }

    /// The device was heard of, without a frame: the office sees that it is there.
    async fn heard(&mut self) {
        let (Some(device), now_ms) = (self.session.device(), ambient::now_ms()) else { return };
        if now_ms - self.seen_ms < SEEN_EVERY_MS {
            return;
        }
        self.seen_ms = now_ms;
        if let Err(fault) = self.app.store.hear(device.id, now_ms).await {
            error!(fault = %fault, "a device that was heard of could not be noted");
            metrics::FAULTS.add(1);
        }
    }

    /// What it means to the device that the log grew. Whoever blocks a device writes on its channel, so that its open
    /// connections end, whatever they are busy with (rule H3).
    async fn woken(&mut self) -> Event {
        let wake = self.app.store.wake();
        let Some(device) = self.session.device() else { return Event::Woken };
        if !wake.grew(&[device.id.uuid()], self.known) {
            return Event::Woken;
        }
        let head = wake.head();
        match self.app.store.is_blocked(device.id).await {
            Ok(true) => Event::Blocked,
            Ok(false) => {
                self.known = head;
                Event::Woken
            }
            Err(fault) => {
                error!(fault = %fault, "a device could not be looked up");
                metrics::FAULTS.add(1);
                Event::Unavailable
            }
        }
    }

    /// Takes an event and does all that follows from it, up to and with the frames to send.
    #[instrument(name = "sync.event", skip_all)]
    async fn take(&mut self, event: Event) -> Outcome {
        let mut outcome = Outcome::default();
        let mut effects = VecDeque::from(self.handle(event));
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(frame) => {
                    self.note(&frame);
                    outcome.frames.push(frame);
                }
                Effect::Close => {
                    outcome.close = true;
                    return outcome;
                }
                effect => {
                    // What follows comes before what was still to be done: answers keep their order.
                    let mut next = VecDeque::new();
                    for event in self.carry_out(effect).await {
                        next.extend(self.handle(event));
                    }
                    next.append(&mut effects);
                    effects = next;
                }
            }
        }
        outcome
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.session.handle(event, ambient::now_ms(), ambient::random())
    }

    fn note(&mut self, frame: &Frame) {
        match frame {
            Frame::Welcome(welcome) if welcome.idle => self.read = welcome.head,
            Frame::Page(_) => metrics::PAGES.add(1),
            _ => {}
        }
    }

    /// Does what the engine asks of the store. Whatever fails is the store's failure; the device tries again later.
    async fn carry_out(&mut self, effect: Effect) -> Vec<Event> {
        match self.ask(effect).await {
            Ok(events) => events,
            Err(fault) => {
                error!(fault = %fault, "a device could not be answered");
                metrics::FAULTS.add(1);
                vec![Event::Unavailable]
            }
        }
    }

    async fn ask(&mut self, effect: Effect) -> Stored<Vec<Event>> {
        let store = &self.app.store;
        let event = match (effect, self.device.clone()) {
            (Effect::Load(hello), _) => {
                let loaded = store.load_hello(&hello).await?;
                self.read = hello.cursor;
                Event::Loaded(loaded.map(|(loaded, channels)| {
                    self.channels = channels;
                    self.known = loaded.head.position;
                    self.device = Some(loaded.device.clone());
                    Box::new(loaded)
                }))
            }
            (Effect::Admit { nonce, next, waiting, oldest_s, facts, live }, Some(device)) => {
                let outbox = (waiting, oldest_s);
                let admitted = store.admit(device.id, (nonce, next), outbox, facts.as_ref(), live);
                Event::Admitted(admitted.await?)
            }
            (Effect::Judge(items), Some(device)) => {
                let answer = store.push(&device, items).await?;
                Event::Judged(match answer.halt {
                    None => Judged::Receipts(answer.receipts, answer.mark),
                    Some(halt) => Judged::Halted(halt),
                })
            }
            (Effect::Leave(last_number), Some(device)) => {
                Event::Left(store.leave_by_its_person(&device, last_number).await?)
            }
            (Effect::ReadPage { cursor, fills }, Some(device)) => {
                let (read, channels) = store.read_page(&device, cursor, &fills).await?;
                self.channels = channels;
                self.read = read.upto;
                Event::PageRead(read)
            }
            (Effect::Compare(theirs), Some(device)) => Event::Differ(store.compare(&device, &theirs).await?),
            (Effect::Heal { accounts, records }, Some(device)) => {
                return self.heal(&device, &accounts, &records).await;
            }
            (Effect::Renew { nonce, cause, text }, Some(device)) => {
                Event::Renewed { renewal: self.renew(&device, nonce, cause).await?, text }
            }
            (Effect::Send(_) | Effect::Close, _) | (_, None) => return Ok(Vec::new()),
        };
        Ok(vec![event])
    }

    /// All stretches of a heal.
    async fn heal(
        &self,
        device: &ServerDevice,
        accounts: &[roadbook_model::AccountId],
        records: &[roadbook_protocol::frame::RecordDigest],
    ) -> Stored<Vec<Event>> {
        let mut mark = FillMark { grant: 0, token: None };
        let mut events = Vec::new();
        loop {
            let read = self.app.store.heal(device, accounts, records, self.read, mark).await?;
            let part = read.fills.last().map(|part| (part.mark, part.done));
            events.push(Event::PageRead(read));
            match part {
                Some((next, false)) if next != mark => mark = next,
                _ => return Ok(events),
            }
        }
    }

    async fn renew(&self, device: &ServerDevice, nonce: Nonce, cause: Cause) -> Stored<Renewal> {
        self.app.store.renew(device.id, nonce, cause).await.map_err(|error| match error {
            OfficeError::Store(error) => error,
            _ => StoreError::Unreadable { what: "device" },
        })
    }
}

/// The address that a request came to, if it is one of the server's own; otherwise the public one, which a hello bound
/// elsewhere will not match.
fn origin(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = app.origins.iter().find(|origin| origin.split_once("://").is_some_and(|(_, own)| own == host));
    own.cloned().unwrap_or_else(|| app.public_origin().to_owned())
}
