//! What a WebSocket runs on: a connection that counts its bytes, plain or under TLS.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use super::tls::{TlsError, Trust, Unshaken, shake_hands};
use super::{Address, Patience, TransportError};

/// A connection that counts what goes over the network: under TLS its records and handshake too.
pub(super) struct Counted {
    tcp: TcpStream,
    up: u64,
    down: u64,
}

/// A connection to a server.
pub(super) enum Stream {
    /// In plain text.
    Plain(Counted),
    /// Under TLS.
    Tls(Box<StreamOwned<ClientConnection, Counted>>),
}

impl Stream {
    /// Connects, and shakes hands where the address asks for TLS.
    pub(super) fn connect(
        address: &Address,
        trust: &Trust,
        patience: Patience,
    ) -> Result<Self, TransportError> {
        let tcp = dial(address, patience.connect)?;
        let set = tcp
            .set_nodelay(true)
            .and_then(|()| tcp.set_read_timeout(Some(patience.connect)))
            .and_then(|()| tcp.set_write_timeout(Some(patience.write)));
        set.map_err(|error| unreachable(address, &error))?;
        let mut counted = Counted { tcp, up: 0, down: 0 };
        if !address.is_secure() {
            return Ok(Self::Plain(counted));
        }
        let mut connection = trust.connection(address)?;
        match shake_hands(&mut connection, &mut counted, patience.connect) {
            Ok(()) => Ok(Self::Tls(Box::new(StreamOwned::new(connection, counted)))),
            Err(Unshaken::Tls(error)) => Err(TlsError::of(address.origin(), &error).into()),
            Err(Unshaken::Io(error)) => Err(unreachable(address, &error)),
        }
    }

    /// Bytes sent so far.
    pub(super) fn up(&self) -> u64 {
        self.counted().up
    }

    /// Bytes received so far.
    pub(super) fn down(&self) -> u64 {
        self.counted().down
    }

    /// How long to wait for something to read.
    pub(super) fn set_read_timeout(&self, wait: Duration) -> io::Result<()> {
        self.counted().tcp.set_read_timeout(Some(wait))
    }

    fn counted(&self) -> &Counted {
        match self {
            Self::Plain(counted) => counted,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(counted) => counted.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(counted) => counted.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(counted) => counted.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.tcp.read(buffer)?;
        self.down += read as u64;
        Ok(read)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.tcp.write(bytes)?;
        self.up += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// Connects to the first of the host's addresses that answers.
fn dial(address: &Address, wait: Duration) -> Result<TcpStream, TransportError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in address.socket().to_socket_addrs().map_err(|error| unreachable(address, &error))? {
        match TcpStream::connect_timeout(&candidate, wait) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(unreachable(address, &last))
}

/// The network's word for why nothing came.
pub(super) fn unreachable(address: &Address, error: &io::Error) -> TransportError {
    let why = match error.kind() {
        _ if is_timeout(error) => "no answer in time".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was cut".to_owned(),
        _ => error.to_string(),
    };
    TransportError::Unreachable { origin: address.origin().to_owned(), why }
}

/// Whether it is only that nothing came in time.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
