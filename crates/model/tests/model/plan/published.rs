//! What the office may publish as cadences and goals, and what not.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::plan::{CADENCE, Figures, GOALS, Goal, check, check_set, is_planned, standings};
use roadbook_model::{PersonId, TerritoryId};
use serde_json::{Value as Json, json};

use crate::support::Done;

const PERSON: &str = "01a1c478-9800-7ebe-bebe-bebebebebebe";
const TERRITORY: &str = "01a1c478-9800-7070-b070-707070707070";

fn codes(set: &str, value: &Json) -> Vec<String> {
    check(set, "KEY", value).iter().map(|fault| format!("{} {}", fault.code, fault.path.join("."))).collect()
}

#[test]
fn a_cadence_is_some_days() {
    assert!(codes(CADENCE, &json!({ "every_days": 14 })).is_empty());
    assert!(codes(CADENCE, &json!({ "every_days": 14, "grace_days": 0 })).is_empty());
    assert_eq!(codes(CADENCE, &json!({})), ["required KEY.every_days"]);
    assert_eq!(codes(CADENCE, &json!({ "every_days": 0 })), ["out_of_range KEY.every_days"]);
    assert_eq!(codes(CADENCE, &json!({ "every_days": "14" })), ["wrong_type KEY.every_days"]);
    assert_eq!(codes(CADENCE, &json!({ "every_days": 1e300 })), ["wrong_type KEY.every_days"]);
    assert_eq!(codes(CADENCE, &json!({ "every_days": 14, "grace_day": 3 })), ["unknown_field KEY.grace_day"]);
    assert_eq!(codes(CADENCE, &json!([14])), ["not_an_object KEY"]);
}

#[test]
fn a_goal_says_whose_when_what_and_how_much() {
    let good = json!({ "person": PERSON, "period": "2026-11", "measure": "visits", "target": 60 });
    let with = |name: &str, value: Json| {
        let mut goal = good.clone();
        goal[name] = value;
        codes(GOALS, &goal)
    };
    assert!(codes(GOALS, &good).is_empty());
    assert!(with("name", json!("Sixty visits")).is_empty());
    assert_eq!(with("person", json!("Anna")), ["wrong_type KEY.person"]);
    assert_eq!(with("person", Json::Null), ["one_of KEY.person"]);
    assert_eq!(with("territory", json!(TERRITORY)), ["one_of KEY.person"]);
    assert_eq!(with("period", json!("November")), ["bad_period KEY.period"]);
    assert_eq!(with("measure", json!("smiles")), ["not_a_choice KEY.measure"]);
    assert_eq!(with("measure", json!("order_amount")), ["required KEY.currency"]);
    assert_eq!(with("currency", json!("EUR")), ["not_with KEY.currency"]);
    assert_eq!(with("target", json!(0)), ["out_of_range KEY.target"]);
    let mut percent = good.clone();
    percent["measure"] = json!("promises_kept_percent");
    percent["target"] = json!(101);
    assert_eq!(codes(GOALS, &percent), ["out_of_range KEY.target"]);
}

#[test]
fn one_segment_has_one_cadence() {
    let set = |keys: &[&str]| -> BTreeMap<String, Json> {
        keys.iter().map(|key| ((*key).to_owned(), json!({ "every_days": 7 }))).collect()
    };
    assert!(check_set(CADENCE, &set(&["A", "B", "default"])).is_empty());
    let faults = check_set(CADENCE, &set(&["A", "a"]));
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["overlap"]);
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(check_set(CADENCE, &set(&many))[0].code, "too_many");
    assert!(is_planned(CADENCE) && is_planned(GOALS) && !is_planned("prices"));
}

#[test]
fn goals_are_those_of_the_person_and_of_the_territories_that_the_person_holds() -> Done {
    let person: PersonId = PERSON.parse()?;
    let held: BTreeSet<TerritoryId> = BTreeSet::from([TERRITORY.parse()?]);
    let goal = |key: &str, value: Json| Goal::read(key, &value).map_err(|faults| format!("{faults:?}"));
    let other = "01a1c478-9800-7ebe-bebe-bebebebebeff";
    let goals = [
        goal(
            "b-visits",
            json!({ "person": PERSON, "period": "2026-11", "measure": "visits", "target": 60 }),
        )?,
        goal(
            "a-amount",
            json!({ "territory": TERRITORY, "period": "2026-11", "measure": "order_amount", "currency": "EUR", "target": 500_000 }),
        )?,
        goal(
            "kept",
            json!({ "person": PERSON, "period": "2026-11", "measure": "promises_kept_percent", "target": 90 }),
        )?,
        goal(
            "december",
            json!({ "person": PERSON, "period": "2026-12", "measure": "visits", "target": 60 }),
        )?,
        goal("bert", json!({ "person": other, "period": "2026-11", "measure": "visits", "target": 60 }))?,
        goal(
            "elsewhere",
            json!({ "territory": other, "period": "2026-11", "measure": "orders", "target": 6 }),
        )?,
    ];
    let figures: Figures = serde_json::from_value(json!({
        "visits_made": 41, "visits_planned": 0, "planned_made": 0, "planned_missed": 0, "accounts_visited": 30,
        "turnover": [
            { "currency": "CHF", "orders": 1, "amount_minor": 5, "accepted": 0, "accepted_minor": 0, "quotes": 0, "quoted_minor": 0 },
            { "currency": "EUR", "orders": 7, "amount_minor": 430_000, "accepted": 0, "accepted_minor": 0, "quotes": 0, "quoted_minor": 0 },
        ],
        "promises_due": 7, "promises_kept": 6, "promises_late": 1, "promises_broken": 0,
    }))?;
    let found = standings(&goals, "2026-11", person, &held, &figures);
    let seen: Vec<(&str, i64, i64)> =
        found.iter().map(|one| (one.key.as_str(), one.value, one.target)).collect();
    assert_eq!(seen, [("a-amount", 430_000, 500_000), ("b-visits", 41, 60), ("kept", 85, 90)]);
    let none = standings(&goals, "2026-11", person, &BTreeSet::new(), &Figures::default());
    assert_eq!(
        none.iter().map(|one| one.value).collect::<Vec<_>>(),
        [0, 0],
        "nothing due is no division by zero"
    );
    Ok(())
}
