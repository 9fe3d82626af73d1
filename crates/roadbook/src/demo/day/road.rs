//! Work on the road: without a signal, on the same account as somebody else, on accounts that move meanwhile.

use anyhow::{Result, ensure};

use super::{Cast, Day};
use crate::demo::world::World;

/// One of the territories that Anne holds.
const ANNES: &str = "03049";
/// The account of Robert's at which no late work is taken.
const REFUSED: &str = "DUMON";

/// Nancy captures a whole day and reaches nobody. She sets the telephone number twice, as Robert does at OCEAN: of two
/// who write at once, who wrote more often wins until somebody decides, so that the day always ends the same.
pub(super) fn nancy_has_no_signal(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let nancy = &cast.nancy;
    let deli = ["account", "--name", "Harbour Deli", "--city", "Portsmouth", "--country", "USA"];
    let deli = day.capture(nancy, &deli)?;
    day.capture(nancy, &["contact", "--account", &deli, "--name", "Jo Marsh", "--title", "Owner"])?;
    let first = ["visit", "--account", &deli, "--purpose", "introduction", "--outcome", "follow_up"];
    day.capture(
        nancy,
        &[&first[..], &["--notes", "New deli at the quay; wants to see the cheese list."]].concat(),
    )?;
    day.capture(nancy, &["edit", "ALFKI", "--set", "phone=030-0074398"])?;
    let edit = [
        "edit",
        "ALFKI",
        "--set",
        "phone=030-0074399",
        "--add",
        "description=Loading bay is round the back.",
    ];
    day.edit(nancy, &edit, "Loading bay is round the back.")?;
    let visit = ["visit", "--account", "ALFKI", "--outcome", "order", "--notes", "Took the autumn order."];
    let visit = day.capture(nancy, &visit)?;
    day.capture(
        nancy,
        &["comment", "--on", &visit, "--body", "They pay faster if the invoice names Maria."],
    )?;
    let order = ["order", "--account", "ALFKI", "--line", "011:12", "--line", "034:10@9.80:5%", "--submit"];
    day.capture(nancy, &order)?;
    day.capture(
        nancy,
        &["task", "--account", "DRACD", "--subject", "Bring the price list", "--due", "1998-05-29"],
    )?;
    let status = nancy.call(&["status"])?;
    world.tell(&format!("Nancy has no signal: {} captures, all on her phone alone", status["waiting"]))
}

/// Robert captures at three accounts that will be somebody else's before he is heard of again.
pub(super) fn robert_has_no_signal(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let robert = &cast.robert;
    let visit =
        ["visit", "--account", "OCEAN", "--outcome", "follow_up", "--notes", "They ask for a sample of 041."];
    day.capture(robert, &visit)?;
    day.capture(robert, &["edit", "OCEAN", "--set", "phone=(1) 135-9998"])?;
    let edit = ["edit", "OCEAN", "--set", "phone=(1) 135-9999", "--add", "description=Deliver before ten."];
    day.edit(robert, &edit, "Deliver before ten.")?;
    day.capture(
        robert,
        &["visit", "--account", "SIMOB", "--outcome", "not_met", "--notes", "Nobody there."],
    )?;
    let notes = "Wants the old prices for another month.";
    day.capture(robert, &["visit", "--account", REFUSED, "--outcome", "follow_up", "--notes", notes])?;
    world.tell(&format!("Robert has no signal either; he works at OCEAN, SIMOB and {REFUSED}"))
}

/// Janet works on an account that Nancy works on, unseen, at the same time.
pub(super) fn janet_covers(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let janet = &cast.janet;
    let edit = [
        "edit",
        "ALFKI",
        "--set",
        "phone=030-0074300",
        "--add",
        "description=Closed on Mondays this autumn.",
    ];
    day.edit(janet, &edit, "Closed on Mondays this autumn.")?;
    day.capture(
        janet,
        &["visit", "--account", "EASTC", "--outcome", "no_decision", "--notes", "Ann is away until June."],
    )?;
    janet.sync()?;
    world.tell("Janet edits ALFKI too, visits EASTC and syncs; neither knows of the other")
}

/// Three of Robert's accounts go to Anne at noon, each on other terms.
pub(super) fn accounts_move(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let (robert, anne) = (&cast.robert, &cast.anne);
    let to = ["--to", ANNES];
    let late = ["admin", "move", "--account", "OCEAN", "--policy", "accept", "--note", "Anne takes over."];
    let review = ["admin", "move", "--account", "SIMOB", "--policy", "review", "--note", "Anne takes over."];
    let refuse = ["admin", "move", "--account", REFUSED, "--policy", "refuse", "--note", "Anne takes over."];
    let preview = world.tool(&[&late[..], &to[..], &["--dry-run"]].concat())?;
    let at_stake = preview["losing"].as_array().map_or(0, Vec::len);
    world.tool(&[&late[..], &to[..]].concat())?;
    world.tool(&[&review[..], &to[..]].concat())?;
    world.tool(&[&refuse[..], &to[..]].concat())?;
    world.tell(&format!(
        "OCEAN, SIMOB and {REFUSED} move from Robert to Anne ({at_stake} device loses them); late work is taken in at \
         the first, reviewed at the second, refused at the third"
    ))?;
    anne.sync()?;
    ensure!(anne.has_account("OCEAN")?, "Anne synced and does not have OCEAN");
    day.edit(anne, &["edit", "OCEAN", "--set", "phone=(1) 135-5334"], "(1) 135-5334")?;
    day.capture(
        anne,
        &["visit", "--account", "OCEAN", "--outcome", "quote", "--notes", "First visit as their rep."],
    )?;
    anne.sync()?;
    ensure!(robert.has_account("OCEAN")?, "Robert has not synced and lost OCEAN");
    world.tell("Anne visits OCEAN and corrects its telephone number; Robert, offline, knows nothing of it")
}
