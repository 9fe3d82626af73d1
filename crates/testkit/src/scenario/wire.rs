//! A connection by hand: hellos, pushes and bytes that no phone would send, and the server's answers to them.

use roadbook_protocol::frame::{Facts, Hello, Push};
use roadbook_protocol::{Frame, Signature};
use roadbook_sync::device::{Endpoint, Session, Signer, practice};
use roadbook_sync::server::{Event, ServerSession};

use super::{Rep, Scenario};
use crate::memory_server::{Peer, drive};
use crate::sim::world::{ORIGIN, PATH};

/// The server's end of a connection, with nobody in particular at the other.
pub struct Wire {
    session: ServerSession,
    peer: Peer,
}

impl Wire {
    /// Whether the server has closed it.
    pub fn is_closed(&self) -> bool {
        self.peer.closed
    }
}

impl Scenario {
    /// A new connection.
    pub fn dial(&self) -> Wire {
        Wire { session: self.world.server_session(), peer: Peer::default() }
    }

    /// Lets something happen at the server's end; returns what it sends.
    pub fn happen(&mut self, wire: &mut Wire, event: Event) -> Vec<Frame> {
        let random = &mut self.world.random;
        let mut fresh = || random.bytes::<16>();
        let Wire { session, peer } = wire;
        drive(&mut self.world.server, session, peer, event, self.world.now_ms, &mut fresh);
        std::mem::take(&mut peer.down)
    }

    /// Sends a frame; returns what the server answers.
    pub fn say(&mut self, wire: &mut Wire, frame: Frame) -> Vec<Frame> {
        self.happen(wire, Event::Frame(frame))
    }

    /// Sends bytes, as a socket would hand them over.
    pub fn say_bytes(&mut self, wire: &mut Wire, bytes: &[u8]) -> Vec<Frame> {
        self.happen(wire, Frame::read(bytes).map_or_else(Event::Malformed, Event::Frame))
    }

    /// The hello that a phone would say now.
    pub fn hello(&mut self, who: Rep) -> Hello {
        let endpoint = Endpoint { origin: ORIGIN.to_owned(), path: PATH.to_owned() };
        let (phone, now_ms) = (&mut self.world.phones[who.0], self.world.now_ms);
        let opened = Session::open(&mut phone.rows, &phone.signer, endpoint, now_ms);
        let (_, mut frames) = opened.expect("a memory store does not fail");
        match frames.pop() {
            Some(Frame::Hello(hello)) => hello,
            other => unreachable!("a session begins with a hello, not with {other:?}"),
        }
    }

    /// A phone reconnects and would say these facts of itself; returns those that its hello carried.
    pub fn tell(&mut self, who: Rep, facts: Facts) -> Option<Facts> {
        let endpoint = Endpoint { origin: ORIGIN.to_owned(), path: PATH.to_owned() };
        let (phone, now_ms) = (&mut self.world.phones[who.0], self.world.now_ms);
        let opened = Session::open_telling(&mut phone.rows, &phone.signer, endpoint, Some(facts), now_ms);
        let (mut session, mut frames) = opened.expect("a memory store does not fail");
        let Some(Frame::Hello(hello)) = frames.pop() else { unreachable!("a session begins with a hello") };
        let said = hello.facts.clone();
        let mut wire = self.dial();
        for frame in self.say(&mut wire, Frame::Hello(hello)) {
            let phone = &mut self.world.phones[who.0];
            let handled = session.handle(&mut phone.rows, &phone.signer, now_ms, frame);
            handled.expect("the server takes the hello");
        }
        said
    }

    /// The person of a phone practises a version of a process to the end.
    pub fn practise(&mut self, who: Rep, process: &str, version: u32) {
        let (phone, now_ms) = (&mut self.world.phones[who.0], self.world.now_ms);
        practice::note(&mut phone.rows, process, version, now_ms).expect("a memory store does not fail");
    }

    /// A hello signed anew by somebody's key.
    pub fn signed(&self, who: Rep, hello: Hello) -> Frame {
        self.signed_for(who, hello, ORIGIN, PATH)
    }

    /// The same, for another address.
    pub fn signed_for(&self, who: Rep, mut hello: Hello, origin: &str, path: &str) -> Frame {
        hello.signature = Signature([0; 64]);
        hello.signature = self.world.phones[who.0].signer.sign(&hello.proof(origin, path));
        Frame::Hello(hello)
    }

    /// A connection that has been welcomed, with what came with the welcome. The hello knows of every push by hand.
    pub fn greet(&mut self, who: Rep) -> (Wire, Vec<Frame>) {
        let mut wire = self.dial();
        let mut hello = self.hello(who);
        if let Some(row) = self.world.server.book.devices.get(&hello.device) {
            hello.last_number = hello.last_number.max(row.last_number);
            hello.nonce = row.nonce;
        }
        let hello = self.signed(who, hello);
        let frames = self.say(&mut wire, hello);
        assert!(matches!(frames.first(), Some(Frame::Welcome(_))), "welcomed, not {frames:?}");
        (wire, frames)
    }

    /// A push of these items, signed by somebody's key for their present store.
    pub fn push_of(&mut self, who: Rep, items: &[Vec<u8>]) -> Push {
        let device = self.device(who);
        let items = Push::pack(items);
        let proof = Push::proof(device.device, device.store_generation, &items.0);
        Push { signature: self.world.phones[who.0].signer.sign(&proof), items }
    }

    /// Pushes items on a fresh connection; returns what the server answers.
    pub fn push(&mut self, who: Rep, items: &[Vec<u8>]) -> Vec<Frame> {
        let (mut wire, _) = self.greet(who);
        let push = self.push_of(who, items);
        self.say(&mut wire, Frame::Push(push))
    }
}
