//! Child processes: this same program, called as anybody would call it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;

/// A failure that a child told, with its code.
#[derive(Debug)]
pub struct Told {
    /// The stable code.
    pub code: String,
    /// The words.
    pub text: String,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.text, self.code)
    }
}

impl std::error::Error for Told {}

/// This program, to be called.
#[derive(Clone, Debug)]
pub struct Program(PathBuf);

impl Program {
    /// The one that runs now.
    ///
    /// # Errors
    /// When the system does not say where it is.
    pub fn this() -> Result<Self> {
        Ok(Self(std::env::current_exe().context("cannot find this program's own file")?))
    }

    /// A call with these arguments.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.0);
        command.arg("--json").args(args).stdin(Stdio::null());
        command
    }

    /// Calls it and waits for its answer.
    ///
    /// # Errors
    /// [`Told`] when it answers with a failure.
    pub fn call<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Result<Json> {
        let output =
            self.command(args).stderr(Stdio::piped()).output().context("cannot call this program")?;
        answer(&output.stdout).with_context(|| {
            let words = String::from_utf8_lossy(&output.stderr);
            format!("a child ended with {}: {}", output.status, words.trim())
        })
    }

    /// Starts it and leaves it running, its log going to a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        log: &Path,
    ) -> Result<Running> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let (Some(input), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a child came without its pipes");
        };
        Ok(Running { child, input: Some(input), out: BufReader::new(out) })
    }
}

fn answer(bytes: &[u8]) -> Result<Json> {
    let json: Json = serde_json::from_slice(bytes).context("a child's answer is not JSON")?;
    match json.get("error") {
        Some(error) => Err(told(error).into()),
        None => Ok(json),
    }
}

fn told(error: &Json) -> Told {
    let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    Told { code: word("code"), text: word("text") }
}

/// A child that runs.
#[derive(Debug)]
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Its next line, as JSON.
    ///
    /// # Errors
    /// [`Told`] when the line is a failure; when it ended instead.
    pub fn line(&mut self) -> Result<Json> {
        let mut line = String::new();
        if self.out.read_line(&mut line)? == 0 {
            bail!("a child ended instead of answering");
        }
        answer(line.as_bytes())
    }

    /// Writes a line to it.
    ///
    /// # Errors
    /// When it ended.
    pub fn write(&mut self, json: &Json) -> Result<()> {
        let input = self.input.as_mut().context("the child's input is closed")?;
        Ok(writeln!(input, "{json}").and_then(|()| input.flush())?)
    }

    /// Ends it with SIGKILL, as a battery that runs out does.
    ///
    /// # Errors
    /// When the system does not do it.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it with SIGTERM and waits.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn stop(mut self) -> Result<()> {
        signal("TERM", self.child.id())?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("a child ended with {status}") }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that ended already is none to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
///
/// # Errors
/// When it is not there or not ours.
pub fn signal(name: &str, pid: u32) -> Result<()> {
    let status = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()]).status()?;
    if status.success() { Ok(()) } else { bail!("process {pid} cannot be sent {name}") }
}

/// Tries until it works, for at most so long.
///
/// # Errors
/// What the last attempt said.
pub fn until<T>(patience: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = crate::edge::instant() + patience;
    loop {
        match attempt() {
            Err(_) if crate::edge::instant() < deadline => std::thread::sleep(Duration::from_millis(100)),
            done => return done,
        }
    }
}
