//! A move, looked at first and then made, so that what is told is what was at stake: should anything have changed in
//! between, nothing moves.

use std::fs;

use anyhow::Result;
use serde_json::{Map, Value as Json, json};

use super::MoveArgs;
use crate::api::{Api, given, text, when};
use crate::output::{Output, number_of};
use crate::problem::Problem;

/// What a filter may say, in the words of the command line.
const FILTER: [&str; 7] = ["territory", "segment", "postal_code", "city", "region", "country", "tag"];

/// Makes it, or only says what it would do.
pub(super) fn run(api: &mut Api, args: &MoveArgs, output: Output) -> Result<()> {
    let mut asked = given(json!({
        "what": what(api, args)?,
        "to": to(api, args)?,
        "effect_at": args.at,
        "ends_at": args.until,
        "terms": args.terms.body(),
        "allow_unheld": args.allow_unheld,
    }));
    let preview = api.post("/v1/reassignments/preview", &asked)?;
    let mut made = Json::Null;
    if !args.dry_run {
        asked["basis"] = preview["basis"].clone();
        made = api.post("/v1/reassignments", &asked)?;
    }
    output.show(&told(&preview, &made), || words(&preview, &made))
}

fn what(api: &mut Api, args: &MoveArgs) -> Result<Json> {
    if let Some(email) = &args.from_rep {
        return Ok(json!({ "person": api.person(email)?["id"] }));
    }
    if let Some(code) = &args.from_territory {
        return Ok(json!({ "territory": api.territory(code)? }));
    }
    if !args.filter.is_empty() {
        return Ok(json!({ "filter": filter(api, &args.filter)? }));
    }
    if let Some(file) = &args.csv {
        let unread =
            |error| Problem::new("unreadable_file", format!("{} cannot be read: {error}", file.display()));
        return Ok(json!({ "csv": fs::read_to_string(file).map_err(unread)? }));
    }
    let mut accounts = Vec::new();
    for name in &args.account {
        accounts.push(api.account(name)?);
    }
    if accounts.is_empty() {
        return Err(Problem::new(
            "nothing_to_move",
            "no account is meant; name some with --account, --from-rep, --from-territory, --filter or --csv",
        )
        .into());
    }
    Ok(json!({ "accounts": accounts }))
}

/// Words such as city=Berlin as the filter of a request.
fn filter(api: &mut Api, words: &[String]) -> Result<Json> {
    let mut fields = Map::new();
    for word in words {
        let wrong = |text: String| Problem::new("bad_filter", text);
        let field = word.split_once('=').filter(|(name, value)| FILTER.contains(name) && !value.is_empty());
        let known = || {
            wrong(format!(
                "{word:?} is no filter; write FIELD=WORD, where FIELD is one of {}",
                FILTER.join(", ")
            ))
        };
        let (name, value) = field.ok_or_else(known)?;
        let (name, value) = match name {
            "territory" => ("territory_id", api.territory(value)?),
            name => (name, value.to_owned()),
        };
        if fields.insert(name.to_owned(), json!(value)).is_some() {
            return Err(
                wrong(format!("{word:?} comes after another of its sort; a filter says each once")).into()
            );
        }
    }
    Ok(Json::Object(fields))
}

fn to(api: &mut Api, args: &MoveArgs) -> Result<Json> {
    if args.csv.is_some() {
        return Ok(Json::Null);
    }
    match (&args.to, args.to_rep.as_ref().or(args.cover.as_ref())) {
        (Some(word), _) => api.destination(word),
        (None, Some(email)) => Ok(json!({ "person": api.person(email)?["id"] })),
        (None, None) => Err(Problem::new("nothing_to_move", "say where to with --to").into()),
    }
}

fn losing(preview: &Json) -> impl Iterator<Item = &Json> {
    let devices = preview["devices"].as_array().into_iter().flatten();
    devices.filter(|device| device["loses"].as_u64().unwrap_or(0) > 0)
}

/// How many devices get something: those that got it, or that would.
fn gaining(preview: &Json, made: &Json) -> u64 {
    let would = || {
        let devices = preview["devices"].as_array().into_iter().flatten();
        devices.filter(|device| device["gains"].as_u64().unwrap_or(0) > 0).count() as u64
    };
    made["done"]["gaining_devices"].as_u64().unwrap_or_else(would)
}

fn told(preview: &Json, made: &Json) -> Json {
    let losing: Vec<Json> = losing(preview)
        .map(|device| {
            json!({
                "device": device["device_id"],
                "name": device["name"],
                "person": device["person_name"],
                "last_seen_at": device["last_seen_at"],
                "unsent": device["unsent"],
                "oldest_s": device["oldest_s"],
                "loses": device["loses"],
            })
        })
        .collect();
    json!({
        "done": made["done"].is_object(),
        "reassignment": made["id"],
        "state": made["state"],
        "accounts": made["done"]["accounts"].as_u64().or(preview["accounts"].as_u64()),
        "gaining_devices": gaining(preview, made),
        "destinations": preview["destinations"],
        "losing": losing,
    })
}

fn words(preview: &Json, made: &Json) -> String {
    let verb = match (made.is_null(), made["done"].is_object()) {
        (true, _) => "would move".to_owned(),
        (false, true) => "moved".to_owned(),
        (false, false) => format!("on {} moves", when(&made["effect_at"])),
    };
    let mut words = format!(
        "{verb} {}; devices that get something: {}\n",
        number_of(&preview["accounts"], "account"),
        gaining(preview, made)
    );
    for place in preview["destinations"].as_array().into_iter().flatten() {
        let (code, name) = (text(place, "code"), text(place, "name"));
        words.push_str(&format!("to {code} ({name}): {}\n", number_of(&place["accounts"], "account")));
    }
    for device in losing(preview) {
        let seen = match device["last_seen_at"].is_null() {
            true => "never seen".to_owned(),
            false => format!("last seen {}", when(&device["last_seen_at"])),
        };
        words.push_str(&format!(
            "{} ({}) loses {}; {seen}, then {} unsent\n",
            text(device, "person_name"),
            text(device, "name"),
            device["loses"],
            device["unsent"]
        ));
    }
    if let Some(id) = made["id"].as_str() {
        words.push_str(&format!("look after it: roadbook admin move status {id}\n"));
    }
    words
}
