//! The Northwind sample as a plan: what an import would put where. Pure: files in, a plan or all faults out; no
//! database, no clock, no chance.
//!
//! Reading order: [`source`] (where files come from), [`table`] (one file, value by value), [`rows`] and [`tables`] (all
//! of them), then what they become: [`people`], [`territory_rule`], [`towns`], [`records`], [`prices`], [`revenue`]. Faults with
//! their places are in [`fault`].

pub mod fault;
pub mod id;
pub mod people;
pub mod prices;
pub mod records;
pub mod revenue;
pub mod rows;
pub mod source;
pub mod table;
pub mod tables;
pub mod territory_rule;
#[cfg(test)]
mod tests;
pub mod towns;

use roadbook_sync::ledger::import::Imported;
use serde_json::Value as Json;

use fault::Faults;
use people::{HolderPlan, PersonPlan, TerritoryPlan};
use revenue::Revenue;
use source::Source;
use tables::Tables;

/// The set of reference data that products go to.
pub const PRODUCTS: &str = "products";

/// Everything that an import puts in.
#[derive(Clone, Debug)]
pub struct Plan {
    /// People, managers first.
    pub people: Vec<PersonPlan>,
    /// Territories, regions first.
    pub territories: Vec<TerritoryPlan>,
    /// Who holds which.
    pub holders: Vec<HolderPlan>,
    /// Products by SKU: reference data.
    pub products: Vec<(String, Json)>,
    /// What prices are made from besides: reference data by set.
    pub prices: prices::Sets,
    /// Accounts and contacts, then orders.
    pub records: Vec<Imported>,
    /// How many there are.
    pub counts: Counts,
    /// What the orders come to.
    pub revenue: Revenue,
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Accounts.
    pub accounts: usize,
    /// Orders.
    pub orders: usize,
    /// Lines of orders.
    pub lines: usize,
}

impl Plan {
    /// Reads the files and says what they come to.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with file, line and column.
    pub fn read(source: &Source) -> Result<Self, Faults> {
        let tables = Tables::read(source)?;
        let mut faults = Faults::default();
        let places = territory_rule::places(&tables, &mut faults);
        let mut records = records::accounts(&tables, &places, &mut faults);
        records.extend(records::orders(&tables, &mut faults));
        let plan = Self {
            people: people::people(&tables, &mut faults),
            territories: people::territories(&tables, &mut faults),
            holders: people::holders(&tables),
            products: records::products(&tables),
            prices: prices::sets(&tables),
            records,
            counts: Counts {
                accounts: tables.customers.len(),
                orders: tables.orders.len(),
                lines: tables.details.len(),
            },
            revenue: Revenue::of(&tables.details),
        };
        faults.unless(plan)
    }
}
