//! The kinds of record by name, as requests say them. The API's description lists whatever kinds the model has.

use std::borrow::Cow;

use roadbook_model::Kind;
use roadbook_model::kind::FieldType;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordKind(pub Kind);

/// A kind of record that belongs to an account: any but the account's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BelongingKind(pub Kind);

impl<'de> Deserialize<'de> for BelongingKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = Kind::deserialize(deserializer)?;
        match belongs(kind) {
            true => Ok(Self(kind)),
            false => Err(serde::de::Error::custom("an account has records; it is none of another account")),
        }
    }
}

impl PartialSchema for RecordKind {
    fn schema() -> RefOr<Schema> {
        one_of("A kind of record.", Kind::all())
    }
}

impl ToSchema for RecordKind {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RecordKind")
    }
}

impl PartialSchema for BelongingKind {
    fn schema() -> RefOr<Schema> {
        one_of("A kind of record that belongs to an account.", Kind::all().filter(|kind| belongs(*kind)))
    }
}

impl ToSchema for BelongingKind {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BelongingKind")
    }
}

/// The word of a kind's enumeration that a filter names.
///
/// # Errors
/// `malformed`, naming the words there are.
pub fn word(kind: Kind, field: &str, wanted: Option<&str>) -> Result<Option<&'static str>, Problem> {
    let Some(wanted) = wanted else { return Ok(None) };
    let words = match kind.spec().field(field).map(|field| &field.ty) {
        Some(FieldType::Enum(words)) => *words,
        _ => &[],
    };
    match words.iter().find(|word| **word == wanted) {
        Some(word) => Ok(Some(word)),
        None => Err(Problem::malformed(format!("{field} is one of {}", words.join(", ")))),
    }
}

fn belongs(kind: Kind) -> bool {
    kind != Kind::ACCOUNT
}

fn one_of(doc: &str, kinds: impl Iterator<Item = Kind>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(doc))
        .enum_values(Some(kinds.map(Kind::name)));
    RefOr::T(Schema::Object(schema.build()))
}
