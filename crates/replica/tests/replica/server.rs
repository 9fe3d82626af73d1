//! A server in memory behind a real socket: enrolment, WebSockets and single requests, one thread for each connection.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::Duration;

use p256::ecdsa::SigningKey;
use roadbook_model::permission::Role;
use roadbook_model::{AccountId, DeviceId, Envelope, Fields, Kind, PersonId, RecordId, TerritoryId, Value};
use roadbook_protocol::enrol::{EnrolAnswer, EnrolRequest};
use roadbook_protocol::{Frame, Mark, Nonce, Tag16};
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::{Aside, DeviceState, Renewals, ServerDevice, Territory};
use roadbook_sync::server::{Event, ServerSession};
use roadbook_testkit::memory_server::{MemoryServer, MemorySigner, Peer, drive};
use tungstenite::{Error, Message};

/// The moment at which the server's clock stands.
pub const NOW_MS: i64 = 1_700_000_000_000;
/// The one code that enrols.
pub const CODE: &str = "ABCD-EFGH";
/// A code for the person who has the first device already.
pub const CODE_AGAIN: &str = "K7QM-2XBD-9RTB";

/// The server.
pub struct Server {
    shared: Arc<Shared>,
    /// Where it listens.
    pub url: String,
}

struct Shared {
    memory: Mutex<MemoryServer>,
    page_key: Arc<MemorySigner>,
    territory: TerritoryId,
    chance: AtomicU64,
    stopping: AtomicBool,
    /// Answers WebSocket upgrades with a page of HTML, as some networks do.
    no_websockets: AtomicBool,
    /// The address by which devices know it.
    origin: String,
    /// For whom the first device was enrolled.
    first: OnceLock<PersonId>,
}

impl Server {
    /// A running server with one territory.
    pub fn start() -> Self {
        Self::with_pages_of(1_000_000)
    }

    /// The same with pages that are closed at so many bytes.
    pub fn with_pages_of(page_bytes: usize) -> Self {
        Self::with(page_bytes, None)
    }

    /// The same behind something else: devices know it by another address.
    pub fn known_as(origin: &str) -> Self {
        Self::with(1_000_000, Some(origin))
    }

    fn with(page_bytes: usize, origin: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let territory = TerritoryId::from_bytes([7; 16]);
        let mut memory = MemoryServer::new(Tag16([1; 16]), Tag16([2; 16]), page_bytes);
        memory.book.territories.insert(territory, Territory { id: territory, devices: BTreeSet::new() });
        let shared = Arc::new(Shared {
            memory: Mutex::new(memory),
            page_key: Arc::new(MemorySigner(SigningKey::from_slice(&[5; 32]).unwrap())),
            territory,
            chance: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
            no_websockets: AtomicBool::new(false),
            first: OnceLock::new(),
            origin: origin.unwrap_or(&url).to_owned(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopping.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || serve(&shared, stream.unwrap()));
            }
        });
        Self { shared, url }
    }

    /// What it keeps.
    pub fn memory(&self) -> MutexGuard<'_, MemoryServer> {
        self.shared.memory.lock().unwrap()
    }

    /// An account with a contact, from the system behind.
    pub fn import_account(&self, name: &str) -> AccountId {
        let id = RecordId::new(2, self.shared.random());
        let account = self.import(id, Kind::ACCOUNT, id.account(), name, Some(self.shared.territory));
        let contact = RecordId::new(3, self.shared.random());
        self.import(contact, Kind::CONTACT, account, &format!("{name}'s buyer"), None);
        account
    }

    fn import(
        &self,
        id: RecordId,
        kind: Kind,
        account: AccountId,
        name: &str,
        territory: Option<TerritoryId>,
    ) -> AccountId {
        let envelope = Envelope { id, kind, account, creator: PersonId::from_bytes([9; 16]), generation: 0 };
        let fields = Fields::from([("name".to_owned(), Value::Str(name.to_owned()))]);
        let record = Imported { envelope, fields, captured_ms: 1, territory, decision: None };
        assert_eq!(self.memory().append(NOW_MS, |book| book.import(record)), Ok(true));
        account
    }

    /// Lets no WebSocket through from now on.
    pub fn refuse_websockets(&self) {
        self.shared.no_websockets.store(true, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let _woken = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    fn random<const N: usize>(&self) -> [u8; N] {
        let number = self.chance.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        std::array::from_fn(|n| number[n % 8] ^ 0x5a)
    }

    fn session(&self) -> ServerSession {
        let epoch = self.memory.lock().unwrap().book.epoch;
        ServerSession::new(self.origin.clone(), "/v1/sync".to_owned(), epoch, self.page_key.clone())
    }

    fn drive(&self, session: &mut ServerSession, peer: &mut Peer, event: Event) -> Vec<Frame> {
        let mut memory = self.memory.lock().unwrap();
        drive(&mut memory, session, peer, event, NOW_MS, &mut || self.random());
        std::mem::take(&mut peer.down)
    }

    fn enrol(&self, request: &EnrolRequest) -> Option<EnrolAnswer> {
        let (device, new) = (DeviceId::new(4, self.random()), PersonId::new(5, self.random()));
        let nonce = Nonce(self.random());
        let mut memory = self.memory.lock().unwrap();
        let person = match request.code.as_str() {
            CODE => new,
            CODE_AGAIN => *self.first.get()?,
            _ => return None,
        };
        self.first.get_or_init(|| person);
        memory.book.territories.get_mut(&self.territory).unwrap().devices.insert(device);
        memory.territories_of.insert(device, vec![self.territory]);
        let row = ServerDevice {
            id: device,
            person,
            role: Role::Rep,
            former_roles: Vec::new(),
            public_key: request.public_key.clone(),
            state: DeviceState::Active,
            store_generation: 1,
            last_number: 0,
            nonce,
            start: Mark::START,
            renewals: Renewals::default(),
            aside: Aside::default(),
        };
        let start = memory.append(NOW_MS, |book| book.enrol(row, &[self.territory]));
        Some(EnrolAnswer {
            device,
            person,
            role: Role::Rep,
            person_name: "Alice".to_owned(),
            server_key: self.page_key.0.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            digest_key: memory.book.digest_key,
            epoch: memory.book.epoch,
            cursor: start.into(),
            nonce,
            store_generation: 1,
        })
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) {
    let mut head = vec![0; 4096];
    let head = loop {
        let length = stream.peek(&mut head).unwrap_or(0);
        let text = String::from_utf8_lossy(&head[..length]).into_owned();
        if text.contains("\r\n\r\n") || length == 0 {
            break text;
        }
    };
    if head.to_ascii_lowercase().contains("upgrade: websocket") {
        if shared.no_websockets.load(Ordering::Relaxed) {
            answer(&mut stream, "200 OK", "text/html", b"<html>Welcome to the hotel</html>");
        } else {
            talk(shared, stream);
        }
        return;
    }
    let body = body(&mut stream, &head);
    if head.starts_with("POST /v1/enrol ") {
        match shared.enrol(&serde_json::from_slice(&body).unwrap()) {
            Some(enrolled) => {
                answer(&mut stream, "200 OK", "application/json", &serde_json::to_vec(&enrolled).unwrap());
            }
            None => {
                let problem = br#"{"code":"wrong_code","title":"Forbidden","detail":"ask for a new one"}"#;
                answer(&mut stream, "403 Forbidden", "application/problem+json", problem);
            }
        }
    } else if head.starts_with("POST /v1/sync ") {
        let (mut session, mut peer) = (shared.session(), Peer::default());
        let mut frames = Vec::new();
        for frame in sequence(&body) {
            let down = shared.drive(&mut session, &mut peer, Event::Frame(frame));
            let challenged = down.iter().any(|frame| matches!(frame, Frame::Challenge(_)));
            frames.extend(down.iter().flat_map(Frame::to_bytes));
            if challenged || peer.closed {
                break;
            }
        }
        answer(&mut stream, "200 OK", "application/cbor-seq", &frames);
    } else {
        answer(&mut stream, "404 Not Found", "text/plain", b"no");
    }
}

fn talk(shared: &Shared, stream: TcpStream) {
    let mut socket = tungstenite::accept(stream).unwrap();
    socket.get_ref().set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let (mut session, mut peer) = (shared.session(), Peer::default());
    let mut head = shared.memory.lock().unwrap().head();
    while !shared.stopping.load(Ordering::Relaxed) {
        let event = match socket.read() {
            Ok(Message::Binary(bytes)) => Event::Frame(Frame::read(&bytes).unwrap()),
            Ok(Message::Close(_)) => break,
            Ok(_) => continue,
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let now = shared.memory.lock().unwrap().head();
                if now == head {
                    continue;
                }
                head = now;
                Event::Woken
            }
            Err(_) => return,
        };
        for frame in shared.drive(&mut session, &mut peer, event) {
            let _sent = socket.send(Message::binary(frame.to_bytes()));
        }
        if peer.closed {
            break;
        }
    }
    let _said = socket.close(None).and_then(|()| socket.flush());
}

fn body(stream: &mut TcpStream, head: &str) -> Vec<u8> {
    let start = head.find("\r\n\r\n").unwrap() + 4;
    let length: usize = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:").map(|length| length.trim().parse().unwrap()))
        .unwrap_or(0);
    let mut all = vec![0; start + length];
    stream.read_exact(&mut all).unwrap();
    all.split_off(start)
}

/// Answers a request and ends the connection.
pub fn answer(stream: &mut TcpStream, status: &str, kind: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn sequence(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let mut decoder = minicbor::Decoder::new(bytes);
        decoder.skip().unwrap();
        let (frame, rest) = bytes.split_at(decoder.position());
        frames.push(Frame::read(frame).unwrap());
        bytes = rest;
    }
    frames
}
