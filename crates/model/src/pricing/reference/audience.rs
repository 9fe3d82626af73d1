//! For whom, for what and when a rule holds.

use chrono::NaiveDate;

use super::reader::{Reader, fold};
use crate::pricing::order::Customer;

/// For whom: each list that is not empty must hold; any entry of it is enough. All empty is everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Ids of accounts.
    pub accounts: Vec<String>,
    /// Segments, folded for comparison.
    pub segments: Vec<String>,
    /// Ids of territories, each with all below it.
    pub territories: Vec<String>,
    /// Keys of loyalty tiers, folded for comparison.
    pub tiers: Vec<String>,
}

/// How near a rule is to its customer: 1 by account, 2 by segment or tier, 3 by territory, 4 for everybody; then how
/// far up the territory lies.
pub type Nearness = (u8, usize);

impl Audience {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let folded =
            |reader: &mut Reader<'_>, name| reader.words(name).iter().map(|word| fold(word)).collect();
        Self {
            accounts: reader.words("accounts"),
            segments: folded(reader, "segments"),
            territories: reader.words("territories"),
            tiers: folded(reader, "tiers"),
        }
    }

    /// Whether the customer is among it, and how near.
    pub fn nearness(&self, customer: &Customer) -> Option<Nearness> {
        let has = |list: &[String], word: Option<&String>| {
            list.is_empty() || word.is_some_and(|word| list.contains(&fold(word)))
        };
        let by_account = self.accounts.is_empty() || self.accounts.contains(&customer.account);
        let by_words =
            has(&self.segments, customer.segment.as_ref()) && has(&self.tiers, customer.tier.as_ref());
        if !by_account || !by_words {
            return None;
        }
        let up = customer.territories.iter().position(|id| self.territories.contains(id));
        if !self.territories.is_empty() && up.is_none() {
            return None;
        }
        let up = up.unwrap_or(usize::MAX);
        Some(match () {
            () if !self.accounts.is_empty() => (1, up),
            () if !self.segments.is_empty() || !self.tiers.is_empty() => (2, up),
            () if !self.territories.is_empty() => (3, up),
            () => (4, up),
        })
    }
}

/// For what: products by SKU or by category; any entry of either list is enough. Both empty is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    /// SKUs.
    pub skus: Vec<String>,
    /// Categories, folded for comparison.
    pub categories: Vec<String>,
}

impl Goods {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let categories = reader.words("categories").iter().map(|word| fold(word)).collect();
        Self { skus: reader.words("skus"), categories }
    }

    /// Whether it names nothing, and so means everything.
    pub fn is_all(&self) -> bool {
        self.skus.is_empty() && self.categories.is_empty()
    }
}

/// When: both days included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl Dates {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let dates = Self { from: reader.date("valid_from"), until: reader.date("valid_until") };
        if dates.from.zip(dates.until).is_some_and(|(from, until)| until < from) {
            reader.fault("never_valid", "valid_until", "The last day lies before the first.");
        }
        dates
    }

    /// Whether the day is among them.
    pub fn hold(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether any day is in both.
    pub(super) fn meet(&self, other: &Self) -> bool {
        let before =
            |until: Option<NaiveDate>, from: Option<NaiveDate>| until.zip(from).is_some_and(|(u, f)| u < f);
        !before(self.until, other.from) && !before(other.until, self.from)
    }
}
