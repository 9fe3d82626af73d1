//! Carrying processes out, offline: a run is begun about a record, its steps are answered one by one, and what follows is
//! captured with the answer, in one transaction: paths for when it goes awry, the end, and the tasks of hand-offs.

mod follow;
mod show;

use roadbook_model::process::answer::{answered, write};
use roadbook_model::process::follow::end;
use roadbook_model::process::offer::{Subject, is_for, offered};
use roadbook_model::process::progress::progress;
use roadbook_model::process::template::key_of;
use roadbook_model::process::{self, Practice, Run, Template};
use roadbook_model::rule::Violation;
use roadbook_model::{AccountId, Edit, Fields, Kind, RecordId, Value, id::item_key};
use roadbook_sync::device::{CaptureError, NewCapture, capture, practice};
use serde_json::Value as Json;

pub use show::{HandOffView, PathView, ResponseView, RunView, StepView};

use super::{Device, DeviceError};
use crate::queries::Record;

/// Templates read at once.
const PAGE: usize = 200;

/// A process that may be begun, for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Offer {
    /// Its key.
    pub process: String,
    /// The version that a run would keep.
    pub version: i64,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub goal: String,
}

impl Device {
    /// The processes that are offered for a record; without one, all that are offered anywhere.
    ///
    /// # Errors
    /// `unknown_record`; when the store cannot be read.
    pub fn processes(&self, about: Option<RecordId>) -> Result<Vec<Offer>, DeviceError> {
        let subject = about.map(|about| self.subject(about)).transpose()?;
        let found = offered(self.templates()?).into_values();
        let found = found.filter(|template| subject.as_ref().is_none_or(|(_, it)| is_for(template, it)));
        let offer = |template: Template| Offer {
            process: template.process,
            version: template.version,
            name: template.name,
            goal: template.goal,
        };
        Ok(found.map(offer).collect())
    }

    /// Begins a process about a record, in the version that is offered now.
    ///
    /// # Errors
    /// `unknown_process`, `not_offered`; as [`Device::create`].
    pub fn start_run(&self, process: &str, about: RecordId) -> Result<RecordId, DeviceError> {
        let (account, subject) = self.subject(about)?;
        let template = offered(self.templates()?).remove(process);
        let template = template.ok_or_else(|| unknown_process(process))?;
        if !is_for(&template, &subject) {
            let text = format!("{} is not offered for this {}", template.name, subject.kind);
            return Err(rule("not_offered", text));
        }
        let kit = self.kit(template)?;
        let person = self.identity().person;
        self.capture(|rows, ctx| {
            let fields = begun(&kit.template, about, ctx.now_ms, person.to_string());
            let new =
                NewCapture { kind: Kind::RUN, account: Some(account), territory: None, id: None, fields };
            let run = capture::create(rows, ctx, new)?;
            kit.follow(rows, ctx, run)?;
            Ok(run)
        })
    }

    /// Answers a step of a run: `yes` or `no` to a check, a word of a choice, a number or a text; nothing leaves it out. A step
    /// may be answered again: the last answer counts.
    ///
    /// # Errors
    /// `unknown_step`, `wrong_answer`, `required`, `not_running`; as [`Device::edit`].
    pub fn answer_step(&self, run: RecordId, step: &str, said: Option<&str>) -> Result<(), DeviceError> {
        let (read, kit) = self.running(run)?;
        let found = kit.template.step(step).ok_or_else(|| {
            rule("unknown_step", format!("{} has no step called {step}", kit.template.name))
        })?;
        let answer = answered(found, said, read.next_ms(step, self.now_ms())).map_err(broken)?;
        let person = self.identity().person;
        self.capture(|rows, ctx| {
            let edit = write(step, &answer, person, fresh_key(ctx));
            capture::edit(rows, ctx, run, &[edit])?;
            kit.follow(rows, ctx, run)
        })
    }

    /// Notes that a preferred response was used, and whether it helped: `yes`, `no` or `unknown`.
    ///
    /// # Errors
    /// `unknown_response`, `not_running`; as [`Device::edit`].
    pub fn use_response(&self, run: RecordId, response: &str, worked: &str) -> Result<(), DeviceError> {
        let (_, kit) = self.running(run)?;
        if !kit.template.responses.iter().any(|one| one.key == response) {
            let text = format!("{} has no response called {response}", kit.template.name);
            return Err(rule("unknown_response", text));
        }
        let word = |text: &str| Value::Str(text.to_owned());
        self.capture(|rows, ctx| {
            let fields = Fields::from([
                ("response".to_owned(), word(response)),
                ("worked".to_owned(), word(worked)),
                ("at".to_owned(), Value::Timestamp(ctx.now_ms)),
            ]);
            let path = vec!["responses".to_owned(), fresh_key(ctx)];
            capture::edit(rows, ctx, run, &[Edit::Put { path, value: Value::Map(fields) }])
        })
    }

    /// Ends a run: as done, or given up.
    ///
    /// # Errors
    /// `not_complete` while something that is required is open; `not_running`; as [`Device::edit`].
    pub fn end_run(&self, run: RecordId, is_given_up: bool) -> Result<(), DeviceError> {
        let (read, kit) = self.running(run)?;
        let facts = process::Facts { now_ms: self.now_ms(), ..Default::default() };
        let now = progress(&kit.template, &read, &facts);
        if !is_given_up && !now.is_complete {
            let text = "something that belongs to it is not answered or not put right yet; give it up if it cannot be";
            return Err(rule("not_complete", text));
        }
        let state = if is_given_up { "abandoned" } else { "done" };
        self.edit(run, &end(state, self.now_ms()))
    }

    /// Practises a process in the version that is offered now: takes these paths, answers steps in this order, and ends it if
    /// nothing that is required is open then. Once it is done, that is told to the office with the next hello (rule H9); nothing else of it is kept.
    ///
    /// # Errors
    /// `unknown_process`; what a run would refuse; when the store cannot be read or written.
    pub fn practise(
        &self,
        process: &str,
        awry: &[String],
        answers: &[(String, Option<String>)],
    ) -> Result<Practice, DeviceError> {
        let template = offered(self.templates()?).remove(process).ok_or_else(|| unknown_process(process))?;
        let version = u32::try_from(template.version).map_err(|_| unknown_process(process))?;
        let mut run = Practice::new(template, self.now_ms());
        for path in awry {
            run.take(path, self.now_ms()).map_err(broken)?;
        }
        for (step, said) in answers {
            run.answer(step, said.as_deref(), self.now_ms()).map_err(broken)?;
        }
        if run.finish(self.now_ms()) {
            let now_ms = self.now_ms();
            self.store().transaction(|rows| practice::note(rows, process, version, now_ms))?;
        }
        Ok(run)
    }

    /// A case was captured: runs at its account whose process has a path for that take it, with the case, or not at all.
    pub(super) fn create_case(&self, account: AccountId, fields: Fields) -> Result<RecordId, DeviceError> {
        let mut kits = Vec::new();
        for summary in self.store().list(Kind::RUN, Some(account), usize::MAX, None)?.records {
            if summary.state.as_deref() == Some("running") {
                // A run whose version is not here waits for the server to see it.
                kits.extend(self.running(summary.record).ok().map(|(_, kit)| (summary.record, kit)));
            }
        }
        let new = NewCapture { kind: Kind::CASE, account: Some(account), territory: None, id: None, fields };
        self.capture(|rows, ctx| {
            let case = capture::create(rows, ctx, new)?;
            for (run, kit) in &kits {
                // The case is what counts; the server begins what could not be begun here.
                if let Err(CaptureError::Store(error)) = kit.follow(rows, ctx, *run) {
                    return Err(CaptureError::Store(error));
                }
            }
            Ok(case)
        })
    }

    /// A run that goes on, with what carrying it on needs.
    fn running(&self, run: RecordId) -> Result<(Run, follow::Kit), DeviceError> {
        let (_, read) = self.read_run(run)?;
        if read.state != "running" {
            return Err(rule("not_running", format!("this run is {} and takes no more answers", read.state)));
        }
        let template = self.template_of(&read)?;
        Ok((read, self.kit(template)?))
    }

    fn read_run(&self, run: RecordId) -> Result<(Record, Run), DeviceError> {
        let record = self.store().record(run)?.ok_or(CaptureError::UnknownRecord)?;
        if record.summary.kind != Kind::RUN.name() {
            return Err(rule("not_a_run", "this record is no run of a process"));
        }
        let fields = roadbook_model::projection::from_json(Kind::RUN.spec(), &record.fields);
        let read = Run::read(&fields.map_err(broken)?);
        Ok((record, read))
    }

    /// The version that a run keeps.
    fn template_of(&self, run: &Run) -> Result<Template, DeviceError> {
        let key = key_of(&run.process, run.version);
        let value = self.store().reference(process::SET, &key)?;
        let read = value.and_then(|value| Template::read(&key, &value).ok());
        read.ok_or_else(|| unknown_process(&key))
    }

    /// Every version that was published; what a later version of the app reads is passed over.
    fn templates(&self) -> Result<Vec<Template>, DeviceError> {
        let store = self.store();
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page = store.references(process::SET, &after, PAGE)?;
            found.extend(page.iter().filter_map(|one| Template::read(&one.key, &one.value).ok()));
            let Some(last) = page.last().filter(|_| page.len() == PAGE) else { return Ok(found) };
            after.clone_from(&last.key);
        }
    }

    /// A record as a subject of a run, with its account.
    fn subject(&self, about: RecordId) -> Result<(AccountId, Subject), DeviceError> {
        let record = self.store().record(about)?.ok_or(CaptureError::UnknownRecord)?;
        let account = record.summary.account;
        let profile = self.store().record(account.record())?.map(|record| record.fields).unwrap_or_default();
        let decided = record.decision.map(|decision| decision.state);
        let subject = Subject {
            segment: word(&profile, "segment"),
            purpose: word(&record.fields, "purpose"),
            state: decided.or_else(|| word(&record.fields, "state")),
            kind: record.summary.kind,
        };
        Ok((account, subject))
    }
}

fn begun(template: &Template, about: RecordId, now_ms: i64, person: String) -> Fields {
    let word = |text: &str| Value::Str(text.to_owned());
    Fields::from([
        ("process".to_owned(), word(&template.process)),
        ("version".to_owned(), Value::Int(template.version)),
        ("subject_id".to_owned(), word(&about.to_string())),
        ("state".to_owned(), word("running")),
        ("started_at".to_owned(), Value::Timestamp(now_ms)),
        ("rep_id".to_owned(), Value::Str(person)),
    ])
}

fn fresh_key(ctx: &mut roadbook_sync::device::Ctx<'_>) -> String {
    item_key(follow::five(ctx))
}

fn word(fields: &Json, name: &str) -> Option<String> {
    fields.get(name).and_then(Json::as_str).map(str::to_owned)
}

fn unknown_process(process: &str) -> DeviceError {
    let text = format!("no process is called {process} on this device; sync, or see which are offered");
    rule("unknown_process", text)
}

fn rule(code: &'static str, text: impl Into<String>) -> DeviceError {
    broken(Violation::new(code, &[], text))
}

fn broken(violation: Violation) -> DeviceError {
    DeviceError::Capture(CaptureError::Rule(violation))
}
