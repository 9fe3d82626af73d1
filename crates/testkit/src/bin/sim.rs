//! Plays simulated histories: `sim --from 0 --count 2000 [--threads 2]`, or one: `sim --seed 17`.

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
    let (from, count) = (number("--from").unwrap_or(0), number("--count").unwrap_or(2_000));
    report(from, count, &play(from, count, number("--threads").unwrap_or(2)))
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
