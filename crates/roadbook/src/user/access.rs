//! How people get in and are kept out, from the machine that the server runs on: links, passwords, deactivation.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Result;
use roadbook_server::password::{BYTES_MAX, NewPassword, Passwords};
use serde_json::json;

use super::person;
use crate::database::DatabaseArgs;
use crate::edge;
use crate::output::Output;
use crate::problem::Problem;

/// Makes a one-time link with which a person chooses a password.
pub(super) fn link(database: &DatabaseArgs, word: &str, url: &str, hours: i64, output: Output) -> Result<()> {
    let link = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        Ok(store.add_link(None, person.id, hours * 3600, edge::now_ms()).await?)
    })?;
    let url = link.url(url);
    let value = json!({ "url": url, "expires_at": link.expires_at });
    output.show(&value, || url.clone())
}

/// Sets a person's password to the first line of standard input, and ends the person's sessions.
pub(super) fn password(database: &DatabaseArgs, word: &str, output: Output) -> Result<()> {
    let text = first_line()?;
    let email = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        let weak = |error| Problem::new("weak_password", format!("{error}"));
        let password = NewPassword::admit(&text, &person.name, &person.email).map_err(weak)?;
        let hash = Passwords::default().hash(password).await?;
        store.set_password(None, person.id, &hash, edge::now_ms()).await?;
        Ok(person.email)
    })?;
    output.show(&json!({ "email": email }), || format!("{email} signs in with it from now on"))
}

fn first_line() -> Result<String> {
    if io::stdin().is_terminal() {
        eprintln!(
            "The password, in one line; it shows as you type. (A link keeps it to its person: user link.)"
        );
    }
    let mut line = Vec::new();
    // One more than a password may have: whatever is longer is refused, not cut.
    let mut bounded = io::Read::take(io::stdin().lock(), BYTES_MAX as u64 + 3);
    bounded.read_until(b'\n', &mut line)?;
    let text =
        String::from_utf8(line).map_err(|_| Problem::new("bad_password", "a password is UTF-8 text"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Deactivates a person.
pub(super) fn deactivate(database: &DatabaseArgs, word: &str, output: Output) -> Result<()> {
    let done = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        Ok(store.deactivate_person(None, person.id, None).await?)
    })?;
    let value = json!({ "person": done.person.id, "sessions": done.sessions, "devices": done.devices });
    output.show(&value, || {
        let (sessions, devices) = (done.sessions, done.devices.len());
        format!("{} is out: {sessions} sessions ended, {devices} devices are leaving", done.person.name)
    })
}

/// Takes a person back.
pub(super) fn reactivate(database: &DatabaseArgs, word: &str, output: Output) -> Result<()> {
    let row = database.with_store(|store| async move {
        let person = person(&store, word).await?;
        Ok(store.reactivate_person(None, person.id, None).await?)
    })?;
    output.show(&json!({ "person": row.id }), || {
        format!("{} is back; now: roadbook user link {}", row.name, row.email)
    })
}
