//! The kinds of record that belong to an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of record that belongs to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BelongingKind {
    /// A planned or made visit.
    Visit,
    /// A quote or an order.
    Order,
    /// Something to do.
    Task,
    /// A remark.
    Comment,
    /// A person.
    Contact,
}

impl BelongingKind {
    /// Its word everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Order => "order",
            Self::Task => "task",
            Self::Comment => "comment",
            Self::Contact => "contact",
        }
    }
}
