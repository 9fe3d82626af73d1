//! An account's credit, as far as a device knows it: a warning with figures, and a reason for an approval, never a lock.

use serde::{Deserialize, Serialize};

use crate::kind::Kind;
use crate::money;
use crate::state::{ACCEPTED, HANDED_IN};
use crate::value::{Edit, Fields, Value, int_of, moment_of, str_of};

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

/// Where an order stands, as far as what its account owes depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Its state.
    pub state: &'a str,
    /// What it comes to before tax, as decided.
    pub decided_minor: Option<i64>,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted_ms: Option<i64>,
}

impl Standing<'_> {
    /// Whether what the system behind said of an account does not hold the order: it was handed in and is not through, or was
    /// accepted later than that was said.
    fn is_open(&self, profile: &Fields) -> bool {
        let is_later = || {
            let owed = moment_of(profile, "owed_at");
            self.accepted_ms.zip(owed).is_some_and(|(accepted_ms, owed_ms)| accepted_ms > owed_ms)
        };
        HANDED_IN.contains(&self.state) || (self.state == ACCEPTED && is_later())
    }
}

/// When what an account owes is so: now, unless whoever writes that it owes this says when.
pub fn owed_at(kind: Kind, edits: &[Edit], now_ms: i64) -> Option<Edit> {
    let put = |field: &str| {
        edits.iter().find_map(|edit| match edit {
            Edit::Put { path, value } if path.as_slice() == [field] => Some(value),
            _ => None,
        })
    };
    let owed = put("owed_minor").filter(|_| kind == Kind::ACCOUNT && put("owed_at").is_none())?;
    let value = if *owed == Value::Null { Value::Null } else { Value::Timestamp(now_ms) };
    Some(Edit::Put { path: vec!["owed_at".to_owned()], value })
}

/// The same for a record that is made.
pub fn owed_since(kind: Kind, mut fields: Fields, now_ms: i64) -> Fields {
    let is_said = kind == Kind::ACCOUNT && int_of(&fields, "owed_minor").is_some();
    if is_said && moment_of(&fields, "owed_at").is_none() {
        fields.insert("owed_at".to_owned(), Value::Timestamp(now_ms));
    }
    fields
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
    /// it was handed in and is not through, or was accepted after the moment at which the account owed what it says, and is in the
    /// account's currency.
    pub fn of_order(order: &Fields, standing: Standing<'_>, profile: &Fields) -> i64 {
        let currency = str_of(profile, "currency").unwrap_or_default();
        if !standing.is_open(profile) || str_of(order, "currency") != Some(currency) {
            return 0;
        }
        let total_minor = standing.decided_minor.unwrap_or_else(|| money::total_of(order));
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
