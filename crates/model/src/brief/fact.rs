//! What a brief can say, as data: whole numbers, days, amounts in minor units, words of the model. A screen puts them
//! into its own language; [`super::words`] puts them into English.

use serde::Serialize;

use super::day::Day;
use crate::id::PersonId;
use crate::value::Path;

/// A person of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    /// The person.
    pub id: PersonId,
    /// The name, where it is known.
    pub name: Option<String>,
}

/// An amount of money, exact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Amount {
    /// How much, in minor units.
    pub minor: i64,
    /// Of what: the ISO 4217 code.
    pub currency: String,
}

/// Something that happens again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Visits that were made.
    Visits,
    /// Orders that were handed in and not cancelled or rejected.
    Orders,
}

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// A task.
    Task,
    /// What was agreed at a visit, on the telephone or about an opportunity.
    NextStep,
    /// A planned visit.
    Visit,
    /// A case that is to be resolved by a day.
    Case,
}

/// One fact. Its word stands under `fact` in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// Who the customer is.
    Identity {
        /// What it is called.
        name: String,
        /// Its number in the system behind.
        external_id: Option<String>,
        /// What it is to us: customer, prospect, partner, supplier.
        account_type: Option<String>,
        /// Its class.
        segment: Option<String>,
    },
    /// Where it is: street, postal code, town, region, country, as far as known.
    Address {
        /// The parts, in that order.
        parts: Vec<String>,
    },
    /// How it is reached as a whole: telephone, e-mail, web site.
    Reach {
        /// The parts, in that order.
        parts: Vec<String>,
    },
    /// How it is found.
    Tags {
        /// The tags, sorted.
        tags: Vec<String>,
    },
    /// How it trades: terms and price list.
    Terms {
        /// How and when it pays.
        payment_terms: Option<String>,
        /// The price list that applies.
        price_list: Option<String>,
        /// The currency in which it buys.
        currency: Option<String>,
    },
    /// What one should know about it.
    Description {
        /// The beginning of it.
        excerpt: String,
    },
    /// How often it is to be visited.
    VisitEvery {
        /// Days between visits.
        days: i64,
    },
    /// A person at the account.
    Contact {
        /// The name.
        name: String,
        /// Position.
        title: Option<String>,
        /// Part in the sale.
        role: Option<String>,
        /// Telephone, mobile and e-mail, as far as known.
        reach: Vec<String>,
        /// How the person wishes to be reached; `none` means not at all.
        preferred_channel: Option<String>,
        /// Whether the person has left.
        left: bool,
        /// The beginning of what one should know.
        notes: Option<String>,
    },
    /// Something that was promised and is not done.
    Promised {
        /// What kind of promise.
        promise: Promise,
        /// What.
        what: String,
        /// By when.
        due: Option<Day>,
        /// By how many days it is overdue; absent when it is not.
        overdue_days: Option<i64>,
        /// Who is to do it or said so.
        by: Option<Who>,
        /// How urgent a task is.
        priority: Option<String>,
    },
    /// A visit that was made.
    Visited {
        /// Who made it.
        by: Who,
        /// When.
        day: Option<Day>,
        /// Why.
        purpose: Option<String>,
        /// Who was met.
        contact: Option<String>,
        /// What it was about.
        subject: Option<String>,
        /// What came of it.
        outcome: Option<String>,
        /// The beginning of what was seen and said.
        notes: Option<String>,
    },
    /// A remark on a record of the account.
    Remarked {
        /// Who wrote it.
        by: Who,
        /// When.
        day: Option<Day>,
        /// The beginning of it.
        excerpt: String,
    },
    /// A quote or an order that is not through.
    OpenOrder {
        /// Its number, once it has one.
        number: Option<String>,
        /// How it stands.
        state: String,
        /// What it comes to.
        total: Amount,
        /// How many lines it has.
        lines: usize,
        /// When it was taken.
        day: Option<Day>,
        /// Who took it.
        by: Who,
        /// By when the customer wants it.
        delivery: Option<Day>,
        /// Until when a quote holds.
        valid_until: Option<Day>,
    },
    /// What all open quotes and orders of a currency come to.
    OpenTotal {
        /// How many.
        count: usize,
        /// How much.
        total: Amount,
    },
    /// How often something happens.
    Rhythm {
        /// What.
        habit: Habit,
        /// How often it has happened in all.
        count: usize,
        /// The usual number of days between two; absent with too few to tell.
        usual_days: Option<i64>,
        /// The first.
        first: Option<Day>,
        /// The last.
        last: Option<Day>,
    },
    /// What the account has ordered in all, of a currency.
    Turnover {
        /// How many orders.
        count: usize,
        /// What they come to.
        total: Amount,
        /// The average order, rounded half away from zero.
        average_minor: i64,
    },
    /// The last order.
    LastOrder {
        /// Its number.
        number: Option<String>,
        /// When.
        day: Option<Day>,
        /// What it came to.
        total: Amount,
        /// Who took it.
        by: Who,
    },
    /// A product that is usually ordered.
    UsualProduct {
        /// Its key.
        sku: String,
        /// Its name, as last offered.
        description: Option<String>,
        /// In how many of the last orders.
        orders: usize,
        /// Of how many that were looked at.
        of_orders: usize,
        /// The usual quantity: the lower median.
        usual_quantity: i64,
        /// The sales unit, as last offered.
        unit: Option<String>,
    },
    /// A sale that may come about.
    OpenOpportunity {
        /// What may be sold.
        what: String,
        /// How far it is.
        stage: Option<String>,
        /// What it may come to.
        amount: Option<Amount>,
        /// By when it is decided.
        expected_close: Option<Day>,
        /// Whose it is.
        by: Who,
    },
    /// A complaint, a return or a request for service that is not resolved.
    OpenCase {
        /// Which of them.
        case_type: Option<String>,
        /// What it is about.
        what: String,
        /// Since when.
        since: Option<Day>,
        /// How urgent it is.
        priority: Option<String>,
    },
    /// The account is closed.
    Closed,
    /// Promises are overdue.
    Overdue {
        /// How many.
        count: usize,
        /// By how many days the oldest.
        oldest_days: i64,
    },
    /// The last time is more than twice as long ago as usual.
    Neglected {
        /// What.
        habit: Habit,
        /// Days since the last.
        days: i64,
        /// Days that usually lie between two, or that are asked for.
        usual_days: i64,
        /// The last.
        last: Day,
    },
    /// It never happened.
    Never {
        /// What.
        habit: Habit,
    },
    /// A field was written by several people at once, differently.
    Conflict {
        /// The kind of record.
        kind: &'static str,
        /// The field.
        path: Path,
    },
    /// An open quote or order has a line with more discount than the account ever had in its last orders.
    UnusualDiscount {
        /// The order's number, once it has one.
        number: Option<String>,
        /// The product.
        sku: String,
        /// The line's discount, in basis points.
        discount_bp: i64,
        /// The highest discount on any line of the last orders.
        highest_bp: i64,
    },
    /// A quote that is still open does not hold any more.
    QuoteExpired {
        /// Its number, once it has one.
        number: Option<String>,
        /// The last day on which it held.
        valid_until: Day,
        /// What it comes to.
        total: Amount,
    },
    /// The office holds what the account orders.
    CreditHold,
    /// The account owes more than it may.
    OverCreditLimit {
        /// What it owes, and what its orders come to that were handed in and are not through, with their tax.
        open: Amount,
        /// The limit.
        limit_minor: i64,
    },
    /// What the account may owe, and does.
    CreditLimit {
        /// The limit.
        limit: Amount,
        /// What it owes, as where it is above the limit.
        open_minor: i64,
    },
    /// One of the last visits was about payment.
    PaymentVisit {
        /// When.
        day: Option<Day>,
        /// What came of it.
        outcome: Option<String>,
    },
    /// A person at the account does not wish to be approached.
    NoContact {
        /// Who.
        name: String,
    },
    /// A device that had the account has not finished handing it over.
    Draining {
        /// Whose it is.
        by: Who,
        /// What the device is called.
        device: String,
        /// Nothing is taken from it any more, so that what it had not sent will not come.
        blocked: bool,
        /// Since when it has lost the account.
        withdrawn: Option<Day>,
        /// When it was last heard of.
        last_seen: Option<Day>,
        /// How many items it then had not sent, of all accounts.
        unsent: u32,
    },
    /// Work on this account that is not in the record until somebody decides.
    Held {
        /// Whose work it is.
        by: Who,
        /// When it was captured, by the device's clock.
        captured: Option<Day>,
        /// The word of the kind of record, if it is about one that is known.
        kind: Option<String>,
        /// The stable code of the reason.
        code: String,
    },
    /// Work that came after its device had lost the account, and was taken into the record.
    Late {
        /// Whose work it is.
        by: Who,
        /// When the server took it in.
        taken: Option<Day>,
        /// When it was captured, by the device's clock.
        captured: Option<Day>,
        /// The word of the kind of record.
        kind: String,
    },
}
