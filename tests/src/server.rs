//! A server on its own private Postgres, as a child process that may be killed and started again.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use roadbook_cluster::{Cluster, ROADBOOK};
use serde_json::Value as Json;

use crate::{Answer, Scratch, binary, database, roadbook};

/// A server.
#[derive(Debug)]
pub struct Server {
    data: PathBuf,
    listen: String,
    more: Vec<String>,
    child: Option<Child>,
    said: Json,
    /// Kept open, or the server's next line would fail it.
    _out: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts one with an empty data folder, on any free port.
    pub fn start(scratch: &Scratch) -> Self {
        Self::start_behind(scratch, None)
    }

    /// The same, reached by devices at another address.
    pub fn start_behind(scratch: &Scratch, public_url: Option<&str>) -> Self {
        let more = public_url.map(|url| vec!["--public-url", url]);
        Self::start_with(scratch, &more.unwrap_or_default())
    }

    /// The same, with more flags.
    pub fn start_with(scratch: &Scratch, more: &[&str]) -> Self {
        let mut server = Self {
            data: scratch.path("server"),
            listen: "127.0.0.1:0".to_owned(),
            more: more.iter().map(|flag| (*flag).to_owned()).collect(),
            child: None,
            said: Json::Null,
            _out: None,
        };
        server.restart();
        server
    }

    /// Starts it again, on the same data and port.
    pub fn restart(&mut self) {
        let data = self.data.display().to_string();
        let mut args = vec!["--json", "serve", "--data", &data, "--listen", &self.listen];
        args.extend(self.more.iter().map(String::as_str));
        let log = OpenOptions::new().create(true).append(true).open(self.data.with_extension("log")).unwrap();
        let mut child = binary::command(args).stderr(log).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let said: Json = serde_json::from_str(&line).unwrap_or_default();
        if said["url"].is_null() {
            panic!("the server did not come up: {line}");
        }
        self.listen = said["listening"].as_str().unwrap().to_owned();
        self.said = said;
        self.child = Some(child);
        self._out = Some(out);
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends its Postgres with SIGKILL.
    pub fn kill_postgres(&self) {
        let pid = self.cluster().pid().unwrap().to_string();
        assert!(Command::new("sh").args(["-c", "kill -s KILL $0", &pid]).status().unwrap().success());
    }

    /// Tells it to read its certificate anew.
    pub fn hang_up(&self) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -s HUP $0", &pid]).status().unwrap().success());
    }

    /// Ends it with SIGTERM and waits until it has ended well.
    pub fn stop(mut self) {
        self.rest();
    }

    /// The same, to be started again.
    pub fn rest(&mut self) {
        let mut child = self.child.take().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -s TERM $0", &pid]).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        self.said["url"].as_str().unwrap()
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What it said when it came up.
    pub fn said(&self) -> &Json {
        &self.said
    }

    /// Its own address, whatever the public one is.
    pub fn listening(&self) -> &str {
        &self.listen
    }

    /// Calls a tool on its data folder, with JSON output.
    pub fn tool(&self, args: &[&str]) -> Answer {
        let data = self.data.display().to_string();
        let all = args.iter().copied().chain(["--data", &data, "--json"]);
        roadbook(all)
    }

    /// The rows that a query of its database gives, each as JSON.
    pub fn rows(&self, sql: &str) -> Vec<Json> {
        database::rows(&self.cluster().url(ROADBOOK), sql)
    }

    /// The one value that a query of its database gives.
    pub fn value(&self, sql: &str) -> Json {
        database::value(&self.cluster().url(ROADBOOK), sql)
    }

    /// Waits until a query of its database gives true: for what the server does by itself.
    pub fn until(&self, sql: &str) {
        while self.value(sql) != Json::Bool(true) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn cluster(&self) -> Cluster {
        Cluster::adopt(&self.data).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // SIGTERM, so that its Postgres ends with it on every system.
            let _ = Command::new("sh")
                .args(["-c", "kill -s TERM $0", &child.id().to_string()])
                .stderr(Stdio::null())
                .status();
            let _ = child.wait();
        }
    }
}
