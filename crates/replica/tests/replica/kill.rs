//! Killed in the middle of captures: everything that was confirmed is there afterwards, and nothing by halves.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use roadbook_model::{AccountId, RecordId};
use roadbook_replica::{Device, SyncOptions};

use crate::devices::enrolled;
use crate::scratch::Scratch;
use crate::server::Server;

/// Kills in one run; `ROADBOOK_KILLS` asks for more.
const KILLS: u32 = 12;

/// One line of what the child said: the word, the record, the round.
type Said = (String, RecordId, String);

fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("examples/capture_until_killed");
    assert!(path.exists(), "build the package's examples first: {}", path.display());
    path
}

/// Lets the child capture, kills it after so many lines and a little more, and returns every line it got out.
fn killed(home: &Path, account: AccountId, lines: usize, more: Duration) -> Vec<Said> {
    let mut child =
        Command::new(program()).arg(home).arg(account.to_string()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said: Vec<String> = output.by_ref().take(lines).map(Result::unwrap).collect();
    std::thread::sleep(more);
    child.kill().unwrap();
    said.extend(output.map(Result::unwrap));
    child.wait().unwrap();
    said.iter()
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap().to_owned();
            (word(), word().parse().unwrap(), word())
        })
        .collect()
}

#[test]
fn what_was_confirmed_before_a_kill_is_there_after_it_and_nothing_is_half_there() {
    let (scratch, server) = (Scratch::new("kill"), Server::start());
    let account = server.import_account("Kill Devil Hills Deli");
    let home = scratch.path("alice");
    let device = enrolled(&scratch, "alice", &server);
    device.sync(SyncOptions::default()).unwrap();
    drop(device);
    let kills = std::env::var("ROADBOOK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut confirmed = 0;
    for kill in 0..kills {
        let more = Duration::from_micros(u64::from(kill * 7_919 % 9_000));
        let said = killed(&home, account, 3 + kill as usize % 5, more);
        confirmed += said.len();
        let device = Device::open(&home).unwrap();
        assert!(device.recovered().is_none(), "a kill damages nothing");
        check(&device, &said);
        let outbox = device.store().outbox().unwrap();
        let numbers: Vec<u64> = outbox.iter().map(|item| item.number).collect();
        let last = device.store().device().unwrap().unwrap().last_number;
        assert_eq!(
            numbers,
            (last + 1 - outbox.len() as u64..=last).collect::<Vec<_>>(),
            "no gap, no end missing"
        );
        let excess = outbox.len() - confirmed;
        assert!(excess <= kill as usize + 1, "at most the capture under way at each kill: {excess}");
        assert!(outbox.iter().all(|item| item.title.is_some()), "every item's record can be seen");
    }
    let device = Device::open(&home).unwrap();
    let waiting = device.status().unwrap().waiting;
    let report = device.sync(SyncOptions::default()).unwrap();
    assert_eq!((report.in_record, report.held, report.refused), (waiting, 0, 0));
}

fn check(device: &Device, said: &[Said]) {
    for (word, record, round) in said {
        let record = device.store().record(*record).unwrap();
        let record = record.unwrap_or_else(|| panic!("{word} of round {round} was confirmed and is gone"));
        let holds = match word.as_str() {
            "visit" => record.fields["subject"] == format!("round {round}"),
            "notes" => record.fields["notes"] == format!("round {round} ").repeat(20),
            "order" => record.fields["reference"] == format!("round {round}"),
            "submit" => record.summary.state.as_deref() == Some("submit asked"),
            _ => false,
        };
        assert!(holds, "{word} of round {round}: {record:?}");
    }
}
