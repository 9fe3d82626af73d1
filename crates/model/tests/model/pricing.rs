//! Prices: the golden cases of `protocol/vectors/pricing`, whose cents were worked out by hand, and properties.

mod document;
mod published;
mod random;

use std::collections::BTreeMap;
use std::path::PathBuf;

use roadbook_model::Role;
use roadbook_model::pricing::{Catalogue, Credit, Judgement, Order, Priced, Shelf, judge, price};
use serde_json::{Value as Json, json};

use crate::support::Done;

/// The file's own sets, with those of the case laid over them.
fn shelf(file: &Json, case: &Json) -> Shelf {
    let mut values = BTreeMap::new();
    for sets in [file, case].map(|from| from["catalogue"].as_object()).into_iter().flatten() {
        for (set, keys) in sets {
            for (key, value) in keys.as_object().into_iter().flatten() {
                values.insert((set, key), value);
            }
        }
    }
    let mut shelf = Shelf::default();
    values.iter().for_each(|((set, key), value)| shelf.put(set, key, value));
    shelf
}

fn files() -> Result<Vec<(PathBuf, Json)>, Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors/pricing");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let json: Json = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        if json["cases"].is_array() {
            files.push((path, json));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

/// A result in the vectors' words: each step as `kind rule after`.
fn seen(priced: &Priced, judgement: Option<&Judgement>, expect: &Json) -> Json {
    let about = |code: &str, line: Option<&String>| match line {
        Some(line) => format!("{code} {line}"),
        None => code.to_owned(),
    };
    let lines = priced.lines.iter().map(|line| {
        let steps = line.steps.iter().map(|step| {
            let kind = serde_json::to_value(step.kind).unwrap_or_default();
            format!("{} {} {}", kind.as_str().unwrap_or_default(), step.rule, step.after_minor)
        });
        let steps = steps.collect::<Vec<_>>();
        let all = json!({ "net": line.net_minor, "tax": line.tax_minor, "gross": line.gross_minor, "steps": steps });
        (line.key.clone(), only(&all, &expect["lines"][&line.key]))
    });
    let taxes = priced.taxes.iter().map(|tax| (tax.rule.clone(), json!([tax.base_minor, tax.tax_minor])));
    let mut problems: Vec<_> = priced.problems.iter().map(|it| about(it.code, it.line.as_ref())).collect();
    problems.sort();
    let judgement = judgement.map(|it| {
        let reasons = it.reasons.iter().map(|reason| about(reason.code, reason.line.as_ref()));
        let mut all = serde_json::to_value(it).unwrap_or_default();
        all["reasons"] = reasons.collect::<Vec<_>>().into();
        only(&all, &expect["judgement"])
    });
    let all = json!({
        "lines": lines.collect::<serde_json::Map<_, _>>(),
        "net": priced.net_minor,
        "tax": priced.tax_minor,
        "gross": priced.gross_minor,
        "taxes": taxes.collect::<serde_json::Map<_, _>>(),
        "problems": problems,
        "judgement": judgement,
    });
    only(&all, expect)
}

/// Of an object, the members that the expectation names.
fn only(all: &Json, expect: &Json) -> Json {
    let members = expect.as_object().into_iter().flatten();
    Json::Object(members.map(|(name, _)| (name.clone(), all[name].clone())).collect())
}

fn run(file: &Json, case: &Json) -> Result<Json, Box<dyn std::error::Error>> {
    let shelf = shelf(file, case);
    let mut order: Order = serde_json::from_value(case["order"].clone())?;
    if let Some(day) = case["handed_in"].as_str() {
        order = order.handed_in(day.parse()?, case["quote"] == true);
    }
    let priced = price(&order, &shelf);
    adds_up(&priced);
    let judgement = match case["role"].as_str() {
        Some(role) => {
            let credit: Option<Credit> = serde_json::from_value(case["credit"].clone())?;
            Some(judge(role.parse::<Role>()?, &order, &priced, shelf.discretion(), credit.as_ref()))
        }
        None => None,
    };
    Ok(seen(&priced, judgement.as_ref(), &case["expect"]))
}

/// Every step begins where the one before ended, and the parts make the whole.
fn adds_up(priced: &Priced) {
    for line in &priced.lines {
        let mut at = 0;
        for step in &line.steps {
            assert_eq!(step.before_minor, at, "{line:?}");
            at = step.after_minor;
        }
        assert_eq!(at, line.net_minor, "{line:?}");
        assert_eq!(line.net_minor + line.tax_minor, line.gross_minor);
        assert!(line.net_minor >= 0 && line.tax_minor >= 0, "{line:?}");
    }
    assert_eq!(priced.lines.iter().map(|line| line.net_minor).sum::<i64>(), priced.lines_net_minor);
    assert_eq!(priced.lines_net_minor + priced.freight_minor, priced.net_minor);
    assert_eq!(priced.net_minor + priced.tax_minor, priced.gross_minor);
    assert_eq!(priced.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>(), priced.tax_minor);
}

#[test]
fn every_case_costs_what_was_worked_out_by_hand() -> Done {
    let files = files()?;
    let mut cases = 0;
    for (path, file) in &files {
        for case in file["cases"].as_array().into_iter().flatten() {
            assert!(case["worked"].is_string(), "{}: {} was not worked out", path.display(), case["name"]);
            assert_eq!(run(file, case)?, case["expect"], "{}: {}", path.display(), case["name"]);
            cases += 1;
        }
    }
    assert!(files.len() >= 6 && cases >= 80, "{cases} cases in {} files", files.len());
    Ok(())
}

#[test]
fn every_value_of_the_cases_may_be_published_but_those_that_show_what_may_not() -> Done {
    for (path, file) in files()? {
        for from in std::iter::once(&file).chain(file["cases"].as_array().into_iter().flatten()) {
            let sets = from["catalogue"].as_object().into_iter().flatten();
            let values = sets.filter_map(|(set, keys)| Some((set, keys.as_object()?)));
            let faults: Vec<_> = values
                .flat_map(|(set, keys)| keys.iter().map(move |(key, value)| (set, key, value)))
                .flat_map(|(set, key, value)| roadbook_model::pricing::reference::check(set, key, value))
                .collect();
            let problems = from["expect"]["problems"].as_array();
            let is_wrong = problems.is_some_and(|all| all.contains(&Json::from("unreadable_reference")));
            assert_eq!(!faults.is_empty(), is_wrong, "{}, {}: {faults:?}", path.display(), from["name"]);
        }
    }
    Ok(())
}

#[test]
fn the_orders_for_other_languages_are_as_this_engine_prices_them() -> Done {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors/pricing/agree.json");
    let file: Json = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let shelf = shelf(&file, &Json::Null);
    let orders = file["orders"].as_array().ok_or("no orders")?;
    assert!(orders.len() > 50);
    for given in orders {
        let order: Order = serde_json::from_value(given["order"].clone())?;
        let priced = price(&order, &shelf);
        let judgement = judge(Role::Rep, &order, &priced, shelf.discretion(), None);
        assert_eq!(serde_json::to_value(&priced)?, given["priced"], "run `cargo xtask codegen`");
        assert_eq!(serde_json::to_value(&judgement)?, given["judgement"], "run `cargo xtask codegen`");
    }
    Ok(())
}
