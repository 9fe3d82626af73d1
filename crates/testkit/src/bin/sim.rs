//! Plays simulated histories: `sim --from 0 --count 2000 [--threads 2]`, or one: `sim --seed 17`.
//!
//! With `--ledger FILE --commit NAME` it plays `--count` more than the ledger has for that commit, block by block, and
//! writes a line for each, so that a run that is cut off goes on where it was.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use roadbook_testkit::sim::{self, Failure, Tally};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str| -> Option<u64> {
        args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)?.parse().ok())
    };
    if let Some(seed) = number("--seed") {
        return report(seed, 1, &play(seed, 1, 1));
    }
    let word = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    if let (Some(ledger), Some(commit)) = (word("--ledger"), word("--commit")) {
        let count = number("--count").unwrap_or(20_000);
        return ledgered(ledger.as_ref(), &commit, count, number("--threads").unwrap_or(2));
    }
    let (from, count) = (number("--from").unwrap_or(0), number("--count").unwrap_or(2_000));
    report(from, count, &play(from, count, number("--threads").unwrap_or(2)))
}

/// Histories in one line of the ledger.
const BLOCK: u64 = 500;

fn ledgered(ledger: &Path, commit: &str, count: u64, threads: u64) -> ExitCode {
    let known = std::fs::read_to_string(ledger).unwrap_or_default();
    let done: u64 = known
        .lines()
        .filter_map(|line| line.strip_prefix(commit)?.split('\t').nth(2)?.parse::<u64>().ok())
        .sum();
    println!("{done} histories of {commit} are in {}", ledger.display());
    let mut from = done;
    while from < done + count {
        let block = BLOCK.min(done + count - from);
        let played = play(from, block, threads);
        let failed: Vec<String> = played.failures.iter().map(|(seed, _)| seed.to_string()).collect();
        let line = format!("{commit}\t{from}\t{block}\t{}\t{:?}\n", failed.join(","), played.tally);
        let written = ledger
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::OpenOptions::new().create(true).append(true).open(ledger))
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            println!("the ledger {} cannot be written: {error}", ledger.display());
            return ExitCode::FAILURE;
        }
        if report(from, block, &played) == ExitCode::FAILURE {
            return ExitCode::FAILURE;
        }
        from += block;
    }
    ExitCode::SUCCESS
}

struct Played {
    tally: Tally,
    failures: Vec<(u64, Failure)>,
}

fn play(from: u64, count: u64, threads: u64) -> Played {
    let next = AtomicU64::new(from);
    let played = Mutex::new(Played { tally: Tally::default(), failures: Vec::new() });
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| sim::run(seed));
                    let Ok(mut played) = played.lock() else { return };
                    match outcome {
                        Ok(Ok(tally)) => played.tally += tally,
                        Ok(Err(failure)) => played.failures.push((seed, failure)),
                        Err(_) => {
                            let error = "panic".to_owned();
                            played.failures.push((seed, Failure { error, story: Vec::new() }));
                        }
                    }
                }
            });
        }
    });
    played.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn report(from: u64, count: u64, played: &Played) -> ExitCode {
    if let ([(_, failure)], 1) = (played.failures.as_slice(), count) {
        failure.story.iter().for_each(|line| println!("{line}"));
    }
    for (seed, failure) in played.failures.iter().take(20) {
        println!("seed {seed}: {}", failure.error);
    }
    let tally = &played.tally;
    println!("seeds {from} to {}: {count} histories, {} failed", from + count - 1, played.failures.len());
    println!("{tally:?}");
    if played.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
