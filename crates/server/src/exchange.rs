//! Files from and for other systems: CSV, vCard 4 and GeoJSON, as lines of cells. Nothing here knows the database.
//!
//! [`rows_of`] says what a file may hold, [`target`], [`consents`] and [`values`] what a column may be for, and read cells;
//! [`csv`], [`vcard`] and [`geojson`] are the three formats.

pub mod cells;
pub mod channels;
pub mod consents;
pub mod csv;
pub mod geojson;
mod guess;
pub mod rows_of;
pub mod target;
pub mod values;
pub mod vcard;

use roadbook_model::Kind;

pub use rows_of::RowsOf;

/// Most bytes of a file. One is read at a time on each node: this bounds the memory that imports take.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most lines of a file.
pub const LINES_MAX: u64 = 500_000;
/// Most columns.
pub const COLUMNS_MAX: usize = 200;
/// Most bytes of one line's cells.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells with a separator, the first line names the columns.
    Csv,
    /// vCard 4 (RFC 6350); 3.0 is read, too.
    Vcard,
    /// GeoJSON (RFC 7946).
    Geojson,
}

impl Format {
    /// Its word everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Vcard => "vcard",
            Self::Geojson => "geojson",
        }
    }

    /// The format with this word.
    pub fn find(word: &str) -> Option<Self> {
        [Self::Csv, Self::Vcard, Self::Geojson].into_iter().find(|format| format.as_str() == word)
    }

    /// Whether it is written so: people have cards, accounts have places.
    pub fn fits(self, rows: RowsOf) -> bool {
        match self {
            Self::Csv => true,
            Self::Vcard => rows == RowsOf::Records(Kind::CONTACT),
            Self::Geojson => rows == RowsOf::Records(Kind::ACCOUNT),
        }
    }
}

/// Why something is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code.
    pub code: &'static str,
    /// The column that it is about, if it is about one.
    pub column: Option<String>,
    /// What is wrong and what to do.
    pub text: String,
}

impl Fault {
    /// A fault of a line as a whole.
    pub fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, column: None, text: text.into() }
    }

    /// The same, of a column.
    #[must_use]
    pub fn at(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}

/// One line of a file, which may be several lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of text in which it begins, from 1.
    pub number: u64,
    /// Its cells, one for each column.
    pub cells: Vec<String>,
    /// Why it cannot be read.
    pub fault: Option<Fault>,
}

/// A file, read.
pub trait Lines {
    /// The names of the columns.
    fn columns(&self) -> Vec<String>;

    /// The next line.
    ///
    /// # Errors
    /// When the file itself cannot be read on.
    fn next(&mut self) -> Result<Option<Line>, Fault>;
}

/// Opens a file.
///
/// # Errors
/// When it is not of the format at all.
pub fn open<'a>(format: Format, bytes: &'a [u8]) -> Result<Box<dyn Lines + 'a>, Fault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    Ok(match format {
        Format::Csv => Box::new(csv::Reader::open(bytes)?),
        Format::Vcard => Box::new(vcard::Reader::open(bytes)),
        Format::Geojson => Box::new(geojson::Reader::open(Kind::ACCOUNT, bytes)?),
    })
}

/// What Postgres can hold of a cell, as long as it is none too long; a cell that says more is a fault of its line.
pub(crate) fn kept(cell: &str) -> String {
    const KEPT_CHARS_MAX: usize = 200;
    cell.chars().filter(|c| *c != '\0').take(KEPT_CHARS_MAX).collect()
}
