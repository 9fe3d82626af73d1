//! The server's address, taken apart once.

use std::fmt;
use std::net::IpAddr;

use tungstenite::http::Uri;

use super::TransportError;

/// The path of the sync endpoint.
pub const SYNC_PATH: &str = "/v1/sync";

/// Where a server is: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    secure: bool,
    origin: String,
}

impl Address {
    /// Reads `https://server:port` or `http://server:port`. The port may be left out; a path may not be given.
    ///
    /// # Errors
    /// `bad_server_address`.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        let bad = || TransportError::BadAddress(text.to_owned());
        let uri: Uri = text.trim().parse().map_err(|_| bad())?;
        let (scheme, usual_port) = match uri.scheme_str() {
            Some("http") => ("http", 80),
            Some("https") => ("https", 443),
            _ => return Err(bad()),
        };
        let authority = uri.authority().ok_or_else(bad)?;
        let has_path = uri.path_and_query().is_some_and(|path| path.as_str() != "/");
        if has_path || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(bad());
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(usual_port);
        // The usual port is left out, as in the Host header that the server compares.
        let origin = if port == usual_port {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{port}")
        };
        Ok(Self { host, port, secure: scheme == "https", origin })
    }

    /// Whether connections go under TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether what is sent there can be read on the way: plain text that leaves this machine.
    pub fn is_exposed(&self) -> bool {
        let host = self.socket().0;
        let is_here = host.parse::<IpAddr>().map_or(host == "localhost", |ip| ip.is_loopback());
        !self.secure && !is_here
    }

    /// Scheme, host and port, as the hello's proof binds them.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Host and port to connect to.
    pub(super) fn socket(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    /// The URL of a path for requests.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The URL of the sync endpoint for a WebSocket.
    pub(super) fn websocket_url(&self) -> String {
        format!("ws{}{SYNC_PATH}", self.origin.trim_start_matches("http"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, origin, socket) in [
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878", ("127.0.0.1", 7878)),
            ("http://Example.COM/", "http://example.com", ("example.com", 80)),
            ("http://example.com:80", "http://example.com", ("example.com", 80)),
            ("http://[::1]:9", "http://[::1]:9", ("::1", 9)),
            ("https://Sync.Example.COM", "https://sync.example.com", ("sync.example.com", 443)),
            ("https://sync.example.com:443/", "https://sync.example.com", ("sync.example.com", 443)),
            ("https://sync.example.com:80", "https://sync.example.com:80", ("sync.example.com", 80)),
            ("http://sync.example.com:443", "http://sync.example.com:443", ("sync.example.com", 443)),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.origin(), address.socket()), (origin, socket), "{text}");
        }
        assert_eq!(Address::parse("http://a:8").unwrap().websocket_url(), "ws://a:8/v1/sync");
        assert_eq!(Address::parse("https://a").unwrap().websocket_url(), "wss://a/v1/sync");
    }

    #[test]
    fn plain_text_is_exposed_where_it_leaves_the_machine() {
        for (text, exposed) in [
            ("http://sync.example.com", true),
            ("http://192.168.1.7:7878", true),
            ("http://localhost:7878", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:7878", false),
            ("https://sync.example.com", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().is_exposed(), exposed, "{text}");
        }
    }

    #[test]
    fn what_is_no_server_address_is_refused() {
        for text in ["", "example.com:80", "ftp://a", "http://a/b", "http://a?q", "http://u@a", "http://"] {
            assert_eq!(Address::parse(text).unwrap_err().code(), "bad_server_address", "{text}");
        }
    }
}
