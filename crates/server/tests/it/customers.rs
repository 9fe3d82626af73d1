//! The customer side of the record: opportunities, cases and calls, what accounts and contacts say beside their names.

use roadbook_model::{Fields, Kind, RecordId, Value};
use serde_json::{Value as Json, json};

use crate::desk::{Desk, get, has, june, listed};
use crate::support::{fields, id_bytes, text};

impl Desk {
    async fn keep(&self, kind: Kind, content: &[(&str, Value)]) -> RecordId {
        has(self.store(), &self.north, self.account, kind, fields(content)).await
    }

    /// Asks as the rep and as somebody of another beat, who finds nothing.
    async fn finds(&self, path: &str, key: &str, expected: Json) {
        assert_eq!(Json::from(listed(&self.server, &self.rep, path, key).await), expected, "{path}");
        assert_eq!(listed(&self.server, &self.stranger, path, key).await, [Json::Null; 0], "{path}");
    }

    async fn refuses(&self, path: &str, word: &str) {
        let answer = get(&self.server, &self.office, path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(word)), "{path}");
    }
}

/// A collection of one item.
fn one(item: &[(&str, Value)]) -> (String, Value) {
    (RecordId::new(1_700_000_000_000, id_bytes()).to_string(), Value::Map(fields(item)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opportunities_are_found_by_stage_owner_and_the_day_they_are_decided() {
    let desk = Desk::new().await;
    let person = desk.north.person;
    for (subject, stage, close) in [
        ("Winter range", "qualified", Some("2025-07-01")),
        ("Fridge", "identified", None),
        ("Spring range", "won", Some("2025-06-01")),
    ] {
        let mut content = vec![
            ("subject", text(subject)),
            ("stage", text(stage)),
            ("amount_minor", Value::Int(250_000)),
            ("currency", text("EUR")),
        ];
        content.extend(close.map(|close| ("expected_close", text(close))));
        desk.keep(Kind::OPPORTUNITY, &content).await;
    }
    for (query, expected) in [
        (String::new(), json!(["Spring range", "Winter range", "Fridge"])),
        ("?open=true".into(), json!(["Winter range", "Fridge"])),
        ("?open=false".into(), json!(["Spring range"])),
        ("?stage=identified".into(), json!(["Fridge"])),
        ("?open=true&close_before=2025-08-01".into(), json!(["Winter range"])),
        (
            format!("?person={person}&account={}", desk.account),
            json!(["Spring range", "Winter range", "Fridge"]),
        ),
        (format!("?person={}", RecordId::new(1, id_bytes())), json!([])),
    ] {
        desk.finds(&format!("/v1/opportunities{query}"), "subject", expected).await;
    }
    desk.refuses("/v1/opportunities?stage=done", "identified, qualified").await;
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_are_found_by_type_owner_and_due_day_and_stand_in_timeline_and_search() {
    let desk = Desk::new().await;
    let lines = Fields::from_iter([one(&[("sku", text("41")), ("quantity", Value::Int(2))])]);
    let broken = [
        ("subject", text("Two jars broken")),
        ("case_type", text("complaint")),
        ("state", text("open")),
        ("due", text("2025-06-20")),
        ("opened_at", june(2, 9)),
        ("cause", text("damaged")),
        ("lines", Value::Map(lines)),
        ("description", Value::Text("The lids of two jars of marmalade.".into())),
    ];
    let case = desk.keep(Kind::CASE, &broken).await;
    let back = [("subject", text("Sends it back")), ("case_type", text("return")), ("state", text("closed"))];
    desk.keep(Kind::CASE, &back).await;
    for (query, expected) in [
        ("", json!(["Two jars broken", "Sends it back"])),
        ("?open=true", json!(["Two jars broken"])),
        ("?open=false", json!(["Sends it back"])),
        ("?case_type=return", json!(["Sends it back"])),
        ("?due_before=2025-06-20", json!([])),
        ("?due_before=2025-06-21", json!(["Two jars broken"])),
    ] {
        desk.finds(&format!("/v1/cases{query}"), "subject", expected).await;
    }
    desk.refuses("/v1/cases?case_type=theft", "complaint, return").await;

    let timeline = format!("/v1/accounts/{}/timeline?kind=case", desk.account);
    let told = listed(&desk.server, &desk.rep, &timeline, "title").await;
    assert_eq!(told, ["Sends it back", "Two jars broken"], "the one of June 2025 comes last");
    desk.finds("/v1/search?q=marmal&kind=case", "record_id", json!([case.to_string()])).await;
    let row: (String, i64) = sqlx::query_as("select sku, quantity from record.case_lines where case_id = $1")
        .bind(case.uuid())
        .fetch_one(desk.store().pool())
        .await
        .unwrap();
    assert_eq!(row, ("41".to_owned(), 2));
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_found_by_person_and_time() {
    let desk = Desk::new().await;
    for (subject, at) in [("Asked for the list", june(2, 9)), ("Ordered", june(4, 9))] {
        let content = [("direction", text("incoming")), ("subject", text(subject)), ("started_at", at)];
        desk.keep(Kind::CALL, &content).await;
    }
    for (query, expected) in [
        ("", json!(["Ordered", "Asked for the list"])),
        ("?to=2025-06-03T00:00:00Z", json!(["Asked for the list"])),
        ("?from=2025-06-03T00:00:00Z", json!(["Ordered"])),
    ] {
        desk.finds(&format!("/v1/calls{query}"), "subject", expected).await;
    }
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_consents_the_latest_of_a_channel_and_purpose_stands_and_the_others_stay() {
    let desk = Desk::new().await;
    let consent = |channel, decision, at| {
        one(&[
            ("channel", text(channel)),
            ("purpose", text("marketing")),
            ("decision", text(decision)),
            ("at", at),
            ("source", text("form")),
            ("proof", text("Card in the folder")),
        ])
    };
    let consents = Fields::from_iter([
        consent("email", "given", june(2, 9)),
        consent("email", "withdrawn", june(5, 9)),
        consent("sms", "given", june(1, 9)),
    ]);
    let ann = [("name", text("Ann")), ("consents", Value::Map(consents))];
    let ann = desk.keep(Kind::CONTACT, &ann).await;
    let stands: Vec<(String, bool)> = sqlx::query_as(
        "select channel, is_given from record.contact_consent where contact_id = $1 order by channel",
    )
    .bind(ann.uuid())
    .fetch_all(desk.store().pool())
    .await
    .unwrap();
    assert_eq!(stands, [("email".to_owned(), false), ("sms".to_owned(), true)]);
    let kept: i64 = sqlx::query_scalar("select count(*) from record.contact_consents where contact_id = $1")
        .bind(ann.uuid())
        .fetch_one(desk.store().pool())
        .await
        .unwrap();
    assert_eq!(kept, 3);
    assert!(desk.store().verify().await.unwrap().is_sound());
    desk.server.stop().await;
}

/// The file, line by line, cells parted. Between its pieces stand their sizes, which have no cells.
pub fn lines(body: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(body);
    text.lines()
        .filter(|line| line.contains(','))
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consents_are_exported_with_their_proof_as_at_a_day_and_no_cell_is_a_formula() {
    let desk = Desk::new().await;
    let consent = |decision, at, proof| {
        one(&[
            ("channel", text("email")),
            ("purpose", text("marketing")),
            ("decision", text(decision)),
            ("at", at),
            ("source", text("form")),
            ("proof", text(proof)),
        ])
    };
    let consents = Fields::from_iter([
        consent("given", june(2, 9), "=HYPERLINK(1)"),
        consent("withdrawn", june(5, 9), "Letter of 5 June"),
    ]);
    let ann = [("name", text("Ann")), ("consents", Value::Map(consents))];
    let ann = desk.keep(Kind::CONTACT, &ann).await;
    let asked = async |query: &str| {
        let answer = get(&desk.server, &desk.office, &format!("/v1/exports/consents{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {:?}", answer.outcome());
        lines(&answer.body)
    };
    let all = asked("").await;
    assert_eq!(all[0][..3], ["contact_id", "contact", "account"]);
    let said = |row: &Vec<String>| (row[6].clone(), row[9].clone(), row[10].clone());
    let mut told: Vec<_> = all[1..].iter().map(said).collect();
    told.sort();
    let expected = [("given", "'=HYPERLINK(1)", "no"), ("withdrawn", "Letter of 5 June", "yes")];
    assert_eq!(told, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    assert_eq!((all[1][0].clone(), all[1][7].len()), (ann.to_string(), "2025-06-02T09:00:00Z".len()));

    // As at the day before it was taken back, it stood; and before it was given, nothing did.
    let before = asked(&format!("?as_at=2025-06-04&account={}", desk.account)).await;
    assert_eq!(
        before[1..].iter().map(said).collect::<Vec<_>>(),
        [("given".into(), "'=HYPERLINK(1)".into(), "yes".into())]
    );
    assert_eq!(before[1][11], "2025-06-04");
    assert_eq!(asked("?as_at=2025-06-01").await.len(), 1);
    // Nine in the morning in UTC is still the day before, far in the west.
    assert_eq!(asked("?as_at=2025-06-01&offset=-840").await.len(), 2);
    let other = desk.north.account(desk.store(), "Other Shop").await;
    assert_eq!(asked(&format!("?account={other}")).await.len(), 1);
    desk.refuses("/v1/exports/consents?as_at=0001-01-01", "1970").await;
    let unknown = RecordId::new(1, id_bytes());
    assert_eq!(
        get(&desk.server, &desk.office, &format!("/v1/exports/consents?account={unknown}")).await.status,
        404
    );
    desk.server.stop().await;
}
