//! What a command prints: words for people, or one JSON value for programs.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// JSON instead of words.
    pub json: bool,
}

impl Output {
    /// Prints a result: the value as JSON, or its words.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn show(&self, value: &impl Serialize, words: impl FnOnce() -> String) -> anyhow::Result<()> {
        let text = match self.json {
            true => serde_json::to_string_pretty(value)?,
            false => words(),
        };
        line(&text)
    }
}

/// A number of things: `1 account`, `2 accounts`.
pub fn number_of(count: &serde_json::Value, one: &str) -> String {
    match count.as_u64() {
        Some(1) => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// Prints a line. A reader that went away (`| head`) is no failure of ours.
///
/// # Errors
/// When standard output cannot be written otherwise.
pub fn line(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => Ok(done?),
    }
}

/// Says on standard error what long work is at. On a terminal each line replaces the one before.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    terminal: bool,
}

impl Progress {
    /// For a command that prints like this: JSON output has no progress.
    pub fn new(output: Output) -> Self {
        Self { quiet: output.json, terminal: io::stderr().is_terminal() }
    }

    /// Says what comes now.
    pub fn step(&self, what: &str) {
        match (self.quiet, self.terminal) {
            (true, _) => {}
            (false, true) => eprint!("\r\x1b[2K{what} ..."),
            (false, false) => eprintln!("{what} ..."),
        }
    }

    /// Clears the line.
    pub fn end(&self) {
        if self.terminal && !self.quiet {
            eprint!("\r\x1b[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Says on a terminal how far long work is, in place of what it said before; elsewhere nothing, since such words pass.
pub fn pass(what: &str) {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[2K{what} ...");
    }
}

/// Rows in columns under what these are.
pub fn headed<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let head = head.map(str::to_owned).to_vec();
    table(&std::iter::once(head).chain(rows.map(Vec::from)).collect::<Vec<_>>())
}

/// Rows in columns, each as wide as its widest cell; the last is not padded.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
