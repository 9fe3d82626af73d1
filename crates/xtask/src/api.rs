//! `cargo xtask api`: thousands of generated requests, valid and not, against a running server on real data. It fails on
//! any answer that is the server's own fault, that the description does not have, or that takes what the description
//! forbids, and on any fault that the server logs: what a client does wrong is none. The requests come from Schemathesis
//! (PyPI), which reads the server's own description; `api/hooks.py` puts ids into them that exist.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{setup, shell};

/// The version that the checks were written for.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// How it judges, and where ids come from.
const CONFIG: &str = "crates/xtask/src/api/schemathesis.toml";
const HOOKS: &str = "crates/xtask/src/api/hooks.py";
/// What an answer is checked for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection";

/// Whose phone there is.
const OWNER: &str = "nancy.davolio@northwind.example";
/// Whose phone is taken out of use while it has something to send, so that something is held.
const LEAVER: &str = "janet.leverling@northwind.example";
/// Who may read everything, to find ids.
const ADMIN: &str = "office@northwind.example";
/// Somebody of the office: the sample data has none.
const DESK: &str = "desk@northwind.example";
/// No token at all.
const NOBODY: &str = "nobody";
/// One of each role, and nobody.
const EVERYBODY: [&str; 5] = [ADMIN, DESK, "andrew.fuller@northwind.example", OWNER, NOBODY];
/// What the server logs, in the data folder.
const LOG: &str = "server.log";

/// What to try.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// Generated requests for each endpoint.
    #[arg(long, default_value_t = 100)]
    examples: u32,
    /// The seed from which they are generated.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// In whose names, one after the other: addresses of the sample data, or `nobody` for no token at all. Without it, one of
    /// each role, and nobody.
    #[arg(long = "as", value_name = "EMAIL")]
    who: Vec<String>,
    /// Only endpoints whose path matches.
    #[arg(long, value_name = "REGEX")]
    path: Option<String>,
}

/// Starts a server on sample data for each of them, and throws requests at it.
pub(crate) fn run(order: &Order) -> Result<()> {
    setup::postgres()?;
    let program = schemathesis()?;
    shell::run(&mut shell::cargo(&["build", "--package", "roadbook"]))?;
    let named: Vec<&str> = order.who.iter().map(String::as_str).collect();
    let everybody = if named.is_empty() { EVERYBODY.to_vec() } else { named };
    let mut missed = Vec::new();
    for who in everybody {
        println!("-- as {who}");
        if let Err(error) = run_as(&program, who, order) {
            println!("as {who}: {error:#}");
            missed.push(who);
        }
    }
    match missed.is_empty() {
        true => Ok(()),
        false => bail!("something was found as {}", missed.join(", ")),
    }
}

fn run_as(program: &Path, who: &str, order: &Order) -> Result<()> {
    let data = shell::root().join("target/api");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    shell::run(roadbook(&data, &["import", "northwind", "--bundled"]).stdout(Stdio::null()))?;
    let desk = ["user", "add", DESK, "--name", "Order desk", "--role", "office"];
    shell::run(roadbook(&data, &desk).stdout(Stdio::null()))?;
    let mut server = Server::start(&data)?;
    phones(&data, &server.origin)?;
    let outcome = requests(program, &server.origin, &data, who, order);
    server.stop()?;
    outcome.and(faults(&data))
}

/// Two phones, so that there are devices; one leaves with something to send, so that there is held work.
fn phones(data: &Path, origin: &str) -> Result<()> {
    let phone = |name: &str, args: &[&str]| {
        let mut command = shell::program(&binary(), &["device", "--home"]);
        let answer = shell::read(command.arg(data.join(name)).args(args).arg("--json"))?;
        Ok::<serde_json::Value, anyhow::Error>(serde_json::from_slice(&answer)?)
    };
    for (name, owner) in [("phone", OWNER), ("leaver", LEAVER)] {
        let code = shell::read(&mut roadbook(data, &["user", "code", owner, "--url", origin, "--json"]))?;
        let code: serde_json::Value = serde_json::from_slice(&code)?;
        phone(name, &["enrol", "--url", code["url"].as_str().context("`user code` gave no link")?])?;
        phone(name, &["sync"])?;
    }
    let listed = phone("leaver", &["list", "account"])?;
    let account = listed["records"][0]["record"].as_str().context("the phone has no account")?;
    phone("leaver", &["visit", "--account", account, "--notes", "On my last day."])?;
    let device = phone("leaver", &["show"])?;
    let device = device["identity"]["device"].as_str().context("the phone does not know its id")?;
    let revoke = ["admin", "devices", "revoke", device, "--as", "leaving", "--by", ADMIN];
    shell::run(roadbook(data, &revoke).stdout(Stdio::null()))?;
    phone("leaver", &["sync"]).map(drop)
}

/// Whatever the server logged as its own fault.
fn faults(data: &Path) -> Result<()> {
    let log = fs::read_to_string(data.join(LOG))?;
    let faults: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    match faults.first() {
        None => Ok(()),
        Some(first) => bail!("the server logged {} faults, such as: {first}", faults.len()),
    }
}

fn requests(program: &Path, origin: &str, data: &Path, who: &str, order: &Order) -> Result<()> {
    let mut command =
        shell::program(&program.to_string_lossy(), &["--config-file", CONFIG, "run", "--no-color"]);
    command.arg("--continue-on-failure");
    command.arg(format!("{origin}/openapi.json"));
    // The sync protocol has frames of its own, and the live feed does not end.
    command.args(["--exclude-path-regex", "^/v1/(sync|log)$", "--checks", CHECKS]);
    command.args(["--max-examples", &order.examples.to_string(), "--seed", &order.seed.to_string()]);
    if let Some(path) = &order.path {
        command.args(["--include-path-regex", path]);
    }
    if who != NOBODY {
        let token = token(data, origin, who)?;
        command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    }
    command.env("SCHEMATHESIS_HOOKS", HOOKS);
    command.env("ROADBOOK_ORIGIN", origin).env("ROADBOOK_TOKEN", token(data, origin, ADMIN)?);
    shell::run(&mut command)
}

fn token(data: &Path, origin: &str, email: &str) -> Result<String> {
    let token = shell::read(&mut roadbook(data, &["user", "token", email, "--url", origin]))?;
    Ok(String::from_utf8(token)?.trim().to_owned())
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

fn binary() -> String {
    shell::root().join("target/debug/roadbook").to_string_lossy().into_owned()
}

fn roadbook(data: &Path, args: &[&str]) -> Command {
    let mut command = shell::program(&binary(), args);
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
        command.stdout(Stdio::piped()).stderr(File::create(data.join(LOG))?);
        let mut child = command.spawn().context("cannot start the server")?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next() {
            if let Some(origin) = line?.strip_prefix("Roadbook serves at ") {
                // It says more, and must be able to: whoever prints into a closed pipe ends.
                std::thread::spawn(move || lines.for_each(drop));
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
