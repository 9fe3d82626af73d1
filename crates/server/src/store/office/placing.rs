//! What the rules do with accounts: new ones are placed in the background, existing ones when an admin applies the rules
//! after a preview. Either way it is an ordinary move, with drain.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::membership::{self, Facts, Position};
use roadbook_model::{AccountId, PersonId, RuleId, TerritoryId};
use roadbook_protocol::entry::LatePolicy;
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::place::{Handover, Moved};
use serde::Serialize;
use sqlx::PgConnection;
use tracing::{info, instrument};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::By;
use super::membership::{LiveRules, live_rules};
use super::moves::place;
use super::{Done, OfficeError};
use crate::ambient::moment;
use crate::store::append::Append;
use crate::store::{Store, StoreError, Stored};

/// New accounts looked at in one go.
const NEW_MAX: i64 = 500;
/// Accounts read at once for a preview.
const PIECE: i64 = 5_000;
/// For how long work captured before a rule moved a new account still comes in as if nothing had happened: 30 days.
const GRACE_MS: i64 = 30 * 86_400_000;

/// One account that would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RuleProposal)]
pub struct Proposal {
    /// The account.
    #[schema(value_type = Uuid)]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Where it lies.
    #[schema(value_type = Uuid)]
    pub from: TerritoryId,
    /// Where it would go.
    #[schema(value_type = Uuid)]
    pub to: TerritoryId,
    /// By which rule.
    #[schema(value_type = Uuid)]
    pub rule: RuleId,
}

/// How many accounts one rule would move from one territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RuleProposalCount)]
pub struct ProposalCount {
    /// Where they lie.
    #[schema(value_type = Uuid)]
    pub from: TerritoryId,
    /// Where they would go.
    #[schema(value_type = Uuid)]
    pub to: TerritoryId,
    /// By which rule.
    #[schema(value_type = Uuid)]
    pub rule: RuleId,
    /// How many.
    pub accounts: u64,
}

/// What applying the rules would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesPreview {
    /// The version of the rules that were asked; applying them names it.
    pub version: i64,
    /// Accounts looked at.
    pub examined: u64,
    /// Accounts that no rule matches; they stay where they are.
    pub unmatched: u64,
    /// Accounts that would move, by rule.
    pub counts: Vec<ProposalCount>,
    /// Accounts that would move, by id.
    pub proposals: Vec<Proposal>,
}

/// An account as the rules see it.
struct Seen {
    account: AccountId,
    name: String,
    territory: TerritoryId,
    facts: Facts,
}

/// A row of what rules look at.
struct FactsRow {
    id: Uuid,
    name: Option<String>,
    territory_id: Uuid,
    country: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    segment: Option<String>,
    tags: Vec<String>,
    latitude_microdeg: Option<i64>,
    longitude_microdeg: Option<i64>,
}

impl From<FactsRow> for Seen {
    fn from(row: FactsRow) -> Self {
        let position = row.latitude_microdeg.zip(row.longitude_microdeg);
        Self {
            account: row.id.into(),
            name: row.name.unwrap_or_default(),
            territory: row.territory_id.into(),
            facts: Facts {
                country: row.country,
                region: row.region,
                postal_code: row.postal_code,
                segment: row.segment,
                tags: row.tags,
                position: position.map(|(latitude, longitude)| Position { longitude, latitude }),
            },
        }
    }
}

impl Store {
    /// Says what applying the rules to all accounts would do, and does nothing.
    #[instrument(name = "db.membership_rule.preview", skip_all, err)]
    pub async fn preview_rules(&self) -> Done<RulesPreview> {
        let mut connection = self.pool().acquire().await?;
        let mut rules = live_rules(&mut connection).await?;
        let mut preview = RulesPreview {
            version: rules.version,
            examined: 0,
            unmatched: 0,
            counts: Vec::new(),
            proposals: Vec::new(),
        };
        let mut counts = BTreeMap::new();
        let mut after = Uuid::nil();
        loop {
            let seen = facts_after(&mut connection, after).await?;
            let Some(last) = seen.last() else { break };
            after = last.account.uuid();
            let (back, judged) = judge(rules, seen).await?;
            rules = back;
            for (seen, rule) in judged {
                preview.examined += 1;
                match rule {
                    None => preview.unmatched += 1,
                    Some((_, to)) if to == seen.territory => {}
                    Some((rule, to)) => {
                        *counts.entry((seen.territory, to, rule)).or_insert(0) += 1;
                        let Seen { account, name, territory: from, .. } = seen;
                        preview.proposals.push(Proposal { account, name, from, to, rule });
                    }
                }
            }
        }
        let counts = counts.into_iter();
        preview.counts =
            counts.map(|((from, to, rule), accounts)| ProposalCount { from, to, rule, accounts }).collect();
        Ok(preview)
    }

    /// Applies the rules to existing accounts: an ordinary move for each territory that gets some. With a list, only
    /// accounts on it move. What no rule matches stays.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when `version` is not that of the rules any more: look at the preview again.
    #[instrument(name = "db.membership_rule.apply", skip_all, err)]
    pub async fn apply_rules(
        &self,
        by: &By,
        version: i64,
        only: Option<&BTreeSet<AccountId>>,
        terms: &Handover,
    ) -> Done<BTreeMap<TerritoryId, Moved>> {
        let preview = self.preview_rules().await?;
        if preview.version != version {
            return Err(OfficeError::Stale { current: preview.version });
        }
        let mut lists: BTreeMap<TerritoryId, Vec<AccountId>> = BTreeMap::new();
        for proposal in preview.proposals {
            if only.is_none_or(|only| only.contains(&proposal.account)) {
                lists.entry(proposal.to).or_default().push(proposal.account);
            }
        }
        let mut done = BTreeMap::new();
        for (to, accounts) in lists {
            done.insert(to, self.assign(by, &accounts, to, terms).await?);
        }
        Ok(done)
    }

    /// Looks at accounts that devices made since the last time, and moves those that a rule puts elsewhere. Each is looked
    /// at once, on whichever node comes first. Returns how many were looked at.
    #[instrument(name = "db.membership_rule.place_new", skip_all, err)]
    pub async fn place_new(&self) -> Done<usize> {
        let mut looked_at = 0;
        loop {
            let Some(round) = self.new_accounts().await? else { return Ok(looked_at) };
            looked_at += self.place_round(round).await?;
        }
    }

    /// New accounts and what the rules say of them, found without the log's lock.
    async fn new_accounts(&self) -> Stored<Option<Round>> {
        let mut connection = self.pool().acquire().await?;
        let from =
            sqlx::query_scalar!("select position from org.placement").fetch_one(&mut *connection).await?;
        let rows = sqlx::query!(
            r#"
            select place.account_id, place.from_position,
                   entry.device_id is not null and place.until_position is null
                   and not exists (select from sync.place before where before.account_id = place.account_id
                                   and before.from_position < place.from_position) as "is_new!"
            from sync.place join log.entry on entry.position = place.from_position
            where place.from_position > $1
            order by place.from_position limit $2
            "#,
            from,
            NEW_MAX
        )
        .fetch_all(&mut *connection)
        .await?;
        let Some(last) = rows.last() else { return Ok(None) };
        let upto = last.from_position;
        let new: Vec<Uuid> = rows.iter().filter(|row| row.is_new).map(|row| row.account_id).collect();
        let rules = live_rules(&mut connection).await?;
        let seen = facts_of(&mut connection, &new).await?;
        drop(connection);
        let (rules, judged) = judge(rules, seen).await?;
        Ok(Some(Round { from, upto, rules, judged }))
    }

    async fn place_round(&self, round: Round) -> Done<usize> {
        let mut append = self.append().await?;
        let claimed = sqlx::query!(
            "update org.placement set position = $2 where position = $1",
            round.from,
            round.upto
        );
        if claimed.execute(append.connection()).await?.rows_affected() == 0 {
            // Another node was faster.
            return Ok(0);
        }
        let looked_at = round.judged.len();
        let has_rules = !round.rules.rules.is_empty();
        let (lists, unplaced) = round.sorted();
        if has_rules {
            note_unplaced(&mut append, &unplaced).await?;
        }
        let now_ms = append.book.now_ms;
        for ((to, by, from), accounts) in lists {
            let lying = still_in(&mut append, &accounts, from).await?;
            let note = Some("placed by the office's rules".to_owned());
            let terms = Handover { policy: LatePolicy::Accept, grace_until_ms: now_ms + GRACE_MS, note };
            let moved = place(&mut append, &lying, to, by, &terms).await?;
            append.store().await?;
            append.book.leases.clear();
            append.book.accounts.clear();
            info!(territory = %to, accounts = moved.accounts, "rules placed new accounts");
        }
        append.commit().await?;
        Ok(looked_at)
    }
}

/// New accounts up to a position, judged.
struct Round {
    from: i64,
    upto: i64,
    rules: LiveRules,
    judged: Vec<(Seen, Option<(RuleId, TerritoryId)>)>,
}

/// Accounts by where they go, in whose name, and where they lie.
type Lists = BTreeMap<(TerritoryId, PersonId, TerritoryId), Vec<AccountId>>;

impl Round {
    /// What goes where, and what no rule matches.
    fn sorted(self) -> (Lists, Vec<(AccountId, TerritoryId)>) {
        let mut lists = Lists::new();
        let mut unplaced = Vec::new();
        for (seen, rule) in self.judged {
            let Some((rule, to)) = rule else {
                unplaced.push((seen.account, seen.territory));
                continue;
            };
            if let Some(by) = self.rules.author(rule).filter(|_| to != seen.territory) {
                lists.entry((to, by, seen.territory)).or_default().push(seen.account);
            }
        }
        (lists, unplaced)
    }
}

/// Gives accounts of an import that name no territory the one that the rules find, or the inbox.
///
/// # Errors
/// `no_territory` when no rule matches and there is no inbox.
pub(super) async fn place_imported(append: &mut Append<'_>, records: &mut [Imported]) -> Done<()> {
    let is_open = |record: &Imported| {
        record.territory.is_none() && record.envelope.id.account() == record.envelope.account
    };
    if !records.iter().any(is_open) {
        return Ok(());
    }
    let rules = live_rules(append.connection()).await?;
    let inbox = sqlx::query_scalar!("select id from org.territory where is_inbox");
    let inbox = inbox.fetch_optional(append.connection()).await?.map(TerritoryId::from);
    for record in records.iter_mut().filter(|record| is_open(record)) {
        let rule = membership::place(&rules.rules, &Facts::of(&record.fields)).map(|rule| rule.territory);
        let none = || {
            let text = format!(
                "no rule places account {}, and no territory is marked as inbox; name a territory, or mark one",
                record.envelope.id
            );
            OfficeError::conflict("no_territory", text)
        };
        record.territory = Some(rule.or(inbox).ok_or_else(none)?);
    }
    Ok(())
}

/// Asks the rules, off the runtime's own threads.
async fn judge(
    rules: LiveRules,
    seen: Vec<Seen>,
) -> Stored<(LiveRules, Vec<(Seen, Option<(RuleId, TerritoryId)>)>)> {
    let judging = tokio::task::spawn_blocking(move || {
        let judged = seen.into_iter().map(|seen| {
            let rule = membership::place(&rules.rules, &seen.facts).map(|rule| (rule.id, rule.territory));
            (seen, rule)
        });
        let judged = judged.collect();
        (rules, judged)
    });
    judging.await.map_err(|_| StoreError::Broken { what: "asking the membership rules" })
}

async fn facts_after(connection: &mut PgConnection, after: Uuid) -> Stored<Vec<Seen>> {
    let query = sqlx::query_as!(
        FactsRow,
        r#"
        select accounts.id, name, account.territory_id, country, region, postal_code, segment,
               array(select tag from record.account_tags where account_tags.account_id = accounts.id and tag is not null)
                   as "tags!",
               latitude_microdeg, longitude_microdeg
        from record.accounts join sync.account on account.id = accounts.id
        where accounts.id > $1 order by accounts.id limit $2
        "#,
        after,
        PIECE
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(Seen::from).collect())
}

async fn facts_of(connection: &mut PgConnection, accounts: &[Uuid]) -> Stored<Vec<Seen>> {
    let query = sqlx::query_as!(
        FactsRow,
        r#"
        select accounts.id, name, account.territory_id, country, region, postal_code, segment,
               array(select tag from record.account_tags where account_tags.account_id = accounts.id and tag is not null)
                   as "tags!",
               latitude_microdeg, longitude_microdeg
        from record.accounts join sync.account on account.id = accounts.id
        where accounts.id = any($1) order by accounts.id
        "#,
        accounts
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(Seen::from).collect())
}

/// Those of the accounts that still lie where the rules saw them: whoever moved the others meanwhile knew better.
async fn still_in(
    append: &mut Append<'_>,
    accounts: &[AccountId],
    territory: TerritoryId,
) -> Stored<Vec<AccountId>> {
    let ids: Vec<Uuid> = accounts.iter().map(|id| id.uuid()).collect();
    let query = sqlx::query_scalar!(
        "select id from sync.account where id = any($1) and territory_id = $2",
        &ids,
        territory.uuid()
    );
    Ok(query.fetch_all(append.connection()).await?.into_iter().map(AccountId::from).collect())
}

async fn note_unplaced(append: &mut Append<'_>, unplaced: &[(AccountId, TerritoryId)]) -> Stored<()> {
    let (accounts, territories): (Vec<Uuid>, Vec<Uuid>) =
        unplaced.iter().map(|(account, territory)| (account.uuid(), territory.uuid())).unzip();
    sqlx::query!(
        "
        insert into org.unplaced (account_id, territory_id, since)
        select account_id, territory_id, $3 from unnest($1::uuid[], $2::uuid[]) as new(account_id, territory_id)
        on conflict (account_id) do nothing
        ",
        &accounts,
        &territories,
        moment(append.book.now_ms)
    )
    .execute(append.connection())
    .await?;
    Ok(())
}
