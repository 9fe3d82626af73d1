//! The plan: the golden cases of `protocol/vectors/plan`, worked out by hand, and properties of routes and days.

mod published;
mod route;

use std::path::PathBuf;

use roadbook_model::PersonId;
use roadbook_model::brief::Day;
use roadbook_model::plan::route::{Place, Stop, short, shortest, steps_m};
use roadbook_model::plan::{
    Appointment, Cadences, Candidate, Clock, Customer, Figures, Period, Wish, Work, due, figures, plan,
};
use serde_json::{Value as Json, from_value, json, to_value};

use crate::support::Done;

type Read<T> = Result<T, Box<dyn std::error::Error>>;

fn file(name: &str) -> Read<Json> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors/plan");
    Ok(serde_json::from_str(&std::fs::read_to_string(folder.join(name))?)?)
}

fn list<'a>(file: &'a Json, name: &str) -> Read<&'a Vec<Json>> {
    Ok(file[name].as_array().filter(|list| !list.is_empty()).ok_or(format!("no {name}"))?)
}

fn own<T: serde::de::DeserializeOwned>(case: &Json, name: &str) -> Read<T> {
    Ok(from_value(case[name].clone())?)
}

fn figures_of(case: &Json) -> Read<Figures> {
    let person: PersonId = own(case, "person")?;
    let work: Work = own(case, "work")?;
    let period = case["period"].as_str().and_then(Period::parse).ok_or("no period")?;
    let clock = Clock { now_ms: own(case, "now_ms")?, offset_minutes: own(case, "offset_minutes")? };
    Ok(figures(person, &work, &period, &clock))
}

#[test]
fn every_period_comes_to_what_was_worked_out_by_hand() -> Done {
    let file = file("figures.json")?;
    for case in list(&file, "cases")? {
        assert!(case["worked"].is_string(), "{} was not worked out", case["name"]);
        assert_eq!(to_value(figures_of(case)?)?, case["expect"], "{}: {}", case["name"], case["worked"]);
    }
    assert!(list(&file, "cases")?.len() >= 20);
    Ok(())
}

#[test]
fn every_account_stands_as_was_worked_out_by_hand() -> Done {
    let file = file("due.json")?;
    for case in list(&file, "cases")? {
        let published = case["cadence"].as_object().ok_or("no cadence")?;
        let cadences = Cadences::of(published.iter().map(|(key, value)| (key.as_str(), value)));
        let customer: Customer = own(case, "customer")?;
        let found = due(&customer, &cadences, own::<Day>(case, "today")?);
        assert_eq!(to_value(found)?, case["expect"], "{}: {}", case["name"], case["worked"]);
    }
    assert!(list(&file, "cases")?.len() >= 18);
    Ok(())
}

#[test]
fn the_vectors_for_other_languages_are_as_this_engine_plans() -> Done {
    let file = file("agree.json")?;
    for case in list(&file, "routes")? {
        let (start, stops): (Option<Place>, Vec<Stop>) = (own(case, "start")?, own(case, "stops")?);
        let order = shortest(start, &stops);
        let way: Vec<Place> = order.iter().map(|n| stops[*n].place).collect();
        let made = json!([order, steps_m(start, &way), short(start, &stops)]);
        assert_eq!(made, json!([case["order"], case["steps_m"], case["short"]]), "run `cargo xtask codegen`");
    }
    for case in list(&file, "days")? {
        let today: Day = own(case, "today")?;
        let mut candidates = Vec::new();
        for given in list(case, "candidates")? {
            let due = due(&own(given, "customer")?, &Cadences::default(), today);
            candidates.push(Candidate { account: own(given, "account")?, place: own(given, "place")?, due });
        }
        let appointments: Vec<Appointment> = own(case, "appointments")?;
        let made = plan(&appointments, &candidates, &own::<Wish>(case, "wish")?);
        assert_eq!(to_value(made)?, case["plan"], "run `cargo xtask codegen`");
    }
    for case in list(&file, "figures")? {
        assert_eq!(to_value(figures_of(case)?)?, case["figures"], "run `cargo xtask codegen`");
    }
    Ok(())
}

/// The worked example of `docs/plan.md`: its table says what the first case of the vectors comes to.
#[test]
fn the_guide_says_what_the_example_comes_to() -> Done {
    let file = file("figures.json")?;
    let found = figures_of(&list(&file, "cases")?[0])?;
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.md");
    let guide = std::fs::read_to_string(guide)?;
    let euro = &found.turnover[0];
    let said = [
        format!("| Visits made | {} |", found.visits_made),
        format!("| Accounts visited | {} |", found.accounts_visited),
        format!("| Planned for November | {} |", found.visits_planned),
        format!("| of them made | {} |", found.planned_made),
        format!("| of them missed | {} |", found.planned_missed),
        format!("| Orders in EUR | {} for {} |", euro.orders, amount(euro.amount_minor)),
        format!("| of them accepted | {} for {} |", euro.accepted, amount(euro.accepted_minor)),
        format!("| Quotes in EUR | {} for {} |", euro.quotes, amount(euro.quoted_minor)),
        format!("| Promises due | {} |", found.promises_due),
        format!("| kept | {} |", found.promises_kept),
        format!("| late | {} |", found.promises_late),
        format!("| broken | {} |", found.promises_broken),
    ];
    for row in said {
        assert!(guide.contains(&row), "docs/plan.md lacks {row:?}");
    }
    Ok(())
}

fn amount(minor: i64) -> String {
    let whole = (minor / 100).to_string();
    let (thousands, rest) = whole.split_at(whole.len().saturating_sub(3));
    let comma = if thousands.is_empty() { "" } else { "," };
    format!("{thousands}{comma}{rest}.{:02}", minor % 100)
}

#[test]
fn what_waits_is_a_difference_and_the_parts_make_the_whole() -> Done {
    let file = file("agree.json")?;
    let found = list(&file, "figures")?.iter().map(figures_of).collect::<Read<Vec<_>>>()?;
    for (more, less) in found.iter().zip(found.iter().skip(1)) {
        let waiting = more.beyond(less);
        assert_eq!(more.beyond(&waiting), *less, "currencies that are nothing aside");
        assert_eq!(more.beyond(more), Figures::default());
        assert!(more.planned_made + more.planned_missed <= more.visits_planned);
        assert!(more.promises_kept + more.promises_late + more.promises_broken <= more.promises_due);
    }
    Ok(())
}

#[test]
fn a_period_is_written_in_one_way() {
    let bounds = |word: &str| Period::parse(word).map(|period| format!("{} {}", period.first, period.last));
    assert_eq!(bounds("2026-11").as_deref(), Some("2026-11-01 2026-11-30"));
    assert_eq!(bounds("2028-02").as_deref(), Some("2028-02-01 2028-02-29"));
    assert_eq!(bounds("2026-Q1").as_deref(), Some("2026-01-01 2026-03-31"));
    assert_eq!(bounds("2026-Q4").as_deref(), Some("2026-10-01 2026-12-31"));
    assert_eq!(bounds("2026").as_deref(), Some("2026-01-01 2026-12-31"));
    assert_eq!(bounds("2026-11-28").as_deref(), Some("2026-11-28 2026-11-28"));
    for word in [
        "",
        "-",
        "26",
        "2026-13",
        "2026-1",
        "2026-+1",
        "2026-Q5",
        "2026-q1",
        "+026",
        "2026-11-31",
        "2026-2-01",
    ] {
        assert_eq!(bounds(word), None, "{word}");
    }
    assert_eq!(bounds("1899"), None, "fields hold no such day");
}
