//! Which territory each customer lies in. Northwind says which employee holds which territory and who took which
//! order, but gives its customers no territory; this is the rule that Roadbook chooses.

use std::collections::BTreeMap;

use super::fault::{Fault, Faults};
use super::people::is_manager;
use super::rows::{Customer, Holder};
use super::table::{At, Table};
use super::tables::Tables;

/// The rule in words, for `--help` and the report.
pub const RULE: &str = "\
Northwind gives customers no territory. Each goes to the rep who took most of its orders (a tie goes to the lower
employee number); one without orders by any rep goes to the reps in turn, by customer id. Reps are the employees who
hold a territory and lead nobody. A rep's customers, by customer id, are dealt in turn to the rep's territories, by
territory id. An account that was imported before stays where it lies.";

/// Where a customer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The rep.
    pub employee: i64,
    /// The territory.
    pub territory: String,
}

/// The place of every customer, by customer id.
pub fn places(tables: &Tables, faults: &mut Faults) -> BTreeMap<String, Place> {
    let held = held_by_reps(tables);
    if held.is_empty() {
        let text = "no employee who leads nobody holds a territory, so that no customer can be given to one";
        let column = "employee_id".to_owned();
        faults.add(Fault { file: Holder::FILE, line: 0, column, code: "no_rep", text: text.to_owned() });
        return BTreeMap::new();
    }
    let reps = reps_of_customers(tables, &held);
    let mut turns = BTreeMap::<i64, usize>::new();
    reps.into_iter()
        .filter_map(|(customer, employee)| {
            let territories = held.get(&employee)?;
            let turn = turns.entry(employee).or_default();
            let territory = territories.get(*turn % territories.len())?.clone();
            *turn += 1;
            Some((customer, Place { employee, territory }))
        })
        .collect()
}

/// The territories of each rep, by id.
fn held_by_reps(tables: &Tables) -> BTreeMap<i64, Vec<String>> {
    let mut held = BTreeMap::<i64, Vec<String>>::new();
    for At { row, .. } in &tables.holders {
        if !is_manager(tables, row.employee) {
            held.entry(row.employee).or_default().push(row.territory.clone());
        }
    }
    held.values_mut().for_each(|territories| territories.sort_unstable());
    held
}

/// The rep of each customer, by customer id.
fn reps_of_customers(tables: &Tables, held: &BTreeMap<i64, Vec<String>>) -> BTreeMap<String, i64> {
    let mut taken = BTreeMap::<&str, BTreeMap<i64, usize>>::new();
    for At { row, .. } in tables.orders.iter().filter(|at| held.contains_key(&at.row.employee)) {
        *taken.entry(&row.customer).or_default().entry(row.employee).or_default() += 1;
    }
    let mut customers: Vec<&Customer> = tables.customers.iter().map(|at| &at.row).collect();
    customers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut in_turn = held.keys().cycle();
    customers
        .into_iter()
        .filter_map(|customer| {
            let orders = taken.get(customer.id.as_str());
            let most = orders.and_then(|orders| orders.iter().max_by_key(|(id, count)| (**count, -**id)));
            let employee = most.map(|(id, _)| id).or_else(|| in_turn.next())?;
            Some((customer.id.clone(), *employee))
        })
        .collect()
}
