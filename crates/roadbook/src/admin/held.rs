//! `roadbook admin held`: work that is not in the record, and what the office does about it.

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value as Json, json};

use crate::api::{Api, given, text, when};
use crate::output::{Output, headed};

/// Work that is held.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook admin held list
  roadbook admin held list --account ALFKI --state settled
  roadbook admin held show 4711
  roadbook admin held release 4711 --why 'Nancy was there before the move.'
  roadbook admin held re-author 4711 --take phone --why 'The new number is right.'
  roadbook admin held discard 4711 --why 'A test.'

An item is known by the log position at which it was set aside. It gets one fate; of two who decide at once one is first.")]
pub(super) struct HeldArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what is held, oldest first.
    #[command(after_help = "\
Examples:
  roadbook admin held list
  roadbook admin held list --person anne.dodsworth@northwind.example --json")]
    List(ListArgs),
    /// Show one item field by field, beside what stands now.
    #[command(after_help = "\
Examples:
  roadbook admin held show 4711")]
    Show {
        /// Its position.
        position: i64,
    },
    /// Take it into the record as it is.
    #[command(after_help = "\
Examples:
  roadbook admin held release 4711 --why 'Nancy was there before the move.'
  roadbook admin held release 4711 --all --why 'A new customer.'")]
    Release {
        /// Its position.
        position: i64,
        /// With everything that waits on it.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        why: WhyArgs,
    },
    /// Take it into the record as edits of your own.
    #[command(after_help = "\
Examples:
  roadbook admin held re-author 4711 --take phone --take address.city --why 'As Nancy says.'")]
    ReAuthor {
        /// Its position.
        position: i64,
        /// A field that others have changed since and whose held value is taken all the same; may be repeated.
        #[arg(long, value_name = "FIELD")]
        take: Vec<String>,
        #[command(flatten)]
        why: WhyArgs,
    },
    /// Give it up. It is kept, readable, out of the record.
    #[command(after_help = "\
Examples:
  roadbook admin held discard 4711 --why 'A test.'")]
    Discard {
        /// Its position.
        position: i64,
        #[command(flatten)]
        why: WhyArgs,
    },
}

/// Why it is decided so.
#[derive(Debug, Args)]
struct WhyArgs {
    /// Why: whoever captured it reads this.
    #[arg(long, value_name = "TEXT")]
    why: String,
}

/// Which items.
#[derive(Debug, Args)]
struct ListArgs {
    /// How they stand.
    #[arg(long, value_enum, default_value_t = State::Held)]
    state: State,
    /// Of this account, by id, number in the system behind, or name.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Of this person.
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// For this reason, by its code.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
}

/// How an item stands, as a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// It waits for somebody to decide.
    Held,
    /// It has its fate.
    Settled,
    /// It was refused for good.
    Refused,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Settled => "settled",
            Self::Refused => "refused",
        }
    }
}

/// Looks at held work, or decides on it.
pub(super) fn run(api: &mut Api, args: &HeldArgs, output: Output) -> Result<()> {
    match &args.verb {
        Verb::List(args) => list(api, args, output),
        Verb::Show { position } => {
            let item = api.get(&format!("/v1/held/{position}"))?;
            output.show(&item, || item_words(&item))
        }
        Verb::Release { position, all, why } => {
            let verdict = if *all { "release_all" } else { "release" };
            settle(api, *position, &json!({ "verdict": verdict, "text": why.why }), output)
        }
        Verb::ReAuthor { position, take, why } => {
            let take: Vec<Vec<&str>> = take.iter().map(|field| field.split('.').collect()).collect();
            let asked = json!({ "verdict": "re_author", "take": take, "text": why.why });
            settle(api, *position, &asked, output)
        }
        Verb::Discard { position, why } => {
            settle(api, *position, &json!({ "verdict": "discard", "text": why.why }), output)
        }
    }
}

fn list(api: &mut Api, args: &ListArgs, output: Output) -> Result<()> {
    let account = args.account.as_deref().map(|name| api.account(name)).transpose()?;
    let person = args.person.as_deref().map(|email| api.person(email)).transpose()?;
    let mut query = vec![("state", args.state.word())];
    query.extend(account.as_deref().map(|id| ("account", id)));
    query.extend(person.as_ref().map(|person| ("person", text(person, "id"))));
    query.extend(args.code.as_deref().map(|code| ("code", code)));
    let items = api.list("/v1/held", &query)?;
    output.show(&items, || {
        if items.is_empty() {
            return "nothing is here".to_owned();
        }
        let head = ["position", "received", "person", "account", "what", "why"];
        let row = |item: &Json| {
            let what = [text(&item["content"], "action"), text(&item["content"], "kind")].join(" ");
            [
                item["position"].to_string(),
                when(&item["received_at"]),
                text(item, "person_name").to_owned(),
                text(item, "account_name").to_owned(),
                what.trim_end().to_owned(),
                text(item, "code").to_owned(),
            ]
        };
        headed(head, items.iter().map(row))
    })
}

fn settle(api: &mut Api, position: i64, asked: &Json, output: Output) -> Result<()> {
    let done = api.post(&format!("/v1/held/{position}/fate"), &given(asked.clone()))?;
    output.show(&done, || {
        let count = |name: &str| done[name].as_array().map_or(0, Vec::len);
        let mut words = format!("{} settled, {} stay held\n", count("settled"), count("left"));
        for left in done["left"].as_array().into_iter().flatten() {
            words.push_str(&format!(
                "{}: {} ({})\n",
                left["position"],
                text(left, "text"),
                text(left, "code")
            ));
        }
        for path in done["kept"].as_array().into_iter().flatten() {
            words.push_str(&format!("{} stays as it is\n", dotted(path)));
        }
        words
    })
}

fn item_words(item: &Json) -> String {
    let mut words = format!(
        "{} is {}: {} {} by {} ({}), received {}\n{} ({})\n",
        item["position"],
        text(item, "state"),
        text(&item["content"], "action"),
        text(&item["content"], "kind"),
        text(item, "person_name"),
        text(item, "device_name"),
        when(&item["received_at"]),
        text(item, "text"),
        text(item, "code")
    );
    for field in item["content"]["fields"].as_array().into_iter().flatten() {
        let mark = if field["conflict"] == true { "  (changed since)" } else { "" };
        words.push_str(&format!(
            "  {}: was {}, says {}, is {}{mark}\n",
            dotted(&field["path"]),
            field["before"],
            field["held"],
            field["now"]
        ));
    }
    if let Some(fate) = item["fate"]["fate"].as_str() {
        let by = text(&item["fate"], "by_name");
        words.push_str(&format!(
            "{fate} by {by} {}: {}\n",
            when(&item["fate"]["at"]),
            text(&item["fate"], "text")
        ));
    }
    words
}

/// A path as one word.
pub(super) fn dotted(path: &Json) -> String {
    let names: Vec<&str> = path.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    names.join(".")
}
