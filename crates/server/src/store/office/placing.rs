//! What the rules do with accounts: new ones are placed in the background, existing ones when an admin applies the rules
//! after a preview. Either way it is an ordinary move, with drain.

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::membership::{self, Facts, Position};
use roadbook_model::{AccountId, PersonId, ReassignmentId, RuleId, TerritoryId};
use roadbook_sync::ledger::import::Imported;
use roadbook_sync::ledger::place::Moved;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use tracing::{info, instrument, warn};
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::holders::EndTerms;
use super::membership::{LiveRules, live_rules};
use super::reassignments::{Basis, Deed, NewReassignment, ReassignmentError, Selection, basis};
use super::{Done, OfficeError};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::signed;
use crate::store::{Store, StoreError, Stored};

/// New accounts looked at in one go.
const NEW_MAX: i64 = 500;
/// Accounts read at once for a preview.
const PIECE: i64 = 5_000;
/// The same for the first piece of a later page, which may hold all that the page shows.
const FIRST_PIECE: i64 = 1_000;
/// What people read who lose or get an account by a rule.
const PLACED_NOTE: &str = "placed by the office's rules";
/// What people read who get an account that was founded in a territory out of use.
const HOME_NOTE: &str = "its territory is out of use";

/// One account that would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RuleProposal)]
pub struct Proposal {
    /// The account.
    #[serde(rename = "account_id")]
    #[schema(value_type = Uuid)]
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Where it lies.
    #[serde(rename = "from_territory_id")]
    #[schema(value_type = Uuid)]
    pub from: TerritoryId,
    /// Where it would go.
    #[serde(rename = "to_territory_id")]
    #[schema(value_type = Uuid)]
    pub to: TerritoryId,
    /// By which rule.
    #[serde(rename = "rule_id")]
    #[schema(value_type = Uuid)]
    pub rule: RuleId,
}

/// How many accounts one rule would move from one territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RuleProposalCount)]
pub struct ProposalCount {
    /// Where they lie.
    #[serde(rename = "from_territory_id")]
    #[schema(value_type = Uuid)]
    pub from: TerritoryId,
    /// Where they would go.
    #[serde(rename = "to_territory_id")]
    #[schema(value_type = Uuid)]
    pub to: TerritoryId,
    /// By which rule.
    #[serde(rename = "rule_id")]
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
    /// What it comes to in all; only of a preview from the first account on.
    pub totals: Option<RulesTotals>,
    /// Accounts that would move, by id.
    pub proposals: Vec<Proposal>,
}

/// What applying the rules to all accounts comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesTotals {
    /// Accounts looked at.
    pub examined: u64,
    /// Accounts that no rule matches; they stay where they are.
    pub unmatched: u64,
    /// Accounts that would move.
    pub would_move: u64,
    /// These, by rule.
    pub counts: Vec<ProposalCount>,
}

/// Which rules to apply to which accounts, and how.
#[derive(Clone, Debug)]
pub struct Application {
    /// The version of the rules, from the preview.
    pub version: i64,
    /// Only these accounts; `None` is all.
    pub only: Option<BTreeSet<AccountId>>,
    /// On what terms people lose them.
    pub terms: EndTerms,
    /// Accounts may come to lie where nobody holds them.
    pub allow_unheld: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The reassignment; `None` when nothing had to move.
    pub reassignment: Option<ReassignmentId>,
    /// What it did.
    pub moved: Moved,
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
    /// Says what applying the rules would do, and does nothing. From the first account on all are looked at, and counted;
    /// after one of them, only as many as a page needs. No more accounts than `most` are listed, and none are kept that are not.
    #[instrument(name = "db.membership_rule.preview", skip_all, err(level = "debug"))]
    pub async fn preview_rules(&self, after: Option<AccountId>, most: usize) -> Done<RulesPreview> {
        let mut tx = self.settled().await?;
        let mut rules = live_rules(&mut tx).await?;
        let mut tally = Tally::default();
        let mut proposals = Vec::new();
        let mut from = after.map_or(Uuid::nil(), AccountId::uuid);
        let mut piece = if after.is_some() { FIRST_PIECE } else { PIECE };
        while after.is_none() || proposals.len() < most {
            let seen = facts_after(&mut tx, from, piece).await?;
            piece = PIECE;
            let Some(last) = seen.last() else { break };
            from = last.account.uuid();
            let (back, judged) = judge(rules, seen).await?;
            rules = back;
            for (seen, rule) in judged {
                if let Some(proposal) = tally.add(seen, rule)
                    && proposals.len() < most
                {
                    proposals.push(proposal);
                }
            }
        }
        let totals = after.is_none().then(|| tally.totals());
        Ok(RulesPreview { version: rules.version, totals, proposals })
    }

    /// Applies the rules to existing accounts: one ordinary reassignment. With a list, only accounts on it move. What no rule
    /// matches stays.
    ///
    /// # Errors
    /// [`OfficeError::Stale`] when `version` is not that of the rules any more: look at the preview again. As
    /// [`Store::reassign`]; a rule whose territory nobody holds moves accounts only if `allow_unheld`.
    #[instrument(name = "db.membership_rule.apply", skip_all, err(level = "debug"))]
    pub async fn apply_rules(&self, by: &By, what: &Application) -> Done<Applied> {
        what.terms.check()?;
        let mut connection = self.pool().acquire().await?;
        let basis = basis(&mut connection).await?;
        drop(connection);
        let preview = self.preview_rules(None, usize::MAX).await?;
        if preview.version != what.version {
            return Err(OfficeError::Stale { current: preview.version });
        }
        let is_meant =
            |proposal: &Proposal| what.only.as_ref().is_none_or(|only| only.contains(&proposal.account));
        let list: Vec<(AccountId, TerritoryId)> = preview
            .proposals
            .iter()
            .filter(|proposal| is_meant(proposal))
            .map(|proposal| (proposal.account, proposal.to))
            .collect();
        let act = |reassignment: Option<ReassignmentId>| {
            let accounts = list.len();
            let detail =
                json!({ "version": what.version, "reassignment": reassignment, "accounts": accounts });
            Act { action: "rules.apply", subject: None, detail }
        };
        if list.is_empty() {
            let mut connection = self.pool().acquire().await?;
            audit::record(&mut connection, Some(by), act(None)).await?;
            return Ok(Applied { reassignment: None, moved: Moved::default() });
        }
        let id = ReassignmentId::new(ambient::now_ms().unsigned_abs(), ambient::random());
        let deed = Deed { by, acts: vec![act(Some(id))] };
        let new = each(list, basis, &what.terms, what.allow_unheld);
        let moved = self.reassign_as(id, &new, by.person, Some(&deed)).await?;
        Ok(Applied { reassignment: Some(id), moved: moved.unwrap_or_default() })
    }

    /// Looks at accounts that devices made since the last time, and moves those that a rule puts elsewhere. Each is looked
    /// at once, on whichever node comes first. Returns how many were looked at.
    #[instrument(name = "db.membership_rule.place_new", skip_all, err(level = "debug"))]
    pub async fn place_new(&self) -> Done<usize> {
        let mut looked_at = 0;
        while let Some(count) = self.place_round().await? {
            looked_at += count;
        }
        Ok(looked_at)
    }

    /// One round; `None` when there is nothing new, or another node is at it. Its row is locked meanwhile, and says how far
    /// it got only once all is done: after a stop in the middle the same accounts are looked at again, and those that
    /// moved are not new any more.
    async fn place_round(&self) -> Done<Option<usize>> {
        self.follow().await?;
        let mut tx = self.pool().begin().await?;
        let query = sqlx::query_scalar!("select position from org.placement for update skip locked");
        let Some(from) = query.fetch_optional(&mut *tx).await? else { return Ok(None) };
        let basis = basis(&mut tx).await?;
        let Some(new) = new_accounts(&mut tx, from, signed(basis.position)).await? else { return Ok(None) };
        let rules = live_rules(&mut tx).await?;
        let seen = facts_of(&mut tx, &new.accounts).await?;
        let (rules, judged) = judge(rules, seen).await?;
        let looked_at = judged.len();
        let has_rules = !rules.rules.is_empty();
        let (mut lists, mut unplaced) = sorted(&rules, judged);
        send_home(&mut tx, &mut lists, &mut unplaced).await?;
        for ((to, by, why), accounts) in lists {
            let list = accounts.iter().map(|(account, _)| (*account, to)).collect();
            let terms = EndTerms { note: Some(why.note().to_owned()), ..EndTerms::default() };
            match self.reassign(&each(list, basis, &terms, why == Why::Home), by).await {
                Ok((_, moved)) => {
                    let accounts = moved.map_or(0, |moved| moved.accounts);
                    info!(territory = %to, accounts, "new accounts were placed")
                }
                Err(ReassignmentError::Store(error)) => return Err(error.into()),
                // Somebody moved one of them just now: they are looked at again.
                Err(error) if error.code() == "stale" => return Ok(None),
                // Archived, or left by its last holder: the office decides. Nobody loses anything.
                Err(error) => {
                    warn!(territory = %to, %error, "new accounts stay where they were made");
                    unplaced.extend(accounts);
                }
            }
        }
        if has_rules {
            note_unplaced(&mut tx, &unplaced).await?;
        }
        sqlx::query!("update org.placement set position = $1", new.upto).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(looked_at))
    }
}

/// A move of accounts, each to a territory of its own, if none of them moved since the basis.
fn each(
    list: Vec<(AccountId, TerritoryId)>,
    basis: Basis,
    terms: &EndTerms,
    allow_unheld: bool,
) -> NewReassignment {
    let new = NewReassignment::now(Selection::Each(list), None);
    NewReassignment { terms: terms.into(), allow_unheld, basis: Some(basis), ..new }
}

/// What was judged so far.
#[derive(Default)]
struct Tally {
    totals: RulesTotals,
    counts: BTreeMap<(TerritoryId, TerritoryId, RuleId), u64>,
}

impl Tally {
    /// Counts an account; gives back its move, if a rule moves it.
    fn add(&mut self, seen: Seen, rule: Option<(RuleId, TerritoryId)>) -> Option<Proposal> {
        self.totals.examined += 1;
        let Some((rule, to)) = rule else {
            self.totals.unmatched += 1;
            return None;
        };
        let Seen { account, name, territory: from, .. } = seen;
        if to == from {
            return None;
        }
        self.totals.would_move += 1;
        *self.counts.entry((from, to, rule)).or_insert(0) += 1;
        Some(Proposal { account, name, from, to, rule })
    }

    fn totals(self) -> RulesTotals {
        let counts = self.counts.into_iter();
        let counts = counts.map(|((from, to, rule), accounts)| ProposalCount { from, to, rule, accounts });
        RulesTotals { counts: counts.collect(), ..self.totals }
    }
}

/// Accounts that got a place after a position.
struct New {
    /// Those that a device made and that nobody has moved since.
    accounts: Vec<Uuid>,
    /// The last position looked at.
    upto: i64,
}

async fn new_accounts(connection: &mut PgConnection, from: i64, head: i64) -> Stored<Option<New>> {
    let rows = sqlx::query!(
        r#"
        select place.account_id, place.from_position,
               entry.device_id is not null and entry.type = 'changes' and place.until_position is null as "is_new!"
        from sync.place join log.entry on entry.position = place.from_position
        where place.from_position > $1 and place.from_position <= $2
        order by place.from_position limit $3
        "#,
        from,
        head,
        NEW_MAX
    )
    .fetch_all(connection)
    .await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let upto = last.from_position;
    let new = rows.into_iter().filter(|row| row.is_new);
    Ok(Some(New { accounts: new.map(|row| row.account_id).collect(), upto }))
}

/// Why a new account goes elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Rule,
    /// Its territory went out of use while its device did not know.
    Home,
}

impl Why {
    fn note(self) -> &'static str {
        match self {
            Self::Rule => PLACED_NOTE,
            Self::Home => HOME_NOTE,
        }
    }
}

/// Accounts with where they lie, by where they go, in whose name and why.
type Lists = BTreeMap<(TerritoryId, PersonId, Why), Vec<(AccountId, TerritoryId)>>;

/// What goes where, and what no rule matches.
fn sorted(
    rules: &LiveRules,
    judged: Vec<(Seen, Option<(RuleId, TerritoryId)>)>,
) -> (Lists, Vec<(AccountId, TerritoryId)>) {
    let mut lists = Lists::new();
    let mut unplaced = Vec::new();
    for (seen, rule) in judged {
        let Some((rule, to)) = rule else {
            unplaced.push((seen.account, seen.territory));
            continue;
        };
        if let Some(by) = rules.author(rule).filter(|_| to != seen.territory) {
            lists.entry((to, by, Why::Rule)).or_default().push((seen.account, seen.territory));
        }
    }
    (lists, unplaced)
}

/// Of accounts that no rule places, those in a territory out of use go to what took over from it, also when nobody holds
/// that now: nobody holds the other either.
async fn send_home(
    connection: &mut PgConnection,
    lists: &mut Lists,
    unplaced: &mut Vec<(AccountId, TerritoryId)>,
) -> Stored<()> {
    let accounts: Vec<Uuid> = unplaced.iter().map(|(account, _)| account.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select account.id, account.territory_id, place.home as "home!", record.creator_id
        from sync.account
        join org.territory on territory.id = account.territory_id and territory.archived_at is not null
        join sync.record on record.id = account.id
        cross join lateral (select org.in_use(account.territory_id) as home) place
        where account.id = any($1) and place.home <> account.territory_id
        "#,
        &accounts
    )
    .fetch_all(connection)
    .await?;
    unplaced.retain(|(account, _)| rows.iter().all(|row| row.id != account.uuid()));
    for row in rows {
        let list = lists.entry((row.home.into(), row.creator_id.into(), Why::Home)).or_default();
        list.push((row.id.into(), row.territory_id.into()));
    }
    Ok(())
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

async fn facts_after(connection: &mut PgConnection, after: Uuid, most: i64) -> Stored<Vec<Seen>> {
    let query = sqlx::query_as!(
        FactsRow,
        r#"
        select accounts.id, name, account.territory_id, country, region, postal_code, segment,
               array(select tag from record.account_tags where account_tags.account_id = accounts.id and tag is not null)
                   as "tags!",
               latitude_microdeg, longitude_microdeg
        from record.accounts join sync.account on account.id = accounts.id
        where accounts.id > $1 and merged_into is null order by accounts.id limit $2
        "#,
        after,
        most
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
        where accounts.id = any($1) and merged_into is null order by accounts.id
        "#,
        accounts
    );
    Ok(query.fetch_all(connection).await?.into_iter().map(Seen::from).collect())
}

async fn note_unplaced(connection: &mut PgConnection, unplaced: &[(AccountId, TerritoryId)]) -> Stored<()> {
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
        moment(ambient::now_ms())
    )
    .execute(connection)
    .await?;
    Ok(())
}
