//! The server's address, taken apart once.

use std::fmt;

use tungstenite::http::Uri;

use super::TransportError;

/// The path of the sync endpoint.
pub const SYNC_PATH: &str = "/v1/sync";

/// The port of an address that names none.
const USUAL_PORT: u16 = 80;

/// Where a server is: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    origin: String,
}

impl Address {
    /// Reads `http://server:port`. The port may be left out; a path may not be given.
    ///
    /// # Errors
    /// `no_tls` for `https`, `bad_server_address` for anything else.
    pub fn parse(text: &str) -> Result<Self, TransportError> {
        let bad = || TransportError::BadAddress(text.to_owned());
        let uri: Uri = text.trim().parse().map_err(|_| bad())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(TransportError::NoTls(text.to_owned())),
            _ => return Err(bad()),
        }
        let authority = uri.authority().ok_or_else(bad)?;
        let has_path = uri.path_and_query().is_some_and(|path| path.as_str() != "/");
        if has_path || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(bad());
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(USUAL_PORT);
        // The usual port is left out, as in the Host header that the server compares.
        let origin =
            if port == USUAL_PORT { format!("http://{host}") } else { format!("http://{host}:{port}") };
        Ok(Self { host, port, origin })
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
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.origin(), address.socket()), (origin, socket), "{text}");
        }
        assert_eq!(Address::parse("http://a:8").unwrap().websocket_url(), "ws://a:8/v1/sync");
        assert_eq!(Address::parse("https://a:8").unwrap_err().code(), "no_tls");
    }

    #[test]
    fn what_is_no_server_address_is_refused() {
        for text in ["", "example.com:80", "ftp://a", "http://a/b", "http://a?q", "http://u@a", "http://"] {
            assert_eq!(Address::parse(text).unwrap_err().code(), "bad_server_address", "{text}");
        }
    }
}
