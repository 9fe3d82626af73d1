//! What a kind of record is: a name, a version and its fields, as data. The kinds themselves stand in [`crate::kinds`].
//!
//! Adding one touches one file there, one migration and one endpoint; see `docs/howto/add-a-record-kind.md`.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::permission::Role;
use crate::value::Fields;

/// A registered kind. Two kinds are equal when their names are.
#[derive(Clone, Copy)]
pub struct Kind(pub(crate) &'static KindSpec);

/// Adds to a row's columns what a kind derives from its fields.
pub type Derive = fn(&Fields, &mut Map<String, Json>);

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
    /// How a record stands in one row of a list.
    pub listing: Listing,
    /// Who may create and write such records. Reading follows the scope.
    pub roles: &'static [Role],
    /// Adds what the central record shows beside the fields (totals), if anything.
    pub derive: Option<Derive>,
}

/// How records of a kind stand in a list: the title is the first of the kind's `search` fields that holds anything.
#[derive(Debug)]
pub struct Listing {
    /// Fields of the second line.
    pub subtitle: &'static [&'static str],
    /// Fields that say when it is, the best first; without one, its last change counts.
    pub at: &'static [&'static str],
    /// What stands first.
    pub order: ListOrder,
}

/// What stands first in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// By title, without regard to case.
    Title,
    /// What comes first in time.
    Earliest,
    /// What comes last in time.
    Latest,
}

impl ListOrder {
    /// Its word everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Earliest => "earliest",
            Self::Latest => "latest",
        }
    }
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
    /// Scalar string of exactly so many upper-case ASCII letters: an ISO code.
    Code {
        /// How many letters.
        letters: usize,
    },
    /// Scalar string holding a UUID, hyphenated and in lower case.
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
    /// Whoever makes the record says it; from then on only the office and admins.
    Founder,
    /// Only the office and admins, and nobody else when the record is made.
    Office,
    /// Nobody once it is set at creation.
    Once,
    /// Of a collection: whoever may write the record adds items to it; nobody changes or removes one, the office neither.
    Added,
}

impl FieldSpec {
    /// An optional field of the kind's first version that whoever may write the record may write.
    pub const fn new(name: &'static str, ty: FieldType, doc: &'static str) -> Self {
        Self { name, ty, required: false, write: Write::Holder, since: 1, doc }
    }

    /// The same, but a record without it is refused. Only for fields of a kind's first version.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, but with this right to write.
    pub const fn write(mut self, write: Write) -> Self {
        self.write = write;
        self
    }

    /// The same, but brought by this version of the kind.
    pub const fn since(mut self, version: u32) -> Self {
        self.since = version;
        self
    }

    /// The fields of its items, if it is a collection.
    pub fn items(&self) -> Option<&'static [FieldSpec]> {
        match self.ty {
            FieldType::Items(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether it is a collaborative text.
    pub fn is_text(&self) -> bool {
        matches!(self.ty, FieldType::Text { .. })
    }
}

impl KindSpec {
    /// Its field with this name, if this version has one.
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        lookup(self.fields, name)
    }
}

/// The field with this name among these.
pub(crate) fn lookup<'a>(fields: &'a [FieldSpec], name: &str) -> Option<&'a FieldSpec> {
    fields.iter().find(|field| field.name == name)
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

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::find(&name).ok_or_else(|| D::Error::custom(format!("no kind is called {name}")))
    }
}

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
