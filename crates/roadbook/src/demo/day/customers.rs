//! The customers' side of the day, on Margaret's phone, without a signal: a complaint that is put right by a written process,
//! a sale that may come about, a quote, an order with more off than she may grant; and what the office makes of it.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value as Json;

use super::{Cast, Day};
use crate::decimal::display_minor;
use crate::demo::findings;
use crate::demo::phone::Phone;
use crate::demo::process::until;
use crate::demo::world::World;

/// How long the server may take to see what went awry.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the jars arrived broken.
const COMPLAINS: &str = "AROUT";
/// Where more may be sold.
const BUYS: &str = "BONAP";

/// The office publishes the processes that come with Roadbook, before anybody leaves.
pub(super) fn processes_are_published(world: &World) -> Result<()> {
    let published = world.tool(&["admin", "process", "publish", "--shipped"])?;
    let names: Vec<&str> = words(&published["published"]).collect();
    world.tell(&format!("the office publishes how things are done here: {}", names.join(", ")))
}

/// Two prospects from a fair, and a row that names no territory of ours.
const FAIR: &str = "external_id,name,city,country,territory
FAIR1,Hafenkantine,Hamburg,Germany,20852
FAIR2,Deichkrone,Husum,Germany,20852
FAIR3,Nirgendwo,Kiel,Germany,NOWHERE
";

/// The office takes in a list from a fair; what cannot be taken comes back as a file.
pub(super) fn prospects_are_imported(world: &World) -> Result<()> {
    let (list, failed) = (world.path("fair.csv"), world.path("fair-failed.csv"));
    std::fs::write(&list, FAIR)?;
    let order = ["admin", "import", &list, "--kind", "account", "--failed", &failed];
    let counts = world.tool(&order)?["counts"].clone();
    ensure!(counts["added"] == 2 && counts["failed"] == 1, "the list was taken otherwise: {counts}");
    ensure!(std::fs::read_to_string(&failed)?.contains("NOWHERE"), "the row that failed did not come back");
    world.tell(
        "the office imports a list from a fair: two prospects for Margaret, one row back with its reason",
    )
}

/// The phone says whom it is time to visit.
pub(super) fn the_day_is_planned(world: &World, cast: &Cast) -> Result<()> {
    let margaret = &cast.margaret;
    ensure!(margaret.has_account("FAIR1")?, "the prospect from the fair is not on Margaret's phone");
    let due = margaret.call(&["due"])?.as_array().map_or(0, Vec::len);
    let planned = margaret.call(&["plan", "--add", "FAIR1", "--add", COMPLAINS])?;
    let stops =
        planned["stops"].as_array().map_or(0, Vec::len) + planned["apart"].as_array().map_or(0, Vec::len);
    ensure!(due > 0 && stops >= 2, "nobody is due, or the plan lacks who was put there: {planned}");
    world.tell(&format!(
        "without a signal, Margaret's phone says that {due} of her accounts are due, and plans a way of {stops} stops"
    ))
}

/// Somebody complains. What comes next stands on the phone; what others have to do follows by itself.
pub(super) fn a_complaint_is_put_right(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let margaret = &cast.margaret;
    let call =
        ["add", "call", "--account", COMPLAINS, "--set", "direction=incoming", "--set", "outcome=reached"];
    day.capture(margaret, &[&call[..], &["--set", "notes=Six jars of 006 arrived broken."]].concat())?;
    let case = ["add", "case", "--account", COMPLAINS, "--set", "case_type=complaint"];
    let case = day.capture(margaret, &[&case[..], &["--set", "subject=Six jars arrived broken"]].concat())?;
    let run = day.capture(margaret, &["process", "start", "complaint", "--on", &case])?;
    for (step, said) in [
        ("listen", "yes"),
        ("goods", "goods"),
        ("remedy", "replacement"),
        ("promise", "Six new jars by Friday."),
    ] {
        margaret.call(&["process", "answer", &run, step, said])?;
    }
    let answered = margaret.call(&["process", "answer", &run, "satisfied", "2"])?;
    let shown = &answered["run"];
    ensure!(shown["hand_offs"][0]["task"].is_string(), "nothing was handed to the service: {shown}");
    ensure!(shown["awry"][0]["path"] == "still_unhappy", "no path began for an unhappy customer: {shown}");
    world.tell(
        "Margaret's customer complains by telephone; she follows the process: the service's queue gets its task, and \
         since the customer is still unhappy, so will her manager",
    )
}

/// An opportunity, a quote on it and an order that takes somebody's approval.
pub(super) fn more_is_sold(world: &World, cast: &Cast, day: &mut Day) -> Result<()> {
    let margaret = &cast.margaret;
    let chance = ["add", "opportunity", "--account", BUYS, "--set", "subject=Cheese for the winter menu"];
    let amount = ["--set", "amount_minor=180000", "--set", "currency=USD", "--set", "source=visit"];
    day.capture(margaret, &[&chance[..], &amount].concat())?;
    let quote = priced(margaret, day, &["--line", "011:40", "--line", "060:30", "--quote"])?;
    world.tell(&format!(
        "she quotes cheese to {BUYS} at {}, priced on the phone by {} rules",
        quote.0, quote.1
    ))?;
    let order = priced(margaret, day, &["--line", "059:20:12%", "--submit"])?;
    world.tell(&format!(
        "and submits an order of {} with 12 % off, more than she may grant: it will wait",
        order.0
    ))
}

/// Captures an order, and gives its total and how many rules were at work.
fn priced(phone: &Phone, day: &mut Day, lines: &[&str]) -> Result<(String, usize)> {
    let args = [&["order", "--account", BUYS, "--explain"], lines].concat();
    let answer = phone.call(&args)?;
    day.remember(phone, answer["record"].as_str().unwrap_or_default(), None);
    let currency = answer["order"]["currency"].as_str().unwrap_or_default();
    let total = answer["priced"]["gross_minor"].as_i64();
    let total = total.map(|minor| display_minor(minor, currency)).unwrap_or_default();
    let rules = answer["priced"]["lines"].as_array().into_iter().flatten();
    let rules = rules.filter_map(|line| line["steps"].as_array()).map(Vec::len).sum();
    Ok((total, rules))
}

/// The office says its word on what waits for one, and a manager has the unhappy customer on the list.
pub(super) fn the_office_approves(world: &World) -> Result<()> {
    until(PATIENCE, || findings::taken_over(world))?;
    world.tell("Margaret's manager has the unhappy customer on his list, due in two days")?;
    for order in findings::waiting(world, "to_approve")? {
        let decided = world.tool(&["admin", "decide", "approve", &order])?;
        world.tell(&format!(
            "the office approves order {}, which went beyond what a rep may grant",
            decided["number"].as_str().unwrap_or_default()
        ))?;
    }
    Ok(())
}

fn words(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}
