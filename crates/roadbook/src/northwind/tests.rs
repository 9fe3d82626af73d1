//! The plan from the bundled files, and from files that are wrong in one way each.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::permission::Role;
use roadbook_model::pricing::{Order, Shelf, price, reference};
use roadbook_model::{Kind, Value};
use serde_json::{Value as Json, json};

use super::Plan;
use super::fault::Faults;
use super::people::{office_id, person_id};
use super::source::Source;

fn bundled() -> Plan {
    Plan::read(&Source::Bundled).unwrap()
}

/// The bundled files with one text in one file replaced.
fn with(file: &'static str, old: &str, new: &str) -> Result<Plan, Faults> {
    let bytes = Source::Bundled.read(file).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    let edited = text.replacen(old, new, 1).into_bytes();
    Plan::read(&Source::Edited(BTreeMap::from([(file, edited)])))
}

/// The one fault as `file:line column code`.
fn fault(result: Result<Plan, Faults>) -> String {
    let faults = result.unwrap_err();
    assert_eq!(faults.count, 1, "{faults}");
    let fault = &faults.listed[0];
    format!("{}:{} {} {}", fault.file, fault.line, fault.column, fault.code)
}

#[test]
fn the_bundled_files_have_the_published_figures() {
    let plan = bundled();
    assert_eq!(plan.people.len(), 10, "nine employees and the office");
    assert_eq!(plan.territories.len(), 4 + 53);
    assert_eq!(plan.holders.len(), 49);
    assert_eq!(plan.products.len(), 77);
    assert_eq!((plan.counts.accounts, plan.counts.orders, plan.counts.lines), (91, 830, 2155));
    let count = |kind| plan.records.iter().filter(|record| record.envelope.kind == kind).count();
    assert_eq!((count(Kind::ACCOUNT), count(Kind::CONTACT), count(Kind::ORDER)), (91, 91, 830));
    assert_eq!(plan.revenue.rounded_once_minor, 126_579_304);
    assert_eq!(plan.revenue.lines_with_fraction, 81);
    assert_ne!(plan.revenue.rounded_by_line_minor, 126_579_304, "rounding by line shows");
}

#[test]
fn every_customer_has_a_place_on_the_map() {
    let plan = bundled();
    let accounts = plan.records.iter().filter(|record| record.envelope.kind == Kind::ACCOUNT);
    let without: Vec<_> = accounts
        .filter(|record| {
            let position = ["latitude_microdeg", "longitude_microdeg"].map(|name| record.fields.get(name));
            !matches!(position, [Some(Value::Int(_)), Some(Value::Int(_))])
        })
        .map(|record| &record.fields["city"])
        .collect();
    assert_eq!(without, Vec::<&Value>::new(), "towns without a position");
}

#[test]
fn every_id_is_there_once_and_reading_again_gives_the_same() {
    let (plan, again) = (bundled(), bundled());
    let ids: BTreeSet<_> = plan.records.iter().map(|record| record.envelope.id).collect();
    assert_eq!(ids.len(), plan.records.len());
    let pairs = plan.records.iter().zip(&again.records);
    assert!(pairs.into_iter().all(|(a, b)| a.envelope == b.envelope && a.fields == b.fields));
}

#[test]
fn those_who_lead_are_managers_and_stand_before_those_they_lead() {
    let plan = bundled();
    let roles: BTreeMap<&str, Role> =
        plan.people.iter().map(|person| (person.name.as_str(), person.role)).collect();
    assert_eq!(roles["Andrew Fuller"], Role::Manager);
    assert_eq!(roles["Steven Buchanan"], Role::Manager);
    assert_eq!(roles["Nancy Davolio"], Role::Rep);
    assert_eq!(roles["Northwind Office"], Role::Admin);
    let mut seen = BTreeSet::new();
    for person in &plan.people {
        assert!(person.manager.is_none_or(|manager| seen.contains(&manager)), "{}", person.name);
        seen.insert(person.id);
    }
}

#[test]
fn every_account_lies_in_a_territory_of_the_rep_who_took_most_of_its_orders() {
    let plan = bundled();
    let held: BTreeSet<_> = plan.holders.iter().map(|holder| (holder.person, holder.territory)).collect();
    let reps: BTreeSet<_> =
        plan.people.iter().filter(|person| person.role == Role::Rep).map(|person| person.id).collect();
    let mut taken = BTreeMap::<_, BTreeMap<_, usize>>::new();
    for order in plan.records.iter().filter(|record| record.envelope.kind == Kind::ORDER) {
        if reps.contains(&order.envelope.creator) {
            let by = taken.entry(order.envelope.account).or_default();
            *by.entry(order.envelope.creator).or_default() += 1;
        }
    }
    for account in plan.records.iter().filter(|record| record.envelope.kind == Kind::ACCOUNT) {
        let rep = account.envelope.creator;
        assert!(held.contains(&(rep, account.territory.unwrap())));
        let by = taken.get(&account.envelope.account).cloned().unwrap_or_default();
        let most = by.values().max().copied().unwrap_or(0);
        assert_eq!(by.get(&rep).copied().unwrap_or(0), most);
    }
}

#[test]
fn an_order_keeps_number_day_author_and_exact_amounts() {
    let plan = bundled();
    let order = plan
        .records
        .iter()
        .find(|record| record.fields.get("external_id") == Some(&Value::Str("10248".into())));
    let order = order.unwrap();
    let decision = order.decision.as_ref().unwrap();
    assert_eq!(decision.number.as_deref(), Some("10248"));
    assert_eq!((decision.state.as_str(), decision.by), ("accepted", office_id()));
    // 12 x 14.00 + 10 x 9.80 + 5 x 34.80, and 32.38 freight.
    assert_eq!(decision.total_minor, Some(44_000 + 3_238));
    assert_eq!(order.envelope.creator, person_id(5));
    assert_eq!(order.captured_ms, 836_438_400_000, "1996-07-04, UTC");
    assert_eq!(order.fields["notes"], Value::Text("Shipped on 1996-07-16 with Federal Shipping.".into()));
}

#[test]
fn a_wrong_value_is_named_with_file_line_column_and_code() {
    let cases = [
        (with("orders.csv", "32.38", "32,38"), "orders.csv:2  wrong_columns"),
        (with("orders.csv", "32.38", "32.385"), "orders.csv:2 freight bad_number"),
        (with("orders.csv", "32.38", "1e3"), "orders.csv:2 freight bad_number"),
        (with("orders.csv", "32.38", "-1"), "orders.csv:2 freight bad_number"),
        (with("orders.csv", "1996-07-04", "04/07/1996"), "orders.csv:2 order_date bad_date"),
        (with("orders.csv", "1996-07-04", "1996-02-30"), "orders.csv:2 order_date bad_date"),
        (with("orders.csv", "1996-07-04", ""), "orders.csv:2 order_date empty_value"),
        (with("orders.csv", "10249,TOMSP", "10249,NOONE"), "orders.csv:3 customer_id unknown_reference"),
        (with("orders.csv", "10249,TOMSP", "10248,TOMSP"), "orders.csv:3 order_id duplicate_key"),
        (
            with("order_details.csv", "10248,42,9.8,10,0", "10248,42,9.8,0,0"),
            "order_details.csv:3 quantity bad_number",
        ),
        (
            with("order_details.csv", "10248,42,9.8,10,0", "10248,42,9.8,10,1.5"),
            "order_details.csv:3 discount bad_number",
        ),
        (
            with("order_details.csv", "10248,42,", "10248,4200,"),
            "order_details.csv:3 product_id unknown_reference",
        ),
        (with("products.csv", "39,0,10,0", "39,0,10,2"), "products.csv:2 discontinued bad_number"),
        (with("customers.csv", "customer_id,", "CustomerID,"), "customers.csv:1 customer_id wrong_header"),
        (with("customers.csv", ",phone,fax", ",phone"), "customers.csv:1 fax wrong_header"),
        (with("customers.csv", "Alfreds Futterkiste", &"x".repeat(201)), "customers.csv:2 name too_long"),
        (
            with("territories.csv", "Westboro,1", "Westboro,9"),
            "territories.csv:2 region_id unknown_reference",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(fault(result), expected);
    }
}

#[test]
fn a_row_after_a_value_of_several_lines_has_its_true_line() {
    // Employee 6 begins on line 7 and has a newline in its address; so does employee 7, on line 9.
    assert_eq!(
        fault(with("employees.csv", "1963-07-02,1993-10-17", "1963-07-02,x")),
        "employees.csv:7 hire_date bad_date"
    );
    assert_eq!(fault(with("employees.csv", "465,", "465,\"\",")), "employees.csv:9  wrong_columns");
    assert_eq!(
        fault(with("employees.csv", "1966-01-27,1994-11-15", "1966-01-27,x")),
        "employees.csv:12 hire_date bad_date"
    );
}

#[test]
fn all_faults_of_all_files_are_found_at_once() {
    let bytes = |file: &str| Source::Bundled.read(file).unwrap().into_owned();
    let mut customers = bytes("customers.csv");
    let at = customers.windows(4).position(|four| four == b"Ana ").unwrap();
    customers[at] = 0xff;
    let orders = String::from_utf8(bytes("orders.csv")).unwrap().replace("32.38", "x").replace("11.61", "y");
    let files = BTreeMap::from([
        ("customers.csv", customers),
        ("orders.csv", orders.into_bytes()),
        ("shippers.csv", Vec::new()),
    ]);
    let faults = Plan::read(&Source::Edited(files)).unwrap_err();
    let found: Vec<String> =
        faults.listed.iter().map(|fault| format!("{}:{} {}", fault.file, fault.line, fault.code)).collect();
    let expected = [
        "customers.csv:3 bad_encoding",
        "shippers.csv:1 wrong_header",
        "orders.csv:2 bad_number",
        "orders.csv:3 bad_number",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_folder_without_the_files_says_which_are_missing() {
    let faults = Plan::read(&Source::Folder("/nonexistent".into())).unwrap_err();
    assert_eq!(faults.count, 11);
    assert!(faults.listed.iter().all(|fault| fault.code == "missing_file"));
}

#[test]
fn more_faults_than_anyone_reads_are_counted() {
    let text = String::from_utf8(Source::Bundled.read("orders.csv").unwrap().into_owned()).unwrap();
    let edited = text.replace("1996-", "x").into_bytes();
    let faults = Plan::read(&Source::Edited(BTreeMap::from([("orders.csv", edited)]))).unwrap_err();
    assert_eq!(faults.listed.len(), super::fault::LISTED_MAX);
    assert!(faults.count > 300);
    assert!(faults.to_string().ends_with("more"));
}

#[test]
fn employees_who_report_in_a_circle_are_refused() {
    // Fuller reports to nobody in the files; here to Davolio, who reports to him.
    let top = "Pacific Rim Importers Association.\",";
    let faults = with("employees.csv", top, &format!("{top}1")).unwrap_err();
    assert!(faults.listed.iter().any(|fault| fault.code == "reports_in_circle"), "{faults}");
}

#[test]
fn all_reference_data_may_be_published() {
    let plan = bundled();
    let mut sets: BTreeMap<&str, BTreeMap<String, Json>> = plan.prices.iter().cloned().collect();
    sets.insert(reference::PRODUCTS, plan.products.iter().cloned().collect());
    assert_eq!(sets.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from(reference::SETS));
    for (set, values) in &sets {
        let single = values.iter().flat_map(|(key, value)| reference::check(set, key, value));
        let keys_of = |other: &str| sets[other].keys().cloned().collect();
        let faults: Vec<_> = single.chain(reference::check_set(set, values, keys_of)).collect();
        assert_eq!(faults, [], "{set}");
    }
}

#[test]
fn an_order_of_today_is_priced_by_it() {
    let plan = bundled();
    let mut shelf = Shelf::default();
    for (key, value) in &plan.products {
        shelf.put(reference::PRODUCTS, key, value);
    }
    for (set, values) in &plan.prices {
        values.iter().for_each(|(key, value)| shelf.put(set, key, value));
    }
    let order = |account: &str, lines: Json| -> Order {
        let customer = json!({ "account": super::records::account_id(account), "country": "Germany" });
        let order = json!({ "currency": "USD", "date": "2026-12-01", "customer": customer, "lines": lines });
        serde_json::from_value(order).unwrap()
    };
    // 12 x 21.00 = 252.00, of 12 one is free: 231.00; food in Germany 7%: 16.17.
    let cheese = price(&order("ALFKI", json!([{ "key": "1", "sku": "011", "quantity": 12 }])), &shelf);
    assert_eq!((cheese.net_minor, cheese.tax_minor, cheese.problems), (23_100, 1_617, vec![]));
    // A key account pays 4% less: 12 x 20.16 = 241.92; 11 of 12 are 221.76; 7% of it 15.5232.
    let cheese = price(&order("QUICK", json!([{ "key": "1", "sku": "011", "quantity": 12 }])), &shelf);
    assert_eq!((cheese.net_minor, cheese.tax_minor), (22_176, 1_552));
    // From 50 on 3% less: 50 x 20.37 = 1,018.50; of 48 four are free: 46 x 20.37 = 937.02.
    let cheese = price(&order("ALFKI", json!([{ "key": "1", "sku": "011", "quantity": 50 }])), &shelf);
    assert_eq!((cheese.lines[0].list_unit_minor, cheese.net_minor), (Some(2_037), 93_702));
}
