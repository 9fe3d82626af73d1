//! Practising a process: a run in memory alone, followed by the same rules as one in the record. Nothing of it is ever captured,
//! so nothing of it can be sent.

use super::answer::{answered, write};
use super::follow::{begin, end, follow};
use super::progress::{Facts, Progress, progress};
use super::run::Run;
use super::template::{Template, Trigger};
use crate::id::{PersonId, item_key};
use crate::rule::Violation;
use crate::value::{Edit, Fields, Value};

/// A run that is practised.
#[derive(Clone, Debug)]
pub struct Practice {
    template: Template,
    fields: Fields,
    keys: u32,
}

impl Practice {
    /// Begins one.
    pub fn new(template: Template, now_ms: i64) -> Self {
        let fields = Fields::from([
            ("process".to_owned(), Value::Str(template.process.clone())),
            ("version".to_owned(), Value::Int(template.version)),
            ("state".to_owned(), Value::Str("running".to_owned())),
            ("started_at".to_owned(), Value::Timestamp(now_ms)),
        ]);
        let mut practice = Self { template, fields, keys: 0 };
        practice.follow(now_ms);
        practice
    }

    /// The version that is practised.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// What was answered so far.
    pub fn run(&self) -> Run {
        Run::read(&self.fields)
    }

    /// How far it is.
    pub fn progress(&self, now_ms: i64) -> Progress {
        progress(&self.template, &self.run(), &Facts { now_ms, ..Facts::default() })
    }

    /// Answers a step.
    ///
    /// # Errors
    /// What a run would refuse: `unknown_step`, `required`, `wrong_answer`, `not_running`.
    pub fn answer(&mut self, step: &str, said: Option<&str>, now_ms: i64) -> Result<(), Violation> {
        let run = self.run();
        if run.state != "running" {
            return Err(Violation::new("not_running", &[], "There is nothing left to answer."));
        }
        let unknown = || {
            Violation::new("unknown_step", &[], format!("{} has no step called {step}", self.template.name))
        };
        let answer =
            answered(self.template.step(step).ok_or_else(unknown)?, said, run.next_ms(step, now_ms))?;
        let edit = write(step, &answer, PersonId::from_bytes([0; 16]), self.key());
        self.apply([edit]);
        self.follow(now_ms);
        Ok(())
    }

    /// Takes a path that no answer leads to: the order is refused, a case is opened, or it takes too long.
    ///
    /// # Errors
    /// `unknown_path`: there is none with this key, or a step leads to it; `not_running`.
    pub fn take(&mut self, path: &str, now_ms: i64) -> Result<(), Violation> {
        let run = self.run();
        if run.state != "running" {
            return Err(Violation::new("not_running", &[], "There is nothing left to go awry."));
        }
        let known = self.template.path(path).filter(|path| !matches!(path.trigger, Trigger::StepFailed(_)));
        let Some(known) = known else {
            let text =
                format!("{} has no path called {path} that one can be told to take", self.template.name);
            return Err(Violation::new("unknown_path", &[], text));
        };
        if !run.awry.contains_key(path) {
            let edit = begin(&known.key.clone(), now_ms, None, self.key());
            self.apply([edit]);
        }
        Ok(())
    }

    /// Ends it as done, if nothing that is required is open. Says whether it is done.
    pub fn finish(&mut self, now_ms: i64) -> bool {
        if self.run().state == "running" && self.progress(now_ms).is_complete {
            self.apply(end("done", now_ms));
        }
        self.run().state == "done"
    }

    fn follow(&mut self, now_ms: i64) {
        let facts = Facts { now_ms, ..Facts::default() };
        let mut keys = self.keys;
        let mut random = || {
            keys += 1;
            five(keys)
        };
        let edits = follow(&self.template, &self.fields, &facts, None, &mut random);
        self.keys = keys;
        self.apply(edits);
    }

    fn apply(&mut self, edits: impl IntoIterator<Item = Edit>) {
        for edit in edits {
            if let Edit::Put { path, value } = edit {
                put(&mut self.fields, &path, value);
            }
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        item_key(five(self.keys))
    }
}

/// Nobody else makes keys here, so that a count will do.
fn five(count: u32) -> [u8; 5] {
    let [a, b, c, d] = count.to_be_bytes();
    [0, a, b, c, d]
}

fn put(fields: &mut Fields, path: &[String], value: Value) {
    let [name, rest @ ..] = path else { return };
    if rest.is_empty() {
        fields.insert(name.clone(), value);
        return;
    }
    let within = fields.entry(name.clone()).or_insert_with(|| Value::Map(Fields::new()));
    if let Value::Map(within) = within {
        put(within, rest, value);
    }
}
