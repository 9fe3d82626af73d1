//! Answers to steps that somebody gives without a device: the office, or a department whose step it is.

use roadbook_model::process::answer::{answered, write};
use roadbook_model::process::template::{By as Doer, key_of};
use roadbook_model::process::{self, Run, Template};
use roadbook_model::rule::Violation;
use roadbook_model::{Kind, PersonId, RecordId, document, id::item_key};
use roadbook_protocol::Reason;
use serde_json::json;
use tracing::instrument;

use super::super::audit::{self, Act, By};
use super::super::{Done, OfficeError, unknown};
use crate::ambient;
use crate::store::append::Append;
use crate::store::fetch::Documents;
use crate::store::{Store, Stored};

impl Store {
    /// Whether a step of a run is for a department that a person belongs to.
    #[instrument(name = "db.run.is_for", skip_all, fields(%run), err(level = "debug"))]
    pub async fn is_step_for(&self, person: PersonId, run: RecordId, step: &str) -> Stored<bool> {
        let query = sqlx::query!(
            r#"
            select runs.process as "process!", runs.version as "version!" from record.runs
            where id = $1 and process is not null and version is not null
            "#,
            run.uuid()
        );
        let Some(row) = query.fetch_optional(self.pool()).await? else { return Ok(false) };
        let key = key_of(&row.process, row.version);
        let query = sqlx::query_scalar!(
            "select json from sync.reference where set = $1 and key = $2",
            process::SET,
            key
        );
        let value = query.fetch_optional(self.pool()).await?;
        let template = value.and_then(|value| Template::read(&key, &value).ok());
        let Some(Doer::Department(code)) =
            template.as_ref().and_then(|one| one.step(step)).map(|step| &step.by)
        else {
            return Ok(false);
        };
        let query = sqlx::query_scalar!(
            r#"select exists (select from org.department_member join org.department on department.id = department_id
                              where code = $1 and person_id = $2) as "is!""#,
            code,
            person.uuid()
        );
        Ok(query.fetch_one(self.pool()).await?)
    }

    /// Answers a step of a run; nothing leaves it out. What follows is written soon after, by itself.
    ///
    /// # Errors
    /// `not_a_run`, `not_running`, `unknown_process`, `unknown_step`; `required`, `wrong_answer`; what the rules say.
    #[instrument(name = "db.run.answer", skip_all, fields(%run), err(level = "debug"))]
    pub async fn answer_run(&self, by: &By, run: RecordId, step: &str, said: Option<&str>) -> Done<()> {
        let mut append = self.append().await?;
        append.fetch_records(&[run], Documents::new()).await?;
        let stored = append.book.records.get(&run).ok_or_else(|| unknown("record", run))?;
        let account = stored.envelope.account;
        if stored.envelope.kind != Kind::RUN {
            return Err(OfficeError::invalid("not_a_run", "this record is no run of a process"));
        }
        let read = Run::read(&document::hydrate(Kind::RUN.spec(), &stored.doc));
        if read.state != "running" {
            let text = format!("this run is {} and takes no more answers", read.state);
            return Err(OfficeError::conflict("not_running", text));
        }
        let template = template(&mut append, &read).await?;
        let none =
            || OfficeError::invalid("unknown_step", format!("{} has no step called {step}", template.name));
        let found = template.step(step).ok_or_else(none)?;
        let answer = answered(found, said, read.next_ms(step, ambient::now_ms())).map_err(unfit)?;
        append.fetch_accounts(&[account]).await?;
        let edit = write(step, &answer, by.person, item_key(ambient::random()));
        append.book.edit(by.role, by.person, run, &[edit]).map_err(OfficeError::Refused)?;
        let detail = json!({ "step": step, "state": answer.state });
        let act = Act { action: "run.answer", subject: Some(("record", run.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(())
    }
}

async fn template(append: &mut Append<'_>, run: &Run) -> Done<Template> {
    let key = key_of(&run.process, run.version);
    let query =
        sqlx::query_scalar!("select json from sync.reference where set = $1 and key = $2", process::SET, key);
    let value = query.fetch_optional(append.connection()).await?;
    let read = value.and_then(|value| Template::read(&key, &value).ok());
    read.ok_or_else(|| {
        OfficeError::conflict("unknown_process", format!("the version {key} was not published"))
    })
}

/// What is wrong with an answer, as the rule that it breaks.
fn unfit(violation: Violation) -> OfficeError {
    OfficeError::Unfit(Reason {
        code: violation.code.to_owned(),
        rule: "G7".to_owned(),
        path: violation.path,
        text: violation.text,
    })
}
