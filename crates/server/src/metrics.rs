//! What the server counts, in the text format that Prometheus reads.

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use roadbook_protocol::Outcome;

/// A number that only grows.
#[derive(Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds to it.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }
}

/// A number that goes up and down.
#[derive(Debug)]
pub struct Gauge(AtomicI64);

/// One more of a [`Gauge`], as long as this lives.
#[derive(Debug)]
pub struct Present(&'static Gauge);

impl Gauge {
    const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// Counts one until what is returned is dropped.
    pub fn enter(&'static self) -> Present {
        self.0.fetch_add(1, Relaxed);
        Present(self)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// Pushed items by what became of them.
#[derive(Debug)]
pub struct Pushed {
    in_record: Counter,
    late: Counter,
    held: Counter,
    refused: Counter,
}

impl Pushed {
    /// Counts one item.
    pub fn count(&self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::InRecord { late: false } => &self.in_record,
            Outcome::InRecord { late: true } => &self.late,
            Outcome::Held(_) => &self.held,
            Outcome::Refused(_) => &self.refused,
        };
        counter.add(1);
    }
}

/// Items answered, repetitions included.
pub static PUSHED: Pushed =
    Pushed { in_record: Counter::new(), late: Counter::new(), held: Counter::new(), refused: Counter::new() };
/// Devices connected by WebSocket now.
pub static SOCKETS: Gauge = Gauge::new();
/// Live feeds open now.
pub static FEEDS: Gauge = Gauge::new();
/// Pages sent.
pub static PAGES: Counter = Counter::new();
/// Bytes sent to devices, as frames.
pub static BYTES_SENT: Counter = Counter::new();
/// Bytes received from devices, as frames.
pub static BYTES_RECEIVED: Counter = Counter::new();
/// HTTP answers that were the server's own fault.
pub static FAULTS: Counter = Counter::new();

/// All of it, with the log's head.
pub fn render(head: u64) -> String {
    let mut text = String::new();
    let number = |counter: &Counter| i64::try_from(counter.0.load(Relaxed)).unwrap_or(i64::MAX);
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(&str, i64)]| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "# HELP roadbook_{name} {help}\n# TYPE roadbook_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "roadbook_{name}{labels} {value}");
        }
    };
    metric(
        "log_head",
        "gauge",
        "Position of the last log entry.",
        &[("", i64::try_from(head).unwrap_or(i64::MAX))],
    );
    let outcomes = [
        ("{outcome=\"in_record\"}", number(&PUSHED.in_record)),
        ("{outcome=\"late\"}", number(&PUSHED.late)),
        ("{outcome=\"held\"}", number(&PUSHED.held)),
        ("{outcome=\"refused\"}", number(&PUSHED.refused)),
    ];
    metric("items_total", "counter", "Pushed items answered, repetitions included.", &outcomes);
    metric("sockets", "gauge", "Devices connected now.", &[("", SOCKETS.0.load(Relaxed))]);
    metric("feeds", "gauge", "Live feeds open now.", &[("", FEEDS.0.load(Relaxed))]);
    metric("pages_total", "counter", "Pages sent to devices.", &[("", number(&PAGES))]);
    let bytes = [
        ("{direction=\"sent\"}", number(&BYTES_SENT)),
        ("{direction=\"received\"}", number(&BYTES_RECEIVED)),
    ];
    metric("frame_bytes_total", "counter", "Bytes of frames.", &bytes);
    metric(
        "http_faults_total",
        "counter",
        "HTTP answers that were the server's own fault.",
        &[("", number(&FAULTS))],
    );
    text
}
