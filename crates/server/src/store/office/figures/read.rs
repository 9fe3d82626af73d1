//! The rows of the central record that figures are made from.

use chrono::{DateTime, NaiveDate, Utc};
use roadbook_model::brief::Day;
use roadbook_model::plan::figures::{Order, Step, Task, Visit};
use roadbook_model::plan::{Clock, Period};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Found, Lying};
use crate::ambient::moment;
use crate::store::Stored;

/// A period, as the database compares.
struct Bounds<'a> {
    people: &'a [Uuid],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    first: NaiveDate,
    last: NaiveDate,
}

/// Everything that happened, was planned or is due in a period, of these people; and whoever's later visits and calls at
/// accounts where a next step is due.
pub(super) async fn found(
    connection: &mut PgConnection,
    people: &[Uuid],
    period: &Period,
    clock: &Clock,
) -> Stored<Found> {
    let (from_ms, to_ms) = period.span_ms(clock);
    let bounds = Bounds {
        people,
        from: moment(from_ms),
        to: moment(to_ms),
        first: period.first.date(),
        last: period.last.date(),
    };
    let mut tasks = tasks(connection, &bounds).await?;
    tasks.extend(cases(connection, &bounds).await?);
    let mut steps = calls(connection, &bounds).await?;
    steps.extend(opportunities(connection, &bounds).await?);
    Ok(Found {
        visits: visits(connection, &bounds).await?,
        orders: orders(connection, &bounds).await?,
        tasks,
        steps,
    })
}

fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

async fn visits(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Visit>>> {
    let query = sqlx::query!(
        r#"
        with own as (
            select visits.id from record.visits
            where coalesce(checked_in_at, planned_start, created_at) >= $2
              and coalesce(checked_in_at, planned_start, created_at) < $3
              and coalesce(rep_id, creator_id) = any($1)
            union
            select visits.id from record.visits
            where planned_start >= $2 and planned_start < $3 and coalesce(rep_id, creator_id) = any($1)
            union
            select visits.id from record.visits
            where next_step_due between $4 and $5 and coalesce(rep_id, creator_id) = any($1)
        ), counted as (
            select id from own
            union
            select later.id from record.calls step
            join record.visits later on later.account_id = step.account_id
            where step.next_step_due between $4 and $5 and coalesce(step.rep_id, step.creator_id) = any($1)
              and later.state <> 'planned'
            union
            select later.id from own join record.visits step on step.id = own.id
            join record.visits later on later.account_id = step.account_id
            where step.next_step_due between $4 and $5 and later.state <> 'planned'
        )
        select visits.id, visits.account_id, account.territory_id as "territory_id!",
               coalesce(rep_id, creator_id) as "person_id!",
               case when state <> 'planned' then coalesce(checked_in_at, planned_start) end as made_at,
               planned_start, next_step, next_step_due
        from counted join record.visits on visits.id = counted.id
        join sync.account_now account on account.id = visits.account_id
        order by visits.id
        "#,
        bounds.people,
        bounds.from,
        bounds.to,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Visit {
            id: row.id.into(),
            account: row.account_id.into(),
            person: row.person_id.into(),
            made_ms: row.made_at.map(ms),
            planned_ms: row.planned_start.map(ms),
            next_step: row.next_step,
            next_step_due: row.next_step_due.map(Day::of_date),
        },
    });
    Ok(read.collect())
}

async fn orders(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Order>>> {
    let query = sqlx::query!(
        r#"
        select orders.id, account.territory_id as "territory_id!", coalesce(rep_id, creator_id) as "person_id!",
               order_date, coalesce(state, 'draft') as "state!", coalesce(currency, '') as "currency!", total_minor
        from record.orders
        join sync.account_now account on account.id = orders.account_id
        where order_date between $2 and $3 and coalesce(rep_id, creator_id) = any($1)
        order by orders.id
        "#,
        bounds.people,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Order {
            id: row.id.into(),
            person: row.person_id.into(),
            day: row.order_date.map(Day::of_date),
            state: row.state,
            currency: row.currency,
            total_minor: row.total_minor,
        },
    });
    Ok(read.collect())
}

async fn tasks(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Task>>> {
    let query = sqlx::query!(
        r#"
        with counted as (
            select tasks.id from record.tasks where due_at is null and due between $4 and $5
            union
            select tasks.id from record.tasks where due_at >= $2 and due_at < $3
        )
        select tasks.id, tasks.account_id, account.territory_id as "territory_id!",
               coalesce(assignee_id, creator_id) as "person_id!", subject, coalesce(state, '') as "state!", due, due_at,
               done_at
        from counted join record.tasks on tasks.id = counted.id
        join sync.account_now account on account.id = tasks.account_id
        where coalesce(assignee_id, creator_id) = any($1) and (assignee_id is not null or department_id is null)
        order by tasks.id
        "#,
        bounds.people,
        bounds.from,
        bounds.to,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Task {
            id: row.id.into(),
            account: row.account_id.into(),
            person: Some(row.person_id.into()),
            subject: row.subject,
            state: row.state,
            due: row.due.map(Day::of_date),
            due_ms: row.due_at.map(ms),
            done_ms: row.done_at.map(ms),
        },
    });
    Ok(read.collect())
}

/// A case is a promise to have it resolved by its day.
async fn cases(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Task>>> {
    let query = sqlx::query!(
        r#"
        select cases.id, cases.account_id, account.territory_id as "territory_id!",
               coalesce(owner_id, creator_id) as "person_id!", subject,
               coalesce(state in ('resolved', 'closed'), false) as "is_over!", due, resolved_at
        from record.cases
        join sync.account_now account on account.id = cases.account_id
        where due between $2 and $3 and coalesce(owner_id, creator_id) = any($1)
          and (owner_id is not null or department_id is null)
        order by cases.id
        "#,
        bounds.people,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Task {
            id: row.id.into(),
            account: row.account_id.into(),
            person: Some(row.person_id.into()),
            subject: row.subject,
            state: if row.is_over { "done" } else { "open" }.to_owned(),
            due: row.due.map(Day::of_date),
            due_ms: None,
            done_ms: row.resolved_at.map(ms),
        },
    });
    Ok(read.collect())
}

/// Calls whose next step is due in the period, and whoever's later ones at their accounts.
async fn calls(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Step>>> {
    let query = sqlx::query!(
        r#"
        with own as (
            select id, account_id from record.calls
            where next_step_due between $2 and $3 and coalesce(rep_id, creator_id) = any($1)
        ), counted as (
            select id from own
            union
            select later.id from own join record.calls later on later.account_id = own.account_id
        )
        select calls.id, calls.account_id, account.territory_id as "territory_id!",
               coalesce(rep_id, creator_id) as "person_id!", started_at, next_step, next_step_due
        from counted join record.calls on calls.id = counted.id
        join sync.account_now account on account.id = calls.account_id
        order by calls.id
        "#,
        bounds.people,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Step {
            id: row.id.into(),
            account: row.account_id.into(),
            person: row.person_id.into(),
            agreed_ms: row.started_at.map(ms),
            next_step: row.next_step,
            next_step_due: row.next_step_due.map(Day::of_date),
        },
    });
    Ok(read.collect())
}

/// Next steps of opportunities that are neither won nor lost.
async fn opportunities(connection: &mut PgConnection, bounds: &Bounds<'_>) -> Stored<Vec<Lying<Step>>> {
    let query = sqlx::query!(
        r#"
        select opportunities.id, opportunities.account_id, account.territory_id as "territory_id!",
               coalesce(owner_id, creator_id) as "person_id!", next_step, next_step_due
        from record.opportunities
        join sync.account_now account on account.id = opportunities.account_id
        where next_step_due between $2 and $3 and coalesce(owner_id, creator_id) = any($1)
          and stage not in ('won', 'lost')
        order by opportunities.id
        "#,
        bounds.people,
        bounds.first,
        bounds.last
    );
    let rows = query.fetch_all(connection).await?;
    let read = rows.into_iter().map(|row| Lying {
        territory: row.territory_id,
        what: Step {
            id: row.id.into(),
            account: row.account_id.into(),
            person: row.person_id.into(),
            agreed_ms: None,
            next_step: row.next_step,
            next_step_due: row.next_step_due.map(Day::of_date),
        },
    });
    Ok(read.collect())
}
