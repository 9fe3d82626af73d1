//! `roadbook me`: one's own sign-in, over the API: the password, and where one is signed in.

use anyhow::Result;
use clap::{Args, Subcommand};
use roadbook_model::SessionId;
use serde_json::{Value as Json, json};

use crate::api::reach::ServerArgs;
use crate::api::{Api, text, when};
use crate::output::{Output, table};
use crate::session::secret_line;

const EXAMPLES: &str = "\
Examples:
  roadbook me --server https://sync.example.com password
  roadbook me --server https://sync.example.com sessions
  roadbook me --server https://sync.example.com end 019a2b3c-0000-7000-8000-000000000001

Without a terminal, `password` reads the password that stands from the first line of standard input and the new one
from the second.";

/// One's own sign-in.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MeArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Verb {
    /// Change your password. Every other session of yours ends.
    #[command(after_help = "\
Examples:
  roadbook me --server https://sync.example.com password
  roadbook me --server https://sync.example.com password < both-passwords.txt")]
    Password,
    /// Where you are signed in, newest first.
    #[command(after_help = "\
Examples:
  roadbook me --server https://sync.example.com sessions")]
    Sessions,
    /// Sign out somewhere else.
    #[command(after_help = "\
Examples:
  roadbook me --server https://sync.example.com end 019a2b3c-0000-7000-8000-000000000001")]
    End {
        /// The session, as `sessions` shows it.
        session: SessionId,
    },
}

/// Does one thing about one's own sign-in.
///
/// # Errors
/// `wrong_password`, `weak_password`, `no_password`, `not_found`; what is wrong with the server.
pub fn run(args: &MeArgs, output: Output) -> Result<()> {
    let api = &mut args.server.api()?;
    match args.verb {
        Verb::Password => password(api, output),
        Verb::Sessions => sessions(api, output),
        Verb::End { session } => {
            api.delete(&format!("/v1/me/sessions/{session}"))?;
            output.show(&json!({ "session": session }), || format!("session {session} is over"))
        }
    }
}

fn password(api: &mut Api, output: Output) -> Result<()> {
    let current = secret_line("Your password: ")?;
    let new = secret_line("The new one: ")?;
    api.post("/v1/me/password", &json!({ "password": current, "new_password": new }))?;
    output
        .show(&json!({ "changed": true }), || "your password is changed; other sessions are over".to_owned())
}

fn sessions(api: &mut Api, output: Output) -> Result<()> {
    let items = api.list("/v1/me/sessions", &[])?;
    output.show(&items, || {
        let head = ["session", "last used", "from", "client"].map(str::to_owned).to_vec();
        let rows = items.iter().map(|it| {
            let this = if it["is_this"] == Json::Bool(true) { " (this one)" } else { "" };
            let client = format!("{}{this}", text(it, "client"));
            vec![text(it, "id").to_owned(), when(&it["last_at"]), text(it, "address").to_owned(), client]
        });
        table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    })
}
