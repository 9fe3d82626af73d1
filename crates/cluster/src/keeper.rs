//! The thread that owns a started Postgres. The system ties "stop when your parent dies" to the *thread* that spawned
//! the process, so that thread has to live as long as Postgres does; it also reaps it, because a zombie would keep its
//! successor from starting. Signals go through it, so that none can hit a process id that was reused.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::patience::poll;
use crate::{Tenure, os};

/// How often the process is looked at: at first and after a signal, and in the long run.
const WATCH_EAGER: Duration = Duration::from_millis(5);
const WATCH_CALM: Duration = Duration::from_millis(100);

/// A started Postgres in the hands of its thread. Dropping this leaves both alone.
#[derive(Debug)]
pub(crate) struct Keeper {
    pid: u32,
    signals: Sender<i32>,
    /// How it ended, once it has.
    ending: Arc<OnceLock<String>>,
}

impl Keeper {
    /// Starts the process. An exclusive one stops when this process ends, even by kill -9.
    pub(crate) fn start(mut command: Command, tenure: Tenure) -> io::Result<Self> {
        if tenure == Tenure::Exclusive {
            os::die_with_this_thread(&mut command);
        }
        let (signals, orders) = mpsc::channel();
        let (report, started) = mpsc::channel();
        let ending = Arc::new(OnceLock::new());
        let outcome = Arc::clone(&ending);
        thread::Builder::new().name(String::from("postgres-keeper")).spawn(move || {
            match command.spawn() {
                Ok(child) => {
                    let _ = report.send(Ok(child.id()));
                    let _ = outcome.set(watch(child, &orders));
                }
                Err(error) => drop(report.send(Err(error))),
            }
        })?;
        let pid = started.recv().map_err(io::Error::other)??;
        Ok(Self { pid, signals, ending })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn is_running(&self) -> bool {
        self.ending.get().is_none()
    }

    /// How the process ended, if it has.
    pub(crate) fn ending(&self) -> Option<&str> {
        self.ending.get().map(String::as_str)
    }

    /// Sends a signal and waits for the end; whether it came.
    pub(crate) fn end(&self, signal: i32, limit: Duration) -> bool {
        // The thread only goes away after the process has.
        let _ = self.signals.send(signal);
        poll(limit, WATCH_EAGER, || (!self.is_running()).then_some(())).is_some()
    }
}

/// Reaps the process when it ends, and passes signals on until then.
fn watch(mut child: Child, orders: &Receiver<i32>) -> String {
    let mut pause = WATCH_EAGER;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.to_string(),
            Ok(None) => {}
            Err(error) => return error.to_string(),
        }
        match orders.recv_timeout(pause) {
            Ok(signal) => {
                let _ = os::signal(child.id(), signal);
                pause = WATCH_EAGER;
            }
            Err(RecvTimeoutError::Timeout) => pause = WATCH_CALM.min(pause * 2),
            Err(RecvTimeoutError::Disconnected) => thread::sleep(WATCH_CALM),
        }
    }
}
