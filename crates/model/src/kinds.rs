//! The registry of kinds: one file each. To add one, follow `docs/howto/add-a-record-kind.md`.

mod account;
mod call;
mod case;
mod comment;
mod contact;
mod opportunity;
mod order;
mod run;
mod task;
mod visit;

use crate::kind::{Kind, KindSpec};

/// Every kind, in the order in which a fill delivers them.
pub const ALL: &[&KindSpec] = &[
    Kind::ACCOUNT.0,
    Kind::CONTACT.0,
    Kind::TASK.0,
    Kind::VISIT.0,
    Kind::ORDER.0,
    Kind::COMMENT.0,
    Kind::OPPORTUNITY.0,
    Kind::CALL.0,
    Kind::CASE.0,
    Kind::RUN.0,
];

/// Names that no field may take yet: photos and a signature come to visits and cases with documents.
pub const RESERVED: &[&str] = &["documents", "photos", "signature_id"];

/// Most of anything priced, in minor units: ten million of a currency with cents. With the most of quantity and of
/// lines, an order's total still fits an `i64`.
const MINOR_MAX: i64 = 1_000_000_000;

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
    /// A sale that may come about.
    pub const OPPORTUNITY: Self = Self(&opportunity::SPEC);
    /// A conversation by telephone or video.
    pub const CALL: Self = Self(&call::SPEC);
    /// A complaint, a return or a request for service.
    pub const CASE: Self = Self(&case::SPEC);
    /// A process carried out once.
    pub const RUN: Self = Self(&run::SPEC);

    /// The kind with this name, if this version knows one.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Every kind, in the order in which a fill delivers them.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|spec| Self(spec))
    }
}
