//! `GET /v1/figures`: what a day, month, quarter or year comes to for each person whom the caller sees;
//! `GET /v1/people/{person}/figures`: for one. The rules are those of `docs/plan.md`, and the numbers those that the
//! person's own device says.

use std::sync::Arc;

use axum::extract::State;
use chrono::NaiveDate;
use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use roadbook_model::plan::calendar::OFFSET_MINUTES;
use roadbook_model::plan::figures::Turnover;
use roadbook_model::plan::{Clock, Figures, GoalStanding, Period};
use serde::{Deserialize, Serialize};
use tracing::instrument;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api::{Json, Page, Paging, Path, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::{App, Shared};
use crate::ambient;
use crate::store::office::figures::PersonFigures;
use crate::store::office::people::list::{PeopleWanted, PersonRow, Sight};

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Which period, of which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// A day, month, quarter or year: `2026-11-28`, `2026-11`, `2026-Q4` or `2026`. Without it, this month.
    #[param(max_length = 10)]
    period: Option<String>,
    /// How many minutes the clock whose days count is before UTC.
    #[param(minimum = -840, maximum = 840)]
    offset: Option<i64>,
    /// Of people of this role: rep, manager, office or admin.
    #[param(value_type = Option<String>, pattern = "^(rep|manager|office|admin)$")]
    role: Option<Role>,
    /// The `next` of the page before.
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichPeriod {
    /// A day, month, quarter or year: `2026-11-28`, `2026-11`, `2026-Q4` or `2026`. Without it, this month.
    #[param(max_length = 10)]
    period: Option<String>,
    /// How many minutes the clock whose days count is before UTC.
    #[param(minimum = -840, maximum = 840)]
    offset: Option<i64>,
}

/// What a person's period comes to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonFigures)]
pub struct FiguresBody {
    /// The person.
    person_id: Uuid,
    /// That person's name.
    person_name: String,
    /// The period, as it was asked for.
    period: String,
    /// Its first day.
    first: NaiveDate,
    /// Its last day.
    last: NaiveDate,
    /// How many minutes the clock whose days count is before UTC.
    offset_minutes: i64,
    /// What was done at accounts that the person has now.
    #[schema(value_type = PeriodFigures)]
    record: Figures,
    /// What was done at accounts that were handed over since.
    #[schema(value_type = PeriodFigures)]
    handed_over: Figures,
    /// How the first stands towards the period's goals.
    #[schema(value_type = Vec<Goal>)]
    goals: Vec<GoalStanding>,
}

/// Figures, as the model counts them: its own type says the same.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the model's type")]
pub struct PeriodFigures {
    /// Visits made in the period.
    visits_made: i64,
    /// Visits planned for it, whatever became of them.
    visits_planned: i64,
    /// Those of them that were made, whenever.
    planned_made: i64,
    /// Those of them whose day is over without one.
    planned_missed: i64,
    /// Accounts visited in the period, each once.
    accounts_visited: i64,
    /// Orders and quotes taken in the period, by currency.
    #[schema(value_type = Vec<CurrencyFigures>)]
    turnover: Vec<Turnover>,
    /// Tasks and next steps due in the period.
    promises_due: i64,
    /// Those done in time.
    promises_kept: i64,
    /// Those done too late.
    promises_late: i64,
    /// Those whose day is over and which are not done.
    promises_broken: i64,
}

/// What orders and quotes of one currency come to.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the model's type")]
pub struct CurrencyFigures {
    /// ISO 4217 code.
    currency: String,
    /// Orders handed in and neither cancelled nor rejected.
    orders: i64,
    /// What they come to before tax, in minor units.
    amount_minor: i64,
    /// Those of them that the office accepted.
    accepted: i64,
    /// What these come to, in minor units.
    accepted_minor: i64,
    /// Quotes that became no order so far.
    quotes: i64,
    /// What they come to, in minor units.
    quoted_minor: i64,
}

/// A goal, and how far one has come.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the model's type")]
pub struct Goal {
    /// The goal's key.
    key: String,
    /// What it is called.
    name: Option<String>,
    /// What it counts: `visits`, `accounts_visited`, `orders`, `order_amount` or `promises_kept_percent`.
    measure: String,
    /// ISO 4217 code of the amount, if it counts one.
    currency: Option<String>,
    /// What is aimed at.
    target: i64,
    /// What it has come to.
    value: i64,
}

/// The figures of each person whom the caller sees and who works here, by name.
#[utoipa::path(
    get, path = "/v1/figures", operation_id = "figures.list", tag = "people", params(Wanted),
    responses((status = 200, description = "A page of people with their figures", body = Page<FiguresBody>))
)]
#[instrument(name = "http.figures.list", skip_all)]
pub async fn list(
    State(app): Shared,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<FiguresBody>>, Problem> {
    let (period, clock) = asked(wanted.period.as_deref(), wanted.offset)?;
    let paging = Paging::new(wanted.after, wanted.limit);
    let people = PeopleWanted {
        after: paging.after::<(String, Uuid)>()?,
        role: wanted.role,
        active: Some(true),
        text: None,
        limit: paging.fetch(),
    };
    let rows = app.store.list_people(sight(&caller), &people).await?;
    let page = Page::new(rows, &paging, |row| (row.name.to_lowercase(), row.id.uuid()));
    let ids: Vec<PersonId> = page.items.iter().map(|row| row.id).collect();
    let found = app.store.figures_of(&ids, &period, &clock).await?;
    let items = page.items.iter().zip(found).map(|(row, figures)| body(row, figures, &period, &clock));
    Ok(Json(Page { items: items.collect(), next: page.next }))
}

/// The figures of one person.
#[utoipa::path(
    get, path = "/v1/people/{person}/figures", operation_id = "figures.read", tag = "people",
    params(("person" = Uuid, Path, description = "The person"), WhichPeriod),
    responses((status = 200, description = "What the person's period comes to", body = FiguresBody))
)]
#[instrument(name = "http.figures.read", skip_all, fields(%id))]
pub async fn read(
    State(app): Shared,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(wanted): Query<WhichPeriod>,
) -> Result<Json<FiguresBody>, Problem> {
    let (period, clock) = asked(wanted.period.as_deref(), wanted.offset)?;
    let row = app.store.lookup_person_seen(sight(&caller), PersonId::from(id)).await?;
    let row = row.ok_or_else(|| Problem::not_found("person"))?;
    let mut found = app.store.figures_of(&[row.id], &period, &clock).await?;
    let figures = found.pop().ok_or_else(|| Problem::not_found("person"))?;
    Ok(Json(body(&row, figures, &period, &clock)))
}

fn body(row: &PersonRow, found: PersonFigures, period: &Period, clock: &Clock) -> FiguresBody {
    FiguresBody {
        person_id: row.id.uuid(),
        person_name: row.name.clone(),
        period: period.period.clone(),
        first: period.first.date(),
        last: period.last.date(),
        offset_minutes: clock.offset_minutes,
        record: found.record,
        handed_over: found.handed_over,
        goals: found.goals,
    }
}

fn sight(caller: &Caller) -> Sight {
    Sight::of(caller.person.id, caller.person.role)
}

fn asked(period: Option<&str>, offset: Option<i64>) -> Result<(Period, Clock), Problem> {
    let clock = clock(offset)?;
    let today = clock.today().to_string();
    let word = period.unwrap_or_else(|| today.get(..7).unwrap_or_default());
    let period = Period::parse(word);
    let bad = || Problem::malformed("`period` is 2026-11-28, 2026-11, 2026-Q4 or 2026");
    Ok((period.ok_or_else(bad)?, clock))
}

/// The clock that is so far from UTC.
///
/// # Errors
/// `malformed`, if no clock is.
pub fn clock(offset: Option<i64>) -> Result<Clock, Problem> {
    let offset_minutes = offset.unwrap_or(0);
    match OFFSET_MINUTES.contains(&offset_minutes) {
        true => Ok(Clock { now_ms: ambient::now_ms(), offset_minutes }),
        false => Err(Problem::malformed("`offset` is a number of minutes from -840 to 840")),
    }
}
