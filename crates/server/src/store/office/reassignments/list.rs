//! The list of accounts of a reassignment as it takes effect: where they lie then and where they go. A cover may have brought
//! some of them home since it was planned, and what goes to a territory out of use goes to what took over from it. What a
//! selection means is asked of `select`.

use roadbook_model::ReassignmentId;
use sqlx::PgConnection;

use super::effect::Planned;
use super::{Reassigned, refused};
use crate::store::{Store, Stored};

impl Store {
    /// Brings the list up to date. By whoever has passed the turnstile, as everybody does who moves accounts.
    pub(super) async fn list_anew(&self, planned: &Planned) -> Reassigned<()> {
        let id = planned.id;
        let mut tx = self.pool().begin().await?;
        let none = match planned.reverses {
            Some(of) => {
                list_reversed(&mut tx, id, of).await?;
                "no account lies where this reassignment put it any more"
            }
            None => {
                list_where_they_lie(&mut tx, id).await?;
                "every account lies where it was to go already"
            }
        };
        must_list_some(&mut tx, id, none).await?;
        list_parts(&mut tx, id).await?;
        must_list_some(&mut tx, id, "every account of this reassignment was merged into another").await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn must_list_some(connection: &mut PgConnection, id: ReassignmentId, text: &str) -> Reassigned<()> {
    let query = sqlx::query_scalar!(
        r#"select exists (select from org.reassignment_account where reassignment_id = $1) as "it!""#,
        id.uuid()
    );
    if query.fetch_one(connection).await? { Ok(()) } else { Err(refused("nothing_to_move", text)) }
}

/// The accounts that still lie where the reversed one put them.
async fn list_reversed(connection: &mut PgConnection, id: ReassignmentId, of: ReassignmentId) -> Stored<()> {
    sqlx::query!("delete from org.reassignment_account where reassignment_id = $1", id.uuid())
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "
        with item as (
            select account_id, from_territory_id, to_territory_id from org.reassignment_account where reassignment_id = $2
        ), place(id, now) as materialized (
            select id, org.in_use(id)
            from (select from_territory_id as id from item union select to_territory_id from item) named
        )
        insert into org.reassignment_account (reassignment_id, account_id, from_territory_id, to_territory_id)
        select $1, account.id, account.territory_id, home.now
        from item
        join place put on put.id = item.to_territory_id
        join place home on home.id = item.from_territory_id
        join sync.account on account.id = item.account_id and account.territory_id in (put.id, put.now)
        where account.territory_id <> home.now
        ",
        id.uuid(),
        of.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The accounts of a plan from where they lie now. Only a cover that came back moved any of them: another plan for them
/// was refused.
async fn list_where_they_lie(connection: &mut PgConnection, id: ReassignmentId) -> Stored<()> {
    sqlx::query!(
        "
        with place(id, now) as materialized (
            select id, org.in_use(id)
            from (select distinct to_territory_id as id from org.reassignment_account where reassignment_id = $1) named
        )
        update org.reassignment_account item
        set from_territory_id = account.territory_id, to_territory_id = place.now
        from place, sync.account
        where item.reassignment_id = $1 and place.id = item.to_territory_id and account.id = item.account_id
          and (item.from_territory_id, item.to_territory_id) <> (account.territory_id, place.now)
        ",
        id.uuid()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from org.reassignment_account where reassignment_id = $1 and from_territory_id = to_territory_id",
        id.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Rule M2: what was merged since the list was made goes where its root goes, and nowhere by itself. By whoever has
/// passed the turnstile, as merges do too.
async fn list_parts(connection: &mut PgConnection, id: ReassignmentId) -> Stored<()> {
    sqlx::query!(
        "
        delete from org.reassignment_account item using sync.account
        where item.reassignment_id = $1 and account.id = item.account_id and account.root_id is not null
        ",
        id.uuid()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "
        insert into org.reassignment_account (reassignment_id, account_id, from_territory_id, to_territory_id)
        select item.reassignment_id, part.id, part.territory_id, item.to_territory_id
        from org.reassignment_account item join sync.account part on part.root_id = item.account_id
        where item.reassignment_id = $1
        ",
        id.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}
