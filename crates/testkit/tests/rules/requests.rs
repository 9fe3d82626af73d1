//! Section 11: what only the centre can say.

use roadbook_model::{Edit, Fields, Kind, RequestId, Role, Value, Verb, document, money};
use roadbook_protocol::entry::{Decision, Review, ReviewLine};
use roadbook_protocol::item::Request;
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Outcome, Reason, code};
use roadbook_sync::device::{CaptureError, capture};
use roadbook_sync::ledger::DeviceState;
use roadbook_testkit::scenario::{ALICE, MONA, Rep, Scenario};

use crate::{assert_held, assert_in_time, assert_refused};

/// A request that no app would make, answered.
fn ask_raw(
    scene: &mut Scenario,
    who: Rep,
    account: roadbook_model::RecordId,
    request: Request,
) -> (u64, Outcome) {
    let lease = scene.lease(who, account);
    let number = scene.put_raw(who, lease, Some(account), ItemBody::Request(request));
    scene.sync(who);
    (scene.receipt(who, number).unwrap().position, scene.outcome(who, number))
}

fn request_of(scene: &mut Scenario, who: Rep) -> Request {
    match Item::read(&scene.last_item(who).bytes).unwrap().body {
        ItemBody::Request(request) => request,
        other => panic!("a request, not {other:?}"),
    }
}

/// What the office answers to a verb.
fn decide(scene: &mut Scenario, verb: Verb, record: roadbook_model::RecordId) {
    try_decide(scene, Role::Office, verb, record, None).expect("it is allowed");
}

/// What somebody of a role is answered who may have said why.
fn try_decide(
    scene: &mut Scenario,
    role: Role,
    verb: Verb,
    record: roadbook_model::RecordId,
    text: Option<&str>,
) -> Result<(), Reason> {
    let id = RequestId::new(1, scene.world.random.bytes());
    let request = Request { id, verb: verb.as_str().to_owned(), record, heads: Vec::new() };
    let (admin, now_ms) = (scene.world.admin, scene.world.now_ms);
    scene.world.server.append(now_ms, |book| book.request(role, admin, &request, text)).map(drop)
}

/// An order of Alice's that was submitted, and what the server's own pricing of it came to: twice as much.
fn reviewed(
    scene: &mut Scenario,
    differs: bool,
    approver: Option<&str>,
) -> (roadbook_model::RecordId, Review) {
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    let fields = scene.record(order).unwrap();
    let lines = money::lines(&fields);
    let captured_minor = money::order_total_minor(lines.values().copied(), 0);
    let review = Review {
        captured_minor,
        captured_tax_minor: None,
        priced_minor: 2 * captured_minor,
        priced_tax_minor: 77,
        differs,
        reasons: approver.map(|_| "credit_hold".to_owned()).into_iter().collect(),
        approver: approver.map(str::to_owned),
        lines: lines
            .iter()
            .map(|(item, line)| ReviewLine {
                item: (*item).to_owned(),
                unit_price_minor: 2 * line.unit_price_minor,
                net_minor: 2 * line.total_minor(),
            })
            .collect(),
    };
    let now_ms = scene.world.now_ms;
    scene.world.server.append(now_ms, |book| book.review(order, review.clone()));
    (order, review)
}

#[test]
fn q1_a_request_is_answered_once_whoever_carries_it() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    let request = request_of(&mut scene, ALICE);
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
    let first = scene.receipt(ALICE, number).unwrap();
    let head = scene.head();
    assert_eq!(ask_raw(&mut scene, ALICE, account, request), (first.position, first.outcome));
    assert_eq!(scene.head(), head, "no second decision");
}

#[test]
fn q1_a_refused_request_stays_refused_under_its_id() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    let id = RequestId::from_bytes([4; 16]);
    let cancel = Request { id, verb: "cancel".to_owned(), record: order, heads: Vec::new() };
    let (position, outcome) = ask_raw(&mut scene, ALICE, account, cancel.clone());
    assert_refused(&outcome, code::WRONG_STATE, "Q2");
    // Now it could be asked.
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    assert_eq!(ask_raw(&mut scene, ALICE, account, cancel), (position, outcome));
}

#[test]
fn q2_a_request_is_refused_for_its_verb_its_asker_or_the_record_s_state() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    let mut n = 0;
    let mut verdict = |scene: &mut Scenario, who, verb: &str| {
        n += 1;
        let id = RequestId::from_bytes([n; 16]);
        ask_raw(scene, who, account, Request { id, verb: verb.to_owned(), record: order, heads: Vec::new() })
            .1
    };
    assert_refused(&verdict(&mut scene, ALICE, "frame"), code::UNKNOWN_VERB, "Q2");
    assert_refused(&verdict(&mut scene, ALICE, "accept"), code::NOT_PERMITTED, "Q2");
    scene.sync(MONA);
    assert_refused(&verdict(&mut scene, MONA, "cancel"), code::NOT_PERMITTED, "Q2");
    assert_refused(&verdict(&mut scene, ALICE, "cancel"), code::WRONG_STATE, "Q2");
    assert_in_time(&verdict(&mut scene, ALICE, "submit"));
    assert_refused(&verdict(&mut scene, ALICE, "submit"), code::WRONG_STATE, "Q2");
    assert_in_time(&verdict(&mut scene, ALICE, "cancel"));
}

#[test]
fn q3_a_decision_holds_what_follows_and_an_order_keeps_its_number() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let orders = [scene.order(ALICE, account), scene.order(ALICE, account)];
    for order in orders {
        scene.ask(ALICE, Verb::Submit, order);
    }
    scene.sync(ALICE);
    let numbers = orders.map(|order| {
        let decision = scene.world.server.last_decision(order).unwrap();
        let lines = scene.record(order).unwrap();
        assert_eq!(decision.state, "submitted");
        assert_eq!(decision.currency.as_deref(), Some("EUR"));
        assert_eq!(
            decision.total_minor,
            Some(roadbook_model::money::order_total_minor(
                roadbook_model::money::lines(&lines).into_values(),
                0,
            ))
        );
        let doc = &scene.world.server.book.records[&order].doc;
        assert_eq!(decision.heads, doc.get_heads().iter().map(|head| Hash(head.0)).collect::<Vec<_>>());
        decision.number.expect("a submitted order has a number")
    });
    assert_ne!(numbers[0], numbers[1]);
    // Rejected, changed and handed in again: still the same number. The phone shows what was decided.
    try_decide(&mut scene, Role::Office, Verb::Reject, orders[0], Some("Sold out.")).unwrap();
    scene.sync(ALICE);
    scene.ask(ALICE, Verb::Reopen, orders[0]);
    scene.sync(ALICE);
    scene.set(ALICE, orders[0], "reference", "PO 7");
    scene.ask(ALICE, Verb::Submit, orders[0]);
    scene.sync(ALICE);
    let decision = scene.world.server.last_decision(orders[0]).unwrap();
    assert_eq!((decision.state.as_str(), decision.number.as_ref()), ("submitted", Some(&numbers[0])));
    let shown = roadbook_sync::device::Rows::record(scene.rows(ALICE), orders[0]).unwrap().unwrap().decision;
    assert_eq!((decision.effective_ms, shown.as_ref()), (None, Some(&decision)));
    decide(&mut scene, Verb::Accept, orders[0]);
    let accepted = scene.world.server.last_decision(orders[0]).unwrap();
    assert_eq!(accepted.effective_ms, Some(scene.world.now_ms), "what is owed since is told by it");
}

#[test]
fn q4_a_request_behind_held_work_is_held_with_it() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    scene.set_device(ALICE, DeviceState::Leaving);
    let order = scene.order(ALICE, account);
    let creation = scene.last_item(ALICE).number;
    scene.ask(ALICE, Verb::Submit, order);
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, creation), code::DEVICE_LEAVING, "L5");
    assert_held(&scene.outcome(ALICE, number), code::PARENT_HELD, "Q4");
}

#[test]
fn q4_a_request_at_heads_that_are_not_in_the_record_is_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    let request = Request {
        id: RequestId::from_bytes([4; 16]),
        verb: "submit".to_owned(),
        record: order,
        heads: vec![Hash([7; 32])],
    };
    let (_, outcome) = ask_raw(&mut scene, ALICE, account, request);
    assert_held(&outcome, code::PARENT_HELD, "Q4");
    assert!(scene.world.server.last_decision(order).is_none());
}

#[test]
fn q5_changes_to_a_document_that_a_decision_closed_are_held() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    // The office hands it in while Alice writes on it offline.
    scene.set(ALICE, order, "reference", "PO 7");
    let number = scene.last_item(ALICE).number;
    decide(&mut scene, Verb::Submit, order);
    scene.sync(ALICE);
    assert_held(&scene.outcome(ALICE, number), code::RECORD_CLOSED, "Q5");
    assert_eq!(scene.record_text(order, "reference"), None);
    // The app lets nobody write any more, and tells why.
    let refused = scene.try_set(ALICE, order, "reference", "PO 8").unwrap_err();
    assert_eq!(refused.code(), "record_closed");
    assert!(scene.log_after(0).iter().all(|(_, entry)| !matches!(entry, Entry::Conflict(_))));
}

#[test]
fn q6_what_the_pricing_found_is_a_decision_of_its_own_that_stands_until_the_next_submit() {
    let mut scene = Scenario::new();
    let (order, review) = reviewed(&mut scene, true, Some("manager"));
    let decision = scene.world.server.last_decision(order).unwrap();
    assert_eq!((decision.verb.as_str(), decision.state.as_str()), ("review", "prices_differ"));
    assert_eq!(
        (decision.total_minor, decision.request, decision.review.clone()),
        (Some(review.captured_minor), None, Some(review))
    );
    scene.sync(ALICE);
    let shown = roadbook_sync::device::Rows::record(scene.rows(ALICE), order).unwrap().unwrap().decision;
    assert_eq!(shown, Some(decision));
    // Nobody asks for it.
    let refused = try_decide(&mut scene, Role::Admin, Verb::Review, order, None).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.rule.as_str()), (code::NOT_PERMITTED, "Q2"));
    // Given back and handed in again, nothing is said of its price any more.
    try_decide(&mut scene, Role::Office, Verb::Reject, order, Some("Sold out.")).unwrap();
    assert!(scene.world.server.last_decision(order).unwrap().review.is_some());
    decide(&mut scene, Verb::Submit, order);
    assert_eq!(scene.world.server.last_decision(order).unwrap().review, None);
    // Where there is nothing to say, nothing is said.
    let (quiet, _) = reviewed(&mut scene, false, None);
    assert_eq!(scene.world.server.last_decision(quiet).unwrap().verb, "submit");
}

#[test]
fn q7_a_price_changes_only_when_somebody_takes_it_and_an_approval_is_still_asked_for() {
    let mut scene = Scenario::new();
    let (kept, review) = reviewed(&mut scene, true, Some("manager"));
    decide(&mut scene, Verb::KeepPrice, kept);
    let decision = scene.world.server.last_decision(kept).unwrap();
    assert_eq!((decision.state.as_str(), decision.total_minor), ("to_approve", Some(review.captured_minor)));
    let (taken, review) = reviewed(&mut scene, true, None);
    // Whoever made the order may take the price, and learns what it says now.
    scene.sync(ALICE);
    scene.ask(ALICE, Verb::TakePrice, taken);
    scene.sync(ALICE);
    let decision = scene.world.server.last_decision(taken).unwrap();
    assert_eq!((decision.state.as_str(), decision.total_minor), ("submitted", Some(review.priced_minor)));
    let fields = scene.record(taken).unwrap();
    assert_eq!(
        money::order_total_minor(money::lines(&fields).into_values(), 0),
        review.priced_minor,
        "the lines say so too"
    );
    assert_eq!(fields.get("priced_tax_minor"), Some(&roadbook_model::Value::Int(77)));
    let row = roadbook_sync::device::Rows::record(scene.rows(ALICE), taken).unwrap().unwrap();
    let here = roadbook_sync::device::content::accepted(&row).unwrap();
    assert_eq!(here.get_heads(), scene.world.server.book.records[&taken].doc.get_heads());
}

#[test]
fn q8_an_order_waits_for_whoever_may_approve_it_and_is_given_back_only_with_a_reason() {
    let mut scene = Scenario::new();
    let (order, _) = reviewed(&mut scene, false, Some("office"));
    let refused = |scene: &mut Scenario, role, verb, text| {
        let reason = try_decide(scene, role, verb, order, text).unwrap_err();
        (reason.code, reason.rule)
    };
    let not_permitted = |rule: &str| (code::NOT_PERMITTED.to_owned(), rule.to_owned());
    assert_eq!(refused(&mut scene, Role::Manager, Verb::Approve, None), not_permitted("Q8"));
    assert_eq!(refused(&mut scene, Role::Manager, Verb::Decline, Some("Too much.")), not_permitted("Q8"));
    assert_eq!(refused(&mut scene, Role::Rep, Verb::Approve, None), not_permitted("Q2"));
    for verb in [Verb::Decline, Verb::Reject] {
        for text in [None, Some("  ")] {
            assert_eq!(refused(&mut scene, Role::Office, verb, text), not_permitted("Q8"));
        }
    }
    assert_eq!(scene.world.server.last_decision(order).unwrap().state, "to_approve");
    try_decide(&mut scene, Role::Office, Verb::Approve, order, Some("Paid by now.")).unwrap();
    let decision = scene.world.server.last_decision(order).unwrap();
    assert_eq!((decision.state.as_str(), decision.text.as_deref()), ("submitted", Some("Paid by now.")));
    decide(&mut scene, Verb::Accept, order);
    // A manager gives back what a manager may approve; the document opens again.
    let (order, _) = reviewed(&mut scene, false, Some("manager"));
    try_decide(&mut scene, Role::Manager, Verb::Decline, order, Some("Too much.")).unwrap();
    scene.sync(ALICE);
    scene.set(ALICE, order, "reference", "PO 7");
    let number = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_in_time(&scene.outcome(ALICE, number));
}

#[test]
fn q11_an_order_of_nothing_is_not_handed_in() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.sync(ALICE);
    let doc = &scene.world.server.book.records[&order].doc;
    let lines = document::hydrate(Kind::ORDER.spec(), doc).remove("lines");
    let Some(Value::Map(lines)) = lines else { panic!("it has lines") };
    let edits: Vec<Edit> =
        lines.into_keys().map(|key| Edit::Delete { path: vec!["lines".to_owned(), key] }).collect();
    scene.capture(ALICE, |rows, ctx| capture::edit(rows, ctx, order, &edits)).unwrap();
    assert_eq!(scene.try_ask(ALICE, Verb::Submit, order).unwrap_err().code(), code::NO_LINES);
    scene.sync(ALICE);
    let refused = try_decide(&mut scene, Role::Office, Verb::Submit, order, None).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.rule.as_str()), (code::NO_LINES, "Q11"));
    // Another client's app may have forgotten to ask.
    let id = RequestId::from_bytes([9; 16]);
    let submit = Request { id, verb: "submit".to_owned(), record: order, heads: Vec::new() };
    let (_, outcome) = ask_raw(&mut scene, ALICE, account, submit);
    assert!(matches!(&outcome, Outcome::Refused(reason) if reason.code == code::NO_LINES), "{outcome:?}");
}

#[test]
fn q9_a_quote_that_is_over_becomes_no_order_until_it_is_renewed() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.set(ALICE, order, "state", "quote");
    scene.set(ALICE, order, "valid_until", "2020-02-29");
    scene.sync(ALICE);
    let refused = try_decide(&mut scene, Role::Office, Verb::Submit, order, None).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.rule.as_str()), (code::QUOTE_EXPIRED, "Q9"));
    assert_eq!(scene.try_ask(ALICE, Verb::Submit, order).unwrap_err().code(), code::QUOTE_EXPIRED);
    // A phone whose clock is behind captured it in time, as far as anybody can know.
    let id = RequestId::from_bytes([9; 16]);
    let submit = Request { id, verb: "submit".to_owned(), record: order, heads: Vec::new() };
    assert_in_time(&ask_raw(&mut scene, ALICE, account, submit).1);
    let order = scene.order(ALICE, account);
    scene.set(ALICE, order, "state", "quote");
    scene.set(ALICE, order, "valid_until", "2020-02-29");
    scene.set(ALICE, order, "valid_until", "2999-12-31");
    scene.try_ask(ALICE, Verb::Submit, order).expect("it was renewed");
}

/// A wish for a correction: the quantity of each line, and handed in again.
fn correct(scene: &mut Scenario, order: roadbook_model::RecordId, quantity: i64) -> Result<(), CaptureError> {
    let fields = scene.shown(ALICE, order).unwrap();
    let Some(Value::Map(lines)) = fields.get("lines") else { panic!("an order has lines") };
    let edit = |item: &String| Edit::Put {
        path: vec!["lines".to_owned(), item.clone(), "quantity".to_owned()],
        value: Value::Int(quantity),
    };
    let edits: Vec<Edit> = lines.keys().map(edit).collect();
    scene.capture(ALICE, |rows, ctx| capture::correct(rows, ctx, order, &edits))
}

/// The quantities in an order's lines.
fn quantities(fields: &Fields) -> Vec<Value> {
    let Some(Value::Map(lines)) = fields.get("lines") else { return Vec::new() };
    let fields =
        lines.values().filter_map(|line| if let Value::Map(line) = line { Some(line) } else { None });
    fields.filter_map(|line| line.get("quantity").cloned()).collect()
}

/// The decision that stands.
fn decision(scene: &Scenario, order: roadbook_model::RecordId) -> Decision {
    scene.world.server.book.records[&order].decision.clone().unwrap()
}

/// What was decided on an order, from first to last.
fn verbs(scene: &Scenario, order: roadbook_model::RecordId) -> Vec<String> {
    let log = scene.log_after(0).into_iter();
    log.filter_map(|(_, entry)| match entry {
        Entry::Decision(decision) if decision.record == order => Some(decision.verb),
        _ => None,
    })
    .collect()
}

#[test]
fn q10_a_submitted_order_is_corrected_under_its_number_in_one_go_and_offline() {
    let mut scene = Scenario::new();
    let (order, _) = reviewed(&mut scene, true, None);
    let number = decision(&scene, order).number;
    assert_eq!(verbs(&scene, order), ["submit", "review"]);
    correct(&mut scene, order, 7).unwrap();
    assert_eq!(scene.try_set(ALICE, order, "reference", "X").unwrap_err().code(), code::RECORD_CLOSED);
    // Once more before any of it has left.
    correct(&mut scene, order, 8).unwrap();
    assert_eq!(quantities(&scene.shown(ALICE, order).unwrap()), [Value::Int(8)]);
    scene.sync(ALICE);
    assert!(scene.items(ALICE).is_empty(), "all of it was taken");
    let decision = decision(&scene, order);
    assert_eq!((decision.state.as_str(), decision.number, decision.review), ("submitted", number, None));
    assert_eq!(quantities(&scene.record(order).unwrap()), [Value::Int(8)]);
    assert_eq!(verbs(&scene, order), ["submit", "review", "reopen", "submit", "reopen", "submit"]);
}

#[test]
fn q10_nothing_else_is_captured_behind_a_request_that_waits() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    for verb in [Verb::Submit, Verb::Cancel] {
        assert_eq!(scene.try_ask(ALICE, verb, order).unwrap_err().code(), code::RECORD_CLOSED, "{verb}");
    }
    scene.ask(ALICE, Verb::Reopen, order);
    for verb in [Verb::Reopen, Verb::Cancel] {
        assert_eq!(scene.try_ask(ALICE, verb, order).unwrap_err().code(), code::RECORD_CLOSED, "{verb}");
    }
    scene.set(ALICE, order, "reference", "open again");
    scene.sync(ALICE);
    assert_eq!(decision(&scene, order).state, "draft");
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    scene.ask(ALICE, Verb::Cancel, order);
    for verb in [Verb::Reopen, Verb::Submit] {
        assert_eq!(scene.try_ask(ALICE, verb, order).unwrap_err().code(), code::RECORD_CLOSED, "{verb}");
    }
    assert_eq!(correct(&mut scene, order, 2).unwrap_err().code(), code::RECORD_CLOSED);
}

#[test]
fn q10_a_correction_of_an_order_that_was_accepted_meanwhile_is_refused_and_held_and_nothing_is_lost() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let order = scene.order(ALICE, account);
    scene.ask(ALICE, Verb::Submit, order);
    scene.sync(ALICE);
    let before = quantities(&scene.record(order).unwrap());
    decide(&mut scene, Verb::Accept, order);
    correct(&mut scene, order, 7).unwrap();
    let last = scene.last_item(ALICE).number;
    scene.sync(ALICE);
    assert_refused(&scene.outcome(ALICE, last - 2), code::WRONG_STATE, "Q2");
    assert_held(&scene.outcome(ALICE, last - 1), code::RECORD_CLOSED, "Q5");
    assert_held(&scene.outcome(ALICE, last), code::PARENT_HELD, "Q4");
    assert_eq!(decision(&scene, order).state, "accepted");
    for fields in [scene.record(order).unwrap(), scene.shown(ALICE, order).unwrap()] {
        assert_eq!(quantities(&fields), before, "what was accepted stands");
    }
    assert!(scene.items(ALICE).iter().all(|item| item.tray), "what was written lies in the tray");
    assert_eq!(correct(&mut scene, order, 9).unwrap_err().code(), code::WRONG_STATE, "now that she knows");
}
