//! An order's states.

use roadbook_model::state::{document_open, quote_expired, transition};
use roadbook_model::{Fields, Kind, Value, Verb};

const STATES: [Option<&str>; 9] = [
    None,
    Some("draft"),
    Some("quote"),
    Some("submitted"),
    Some("accepted"),
    Some("rejected"),
    Some("cancelled"),
    Some("to_approve"),
    Some("prices_differ"),
];

#[test]
fn every_verb_in_every_state_goes_where_the_table_says() {
    let reached = |verb| STATES.map(|state| transition(verb, state).ok());
    let no = None;
    let to = Some;
    assert_eq!(
        reached(Verb::Submit),
        [to("submitted"), to("submitted"), to("submitted"), no, no, to("submitted"), no, no, no]
    );
    let waiting =
        |submitted, to_approve, prices_differ| [no, no, no, submitted, no, no, no, to_approve, prices_differ];
    assert_eq!(reached(Verb::Accept), waiting(to("accepted"), to("accepted"), no));
    assert_eq!(reached(Verb::Reject), waiting(to("rejected"), to("rejected"), to("rejected")));
    assert_eq!(reached(Verb::Cancel), waiting(to("cancelled"), to("cancelled"), to("cancelled")));
    assert_eq!(
        reached(Verb::Reopen),
        [no, no, no, to("draft"), no, to("draft"), no, to("draft"), to("draft")]
    );
    assert_eq!(reached(Verb::Review), waiting(to("prices_differ"), no, no));
    assert_eq!(reached(Verb::Approve), waiting(no, to("submitted"), no));
    assert_eq!(reached(Verb::Decline), waiting(no, to("rejected"), to("rejected")));
    for verb in [Verb::KeepPrice, Verb::TakePrice] {
        assert_eq!(reached(verb), waiting(no, no, to("submitted")));
    }
}

#[test]
fn a_refused_request_says_what_state_it_needs() {
    let refused = transition(Verb::Accept, Some("cancelled")).err();
    let text =
        "An order that is cancelled cannot be asked to accept; it would have to be submitted or to_approve.";
    assert_eq!(refused.map(|violation| (violation.code, violation.text)), Some(("wrong_state", text.into())));
}

#[test]
fn only_an_order_closes_and_only_between_submit_and_reject() {
    let open = STATES.map(|state| document_open(Kind::ORDER, state));
    assert_eq!(open, [true, true, true, false, false, true, false, false, false]);
    for kind in Kind::all().filter(|kind| *kind != Kind::ORDER) {
        assert!(STATES.iter().all(|state| document_open(kind, *state)));
    }
}

#[test]
fn whatever_is_open_can_be_submitted_and_nothing_else_can() {
    for state in STATES {
        assert_eq!(document_open(Kind::ORDER, state), transition(Verb::Submit, state).is_ok());
    }
}

#[test]
fn a_quote_is_over_once_its_last_day_is_over_everywhere() {
    let quote = |state: &str, until: &str| {
        let fields = [("state", state), ("valid_until", until)];
        fields
            .map(|(name, word)| (name.to_owned(), Value::Str(word.to_owned())))
            .into_iter()
            .collect::<Fields>()
    };
    // Noon of the 29th of November 2026, UTC: midnight where the 28th ends last.
    let end_ms = 1_795_953_600_000;
    let until = quote("quote", "2026-11-28");
    assert_eq!([end_ms - 1, end_ms].map(|now_ms| quote_expired(&until, now_ms)), [false, true]);
    for never in [quote("draft", "2026-11-28"), quote("quote", "soon"), Fields::new()] {
        assert!(!quote_expired(&never, i64::MAX));
    }
}
