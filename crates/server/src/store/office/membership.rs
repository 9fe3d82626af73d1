//! The rules by which accounts are placed, as admins keep them: one ordered list for each territory, replaced as a whole.
//! What the rules say of an account is `roadbook_model::membership`'s matter.

use chrono::{DateTime, Utc};
use roadbook_model::membership::{Criteria, RULES_MAX, Rule};
use roadbook_model::rule::Violation;
use roadbook_model::{PersonId, RuleId, TerritoryId};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::PgConnection;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit::{self, Act, By};
use super::tree::{check_version, must_be_in_use};
use super::{Done, OfficeError};
use crate::ambient::{self, moment};
use crate::store::append::Append;
use crate::store::cells::unsigned32;
use crate::store::{Store, StoreError, Stored};

/// Longest note of a rule, in characters.
const NOTE_CHARS_MAX: usize = 500;

/// A rule to put into a list.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMembershipRule)]
pub struct NewRule {
    /// What an account must be like: `countries`, `regions`, `postal_codes`, `segments`, `tags` (lists of words), `area`
    /// (GeoJSON). All that are named must hold.
    #[schema(value_type = Object)]
    pub criteria: Json,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// A rule of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = MembershipRule)]
pub struct KeptRule {
    /// The rule.
    #[schema(value_type = Uuid)]
    pub id: RuleId,
    /// Its place in the list, from 1.
    pub position: u32,
    /// What an account must be like.
    #[schema(value_type = Object)]
    pub criteria: Json,
    /// What it is for.
    pub note: Option<String>,
    /// Who wrote it.
    #[schema(value_type = Uuid)]
    pub created_by: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// An area that a rule names.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RuleArea {
    /// The rule.
    #[serde(rename = "rule_id")]
    #[schema(value_type = Uuid)]
    pub rule: RuleId,
    /// The territory whose rule it is.
    #[serde(rename = "territory_id")]
    #[schema(value_type = Uuid)]
    pub territory: TerritoryId,
    /// The area as GeoJSON: a polygon or several.
    #[schema(value_type = Object)]
    pub area: Json,
}

/// The rules of one territory.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RuleList {
    /// The territory.
    #[serde(rename = "territory_id")]
    #[schema(value_type = Uuid)]
    pub territory: TerritoryId,
    /// With which version of all rules the list came to be as it is; 0 if it never had a rule. Also its ETag.
    pub version: i64,
    /// The rules, in their order.
    pub rules: Vec<KeptRule>,
}

/// Every rule that stands.
#[derive(Clone, Debug)]
pub(super) struct LiveRules {
    /// The version of all rules.
    pub(super) version: i64,
    /// The rules, with who wrote each.
    pub(super) rules: Vec<Rule>,
    authors: Vec<PersonId>,
}

impl LiveRules {
    /// Who wrote a rule: in that person's name it moves accounts.
    pub(super) fn author(&self, id: RuleId) -> Option<PersonId> {
        let n = self.rules.iter().position(|rule| rule.id == id)?;
        self.authors.get(n).copied()
    }
}

impl Store {
    /// The rules of a territory.
    #[instrument(name = "db.membership_rule.list", skip_all, fields(%territory), err(level = "debug"))]
    pub async fn list_rules(&self, territory: TerritoryId) -> Stored<RuleList> {
        let mut connection = self.pool().acquire().await?;
        rule_list(&mut connection, territory).await
    }

    /// The areas that rules name, by rule, after one of them.
    #[instrument(name = "db.membership_rule.list_areas", skip_all, err(level = "debug"))]
    pub async fn list_rule_areas(&self, after: Option<RuleId>, limit: i64) -> Stored<Vec<RuleArea>> {
        let rows = sqlx::query!(
            r#"
            select id, territory_id, criteria -> 'area' as "area!" from org.membership_rule
            where retired_version is null and jsonb_typeof(criteria -> 'area') = 'object'
              and ($1::uuid is null or id > $1)
            order by id limit $2
            "#,
            after.map(RuleId::uuid),
            limit
        )
        .fetch_all(self.pool())
        .await?;
        let areas = rows.into_iter().map(|row| RuleArea {
            rule: row.id.into(),
            territory: row.territory_id.into(),
            area: row.area,
        });
        Ok(areas.collect())
    }

    /// Replaces the rules of a territory. They take effect for new accounts at once, for others when they are applied.
    ///
    /// # Errors
    /// `too_many`, `bad_note`, what [`Criteria::parse`] says of a rule (its path begins with the rule's number, from 0),
    /// `territory_archived`, [`OfficeError::Stale`].
    #[instrument(name = "db.membership_rule.put", skip_all, fields(%territory, rules = rules.len()), err(level = "debug"))]
    pub async fn put_rules(
        &self,
        by: &By,
        territory: TerritoryId,
        version: Option<i64>,
        rules: &[NewRule],
    ) -> Done<RuleList> {
        check_rules(rules)?;
        let mut append = self.append().await?;
        must_be_in_use(&mut append, territory).await?;
        check_version(rule_list(append.connection(), territory).await?.version, version)?;
        let now = moment(append.book.now_ms);
        let version = retire_rules(&mut append, territory).await?;
        let unix_ms = append.book.now_ms.unsigned_abs();
        let ids: Vec<Uuid> = rules.iter().map(|_| RuleId::new(unix_ms, ambient::random()).uuid()).collect();
        let criteria: Vec<Json> = rules.iter().map(|rule| rule.criteria.clone()).collect();
        let notes: Vec<Option<&str>> = rules.iter().map(|rule| rule.note.as_deref()).collect();
        sqlx::query!(
            "
            insert into org.membership_rule (id, territory_id, position, criteria, note, version, created_by, created_at)
            select new.id, $2, new.position, new.criteria, new.note, $3, $4, $5
            from unnest($1::uuid[], $6::jsonb[], $7::text[]) with ordinality as new(id, criteria, note, position)
            ",
            &ids,
            territory.uuid(),
            version,
            by.person.uuid(),
            now,
            &criteria,
            &notes as &[Option<&str>]
        )
        .execute(append.connection())
        .await?;
        let detail = json!({ "version": version, "rules": rules.len() });
        let act = Act { action: "rules.put", subject: Some(("territory", territory.uuid())), detail };
        audit::record(append.connection(), Some(by), act).await?;
        let list = rule_list(append.connection(), territory).await?;
        append.commit().await?;
        Ok(list)
    }
}

/// Ends the rules of a territory. Returns the version of all rules that this makes.
pub(super) async fn retire_rules(append: &mut Append<'_>, territory: TerritoryId) -> Stored<i64> {
    let version = version(append.connection()).await? + 1;
    sqlx::query!(
        "
        update org.membership_rule set retired_version = $2, retired_at = $3
        where territory_id = $1 and retired_version is null
        ",
        territory.uuid(),
        version,
        moment(append.book.now_ms)
    )
    .execute(append.connection())
    .await?;
    Ok(version)
}

/// Every rule that stands. Asked again within an append where it matters.
pub(super) async fn live_rules(connection: &mut PgConnection) -> Stored<LiveRules> {
    let version = version(&mut *connection).await?;
    let query = sqlx::query!(
        r#"
        select rule.id, territory_id, code, position, criteria, created_by
        from org.membership_rule rule join org.territory on territory.id = rule.territory_id
        where retired_version is null
        "#
    );
    let mut rules = Vec::new();
    let mut authors = Vec::new();
    for row in query.fetch_all(connection).await? {
        let criteria =
            Criteria::parse(&row.criteria).map_err(|_| StoreError::Unreadable { what: "membership rule" })?;
        let position = unsigned32(row.position);
        let (id, territory) = (row.id.into(), row.territory_id.into());
        rules.push(Rule { id, territory, code: row.code, position, criteria });
        authors.push(row.created_by.into());
    }
    Ok(LiveRules { version, rules, authors })
}

/// The version of all rules: each replacement of a list makes the next one.
async fn version(connection: &mut PgConnection) -> Stored<i64> {
    let query = sqlx::query_scalar!(
        r#"select coalesce(max(greatest(version, retired_version)), 0) as "version!" from org.membership_rule"#
    );
    Ok(query.fetch_one(connection).await?)
}

async fn rule_list(connection: &mut PgConnection, territory: TerritoryId) -> Stored<RuleList> {
    let rows = sqlx::query!(
        "
        select id, position, criteria, note, version, retired_version, created_by, created_at
        from org.membership_rule where territory_id = $1 order by position, version
        ",
        territory.uuid()
    )
    .fetch_all(connection)
    .await?;
    let versions = rows.iter().map(|row| row.retired_version.unwrap_or(row.version));
    let version = versions.max().unwrap_or(0);
    let live = rows.into_iter().filter(|row| row.retired_version.is_none());
    let rules = live.map(|row| KeptRule {
        id: row.id.into(),
        position: unsigned32(row.position),
        criteria: row.criteria,
        note: row.note,
        created_by: row.created_by.into(),
        created_at: row.created_at,
    });
    Ok(RuleList { territory, version, rules: rules.collect() })
}

fn check_rules(rules: &[NewRule]) -> Done<()> {
    if rules.len() > RULES_MAX {
        let text = format!("a territory has at most {RULES_MAX} rules; put several values into one");
        return Err(OfficeError::invalid("too_many", text));
    }
    for (n, rule) in rules.iter().enumerate() {
        Criteria::parse(&rule.criteria).map_err(|mut violation: Violation| {
            violation.path.insert(0, n.to_string());
            OfficeError::Rule(violation)
        })?;
        let is_fit =
            |note: &String| note.chars().count() <= NOTE_CHARS_MAX && !note.chars().any(char::is_control);
        if !rule.note.as_ref().is_none_or(is_fit) {
            let text =
                format!("a rule's note has at most {NOTE_CHARS_MAX} characters and no control characters");
            return Err(OfficeError::invalid("bad_note", text));
        }
    }
    Ok(())
}
