//! The `roadbook` binary, called as anybody would call it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// What a call ended with.
#[derive(Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The binary, beside the tests' own.
pub fn path() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let target = own.parent().and_then(|deps| deps.parent()).unwrap();
    let path = target.join("roadbook");
    assert!(path.is_file(), "{} is missing: cargo build -p roadbook", path.display());
    path
}

/// A call that has not begun. Its input is empty, its output ours.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(path());
    // Days begin where the caller is: in the tests, in UTC, unless one says otherwise.
    command.args(args).env("RUST_LOG", "warn,sqlx=error").env("TZ", "UTC").env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Calls the binary and waits for its answer.
pub fn roadbook<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Answer {
    let output = command(args).output().unwrap();
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Answer {
    /// The answer of a call that must have gone well.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// The same, as JSON.
    pub fn json(self) -> Json {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The `error` of a call with `--json` that must have failed.
    pub fn error(self) -> Json {
        assert_eq!(self.code, 1, "{}\n{}", self.out, self.err);
        let json: Json = serde_json::from_str(&self.out).unwrap();
        json["error"].clone()
    }

    /// The code of that error.
    pub fn error_code(self) -> String {
        self.error()["code"].as_str().unwrap().to_owned()
    }
}
