//! Processes: how the house does what it does again and again, documented, carried out and measured the same everywhere.
//!
//! A **template** is published by the office as reference data, one key for each version ([`template`]): owner, goal,
//! measure, procedure, steps, responses, hand-offs to departments and the paths for when things go awry. A **run** is a
//! record of the kind `run` about another record; it names its version and keeps it ([`run`]). What comes next, what went
//! awry and whether the goal was met is worked out from both, offline and in the office alike ([`progress`]); what an answer
//! may be and comes to ([`answer`]), where a process is offered ([`offer`]), and what follows by itself: paths that begin and
//! end, tasks for others ([`follow`], [`tasks`]). Any of it may be tried out in memory ([`practice`]). How alike a process is carried out is a stated formula ([`integrity`]).

pub mod answer;
pub mod follow;
pub mod integrity;
pub mod offer;
pub mod practice;
pub mod progress;
pub mod run;
pub mod shipped;
pub mod tasks;
pub mod template;

pub use integrity::{Integrity, integrity};
pub use practice::Practice;
pub use progress::{Facts, Goal, Progress, progress};
pub use run::Run;
pub use template::Template;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::rule::Violation;

/// The set of reference data that templates stand in.
pub const SET: &str = "processes";
/// The set in which devices find departments by code, each an object with `id` and `name`.
pub const DEPARTMENTS: &str = "departments";

/// Everything wrong with publishing this under a key at which `known` stands: each rule of a template, and
/// `version_published` for a version that is there already. Runs keep it, so all that may change is whether new ones
/// begin with it; `None` would remove it.
pub fn check(key: &str, value: Option<&Json>, known: Option<&Json>) -> Vec<Violation> {
    let read = value.map(|value| Template::read(key, value)).transpose();
    let template = match read {
        Ok(template) => template,
        Err(faults) => return faults,
    };
    let known = known.and_then(|known| Template::read(key, known).ok());
    let stays = match (&template, &known) {
        (Some(template), Some(known)) => {
            *template == Template { is_offered: template.is_offered, ..known.clone() }
        }
        (None, Some(_)) => false,
        (_, None) => true,
    };
    if stays {
        return Vec::new();
    }
    let text = "This version was published, and runs may keep it; publish the next version, or stop offering this one.";
    vec![Violation::new("version_published", &[], text)]
}

/// The same, with `unknown_department` for each code of a new version that no department has: nobody would get the tasks.
pub fn check_with(
    key: &str,
    value: Option<&Json>,
    known: Option<&Json>,
    departments: &BTreeSet<String>,
) -> Vec<Violation> {
    let mut faults = check(key, value, known);
    let template = value.filter(|_| known.is_none()).and_then(|value| Template::read(key, value).ok());
    for (path, code) in template.iter().flat_map(Template::departments) {
        if !departments.contains(code) {
            let text = format!("There is no department with the code {code}; add it, or name another.");
            faults.push(Violation::new("unknown_department", &path, text));
        }
    }
    faults
}
