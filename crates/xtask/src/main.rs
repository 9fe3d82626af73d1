//! The one door for developers: everything that is done to this repository is done with `cargo xtask`.
//!
//! It stays light, because everybody waits for it: no async, no database driver, nothing of Roadbook but the launcher
//! of the private Postgres.

mod api;
mod codegen;
mod database;
mod forward;
mod setup;
mod shell;
mod suite;
mod tidy;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Develop Roadbook.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and play a day on the road; the server stays up. `--once` ends it with the day.
    Demo {
        /// What `roadbook demo` takes; `cargo xtask demo --help` shows it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Everything that continuous integration runs: format, lints, walls, generated files, tests.
    Test,
    /// The walls and habits that no compiler checks.
    Tidy,
    /// Renew what is generated: protocol/model.json, protocol/openapi.json, vectors, and checked queries in .sqlx.
    Codegen {
        /// Change nothing; fail when something generated is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Figures as counts and ratios, as in docs/benchmarks.md. Fails when one misses its limit.
    Bench,
    /// Plays simulated histories: `--seed N` for one, with its story when it fails; `--from N --count N` for many.
    Sim {
        /// What the simulator takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Long runs: more simulated histories, going on where the ledger of this commit ends.
    Proof {
        /// How many histories to add.
        #[arg(long, default_value_t = 20_000)]
        histories: u64,
    },
    /// Build the web client into clients/web/dist, from which the server takes it; its packages are fetched if need be.
    Web {
        #[command(subcommand)]
        order: Option<web::Order>,
    },
    /// Thousands of generated requests against a running server: no faults, nothing undescribed. Needs Python 3.
    Api(api::Order),
    /// Orders as UBL 2.1, checked against the schema that OASIS published. Needs Python 3 with pip.
    Ubl,
    /// The disposable Postgres of this checkout, which tests start by themselves.
    Pg {
        #[command(subcommand)]
        order: database::Order,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Demo { args } => forward::demo(&args),
        Task::Test => suite::run(),
        Task::Tidy => tidy::run(),
        Task::Codegen { check } => codegen::run(check),
        Task::Bench => forward::bench(),
        Task::Sim { args } => forward::sim(&args),
        Task::Proof { histories } => forward::proof(histories),
        Task::Web { order } => web::run(order),
        Task::Api(order) => api::run(&order),
        Task::Ubl => suite::ubl(),
        Task::Pg { order } => database::run(&order),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
