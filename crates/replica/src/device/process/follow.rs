//! What follows from what was captured in a run, in the same transaction; and what is let go because another device was
//! first.

use std::collections::BTreeMap;

use roadbook_model::process::follow::{follow, is_about};
use roadbook_model::process::tasks::{Hands, hand_off, hand_off_id, reached};
use roadbook_model::process::{DEPARTMENTS, Facts, Run, Template};
use roadbook_model::{DepartmentId, Fields, Kind, PersonId, RecordId, Value, document};
use roadbook_protocol::code;
use roadbook_sync::device::{CaptureError, Ctx, NewCapture, Rows, capture, content};

use crate::device::{Device, DeviceError};

/// Departments read at once.
const PAGE: usize = 500;

/// What carrying a run on needs beside its record.
pub(super) struct Kit {
    /// The version that the run keeps.
    pub(super) template: Template,
    departments: BTreeMap<String, DepartmentId>,
    person: PersonId,
}

impl Device {
    pub(super) fn kit(&self, template: Template) -> Result<Kit, DeviceError> {
        let page = self.store().references(DEPARTMENTS, "", PAGE)?;
        let id = |value: &serde_json::Value| value.get("id")?.as_str()?.parse().ok();
        let departments = page.iter().filter_map(|one| Some((one.key.clone(), id(&one.value)?))).collect();
        Ok(Kit { template, departments, person: self.identity().person })
    }

    /// Lets go of tasks of hand-offs that another device, or the server, made first: they are the same ones, so that nobody has
    /// to look at the refusal.
    pub(in crate::device) fn drop_repeated_tasks(&self) -> Result<(), DeviceError> {
        let tray = self.store().held_tray()?;
        for item in tray {
            let is_refused = item.reason.as_ref().is_some_and(|reason| reason.code == code::ID_NOT_USABLE);
            let run = item.wrote.as_ref().and_then(|wrote| wrote.get("subject_id")?.as_str()?.parse().ok());
            let (true, Some(task), Some(run)) = (is_refused, item.record, run) else { continue };
            let template = self.read_run(run).and_then(|(_, read)| self.template_of(&read));
            let is_same = |template: Template| {
                template.hand_offs.iter().any(|hand_off| hand_off_id(run, &hand_off.key) == task)
            };
            if template.is_ok_and(is_same) {
                self.discard_held(item.number)?;
            }
        }
        Ok(())
    }
}

impl Kit {
    /// Captures what follows from the run as it stands now.
    pub(super) fn follow(
        &self,
        rows: &mut dyn Rows,
        ctx: &mut Ctx<'_>,
        run: RecordId,
    ) -> Result<(), CaptureError> {
        let fields = fields(rows, run)?;
        let facts = facts(rows, run, &fields, ctx.now_ms)?;
        let mut random = || five(ctx);
        let edits = follow(&self.template, &fields, &facts, Some(self.person), &mut random);
        if !edits.is_empty() {
            capture::edit(rows, ctx, run, &edits)?;
        }
        self.hand_off(rows, ctx, run, &Run::read(&fields))
    }

    /// Captures the tasks of hand-offs that were reached and are not here yet.
    fn hand_off(
        &self,
        rows: &mut dyn Rows,
        ctx: &mut Ctx<'_>,
        run: RecordId,
        read: &Run,
    ) -> Result<(), CaptureError> {
        let Some(account) = rows.record(run)?.map(|row| row.envelope.account) else { return Ok(()) };
        for one in reached(&self.template, read) {
            let id = hand_off_id(run, &one.hand_off.key);
            if rows.record(id)?.is_some() {
                continue;
            }
            let department = self.departments.get(&one.hand_off.department).copied();
            // Nobody's queue is nobody's work: without the department it stays with whoever reached it.
            let hands = Hands { department, person: department.is_none().then_some(self.person) };
            let fields = hand_off(&self.template, one, run, hands);
            let new = NewCapture {
                kind: Kind::TASK,
                account: Some(account),
                territory: None,
                id: Some(id),
                fields,
            };
            capture::create(rows, ctx, new)?;
        }
        Ok(())
    }
}

/// Five random bytes, as keys of items need them.
pub(super) fn five(ctx: &mut Ctx<'_>) -> [u8; 5] {
    let [a, b, c, d, e, ..] = (ctx.random)();
    [a, b, c, d, e]
}

/// What a record says now, pending work included.
fn fields(rows: &mut dyn Rows, record: RecordId) -> Result<Fields, CaptureError> {
    let row = rows.record(record)?.ok_or(CaptureError::UnknownRecord)?;
    let kind = row.envelope.kind.known().ok_or(CaptureError::Unreadable)?;
    let doc = content::current(rows, &row)?.map_err(|_| CaptureError::Damaged(record))?;
    Ok(document::hydrate(kind.spec(), &doc.ok_or(CaptureError::NotTaken)?))
}

/// What is known beside the run. When an order was rejected a device is not told: that is the server's to see.
fn facts(rows: &mut dyn Rows, run: RecordId, fields: &Fields, now_ms: i64) -> Result<Facts, CaptureError> {
    let mut facts = Facts { now_ms, ..Facts::default() };
    let subject = match fields.get("subject_id") {
        Some(Value::Str(id)) => id.parse::<RecordId>().ok(),
        _ => None,
    };
    let (Some(subject), Some(row)) = (subject, rows.record(run)?) else { return Ok(facts) };
    let subject_kind = rows.record(subject)?.and_then(|row| row.envelope.kind.known());
    let Some(subject_kind) = subject_kind else { return Ok(facts) };
    let started_ms = Run::read(fields).started_ms;
    for id in rows.records_of(row.envelope.account)? {
        let is_case = rows.record(id)?.is_some_and(|row| row.envelope.kind.known() == Some(Kind::CASE));
        if !is_case {
            continue;
        }
        let Ok(case) = self::fields(rows, id) else { continue };
        facts.has_case |= opened_ms(id, &case) >= started_ms && is_about(id, &case, subject, subject_kind);
    }
    Ok(facts)
}

/// When a case was opened: as it says, else when its id was made.
fn opened_ms(id: RecordId, case: &Fields) -> i64 {
    if let Some(Value::Timestamp(ms)) = case.get("opened_at") {
        return *ms;
    }
    let made = id.uuid().get_timestamp().map(|made| made.to_unix());
    made.map_or(0, |(s, ns)| i64::try_from(s).unwrap_or(0) * 1000 + i64::from(ns / 1_000_000))
}
