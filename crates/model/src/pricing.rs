//! What an order costs: one deterministic engine, the same on a phone, in a browser and on the server.
//!
//! ```text
//! list price, at its quantity break     prices of a list, else the product's own; or the person's own price
//! loyalty tier                          percent off each line
//! promotions on lines                   percent, amount, buy and get, bundle: by priority, each at most once
//! promotions on the order               off above a threshold, shared out over its lines
//! the person's discount on a line
//! the person's discount on the order    shared out over all lines
//! goodwill                              an amount off, shared out over all lines
//! tax                                   once for each rate, shared out over its lines
//! ```
//! Pure and integer: amounts are minor units in 128 bits, rounded half away from zero in three stated places and nowhere
//! else: a percentage of a line, the value of a bundle's or an offer's units on a line, and the tax of one rate. What is
//! taken off several lines together is shared out by largest remainder, so that parts add up exactly. Nothing depends
//! on the order in which lines or rules arrive: lines are sorted by content, rules by priority and key.
//!
//! There is no loop to run into: a promotion adds no line, names no promotion, and is tried once, in one pass.
//!
//! Reading order: [`order`] (what goes in), [`reference`] (what the office publishes), [`catalogue`] (how it is looked up),
//! [`trace`] (what comes out), then the steps, [`discretion`] and [`credit`] (what a person may grant).

mod amount;
pub mod catalogue;
pub mod credit;
pub mod discretion;
mod goods;
mod listing;
mod offers;
pub mod order;
mod promotions;
pub mod reference;
mod taxes;
pub mod trace;
mod work;

pub use catalogue::{Catalogue, Shelf};
pub use credit::{Credit, Standing};
pub use discretion::{Consent, Judgement, judge};
pub use order::{Customer, Line, Order, TERRITORIES};
pub use trace::{Priced, PricedLine, Problem, RuleKind, Step, Tax};

use promotions::Phase;
use work::Work;

/// Prices an order. It always answers: what cannot be priced is named among the problems and counts as the person wrote
/// it, or as nothing.
pub fn price(order: &Order, catalogue: &impl Catalogue) -> Priced {
    let mut work = Work::new(order, catalogue);
    listing::run(&mut work, catalogue);
    goods::check(&mut work);
    work.tier(catalogue);
    promotions::run(&mut work, catalogue.promotions(), Phase::Lines);
    promotions::run(&mut work, catalogue.promotions(), Phase::Order);
    work.own_discounts();
    taxes::run(&mut work, catalogue);
    work.finish()
}
