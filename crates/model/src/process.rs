//! Processes: how the house does what it does again and again, documented, carried out and measured the same everywhere.
//!
//! A **template** is published by the office as reference data, one key for each version ([`template`]): owner, goal,
//! measure, procedure, steps, responses, hand-offs to departments and the paths for when things go awry. A **run** is a
//! record of the kind `run` about another record; it names its version and keeps it ([`run`]). What comes next, what went
//! awry and whether the goal was met is worked out from both, offline and in the office alike ([`progress`]). How alike a
//! process is carried out is a stated formula ([`integrity`]).

pub mod integrity;
pub mod progress;
pub mod run;
pub mod template;

pub use integrity::{Integrity, integrity};
pub use progress::{Facts, Goal, Progress, progress};
pub use run::Run;
pub use template::Template;

use serde_json::Value as Json;

use crate::rule::Violation;

/// The set of reference data that templates stand in.
pub const SET: &str = "processes";

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
