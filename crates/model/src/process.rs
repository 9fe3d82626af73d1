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

/// The set of reference data that templates stand in.
pub const SET: &str = "processes";
