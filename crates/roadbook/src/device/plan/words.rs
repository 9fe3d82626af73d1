//! The plan in words.

use roadbook_model::plan::{Clock, Due, Figures, GoalStanding, Standing, goal::Measure};
use roadbook_replica::queries::plan::{Day, DueAccount, Month, Stop};

use crate::decimal::display_minor;
use crate::output::table;

/// The plan of a day.
pub(super) fn day(day: &Day, clock: &Clock) -> String {
    let from = if day.start.is_some() { "from where you are" } else { "from the first stop" };
    let longer = day.length_m - day.shortest_m;
    let mut text = match day.stops.len() {
        0 => format!("nothing to see on {}\n", day.day),
        stops => format!("{}: {stops} stops, {} over the ground, {from}\n", day.day, km(day.length_m)),
    };
    if longer > 0 {
        text.push_str(&format!("the shortest order is {} shorter\n", km(longer)));
    }
    let rows = day.stops.iter().enumerate().map(|(n, stop)| {
        let mut row = vec![format!("{:>2}", n + 1)];
        row.extend(cells(stop, clock));
        row.insert(4, km(stop.stop.leg_m));
        row
    });
    text.push_str(&table(&rows.collect::<Vec<_>>()));
    if !day.apart.is_empty() {
        text.push_str("without a position on the map:\n");
        let rows: Vec<Vec<String>> = day.apart.iter().map(|stop| cells(stop, clock)).collect();
        text.push_str(&table(&rows));
    }
    if day.left_over > 0 {
        text.push_str(&format!("due too, and left for another day: {}\n", day.left_over));
    }
    text
}

/// Time, name, town and why.
fn cells(stop: &Stop, clock: &Clock) -> Vec<String> {
    let local = stop.stop.starts_ms.map(|ms| ms + clock.offset_minutes * 60_000);
    let time = local.and_then(chrono::DateTime::from_timestamp_millis);
    let time = time.map(|time| time.format("%H:%M").to_string()).unwrap_or_default();
    let why = match (&stop.stop.visit, &stop.stop.due) {
        (Some(_), _) => "planned".to_owned(),
        (None, Some(due)) => standing(due),
        (None, None) => String::new(),
    };
    vec![time, stop.title.clone(), stop.subtitle.clone(), why]
}

/// Whom it is time to visit.
pub(super) fn due(found: &[DueAccount]) -> String {
    if found.is_empty() {
        return "nobody is to be visited now".to_owned();
    }
    let row = |one: &DueAccount| {
        let last = one.due.last_visit.map(|day| format!("last {day}")).unwrap_or_default();
        let next = one.due.next_planned.map(|day| format!("planned {day}")).unwrap_or_default();
        let every = format!("every {} days", one.due.every_days);
        vec![one.title.clone(), one.subtitle.clone(), standing(&one.due), every, last, next]
    };
    table(&found.iter().map(row).collect::<Vec<_>>())
}

fn standing(due: &Due) -> String {
    let days = due.days_over.unwrap_or(0);
    match due.standing {
        Standing::InTime => format!("in time for {} days", -days),
        Standing::Due if days == 0 => "due today".to_owned(),
        Standing::Due => format!("due for {days} days"),
        Standing::Overdue => format!("overdue by {days} days"),
        Standing::Neglected => format!("neglected: {days} days over"),
        Standing::Never => "never visited".to_owned(),
    }
}

/// What a period comes to, with what waits and what was held beside it.
pub(super) fn month(month: &Month) -> String {
    let mut rows = vec![vec![
        month.period.period.clone(),
        "in the record".to_owned(),
        "waiting".to_owned(),
        "held".to_owned(),
    ]];
    let parts = [&month.record, &month.waiting, &month.held];
    for (name, of) in COUNTS {
        let [record, waiting, held] = parts.map(of);
        rows.push(vec![(*name).to_owned(), record.to_string(), more(waiting), more(held)]);
    }
    let mut currencies: Vec<&str> =
        parts.iter().flat_map(|part| &part.turnover).map(|one| one.currency.as_str()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for code in currencies {
        for (name, is_quote) in [("orders", false), ("quotes", true)] {
            let cells = parts.map(|part| turnover(part, code, is_quote));
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(std::iter::once(format!("{name} in {code}")).chain(cells).collect());
            }
        }
    }
    rows.extend(month.goals.iter().map(goal));
    table(&rows)
}

type Count = fn(&Figures) -> i64;

const COUNTS: &[(&str, Count)] = &[
    ("visits made", |figures| figures.visits_made),
    ("accounts visited", |figures| figures.accounts_visited),
    ("visits planned", |figures| figures.visits_planned),
    ("  of them made", |figures| figures.planned_made),
    ("  of them missed", |figures| figures.planned_missed),
    ("promises due", |figures| figures.promises_due),
    ("  kept", |figures| figures.promises_kept),
    ("  late", |figures| figures.promises_late),
    ("  broken", |figures| figures.promises_broken),
];

/// A difference; nothing where there is none.
fn more(difference: i64) -> String {
    if difference == 0 { String::new() } else { format!("{difference:+}") }
}

fn turnover(figures: &Figures, code: &str, is_quote: bool) -> String {
    let own = figures.turnover.iter().find(|one| one.currency == code);
    let Some(own) = own else { return String::new() };
    let (count, minor) =
        if is_quote { (own.quotes, own.quoted_minor) } else { (own.orders, own.amount_minor) };
    if count == 0 && minor == 0 {
        String::new()
    } else {
        format!("{count} for {}", display_minor(minor, code))
    }
}

fn goal(goal: &GoalStanding) -> Vec<String> {
    let shown = |value: i64| match goal.measure {
        Measure::OrderAmount => {
            let currency = goal.currency.as_deref().unwrap_or_default();
            format!("{} {currency}", display_minor(value, currency))
        }
        Measure::PromisesKeptPercent => format!("{value}%"),
        _ => value.to_string(),
    };
    let name = goal.name.clone().unwrap_or_else(|| goal.measure.as_str().replace('_', " "));
    vec![format!("goal: {name}"), format!("{} of {}", shown(goal.value), shown(goal.target))]
}

/// Kilometres with one decimal, half away from zero.
fn km(metres: i64) -> String {
    let tenths = (metres + 50) / 100;
    format!("{}.{} km", tenths / 10, tenths % 10)
}
