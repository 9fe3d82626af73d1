//! The rules of `protocol/SPEC.md`, each shown over the real engines: a test carries the number of its rule in its name.
//! What bytes look like is shown in `roadbook-protocol`, the gate's own rules (G) in `roadbook-sync`.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod digests;
mod errors;
mod fates;
mod held;
mod hello;
mod items;
mod kinds;
mod leases;
mod leave;
mod merge;
mod pages;
mod places;
mod receipts;
mod requests;
mod stores;

use roadbook_protocol::{Frame, Outcome, Reason};

/// The specification.
const SPEC: &str = include_str!("../../../../protocol/SPEC.md");

/// The item is in the record, in time.
fn assert_in_time(outcome: &Outcome) {
    assert_eq!(outcome, &Outcome::InRecord { late: false });
}

/// The item is in the record, marked late.
fn assert_late(outcome: &Outcome) {
    assert_eq!(outcome, &Outcome::InRecord { late: true });
}

/// The item is held for this reason.
fn assert_held(outcome: &Outcome, code: &str, rule: &str) {
    match outcome {
        Outcome::Held(reason) => assert_reason(reason, code, rule),
        other => panic!("held as {code}, not {other:?}"),
    }
}

/// The item is refused for this reason.
fn assert_refused(outcome: &Outcome, code: &str, rule: &str) {
    match outcome {
        Outcome::Refused(reason) => assert_reason(reason, code, rule),
        other => panic!("refused as {code}, not {other:?}"),
    }
}

fn assert_reason(reason: &Reason, code: &str, rule: &str) {
    assert_eq!((reason.code.as_str(), reason.rule.as_str()), (code, rule), "{}", reason.text);
    assert_known(reason);
}

/// A reason names a code and a rule that stand in the specification, and says something.
fn assert_known(reason: &Reason) {
    assert!(SPEC.contains(&format!("`{}`", reason.code)), "the code {} stands in SPEC.md", reason.code);
    assert!(SPEC.contains(&format!("**{}.**", reason.rule)), "the rule {} stands in SPEC.md", reason.rule);
    assert!(reason.text.len() > 10, "it says what to do");
}

/// The one frame is an error with this code.
fn assert_error(frames: &[Frame], code: &str) {
    match frames {
        [Frame::Error(error)] => {
            assert_eq!(error.code, code, "{}", error.text);
            assert!(SPEC.contains(&format!("`{code}`")) && error.text.len() > 10);
        }
        other => panic!("the error {code}, not {other:?}"),
    }
}
