//! What people's periods come to, from the central record by the model's rules ([`roadbook_model::plan`]).
//!
//! What was done at accounts that the person still has in reach is apart from what was done at accounts handed over since:
//! the first is what the person's own device says.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use roadbook_model::plan::{Clock, Figures, GOALS, Goal, GoalStanding, Period, Work, figures, standings};
use roadbook_model::{PersonId, TerritoryId};
use tracing::instrument;
use uuid::Uuid;

use crate::ambient::moment;
use crate::store::{Store, Stored};

/// What a person's period comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonFigures {
    /// Whose.
    pub person: PersonId,
    /// At accounts in the person's reach.
    pub record: Figures,
    /// At accounts that were handed over since.
    pub handed_over: Figures,
    /// How the first stands towards the period's goals.
    pub goals: Vec<GoalStanding>,
}

/// Something of the record, and the territory in which its account lies.
struct Lying<T> {
    territory: Uuid,
    what: T,
}

/// Which territories a person reaches, and which of them the person holds.
#[derive(Default)]
struct Reach {
    all: BTreeSet<Uuid>,
    held: BTreeSet<TerritoryId>,
}

impl Store {
    /// What the period of each of these people comes to, seen from a clock.
    #[instrument(name = "db.figures.list", skip_all, err(level = "debug"))]
    pub async fn figures_of(
        &self,
        people: &[PersonId],
        period: &Period,
        clock: &Clock,
    ) -> Stored<Vec<PersonFigures>> {
        let mut tx = self.settled().await?;
        let ids: Vec<Uuid> = people.iter().map(|person| person.uuid()).collect();
        let found = read::found(&mut tx, &ids, period, clock).await?;
        let reach = reach(&mut tx, &ids, clock).await?;
        let goals = goals(&mut tx).await?;
        let nowhere = Reach::default();
        let of = |person: &PersonId| {
            let own = reach.get(person).unwrap_or(&nowhere);
            let at = |in_reach| figures(*person, &found.of(*person, &own.all, in_reach), period, clock);
            let record = at(true);
            let goals = standings(&goals, &period.period, *person, &own.held, &record);
            PersonFigures { person: *person, handed_over: at(false), goals, record }
        };
        Ok(people.iter().map(of).collect())
    }
}

/// Everything that happened, was planned or is due in a period.
struct Found {
    visits: Vec<Lying<roadbook_model::plan::figures::Visit>>,
    orders: Vec<Lying<roadbook_model::plan::figures::Order>>,
    tasks: Vec<Lying<roadbook_model::plan::figures::Task>>,
    steps: Vec<Lying<roadbook_model::plan::figures::Step>>,
}

impl Found {
    /// What counts for a person at accounts in these territories, or at all others.
    fn of(&self, person: PersonId, territories: &BTreeSet<Uuid>, in_reach: bool) -> Work {
        fn here<'a, T>(
            all: &'a [Lying<T>],
            territories: &'a BTreeSet<Uuid>,
            in_reach: bool,
        ) -> impl Iterator<Item = &'a T> {
            let lies = move |one: &&Lying<T>| territories.contains(&one.territory) == in_reach;
            all.iter().filter(lies).map(|one| &one.what)
        }
        let visits = || here(&self.visits, territories, in_reach);
        let steps = || here(&self.steps, territories, in_reach);
        let own = visits().filter(|visit| visit.person == person && visit.next_step_due.is_some());
        let agreed = steps().filter(|step| step.person == person && step.next_step_due.is_some());
        // Whoever went there or called next took the step.
        let with_steps: BTreeSet<_> =
            own.map(|visit| visit.account).chain(agreed.map(|step| step.account)).collect();
        let counts = visits().filter(|visit| visit.person == person || with_steps.contains(&visit.account));
        let orders = here(&self.orders, territories, in_reach);
        let tasks = here(&self.tasks, territories, in_reach);
        Work {
            visits: counts.cloned().collect(),
            orders: orders.filter(|order| order.person == person).cloned().collect(),
            tasks: tasks.filter(|task| task.person == Some(person)).cloned().collect(),
            steps: steps().filter(|step| with_steps.contains(&step.account)).cloned().collect(),
        }
    }
}

async fn reach(
    connection: &mut sqlx::PgConnection,
    people: &[Uuid],
    clock: &Clock,
) -> Stored<BTreeMap<PersonId, Reach>> {
    let query = sqlx::query!(
        r#"
        select person.id as "person!", reach.territory_id as "territory!", reach.holds as "holds!"
        from unnest($1::uuid[]) person(id) cross join lateral org.reach(person.id, $2) reach
        "#,
        people,
        moment(clock.now_ms)
    );
    let mut found: BTreeMap<PersonId, Reach> = BTreeMap::new();
    for row in query.fetch_all(connection).await? {
        let reach = found.entry(row.person.into()).or_default();
        reach.all.insert(row.territory);
        if row.holds {
            reach.held.insert(row.territory.into());
        }
    }
    Ok(found)
}

/// What the office aims at; what this version cannot read is left out.
async fn goals(connection: &mut sqlx::PgConnection) -> Stored<Vec<Goal>> {
    let query = sqlx::query!("select key, json from sync.reference where set = $1", GOALS);
    let rows = query.fetch_all(connection).await?;
    Ok(rows.iter().filter_map(|row| Goal::read(&row.key, &row.json).ok()).collect())
}
