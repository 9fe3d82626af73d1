//! What was said about a record and what is to be done about it; and a manager's remark with its follow-up for the rep.

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::projection::from_json;
use roadbook_model::{AccountId, Envelope, Kind, PersonId, RecordId};
use serde::Serialize;
use serde_json::{Value as Json, json};
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::edit::{refused, unfit};
use crate::ambient;
use crate::store::append::Append;
use crate::store::fetch::Documents;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::{Done, OfficeError, unknown};
use crate::store::{Store, Stored};

/// A comment on a record, or a task about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Remark {
    /// The comment or task.
    pub id: Uuid,
    /// `comment` or `task`.
    pub kind: String,
    /// Who wrote it.
    pub by_id: Uuid,
    /// That person's name.
    pub by_name: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What is said, or is to be done.
    pub text: Option<String>,
    /// Of a task: which sort it is, such as `coaching`.
    pub task_type: Option<String>,
    /// Of a task: how it stands.
    pub state: Option<String>,
    /// Of a task: by which day.
    pub due: Option<NaiveDate>,
    /// Of a task: who is to do it.
    pub assignee_id: Option<Uuid>,
    /// That person's name.
    pub assignee_name: Option<String>,
    /// Of a task: when it was done.
    pub done_at: Option<DateTime<Utc>>,
}

/// What a manager says of a record, and what the rep is to do.
#[derive(Clone, Debug)]
pub struct Coaching {
    /// What is said.
    pub comment: String,
    /// What is to be done, if anything.
    pub follow_up: Option<FollowUp>,
}

/// What is to be done about it.
#[derive(Clone, Debug)]
pub struct FollowUp {
    /// In a line.
    pub subject: String,
    /// By which day.
    pub due: Option<NaiveDate>,
    /// By whom; by the one whose record it is without it.
    pub assignee: Option<PersonId>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coached {
    /// The comment.
    pub comment_id: Uuid,
    /// The task, if there is a follow-up.
    pub task_id: Option<Uuid>,
    /// Whose the task is.
    pub assignee_id: Option<Uuid>,
}

impl Store {
    /// What was said about a record and what is to be done about it, in the order in which it was written. Whether
    /// somebody may see it is asked before.
    #[instrument(name = "db.record.remarks", skip_all, fields(%id), err(level = "debug"))]
    pub async fn list_remarks(&self, id: RecordId) -> Stored<Vec<Remark>> {
        let query = sqlx::query_as!(
            Remark,
            r#"
            select said.id as "id!", said.kind as "kind!", said.creator_id as "by_id!", person.name as "by_name?",
                   said.at as "at!", said.text, said.task_type, said.state, said.due, said.assignee_id,
                   assignee.name as "assignee_name?", said.done_at
            from (
                select id, 'comment' as kind, creator_id, created_at, coalesce(at, created_at) as at, body as text,
                       null::text as task_type, null::text as state, null::date as due, null::uuid as assignee_id,
                       null::timestamptz as done_at
                from record.comments where subject_id = $1
                union all
                select id, 'task', creator_id, created_at, created_at, subject, task_type, state, coalesce(due, due_at::date),
                       coalesce(assignee_id, creator_id), done_at
                from record.tasks where subject_id = $1
            ) said
            left join org.person on person.id = said.creator_id
            left join org.person assignee on assignee.id = said.assignee_id
            order by said.created_at, said.kind, said.id
            "#,
            id.uuid()
        );
        Ok(query.fetch_all(self.pool()).await?)
    }

    /// Writes a comment on a record and, with it or not at all, the task that follows from it. Asked for again with the
    /// same id, nothing is written twice.
    ///
    /// # Errors
    /// `not_permitted`; what the rules say of the words.
    #[instrument(name = "db.record.coach", skip_all, fields(%about), err(level = "debug"))]
    pub async fn coach(&self, by: &By, id: RecordId, about: RecordId, coaching: Coaching) -> Done<Coached> {
        let task = RecordId::from(Uuid::from_u128(id.uuid().as_u128() ^ 1));
        let whose = self.whose(about).await?.ok_or_else(|| unknown("record", about))?;
        let assignee = coaching.follow_up.as_ref().map(|follow_up| follow_up.assignee.unwrap_or(whose));
        let coached = Coached {
            comment_id: id.uuid(),
            task_id: assignee.map(|_| task.uuid()),
            assignee_id: assignee.map(PersonId::uuid),
        };
        let mut append = self.append().await?;
        append.fetch_records(&[about, id], Documents::new()).await?;
        if append.book.records.contains_key(&id) {
            return Ok(coached);
        }
        let account =
            append.book.records.get(&about).ok_or_else(|| unknown("record", about))?.envelope.account;
        append.fetch_accounts(&[account]).await?;
        let at = roadbook_model::projection::rfc3339(ambient::now_ms());
        let said = json!({ "subject_id": about, "at": at, "body": coaching.comment });
        write(&mut append, by, (id, Kind::COMMENT, account), said).await?;
        if let Some(FollowUp { subject, due, .. }) = coaching.follow_up {
            let to_do = json!({
                "subject": subject, "state": "open", "due": due, "assignee_id": assignee, "subject_id": about,
                "task_type": "coaching", "priority": "normal",
            });
            write(&mut append, by, (task, Kind::TASK, account), to_do).await?;
        }
        append.commit().await.map_err(OfficeError::of_append)?;
        Ok(coached)
    }

    /// Whose record it is: the person who made the visit, took the order or owns the rest; else its creator.
    async fn whose(&self, id: RecordId) -> Stored<Option<PersonId>> {
        let query = sqlx::query_scalar!(
            r#"
            select coalesce(
                (select rep_id from record.visits where visits.id = record.id),
                (select rep_id from record.orders where orders.id = record.id),
                (select rep_id from record.calls where calls.id = record.id),
                record.creator_id
            ) as "person!"
            from sync.record where record.id = $1
            "#,
            id.uuid()
        );
        Ok(query.fetch_optional(self.pool()).await?.map(PersonId::from))
    }
}

async fn write(
    append: &mut Append<'_>,
    by: &By,
    (id, kind, account): (RecordId, Kind, AccountId),
    written: Json,
) -> Done<()> {
    let fields = from_json(kind.spec(), &written).map_err(unfit)?;
    let envelope = Envelope { id, kind, account, creator: by.person, generation: 0 };
    let position = append.book.create(by.role, envelope, &fields).map_err(refused)?;
    let detail = json!({ "kind": kind.name(), "account": account.to_string(), "position": position });
    let act = Act { action: "record.add", subject: Some(("record", id.uuid())), detail };
    audit::record(append.connection(), Some(by), act).await?;
    Ok(())
}
