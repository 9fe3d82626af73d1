//! The figures of `docs/benchmarks.md` that are counts: bytes and messages over the real engines, and operations of the
//! store. Run by `cargo xtask bench`; times are printed beside their peer of the same run, never asserted.

use std::process::ExitCode;

use roadbook_testkit::bench;

fn main() -> ExitCode {
    let parts =
        [bench::idle_reconnect(), bench::first_sync(), bench::day(), bench::capture_cost(), bench::pricing()];
    // A part that measured nothing holds nothing.
    let mut missed = parts.iter().map(|rows| u32::from(rows.is_empty())).sum::<u32>();
    let rows = parts.concat();
    println!("| figure | measured | limit | peer or floor in the same run |");
    println!("| --- | --- | --- | --- |");
    for row in rows {
        println!("| {} | {} | {} | {} |", row.figure, row.measured, row.limit, row.beside);
        missed += u32::from(!row.holds);
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
