//! An account's credit, as far as a device knows it: a warning with figures, and a reason for an approval, never a lock.

use serde::{Deserialize, Serialize};

use crate::money;
use crate::state::HANDED_IN;
use crate::value::{Fields, Value, int_of, str_of};

/// What an account may owe, and does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credit {
    /// Most it may owe, in minor units of its currency. Absent: no limit.
    pub limit_minor: Option<i64>,
    /// Whether the office holds its orders.
    pub hold: bool,
    /// What it owes, and what its open orders come to with their tax, in minor units, without the order in question.
    pub open_minor: i64,
    /// ISO 4217 code of these amounts.
    pub currency: String,
}

impl Credit {
    /// What the document of an account says, with what its open orders come to in its currency.
    pub fn of(profile: &Fields, orders_minor: i64) -> Self {
        Self {
            limit_minor: int_of(profile, "credit_limit_minor"),
            hold: matches!(profile.get("credit_hold"), Some(Value::Bool(true))),
            open_minor: int_of(profile, "owed_minor").unwrap_or(0).saturating_add(orders_minor),
            currency: str_of(profile, "currency").unwrap_or_default().to_owned(),
        }
    }

    /// What an order adds to what its account owes, with its tax: as decided, and until then as its document says. Nothing unless
    /// it was handed in, is not through, and is in the account's currency.
    pub fn of_order(order: &Fields, state: &str, decided_minor: Option<i64>, currency: &str) -> i64 {
        if !HANDED_IN.contains(&state) || str_of(order, "currency") != Some(currency) {
            return 0;
        }
        let total_minor = decided_minor.unwrap_or_else(|| money::total_of(order));
        total_minor.saturating_add(int_of(order, "priced_tax_minor").unwrap_or(0))
    }

    /// What is left after an order of so much; below zero is above the limit. Nothing without limit, or if the order is
    /// in another currency.
    pub fn left_minor(&self, gross_minor: i64, currency: &str) -> Option<i64> {
        let limit = self.limit_minor.filter(|_| !self.is_other(currency))?;
        Some(limit.saturating_sub(self.open_minor).saturating_sub(gross_minor))
    }

    /// Whether there is a limit against which nothing in this currency can be held: it is in another, or in none.
    pub fn is_other(&self, currency: &str) -> bool {
        self.limit_minor.is_some() && self.currency != currency
    }
}
