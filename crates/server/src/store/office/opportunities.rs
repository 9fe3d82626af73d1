//! Opportunities as a list shows them.

use chrono::NaiveDate;
use roadbook_model::{AccountId, PersonId};
use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::people::Person;
use super::tasks::Due;
use crate::ambient::{self, moment};
use crate::store::{Store, Stored};

/// Which opportunities to list.
#[derive(Clone, Debug, Default)]
pub struct OpportunityFilter {
    /// Only those that are still open, or only those that were won or lost.
    pub open: Option<bool>,
    /// Those of this stage.
    pub stage: Option<&'static str>,
    /// Those that this person pursues.
    pub person: Option<PersonId>,
    /// Those that are expected to be decided before this day.
    pub close_before: Option<NaiveDate>,
    /// Those of this account.
    pub account: Option<AccountId>,
    /// Those after this place.
    pub after: Option<Due>,
}

/// An opportunity of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpportunityRow {
    /// The opportunity.
    pub id: Uuid,
    /// Its account.
    pub account_id: Uuid,
    /// What the account is called.
    pub account_name: Option<String>,
    /// What may be sold, in a line.
    pub subject: Option<String>,
    /// How far it is, such as `qualified` or `won`.
    pub stage: Option<String>,
    /// What it may bring, in minor units of its currency.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// How likely it is, in basis points.
    pub probability_bp: Option<i64>,
    /// The day by which it is expected to be decided.
    pub expected_close: Option<NaiveDate>,
    /// How it came about.
    pub source: Option<String>,
    /// Why it was won or lost.
    pub close_reason: Option<String>,
    /// Who pursues it.
    pub owner_id: Uuid,
    /// That person's name.
    pub owner_name: Option<String>,
}

impl Store {
    /// Opportunities of accounts that a person may see, by the day they are expected to be decided; those without one come last.
    #[instrument(name = "db.opportunity.list", skip_all, err(level = "debug"))]
    pub async fn list_opportunities(
        &self,
        person: &Person,
        filter: &OpportunityFilter,
        limit: i64,
    ) -> Stored<Vec<OpportunityRow>> {
        let query = sqlx::query_as!(
            OpportunityRow,
            r#"
            select opportunities.id, opportunities.account_id, accounts.name as "account_name?",
                   opportunities.subject, opportunities.stage, opportunities.amount_minor, opportunities.currency,
                   opportunities.probability_bp, opportunities.expected_close, opportunities.source,
                   opportunities.close_reason, coalesce(opportunities.owner_id, opportunities.creator_id) as "owner_id!",
                   owner.name as "owner_name?"
            from record.opportunities
            join sync.account_now account on account.id = opportunities.account_id
            left join record.accounts on accounts.id = opportunities.account_id
            left join org.person owner on owner.id = coalesce(opportunities.owner_id, opportunities.creator_id)
            where ($1 or account.territory_id in (select territory_id from org.reach($2, $3)))
              and ($4::uuid is null or opportunities.account_id = $4)
              and ($6::uuid is null or (coalesce(opportunities.expected_close, 'infinity'), opportunities.id) > (coalesce($5::date, 'infinity'), $6))
              and ($8::boolean is null or (opportunities.stage not in ('won', 'lost')) = $8)
              and ($9::text is null or opportunities.stage = $9)
              and ($10::uuid is null or coalesce(opportunities.owner_id, opportunities.creator_id) = $10)
              and ($11::date is null or opportunities.expected_close < $11)
            order by coalesce(opportunities.expected_close, 'infinity'), opportunities.id
            limit $7
            "#,
            person.role.is_office(),
            person.id.uuid(),
            moment(ambient::now_ms()),
            filter.account.map(AccountId::uuid),
            filter.after.and_then(|(due, _)| due),
            filter.after.map(|(_, id)| id),
            limit,
            filter.open,
            filter.stage,
            filter.person.map(PersonId::uuid),
            filter.close_before
        );
        Ok(query.fetch_all(self.pool()).await?)
    }
}
