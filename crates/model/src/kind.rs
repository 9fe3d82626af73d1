//! What a kind of record is: a name, a version and its fields, as data. The kinds themselves stand in [`crate::kinds`].
//!
//! Adding one touches one file there, one migration and one endpoint; see `docs/howto/add-a-record-kind.md`.

use std::fmt;

/// A registered kind. Two kinds are equal when their names are.
#[derive(Clone, Copy)]
pub struct Kind(pub(crate) &'static KindSpec);

/// A kind as data: other languages read the same from `protocol/model.json`.
#[derive(Debug)]
pub struct KindSpec {
    /// Its word everywhere: `visit`.
    pub name: &'static str,
    /// Its table in the central record: `visits`.
    pub table: &'static str,
    /// Raised when fields are added. A change that uses a later version is held, not refused.
    pub version: u32,
    /// Order of delivery in a fill, lowest first: accounts before what belongs to them.
    pub fill_order: u8,
    /// What it is, in a sentence for people.
    pub doc: &'static str,
    /// Its fields, in the order in which a form shows them.
    pub fields: &'static [FieldSpec],
    /// The fields that a search on the device looks through.
    pub search: &'static [&'static str],
}

/// One field, or one collection of items.
#[derive(Debug)]
pub struct FieldSpec {
    /// Its word everywhere.
    pub name: &'static str,
    /// What it may hold.
    pub ty: FieldType,
    /// Whether a record (or item) without it is refused.
    pub required: bool,
    /// Who may write it.
    pub write: Write,
    /// The kind's version that brought it.
    pub since: u32,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// What a field may hold.
#[derive(Debug)]
pub enum FieldType {
    /// Scalar string of at most so many Unicode code points.
    Str {
        /// Most code points.
        chars_max: usize,
    },
    /// Collaborative text of at most so many Unicode code points.
    Text {
        /// Most code points.
        chars_max: usize,
    },
    /// Scalar string, one of these words.
    Enum(&'static [&'static str]),
    /// Scalar string holding a UUID.
    Id,
    /// Scalar string holding a date as `YYYY-MM-DD`.
    Date,
    /// Whole number in this closed range.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// True or false.
    Bool,
    /// Milliseconds since 1970, UTC.
    Timestamp,
    /// Items by UUID, each created whole in one change with these fields.
    Items(&'static [FieldSpec]),
}

/// Who may write a field after the record exists. Creation asks only for the kind's own right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Whoever may write the record.
    Holder,
    /// Only the record's creator, and the office.
    Creator,
    /// Only the office and admins.
    Office,
    /// Nobody once it is set at creation.
    Once,
}

impl Kind {
    /// The kind's data.
    pub fn spec(self) -> &'static KindSpec {
        self.0
    }

    /// Its word everywhere.
    pub fn name(self) -> &'static str {
        self.0.name
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}
