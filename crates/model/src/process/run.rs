//! A run as its record says it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::value::{Fields, Value, int_of, moment_of, str_of};

/// What a record of the kind `run` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The process's key.
    pub process: String,
    /// The version that it keeps.
    pub version: i64,
    /// `running`, `done` or `abandoned`.
    pub state: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it was done or abandoned.
    pub finished_ms: Option<i64>,
    /// What was answered, by step; of several answers to one step the latest counts.
    pub answers: BTreeMap<String, Answered>,
    /// When each step was first answered and not left out, in milliseconds since 1970: an answer that is mended later was given in time.
    pub first_ms: BTreeMap<String, i64>,
    /// The paths that were taken, by key; of several the first counts, and the last that it was put right.
    pub awry: BTreeMap<String, Taken>,
}

/// An answer to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// How it went.
    pub state: Outcome,
    /// The word that was chosen, or the text.
    pub word: Option<String>,
    /// The number that was answered.
    pub number: Option<i64>,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It was left out.
    Skipped,
}

impl Outcome {
    /// Its word in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// The outcome of a word in the record.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Done, Self::Failed, Self::Skipped].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// A path that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// When it was put right.
    pub resolved_ms: Option<i64>,
}

impl Run {
    /// Reads a record of the kind `run`. What it lacks is empty; what no rule knows is passed over.
    pub fn read(fields: &Fields) -> Self {
        let mut run = Self {
            process: word(fields, "process").unwrap_or_default(),
            version: int_of(fields, "version").unwrap_or_default(),
            state: word(fields, "state").unwrap_or_default(),
            started_ms: moment_of(fields, "started_at").unwrap_or_default(),
            finished_ms: moment_of(fields, "finished_at"),
            ..Self::default()
        };
        for item in items(fields, "answers") {
            let (Some(step), Some(state)) = (word(item, "step"), str_of(item, "state").and_then(Outcome::of))
            else {
                continue;
            };
            let at_ms = moment_of(item, "at").unwrap_or_default();
            run.answered(
                step,
                Answered { state, word: word(item, "word"), number: int_of(item, "number"), at_ms },
            );
        }
        for item in items(fields, "awry") {
            let Some(path) = word(item, "path") else { continue };
            let at_ms = moment_of(item, "at").unwrap_or_default();
            run.took(path, Taken { at_ms, resolved_ms: moment_of(item, "resolved_at") });
        }
        run
    }

    /// Takes an answer in, in the order of their items.
    pub fn answered(&mut self, step: String, answer: Answered) {
        if answer.state != Outcome::Skipped {
            let first = self.first_ms.entry(step.clone()).or_insert(answer.at_ms);
            *first = answer.at_ms.min(*first);
        }
        let known = self.answers.entry(step).or_insert_with(|| answer.clone());
        if known.at_ms < answer.at_ms {
            *known = answer;
        }
    }

    /// Takes in that a path was taken.
    pub fn took(&mut self, path: String, taken: Taken) {
        let known = self.awry.entry(path).or_insert(taken);
        known.at_ms = known.at_ms.min(taken.at_ms);
        known.resolved_ms = known.resolved_ms.max(taken.resolved_ms);
    }

    /// The moment that a new answer to a step gets: now, but after the answer that is known, whoever's clock that came from. So
    /// the later answer counts even where a clock is behind.
    pub fn next_ms(&self, step: &str, now_ms: i64) -> i64 {
        self.answers.get(step).map_or(now_ms, |known| now_ms.max(known.at_ms.saturating_add(1)))
    }

    /// The steps that were answered and not left out, in the order in which that happened; at one moment by key.
    pub fn path(&self) -> Vec<&str> {
        let mut taken: Vec<(i64, &str)> = self
            .answers
            .iter()
            .filter(|(_, answer)| answer.state != Outcome::Skipped)
            .map(|(step, answer)| (answer.at_ms, step.as_str()))
            .collect();
        taken.sort_unstable();
        taken.into_iter().map(|(_, step)| step).collect()
    }
}

pub(super) fn items<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a Fields> {
    Value::entries(fields.get(name)).values().filter_map(|item| match item {
        Value::Map(item) => Some(item),
        _ => None,
    })
}

fn word(fields: &Fields, name: &str) -> Option<String> {
    str_of(fields, name).map(str::to_owned)
}
