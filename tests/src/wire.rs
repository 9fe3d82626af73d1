//! A wire between device and server that knows the protocol: it passes frames on, and holds at a named step until told
//! what becomes of the connection. So a process can be killed at exactly that step, without a word of it in the program.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use roadbook_protocol::Frame;

/// How long a step may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A moment on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The frame, by its word: `push`.
    pub frame: &'static str,
    /// Whether the frame has passed the wire, or is only about to.
    pub passed: bool,
}

/// A wire.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Where the server listens.
    server: Option<String>,
    /// The step to hold at, and whom to tell.
    trap: Option<(Step, Sender<Vec<TcpStream>>)>,
}

impl Wire {
    /// A wire that leads nowhere yet.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for device in listener.incoming().flatten() {
                let shared = Arc::clone(&theirs);
                thread::spawn(move || connect(device, &shared));
            }
        });
        Self { address, shared }
    }

    /// The address at which devices find the server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to a server.
    pub fn lead_to(&self, address: &str) {
        self.shared.lock().unwrap().server = Some(address.to_owned());
    }

    /// Holds the next connection at this step.
    pub fn hold_at(&self, step: Step) -> Held {
        let (told, reached) = channel();
        self.shared.lock().unwrap().trap = Some((step, told));
        Held { step, reached }
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::new()
    }
}

/// A step that is waited for.
#[derive(Debug)]
pub struct Held {
    step: Step,
    reached: Receiver<Vec<TcpStream>>,
}

impl Held {
    /// Waits for the step, does something to one of the two, and cuts the connection.
    pub fn then(self, act: impl FnOnce()) {
        let Ok(streams) = self.reached.recv_timeout(PATIENCE) else { panic!("{:?} never came", self.step) };
        act();
        for stream in streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn connect(device: TcpStream, shared: &Arc<Mutex<Shared>>) {
    let Some(address) = shared.lock().unwrap().server.clone() else { return };
    let Ok(server) = TcpStream::connect(address) else { return };
    for stream in [&device, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let up = Lane {
        from: device.try_clone().unwrap(),
        to: server.try_clone().unwrap(),
        shared: Arc::clone(shared),
    };
    let down = Lane { from: server, to: device, shared: Arc::clone(shared) };
    thread::spawn(move || up.run());
    down.run();
}

/// One direction of a connection.
struct Lane {
    from: TcpStream,
    to: TcpStream,
    shared: Arc<Mutex<Shared>>,
}

impl Lane {
    /// Passes on until either end closes; an error here is the end of the connection, which the test looks for itself.
    fn run(mut self) {
        let _ = self.pass();
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }

    fn pass(&mut self) -> io::Result<()> {
        let head = head(&mut self.from)?;
        self.to.write_all(&head)?;
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        if !text.contains("upgrade: websocket") {
            // A request or its answer: nothing to hold at.
            return io::copy(&mut self.from, &mut self.to).map(drop);
        }
        loop {
            let (bytes, payload) = message(&mut self.from)?;
            let word = Frame::read(&payload).map_or("", |frame| frame.word());
            self.hold(word, false);
            self.to.write_all(&bytes)?;
            self.hold(word, true);
        }
    }

    /// Holds here if this is the step: until the connection is cut.
    fn hold(&self, frame: &str, passed: bool) {
        let mut shared = self.shared.lock().unwrap();
        if !shared.trap.as_ref().is_some_and(|(step, _)| step.frame == frame && step.passed == passed) {
            return;
        }
        let Some((_, told)) = shared.trap.take() else { return };
        drop(shared);
        let (from, to) = (self.from.try_clone().unwrap(), self.to.try_clone().unwrap());
        let mut until = self.from.try_clone().unwrap();
        if told.send(vec![from, to]).is_ok() && !passed {
            // Whatever still comes from that side is swallowed; the cut ends it.
            let _ = io::copy(&mut until, &mut io::sink());
        }
    }
}

/// The head of an HTTP message.
fn head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(head)
}

/// One WebSocket frame: as it came, and its payload unmasked.
fn message(stream: &mut TcpStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut bytes = vec![0; 2];
    stream.read_exact(&mut bytes)?;
    let more = match bytes[1] & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let masked = bytes[1] & 0x80 != 0;
    let mut rest = vec![0; more + if masked { 4 } else { 0 }];
    stream.read_exact(&mut rest)?;
    let len = match more {
        0 => u64::from(bytes[1] & 0x7f),
        _ => rest[..more].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let mut payload = vec![0; usize::try_from(len).unwrap()];
    stream.read_exact(&mut payload)?;
    let mask = rest[more..].to_vec();
    bytes.extend(rest);
    bytes.extend(&payload);
    if masked {
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
    Ok((bytes, payload))
}
