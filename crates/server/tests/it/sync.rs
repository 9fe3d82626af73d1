//! The whole server over real sockets: enrolment, hello, pages, pushes, waking, and its end.

use std::net::TcpStream;
use std::time::Duration;

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use roadbook_model::permission::Role;
use roadbook_model::{Kind, LeaseId};
use roadbook_protocol::enrol::{EnrolAnswer, EnrolRequest};
use roadbook_protocol::entry::Subject;
use roadbook_protocol::frame::{Applied, Facts, Goodbye, Hello, Leave, Push};
use roadbook_protocol::{
    Entry, Frame, Hash, Item, ItemBody, Mark, Nonce, Outcome, Page, Signature, Tag16, code, decode, encode,
    limits,
};
use roadbook_sync::ledger::DeviceState;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

use crate::support::{Answer, Beat, Device, TestServer, ask, ask_as, entries, fields, text, token};

/// A device that speaks the protocol by hand.
struct Speaker {
    key: SigningKey,
    answer: EnrolAnswer,
    cursor: Mark,
    nonce: Nonce,
    last_number: u64,
}

impl Speaker {
    async fn enrol(server: &TestServer, beat: &Beat, seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let code = server.store().add_enrol_code(beat.person, 60).await.unwrap().code;
        let public_key = key.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec();
        let request = EnrolRequest { code, name: "phone".into(), public_key };
        let body = serde_json::to_vec(&request).unwrap();
        let json = [("content-type", "application/json")];
        let Answer { status, body, .. } = ask(server, "POST", "/v1/enrol", &json, &body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let answer: EnrolAnswer = serde_json::from_slice(&body).unwrap();
        let (cursor, nonce) = (answer.cursor.into(), answer.nonce);
        Self { key, answer, cursor, nonce, last_number: 0 }
    }

    fn sign(&self, hash: &Hash) -> Signature {
        let signed: p256::ecdsa::Signature = self.key.sign_prehash(&hash.0).unwrap();
        Signature(signed.to_bytes().into())
    }

    fn hello(&self, server: &TestServer) -> Hello {
        let mut hello = Hello {
            version: limits::VERSION,
            device: self.answer.device,
            nonce: self.nonce,
            signature: Signature([0; 64]),
            store_generation: self.answer.store_generation,
            epoch: self.answer.epoch,
            cursor: self.cursor,
            receipt: Mark::START,
            last_number: self.last_number,
            answered: None,
            fills: Vec::new(),
            digest: 0,
            waiting: 0,
            oldest_s: 0,
            facts: None,
        };
        hello.signature = self.sign(&hello.proof(&server.origin(), "/v1/sync"));
        hello
    }

    fn push(&self, items: &[Vec<u8>]) -> Frame {
        let items = Push::pack(items);
        let signature = self.sign(&Push::proof(self.answer.device, self.answer.store_generation, &items.0));
        Frame::Push(Push { items, signature })
    }

    /// Sends frames by one request and returns the answers.
    async fn post(&self, server: &TestServer, frames: &[Frame]) -> Vec<Frame> {
        let body: Vec<u8> = frames.iter().flat_map(Frame::to_bytes).collect();
        let kind = [("content-type", "application/cbor-seq")];
        let answer = ask(server, "POST", "/v1/sync", &kind, &body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/cbor-seq"));
        sequence(&answer.body)
    }

    /// Says hello by request and reads all pages.
    async fn catch_up(&mut self, server: &TestServer) -> Vec<Page> {
        let frames = self.post(server, &[Frame::Hello(self.hello(server))]).await;
        let mut pages = Vec::new();
        for frame in frames {
            match frame {
                Frame::Welcome(welcome) => self.nonce = welcome.nonce,
                Frame::Page(page) => {
                    assert_eq!(page.from, self.cursor.position);
                    self.cursor = page.upto;
                    pages.push(page);
                }
                other => panic!("{other:?}"),
            }
        }
        pages
    }
}

/// The frames of a CBOR sequence.
fn sequence(bytes: &[u8]) -> Vec<Frame> {
    let mut rest = bytes;
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let mut decoder = minicbor::Decoder::new(rest);
        decoder.skip().unwrap();
        let (frame, after) = rest.split_at(decoder.position());
        frames.push(Frame::read(frame).unwrap());
        rest = after;
    }
    frames
}

/// An open WebSocket, used from threads that may block.
struct Socket(WebSocket<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &TestServer) -> Self {
        let url = format!("{}/v1/sync", server.origin().replace("http", "ws"));
        Self(tokio::task::spawn_blocking(move || tungstenite::connect(url).unwrap().0).await.unwrap())
    }

    async fn send(self, frame: Frame) -> Self {
        self.send_message(Message::binary(frame.to_bytes())).await
    }

    async fn send_message(mut self, message: Message) -> Self {
        let sending = tokio::task::spawn_blocking(move || {
            self.0.send(message).unwrap();
            self
        });
        sending.await.unwrap()
    }

    /// The next frame; `None` when the server closes.
    async fn receive(mut self) -> (Self, Option<Frame>) {
        let receiving = tokio::task::spawn_blocking(move || {
            loop {
                match self.0.read() {
                    Ok(Message::Binary(bytes)) => return (self, Some(Frame::read(&bytes).unwrap())),
                    Ok(Message::Close(_)) | Err(_) => return (self, None),
                    Ok(_) => {}
                }
            }
        });
        receiving.await.unwrap()
    }
}

fn words(pages: &[Page]) -> Vec<&'static str> {
    let bodies = pages.iter().map(|page| page.open().unwrap());
    bodies
        .flat_map(|opened| opened.body.entries)
        .map(|entry| decode::<Entry>("entry", &entry.payload.0).unwrap().word())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_enrols_pulls_pushes_and_is_idle_after_that() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 11).await;
    let pages = speaker.catch_up(&server).await;
    assert_eq!(words(&pages), ["granted"]);
    let filled: Vec<_> =
        pages.iter().flat_map(|page| page.open().unwrap().body.fills).flat_map(|part| part.records).collect();
    assert_eq!(filled.iter().map(|record| record.record).collect::<Vec<_>>(), [account.record()]);

    let mut maker = Device::of(speaker.answer.device, beat.person);
    let lease = maker.lease(server.store(), Subject::Account(account)).await;
    let (_, item) = maker.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server)), speaker.push(&[item])]).await;
    let [Frame::Welcome(welcome), rest @ ..] = &frames[..] else { panic!("{frames:?}") };
    let receipts = rest.iter().find_map(|frame| match frame {
        Frame::Receipts(receipts) => Some(receipts),
        _ => None,
    });
    let receipts = receipts.unwrap();
    assert_eq!(receipts.receipts[0].outcome, Outcome::InRecord { late: false });
    assert_eq!(receipts.mark.position, receipts.receipts[0].position);
    let page = rest.iter().find_map(|frame| match frame {
        Frame::Page(page) => Some(page),
        _ => None,
    });
    assert!(page.unwrap().upto.position >= receipts.mark.position, "the cursor passes the receipt");
    (speaker.nonce, speaker.cursor, speaker.last_number) = (welcome.nonce, page.unwrap().upto, 1);

    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    let [Frame::Welcome(welcome)] = &frames[..] else { panic!("{frames:?}") };
    assert!(welcome.idle);
    assert!(!welcome.differs, "it lacks a receipt: there is nothing to compare yet");
    assert_eq!(welcome.last_number, 1);
    server.stop().await;
}

/// Keeps everybody from every document and every row of the central record.
async fn lock_all_records(connection: &mut PgConnection) {
    let tables: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class
         where relkind = 'r' and (relnamespace = 'record'::regnamespace or oid = 'sync.record'::regclass)",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    assert!(tables.len() > 8, "{tables:?}");
    let lock = format!("begin; lock table {} in access exclusive mode", tables.join(", "));
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_reconnect_touches_no_record_however_many_there_are() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.accounts(server.store(), 120).await;
    let mut speaker = Speaker::enrol(&server, &beat, 14).await;
    speaker.catch_up(&server).await;
    let mut connection = PgConnection::connect(&server.database_url()).await.unwrap();
    lock_all_records(&mut connection).await;

    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    let [Frame::Welcome(welcome)] = &frames[..] else { panic!("{frames:?}") };
    assert!(welcome.idle);
    speaker.nonce = welcome.nonce;

    // The lock does keep readers out: a device that has everything to read waits for it.
    let behind = Speaker { cursor: speaker.answer.cursor.into(), ..speaker };
    let hello = Frame::Hello(behind.hello(&server));
    let waits = async {
        let waiting =
            "select exists (select from pg_locks where relation = 'sync.record'::regclass and not granted)";
        while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut connection).await.unwrap() {
            tokio::task::yield_now().await;
        }
        sqlx::raw_sql("rollback").execute(&mut connection).await.unwrap();
    };
    let hello = [hello];
    let (frames, ()) = tokio::join!(behind.post(&server, &hello), waits);
    assert!(frames.iter().any(|frame| matches!(frame, Frame::Page(_))), "{frames:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_with_a_bad_name_is_not_enrolled_and_its_code_stays_good() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let key = SigningKey::from_slice(&[16; 32]).unwrap();
    let public_key = key.verifying_key().as_affine().to_encoded_point(true).as_bytes().to_vec();
    let code = server.store().add_enrol_code(beat.person, 60).await.unwrap().code;
    let enrol = async |name: &str| {
        let request =
            EnrolRequest { code: code.clone(), name: name.to_owned(), public_key: public_key.clone() };
        let body = serde_json::to_vec(&request).unwrap();
        let json = [("content-type", "application/json")];
        ask(&server, "POST", "/v1/enrol", &json, &body).await.outcome()
    };
    for name in ["", "  ", "phone\u{7}", "two\nlines", &"x".repeat(101)] {
        assert_eq!(enrol(name).await, (422, "bad_name".to_owned()), "{name:?}");
    }
    let devices: i64 =
        sqlx::query_scalar("select count(*) from org.device").fetch_one(server.store().pool()).await.unwrap();
    assert_eq!(devices, 0);
    assert_eq!(enrol(&"x".repeat(100)).await.0, 200, "the same code, with a name that fits");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_works_once_and_another_origin_or_key_never() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let mut speaker = Speaker::enrol(&server, &beat, 12).await;
    let first = speaker.hello(&server);
    speaker.catch_up(&server).await;
    let frames = speaker.post(&server, &[Frame::Hello(first)]).await;
    assert!(
        matches!(&frames[..], [Frame::Challenge(challenge)] if challenge.nonce == speaker.nonce),
        "{frames:?}"
    );
    let mut forged = speaker.hello(&server);
    forged.signature = speaker.sign(&forged.proof("https://evil.example", "/v1/sync"));
    let frames = speaker.post(&server, &[Frame::Hello(forged)]).await;
    assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::NOT_ENROLLED), "{frames:?}");
    speaker.key = SigningKey::from_slice(&[77; 32]).unwrap();
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::NOT_ENROLLED), "{frames:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_of_a_store_gets_a_new_generation() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 13).await;
    speaker.catch_up(&server).await;
    let mut maker = Device::of(speaker.answer.device, beat.person);
    let lease = maker.lease(server.store(), Subject::Account(account)).await;
    let (_, item) = maker.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    server.store().push(&maker.row, vec![item]).await.unwrap();
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    let [Frame::NewGeneration(new)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(new.store_generation, 2);
    (speaker.answer.store_generation, speaker.cursor, speaker.nonce) = (2, new.cursor, new.nonce);
    let pages = speaker.catch_up(&server).await;
    assert_eq!(words(&pages), ["granted"]);
    let filled: usize =
        pages.iter().flat_map(|page| page.open().unwrap().body.fills).map(|part| part.records.len()).sum();
    assert_eq!(filled, 2, "the account and the visit");
    assert_eq!(server.store().verify().await.unwrap().problems, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s4_copies_that_take_over_from_each_other_have_an_end_that_the_office_sees() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 15).await;
    speaker.catch_up(&server).await;
    for _ in 0..limits::RENEWALS_MAX {
        // The other copy comes, with the generation of before, and goes on in the one that it gets.
        speaker.answer.store_generation -= 1;
        let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
        let [Frame::NewGeneration(new)] = &frames[..] else { panic!("{frames:?}") };
        speaker.answer.store_generation = new.store_generation;
        (speaker.cursor, speaker.nonce) = (new.cursor, new.nonce);
        speaker.catch_up(&server).await;
    }
    let id = speaker.answer.device.uuid();
    let cloned = "select cloned_at is not null, store_generation from org.device where id = $1";
    let cloned = || sqlx::query_as::<_, (bool, i32)>(cloned).bind(id).fetch_one(server.store().pool());
    assert_eq!(cloned().await.unwrap(), (false, 5));
    let live = speaker.answer.store_generation;
    for _ in 0..2 {
        speaker.answer.store_generation = live - 1;
        let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
        let frames = match &frames[..] {
            [Frame::Challenge(challenge)] => {
                speaker.nonce = challenge.nonce;
                speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await
            }
            _ => frames,
        };
        assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::CLONED), "{frames:?}");
    }
    assert_eq!(cloned().await.unwrap(), (true, 5));
    // The live one works on, after one challenge.
    speaker.answer.store_generation = live;
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    let [Frame::Challenge(challenge)] = &frames[..] else { panic!("{frames:?}") };
    speaker.nonce = challenge.nonce;
    speaker.catch_up(&server).await;
    assert_eq!(server.store().verify().await.unwrap().problems, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s5_generations_without_end_wait_for_the_next_day_and_cost_no_entry_till_then() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let mut speaker = Speaker::enrol(&server, &beat, 16).await;
    let mut ask = async || {
        speaker.cursor = Mark { position: 9_999, chain: Tag16([1; 16]) };
        let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
        if let [Frame::NewGeneration(new)] = &frames[..] {
            (speaker.answer.store_generation, speaker.nonce) = (new.store_generation, new.nonce);
        }
        if let [Frame::Challenge(challenge)] = &frames[..] {
            speaker.nonce = challenge.nonce;
        }
        frames
    };
    for n in 0..limits::RENEWALS_A_DAY_MAX {
        let frames = ask().await;
        assert!(matches!(&frames[..], [Frame::NewGeneration(_)]), "{n}: {frames:?}");
    }
    let before = entries(server.store()).await;
    for _ in 0..2 {
        let frames = match &ask().await[..] {
            [Frame::Challenge(_)] => ask().await,
            frames => frames.to_vec(),
        };
        let [Frame::Error(error)] = &frames[..] else { panic!("{frames:?}") };
        assert_eq!(error.code, code::RENEWED_TOO_OFTEN);
        assert!(
            error.retry_after_ms.is_some_and(|wait| wait > 86_000_000 && wait <= 86_400_000),
            "{error:?}"
        );
    }
    assert_eq!(entries(server.store()).await, before);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_device_hears_of_others_work_and_of_the_end() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let account = beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 14).await;
    speaker.catch_up(&server).await;
    let socket = Socket::open(&server).await.send(Frame::Hello(speaker.hello(&server))).await;
    let (socket, frame) = socket.receive().await;
    assert!(matches!(&frame, Some(Frame::Welcome(welcome)) if welcome.idle), "{frame:?}");
    let mut other = beat.device(server.store()).await;
    let lease = other.lease(server.store(), Subject::Account(account)).await;
    let (record, item) = other.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    server.store().push(&other.row, vec![item]).await.unwrap();
    let (socket, frame) = socket.receive().await;
    let Some(Frame::Page(page)) = frame else { panic!("{frame:?}") };
    assert_eq!(page.from, speaker.cursor.position, "a page continues what the device knows");
    let entry = decode::<Entry>("entry", &page.open().unwrap().body.entries[0].payload.0).unwrap();
    assert_eq!(entry.record(), Some(record));
    let socket = socket.send(Frame::Applied(Applied { position: page.upto.position })).await;
    let stopping = tokio::spawn(server.stop());
    let (socket, frame) = socket.receive().await;
    assert!(matches!(&frame, Some(Frame::Goodbye(goodbye)) if goodbye.code == code::STOPPING), "{frame:?}");
    assert!(socket.receive().await.1.is_none());
    stopping.await.unwrap();
}

/// Records of a fill that takes many pages.
const MANY: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_big_fill_of_one_device_keeps_no_other_waiting() {
    let server = TestServer::new().await;
    let store = server.store();
    let (big, small) = (Beat::new(store, "north").await, Beat::new(store, "south").await);
    big.accounts(store, MANY).await;
    let account = small.account(store, "Corner Shop").await;
    let (filling, mut other) =
        (Speaker::enrol(&server, &big, 21).await, Speaker::enrol(&server, &small, 22).await);
    other.catch_up(&server).await;
    let mut maker = Device::of(other.answer.device, small.person);
    let lease = maker.lease(store, Subject::Account(account)).await;
    let mut socket = Socket::open(&server).await.send(Frame::Hello(filling.hello(&server))).await;
    let (mut filled, mut between) = (0, 0);
    while filled < MANY {
        let (open, frame) = socket.receive().await;
        socket = open;
        let page = match frame {
            Some(Frame::Page(page)) => page,
            Some(Frame::Welcome(_)) => continue,
            other => panic!("{other:?}"),
        };
        filled += page.open().unwrap().body.fills.iter().map(|part| part.records.len()).sum::<usize>();
        if filled < MANY && between < 3 {
            // One request, and in its answer the receipt and the page that holds what was pushed.
            let (_, item) =
                maker.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
            let frames =
                other.post(&server, &[Frame::Hello(other.hello(&server)), other.push(&[item])]).await;
            let (mut received, mut upto) = (0, other.cursor);
            for frame in &frames {
                match frame {
                    Frame::Welcome(welcome) => other.nonce = welcome.nonce,
                    Frame::Receipts(receipts) => {
                        assert_eq!(receipts.receipts[0].outcome, Outcome::InRecord { late: false });
                        received = receipts.mark.position;
                    }
                    Frame::Page(page) => upto = page.upto,
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(frames.len(), 3, "{frames:?}");
            assert!(received > 0 && upto.position >= received, "{frames:?}");
            other.cursor = upto;
            other.last_number += 1;
            between += 1;
        }
        socket = socket.send(Frame::Applied(Applied { position: page.upto.position })).await;
    }
    assert_eq!((filled, between), (MANY, 3), "in the midst of a fill of several pages");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_frame_is_answered_in_words() {
    let server = TestServer::new().await;
    let socket = Socket::open(&server).await;
    let (socket, frame) = socket.send(Frame::Applied(Applied { position: 1 })).await.receive().await;
    assert!(matches!(&frame, Some(Frame::Error(error)) if error.code == code::UNEXPECTED_FRAME), "{frame:?}");
    assert!(socket.receive().await.1.is_none());
    let kind = [("content-type", "application/cbor-seq")];
    let answer = ask(&server, "POST", "/v1/sync", &kind, &[0x9f, 0xff, 0x00]).await;
    let frame = Frame::read(&answer.body).unwrap();
    assert!(matches!(&frame, Frame::Error(error) if error.code == code::MALFORMED), "{frame:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h6_h7_what_a_device_says_of_itself_is_kept_and_it_hears_how_long_it_may_stay_away() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let mut speaker = Speaker::enrol(&server, &beat, 7).await;
    let told = async || {
        let query = "select client, store_bytes from org.device";
        let row: (Option<String>, Option<i64>) =
            sqlx::query_as(query).fetch_one(server.store().pool()).await.unwrap();
        row
    };
    let welcomed = async |speaker: &mut Speaker, facts: Option<Facts>| {
        let hello = Hello { facts, ..speaker.hello(&server) };
        let frames = speaker.post(&server, &[Frame::Hello(hello)]).await;
        let Frame::Welcome(welcome) = &frames[0] else { panic!("{frames:?}") };
        speaker.nonce = welcome.nonce;
        welcome.offline_days
    };
    assert_eq!(welcomed(&mut speaker, None).await, None);
    assert_eq!(told().await, (None, None));
    let facts = Facts { client: "roadbook 1\u{0}\u{1b}[0m".to_owned(), store_bytes: 4096 };
    assert_eq!(welcomed(&mut speaker, Some(facts)).await, None);
    assert_eq!(told().await, (Some("roadbook 1[0m".to_owned()), Some(4096)));
    let admin = token(&server, Role::Admin).await;
    let edit = async |version: &str, days: i32| {
        let body = serde_json::json!({ "offline_days": days });
        ask_as(&server, &admin, "PATCH", "/v1/settings", &[("if-match", version)], &body).await.outcome()
    };
    assert_eq!(edit("\"1\"", 0).await, (422, "out_of_range".to_owned()));
    assert_eq!(edit("\"1\"", 7).await.0, 200);
    assert_eq!(edit("\"1\"", 8).await, (412, "stale".to_owned()));
    assert_eq!(welcomed(&mut speaker, None).await, Some(7));
    assert_eq!(told().await, (Some("roadbook 1[0m".to_owned()), Some(4096)), "nothing new is no news");
    let long = Facts { client: "x".repeat(limits::WORD_BYTES_MAX + 1), store_bytes: 1 };
    let hello = Hello { facts: Some(long), ..speaker.hello(&server) };
    let frames = speaker.post(&server, &[Frame::Hello(hello)]).await;
    assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::FRAME_TOO_LONG), "{frames:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_a_message_is_binary_and_one_frame_and_a_body_is_a_sequence_of_them() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 15).await;

    let hello = Frame::Hello(speaker.hello(&server)).to_bytes();
    let goodbye = Frame::Goodbye(Goodbye { code: "done".to_owned() }).to_bytes();
    let both = [hello, goodbye].concat();
    for message in [Message::text("hello"), Message::binary(both.clone()), Message::binary(Vec::new())] {
        let (socket, frame) = Socket::open(&server).await.send_message(message).await.receive().await;
        assert!(matches!(&frame, Some(Frame::Error(error)) if error.code == code::MALFORMED), "{frame:?}");
        assert!(socket.receive().await.1.is_none(), "and the connection ends");
    }

    // The hello in the refused message was not looked at: its nonce is still good, here in the same bytes as a sequence.
    let kind = [("content-type", "application/cbor-seq")];
    let answer = ask(&server, "POST", "/v1/sync", &kind, &both).await;
    assert_eq!(answer.header("content-type"), "application/cbor-seq");
    let frames = sequence(&answer.body);
    let [Frame::Welcome(welcome), Frame::Page(page)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(frames.iter().flat_map(Frame::to_bytes).collect::<Vec<_>>(), answer.body, "nothing between");
    (speaker.nonce, speaker.cursor) = (welcome.nonce, page.upto);

    let broken = [Frame::Hello(speaker.hello(&server)).to_bytes(), vec![0x00]].concat();
    let frames = sequence(&ask(&server, "POST", "/v1/sync", &kind, &broken).await.body);
    assert!(
        matches!(frames.last(), Some(Frame::Error(error)) if error.code == code::MALFORMED),
        "{frames:?}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w5_a_device_blocked_while_it_is_connected_is_cut_off_and_refused_after_that() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    let mut speaker = Speaker::enrol(&server, &beat, 16).await;
    speaker.catch_up(&server).await;
    let socket = Socket::open(&server).await.send(Frame::Hello(speaker.hello(&server))).await;
    let (socket, frame) = socket.receive().await;
    let Some(Frame::Welcome(welcome)) = frame else { panic!("{frame:?}") };
    speaker.nonce = welcome.nonce;
    // By another node, so that this one has to hear of it.
    let (other, _background) = roadbook_server::store::Store::open(&server.database_url()).await.unwrap();
    other.revoke(speaker.answer.device, DeviceState::Blocked).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(5), socket.receive()).await;
    let (socket, frame) = told.expect("within five seconds");
    assert!(matches!(&frame, Some(Frame::Error(error)) if error.code == code::BLOCKED), "{frame:?}");
    assert!(socket.receive().await.1.is_none(), "and the connection ends");
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::BLOCKED), "{frames:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w1_w4_a_leaving_device_is_told_hands_over_and_is_known_to_be_wiped() {
    let server = TestServer::new().await;
    let store = server.store();
    let beat = Beat::new(store, "north").await;
    let account = beat.account(store, "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 17).await;
    speaker.catch_up(&server).await;
    let id = speaker.answer.device;
    let mut maker = Device::of(id, beat.person);
    let lease = maker.lease(store, Subject::Account(account)).await;
    let (_, item) = maker.creates(Kind::VISIT, account, lease, &fields(&[("state", text("planned"))]));
    store.revoke(id, DeviceState::Leaving).await.unwrap();
    store.revoke(id, DeviceState::Leaving).await.unwrap();
    assert_eq!(words(&speaker.catch_up(&server).await), ["withdrawn", "revoked"], "told once");
    let unknown = store.revoke(id, DeviceState::Active).await.unwrap_err();
    assert!(unknown.to_string().contains("enrol it anew"), "{unknown}");

    let times =
        "select wipe_ordered_at is not null, wiped_at is not null, state from org.device where id = $1";
    let times = || sqlx::query_as::<_, (bool, bool, String)>(times).bind(id.uuid()).fetch_one(store.pool());
    assert_eq!(times().await.unwrap(), (true, false, "leaving".to_owned()), "it has not answered");
    let nobody = LeaseId::from_bytes([0; 16]);
    let wiped = Item { number: 2, lease: nobody, captured_ms: 0, body: ItemBody::Wiped, reapplies: None };
    let answer = store.push(&maker.row, vec![item, encode(&wiped)]).await.unwrap();
    assert_eq!(crate::append::codes(&answer), ["device_leaving", ""]);
    assert_eq!(times().await.unwrap(), (true, true, "wiped".to_owned()));
    let frames = speaker.post(&server, &[Frame::Hello(speaker.hello(&server))]).await;
    assert!(matches!(&frames[..], [Frame::Error(error)] if error.code == code::WIPED), "{frames:?}");
    assert_eq!(store.verify().await.unwrap().problems, []);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w6_who_signs_out_on_a_device_takes_it_out_of_use_and_the_audit_says_who() {
    let server = TestServer::new().await;
    let beat = Beat::new(server.store(), "north").await;
    beat.account(server.store(), "Corner Shop").await;
    let mut speaker = Speaker::enrol(&server, &beat, 19).await;
    speaker.catch_up(&server).await;
    let (id, generation) = (speaker.answer.device, speaker.answer.store_generation);
    let leave = |speaker: &Speaker, last_number: u64| {
        let signature = speaker.sign(&Leave::proof(id, generation, last_number));
        Frame::Leave(Leave { last_number, signature })
    };
    let state = async || -> String {
        let state = sqlx::query_scalar("select state from org.device where id = $1").bind(id.uuid());
        state.fetch_one(server.store().pool()).await.unwrap()
    };
    let early = [Frame::Hello(speaker.hello(&server)), leave(&speaker, 1)];
    let frames = speaker.post(&server, &early).await;
    let [Frame::Welcome(welcome), Frame::Error(error)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!((error.code.as_str(), state().await.as_str()), (code::PUSH_GAP, "active"));
    speaker.nonce = welcome.nonce;

    let asked = [Frame::Hello(speaker.hello(&server)), leave(&speaker, 0), leave(&speaker, 0)];
    let frames = speaker.post(&server, &asked).await;
    let pages: Vec<Page> = frames
        .into_iter()
        .filter_map(|frame| match frame {
            Frame::Page(page) => Some(page),
            _ => None,
        })
        .collect();
    assert_eq!(words(&pages), ["withdrawn", "revoked"], "the answer is the order, once");
    assert_eq!(state().await, "leaving");
    let audited: Vec<(String, uuid::Uuid)> = sqlx::query_as(
        "select action, person_id from org.audit where subject_id = $1 and action <> 'device.enrol'",
    )
    .bind(id.uuid())
    .fetch_all(server.store().pool())
    .await
    .unwrap();
    assert_eq!(audited, [("device.sign_out".to_owned(), beat.person.uuid())]);
    let told = "select wipe_ordered_at is not null and revoked_at is not null from org.device where id = $1";
    let told: bool = sqlx::query_scalar(told).bind(id.uuid()).fetch_one(server.store().pool()).await.unwrap();
    assert!(told);
    server.stop().await;
}
