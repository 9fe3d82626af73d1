//! What is wrong with the files: each fault with its place, all of them together, so that one look mends everything.

use std::fmt;

use serde::Serialize;

/// Most faults that are listed; more are only counted.
pub const LISTED_MAX: usize = 100;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file.
    pub file: &'static str,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: u64,
    /// The column's name; empty when the whole row is meant.
    pub column: String,
    /// Stable word for programs.
    pub code: &'static str,
    /// What is wrong and what to do about it.
    pub text: String,
}

/// All faults found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The first of them, at most [`LISTED_MAX`].
    pub listed: Vec<Fault>,
    /// How many there are in all.
    pub count: usize,
}

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, fault: Fault) {
        self.count += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(fault);
        }
    }

    /// Whether none was found.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives `value`, unless something is wrong.
    ///
    /// # Errors
    /// All faults, when there are any.
    pub fn unless<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, ": {}", self.column)?;
        }
        write!(f, ": {} [{}]", self.text, self.code)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.count == 1 { "fault" } else { "faults" };
        write!(f, "{} {noun} in the files; nothing was imported", self.count)?;
        for fault in &self.listed {
            write!(f, "\n  {fault}")?;
        }
        match self.count - self.listed.len() {
            0 => Ok(()),
            more => write!(f, "\n  ... and {more} more"),
        }
    }
}

impl std::error::Error for Faults {}
