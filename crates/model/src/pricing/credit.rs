//! An account's credit, as far as a device knows it: a warning with figures, and a reason for an approval, never a lock.

use serde::{Deserialize, Serialize};

/// What an account may owe, and does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credit {
    /// Most it may owe, in minor units of its currency. Absent: no limit.
    pub limit_minor: Option<i64>,
    /// Whether the office holds its orders.
    pub hold: bool,
    /// What its open orders come to, in minor units, without the order in question.
    pub open_minor: i64,
    /// ISO 4217 code of these amounts.
    pub currency: String,
}

impl Credit {
    /// What is left after an order of so much; below zero is above the limit. Nothing without limit, or if the order is
    /// in another currency.
    pub fn left_minor(&self, gross_minor: i64, currency: &str) -> Option<i64> {
        let limit = self.limit_minor?;
        let is_same = self.currency == currency;
        is_same.then(|| limit.saturating_sub(self.open_minor).saturating_sub(gross_minor))
    }
}
