//! On what terms people lose accounts, as requests say it and answers tell it.

use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::place::{Handover, Moved};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ambient;
use crate::store::office::holders::EndTerms;

/// What becomes of work that was captured before and comes after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LatePolicy)]
pub enum Policy {
    /// Into the record, marked late.
    #[default]
    Accept,
    /// Held for review.
    Review,
    /// Held as refused.
    Refuse,
}

impl From<Policy> for LatePolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Accept => Self::Accept,
            Policy::Review => Self::Review,
            Policy::Refuse => Self::Refuse,
        }
    }
}

impl From<LatePolicy> for Policy {
    fn from(policy: LatePolicy) -> Self {
        match policy {
            LatePolicy::Accept => Self::Accept,
            LatePolicy::Review => Self::Review,
            LatePolicy::Refuse => Self::Refuse,
        }
    }
}

/// On what terms people lose accounts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What becomes of late work.
    #[serde(default)]
    pub policy: Policy,
    /// For how many days that holds; after them late work goes to review.
    #[serde(default = "grace_days")]
    #[schema(default = 30, minimum = 0, maximum = 3650)]
    pub grace_days: u16,
    /// A word for the people concerned.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

fn grace_days() -> u16 {
    30
}

impl Default for Terms {
    fn default() -> Self {
        Self { policy: Policy::default(), grace_days: grace_days(), note: None }
    }
}

impl From<Terms> for EndTerms {
    fn from(terms: Terms) -> Self {
        Self { policy: terms.policy.into(), grace_days: terms.grace_days, note: terms.note }
    }
}

impl From<EndTerms> for Terms {
    fn from(terms: EndTerms) -> Self {
        Self { policy: terms.policy.into(), grace_days: terms.grace_days, note: terms.note }
    }
}

impl Terms {
    /// As they hold for something done now.
    ///
    /// # Errors
    /// `bad_grace`, `bad_note`.
    pub fn now(self) -> Result<Handover, super::problem::Problem> {
        let terms = EndTerms::from(self);
        terms.check()?;
        Ok(terms.from_now(ambient::now_ms()))
    }
}

/// What was done, in numbers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = MoveDone)]
pub struct Done {
    /// Accounts that lie elsewhere now.
    pub accounts: u32,
    /// Devices that get accounts or territories.
    pub gaining_devices: usize,
    /// Devices that lose some.
    pub losing_devices: usize,
}

impl From<&Moved> for Done {
    fn from(moved: &Moved) -> Self {
        Self {
            accounts: moved.accounts,
            gaining_devices: moved.granted.len(),
            losing_devices: moved.withdrawn.len(),
        }
    }
}
