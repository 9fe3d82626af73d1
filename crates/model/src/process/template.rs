//! A process template: one version of it, as the office publishes it.

mod check;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::permission::Role;
use crate::pricing::reference::fold;
use crate::rule::Violation;

/// Most steps of a template, and of a path.
pub const STEPS_MAX: usize = 60;
/// Most hand-offs, responses and paths of a template.
pub const PARTS_MAX: usize = 40;
/// Longest duration: a year, in minutes.
pub const MINUTES_MAX: i64 = 527_040;

/// A version of a process. Its key in the set is [`key_of`] its own key and version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The process's word: lower-case letters, digits and underscores.
    pub process: String,
    /// Raised with each publication; runs keep the one that they began with.
    pub version: i64,
    /// What people call it.
    pub name: String,
    /// Who answers for it: the code of a department, or a person's name.
    pub owner: String,
    /// What it is for.
    pub goal: String,
    /// How one sees whether a run met the goal.
    pub measure: Measure,
    /// How it is done, in Markdown.
    pub procedure: String,
    /// Where it is offered; nothing is everywhere.
    #[serde(default)]
    pub applies: Applies,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What to say or do in a situation.
    #[serde(default)]
    pub responses: Vec<Response>,
    /// What goes to departments.
    #[serde(default)]
    pub hand_offs: Vec<HandOff>,
    /// What to do when it goes awry.
    #[serde(default)]
    pub awry: Vec<AwryPath>,
    /// Whether new runs may begin with it; of several versions, the highest that may.
    #[serde(default = "yes")]
    pub is_offered: bool,
}

/// How one sees whether a run met the goal: a number, and on which side of the target it is to lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is measured, for people.
    pub name: String,
    /// The number.
    pub of: Measured,
    /// `at_most` or `at_least`.
    pub is: Side,
    /// The target: minutes, or what the step's number counts.
    pub target: i64,
}

/// What a measure's number is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Minutes from the beginning of the run to its end.
    MinutesToFinish,
    /// The number that was answered to this step.
    Answer(String),
}

/// On which side of its target a measure is to lie; the target itself is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The target or below.
    AtMost,
    /// The target or above.
    AtLeast,
}

/// Where a process is offered: each list that is not empty must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Applies {
    /// Kinds of the record that it is about, such as `visit`.
    pub kinds: Vec<String>,
    /// Segments of the account.
    pub segments: Vec<String>,
    /// Purposes of a visit.
    pub purposes: Vec<String>,
    /// States of the record: of an order the decided one.
    pub states: Vec<String>,
}

/// Something to do or to find out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its word in the template.
    pub key: String,
    /// What is to be done, in a line.
    pub title: String,
    /// How to do it.
    #[serde(default)]
    pub help: Option<String>,
    /// How it is answered.
    pub answer: Answer,
    /// Whether a run is complete without it.
    #[serde(default = "yes")]
    pub is_required: bool,
    /// Who does it.
    #[serde(default)]
    pub by: By,
}

/// How a step is answered, and which answers mean that it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// Done or not; not done has failed.
    Check {},
    /// One of these words.
    Choice {
        /// The words.
        words: Vec<String>,
        /// Those of them that mean it failed.
        #[serde(default)]
        fails: Vec<String>,
    },
    /// A whole number in this closed range; outside the good range it failed.
    Number {
        /// Smallest that may be answered.
        min: i64,
        /// Largest that may be answered.
        max: i64,
        /// Smallest that is good.
        #[serde(default)]
        good_min: Option<i64>,
        /// Largest that is good.
        #[serde(default)]
        good_max: Option<i64>,
    },
    /// Some words.
    Text {},
}

/// Who does a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The rep.
    #[default]
    Rep,
    /// The office.
    Office,
    /// This department, by its code.
    Department(String),
}

/// A preferred response: what to say or do in a situation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Its word in the template.
    pub key: String,
    /// When it fits.
    pub situation: String,
    /// What one says or does.
    pub action: String,
}

/// A task that goes to a department when a step was answered, or when the run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOff {
    /// Its word in the template.
    pub key: String,
    /// After which step; without one, at the beginning.
    #[serde(default)]
    pub after: Option<String>,
    /// The department's code.
    pub department: String,
    /// What it is to do.
    pub subject: String,
    /// How long it has, in minutes.
    pub due_minutes: i64,
}

/// What to do when it goes awry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwryPath {
    /// Its word in the template.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// When it is taken.
    pub trigger: Trigger,
    /// What is done then.
    pub steps: Vec<Step>,
    /// Who is told and takes over: a role, or the code of a department.
    pub escalate_to: Escalation,
    /// How long it may take, in minutes.
    pub due_minutes: i64,
}

/// When a path is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// This step failed.
    StepFailed(String),
    /// The run is not complete so many minutes after it began.
    Overdue(i64),
    /// The order that it is about was rejected.
    Refused,
    /// A case was opened about the record that it is about.
    CaseOpened,
}

/// Who takes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// Whoever has this role for the account.
    Role(Role),
    /// This department, by its code.
    Department(String),
}

const fn yes() -> bool {
    true
}

/// The key of a version in the set [`super::SET`].
pub fn key_of(process: &str, version: i64) -> String {
    format!("{process}@{version}")
}

impl Template {
    /// Reads what stands in the set under a key.
    ///
    /// # Errors
    /// Every rule that it does not keep: `malformed` where it has not the shape of a template, else one violation for each
    /// part, with its path.
    pub fn read(key: &str, value: &Json) -> Result<Self, Vec<Violation>> {
        let read = Self::deserialize(value);
        let template = read.map_err(|error| vec![Violation::new("malformed", &[], error.to_string())])?;
        let faults = check::faults(&template, key);
        if faults.is_empty() { Ok(template) } else { Err(faults) }
    }

    /// Its step with this key, or the step `path/step` of one of its paths.
    pub fn step(&self, key: &str) -> Option<&Step> {
        match key.split_once('/') {
            Some((path, step)) => self.path(path)?.steps.iter().find(|one| one.key == step),
            None => self.steps.iter().find(|one| one.key == key),
        }
    }

    /// The departments that get something to do, each with the way to where it is named.
    pub fn departments(&self) -> Vec<(Vec<String>, &str)> {
        let at = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let hand_offs =
            self.hand_offs.iter().map(|one| (at(&["hand_offs", &one.key]), one.department.as_str()));
        let awry = self.awry.iter().filter_map(|path| match &path.escalate_to {
            Escalation::Department(code) => Some((at(&["awry", &path.key]), code.as_str())),
            Escalation::Role(_) => None,
        });
        hand_offs.chain(awry).collect()
    }

    /// Its path with this key.
    pub fn path(&self, key: &str) -> Option<&AwryPath> {
        self.awry.iter().find(|path| path.key == key)
    }
}

impl Applies {
    /// Whether a process is offered for a record of this kind and state at an account of this segment.
    pub fn to(&self, kind: &str, segment: Option<&str>, purpose: Option<&str>, state: Option<&str>) -> bool {
        let holds = |list: &[String], word: Option<&str>| {
            list.is_empty() || word.is_some_and(|word| list.iter().any(|one| one == word))
        };
        holds(&self.kinds, Some(kind))
            && (self.segments.is_empty()
                || segment.is_some_and(|segment| self.segments.iter().any(|one| fold(one) == fold(segment))))
            && holds(&self.purposes, purpose)
            && holds(&self.states, state)
    }
}
