//! What of the API the command line does: each endpoint that changes something has a verb, or a reason for having none.
//! `docs/operators.md` says the same to people.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory};
use serde_json::Value as Json;

use crate::Cli;

/// The verb of each endpoint that changes something.
const VERBS: [(&str, &str); 53] = [
    ("accounts.merge", "admin merge"),
    ("accounts.place", "admin territory assign"),
    ("conflicts.resolve", "admin conflicts resolve"),
    ("departments.add", "admin department add"),
    ("departments.add_member", "admin department member add"),
    ("departments.edit", "admin department rename"),
    ("departments.remove", "admin department remove"),
    ("departments.remove_member", "admin department member remove"),
    ("devices.edit", "admin devices rename"),
    ("devices.rescue", "admin rescue"),
    ("devices.revoke", "admin devices revoke"),
    ("duplicates.set_apart", "admin duplicates apart"),
    ("enrol.add", "device enrol"),
    ("enrol_codes.add", "admin person code"),
    ("held.settle", "admin held release"),
    ("held.settle", "admin held re-author"),
    ("held.settle", "admin held discard"),
    ("holders.add", "admin hold"),
    ("holders.edit", "admin hold"),
    ("holders.end", "admin hold"),
    ("imports.add", "admin import"),
    ("imports.cancel", "admin import"),
    ("imports.check", "admin import"),
    ("imports.put_part", "admin import"),
    ("imports.run", "admin import"),
    ("links.add", "admin person link"),
    ("me.change_password", "me password"),
    ("me.end_session", "me end"),
    ("people.add", "admin person add"),
    ("people.deactivate", "admin person deactivate"),
    ("people.edit", "admin person edit"),
    ("people.reactivate", "admin person reactivate"),
    ("processes.publish_shipped", "admin process publish"),
    ("reassignments.add", "admin move"),
    ("reassignments.cancel", "admin move cancel"),
    ("reassignments.preview", "admin move"),
    ("reassignments.reverse", "admin move reverse"),
    ("reference.publish", "admin reference publish"),
    ("reference.publish", "admin process publish"),
    ("requests.add", "admin decide"),
    ("rules.apply", "admin territory rules apply"),
    ("rules.put", "admin territory rules set"),
    ("sample.load", "admin sample load"),
    ("sample.remove", "admin sample remove"),
    ("session.begin", "sign-in"),
    ("session.end", "sign-out"),
    ("session.refresh", "admin"),
    ("settings.edit", "admin settings set"),
    ("sync.answer", "device sync"),
    ("territories.add", "admin territory add"),
    ("territories.archive", "admin territory archive"),
    ("territories.edit", "admin territory edit"),
    ("territories.edit", "admin territory move"),
];

/// Those that have none, and why.
const NONE: [(&str, &str); 7] = [
    (
        "records.add",
        "the office writes records in the console, whose forms show what is there; a rep's own are `device` verbs",
    ),
    ("records.edit", "as records.add; many at once are `admin import`"),
    ("records.answer", "as records.add: the step of a process is answered beside what it asks"),
    ("records.coach", "as records.add: a comment is written beside the visit that it is on"),
    ("departments.done", "as records.answer: whoever works for a department does it beside the run"),
    (
        "session.link",
        "the person behind a one-time link opens it in a browser and chooses the password there",
    ),
    (
        "session.begin_oidc",
        "the organisation's provider sends a browser back; a script takes a token (`user token`)",
    ),
];

/// The endpoints that may change something.
fn changing() -> BTreeSet<String> {
    let api: Json = serde_json::from_str(include_str!("../../../protocol/openapi.json")).unwrap_or_default();
    let mut found = BTreeSet::new();
    for methods in api["paths"].as_object().into_iter().flatten().filter_map(|(_, path)| path.as_object()) {
        let changing =
            methods.iter().filter(|(name, _)| matches!(name.as_str(), "post" | "put" | "patch" | "delete"));
        found.extend(changing.filter_map(|(_, it)| it["operationId"].as_str().map(str::to_owned)));
    }
    found
}

fn verb<'c>(from: &'c Command, words: &str) -> Option<&'c Command> {
    words.split(' ').try_fold(from, |verb, word| verb.find_subcommand(word))
}

#[test]
fn whatever_the_api_changes_the_command_line_changes_or_says_why_not() {
    let changing = changing();
    assert!(
        changing.len() > 40,
        "only {} endpoints were found: the search for them is broken",
        changing.len()
    );
    let told: BTreeSet<String> =
        VERBS.iter().chain(&NONE).map(|(endpoint, _)| (*endpoint).to_owned()).collect();
    let untold: Vec<_> = changing.difference(&told).collect();
    assert_eq!(untold, [""; 0], "give each a verb, or a reason; docs/operators.md lists both");
    let gone: Vec<_> = told.difference(&changing).collect();
    assert_eq!(gone, [""; 0], "these endpoints are no more");
    let both = NONE.iter().find(|(endpoint, _)| VERBS.iter().any(|(other, _)| other == endpoint));
    assert_eq!(both, None, "a verb or a reason, not both");
}

#[test]
fn every_verb_that_is_said_to_be_there_is() {
    let cli = Cli::command();
    let missing: Vec<_> = VERBS.iter().filter(|(_, words)| verb(&cli, words).is_none()).collect();
    assert_eq!(missing, [&("", ""); 0]);
    assert!(verb(&cli, "admin nothing").is_none(), "the search finds only what is there");
}

#[test]
fn people_read_in_the_guide_which_verbs_there_are_and_what_has_none() {
    let guide = include_str!("../../../docs/operators.md");
    let desk = guide
        .split("## The office's desk")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap_or_default();
    let cli = Cli::command();
    let admin = verb(&cli, "admin").into_iter().flat_map(Command::get_subcommands).map(Command::get_name);
    let unsaid: Vec<_> =
        admin.filter(|name| *name != "help" && !desk.contains(&format!("`{name}"))).collect();
    assert_eq!(unsaid, [""; 0], "say each in the table of verbs");
}
