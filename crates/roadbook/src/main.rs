//! The `roadbook` binary: the server, the tools of whoever runs it, and a complete device without a screen.
//!
//! Reading order: [`serve`], [`device`] (a rep's side), [`user`] and [`reader`] (whoever runs the server), [`admin`] over
//! [`api`] with [`session`] (whoever runs the organisation), [`me`], [`import`] with
//! [`northwind`] (a sample organisation), [`verify`], [`demo`]. [`problem`] and [`output`] say how
//! failures and results are told, [`edge`] is where clock and chance come in.

mod admin;
mod api;
#[cfg(test)]
mod coverage;
mod database;
mod decimal;
mod demo;
mod device;
mod edge;
#[cfg(test)]
mod examples;
mod import;
mod me;
mod northwind;
mod output;
mod problem;
mod reader;
mod restored;
mod serve;
mod session;
mod user;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use output::Output;

const EXAMPLES: &str = "\
Examples:
  roadbook demo                              a day on the road, with real processes
  roadbook serve                             the server, on a private Postgres of its own
  roadbook import northwind --bundled        a sample organisation
  roadbook user code 'Nancy Davolio'         a code with which one device is enrolled
  roadbook device --home ~/nancy sync        what a rep's device does
  roadbook sign-in --server URL EMAIL        an admin's way in from anywhere
  roadbook verify                            does the record follow from the log?

A failure is one line, `error[code]: what happened and what to do`, and exit code 1; with --json it is
{\"error\": {\"code\": ..., \"text\": ...}} on standard output.";

/// Roadbook: field sales that works without a signal.
#[derive(Debug, Parser)]
#[command(name = "roadbook", version, after_help = EXAMPLES)]
struct Cli {
    /// Print one JSON value instead of words.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the sync server.
    Serve(serve::ServeArgs),
    /// Import an organisation from another system.
    Import(import::ImportArgs),
    /// Check the log and compare the central record with what it says.
    Verify(verify::VerifyArgs),
    /// Begin a new epoch after a restore from a backup.
    Restored(restored::RestoredArgs),
    /// People, their enrolment codes and access tokens.
    User(user::UserArgs),
    /// Logins with which BI tools read the central record.
    Reader(reader::ReaderArgs),
    /// Move accounts and territories; decide on orders and held work; look after devices.
    Admin(admin::AdminArgs),
    /// Sign in to a server, for `admin --server`.
    SignIn(session::SignInArgs),
    /// End the session that `sign-in` keeps.
    SignOut(session::SignOutArgs),
    /// Your own sign-in: change the password, see where you are signed in, sign out there.
    Me(me::MeArgs),
    /// Work as a rep's device does: capture, sync, look.
    Device(device::DeviceArgs),
    /// Play a day on the road, with real processes.
    Demo(demo::DemoArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    match run(&cli.command, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error, output);
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, output: Output) -> Result<()> {
    match command {
        Command::Serve(args) => serve::run(args, output),
        Command::Import(args) => import::run(args, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Restored(args) => restored::run(args, output),
        Command::User(args) => user::run(args, output),
        Command::Reader(args) => reader::run(args, output),
        Command::Admin(args) => admin::run(args, output),
        Command::SignIn(args) => session::sign_in(args, output),
        Command::SignOut(args) => session::sign_out(args, output),
        Command::Me(args) => me::run(args, output),
        Command::Device(args) => device::run(args, output),
        Command::Demo(args) => demo::run(args, output),
    }
}

/// Tells a failure: for people on standard error, for programs on standard output.
fn tell(error: &anyhow::Error, output: Output) {
    let told = match output.json {
        true => output::line(&problem::to_json(error).to_string()),
        false => {
            eprintln!("error[{}]: {}", problem::code(error), problem::text(error));
            Ok(())
        }
    };
    if let Err(error) = told {
        eprintln!("error: {error}");
    }
}
