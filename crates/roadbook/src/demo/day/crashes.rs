//! What dies on the way, always by SIGKILL: a device while it captures and while it syncs, the server, its Postgres.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use roadbook_model::projection::rfc3339;
use serde_json::{Value as Json, json};

use super::{Cast, Day, Saved};
use crate::demo::phone::Phone;
use crate::demo::world::World;
use crate::edge;

/// Visits of Margaret's round.
const ROUND: usize = 20;
/// The visit during whose capture the device dies.
const DEAD_AT: usize = 13;

/// Margaret's device dies while it saves, and again and again while it syncs.
pub(super) fn a_battery_runs_out(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let margaret = &cast.margaret;
    let account = margaret.account("AROUT")?;
    let mut running = margaret.start(&["run"])?;
    for stop in 1..DEAD_AT {
        running.write(&visit(&account, stop))?;
        let saved = running.line()?;
        remember(day, margaret, &saved);
    }
    running.write(&visit(&account, DEAD_AT))?;
    running.kill()?;
    day.killed.push("a device, while it saved");
    let made = round(margaret)?;
    ensure!(
        (1..DEAD_AT).all(|stop| made.contains(&note(stop))),
        "a visit that was said to be saved is gone after the kill"
    );
    world.tell(&format!("Margaret's phone is killed at visit {DEAD_AT} of {ROUND}; opened again, none that was saved is missing"))?;
    let mut running = margaret.start(&["run"])?;
    for stop in (1..=ROUND).filter(|stop| !made.contains(&note(*stop))) {
        running.write(&visit(&account, stop))?;
        let saved = running.line()?;
        remember(day, margaret, &saved);
    }
    drop(running);
    for pause_ms in [5, 15, 25, 40, 60] {
        let syncing = margaret.start(&["sync"])?;
        std::thread::sleep(Duration::from_millis(pause_ms));
        syncing.kill()?;
    }
    day.killed.push("a device, while it synced");
    margaret.sync()?;
    ensure!(round(margaret)?.len() == ROUND, "Margaret's round is not {ROUND} visits");
    world.tell("it is killed five times more while it syncs, then syncs")
}

fn note(stop: usize) -> String {
    format!("Stop {stop} of the round.")
}

fn visit(account: &str, stop: usize) -> Json {
    let now = rfc3339(edge::now_ms());
    let fields = json!({
        "state": "checked_out", "subject": note(stop), "outcome": "no_decision", "notes": note(stop),
        "checked_in_at": now, "checked_out_at": now,
    });
    json!({ "do": "create", "kind": "visit", "account": account, "fields": fields })
}

fn remember(day: &mut Day, phone: &Phone, saved: &Json) {
    let record = saved["record"].as_str().unwrap_or_default().to_owned();
    day.saved.push(Saved { device: phone.name().to_owned(), record, words: None });
}

/// The subjects of the visits that the device has at the round's account.
fn round(phone: &Phone) -> Result<BTreeSet<String>> {
    let page = phone.call(&["list", "visit", "--account", "AROUT", "--limit", "100"])?;
    let titles = page["records"].as_array().into_iter().flatten().filter_map(|one| one["title"].as_str());
    Ok(titles.map(str::to_owned).collect())
}

/// The server dies while Janet pushes.
pub(super) fn the_server_dies(world: &mut World, cast: &Cast, day: &mut Day) -> Result<()> {
    let janet = &cast.janet;
    for account in ["ANATR", "ANTON", "BERGS", "BOTTM"] {
        let notes = "Dropped the autumn list.";
        day.capture(janet, &["visit", "--account", account, "--outcome", "follow_up", "--notes", notes])?;
    }
    let syncing = janet.start(&["sync"])?;
    std::thread::sleep(Duration::from_millis(30));
    world.kill_server()?;
    day.killed.push("the server");
    drop(syncing);
    let alone = janet.call(&["sync"]);
    ensure!(alone.is_err(), "a sync was answered by a server that was killed");
    world.start_server()?;
    janet.sync()?;
    world.tell(
        "the server is killed while Janet pushes, and started again; Janet's next sync brings all of it",
    )
}

/// Postgres dies under the server, which starts it again.
pub(super) fn postgres_dies(world: &mut World, cast: &Cast, day: &mut Day) -> Result<()> {
    let andrew = &cast.andrew;
    andrew.sync()?;
    let task =
        ["task", "--account", "EASTC", "--subject", "Call Ann when she is back", "--due", "1998-06-02"];
    let task = day.capture(andrew, &task)?;
    day.capture(andrew, &["comment", "--on", &task, "--body", "She prefers the afternoon."])?;
    world.kill_postgres()?;
    day.killed.push("the server's Postgres");
    world.await_postgres()?;
    andrew.sync()?;
    world.tell("Postgres is killed under the server, which starts it again; Andrew's task and comment arrive")
}
