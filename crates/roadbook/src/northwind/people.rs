//! People and territories: employees, whom they report to and what they hold.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime};
use roadbook_model::permission::Role;
use roadbook_model::{PersonId, TerritoryId};

use super::fault::{Fault, Faults};
use super::id::derive;
use super::rows::{Employee, Region, Territory};
use super::table::{At, Table};
use super::tables::Tables;

/// Longest name of a person or territory, in characters.
const NAME_CHARS_MAX: usize = 200;
/// The number of the one person that Northwind lacks: somebody in the office.
const OFFICE: &str = "office";

/// A person to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonPlan {
    /// The id.
    pub id: PersonId,
    /// The employee's number.
    pub external_id: String,
    /// Given and family name.
    pub name: String,
    /// An address under `northwind.example`, by which the person is found.
    pub email: String,
    /// What the person is to the organisation.
    pub role: Role,
    /// Whom the person reports to.
    pub manager: Option<PersonId>,
}

/// A territory to import; one stands after the one that it is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerritoryPlan {
    /// The id.
    pub id: TerritoryId,
    /// The short word.
    pub code: String,
    /// The name.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<TerritoryId>,
}

/// Who holds what, as owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderPlan {
    /// The holding's own id.
    pub id: [u8; 16],
    /// Who.
    pub person: PersonId,
    /// What.
    pub territory: TerritoryId,
    /// From when, in milliseconds since 1970: the day the employee was hired.
    pub from_ms: i64,
}

/// The id of an employee's person.
pub fn person_id(employee: i64) -> PersonId {
    PersonId::from_bytes(derive("employees", &employee.to_string()))
}

/// The id of the person in the office.
pub fn office_id() -> PersonId {
    PersonId::from_bytes(derive("employees", OFFICE))
}

/// The id of a territory.
pub fn territory_id(territory: &str) -> TerritoryId {
    TerritoryId::from_bytes(derive("territories", territory))
}

/// Whether an employee leads others.
pub fn is_manager(tables: &Tables, employee: i64) -> bool {
    tables.employees.iter().any(|at| {
        let is_vice_president =
            at.row.title.as_deref().is_some_and(|title| title.starts_with("Vice President"));
        at.row.reports_to == Some(employee) || (at.row.id == employee && is_vice_president)
    })
}

/// Everybody, managers before those whom they lead; the office last.
pub fn people(tables: &Tables, faults: &mut Faults) -> Vec<PersonPlan> {
    let mut emails = BTreeSet::from([format!("{OFFICE}@{DOMAIN}")]);
    let mut people = Vec::new();
    for At { line, row } in from_the_top(tables, faults) {
        let name = format!("{} {}", row.first_name, row.last_name);
        check_name::<Employee>(*line, "last_name", &name, faults);
        let mut email = email(row, "");
        if !emails.insert(email.clone()) {
            email = self::email(row, &format!(".{}", row.id));
            emails.insert(email.clone());
        }
        people.push(PersonPlan {
            id: person_id(row.id),
            external_id: row.id.to_string(),
            name,
            email,
            role: if is_manager(tables, row.id) { Role::Manager } else { Role::Rep },
            manager: row.reports_to.map(person_id),
        });
    }
    people.push(PersonPlan {
        id: office_id(),
        external_id: OFFICE.to_owned(),
        name: "Northwind Office".to_owned(),
        email: format!("{OFFICE}@{DOMAIN}"),
        role: Role::Admin,
        manager: None,
    });
    people
}

/// The domain of every address: reserved, so that no mail ever leaves.
const DOMAIN: &str = "northwind.example";

fn email(row: &Employee, suffix: &str) -> String {
    let plain =
        |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let (first, last) = (plain(&row.first_name), plain(&row.last_name));
    match first.is_empty() || last.is_empty() {
        true => format!("employee.{}@{DOMAIN}", row.id),
        false => format!("{first}.{last}{suffix}@{DOMAIN}"),
    }
}

/// Employees so that each comes after the one to whom it reports.
fn from_the_top<'a>(tables: &'a Tables, faults: &mut Faults) -> Vec<&'a At<Employee>> {
    let mut left: Vec<&At<Employee>> = tables.employees.iter().collect();
    let mut done = BTreeSet::new();
    let mut ordered = Vec::new();
    loop {
        let ready = |at: &&At<Employee>| at.row.reports_to.is_none_or(|above| done.contains(&above));
        let (next, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(ready);
        if next.is_empty() {
            for at in rest {
                let text = "the employee reports to itself, by way of others or directly; leave one reports_to empty";
                let column = "reports_to".to_owned();
                let (file, line, code) = (Employee::FILE, at.line, "reports_in_circle");
                faults.add(Fault { file, line, column, code, text: text.to_owned() });
            }
            return ordered;
        }
        done.extend(next.iter().map(|at| at.row.id));
        ordered.extend(next);
        left = rest;
    }
}

/// The tree: regions, and the territories in them.
pub fn territories(tables: &Tables, faults: &mut Faults) -> Vec<TerritoryPlan> {
    let region_id = |id: i64| TerritoryId::from_bytes(derive("regions", &id.to_string()));
    let mut tree = Vec::new();
    for At { line, row } in &tables.regions {
        check_name::<Region>(*line, "region_description", &row.name, faults);
        let code = format!("region-{}", row.id);
        tree.push(TerritoryPlan { id: region_id(row.id), code, name: row.name.clone(), parent: None });
    }
    for At { line, row } in &tables.territories {
        check_name::<Territory>(*line, "territory_description", &row.name, faults);
        check_name::<Territory>(*line, "territory_id", &row.id, faults);
        tree.push(TerritoryPlan {
            id: territory_id(&row.id),
            code: row.id.clone(),
            name: row.name.clone(),
            parent: Some(region_id(row.region)),
        });
    }
    tree
}

/// Who holds which territory.
pub fn holders(tables: &Tables) -> Vec<HolderPlan> {
    let hired: BTreeMap<i64, Option<NaiveDate>> =
        tables.employees.iter().map(|at| (at.row.id, at.row.hired)).collect();
    let holders = tables.holders.iter().map(|at| HolderPlan {
        id: derive("employee_territories", &at.row.key()),
        person: person_id(at.row.employee),
        territory: territory_id(&at.row.territory),
        from_ms: hired.get(&at.row.employee).copied().flatten().map_or(0, midnight_ms),
    });
    holders.collect()
}

/// The beginning of a day in UTC, in milliseconds since 1970.
pub fn midnight_ms(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().signed_duration_since(DateTime::UNIX_EPOCH).num_milliseconds()
}

fn check_name<T: Table>(line: u64, column: &str, name: &str, faults: &mut Faults) {
    let fault = |code, text: &str| Fault {
        file: T::FILE,
        line,
        column: column.to_owned(),
        code,
        text: text.to_owned(),
    };
    if name.contains('\0') {
        faults.add(fault("bad_character", "a name cannot hold the character U+0000; remove it"));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        faults.add(fault("too_long", "a name has at most 200 characters; shorten it"));
    }
}
