//! Ten thousand accounts between two hundred reps: what a preview and an effect take beside the plain UPDATE, and what
//! the pushes of others notice of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use roadbook_model::{AccountId, PersonId, TerritoryId};
use roadbook_server::store::Store;
use roadbook_server::store::office::reassignments::{NewReassignment, Selection};
use sqlx::types::Uuid;
use tokio::task::JoinHandle;

use crate::phone::Phone;
use crate::{Figure, ms, now, percentile, world};

/// Accounts that move.
const MOVED: usize = 10_000;
/// How often each thing is measured.
const ROUNDS: usize = 5;
/// Devices that push all the time, each at this pace.
const PHONES: i32 = 8;
const PACE: Duration = Duration::from_millis(160);
/// Moves while they push, and the time before each in which nothing else goes on.
const MOVES: usize = 9;
const PAUSE: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_secs(1);

pub async fn figures(store: &Store) -> Vec<Figure> {
    let there = moves(store).await;
    let back = there.iter().map(|(account, from, to)| (*account, *to, *from)).collect::<Vec<_>>();
    let plain = plain_update(store, &there).await;
    let by = world::person(store, 1).await;
    let (mut previews, mut effects, mut follows) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let new = reassignment(if round % 2 == 0 { &there } else { &back });
        let before = now();
        let preview = store.preview_reassignment(&new).await.unwrap();
        previews.push(before.elapsed());
        let before = now();
        let id = store.plan_reassignment(&new, by).await.unwrap();
        let moved = store.effect_reassignment(id).await.unwrap();
        effects.push(before.elapsed());
        assert_eq!((moved.accounts as usize, &moved), (MOVED, &preview.moved));
        let before = now();
        store.follow().await.unwrap();
        follows.push(before.elapsed());
    }
    let plain = percentile(&mut plain.clone(), 50);
    let (preview, effect, follow) =
        (percentile(&mut previews, 50), percentile(&mut effects, 50), percentile(&mut follows, 50));
    let beside = format!("plain UPDATE of {MOVED} rows {:.0} ms", ms(plain));
    let figure = |what: &str, measured: Duration, beside: String| Figure {
        figure: format!("{what} of {MOVED} accounts between {} reps", world::REPS),
        measured: format!("{:.1} x ({:.0} ms)", measured.as_secs_f64() / plain.as_secs_f64(), ms(measured)),
        limit: "5 x".to_owned(),
        beside,
        holds: measured <= plain * 5,
    };
    // Rounds are odd in number: they lie there now.
    let pushes = pushes(store, [reassignment(&back), reassignment(&there)]).await;
    vec![
        figure("preview", preview, beside.clone()),
        figure("effect", effect, format!("{beside}; rows follow within {:.0} ms", ms(follow))),
        pushes,
    ]
}

type Move = (AccountId, TerritoryId, TerritoryId);

/// Fifty accounts of each rep to the next one.
async fn moves(store: &Store) -> Vec<Move> {
    let mut territories = Vec::new();
    for rep in 1..=world::REPS {
        territories.push(world::territory(store, rep).await);
    }
    let rows: Vec<(Uuid, i32)> =
        sqlx::query_as("select bench_id('account', n), n % 200 from generate_series(201, $1) n order by n")
            .bind(200 + i32::try_from(MOVED).unwrap())
            .fetch_all(store.pool())
            .await
            .unwrap();
    let next = |rep: usize| territories[(rep + 1) % territories.len()];
    rows.into_iter()
        .map(|(account, rep)| {
            let rep = usize::try_from(rep).unwrap();
            (account.into(), territories[rep], next(rep))
        })
        .collect()
}

fn reassignment(moves: &[Move]) -> NewReassignment {
    let each = moves.iter().map(|(account, _, to)| (*account, *to)).collect();
    NewReassignment::now(Selection::Each(each), None)
}

/// What a system without devices would do: the accounts' territory, and nothing else. There and back.
async fn plain_update(store: &Store, moves: &[Move]) -> Vec<Duration> {
    let accounts: Vec<Uuid> = moves.iter().map(|it| it.0.uuid()).collect();
    let from: Vec<Uuid> = moves.iter().map(|it| it.1.uuid()).collect();
    let to: Vec<Uuid> = moves.iter().map(|it| it.2.uuid()).collect();
    let mut took = Vec::new();
    for round in 0..ROUNDS * 2 {
        let territories = if round % 2 == 0 { &to } else { &from };
        let before = now();
        let updated = sqlx::query(
            "update record.accounts set territory_id = new.territory_id
             from unnest($1::uuid[], $2::uuid[]) as new(id, territory_id) where accounts.id = new.id",
        )
        .bind(&accounts)
        .bind(territories)
        .execute(store.pool())
        .await
        .unwrap();
        took.push(before.elapsed());
        assert_eq!(updated.rows_affected(), moves.len() as u64);
    }
    took
}

/// One round: a while in which nothing else goes on, then a move until all its rows have followed.
struct Round {
    idle: (Instant, Instant),
    moving: (Instant, Instant),
}

/// The slowest of a hundred pushes while a move takes effect and its rows follow, against the same in the seconds before it:
/// round by round, so that each pair is of the same moment of the same machine, and the median of the rounds, so that what
/// else the machine did in one of them does not decide.
async fn pushes(store: &Store, moves: [NewReassignment; 2]) -> Figure {
    let mut phones = Vec::new();
    for n in 0..PHONES {
        // Reps whose accounts move, on accounts that do not.
        let account = 50_000 + n * 7;
        phones.push(Phone::new(store, 1 + account % world::REPS, account).await);
    }
    let moving = tokio::spawn(rounds(store.clone(), world::person(store, 1).await, moves));
    let tasks: Vec<_> = phones.into_iter().enumerate().map(|(n, phone)| push_on(store, n, phone)).collect();
    let rounds = moving.await.unwrap();
    let mut pushed = Vec::new();
    for (stop, task) in tasks {
        stop.store(true, Ordering::Relaxed);
        pushed.extend(task.await.unwrap());
    }
    let (mut idles, mut movings, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut idle_count, mut moving_count) = (0, 0);
    for round in &rounds {
        let mut idle = within(&pushed, round.idle);
        let mut moving = within(&pushed, round.moving);
        (idle_count, moving_count) = (idle_count + idle.len(), moving_count + moving.len());
        let (idle, moving) = (percentile(&mut idle, 99), percentile(&mut moving, 99));
        ratios.push(moving.as_secs_f64() / idle.as_secs_f64());
        idles.push(idle);
        movings.push(moving);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.1}")).collect();
    Figure {
        figure: format!("pushes while {MOVED} accounts move and rows follow: p99, median of {MOVES} moves"),
        measured: format!("{ratio:.1} x ({:.1} ms)", ms(percentile(&mut movings, 50))),
        limit: "3 x".to_owned(),
        beside: format!(
            "before each move {:.1} ms; the moves {} x; {idle_count} pushes before, {moving_count} during",
            ms(percentile(&mut idles, 50)),
            each.join(", ")
        ),
        holds: ratio <= 3.0,
    }
}

/// Moves at intervals, there and back.
async fn rounds(store: Store, by: PersonId, moves: [NewReassignment; 2]) -> Vec<Round> {
    let mut rounds = Vec::new();
    for n in 0..MOVES {
        // The disk still works off what was written.
        tokio::time::sleep(REST).await;
        let idle = now();
        tokio::time::sleep(PAUSE).await;
        let begun = now();
        store.reassign(&moves[n % 2], by).await.unwrap();
        rounds.push(Round { idle: (idle, begun), moving: (begun, now()) });
    }
    rounds
}

/// What the pushes took that were due in a window.
fn within(pushed: &[(Instant, Duration)], (from, to): (Instant, Instant)) -> Vec<Duration> {
    pushed.iter().filter(|(due, _)| (from..to).contains(due)).map(|(_, took)| *took).collect()
}

/// Pushes at a pace until told to stop; says when each was due and what it took.
fn push_on(
    store: &Store,
    n: usize,
    mut phone: Phone,
) -> (Arc<AtomicBool>, JoinHandle<Vec<(Instant, Duration)>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let (store, stopped) = (store.clone(), Arc::clone(&stop));
    let task = tokio::spawn(async move {
        let mut took = Vec::new();
        tokio::time::sleep(PACE / 8 * u32::try_from(n).unwrap()).await;
        let mut pace = tokio::time::interval(PACE);
        while !stopped.load(Ordering::Relaxed) {
            // Counted from when it was due: one that waits for the one before it is slow too.
            let due = pace.tick().await.into_std();
            phone.push(&store).await;
            took.push((due, due.elapsed()));
        }
        took
    });
    (stop, task)
}
