//! The HTTP API, asked in somebody's name over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value as Json;

use crate::Server;

/// Somebody who asks.
#[derive(Debug)]
pub struct Caller {
    token: Option<String>,
}

impl Caller {
    /// The person with this e-mail address.
    pub fn of(server: &Server, email: &str) -> Self {
        let token = server.tool(&["user", "token", email, "--url", server.url()]).json();
        Self { token: Some(token["token"].as_str().unwrap().to_owned()) }
    }

    /// Somebody without a token.
    pub fn stranger() -> Self {
        Self { token: None }
    }

    /// Asks, and gives the status and the body.
    pub fn ask(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> (u16, Json) {
        let (status, _, body) =
            exchange(server.listening(), method, path, self.token.as_deref(), headers, body);
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
}

/// Asks whoever listens there: the status, the head of the answer and its body.
pub fn exchange(
    listening: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: Option<&Json>,
) -> (u16, String, String) {
    let body = body.map(Json::to_string).unwrap_or_default();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {listening}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if let Some(token) = token {
        head.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    if !body.is_empty() {
        head.push_str("content-type: application/json\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(listening).unwrap();
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), body.to_owned())
}
