//! The registry of kinds: one file each. To add one, follow `docs/howto/add-a-record-kind.md`.

mod account;
mod comment;
mod contact;
mod order;
mod task;
mod visit;

use crate::kind::{Kind, KindSpec};

/// Every kind, in the order in which a fill delivers them.
pub const ALL: &[&KindSpec] =
    &[Kind::ACCOUNT.0, Kind::CONTACT.0, Kind::TASK.0, Kind::VISIT.0, Kind::ORDER.0, Kind::COMMENT.0];

impl Kind {
    /// A customer, prospect, partner or supplier.
    pub const ACCOUNT: Self = Self(&account::SPEC);
    /// A person at an account.
    pub const CONTACT: Self = Self(&contact::SPEC);
    /// Something to do for an account.
    pub const TASK: Self = Self(&task::SPEC);
    /// A planned or made visit.
    pub const VISIT: Self = Self(&visit::SPEC);
    /// A quote or an order.
    pub const ORDER: Self = Self(&order::SPEC);
    /// A remark about another record.
    pub const COMMENT: Self = Self(&comment::SPEC);

    /// The kind with this name, if this version knows one.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Every kind, in the order in which a fill delivers them.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|spec| Self(spec))
    }
}
