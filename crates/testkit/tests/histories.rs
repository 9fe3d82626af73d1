//! Simulated histories that every change must survive. More run under `cargo xtask proof`.

#![expect(clippy::expect_used, reason = "a failing history is a failing test")]

use roadbook_testkit::sim::step::Step;
use roadbook_testkit::sim::{self, Failure, Tally};

/// Seeds played here; two tests of half each, so that both cores are used.
const HALF: u64 = 1_000;

fn play(seeds: std::ops::Range<u64>) {
    let mut tally = Tally::default();
    for seed in seeds {
        let played = sim::run(seed);
        if let Err(Failure { error, story }) = &played {
            println!("{}\nseed {seed}: {error}", story.join("\n"));
        }
        tally += played.expect("the history of this seed keeps every invariant");
    }
    println!("{tally:?}");
    // A simulator in which nothing happens proves nothing.
    assert!(tally.in_record > 1_000, "work arrives: {tally:?}");
    assert!(tally.late > 100 && tally.held > 100 && tally.refused > 100, "every outcome occurs: {tally:?}");
    assert!(tally.updated > HALF / 2, "older apps are updated: {tally:?}");
    assert!(tally.turns == 18 * HALF, "every history goes through everything: {tally:?}");
    assert!(
        tally.re_authored > 50 && tally.re_applied > 20 && tally.given_up > 50,
        "every fate occurs: {tally:?}"
    );
    assert!(tally.signed_out > HALF / 2, "reps sign out: {tally:?}");
    assert!(tally.wiped > HALF / 2 && tally.stranded > 50, "phones leave and are blocked: {tally:?}");
    assert!(
        tally.renewed > 5 && tally.carried > 5 && tally.healed > 50,
        "stores are restored and healed: {tally:?}"
    );
    assert!(tally.merged > HALF / 2, "accounts are merged: {tally:?}");
    assert!(tally.enrolled_anew > 100, "phones that are copies are told so: {tally:?}");
    for step in Step::ALL {
        let (happened, least) = (tally.happened.count(step), HALF * least_percent(step) / 100);
        assert!(happened >= least, "{step:?} in {happened} of {HALF} histories, at least {least}: {tally:?}");
    }
}

/// In how many of a hundred histories a step is to happen at the least.
fn least_percent(step: Step) -> u64 {
    match step {
        // Of every plan.
        Step::Clone => 100,
        Step::ReApply => 2,
        Step::Reject => 3,
        Step::Twice | Step::Apart | Step::Withdraw | Step::OfficeCorrected | Step::Review => 5,
        Step::Accept | Step::Cancel => 6,
        Step::LoseAccount | Step::GiveUp | Step::QuoteOrdered | Step::Corrected => 12,
        _ => 30,
    }
}

#[test]
fn first_half_of_the_histories_comes_to_rest_without_loss() {
    play(0..HALF);
}

#[test]
fn second_half_of_the_histories_comes_to_rest_without_loss() {
    play(HALF..2 * HALF);
}
