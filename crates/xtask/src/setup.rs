//! What a fresh machine lacks besides Rust: Postgres (installed when that is allowed) and Node (said when missing).

use anyhow::{Context, Result, bail};
use roadbook_cluster::{ClusterError, Installation};

use crate::shell::{self, program, read, run, succeeds};

/// The oldest Node that runs the scripts of this repository.
const NODE_MAJOR_MIN: u32 = 20;

/// Debian's package makes and starts a server for everybody; ours is private, so that one would only cost memory.
const NO_MAIN_CLUSTER: &str = "conf=/etc/postgresql-common/createcluster.conf; \
     grep -qs '^create_main_cluster' $conf || echo 'create_main_cluster = false' >> $conf";

/// A package manager and the commands that install Postgres with it.
struct Manager {
    program: &'static str,
    needs_root: bool,
    commands: &'static [&'static [&'static str]],
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "apt-get",
        needs_root: true,
        commands: &[
            &["apt-get", "update"],
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "postgresql-common"],
            &["sh", "-c", NO_MAIN_CLUSTER],
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "postgresql"],
        ],
    },
    Manager {
        program: "dnf",
        needs_root: true,
        commands: &[&["dnf", "install", "-y", "postgresql-server", "postgresql"]],
    },
    Manager {
        program: "apk",
        needs_root: true,
        commands: &[&["apk", "add", "postgresql", "postgresql-client"]],
    },
    Manager { program: "brew", needs_root: false, commands: &[&["brew", "install", "postgresql@17"]] },
];

/// Makes sure that Postgres is installed.
pub(crate) fn postgres() -> Result<()> {
    match Installation::all() {
        Err(ClusterError::PostgresMissing) => install()?,
        found => return found.map(drop).map_err(Into::into),
    }
    Installation::all().map(drop).context("Postgres was installed, but is not where it was looked for")
}

fn install() -> Result<()> {
    let Some(manager) = MANAGERS.iter().find(|manager| is_there(manager.program)) else {
        bail!(ClusterError::PostgresMissing);
    };
    let sudo: &[&str] = match manager.needs_root && !is_root() {
        false => &[],
        true if succeeds(&mut program("sudo", &["-n", "true"])) => &["sudo", "-n"],
        true => bail!("PostgreSQL is missing, and installing it takes root: {}", spoken(manager)),
    };
    eprintln!("xtask: PostgreSQL is missing; installing it ({})", spoken(manager));
    for command in manager.commands {
        let words = [sudo, *command].concat();
        if let [name, args @ ..] = words.as_slice() {
            run(&mut program(name, args))?;
        }
    }
    Ok(())
}

/// The last command is the one that a person would type.
fn spoken(manager: &Manager) -> String {
    let words = manager.commands.last().map_or_else(String::new, |command| command.join(" "));
    words.replace("env DEBIAN_FRONTEND=noninteractive ", "")
}

fn is_there(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn is_root() -> bool {
    read(&mut program("id", &["-u"])).is_ok_and(|words| words.trim_ascii() == b"0")
}

/// Makes sure that Node is there and young enough; it is not ours to install.
pub(crate) fn node() -> Result<()> {
    let wanted = format!("Node {NODE_MAJOR_MIN} or later is needed (https://nodejs.org)");
    if !is_there("node") {
        bail!("{wanted}, and `node` is not on the PATH");
    }
    let words = String::from_utf8(read(&mut program("node", &["--version"]))?)?;
    let major = words.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    match major {
        Some(NODE_MAJOR_MIN..) => Ok(()),
        _ => bail!("{wanted}, and this is {}", words.trim()),
    }
}

/// Installs the OpenID Connect provider against which signing in is tested, as its lock file says, unless it is there.
pub(crate) fn provider() -> Result<()> {
    let folder = shell::root().join("tests/oidc");
    let changed_at = |file: &str| folder.join(file).metadata().and_then(|it| it.modified()).ok();
    let (locked, installed) =
        (changed_at("package-lock.json"), changed_at("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    let mut npm = program("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(npm.current_dir(folder)).context("the tests' provider cannot be installed from its package registry")
}
