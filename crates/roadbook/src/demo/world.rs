//! The server of the demo, as a child process, and the tools that work on its database.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::phone::Phone;
use super::process::{Program, Running, Told, signal, until};
use crate::database::DatabaseArgs;
use crate::output::{self, Output};
use crate::serve::LISTEN;

/// How long a database may take to come back after a crash.
const COMEBACK: Duration = Duration::from_secs(20);

/// Who sees all of it.
const OFFICE: &str = "office@northwind.example";
/// In whose name the app may be tried.
const REP: &str = "nancy.davolio@northwind.example";

/// The server and where everything is.
pub struct World {
    program: Program,
    folder: PathBuf,
    server: Option<Running>,
    listen: String,
    url: String,
    postgres: u32,
    phones: Vec<Phone>,
    lost: Vec<Phone>,
    began: Instant,
    output: Output,
}

impl World {
    /// Starts the server on an empty data folder.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(folder: &Path, listen: Option<&str>, began: Instant, output: Output) -> Result<Self> {
        let mut world = Self {
            program: Program::this()?,
            folder: folder.to_owned(),
            server: None,
            listen: listen.unwrap_or(LISTEN).to_owned(),
            url: String::new(),
            postgres: 0,
            phones: Vec::new(),
            lost: Vec::new(),
            began,
            output,
        };
        let came_up = world.start_server();
        let taken = |error: &anyhow::Error| {
            error
                .chain()
                .any(|cause| cause.downcast_ref::<Told>().is_some_and(|told| told.code == "port_in_use"))
        };
        match came_up {
            Err(error) if listen.is_none() && taken(&error) => {
                world.listen = "127.0.0.1:0".to_owned();
                world.start_server()?;
            }
            other => other?,
        }
        Ok(world)
    }

    /// Starts the server; after a crash on the same data and the same port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_server(&mut self) -> Result<()> {
        let log = self.folder.join("server.log");
        let data = self.data();
        let args = ["serve", "--data", &data, "--listen", &self.listen, "--until-stdin-ends"];
        let mut server = self.program.start(args, &log)?;
        let said =
            server.line().with_context(|| format!("the server did not come up; see {}", log.display()))?;
        let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        self.url = word("url");
        self.listen = word("listening");
        self.postgres = said["postgres_pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
        self.server = Some(server);
        Ok(())
    }

    /// Ends the server as a power cut does, and waits for nothing.
    ///
    /// # Errors
    /// When the system does not do it.
    pub fn kill_server(&mut self) -> Result<()> {
        self.server.take().map_or(Ok(()), Running::kill)
    }

    /// Ends the private Postgres under the running server.
    ///
    /// # Errors
    /// When the system does not do it.
    pub fn kill_postgres(&self) -> Result<()> {
        signal("KILL", self.postgres)
    }

    /// Waits until the database answers again.
    ///
    /// # Errors
    /// When it stays away, or the server ended with it.
    pub fn await_postgres(&mut self) -> Result<()> {
        until(COMEBACK, || self.tool(&["user", "list"])).map(drop)?;
        let running = self.server.as_mut().is_some_and(Running::is_running);
        if running { Ok(()) } else { anyhow::bail!("the server ended with its Postgres") }
    }

    /// Ends the server in order.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn stop(mut self) -> Result<()> {
        // Ctrl-C goes to all processes of a terminal, so it may have ended already.
        let Some(mut server) = self.server.take() else { return Ok(()) };
        if server.is_running() { server.stop() } else { Ok(()) }
    }

    /// A file in the demo's folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The server's data folder.
    pub fn data(&self) -> String {
        self.folder.join("server").display().to_string()
    }

    /// The server's database, for SQL.
    pub fn database(&self) -> DatabaseArgs {
        DatabaseArgs { data: self.folder.join("server"), database_url: None }
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls a tool of this program on the server's data.
    ///
    /// # Errors
    /// What the tool says.
    pub fn tool(&self, args: &[&str]) -> Result<Json> {
        let data = self.data();
        self.program.call(args.iter().copied().chain(["--data", &data]))
    }

    /// Enrols a device for a person, in a home folder of its own.
    ///
    /// # Errors
    /// What the tools say.
    pub fn enrol(&mut self, name: &str, email: &str) -> Result<Phone> {
        let code = self.tool(&["user", "code", email])?;
        let phone = Phone::new(self.program.clone(), &self.folder, name, email);
        let code = code["code"].as_str().unwrap_or_default();
        phone.call(&["enrol", "--server", &self.url, "--code", code, "--name", name])?;
        phone.sync()?;
        self.phones.push(phone.clone());
        Ok(phone)
    }

    /// Every device that is in its person's hands.
    pub fn phones(&self) -> &[Phone] {
        &self.phones
    }

    /// A device is in its person's hands no more.
    pub fn lose(&mut self, phone: &Phone) {
        self.phones.retain(|one| one.name() != phone.name());
        self.lost.push(phone.clone());
    }

    /// The devices that are in a stranger's hands.
    pub fn lost(&self) -> &[Phone] {
        &self.lost
    }

    /// Tells what happens now.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn tell(&self, what: &str) -> Result<()> {
        let line = format!("{:5.1} s  {what}", self.began.elapsed().as_secs_f64());
        if self.output.json {
            eprintln!("{line}");
            return Ok(());
        }
        output::line(&line)
    }

    /// What somebody may do now, with the server up.
    ///
    /// # Errors
    /// What the tools say.
    pub fn how_to_go_on(&self) -> Result<String> {
        let token = self.tool(&["user", "token", OFFICE, "--url", &self.url])?;
        let office = self.tool(&["user", "link", OFFICE, "--url", &self.url])?;
        let app = self.tool(&["user", "code", REP, "--url", &self.url])?;
        let mut text = format!(
            "\nThe server stays up at {url} until Ctrl-C. In a browser:\n\n  \
             office    {url}/office/  as {OFFICE}; first choose a password by {office}\n  \
             app       {app}  sets up a phone for {REP}\n\n  health    {url}/healthz  {url}/readyz  {url}/metrics\n  \
             the log   curl -H 'Authorization: Bearer {token}' '{url}/v1/log?after=0&limit=5'\n  \
             people    roadbook user list --data {data}\n\ndevices (the server knows them by key; no passwords):\n",
            url = self.url,
            office = office["url"].as_str().unwrap_or_default(),
            app = app["url"].as_str().unwrap_or_default(),
            token = token["token"].as_str().unwrap_or_default(),
            data = self.data()
        );
        for phone in &self.phones {
            text.push_str(&format!(
                "  roadbook device --home {} status      # {}\n",
                phone.home(),
                phone.email()
            ));
        }
        Ok(text)
    }
}
