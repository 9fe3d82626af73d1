//! A brief in plain English. The same facts always give the same words.

use std::fmt::Write as _;

use super::day::Day;
use super::fact::{Amount, Fact, Habit, Promise, Who};
use super::{Brief, Source, Topic};
use crate::money::minor_digits;

impl Brief {
    /// The whole brief as text: a heading for each section, a line for each statement.
    pub fn to_text(&self) -> String {
        let mut text = format!("Brief: {}\nAs of {}\n", self.name, self.day.words());
        for section in &self.sections {
            // Writing into a string cannot fail.
            let _ = write!(text, "\n{}\n", heading(section.section));
            if section.statements.is_empty() {
                let _ = writeln!(text, "  {}", nothing(section.section));
            }
            for statement in &section.statements {
                let _ = writeln!(text, "- {}", statement.text);
            }
            if section.left_out > 0 {
                let _ = writeln!(text, "  ({} more)", section.left_out);
            }
        }
        text
    }
}

/// A section's heading.
pub fn heading(topic: Topic) -> &'static str {
    match topic {
        Topic::Customer => "Who they are",
        Topic::Contacts => "People",
        Topic::Promises => "What was promised",
        Topic::Visits => "Last visits",
        Topic::Orders => "Open quotes, orders and opportunities",
        Topic::Habits => "Habits",
        Topic::Warnings => "Beware",
        Topic::Outstanding => "Still to come from whoever had the account before",
    }
}

/// What stands in a section without statements.
pub fn nothing(topic: Topic) -> &'static str {
    match topic {
        Topic::Customer => "The account's own record is not here.",
        Topic::Contacts => "Nobody is known.",
        Topic::Promises => "Nothing is open.",
        Topic::Visits => "No visit was made.",
        Topic::Orders => "Nothing is open.",
        Topic::Habits => "Too little is known to tell.",
        Topic::Warnings => "Nothing.",
        Topic::Outstanding => "Nothing: all of it is in the record.",
    }
}

/// What a statement was read from.
pub fn origin(source: &Source) -> String {
    match source {
        Source::Record { id, kind, .. } => format!("{kind} {id}"),
        Source::Lease { id, device } => format!("lease {id} of device {device}"),
        Source::Item { device, number, .. } => format!("item {number} of device {device}"),
        Source::Entry { position } => format!("entry {position} of the log"),
    }
}

/// A fact as a sentence.
pub(super) fn sentence(fact: &Fact) -> String {
    match fact {
        Fact::Identity { .. }
        | Fact::Address { .. }
        | Fact::Reach { .. }
        | Fact::Tags { .. }
        | Fact::Terms { .. }
        | Fact::Description { .. }
        | Fact::VisitEvery { .. } => of_customer(fact),
        Fact::Contact { .. } | Fact::NoContact { .. } => of_contact(fact),
        Fact::Promised { promise, what, due, overdue_days, by, priority } => {
            promised(*promise, what, (*due, *overdue_days), by.as_ref(), priority.as_deref())
        }
        Fact::Visited { .. } | Fact::Remarked { .. } => of_visit(fact),
        Fact::OpenOrder { .. } | Fact::OpenTotal { .. } | Fact::LastOrder { .. } => of_order(fact),
        Fact::OpenOpportunity { what, stage, amount, expected_close, by } => {
            let stage = some(stage, |stage| format!(", {}", spaced(stage)));
            let amount = some(amount, |amount| format!(", {}", money(amount)));
            let decided = some(expected_close, |day| format!(", decided by {}", day.words()));
            format!("Opportunity{stage}: {what}{amount}{decided}, seen through by {}.", name(by))
        }
        Fact::OpenCase { case_type, what, since, priority } => {
            let case_type = case_type.as_deref().map_or_else(|| "case".to_owned(), spaced);
            let since = some(since, |day| format!(" since {}", day.words()));
            format!("Open {case_type}{since}: {what}{}.", pressing(priority.as_deref()))
        }
        Fact::Rhythm { .. } | Fact::Turnover { .. } | Fact::UsualProduct { .. } => of_habit(fact),
        Fact::Draining { .. } | Fact::Held { .. } | Fact::Late { .. } => of_outstanding(fact),
        _ => of_warning(fact),
    }
}

fn of_customer(fact: &Fact) -> String {
    match fact {
        Fact::Identity { name, external_id, account_type, segment } => {
            let number = some(external_id, |id| format!(" ({id})"));
            let what = account_type.as_deref().map_or_else(|| "an account".to_owned(), with_article);
            let segment = some(segment, |segment| format!(", segment {segment}"));
            format!("{name}{number} is {what}{segment}.")
        }
        Fact::Address { parts } => format!("They are at {}.", parts.join(", ")),
        Fact::Reach { parts } => format!("They are reached at {}.", parts.join(", ")),
        Fact::Tags { tags } => format!("Tags: {}.", tags.join(", ")),
        Fact::Terms { payment_terms, price_list, currency } => {
            let parts: Vec<String> = [
                currency.as_ref().map(|currency| format!("they buy in {currency}")),
                price_list.as_ref().map(|list| format!("price list {list} applies")),
                payment_terms.as_ref().map(|terms| format!("payment terms: {terms}")),
            ]
            .into_iter()
            .flatten()
            .collect();
            format!("{}.", capitalised(&parts.join("; ")))
        }
        Fact::Description { excerpt } => excerpt.clone(),
        Fact::VisitEvery { days } => format!("They are to be visited every {}.", days_of(*days)),
        _ => String::new(),
    }
}

fn of_contact(fact: &Fact) -> String {
    match fact {
        Fact::Contact { name, title, role, reach, preferred_channel, left, notes } => {
            let parts: Vec<&str> = [Some(name), title.as_ref(), role.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let mut text = parts.join(", ");
            if *left {
                text.push_str(" (has left)");
            }
            if !reach.is_empty() {
                text.push_str(&format!(": {}", reach.join(", ")));
            }
            text.push('.');
            match preferred_channel.as_deref() {
                Some("none") => text.push_str(" Does not wish to be approached."),
                Some("visit") => text.push_str(" Prefers a visit."),
                Some("email") => text.push_str(" Prefers e-mail."),
                Some(channel) => text.push_str(&format!(" Prefers {channel}.")),
                None => {}
            }
            text + &some(notes, |notes| format!(" {notes}"))
        }
        Fact::NoContact { name } => format!("{name} does not wish to be approached."),
        _ => String::new(),
    }
}

fn promised(
    promise: Promise,
    what: &str,
    (due, overdue_days): (Option<Day>, Option<i64>),
    by: Option<&Who>,
    priority: Option<&str>,
) -> String {
    let subject = match promise {
        Promise::Task => format!("Task: {what}"),
        Promise::NextStep => format!("Next step: {what}"),
        Promise::Visit if what.is_empty() => "Planned visit".to_owned(),
        Promise::Visit => format!("Planned visit: {what}"),
        Promise::Case => format!("Case: {what}"),
    };
    let priority = pressing(priority);
    let due = match (promise, due) {
        (_, None) => String::new(),
        (Promise::Visit, Some(day)) => format!(", on {}", day.words()),
        (_, Some(day)) => format!(", due {}", day.words()),
    };
    let overdue = overdue_days.map(|days| format!(" ({} overdue)", days_of(days))).unwrap_or_default();
    let by = match (promise, by) {
        (_, None) => String::new(),
        (Promise::NextStep, Some(who)) => format!(", agreed by {}", name(who)),
        (_, Some(who)) => format!(", for {}", name(who)),
    };
    format!("{subject}{priority}{due}{overdue}{by}.")
}

fn pressing(priority: Option<&str>) -> String {
    match priority {
        Some(word @ ("high" | "low")) => format!(", priority {word}"),
        _ => String::new(),
    }
}

fn of_visit(fact: &Fact) -> String {
    match fact {
        Fact::Visited { by, day, purpose, contact, subject, outcome, notes } => {
            let day = some(day, |day| format!("{}: ", day.words()));
            let purpose = some(purpose, |purpose| format!(" ({})", spaced(purpose)));
            let contact = some(contact, |contact| format!(", met {contact}"));
            let subject = some(subject, |subject| format!(", about {subject}"));
            let outcome = some(outcome, |outcome| format!(", outcome: {}", spaced(outcome)));
            let notes = some(notes, |notes| format!(" {notes}"));
            let visited = if day.is_empty() { "Visited" } else { "visited" };
            format!("{day}{visited} by {}{purpose}{contact}{subject}{outcome}.{notes}", name(by))
        }
        Fact::Remarked { by, day, excerpt } => {
            let day = some(day, |day| format!(" on {}", day.words()));
            format!("{} remarked{day}: {excerpt}", capitalised(&name(by)))
        }
        _ => String::new(),
    }
}

fn of_order(fact: &Fact) -> String {
    match fact {
        Fact::OpenOrder { number, state, total, lines, day, by, delivery, valid_until } => {
            let what = match (state.as_str(), number) {
                ("quote", _) => "Quote".to_owned(),
                ("draft", None) => "Draft of an order".to_owned(),
                (state, None) => format!("Order, {},", state.replace('_', " ")),
                (state, Some(number)) => format!("Order {number}, {},", state.replace('_', " ")),
            };
            let lines = if *lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
            let day = some(day, |day| format!(" of {}", day.words()));
            let delivery = some(delivery, |day| format!(", to be delivered by {}", day.words()));
            let valid = some(valid_until, |day| format!(", valid until {}", day.words()));
            format!("{what}{day} by {}: {} ({lines}){delivery}{valid}.", name(by), money(total))
        }
        Fact::OpenTotal { count, total } => format!("All {count} together: {}.", money(total)),
        Fact::LastOrder { number, day, total, by } => {
            let number = some(number, |number| format!(" {number}"));
            let day = some(day, |day| format!(" of {}", day.words()));
            format!("Last order{number}{day}, taken by {}: {}.", name(by), money(total))
        }
        _ => String::new(),
    }
}

fn of_habit(fact: &Fact) -> String {
    match fact {
        Fact::Rhythm { habit, count, usual_days, first, last } => {
            let what = match habit {
                Habit::Visits => "Visited",
                Habit::Orders => "Ordered",
            };
            let count = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
            let span = match (first, last) {
                (Some(first), Some(last)) if first != last => {
                    format!(" from {} to {}", first.words(), last.words())
                }
                (Some(first), _) => format!(" on {}", first.words()),
                _ => String::new(),
            };
            let usual = some(usual_days, |days| format!(", usually {} apart", days_of(*days)));
            format!("{what} {count}{span}{usual}.")
        }
        Fact::Turnover { count, total, average_minor } => {
            let orders = if *count == 1 { "1 order".to_owned() } else { format!("{count} orders") };
            let average = Amount { minor: *average_minor, currency: total.currency.clone() };
            format!("{orders} for {} in all, {} on average.", money(total), money(&average))
        }
        Fact::UsualProduct { sku, description, orders, of_orders, usual_quantity, unit } => {
            let description = some(description, |description| format!(" {description}"));
            let unit = some(unit, |unit| format!(" ({unit})"));
            format!(
                "Orders {sku}{description}: in {orders} of the last {of_orders}, usually {usual_quantity}{unit}."
            )
        }
        _ => String::new(),
    }
}

fn of_warning(fact: &Fact) -> String {
    match fact {
        Fact::Closed => "The account is closed.".to_owned(),
        Fact::Overdue { count: 1, oldest_days } => {
            format!("One promise is overdue, by {}.", days_of(*oldest_days))
        }
        Fact::Overdue { count, oldest_days } => {
            format!("{count} promises are overdue, the oldest by {}.", days_of(*oldest_days))
        }
        Fact::Neglected { habit, days, usual_days, last } => {
            let what = match habit {
                Habit::Visits => "Last visited",
                Habit::Orders => "Last ordered",
            };
            let (days, usual) = (days_of(*days), days_of(*usual_days));
            format!("{what} {days} ago, on {}; usual are {usual}.", last.words())
        }
        Fact::Never { habit: Habit::Visits } => "No visit is on record.".to_owned(),
        Fact::Never { habit: Habit::Orders } => "They have not ordered anything yet.".to_owned(),
        Fact::Conflict { kind, path } => {
            let field = path.iter().map(|name| spaced(name)).collect::<Vec<_>>().join(" / ");
            format!("Several people wrote {field} of {} at once; somebody has to choose.", with_article(kind))
        }
        Fact::UnusualDiscount { number, sku, discount_bp, highest_bp } => {
            let number = some(number, |number| format!(" {number}"));
            let (discount, highest) = (percent(*discount_bp), percent(*highest_bp));
            format!("Open order{number} gives {discount} off {sku}; so far they had at most {highest}.")
        }
        Fact::QuoteExpired { number, valid_until, total } => {
            let number = some(number, |number| format!(" {number}"));
            format!("The quote{number} over {} ran out on {}.", money(total), valid_until.words())
        }
        Fact::OverCreditLimit { open, limit_minor } => {
            let limit = Amount { minor: *limit_minor, currency: open.currency.clone() };
            let open = money(open);
            format!(
                "They owe {open} with their open orders, more than the credit limit of {}.",
                money(&limit)
            )
        }
        Fact::CreditLimit { limit, open_minor } => {
            let open = Amount { minor: *open_minor, currency: limit.currency.clone() };
            format!("Credit limit: {}; they owe {} with their open orders.", money(limit), money(&open))
        }
        Fact::CreditHold => "The office holds their orders.".to_owned(),
        Fact::PaymentVisit { day, outcome } => {
            let day = some(day, |day| format!(" on {}", day.words()));
            let outcome = some(outcome, |outcome| format!(", outcome: {}", spaced(outcome)));
            format!("A visit{day} was about payment{outcome}.")
        }
        _ => String::new(),
    }
}

fn of_outstanding(fact: &Fact) -> String {
    match fact {
        Fact::Draining { by, device, blocked, withdrawn, last_seen, unsent } => {
            let since = some(withdrawn, |day| format!(" since {}", day.words()));
            let seen = match last_seen {
                Some(day) => {
                    format!("last heard of on {}, with {} unsent in all", day.words(), items(*unsent))
                }
                None => "never heard of".to_owned(),
            };
            let how = if *blocked {
                format!("is blocked{since}, and what it had not sent will not come")
            } else {
                format!("has been handing over{since} and is not done")
            };
            format!("{}'s {device} {how}; {seen}.", name(by))
        }
        Fact::Held { by, captured, kind, code } => {
            let what = kind.as_deref().map_or_else(|| "a request".to_owned(), with_article);
            let captured = some(captured, |day| format!(", captured {}", day.words()));
            format!("Held until the office decides: {what} by {}{captured} ({}).", name(by), spaced(code))
        }
        Fact::Late { by, taken, captured, kind } => {
            let captured = some(captured, |day| format!(", captured {}", day.words()));
            let taken = some(taken, |day| format!(", taken in on {}", day.words()));
            format!("Came late: {} by {}{captured}{taken}.", with_article(kind), name(by))
        }
        _ => String::new(),
    }
}

/// An amount with its currency, exact: `USD 1,234.50`.
pub fn money(amount: &Amount) -> String {
    let digits = minor_digits(&amount.currency);
    let unit = 10_u64.pow(digits);
    let minor = amount.minor.unsigned_abs();
    let sign = if amount.minor < 0 { "-" } else { "" };
    let whole = grouped(minor / unit);
    let fraction = match digits {
        0 => String::new(),
        digits => format!(".{:0width$}", minor % unit, width = digits as usize),
    };
    format!("{} {sign}{whole}{fraction}", amount.currency).trim_start().to_owned()
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Basis points as per cent, exact.
fn percent(bp: i64) -> String {
    match (bp / 100, bp % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

fn name(who: &Who) -> String {
    who.name.clone().unwrap_or_else(|| "a colleague".to_owned())
}

fn days_of(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn items(count: u32) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn some<T>(value: &Option<T>, words: impl FnOnce(&T) -> String) -> String {
    value.as_ref().map(words).unwrap_or_default()
}
