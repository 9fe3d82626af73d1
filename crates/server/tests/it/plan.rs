//! Whom it is time to visit and what a period comes to, over HTTP: by the model's rules, in reach only, and with what was
//! published.

use roadbook_model::permission::Role;
use roadbook_model::{AccountId, Kind, RecordId, Value};
use serde_json::{Value as Json, json};

use crate::desk::{Desk, get, has, june, listed};
use crate::support::{Beat, ask_as, entries, fields, person, text, token_of};

/// A visit that was made so many days ago.
async fn visited(desk: &Desk, beat: &Beat, account: AccountId, days_ago: i64) -> RecordId {
    let at = Value::Timestamp(now_ms() - days_ago * 86_400_000);
    let content = [("state", text("checked_out")), ("checked_in_at", at)];
    has(desk.store(), beat, account, Kind::VISIT, fields(&content)).await
}

#[expect(clippy::disallowed_methods, reason = "the server judges as of its own clock")]
fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

async fn publish(desk: &Desk, set: &str, items: Json) {
    let path = format!("/v1/reference/{set}");
    let answer = ask_as(&desk.server, &desk.office, "POST", &path, &[], &json!({ "items": items })).await;
    assert_eq!(answer.status, 200, "{:?}", answer.outcome());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_most_urgent_come_first_and_a_rep_sees_those_in_reach_only() {
    let desk = Desk::new().await;
    let north = &desk.north;
    let south = Beat::new(desk.store(), "west").await;
    let elsewhere = south.account(desk.store(), "Elsewhere").await;
    let fresh = north.account(desk.store(), "Fresh Foods").await;
    let late = north.account(desk.store(), "Late Lane").await;
    publish(&desk, "cadence", json!({ "default": { "every_days": 10, "grace_days": 2 } })).await;
    visited(&desk, north, desk.account, 13).await;
    visited(&desk, north, fresh, 1).await;
    visited(&desk, north, late, 60).await;
    visited(&desk, north, late, 25).await;
    let names = async |token: &str, query: &str| {
        listed(&desk.server, token, &format!("/v1/due{query}"), "account_name").await
    };
    assert_eq!(names(&desk.rep, "").await, ["Late Lane", "Corner Shop"]);
    assert_eq!(names(&desk.rep, "?least=neglected").await, ["Late Lane"]);
    assert_eq!(names(&desk.stranger, "").await, Vec::<Json>::new());
    assert_eq!(
        names(&desk.office, "?least=due").await,
        ["Late Lane", "Elsewhere", "Corner Shop"],
        "one was never visited"
    );
    let first = get(&desk.server, &desk.rep, "/v1/due?limit=1").await.json()["items"][0].clone();
    assert_eq!(
        (&first["standing"], &first["days_over"], &first["urgency"]),
        (&json!("neglected"), &json!(15), &json!(1_500))
    );
    let planned = [("state", text("planned")), ("planned_start", Value::Timestamp(now_ms() + 3_600_000))];
    has(desk.store(), north, late, Kind::VISIT, fields(&planned)).await;
    let first = get(&desk.server, &desk.rep, "/v1/due?limit=1").await.json()["items"][0].clone();
    assert_eq!(
        (&first["standing"], first["next_planned"].is_string()),
        (&json!("neglected"), true),
        "a plan is no visit"
    );
    let counts = get(&desk.server, &desk.rep, "/v1/due/territories").await.json();
    let own = &counts["items"][0];
    assert_eq!(counts["items"].as_array().unwrap().len(), 1);
    let of = |name: &str| own[name].as_i64().unwrap();
    assert_eq!([of("accounts"), of("due"), of("overdue"), of("neglected"), of("never")], [3, 0, 1, 1, 0]);
    let whole =
        listed(&desk.server, &desk.office, &format!("/v1/due?territory={}", south.territory), "account_id")
            .await;
    assert_eq!(whole, [json!(elsewhere)]);
    for (path, code) in
        [("/v1/due?offset=841", 400), ("/v1/due?least=late", 400), ("/v1/due?neglected=true", 400)]
    {
        assert_eq!(get(&desk.server, &desk.rep, path).await.status, code, "{path}");
    }
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_what_was_done_in_it_with_its_goals_and_what_was_handed_over_apart() {
    let desk = Desk::new().await;
    let north = &desk.north;
    let other = Beat::new(desk.store(), "west").await;
    let foreign = other.account(desk.store(), "Handed Over").await;
    let visit = |at: Value| fields(&[("state", text("checked_out")), ("checked_in_at", at)]);
    has(desk.store(), north, desk.account, Kind::VISIT, visit(june(3, 9))).await;
    // Half past midnight an hour east of UTC is the evening before in UTC.
    has(
        desk.store(),
        north,
        desk.account,
        Kind::VISIT,
        visit(Value::Timestamp(1_748_736_000_000 - 1_800_000)),
    )
    .await;
    has(desk.store(), north, foreign, Kind::VISIT, visit(june(4, 9))).await;
    let step = [
        ("state", text("checked_out")),
        ("checked_in_at", june(10, 9)),
        ("next_step", text("Mend the shelf")),
        ("next_step_due", text("2025-06-12")),
    ];
    has(desk.store(), north, desk.account, Kind::VISIT, fields(&step)).await;
    let mut colleagues = visit(june(12, 9));
    colleagues.insert("rep_id".into(), text(&other.person.to_string()));
    has(desk.store(), north, desk.account, Kind::VISIT, colleagues).await;
    let person = north.person.to_string();
    let task = [
        ("subject", text("Ring")),
        ("state", text("open")),
        ("due", text("2025-06-20")),
        ("assignee_id", text(&person)),
    ];
    has(desk.store(), north, desk.account, Kind::TASK, fields(&task)).await;
    // As processes write them, with the day in UTC beside the moment: an hour east the first is July's, and the second June's.
    for (subject, day, due_ms) in [
        ("Pick up the goods", "2025-06-30", 1_751_326_200_000),
        ("Say how it stands", "2025-05-31", 1_748_734_200_000),
    ] {
        let task = [
            ("subject", text(subject)),
            ("state", text("open")),
            ("due", text(day)),
            ("due_at", Value::Timestamp(due_ms)),
            ("assignee_id", text(&person)),
        ];
        has(desk.store(), north, desk.account, Kind::TASK, fields(&task)).await;
    }
    let goals = json!({
        "own": { "person": person, "period": "2025-06", "measure": "visits", "target": 30 },
        "held": { "territory": north.territory, "period": "2025-06", "measure": "promises_kept_percent", "target": 90 },
        "quarter": { "person": person, "period": "2025-Q2", "measure": "visits", "target": 90 },
        "other": { "territory": other.territory, "period": "2025-06", "measure": "visits", "target": 30 },
    });
    publish(&desk, "goals", goals).await;
    let path = format!("/v1/people/{person}/figures?period=2025-06&offset=60");
    let month = get(&desk.server, &desk.rep, &path).await.json();
    let of = |part: &str, name: &str| month[part][name].as_i64().unwrap();
    assert_eq!((of("record", "visits_made"), of("record", "accounts_visited")), (3, 1), "{month}");
    assert_eq!((of("handed_over", "visits_made"), of("handed_over", "promises_due")), (1, 0));
    let promises =
        ["promises_due", "promises_kept", "promises_late", "promises_broken"].map(|name| of("record", name));
    assert_eq!(promises, [3, 1, 0, 2], "a colleague took the step in time");
    let goals: Vec<(&str, i64)> = month["goals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|goal| (goal["key"].as_str().unwrap(), goal["value"].as_i64().unwrap()))
        .collect();
    assert_eq!(goals, [("held", 33), ("own", 3)]);
    let utc = get(&desk.server, &desk.rep, &path.replace("&offset=60", "")).await.json();
    assert_eq!(utc["record"]["visits_made"], 2);
    assert_eq!(utc["record"]["promises_due"], 3, "in UTC the task of the evening of the 30th is June's");
    let west = get(&desk.server, &desk.rep, &path.replace("offset=60", "offset=-300")).await.json();
    assert_eq!(west["record"]["promises_due"], 3, "and five hours west it is, too, without that of 31 May");
    // The office sees everybody, a rep alone the own person, and the list says the same as the page.
    let own = listed(&desk.server, &desk.rep, "/v1/figures?period=2025-06&offset=60", "record").await;
    assert_eq!(own, [month["record"].clone()]);
    let all =
        listed(&desk.server, &desk.office, "/v1/figures?period=2025-06&offset=60&role=rep", "person_id")
            .await;
    assert!(all.contains(&json!(person)) && all.contains(&json!(other.person)));
    let stranger = token_of(&desk.server, other.person, Role::Rep);
    assert_eq!(get(&desk.server, &stranger, &path).await.outcome(), (404, "not_found".to_owned()));
    for wrong in ["period=June", "period=2025-13", "offset=-841", "from=2025-06-01"] {
        let answer = get(&desk.server, &desk.rep, &format!("/v1/figures?{wrong}")).await;
        assert_eq!(answer.outcome(), (400, "malformed".to_owned()), "{wrong}");
    }
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cadences_and_goals_are_judged_before_they_are_published() {
    let desk = Desk::new().await;
    let refused = async |set: &str, items: Json| {
        let path = format!("/v1/reference/{set}");
        ask_as(&desk.server, &desk.office, "POST", &path, &[], &json!({ "items": items })).await.outcome()
    };
    let invalid = (422, "reference_invalid".to_owned());
    assert_eq!(refused("cadence", json!({ "A": { "every_days": 0 } })).await, invalid);
    publish(&desk, "cadence", json!({ "A": { "every_days": 7 } })).await;
    assert_eq!(
        refused("cadence", json!({ "a": { "every_days": 7 } })).await,
        invalid,
        "the same segment twice"
    );
    assert_eq!(
        refused("goals", json!({ "x": { "period": "2025-06", "measure": "visits", "target": 1 } })).await,
        invalid
    );
    let rep =
        ask_as(&desk.server, &desk.rep, "POST", "/v1/reference/cadence", &[], &json!({ "items": {} })).await;
    assert_eq!(rep.status, 403);
    assert_eq!(listed(&desk.server, &desk.rep, "/v1/reference/cadence", "key").await, ["A"]);
    desk.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_comments_with_a_follow_up_that_the_rep_owes_and_both_or_neither_are_written() {
    let desk = Desk::new().await;
    let manager = person(desk.store(), "maria", Role::Manager).await;
    let led = Beat::led(desk.store(), "west", Some(manager.id)).await;
    let account = led.account(desk.store(), "West End").await;
    let content = [("state", text("checked_out")), ("checked_in_at", june(3, 9))];
    let visit = has(desk.store(), &led, account, Kind::VISIT, fields(&content)).await;
    let (maria, rep) =
        (token_of(&desk.server, manager.id, Role::Manager), token_of(&desk.server, led.person, Role::Rep));
    let path = format!("/v1/records/{visit}/coaching");
    let ask = async |token: &str, body: Json| {
        ask_as(&desk.server, token, "POST", &path, &[("idempotency-key", "once")], &body).await
    };
    let follow_up = json!({ "subject": "Ask for the order before you leave", "due": "2025-06-10" });
    let body = json!({ "comment": "Good opening; nobody asked for the order.", "follow_up": follow_up });
    let answer = ask(&maria, body.clone()).await;
    assert_eq!(answer.status, 201, "{:?}", answer.outcome());
    assert_eq!(answer.json()["assignee_id"], json!(led.person));
    assert_eq!(ask(&maria, body).await.json(), answer.json(), "asked again, it is the same");
    let remarks = get(&desk.server, &rep, &format!("/v1/records/{visit}/remarks")).await.json();
    let seen: Vec<Json> = remarks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["kind"], one["text"], one["task_type"], one["assignee_name"]]))
        .collect();
    assert_eq!(
        Json::from(seen),
        json!([
            ["comment", "Good opening; nobody asked for the order.", null, null],
            ["task", "Ask for the order before you leave", "coaching", "west"],
        ])
    );
    let refused =
        async |token: &str, body: Json| ask_as(&desk.server, token, "POST", &path, &[], &body).await.status;
    let before = entries(desk.store()).await;
    assert_eq!(refused(&rep, json!({ "comment": "Well done, me." })).await, 403);
    assert_eq!(refused(&maria, json!({ "comment": "" })).await, 422);
    assert_eq!(
        refused(&maria, json!({ "comment": "x", "follow_up": { "subject": "y".repeat(201) } })).await,
        422
    );
    assert_eq!(refused(&maria, json!({ "comment": "x", "follow_up": {} })).await, 400);
    let stranger = person(desk.store(), "otto", Role::Manager).await;
    let otto = token_of(&desk.server, stranger.id, Role::Manager);
    assert_eq!(refused(&otto, json!({ "comment": "x" })).await, 404);
    assert_eq!(entries(desk.store()).await, before, "nothing was half written");
    desk.server.stop().await;
}
