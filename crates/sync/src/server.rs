//! The server's half of one connection: events in, effects out. The shell owns the socket and the database; it carries
//! out each effect and feeds what came of it back as an event.
//!
//! A connection's life: hello, [`Effect::Load`], the proof, [`Effect::Admit`], welcome; from then on pushes are judged
//! ([`Effect::Judge`]) and pages read ([`Effect::ReadPage`]) as the log grows, never more than
//! [`limits::PAGE_WINDOW`] pages ahead of what the device has applied.

use std::collections::VecDeque;
use std::sync::Arc;

use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use roadbook_model::AccountId;
use roadbook_protocol::frame::{
    AccountDigest, Challenge, Digests, ErrorFrame, Facts, Goodbye, Hello, Leave, NewGeneration, Push,
    Receipts, RecordDigest, Welcome,
};
use roadbook_protocol::page::{FillMark, statement};
use roadbook_protocol::{
    Blob, DecodeError, Frame, Hash, Mark, Nonce, Page, PageBody, Receipt, Signature, Tag16, code, codec,
    encode, limits,
};

use crate::device::Signer;
use crate::ledger::{Cause, DeviceState, Halt, Renewal, ServerDevice};
use crate::reader::PageRead;

/// What happened.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "an event lives for one call and is kept nowhere")]
pub enum Event {
    /// A frame came.
    Frame(Frame),
    /// Bytes came that are no frame.
    Malformed(DecodeError),
    /// Answer to [`Effect::Load`].
    Loaded(Option<Box<Loaded>>),
    /// Answer to [`Effect::Admit`]: whether the nonce was still the one.
    Admitted(bool),
    /// Answer to [`Effect::Judge`].
    Judged(Judged),
    /// Answer to [`Effect::Leave`]: why the device does not leave, if it does not.
    Left(Option<Halt>),
    /// Answer to [`Effect::ReadPage`] and [`Effect::Heal`].
    PageRead(PageRead),
    /// Answer to [`Effect::Compare`].
    Differ(Vec<AccountId>),
    /// Answer to [`Effect::Renew`].
    Renewed {
        /// The device with its new generation, or that it gets none.
        renewal: Renewal,
        /// Why, for people.
        text: String,
    },
    /// The log grew.
    Woken,
    /// The server is stopping.
    Stopping,
    /// The device was blocked while it was connected.
    Blocked,
    /// The store cannot answer now.
    Unavailable,
}

/// What came of a batch.
#[derive(Debug)]
pub enum Judged {
    /// Answers, and the mark at the highest of their positions or later.
    Receipts(Vec<Receipt>, Mark),
    /// The batch cannot be judged.
    Halted(Halt),
}

/// What a hello is judged by.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The device.
    pub device: ServerDevice,
    /// The log's head.
    pub head: Mark,
    /// The chain hash at the hello's cursor, if the log reaches that far.
    pub at_cursor: Option<Tag16>,
    /// The chain hash at the hello's highest receipt, if the log reaches that far.
    pub at_receipt: Option<Tag16>,
    /// The hash of the item that has the hello's answered number.
    pub answered: Option<Tag16>,
    /// The highest position in the device's channels.
    pub last: u64,
    /// Sum of the digests of the device's scope.
    pub digest: u64,
    /// Days without an answer after which the device is to ask for a sign-in.
    pub offline_days: u16,
}

/// What the shell is to do, in order.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful at a time, each for a moment, and most of them are frames"
)]
pub enum Effect {
    /// Look up what the hello is judged by.
    Load(Box<Hello>),
    /// Replace the device's nonce if it is still the first one, and note when it was seen and what it waits with.
    Admit {
        /// The nonce that the hello signed.
        nonce: Nonce,
        /// The next one.
        next: Nonce,
        /// The hello's count of items without a receipt.
        waiting: u32,
        /// The age of the oldest, in seconds.
        oldest_s: u32,
        /// What it says of its installation, if that is news.
        facts: Option<Facts>,
        /// Whether the hello comes from the live store: its generation is in use from now on.
        live: bool,
    },
    /// Judge these items, in one append.
    Judge(Vec<Vec<u8>>),
    /// Make the device leave, as its person asks, if everything up to this push number is answered (rule W6).
    Leave(u64),
    /// Read on.
    ReadPage {
        /// From where.
        cursor: u64,
        /// Open fills.
        fills: Vec<FillMark>,
    },
    /// Compare account digests.
    Compare(Vec<AccountDigest>),
    /// Read anew the records whose digests differ, and those that the device lacks in these accounts.
    Heal {
        /// The accounts that differ.
        accounts: Vec<AccountId>,
        /// What the device has of them.
        records: Vec<RecordDigest>,
    },
    /// Give the device a new store generation.
    Renew {
        /// The next nonce.
        nonce: Nonce,
        /// Why.
        cause: Cause,
        /// Why, for people.
        text: String,
    },
    /// Send a frame.
    Send(Frame),
    /// Close the connection once everything is sent.
    Close,
}

const CLONED_TEXT: &str = "two copies of this device are in use, and the other one is the live one; this one gets no new \
                           store any more. What was captured on it is safe here: enrol it anew, as a device of its own, and \
                           it is carried over";

const BLOCKED_TEXT: &str = "this device was blocked by an admin; nothing from it is taken";

/// Hellos after which a connection is not worth more.
const HELLOS_MAX: u8 = 4;

/// The server's memory of one connection.
pub struct ServerSession {
    origin: String,
    path: String,
    epoch: Tag16,
    signer: Arc<dyn Signer + Send + Sync>,
    now_ms: i64,
    next_nonce: Nonce,
    hellos: u8,
    phase: Phase,
}

#[expect(clippy::large_enum_variant, reason = "one for each connection, and most of them are live")]
enum Phase {
    Greeting,
    Checking(Box<Hello>),
    Admitting(Box<Hello>, Box<Loaded>, Nonce),
    Live(Live),
    Over,
}

struct Live {
    device: ServerDevice,
    /// How far the log is read for the device.
    cursor: u64,
    /// How far the device was told: the cursor that its next page continues.
    told: u64,
    fills: Vec<FillMark>,
    /// A position that the device must be told of, even by an empty page: a receipt's, or that of its last entry.
    owed: u64,
    in_flight: usize,
    reading: bool,
    behind: bool,
    differ: Vec<AccountId>,
    /// Stretches of a heal that wait until the device has applied what is on its way.
    heals: VecDeque<PageRead>,
}

impl ServerSession {
    /// A new connection. `origin` and `path` are what the hello must be bound to.
    pub fn new(origin: String, path: String, epoch: Tag16, signer: Arc<dyn Signer + Send + Sync>) -> Self {
        Self {
            origin,
            path,
            epoch,
            signer,
            now_ms: 0,
            next_nonce: Nonce([0; 16]),
            hellos: 0,
            phase: Phase::Greeting,
        }
    }

    /// The device, once it is admitted.
    pub fn device(&self) -> Option<&ServerDevice> {
        match &self.phase {
            Phase::Live(live) => Some(&live.device),
            _ => None,
        }
    }

    /// Most bytes of the next frame: whoever has not proven who it is gets no more memory than a hello takes.
    pub fn frame_bytes_max(&self) -> usize {
        match &self.phase {
            Phase::Live(_) => limits::FRAME_BYTES_MAX,
            _ => limits::HELLO_BYTES_MAX,
        }
    }

    /// Takes an event. `random` is fresh at each call.
    pub fn handle(&mut self, event: Event, now_ms: i64, random: [u8; 16]) -> Vec<Effect> {
        self.now_ms = now_ms;
        self.next_nonce = Nonce(random);
        match event {
            Event::Frame(frame) => self.frame(frame),
            Event::Malformed(error) => refuse(&mut self.phase, malformed_code(&error), error.to_string()),
            Event::Loaded(loaded) => self.loaded(loaded),
            Event::Admitted(fresh) => self.admitted(fresh),
            Event::Judged(judged) => self.judged(judged),
            Event::Left(None) => self.read_on(true),
            Event::Left(Some(halt)) => self.halted(halt),
            Event::PageRead(read) => self.page_read(read),
            Event::Differ(accounts) => self.differ(accounts),
            Event::Renewed { renewal, text } => self.renewed(&renewal, text),
            Event::Woken => self.read_on(true),
            Event::Stopping => {
                self.phase = Phase::Over;
                vec![Effect::Send(Frame::Goodbye(Goodbye { code: code::STOPPING.to_owned() })), Effect::Close]
            }
            Event::Blocked => refuse(&mut self.phase, code::BLOCKED, BLOCKED_TEXT),
            Event::Unavailable => {
                self.phase = Phase::Over;
                let text =
                    "the server cannot reach its database; your work is safe on the device, try again soon";
                let error = ErrorFrame {
                    code: code::UNAVAILABLE.to_owned(),
                    text: text.to_owned(),
                    retry_after_ms: Some(5_000),
                };
                vec![Effect::Send(Frame::Error(error)), Effect::Close]
            }
        }
    }

    fn frame(&mut self, frame: Frame) -> Vec<Effect> {
        match (&mut self.phase, frame) {
            (Phase::Greeting, Frame::Hello(hello)) => self.hello(hello),
            (Phase::Live(live), Frame::Push(push)) => match items_of(&live.device, &push) {
                Ok(items) => vec![Effect::Judge(items)],
                Err((code, text)) => refuse(&mut self.phase, code, text),
            },
            (Phase::Live(live), Frame::Leave(leave)) if is_by(&live.device, &leave) => {
                vec![Effect::Leave(leave.last_number)]
            }
            (Phase::Live(_), Frame::Leave(_)) => refuse(
                &mut self.phase,
                code::BAD_SIGNATURE,
                "the wish to leave is not signed by this device's key",
            ),
            (Phase::Live(live), Frame::Applied(_)) => {
                live.in_flight = live.in_flight.saturating_sub(1);
                self.send_on(false)
            }
            (Phase::Live(_), Frame::Digest(Digests::Accounts(list))) => vec![Effect::Compare(list)],
            (Phase::Live(live), Frame::Digest(Digests::Records(records))) => {
                vec![Effect::Heal { accounts: std::mem::take(&mut live.differ), records }]
            }
            (_, Frame::Goodbye(_)) => {
                self.phase = Phase::Over;
                vec![Effect::Close]
            }
            (Phase::Over, _) => Vec::new(),
            (_, frame) => {
                let text = format!("a {} frame does not fit here; say hello first, then push", frame.word());
                refuse(&mut self.phase, code::UNEXPECTED_FRAME, text)
            }
        }
    }

    fn hello(&mut self, hello: Hello) -> Vec<Effect> {
        self.hellos += 1;
        if self.hellos > HELLOS_MAX {
            return refuse(&mut self.phase, code::NOT_ENROLLED, "too many hellos on one connection");
        }
        if !(limits::VERSION_FLOOR..=limits::VERSION).contains(&hello.version) {
            let text = format!(
                "this server speaks protocol versions {} to {}, not {}; update {}",
                limits::VERSION_FLOOR,
                limits::VERSION,
                hello.version,
                if hello.version < limits::VERSION_FLOOR { "the app" } else { "the server" }
            );
            return refuse(&mut self.phase, code::UNKNOWN_VERSION, text);
        }
        let hello = Box::new(hello);
        self.phase = Phase::Checking(hello.clone());
        vec![Effect::Load(hello)]
    }

    fn loaded(&mut self, loaded: Option<Box<Loaded>>) -> Vec<Effect> {
        let Phase::Checking(hello) = std::mem::replace(&mut self.phase, Phase::Over) else {
            return Vec::new();
        };
        let unknown = "this device is not enrolled here, or its key is not the enrolled one; enrol it again";
        let Some(loaded) = loaded else { return refuse(&mut self.phase, code::NOT_ENROLLED, unknown) };
        if !proven(&loaded.device, &hello.proof(&self.origin, &self.path), &hello.signature) {
            return refuse(&mut self.phase, code::NOT_ENROLLED, unknown);
        }
        match loaded.device.state {
            DeviceState::Blocked => return refuse(&mut self.phase, code::BLOCKED, BLOCKED_TEXT),
            DeviceState::Wiped => {
                return refuse(&mut self.phase, code::WIPED, Halt::Wiped.to_string());
            }
            DeviceState::Active | DeviceState::Leaving => {}
        }
        if hello.nonce != loaded.device.nonce {
            self.phase = Phase::Greeting;
            return vec![Effect::Send(Frame::Challenge(Challenge { nonce: loaded.device.nonce }))];
        }
        let (nonce, next) = (hello.nonce, self.next_nonce);
        let live = generation_problem(&hello, &loaded).is_none();
        // What is here already does not wait there, even if its receipt was lost on the way.
        let unseen =
            if live { hello.last_number.saturating_sub(loaded.device.last_number) } else { u64::MAX };
        let waiting = hello.waiting.min(u32::try_from(unseen).unwrap_or(u32::MAX));
        let (oldest_s, facts) = (hello.oldest_s, hello.facts.clone());
        self.phase = Phase::Admitting(hello, loaded, next);
        vec![Effect::Admit { nonce, next, waiting, oldest_s, facts, live }]
    }

    fn admitted(&mut self, fresh: bool) -> Vec<Effect> {
        let Phase::Admitting(hello, loaded, nonce) = std::mem::replace(&mut self.phase, Phase::Over) else {
            return Vec::new();
        };
        if !fresh {
            let text = "this hello was used before; reconnect";
            return refuse(&mut self.phase, code::STALE_NONCE, text);
        }
        if let Some(text) = generation_problem(&hello, &loaded) {
            // Rule S2 stands above the others: what a restored server forgot is no sign of a copy.
            let is_forgotten = is_forgotten(&hello, &loaded);
            let cause = if is_forgotten { Cause::ServerRestored } else { Cause::OtherStore };
            let cause = cause(hello.store_generation);
            return vec![Effect::Renew { nonce: self.next_nonce, cause, text: text.to_owned() }];
        }
        self.greet(&hello, *loaded, nonce)
    }

    fn greet(&mut self, hello: &Hello, loaded: Loaded, nonce: Nonce) -> Vec<Effect> {
        let behind = loaded.last > hello.cursor.position || !hello.fills.is_empty();
        let idle = !behind;
        // A device that lacks receipts does not know yet what of its work is in the record.
        let answered = hello.answered.map_or(0, |answered| answered.number);
        let comparable = idle && answered == loaded.device.last_number;
        let welcome = Welcome {
            version: hello.version,
            epoch: self.epoch,
            nonce,
            head: loaded.head,
            idle,
            differs: comparable && loaded.digest != hello.digest,
            last_number: loaded.device.last_number,
            now_ms: self.now_ms,
            offline_days: Some(loaded.offline_days).filter(|days| *days != limits::OFFLINE_DAYS),
            role: Some(loaded.device.role.as_str().to_owned()),
        };
        let cursor = if idle { loaded.head.position } else { hello.cursor.position };
        // Rule P9: in the order of their grants.
        let mut fills = hello.fills.clone();
        fills.sort_unstable_by_key(|fill| fill.grant);
        self.phase = Phase::Live(Live {
            device: loaded.device,
            cursor,
            told: cursor,
            fills,
            owed: if behind { loaded.last.max(cursor + 1).min(loaded.head.position) } else { 0 },
            in_flight: 0,
            reading: false,
            behind,
            differ: Vec::new(),
            heals: VecDeque::new(),
        });
        let mut effects = vec![Effect::Send(Frame::Welcome(welcome))];
        effects.extend(self.read_on(false));
        effects
    }

    fn judged(&mut self, judged: Judged) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        match judged {
            Judged::Receipts(receipts, mark) => {
                let highest = receipts.iter().map(|receipt| receipt.position).max().unwrap_or(0);
                live.owed = live.owed.max(highest).max(mark.position);
                let mut effects = vec![Effect::Send(Frame::Receipts(Receipts { mark, receipts }))];
                effects.extend(self.read_on(true));
                effects
            }
            Judged::Halted(halt) => self.halted(halt),
        }
    }

    fn halted(&mut self, halt: Halt) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        let code = match halt {
            Halt::NewGeneration(_) => {
                let cause = Cause::OtherStore(live.device.store_generation);
                return vec![Effect::Renew { nonce: self.next_nonce, cause, text: halt.to_string() }];
            }
            Halt::AsideFull(wait_ms) => {
                return put_off(&mut self.phase, code::SET_ASIDE_TOO_MUCH, halt.to_string(), wait_ms);
            }
            Halt::Blocked => code::BLOCKED,
            Halt::Wiped => code::WIPED,
            Halt::Gap { .. } | Halt::LeavesTooEarly { .. } => code::PUSH_GAP,
            Halt::Stale => code::STALE_NONCE,
            Halt::Unreadable => code::MALFORMED,
        };
        refuse(&mut self.phase, code, halt.to_string())
    }

    /// Reads on if there is something to read and the device is not too far behind.
    fn read_on(&mut self, grown: bool) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        live.behind |= grown;
        let is_full = live.in_flight >= limits::PAGE_WINDOW || !live.heals.is_empty();
        if !live.behind || live.reading || is_full {
            return Vec::new();
        }
        live.reading = true;
        live.behind = false;
        vec![Effect::ReadPage { cursor: live.cursor, fills: live.fills.clone() }]
    }

    /// Sends what waits of a heal, then reads on, as far as the window allows. Nothing overtakes a heal: it says how
    /// records stood where the device had read to.
    fn send_on(&mut self, grown: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Phase::Live(live) = &mut self.phase
            && live.in_flight < limits::PAGE_WINDOW
            && let Some(heal) = live.heals.pop_front()
        {
            effects.extend(self.send_page(heal));
        }
        effects.extend(self.read_on(grown));
        effects
    }

    fn page_read(&mut self, read: PageRead) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        if read.fills.iter().any(|part| part.mark.grant == 0) {
            live.heals.push_back(read);
            return self.send_on(false);
        }
        live.reading = false;
        live.behind |= read.more;
        let passes_owed = live.told < live.owed && read.upto.position >= live.owed;
        let empty = read.entries.is_empty() && read.fills.is_empty();
        if empty && !read.more && !passes_owed {
            live.cursor = live.cursor.max(read.upto.position);
            return self.read_on(false);
        }
        let mut effects = self.send_page(read);
        effects.extend(self.read_on(false));
        effects
    }

    fn send_page(&mut self, read: PageRead) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        let from = live.told;
        open_fills(live, &read);
        live.cursor = live.cursor.max(read.upto.position);
        live.told = live.cursor;
        live.in_flight += 1;
        vec![Effect::Send(Frame::Page(self.page(from, read)))]
    }

    fn page(&self, from: u64, read: PageRead) -> Page {
        let body = PageBody { entries: read.entries, fills: read.fills };
        let bytes = encode(&body);
        let signature = self.signer.sign(&statement(&self.epoch, &read.upto, &body.entries, &bytes));
        Page { from, upto: read.upto, more: read.more, body: Blob(codec::deflate(&bytes)), signature }
    }

    fn differ(&mut self, mut accounts: Vec<AccountId>) -> Vec<Effect> {
        let Phase::Live(live) = &mut self.phase else { return Vec::new() };
        // What does not fit differs still at the next hello.
        accounts.truncate(limits::DIGEST_PARTS_MAX);
        live.differ.clone_from(&accounts);
        vec![Effect::Send(Frame::Digest(Digests::Differ(accounts)))]
    }

    fn renewed(&mut self, renewal: &Renewal, text: String) -> Vec<Effect> {
        let device = match renewal {
            Renewal::Given(device) => device,
            Renewal::Cloned => return refuse(&mut self.phase, code::CLONED, CLONED_TEXT),
            Renewal::TooOften(wait_ms) => {
                let text = "this device was given too many new stores today; it goes on by itself later";
                return put_off(&mut self.phase, code::RENEWED_TOO_OFTEN, text, *wait_ms);
            }
        };
        self.phase = Phase::Over;
        let frame = NewGeneration {
            store_generation: device.store_generation,
            // A fresh store reads the reference data from the first on; all else begins at `device.start`.
            cursor: Mark::START,
            nonce: device.nonce,
            text,
        };
        vec![Effect::Send(Frame::NewGeneration(frame)), Effect::Close]
    }
}

/// Keeps the session's fills as the device will have them once the page is applied.
fn open_fills(live: &mut Live, read: &PageRead) {
    use roadbook_protocol::Entry;
    use roadbook_protocol::entry::Subject;
    for entry in &read.entries {
        let Ok(Entry::Granted(granted)) = roadbook_protocol::decode::<Entry>("entry", &entry.payload.0)
        else {
            continue;
        };
        if granted.grants.iter().any(|grant| matches!(grant.subject, Subject::Account(_))) {
            live.fills.push(FillMark { grant: entry.position, token: None });
        }
    }
    for part in read.fills.iter().filter(|part| part.mark.grant > 0) {
        live.fills.retain(|fill| fill.grant != part.mark.grant);
        if !part.done {
            live.fills.push(part.mark);
        }
    }
    live.fills.sort_unstable_by_key(|fill| fill.grant);
}

/// Why the device's store is not the live one, if it is not.
fn generation_problem(hello: &Hello, loaded: &Loaded) -> Option<&'static str> {
    let device = &loaded.device;
    if hello.store_generation != device.store_generation {
        return Some("this store is an older copy; it is set aside and what only it holds is carried over");
    }
    if hello.last_number < device.last_number {
        return Some("this store was restored or copied: the server has later work from it; it is set aside");
    }
    if hello.answered.is_some_and(|answered| loaded.answered != Some(answered.item)) {
        return Some("this store and the server disagree about work already answered; it is set aside");
    }
    if is_forgotten(hello, loaded) {
        return Some("the server was restored and no longer has what this store has read; it is set aside");
    }
    None
}

/// Whether the device has read, or got a receipt for, what is not on the server's chain (any more).
fn is_forgotten(hello: &Hello, loaded: &Loaded) -> bool {
    loaded.at_cursor != Some(hello.cursor.chain) || loaded.at_receipt != Some(hello.receipt.chain)
}

/// Whether a signature over a hash is by the device's key.
fn proven(device: &ServerDevice, hash: &Hash, signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(&device.public_key) else { return false };
    let Ok(signature) = p256::ecdsa::Signature::from_slice(&signature.0) else { return false };
    key.verify_prehash(&hash.0, &signature).is_ok()
}

/// Rule I5: the items of a push, if the device signed it for its live store.
///
/// # Errors
/// `bad_signature`; `malformed` or `frame_too_long` for what is no list of items. With words for people.
pub fn items_of(device: &ServerDevice, push: &Push) -> Result<Vec<Vec<u8>>, (&'static str, String)> {
    let proof = Push::proof(device.id, device.store_generation, &push.items.0);
    if !proven(device, &proof, &push.signature) {
        return Err((
            code::BAD_SIGNATURE,
            "the batch is not signed by this device's key; reconnect".to_owned(),
        ));
    }
    push.unpack().map_err(|error| (malformed_code(&error), error.to_string()))
}

/// Rule W6: whether a wish to leave is the device's own, of its live store.
fn is_by(device: &ServerDevice, leave: &Leave) -> bool {
    let proof = Leave::proof(device.id, device.store_generation, leave.last_number);
    proven(device, &proof, &leave.signature)
}

fn malformed_code(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::TooLong { .. } | DecodeError::TooMany { .. } => code::FRAME_TOO_LONG,
        _ => code::MALFORMED,
    }
}

/// The same for now: it is worth trying again after so many milliseconds.
fn put_off(phase: &mut Phase, code: &str, text: impl Into<String>, wait_ms: u32) -> Vec<Effect> {
    *phase = Phase::Over;
    let mut frame = roadbook_protocol::frame::error(code, text);
    if let Frame::Error(error) = &mut frame {
        error.retry_after_ms = Some(wait_ms);
    }
    vec![Effect::Send(frame), Effect::Close]
}

fn refuse(phase: &mut Phase, code: &str, text: impl Into<String>) -> Vec<Effect> {
    *phase = Phase::Over;
    vec![Effect::Send(roadbook_protocol::frame::error(code, text)), Effect::Close]
}
