//! Removing the sample: archived, not erased. In one append, so that nobody ever sees half of it.

use std::collections::BTreeMap;

use roadbook_model::{PersonId, TerritoryId};
use roadbook_protocol::entry::{LatePolicy, Reference, ReferenceItem};
use serde_json::json;
use sqlx::PgConnection;
use tracing::instrument;
use uuid::Uuid;

use super::State;
use super::read::lookup;
use crate::ambient::moment;
use crate::store::append::Append;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::holders::EndTerms;
use crate::store::office::people::change::leave;
use crate::store::office::territories::settle_all;
use crate::store::office::tree::retire;
use crate::store::office::{Done, OfficeError};
use crate::store::{Store, Stored};

/// For how many days devices may still push into review what they had on accounts of the sample.
const GRACE_DAYS: u16 = 30;
/// What people read whose devices let go of accounts.
const NOTE: &str = "the sample data was removed";

impl Store {
    /// Removes the sample. Accounts on which somebody worked stay with all that they need, unless `with_work`; those that are one
    /// with an account of the organisation's own always do.
    ///
    /// # Errors
    /// `sample_not_loaded`; then nothing was done.
    #[instrument(name = "db.sample.remove", skip_all, fields(with_work), err(level = "debug"))]
    pub async fn remove_sample(&self, by: &By, with_work: bool) -> Done<()> {
        let mut append = self.append_followed().await?;
        let before = lookup(append.connection()).await?;
        if matches!(before.state, State::Absent | State::Removed) {
            return Err(OfficeError::conflict("sample_not_loaded", "there is no sample data here to remove"));
        }
        let staying = before.worked.iter().filter(|worked| worked.is_joined || !with_work);
        let staying: Vec<Uuid> = staying.map(|worked| worked.account.uuid()).collect();
        let accounts = archive(&mut append, &staying).await?;
        let concerned = in_use(append.connection()).await?;
        let territories = retire_territories(&mut append).await?;
        let terms =
            EndTerms { policy: LatePolicy::Review, grace_days: GRACE_DAYS, note: Some(NOTE.to_owned()) };
        let terms = terms.from_now(append.book.now_ms);
        settle_all(&mut append, &concerned, &terms).await?;
        let people = let_people_go(&mut append, by).await?;
        let reference = retract(&mut append).await?;
        sqlx::query!("update org.sample set removed_at = $1", moment(append.book.now_ms))
            .execute(append.connection())
            .await?;
        let detail = json!({
            "accounts": accounts, "kept": staying, "territories": territories.len(), "people": people,
            "reference": reference, "with_work": with_work,
        });
        append.store().await?;
        audit::record(append.connection(), Some(by), Act { action: "sample.remove", subject: None, detail })
            .await?;
        append.commit().await?;
        Ok(())
    }
}

/// The sample's territories in use.
pub(super) async fn in_use(connection: &mut PgConnection) -> Stored<Vec<TerritoryId>> {
    let query = sqlx::query_scalar!(
        "
        select territory.id from org.sample_part part join org.territory on territory.id = part.id
        where part.what = 'territory' and archived_at is null order by territory.id
        "
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(TerritoryId::from).collect())
}

/// Takes the sample's accounts out of the central record, but for these. How many.
async fn archive(append: &mut Append<'_>, staying: &[Uuid]) -> Done<usize> {
    let query = sqlx::query_scalar!(
        "
        update sync.account set archived_at = $2
        where archived_at is null and id <> all($1)
          and id in (select id from org.sample_part where what = 'account')
        returning id
        ",
        staying,
        moment(append.book.now_ms)
    );
    let accounts = query.fetch_all(append.connection()).await?;
    sqlx::query!(
        "select record.take_out(array(select id from sync.record where account_id = any($1)))",
        &accounts
    )
    .execute(append.connection())
    .await?;
    sqlx::query!("delete from org.unplaced where account_id = any($1)", &accounts)
        .execute(append.connection())
        .await?;
    Ok(accounts.len())
}

/// Takes the sample's territories out of use in which nothing lies any more, and of which nothing in use is a part.
async fn retire_territories(append: &mut Append<'_>) -> Done<Vec<TerritoryId>> {
    let query = sqlx::query_scalar!(
        r#"
        with recursive staying(id, parent_id) as (
            select id, parent_id from org.territory
            where archived_at is null and (
                is_inbox
                or id not in (select id from org.sample_part where what = 'territory')
                or exists (select from sync.account
                           where account.territory_id = territory.id and account.archived_at is null)
            )
            union
            select above.id, above.parent_id from staying join org.territory above on above.id = staying.parent_id
        )
        select id from org.territory where archived_at is null and id not in (select id from staying) order by id
        "#
    );
    let territories: Vec<TerritoryId> =
        query.fetch_all(append.connection()).await?.into_iter().map(TerritoryId::from).collect();
    for territory in &territories {
        retire(append, *territory, None).await?;
    }
    // Whoever holds something above them, that is in use, does not reach them any more.
    sqlx::query!(
        "
        update org.territory set parent_id = null
        where id = any($1) and parent_id in (select id from org.territory where archived_at is null)
        ",
        &territories.iter().map(|id| id.uuid()).collect::<Vec<_>>()
    )
    .execute(append.connection())
    .await?;
    Ok(territories)
}

/// Deactivates the sample's people who hold nothing any more and lead nobody who stays. Never who asks, nor an admin who can
/// sign in.
async fn let_people_go(append: &mut Append<'_>, by: &By) -> Done<usize> {
    let query = sqlx::query_scalar!(
        r#"
        with recursive staying(id, manager_id) as (
            select id, manager_id from org.person
            where active and (
                id = $1
                or role = 'admin' and exists (select from org.password where password.person_id = person.id)
                or id not in (select id from org.sample_part where what = 'person')
                or exists (select from org.holder
                           where holder.person_id = person.id and (holder.to_at is null or holder.to_at > $2))
            )
            union
            select above.id, above.manager_id from staying join org.person above on above.id = staying.manager_id
        )
        select id from org.person where active and id not in (select id from staying) order by id
        "#,
        by.person.uuid(),
        moment(append.book.now_ms)
    );
    let people = query.fetch_all(append.connection()).await?;
    for person in &people {
        leave(append, Some(by), PersonId::from(*person)).await?;
    }
    Ok(people.len())
}

/// Takes the sample's reference data back that nobody published anew; none of it while accounts of the sample stay, or an
/// order of the organisation's own names a product of it.
async fn retract(append: &mut Append<'_>) -> Done<usize> {
    let query = sqlx::query_scalar!(
        r#"
        select exists (select from org.sample_part part join sync.account on account.id = part.id
                       where part.what = 'account' and account.archived_at is null)
            or exists (select from record.order_lines line join org.sample_reference part
                       on part.set = 'products' and part.key = line.sku) as "is_needed!"
        "#
    );
    if query.fetch_one(append.connection()).await? {
        return Ok(0);
    }
    let query = sqlx::query!(
        "
        select part.set, part.key from org.sample_reference part join sync.reference using (set, key)
        where reference.position <= part.position order by part.set, part.key
        "
    );
    let rows = query.fetch_all(append.connection()).await?;
    let count = rows.len();
    let mut sets = BTreeMap::<String, Vec<ReferenceItem>>::new();
    for row in rows {
        sets.entry(row.set).or_default().push(ReferenceItem { key: row.key, json: None });
    }
    for (set, items) in sets {
        append.book.publish(Reference { set, items });
    }
    Ok(count)
}
