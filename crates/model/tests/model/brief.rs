//! The hand-over brief: what it says, from where, and how long it may get.

use std::collections::BTreeMap;

use roadbook_model::brief::{
    Amount, Brief, Day, Decided, Dossier, Fact, Outstanding, Part, SOURCES_MAX, Source, Topic, Who, brief,
    words,
};
use roadbook_model::money::minor_digits;
use roadbook_model::{AccountId, DeviceId, Envelope, Fields, Kind, LeaseId, PersonId, RecordId, Value};

use crate::support::{fields, map, str, text};

const ANNA: PersonId = PersonId::from_bytes([1; 16]);
const BERT: PersonId = PersonId::from_bytes([2; 16]);
const ACCOUNT: AccountId = AccountId::from_bytes([9; 16]);
const DAY_MS: i64 = 86_400_000;
/// 1 June 2026.
const NOW_MS: i64 = 1_780_272_000_000;

fn part(number: u16, kind: Kind, content: Fields) -> Part {
    let mut bytes = [0; 16];
    bytes[14..].copy_from_slice(&number.to_be_bytes());
    let id = if kind == Kind::ACCOUNT { ACCOUNT.record() } else { RecordId::from_bytes(bytes) };
    let envelope = Envelope { id, kind, account: ACCOUNT, creator: ANNA, generation: 0 };
    Part { envelope, fields: content, decision: None, conflicts: Vec::new() }
}

fn profile() -> Part {
    part(0, Kind::ACCOUNT, fields([("name", str("Corner Shop")), ("account_type", str("customer"))]))
}

fn visit(number: u16, days_ago: i64) -> Part {
    let at = Value::Timestamp(NOW_MS - days_ago * DAY_MS);
    part(number, Kind::VISIT, fields([("state", str("checked_out")), ("checked_in_at", at)]))
}

fn order(number: u16, date: &str, sku: &str, discount_bp: i64) -> Part {
    let line = map([
        ("sku", str(sku)),
        ("quantity", Value::Int(3)),
        ("unit_price_minor", Value::Int(199)),
        ("discount_bp", Value::Int(discount_bp)),
    ]);
    let lines = map([("01234567-89ab-7def-8123-456789abcdef", line)]);
    let content =
        [("state", str("draft")), ("currency", str("EUR")), ("order_date", str(date)), ("lines", lines)];
    part(number, Kind::ORDER, fields(content))
}

fn accepted(mut order: Part) -> Part {
    let number = Some(format!("{}", order.envelope.id.as_bytes()[15]));
    order.decision = Some(Decided {
        state: "accepted".into(),
        number,
        total_minor: None,
        currency: None,
        effective_ms: None,
    });
    order
}

fn dossier(parts: Vec<Part>) -> Dossier {
    let people = BTreeMap::from([(ANNA, "Anna Ek".to_owned())]);
    Dossier { account: ACCOUNT, parts, people, now_ms: NOW_MS, outstanding: None }
}

fn lines(brief: &Brief, topic: Topic) -> Vec<&str> {
    let section = brief.section(topic).into_iter();
    section.flat_map(|section| &section.statements).map(|statement| statement.text.as_str()).collect()
}

#[test]
fn what_was_promised_comes_overdue_first_and_a_later_visit_overtakes_a_step_without_a_later_day() {
    let task = |number, subject, due| {
        let content = [("subject", str(subject)), ("state", str("open")), ("due", str(due))];
        part(number, Kind::TASK, fields(content))
    };
    let mut done = task(3, "Old matter", "2026-05-01");
    done.fields.insert("state".into(), str("done"));
    let mut first = visit(4, 30);
    first.fields.insert("next_step".into(), str("Send the list"));
    let mut second = visit(5, 20);
    second.fields.insert("next_step".into(), str("Bring samples"));
    second.fields.insert("next_step_due".into(), str("2026-06-10"));
    second.fields.insert("rep_id".into(), str(&BERT.to_string()));
    let parts = vec![
        profile(),
        task(1, "Later", "2026-07-01"),
        task(2, "Call back", "2026-05-29"),
        done,
        first,
        second,
        visit(6, 10),
    ];
    let made = brief(&dossier(parts));
    assert_eq!(
        lines(&made, Topic::Promises),
        [
            "Task: Call back, due 29 May 2026 (3 days overdue).",
            "Next step: Bring samples, due 10 June 2026, agreed by a colleague.",
            "Task: Later, due 1 July 2026.",
        ]
    );
    assert_eq!(lines(&made, Topic::Warnings)[0], "One promise is overdue, by 3 days.");
}

#[test]
fn habits_are_medians_and_exact_sums_and_neglect_is_more_than_twice_the_usual() {
    let visits = [100, 93, 86, 72, 15].into_iter().zip(1..);
    let mut parts: Vec<Part> = visits.map(|(days_ago, number)| visit(number, days_ago)).collect();
    let dates = ["2026-01-01", "2026-02-01", "2026-03-01"];
    parts.extend(dates.iter().zip(11..).map(|(date, number)| accepted(order(number, date, "CHAI", 333))));
    parts.push(profile());
    let made = brief(&dossier(parts));
    assert_eq!(
        lines(&made, Topic::Habits),
        [
            "Visited 5 times from 21 February 2026 to 17 May 2026, usually 7 days apart.",
            "Ordered 3 times from 1 January 2026 to 1 March 2026, usually 28 days apart.",
            "3 orders for EUR 17.31 in all, EUR 5.77 on average.",
            "Last order 13 of 1 March 2026, taken by Anna Ek: EUR 5.77.",
            "Orders CHAI: in 3 of the last 3, usually 3.",
        ]
    );
    assert_eq!(
        lines(&made, Topic::Warnings),
        [
            "Last visited 15 days ago, on 17 May 2026; usual are 7 days.",
            "Last ordered 92 days ago, on 1 March 2026; usual are 28 days.",
        ]
    );
    let twice = brief(&dossier(vec![profile(), visit(1, 28), visit(2, 21), visit(3, 14)]));
    assert_eq!(lines(&twice, Topic::Warnings), ["They have not ordered anything yet."], "twice is not more");
}

#[test]
fn warnings_show_unusual_discount_expired_quotes_credit_conflicts_and_who_is_not_to_be_approached() {
    let mut account = profile();
    account.fields.extend(fields([("currency", str("EUR")), ("credit_limit_minor", Value::Int(900))]));
    account.fields.extend(fields([("credit_hold", Value::Bool(true)), ("owed_minor", Value::Int(300))]));
    account.conflicts = vec![vec!["phone".into()]];
    let shy = fields([("name", str("Eva")), ("preferred_channel", str("none"))]);
    let mut quote = order(20, "2026-05-01", "CHAI", 2_050);
    quote.fields.insert("state".into(), str("quote"));
    quote.fields.insert("valid_until".into(), str("2026-05-31"));
    let dates = ["2026-03-01", "2026-04-01", "2026-05-01"];
    let mut parts: Vec<Part> =
        dates.iter().zip(11..).map(|(date, number)| accepted(order(number, date, "CHAI", 1_000))).collect();
    parts.extend([account, part(3, Kind::CONTACT, shy), quote, order(21, "2026-05-02", "CHAI", 1_000)]);
    let mut submitted = order(22, "2026-05-03", "CHAI", 0);
    submitted.fields.insert("priced_tax_minor".into(), Value::Int(113));
    submitted.decision = Some(Decided {
        state: "submitted".into(),
        number: None,
        total_minor: None,
        currency: None,
        effective_ms: None,
    });
    parts.push(submitted);
    let made = brief(&dossier(parts));
    assert_eq!(
        lines(&made, Topic::Warnings),
        [
            "No visit is on record.",
            "Eva does not wish to be approached.",
            "The office holds their orders.",
            "They owe EUR 10.10 with their open orders, more than the credit limit of EUR 9.00.",
            "The quote over EUR 4.75 ran out on 31 May 2026.",
            "Open order gives 20.50 % off CHAI; so far they had at most 10 %.",
            "Several people wrote phone of an account at once; somebody has to choose.",
        ]
    );
    assert_eq!(
        lines(&made, Topic::Orders),
        [
            "Order, submitted, of 3 May 2026 by Anna Ek: EUR 5.97 (1 line).",
            "Draft of an order of 2 May 2026 by Anna Ek: EUR 5.37 (1 line).",
            "Quote of 1 May 2026 by Anna Ek: EUR 4.75 (1 line), valid until 31 May 2026.",
            "All 3 together: EUR 16.09.",
        ]
    );
}

#[test]
fn calls_opportunities_and_cases_are_promises_and_what_is_open_of_them_is_told() {
    let at = |day: &str| Value::Timestamp(Day::parse(day).map_or(0, Day::start_ms));
    let call = |number, day: &str, step: &str, due: &str| {
        let content = [("started_at", at(day)), ("next_step", str(step)), ("next_step_due", str(due))];
        part(number, Kind::CALL, fields(content))
    };
    let case = |number, state, due: &str| {
        let content = [
            ("subject", str("Glass in the jam")),
            ("case_type", str("complaint")),
            ("state", str(state)),
            ("priority", str("high")),
            ("opened_at", at("2026-05-18")),
            ("due", str(due)),
        ];
        part(number, Kind::CASE, fields(content))
    };
    let opportunity = |number, stage| {
        let content = [
            ("subject", str("A second fridge")),
            ("stage", str(stage)),
            ("amount_minor", Value::Int(100_000)),
            ("currency", str("EUR")),
            ("owner_id", str(&BERT.to_string())),
            ("next_step", str("Offer")),
            ("next_step_due", str("2026-06-05")),
        ];
        part(number, Kind::OPPORTUNITY, fields(content))
    };
    let mut parts = vec![profile(), case(1, "open", "2026-05-20"), case(2, "resolved", "2026-05-20")];
    // The first call was followed by another before the day, and a visit after it: taken.
    parts.extend([call(3, "2026-04-01", "Taken", "2026-04-10"), visit(4, 45)]);
    parts.extend([
        call(5, "2026-05-20", "Send the list", "2026-05-31"),
        call(6, "2026-05-25", "Ring", "2026-06-02"),
    ]);
    parts.extend([opportunity(7, "proposed"), opportunity(8, "won")]);
    let made = brief(&dossier(parts));
    assert_eq!(
        lines(&made, Topic::Promises),
        [
            "Case: Glass in the jam, priority high, due 20 May 2026 (12 days overdue).",
            "Next step: Send the list, due 31 May 2026 (1 day overdue), agreed by Anna Ek.",
            "Next step: Ring, due 2 June 2026, agreed by Anna Ek.",
            "Next step: Offer, due 5 June 2026, agreed by a colleague.",
        ]
    );
    assert_eq!(
        lines(&made, Topic::Orders),
        ["Opportunity, proposed: A second fridge, EUR 1,000.00, seen through by a colleague."]
    );
    assert_eq!(
        lines(&made, Topic::Warnings)[..2],
        [
            "Open complaint since 18 May 2026: Glass in the jam, priority high.",
            "2 promises are overdue, the oldest by 12 days.",
        ]
    );
}

#[test]
fn every_statement_names_its_sources_and_a_brief_stays_short_whatever_the_history() {
    let mut parts = vec![profile()];
    let long = text(&"very long words ".repeat(1_000));
    for number in 1..3_000_u16 {
        let mut visit = visit(number, i64::from(number));
        visit.fields.insert("notes".into(), long.clone());
        visit.fields.insert("next_step".into(), str("Something"));
        visit.fields.insert("next_step_due".into(), str("2026-05-31"));
        parts.push(visit);
        let sku = format!("SKU-{}", number % 40);
        let mut order = order(number + 10_000, "2026-05-01", &sku, 0);
        if number % 2 == 0 {
            order = accepted(order);
        }
        parts.push(order);
        parts.push(part(
            number + 20_000,
            Kind::CONTACT,
            fields([("name", str("Eva")), ("notes", long.clone())]),
        ));
        let remark = [("subject_id", str(&ACCOUNT.to_string())), ("body", long.clone())];
        parts.push(part(number + 30_000, Kind::COMMENT, fields(remark)));
    }
    let made = brief(&dossier(parts));
    for statement in made.sections.iter().flat_map(|section| &section.statements) {
        assert!(!statement.sources.is_empty() && statement.sources.len() <= SOURCES_MAX, "{statement:?}");
        assert!(statement.source_count >= statement.sources.len());
        assert!(!statement.text.is_empty(), "{statement:?}");
    }
    assert!(made.to_text().len() < 16_000, "{}", made.to_text().len());
    assert!(serde_json::to_string(&made).map_or(usize::MAX, |json| json.len()) < 64_000);
    assert_eq!(made.section(Topic::Visits).map(|section| section.left_out), Some(2_994 + 2_996));
}

#[test]
fn the_order_in_which_records_come_changes_nothing() {
    let mut parts: Vec<Part> = (1..20).map(|number| visit(number, i64::from(number % 4))).collect();
    parts.extend((20..40).map(|number| accepted(order(number, "2026-05-01", "CHAI", 0))));
    parts.push(profile());
    let forward = brief(&dossier(parts.clone()));
    parts.reverse();
    assert_eq!(brief(&dossier(parts)), forward);
}

#[test]
fn what_is_outstanding_is_a_section_of_its_own_that_a_device_does_not_have() {
    let mut with = dossier(vec![profile()]);
    let device = DeviceId::from_bytes([5; 16]);
    let by = Who { id: ANNA, name: Some("Anna Ek".into()) };
    let fact = Fact::Held { by, captured: None, kind: Some("order".into()), code: "late_review".into() };
    let source = Source::Item { device, store_generation: 1, number: 7 };
    with.outstanding = Some(vec![Outstanding { fact, source: source.clone() }]);
    let made = brief(&with);
    let section =
        made.section(Topic::Outstanding).map(|section| section.statements.clone()).unwrap_or_default();
    assert_eq!(section[0].text, "Held until the office decides: an order by Anna Ek (late review).");
    assert_eq!(section[0].sources, [source]);
    let mut without = made;
    without.sections.retain(|section| section.section != Topic::Outstanding);
    assert_eq!(without, brief(&dossier(vec![profile()])));
}

#[test]
fn a_device_that_hands_over_and_one_that_is_blocked_are_told_apart() {
    let device = DeviceId::from_bytes([5; 16]);
    let told = |blocked| {
        let mut with = dossier(vec![profile()]);
        let by = Who { id: BERT, name: Some("Bert Lund".into()) };
        let day = Day::parse("2026-05-30");
        let fact =
            Fact::Draining { by, device: "phone".into(), blocked, withdrawn: day, last_seen: day, unsent: 3 };
        let source = Source::Lease { id: LeaseId::from_bytes([6; 16]), device };
        with.outstanding = Some(vec![Outstanding { fact, source }]);
        lines(&brief(&with), Topic::Outstanding)[0].to_owned()
    };
    let seen = "last heard of on 30 May 2026, with 3 items unsent in all.";
    let over = "Bert Lund's phone has been handing over since 30 May 2026 and is not done";
    assert_eq!(told(false), format!("{over}; {seen}"));
    let blocked = "Bert Lund's phone is blocked since 30 May 2026, and what it had not sent will not come";
    assert_eq!(told(true), format!("{blocked}; {seen}"));
}

#[test]
fn nothing_that_people_write_becomes_markup_or_a_line_of_its_own() {
    let mut account = profile();
    let hostile = "<script>alert('x')</script>\n- Forged line & \"more\"";
    account.fields.insert("name".into(), str(hostile));
    account.fields.insert("description".into(), text(hostile));
    let made = brief(&dossier(vec![account]));
    let page = made.to_html();
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
    assert!(!page.contains("http"), "nothing is fetched");
    assert!(made.to_text().lines().all(|line| !line.starts_with("- Forged")), "{}", made.to_text());
}

#[test]
fn each_statement_on_the_page_leads_to_what_it_was_read_from_which_is_named_once() {
    let mut account = profile();
    account.fields.insert("description".into(), text("Rings twice."));
    let made = brief(&dossier(vec![account]));
    let page = made.to_html();
    let statements = || made.sections.iter().flat_map(|section| &section.statements);
    assert!(statements().count() > 2);
    for statement in statements() {
        let line = page.lines().find(|line| line.contains(&statement.text)).unwrap();
        for source in &statement.sources {
            let end = format!("\">{}</li>", words::origin(source));
            let mut named =
                page.lines().filter_map(|line| line.strip_prefix("<li id=\"")?.strip_suffix(&end));
            let id = named.next().unwrap();
            assert!(line.contains(&format!("<a href=\"#{id}\">")), "{page}");
            assert_eq!(named.next(), None, "{page}");
        }
    }
}

#[test]
fn an_account_of_which_only_the_name_is_known_gets_a_brief_too() {
    let empty = brief(&dossier(Vec::new()));
    assert_eq!((empty.name.as_str(), empty.sections.len()), ("", 7));
    assert!(empty.sections.iter().all(|section| section.statements.is_empty()));
    let bare = brief(&dossier(vec![profile()]));
    assert_eq!(
        lines(&bare, Topic::Warnings),
        ["No visit is on record.", "They have not ordered anything yet."]
    );
}

#[test]
fn money_is_written_exactly_in_the_digits_of_its_currency() {
    let written = |minor, currency: &str| words::money(&Amount { minor, currency: currency.into() });
    assert_eq!(written(123_456_789, "USD"), "USD 1,234,567.89");
    assert_eq!(written(-5, "EUR"), "EUR -0.05");
    assert_eq!(written(1_000, "JPY"), "JPY 1,000");
    assert_eq!(written(1_234, "KWD"), "KWD 1.234");
    assert_eq!(written(i64::MIN, "CLF"), "CLF -922,337,203,685,477.5808");
    assert_eq!(minor_digits("CHF"), 2);
}
