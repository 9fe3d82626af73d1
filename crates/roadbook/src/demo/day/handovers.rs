//! What becomes of work when the right to do it ends: a cover that comes back, somebody who leaves the company, a phone
//! that is stolen, a phone that comes back from yesterday's backup.

use anyhow::{Context, Error, Result, ensure};

use super::{Cast, Day};
use crate::demo::process::Told;
use crate::demo::world::World;

/// The territory that Michael covers for Margaret, and an account of hers in it.
const COVERED: &str = "20852";
const COVERED_ACCOUNT: &str = "BONAP";

/// Michael covers for Margaret, visits a customer of hers without a signal, and learns only afterwards that she is back.
pub(super) fn a_cover_comes_back(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let (michael, margaret) = (&cast.michael, &cast.margaret);
    world.tool(&["admin", "hold", michael.email(), COVERED, "--as", "cover"])?;
    michael.sync()?;
    ensure!(michael.has_account(COVERED_ACCOUNT)?, "Michael covers and does not have {COVERED_ACCOUNT}");
    let notes = "Margaret is away; they will wait for her offer.";
    day.capture(
        michael,
        &["visit", "--account", COVERED_ACCOUNT, "--outcome", "follow_up", "--notes", notes],
    )?;
    world.tool(&["admin", "hold", michael.email(), COVERED, "--end"])?;
    michael.sync()?;
    ensure!(
        !michael.has_account(COVERED_ACCOUNT)?,
        "the cover ended and Michael still has {COVERED_ACCOUNT}"
    );
    ensure!(margaret.has_account(COVERED_ACCOUNT)?, "Margaret lost {COVERED_ACCOUNT} by being covered");
    world.tell(
        "Michael covers BONAP for Margaret; the cover ends while he is out, his visit comes late, and BONAP goes from \
         his phone and stays on hers",
    )
}

/// Laura leaves the company with a visit on her phone that nobody has seen.
pub(super) fn somebody_leaves(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let laura = &cast.laura;
    let account = laura.first_account()?;
    day.capture(
        laura,
        &["visit", "--account", &account, "--outcome", "quote", "--notes", "Promised two percent."],
    )?;
    world.tool(&["user", "deactivate", laura.email()])?;
    world.tell("Laura leaves the company; a visit is still on her phone alone")
}

/// Laura's phone is switched on once more: it hands over what it has, and wipes itself.
pub(super) fn her_phone_says_good_bye(world: &World, cast: &Cast) -> Result<()> {
    let laura = &cast.laura;
    laura.call(&["sync"])?;
    let gone = laura.call(&["status"]);
    ensure!(gone.is_err(), "a phone that was to wipe itself still has something to say");
    world.tell("Laura's phone is switched on once more: it hands the visit over for review, and wipes itself")
}

/// Steven's phone is stolen while it is connected: the office blocks it.
pub(super) fn a_phone_is_stolen(world: &mut World, cast: &Cast, day: &mut Day) -> Result<()> {
    let steven = &cast.steven;
    let account = steven.first_account()?;
    let task = |subject| ["task", "--account", &account, "--subject", subject];
    day.capture(steven, &task("The last one before lunch."))?;
    steven.sync()?;
    let mut connected = steven.start(&["sync", "--watch"])?;
    connected.line()?;
    let devices = world.tool(&["admin", "devices", "list", "--person", steven.email()])?;
    let id = devices[0]["id"].as_str().unwrap_or_default();
    world.tool(&["admin", "devices", "revoke", id, "--as", "blocked"])?;
    let cut = loop {
        if let Err(cut) = connected.line() {
            break cut;
        }
    };
    must_be_blocked(cut)?;
    day.capture(steven, &task("Written by whoever has the phone now."))?;
    must_be_blocked(steven.call(&["sync"]).err().context("a stolen phone was answered")?)?;
    world.lose(steven);
    world.tell(
        "Steven's phone is stolen while it is connected; the office blocks it: its connection is cut, the next one is \
         refused, and a task that is written on it then stays on it",
    )
}

fn must_be_blocked(told: Error) -> Result<()> {
    let code = told.chain().find_map(|cause| cause.downcast_ref::<Told>()).map(|told| told.code.as_str());
    if code == Some("blocked") { Ok(()) } else { Err(told) }
}

/// Anne's phone comes back from the morning's backup: what it did since is unknown to it.
pub(super) fn a_phone_is_restored(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let anne = &cast.anne;
    anne.restore()?;
    let account = anne.first_account()?;
    let notes = "Captured on a phone that had forgotten the day.";
    day.capture(anne, &["visit", "--account", &account, "--outcome", "no_decision", "--notes", notes])?;
    anne.sync()?;
    ensure!(anne.has_account("OCEAN")?, "the restored phone did not get back what it had");
    world.tell(
        "Anne's phone is restored from the morning's backup and captures; its store is set aside, filled anew, and \
         nothing is lost",
    )
}
