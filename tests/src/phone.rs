//! A device: a home folder and the `roadbook device` command.

use std::process::Child;

use serde_json::Value as Json;

use crate::{Answer, Scratch, Server, binary, roadbook};

/// A device.
#[derive(Debug)]
pub struct Phone {
    home: String,
}

impl Phone {
    /// Enrols one for a person, at the server's address.
    pub fn enrol(scratch: &Scratch, server: &Server, name: &str, email: &str) -> Self {
        let code = server.tool(&["user", "code", email]).json();
        let phone = Self { home: scratch.arg(name) };
        let code = code["code"].as_str().unwrap();
        phone.call(&["enrol", "--server", server.url(), "--code", code, "--name", name]).ok();
        phone
    }

    /// One that is not enrolled.
    pub fn blank(scratch: &Scratch, name: &str) -> Self {
        Self { home: scratch.arg(name) }
    }

    /// Calls a device command, with JSON output.
    pub fn call(&self, args: &[&str]) -> Answer {
        roadbook(["--json", "device", "--home", &self.home].into_iter().chain(args.iter().copied()))
    }

    /// Starts a device command and does not wait for it.
    pub fn start(&self, args: &[&str]) -> Child {
        let all = ["--json", "device", "--home", &self.home].into_iter().chain(args.iter().copied());
        binary::command(all).spawn().unwrap()
    }

    /// Captures, and gives the record that was saved.
    pub fn capture(&self, args: &[&str]) -> String {
        self.call(args).json()["record"].as_str().unwrap().to_owned()
    }

    /// Syncs; it must go well.
    pub fn sync(&self) -> Json {
        self.call(&["sync"]).json()
    }

    /// Its home folder.
    pub fn home(&self) -> &str {
        &self.home
    }
}
