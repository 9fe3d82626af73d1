//! `roadbook sign-in` and `sign-out`: a session with a server, kept for the next calls in a file that is nobody else's.
//!
//! A refresh token is exchanged at each call and the next one written down before anything is done with it. Killed in
//! between, the file still holds the one before, and the server gives that the same answer once more.

mod kept;

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use roadbook_replica::transport::{Address, Trust};
use roadbook_server::password::BYTES_MAX;
use serde_json::{Value as Json, json};

use self::kept::Kept;
use crate::api::reach::trust;
use crate::api::{Api, text};
use crate::output::Output;
use crate::problem::{self, Problem};

/// Who signs in where.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook sign-in --server https://sync.example.com office@example.com
  pass show roadbook | roadbook sign-in --server https://sync.example.com office@example.com
  roadbook admin --server https://sync.example.com devices list

The password is asked for on the terminal, or is the first line of standard input. The session is kept in
$XDG_CONFIG_HOME/roadbook/session.json (else ~/.config) and goes on until you sign out or do not use it for long.")]
pub struct SignInArgs {
    /// Your e-mail address.
    email: String,
    /// The server's address.
    #[arg(long, value_name = "URL")]
    server: String,
    /// The company's own certificate authority, PEM, to be trusted beside the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Which session to end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roadbook sign-out
  roadbook sign-out --ca our-ca.pem")]
pub struct SignOutArgs {
    /// The company's own certificate authority, PEM, to be trusted beside the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Signs in and keeps the session.
///
/// # Errors
/// `wrong_sign_in`, `too_many_attempts`; what is wrong with the server or the file.
pub fn sign_in(args: &SignInArgs, output: Output) -> Result<()> {
    let address = Address::parse(&args.server)?;
    if address.is_exposed() {
        let text = "the password would be readable on the way; the server's address must begin with https://";
        return Err(Problem::new("exposed", text).into());
    }
    let trust = trust(args.ca.as_deref())?;
    let mut file = kept::open()?;
    let password = secret_line(&format!("Password of {}: ", args.email))?;
    let asked = json!({ "email": args.email, "password": password });
    let tokens = Api::new(&address, &trust, None)?.post("/v1/session", &asked)?;
    // One session of this machine's user at a time; what another server may still have runs out by itself.
    file.write(&Kept { server: address.origin().to_owned(), refresh_token: refresh(&tokens)? })?;
    let person = &tokens["person"];
    let value = json!({ "server": address.origin(), "email": person["email"], "role": person["role"] });
    output.show(&value, || {
        format!("{} ({}) is signed in at {address}", text(person, "name"), text(person, "role"))
    })
}

/// Ends the kept session, here and at the server.
///
/// # Errors
/// `not_signed_in`; what is wrong with the server: the session is then kept, so that it can be ended.
pub fn sign_out(args: &SignOutArgs, output: Output) -> Result<()> {
    let trust = trust(args.ca.as_deref())?;
    let mut file = kept::open()?;
    let kept = file.read()?.ok_or_else(|| not_signed_in("there is no session here"))?;
    let address = Address::parse(&kept.server)?;
    match exchange(&mut file, &kept, &address, &trust) {
        Ok(access) => Api::new(&address, &trust, Some(access))?.delete("/v1/session").map(drop)?,
        // It is over already.
        Err(error) if problem::code(&error).starts_with("session_") => {}
        Err(error) => return Err(error),
    }
    file.remove()?;
    output.show(&json!({ "server": kept.server }), || format!("signed out of {}", kept.server))
}

/// An access token of the kept session with this server.
///
/// # Errors
/// `not_signed_in`, also when the session is over.
pub fn renew(address: &Address, trust: &Trust) -> Result<String> {
    let mut file = kept::open()?;
    let kept = file.read()?.filter(|kept| kept.server == address.origin());
    let kept = kept.ok_or_else(|| not_signed_in(&format!("there is no session with {address} here")))?;
    exchange(&mut file, &kept, address, trust).map_err(|error| {
        if problem::code(&error).starts_with("session_") {
            return not_signed_in(&problem::text(&error)).into();
        }
        error
    })
}

/// Exchanges the refresh token, and has the next one on the disk before the access token is used.
fn exchange(file: &mut kept::File, kept: &Kept, address: &Address, trust: &Trust) -> Result<String> {
    let asked = json!({ "refresh_token": kept.refresh_token });
    let tokens = Api::new(address, trust, None)?.post("/v1/session/refresh", &asked)?;
    file.write(&Kept { server: kept.server.clone(), refresh_token: refresh(&tokens)? })?;
    Ok(text(&tokens, "access_token").to_owned())
}

fn refresh(tokens: &Json) -> Result<String> {
    let unreadable = || Problem::new("unreadable_answer", "the server's answer cannot be read");
    Ok(tokens["refresh_token"].as_str().map(str::to_owned).ok_or_else(unreadable)?)
}

fn not_signed_in(why: &str) -> Problem {
    let text = format!("{why}; sign in with `roadbook sign-in`, or set ROADBOOK_TOKEN");
    Problem::new("not_signed_in", text)
}

/// A password: asked for without showing it, or the next line of standard input.
///
/// # Errors
/// `bad_password` for what is no text.
pub fn secret_line(prompt: &str) -> Result<String> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(prompt)?);
    }
    let mut line = Vec::new();
    // One more than a password may have: whatever is longer is refused, not cut.
    let mut bounded = io::Read::take(io::stdin().lock(), BYTES_MAX as u64 + 3);
    bounded.read_until(b'\n', &mut line)?;
    let text =
        String::from_utf8(line).map_err(|_| Problem::new("bad_password", "a password is UTF-8 text"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
