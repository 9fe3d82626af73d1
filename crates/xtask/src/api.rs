//! `cargo xtask api`: thousands of generated requests, valid and not, against a running server on real data. It fails on
//! any answer that is the server's own fault, that the description does not have, or that takes what the description
//! forbids. The requests come from Schemathesis (PyPI), which reads the server's own description.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{setup, shell};

/// The version that the checks were written for.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// What an answer is checked for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection";

/// What to try.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// Generated requests for each endpoint.
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// The seed from which they are generated.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// In whose name: an address of the sample data, or `nobody` for no token at all.
    #[arg(long = "as", value_name = "EMAIL", default_value = "office@northwind.example")]
    who: String,
    /// Only endpoints whose path matches.
    #[arg(long, value_name = "REGEX")]
    path: Option<String>,
}

/// Starts a server on sample data, and throws requests at it.
pub(crate) fn run(order: &Order) -> Result<()> {
    setup::postgres()?;
    let program = schemathesis()?;
    shell::run(&mut shell::cargo(&["build", "--package", "roadbook"]))?;
    let data = shell::root().join("target/api");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    shell::run(roadbook(&data, &["import", "northwind", "--bundled"]).stdout(Stdio::null()))?;
    let mut server = Server::start(&data)?;
    let outcome = requests(&program, &server.origin, &data, order);
    server.stop()?;
    outcome
}

fn requests(program: &Path, origin: &str, data: &Path, order: &Order) -> Result<()> {
    let mut command =
        shell::program(&program.to_string_lossy(), &["run", "--no-color", "--continue-on-failure"]);
    command.arg(format!("{origin}/openapi.json"));
    // The sync protocol has frames of its own, and the live feed does not end.
    command.args(["--exclude-path-regex", "^/v1/(sync|log)$", "--checks", CHECKS]);
    command.args(["--max-examples", &order.examples.to_string(), "--seed", &order.seed.to_string()]);
    if let Some(path) = &order.path {
        command.args(["--include-path-regex", path]);
    }
    if order.who != "nobody" {
        let mut asking = roadbook(data, &["user", "token", &order.who, "--url", origin]);
        let token = String::from_utf8(shell::read(&mut asking)?)?;
        command.arg("--header").arg(format!("Authorization: Bearer {}", token.trim()));
    }
    shell::run(&mut command)
}

/// The program, installed under `target` if it is not there yet.
fn schemathesis() -> Result<PathBuf> {
    let folder = shell::root().join("target/schemathesis");
    let program = folder.join("bin/schemathesis");
    if program.is_file() {
        return Ok(program);
    }
    if !shell::succeeds(&mut shell::program("python3", &["--version"])) {
        bail!("`cargo xtask api` needs Python 3 (with its venv module), and `python3` is not on the PATH");
    }
    shell::run(shell::program("python3", &["-m", "venv"]).arg(&folder))?;
    let pip = folder.join("bin/pip");
    shell::run(&mut shell::program(&pip.to_string_lossy(), &["install", "--quiet", SCHEMATHESIS]))?;
    Ok(program)
}

fn roadbook(data: &Path, args: &[&str]) -> Command {
    let binary = shell::root().join("target/debug/roadbook");
    let mut command = shell::program(&binary.to_string_lossy(), args);
    command.arg("--data").arg(data);
    command
}

/// A server on a free port.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(data: &Path) -> Result<Self> {
        let mut command = roadbook(data, &["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the server")?;
        let output = child.stdout.take().context("the server has no output")?;
        for line in BufReader::new(output).lines() {
            if let Some(origin) = line?.strip_prefix("Roadbook serves at ") {
                return Ok(Self { child, origin: origin.trim().to_owned() });
            }
        }
        let status = child.wait()?;
        bail!("the server ended before it served ({status})")
    }

    fn stop(&mut self) -> Result<()> {
        shell::run(&mut shell::program("kill", &[&self.child.id().to_string()]))?;
        let status = self.child.wait()?;
        match status.success() {
            true => Ok(()),
            false => bail!("the server did not stop in order ({status})"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has stopped already, unless something failed before.
        let _ = self.child.kill();
    }
}
