//! Loading the sample: the first time by an import, later by taking up again what was removed.

use std::collections::BTreeSet;

use roadbook_model::TerritoryId;
use roadbook_protocol::entry::Reference;
use serde_json::json;
use tracing::instrument;
use uuid::Uuid;

use super::State;
use super::read::lookup;
use super::remove::in_use;
use crate::ambient::moment;
use crate::store::Store;
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::office::audit::{self, Act, By};
use crate::store::office::holders::check_clashes;
use crate::store::office::organisation::{Added, KnownTerritory, Organisation, OrganisationCount, take_in};
use crate::store::office::territories::{at_once, settle_all};
use crate::store::office::tree::check_place;
use crate::store::office::{Done, OfficeError};

impl Store {
    /// Loads the sample. All or nothing. What was there before under the same ids is left as it is, and is not the sample's.
    ///
    /// # Errors
    /// `sample_loaded`; `sample_known` when all of it was imported before as data of the organisation's own; what an
    /// import says.
    #[instrument(name = "db.sample.load", skip_all, err(level = "debug"))]
    pub async fn load_sample(&self, by: &By, what: Organisation) -> Done<()> {
        let mut append = self.append_followed().await?;
        let before = lookup(append.connection()).await?.state;
        if before == State::Loaded {
            return Err(OfficeError::conflict("sample_loaded", "the sample data is loaded already"));
        }
        take_up(&mut append, &what.territories).await?;
        let added = take_in(&mut append, what).await?;
        if before == State::Absent && added.accounts.is_empty() {
            let text = "the sample's accounts were imported here before, as data of your own; there is nothing to load";
            return Err(OfficeError::conflict("sample_known", text));
        }
        mark(&mut append, &added).await?;
        let accounts = marked_accounts(&mut append).await?;
        append.bring_back(&accounts).await?;
        let territories = in_use(append.connection()).await?;
        settle_all(&mut append, &territories, &at_once()).await?;
        append.publish_names().await?;
        let count = OrganisationCount::from(&added);
        let detail = json!({ "added": count.told(), "again": before != State::Absent });
        audit::record(append.connection(), Some(by), Act { action: "sample.load", subject: None, detail })
            .await?;
        append.commit().await?;
        Ok(())
    }
}

async fn marked_accounts(append: &mut Append<'_>) -> Done<Vec<Uuid>> {
    let query = sqlx::query_scalar!("select id from org.sample_part where what = 'account'");
    Ok(query.fetch_all(append.connection()).await?)
}

/// Notes what an import added as the sample's.
pub(in crate::store::office) async fn mark(append: &mut Append<'_>, added: &Added) -> Done<()> {
    append.store().await?;
    let (now, position) = (moment(append.book.now_ms), signed(append.book.mark().position));
    sqlx::query!(
        "
        insert into org.sample (loaded_at) values ($1)
        on conflict (is_only) do update set loaded_at = excluded.loaded_at, removed_at = null
        ",
        now
    )
    .execute(append.connection())
    .await?;
    let accounts = added.accounts.iter().map(|id| ("account", id.uuid()));
    let people = added.people.iter().map(|id| ("person", id.uuid()));
    let territories = added.territories.iter().map(|id| ("territory", id.uuid()));
    let holders = added.holders.iter().map(|id| ("holder", *id));
    let (whats, ids): (Vec<&str>, Vec<Uuid>) =
        accounts.chain(people).chain(territories).chain(holders).unzip();
    sqlx::query!(
        "
        insert into org.sample_part (what, id, position)
        select what, id, $3 from unnest($1::text[], $2::uuid[]) as new(what, id) on conflict do nothing
        ",
        &whats as &[&str],
        &ids,
        position
    )
    .execute(append.connection())
    .await?;
    let (sets, keys): (Vec<&str>, Vec<&str>) = added.reference.iter().flat_map(of_set).unzip();
    sqlx::query!(
        "
        insert into org.sample_reference (set, key, position)
        select set, key, $3 from unnest($1::text[], $2::text[]) as new(set, key)
        on conflict (set, key) do update set position = excluded.position
        ",
        &sets as &[&str],
        &keys as &[&str],
        position
    )
    .execute(append.connection())
    .await?;
    Ok(())
}

fn of_set(reference: &Reference) -> impl Iterator<Item = (&str, &str)> {
    reference.items.iter().map(|item| (reference.set.as_str(), item.key.as_str()))
}

/// Takes people, territories and holdings of the sample up again that were taken out of use.
async fn take_up(append: &mut Append<'_>, known: &[KnownTerritory]) -> Done<()> {
    sqlx::query!(
        "
        update org.person set active = true, version = version + 1
        where not active and id in (select id from org.sample_part where what = 'person')
        "
    )
    .execute(append.connection())
    .await?;
    let ids: Vec<Uuid> = known.iter().map(|territory| territory.id.uuid()).collect();
    let parents: Vec<Option<Uuid>> =
        known.iter().map(|territory| territory.parent.map(TerritoryId::uuid)).collect();
    let query = sqlx::query_scalar!(
        r#"
        update org.territory
        set archived_at = null, successor_id = null, parent_id = known.parent_id, version = version + 1
        from unnest($1::uuid[], $2::uuid[]) as known(id, parent_id)
        where territory.id = known.id and archived_at is not null
          and territory.id in (select id from org.sample_part where what = 'territory')
        returning territory.id as "id!"
        "#,
        &ids,
        &parents as &[Option<Uuid>]
    );
    let taken: BTreeSet<Uuid> = query.fetch_all(append.connection()).await?.into_iter().collect();
    let territories: Vec<TerritoryId> = taken.iter().copied().map(TerritoryId::from).collect();
    for territory in &territories {
        check_place(append, *territory).await?;
    }
    sqlx::query!(
        "
        update org.holder set to_at = null, ended_at = null, version = version + 1
        where territory_id = any($1) and id in (select id from org.sample_part where what = 'holder')
        ",
        &taken.into_iter().collect::<Vec<_>>()
    )
    .execute(append.connection())
    .await?;
    for territory in &territories {
        check_clashes(append.connection(), *territory).await?;
    }
    Ok(())
}
