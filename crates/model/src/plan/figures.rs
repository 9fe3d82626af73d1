//! What a person's day, month, quarter or year comes to: visits, orders by currency, promises kept. Whole numbers and sums
//! alone, so that a device and the office say the same to the last digit, and what waits can be told as a difference.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::calendar::{Clock, Period};
use crate::brief::Day;
use crate::id::{AccountId, PersonId, RecordId};
use crate::state::HANDED_IN;

/// A visit, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The record.
    pub id: RecordId,
    /// Where.
    pub account: AccountId,
    /// Who makes it: its rep, else its creator.
    pub person: PersonId,
    /// When it was made: the check-in, else the plan; none while it is planned.
    pub made_ms: Option<i64>,
    /// When it was planned to begin.
    pub planned_ms: Option<i64>,
    /// What was agreed to happen next.
    pub next_step: Option<String>,
    /// By which day.
    pub next_step_due: Option<Day>,
}

/// An order or a quote, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The record.
    pub id: RecordId,
    /// Who took it: its rep, else its creator.
    pub person: PersonId,
    /// The day on which it was taken.
    pub day: Option<Day>,
    /// How it stands: as decided, and until then as its document says.
    pub state: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What it comes to before tax: as decided, else the sum of its lines and its freight.
    pub total_minor: i64,
}

/// A task, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The record.
    pub id: RecordId,
    /// For which account.
    pub account: AccountId,
    /// Whose: the one it is assigned to; without one and without a department, its creator's.
    pub person: Option<PersonId>,
    /// What is to be done.
    pub subject: Option<String>,
    /// How it stands: `open`, `done` or `cancelled`.
    pub state: String,
    /// The day by which it is to be done; beside a moment only the place in lists.
    pub due: Option<Day>,
    /// The moment, where a day is too coarse. It decides on which day the task is due, by the clock of whoever looks.
    pub due_ms: Option<i64>,
    /// When it was done.
    pub done_ms: Option<i64>,
}

/// A next step that was agreed on the telephone or about an opportunity, as far as it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The call or the opportunity.
    pub id: RecordId,
    /// With whom.
    pub account: AccountId,
    /// Whose: the rep or owner, else the creator.
    pub person: PersonId,
    /// When it was agreed, of a call: whoever visits or calls later takes it. None of an opportunity, whose step stands until the
    /// opportunity names another, or is won or lost.
    pub agreed_ms: Option<i64>,
    /// What is to happen next.
    pub next_step: Option<String>,
    /// By which day.
    pub next_step_due: Option<Day>,
}

/// Everything that figures are made from. More than what counts does no harm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Visits: the person's, and whoever's later ones at accounts where a next step is due.
    pub visits: Vec<Visit>,
    /// Orders and quotes.
    pub orders: Vec<Order>,
    /// Tasks; and cases, which are promises of the same shape.
    pub tasks: Vec<Task>,
    /// Calls and opportunities: the person's, and whoever's later calls at accounts where a next step is due.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What orders and quotes of one currency come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnover {
    /// ISO 4217 code.
    pub currency: String,
    /// Orders handed in and neither cancelled nor rejected.
    pub orders: i64,
    /// What they come to before tax.
    pub amount_minor: i64,
    /// Those of them that the office accepted.
    pub accepted: i64,
    /// What these come to.
    pub accepted_minor: i64,
    /// Quotes that became no order so far.
    pub quotes: i64,
    /// What they come to.
    pub quoted_minor: i64,
}

/// The figures of a person and a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Visits made in the period.
    pub visits_made: i64,
    /// Visits planned for it, whatever became of them.
    pub visits_planned: i64,
    /// Those of them that were made, whenever.
    pub planned_made: i64,
    /// Those of them whose day is over without one.
    pub planned_missed: i64,
    /// Accounts visited in the period, each once.
    pub accounts_visited: i64,
    /// Orders and quotes taken in the period, by currency.
    pub turnover: Vec<Turnover>,
    /// Tasks, cases and next steps due in the period.
    pub promises_due: i64,
    /// Those done in time.
    pub promises_kept: i64,
    /// Those done too late.
    pub promises_late: i64,
    /// Those whose day is over and which are not done.
    pub promises_broken: i64,
}

/// How a promise turned out.
enum Outcome {
    Kept,
    Late,
    Broken,
    Open,
}

/// A next step, and when it was taken first.
struct NextStep<'a> {
    account: AccountId,
    step: Option<&'a String>,
    due: Option<Day>,
    taken_ms: Option<i64>,
}

/// The next steps of a person: of visits, which a later visit takes; of calls, which a later visit or call takes; and of
/// opportunities.
fn next_steps(person: PersonId, work: &Work) -> Vec<NextStep<'_>> {
    let visits = || work.visits.iter().filter_map(|visit| Some((visit.account, visit.made_ms?)));
    let calls = || work.steps.iter().filter_map(|call| Some((call.account, call.agreed_ms?)));
    let first_after = |at: &mut dyn Iterator<Item = (AccountId, i64)>, account: AccountId, agreed_ms: i64| {
        at.filter(|(other, ms)| *other == account && *ms > agreed_ms).map(|(_, ms)| ms).min()
    };
    let of_visits = work.visits.iter().filter(|visit| visit.person == person).filter_map(|visit| {
        let taken_ms = first_after(&mut visits(), visit.account, visit.made_ms?);
        let (account, due) = (visit.account, visit.next_step_due);
        Some(NextStep { account, step: visit.next_step.as_ref(), due, taken_ms })
    });
    let others = work.steps.iter().filter(|step| step.person == person).map(|step| {
        let agreed_ms = step.agreed_ms;
        let taken_ms = agreed_ms.and_then(|ms| first_after(&mut visits().chain(calls()), step.account, ms));
        let (account, due) = (step.account, step.next_step_due);
        NextStep { account, step: step.next_step.as_ref(), due, taken_ms }
    });
    of_visits.chain(others).collect()
}

/// What a person's work in a period comes to, seen from a clock.
pub fn figures(person: PersonId, work: &Work, period: &Period, clock: &Clock) -> Figures {
    let mut figures = Figures::default();
    let own: Vec<&Visit> = work.visits.iter().filter(|visit| visit.person == person).collect();
    figures.count_visits(&own, period, clock);
    let orders = work.orders.iter().filter(|order| order.person == person);
    figures.turnover = turnover(orders.filter(|order| order.day.is_some_and(|day| period.holds(day))));
    let tasks: Vec<&Task> = work.tasks.iter().filter(|task| task.person == Some(person)).collect();
    figures.count_tasks(&tasks, period, clock);
    for promise in next_steps(person, work) {
        figures.count_next_step(&promise, &tasks, period, clock);
    }
    figures
}

impl Figures {
    fn count_visits(&mut self, own: &[&Visit], period: &Period, clock: &Clock) {
        let mut accounts = BTreeSet::new();
        for visit in own {
            if visit.made_ms.and_then(|ms| clock.day_of(ms)).is_some_and(|day| period.holds(day)) {
                self.visits_made += 1;
                accounts.insert(visit.account);
            }
            let Some(planned) = visit.planned_ms.and_then(|ms| clock.day_of(ms)) else { continue };
            if period.holds(planned) {
                self.visits_planned += 1;
                self.planned_made += i64::from(visit.made_ms.is_some());
                self.planned_missed += i64::from(visit.made_ms.is_none() && planned < clock.today());
            }
        }
        self.accounts_visited = count(accounts.len());
    }

    fn count_tasks(&mut self, own: &[&Task], period: &Period, clock: &Clock) {
        for task in own.iter().filter(|task| task.state != "cancelled") {
            let Some(due) = task.due_day(clock).filter(|due| period.holds(*due)) else { continue };
            self.count(match (task.state == "done", task.done_ms) {
                (true, None) => Outcome::Kept,
                (true, Some(done)) => match task.due_ms {
                    Some(due_ms) if done > due_ms => Outcome::Late,
                    None if clock.day_of(done).is_some_and(|day| day > due) => Outcome::Late,
                    _ => Outcome::Kept,
                },
                (false, _) => open(due, clock),
            });
        }
    }

    /// Not if a task of the same words and day was made of it: it would be the same promise twice.
    fn count_next_step(&mut self, promise: &NextStep, tasks: &[&Task], period: &Period, clock: &Clock) {
        let Some(step) = words(promise.step) else { return };
        let Some(due) = promise.due.filter(|due| period.holds(*due)) else { return };
        let is_task = |task: &&Task| {
            task.account == promise.account
                && task.due_day(clock) == Some(due)
                && words(task.subject.as_ref()).as_ref() == Some(&step)
        };
        if tasks.iter().any(is_task) {
            return;
        }
        self.count(match promise.taken_ms.and_then(|ms| clock.day_of(ms)) {
            Some(day) if day <= due => Outcome::Kept,
            Some(_) => Outcome::Late,
            None => open(due, clock),
        });
    }

    fn count(&mut self, outcome: Outcome) {
        self.promises_due += 1;
        match outcome {
            Outcome::Kept => self.promises_kept += 1,
            Outcome::Late => self.promises_late += 1,
            Outcome::Broken => self.promises_broken += 1,
            Outcome::Open => {}
        }
    }

    /// How much more these are than others, number by number; negative where they are less. Currencies in which they do not
    /// differ are left out.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        let mut sums: BTreeMap<&str, Turnover> = BTreeMap::new();
        for (sign, one) in
            self.turnover.iter().map(|one| (1, one)).chain(other.turnover.iter().map(|one| (-1, one)))
        {
            sums.entry(&one.currency).or_default().add(sign, one);
        }
        sums.retain(|_, sum| *sum != Turnover::default());
        let turnover = sums.into_iter().map(|(code, sum)| Turnover { currency: code.to_owned(), ..sum });
        Self {
            visits_made: self.visits_made - other.visits_made,
            visits_planned: self.visits_planned - other.visits_planned,
            planned_made: self.planned_made - other.planned_made,
            planned_missed: self.planned_missed - other.planned_missed,
            accounts_visited: self.accounts_visited - other.accounts_visited,
            turnover: turnover.collect(),
            promises_due: self.promises_due - other.promises_due,
            promises_kept: self.promises_kept - other.promises_kept,
            promises_late: self.promises_late - other.promises_late,
            promises_broken: self.promises_broken - other.promises_broken,
        }
    }
}

impl Turnover {
    fn add(&mut self, sign: i64, other: &Self) {
        self.orders += sign * other.orders;
        self.amount_minor = self.amount_minor.saturating_add(sign * other.amount_minor);
        self.accepted += sign * other.accepted;
        self.accepted_minor = self.accepted_minor.saturating_add(sign * other.accepted_minor);
        self.quotes += sign * other.quotes;
        self.quoted_minor = self.quoted_minor.saturating_add(sign * other.quoted_minor);
    }
}

fn turnover<'a>(orders: impl Iterator<Item = &'a Order>) -> Vec<Turnover> {
    let mut by_currency: BTreeMap<&str, Turnover> = BTreeMap::new();
    for order in orders {
        let (is_order, is_accepted) = match order.state.as_str() {
            "accepted" => (true, true),
            "quote" => (false, false),
            state if HANDED_IN.contains(&state) => (true, false),
            _ => continue,
        };
        let one = by_currency.entry(&order.currency).or_default();
        if is_order {
            one.orders += 1;
            one.amount_minor = one.amount_minor.saturating_add(order.total_minor);
        } else {
            one.quotes += 1;
            one.quoted_minor = one.quoted_minor.saturating_add(order.total_minor);
        }
        if is_accepted {
            one.accepted += 1;
            one.accepted_minor = one.accepted_minor.saturating_add(order.total_minor);
        }
    }
    by_currency.into_iter().map(|(code, one)| Turnover { currency: code.to_owned(), ..one }).collect()
}

/// A promise that is not done: broken once its day is over.
fn open(due: Day, clock: &Clock) -> Outcome {
    if due < clock.today() { Outcome::Broken } else { Outcome::Open }
}

/// Words for comparison; none if they say nothing.
fn words(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

impl Task {
    fn due_day(&self, clock: &Clock) -> Option<Day> {
        self.due_ms.map_or(self.due, |due_ms| clock.day_of(due_ms))
    }

    /// From a record's content as JSON.
    pub fn of(id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Self {
        Self {
            id,
            account,
            person: promiser(fields, "assignee_id", creator),
            subject: word(fields, "subject").map(str::to_owned),
            state: word(fields, "state").unwrap_or_default().to_owned(),
            due: word(fields, "due").and_then(Day::parse),
            due_ms: moment(fields, "due_at"),
            done_ms: moment(fields, "done_at"),
        }
    }

    /// Of a case: it is a promise to have it resolved by its day.
    pub fn of_case(id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Self {
        let is_over = matches!(word(fields, "state"), Some("resolved" | "closed"));
        Self {
            id,
            account,
            person: promiser(fields, "owner_id", creator),
            subject: word(fields, "subject").map(str::to_owned),
            state: if is_over { "done" } else { "open" }.to_owned(),
            due: word(fields, "due").and_then(Day::parse),
            due_ms: None,
            done_ms: moment(fields, "resolved_at"),
        }
    }
}

impl Step {
    /// Of a call, from its content as JSON.
    pub fn of_call(id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Self {
        let agreed_ms = moment(fields, "started_at");
        Self { agreed_ms, ..Self::of(id, account, person(fields, "rep_id", creator), fields) }
    }

    /// Of an opportunity; one that is won or lost promises nothing.
    pub fn of_opportunity(id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Self {
        let is_over = matches!(word(fields, "stage"), Some("won" | "lost"));
        let step = Self::of(id, account, person(fields, "owner_id", creator), fields);
        Self { next_step: step.next_step.filter(|_| !is_over), ..step }
    }

    fn of(id: RecordId, account: AccountId, person: PersonId, fields: &Json) -> Self {
        Self {
            id,
            account,
            person,
            agreed_ms: None,
            next_step: word(fields, "next_step").map(str::to_owned),
            next_step_due: word(fields, "next_step_due").and_then(Day::parse),
        }
    }
}

impl Visit {
    /// From a record's content as JSON.
    pub fn of(id: RecordId, account: AccountId, creator: PersonId, fields: &Json) -> Self {
        let planned_ms = moment(fields, "planned_start");
        let is_made = !matches!(word(fields, "state"), None | Some("planned"));
        Self {
            id,
            account,
            person: person(fields, "rep_id", creator),
            made_ms: moment(fields, "checked_in_at").or(planned_ms).filter(|_| is_made),
            planned_ms,
            next_step: word(fields, "next_step").map(str::to_owned),
            next_step_due: word(fields, "next_step_due").and_then(Day::parse),
        }
    }
}

/// What the centre decided about an order, or was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The state that followed.
    pub state: String,
    /// The total, as decided.
    pub total_minor: Option<i64>,
}

impl Order {
    /// From a record's content as JSON, with what was decided about it.
    pub fn of(
        id: RecordId,
        creator: PersonId,
        fields: &Json,
        total_minor: i64,
        decided: Option<Decided>,
    ) -> Self {
        let own = || word(fields, "state").unwrap_or("draft").to_owned();
        let decided = decided.unwrap_or_else(|| Decided { state: own(), total_minor: None });
        Self {
            id,
            person: person(fields, "rep_id", creator),
            day: word(fields, "order_date").and_then(Day::parse),
            state: decided.state,
            currency: word(fields, "currency").unwrap_or_default().to_owned(),
            total_minor: decided.total_minor.unwrap_or(total_minor),
        }
    }
}

/// Whose a promise is: the person's that it names; without one a department's, and without that its creator's.
fn promiser(fields: &Json, name: &str, creator: PersonId) -> Option<PersonId> {
    let has_department = word(fields, "department_id").is_some();
    match word(fields, name).map(str::parse) {
        Some(person) => person.ok(),
        None => Some(creator).filter(|_| !has_department),
    }
}

fn person(fields: &Json, name: &str, creator: PersonId) -> PersonId {
    word(fields, name).and_then(|id| id.parse().ok()).unwrap_or(creator)
}

fn word<'a>(fields: &'a Json, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A moment as [`crate::projection::to_json`] writes it.
fn moment(fields: &Json, name: &str) -> Option<i64> {
    match fields.get(name)? {
        Json::String(text) => chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()),
        other => other.as_i64(),
    }
}
