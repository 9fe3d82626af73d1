//! Roads that lead nowhere: each is told apart, in words that say what to do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use roadbook_protocol::limits::FRAME_BYTES_MAX;
use roadbook_protocol::{Blob, Frame, frame};
use roadbook_replica::transport::{Address, Http, Patience, Received, TransportError, Trust, WebSocket};
use roadbook_replica::{Device, Road, SyncOptions};
use tungstenite::Message;

use crate::devices::enrolled;
use crate::scratch::Scratch;
use crate::server::{Server, answer};

/// With whoever says something: longer than a busy machine takes.
const LONG: Patience = Patience {
    connect: Duration::from_secs(20),
    write: Duration::from_secs(20),
    silence: Duration::from_secs(20),
    stall: Duration::from_secs(20),
};
/// With whoever falls silent once the line stands.
const BRIEF: Patience =
    Patience { silence: Duration::from_millis(300), stall: Duration::from_millis(600), ..LONG };
/// With whoever never says anything.
const NONE: Patience = Patience { connect: Duration::from_millis(300), ..BRIEF };
const WAIT: Duration = Duration::from_secs(5);

/// Something that listens and does this to whoever comes; its address.
fn listening(act: impl Fn(TcpStream) + Send + 'static) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || listener.incoming().for_each(|stream| act(stream.unwrap())));
    address
}

/// The same, after an upgrade to a WebSocket.
fn upgrading(act: impl Fn(tungstenite::WebSocket<TcpStream>) + Send + 'static) -> Address {
    listening(move |stream| act(tungstenite::accept(stream).unwrap()))
}

fn read_request(stream: &mut TcpStream) {
    let mut buffer = [0; 65_536];
    let _read = stream.read(&mut buffer);
}

fn connect(address: &Address) -> Result<WebSocket, TransportError> {
    WebSocket::connect(address, &Trust::default(), LONG)
}

fn http(address: &Address) -> Http {
    Http::new(address, &Trust::default(), LONG).unwrap()
}

fn received(address: &Address) -> Result<Received, TransportError> {
    connect(address)?.receive(WAIT)
}

#[test]
fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = connect(&address).unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
    assert!(error.to_string().contains("your work is safe here"), "{error}");
    let error = http(&address).exchange(&[]).unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
    let nowhere = Address::parse("http://nowhere.invalid").unwrap();
    assert_eq!(connect(&nowhere).unwrap_err().code(), "server_unreachable");
}

#[test]
fn somebody_who_never_says_anything() {
    let address = listening(|stream| {
        thread::sleep(WAIT);
        drop(stream);
    });
    let error = WebSocket::connect(&address, &Trust::default(), NONE).unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
    let error = Http::new(&address, &Trust::default(), NONE).unwrap().exchange(&[]).unwrap_err();
    assert_eq!(error.code(), "server_unreachable");
}

#[test]
fn the_sign_in_page_of_a_network() {
    let page = listening(|mut stream| {
        read_request(&mut stream);
        answer(&mut stream, "200 OK", "text/html; charset=utf-8", b"<html>Welcome</html>");
    });
    let redirect = listening(|mut stream| {
        read_request(&mut stream);
        let _sent = stream.write_all(
            b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/sign-in\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    });
    let rubbish = listening(|mut stream| {
        read_request(&mut stream);
        let _sent = stream.write_all(b"220 mail.example.com ESMTP\r\n\r\n");
    });
    for (what, address) in [("page", page), ("redirect", redirect), ("rubbish", rubbish)] {
        let errors = [connect(&address).unwrap_err(), http(&address).exchange(&[]).unwrap_err()];
        for error in errors {
            assert_eq!(error.code(), "not_a_roadbook_server", "{what}: {error:?}");
            assert!(error.to_string().contains("sign in"), "{error}");
        }
    }
}

#[test]
fn a_server_that_cannot_now_and_one_that_will_not() {
    let proxy = listening(|mut stream| {
        read_request(&mut stream);
        let _sent = stream.write_all(
            b"HTTP/1.1 503 Busy\r\ncontent-type: text/html\r\nretry-after: 7\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    });
    for error in [connect(&proxy).unwrap_err(), http(&proxy).exchange(&[]).unwrap_err()] {
        let TransportError::Unavailable { retry_after, .. } = error else { panic!("{error:?}") };
        assert_eq!(retry_after, Some(Duration::from_secs(7)));
    }
    let strict = listening(|mut stream| {
        read_request(&mut stream);
        let problem = br#"{"code":"too_old","title":"Upgrade Required","detail":"update the app"}"#;
        answer(&mut stream, "426 Upgrade Required", "application/problem+json", problem);
    });
    let error = http(&strict).exchange(&[]).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("too_old", "update the app"));
}

#[test]
fn what_is_no_frame() {
    let long = upgrading(|mut socket| {
        let _sent = socket.send(Message::binary(vec![0; FRAME_BYTES_MAX + 1]));
        thread::sleep(WAIT);
    });
    assert_eq!(received(&long).unwrap_err().code(), "frame_too_long");
    let rubbish = upgrading(|mut socket| {
        let _sent = socket.send(Message::binary(vec![0xff; 3]));
        thread::sleep(WAIT);
    });
    assert_eq!(received(&rubbish).unwrap_err().code(), "unreadable_answer");
    let text = upgrading(|mut socket| {
        let _sent = socket.send(Message::text("hello"));
        thread::sleep(WAIT);
    });
    assert_eq!(received(&text).unwrap_err().code(), "connection_lost");
}

#[test]
fn a_frame_too_long_to_send_is_not_sent() {
    let address = upgrading(|mut socket| {
        let _heard = socket.read();
    });
    let mut socket = connect(&address).unwrap();
    let items = Blob(vec![0; FRAME_BYTES_MAX]);
    let long = Frame::Push(frame::Push { items, signature: roadbook_protocol::Signature([0; 64]) });
    let before = socket.traffic();
    assert_eq!(socket.send(&long).unwrap_err().code(), "frame_too_long");
    assert_eq!(socket.traffic(), before);
}

#[test]
fn a_connection_that_breaks_or_dies_without_a_word() {
    let cut = upgrading(|mut socket| {
        // The head of a frame of 100 bytes, and ten of them.
        let _sent =
            socket.get_mut().write_all(&[0x82, 100]).and_then(|()| socket.get_mut().write_all(&[0; 10]));
    });
    assert_eq!(received(&cut).unwrap_err().code(), "connection_lost");
    let closed = upgrading(|mut socket| {
        let _said = socket.close(None).and_then(|()| socket.flush());
    });
    assert!(matches!(received(&closed), Ok(Received::Closed)));
    let dead = upgrading(|socket| {
        thread::sleep(WAIT);
        drop(socket);
    });
    let mut socket = WebSocket::connect(&dead, &Trust::default(), BRIEF).unwrap();
    assert_eq!(socket.receive(WAIT).unwrap_err().code(), "server_silent");
}

#[test]
fn a_server_that_lives_but_does_not_get_on() {
    let (scratch, server) = (Scratch::new("stall"), Server::start());
    let home = scratch.path("alice");
    drop(enrolled(&scratch, "alice", &server));
    let lively = upgrading(|mut socket| while socket.read().is_ok() {});
    let file = home.join("device.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&server.url, lively.origin())).unwrap();
    let device = Device::open(&home).unwrap();
    let error = device
        .sync(SyncOptions { road: Road::WebSocket, patience: BRIEF, ..SyncOptions::default() })
        .unwrap_err();
    assert_eq!(error.code(), "server_silent");
    assert!(error.is_passing());
}
