//! Processes: templates that are sound, runs that know what comes next, and how alike they are carried out.

use std::collections::BTreeMap;
use std::error::Error;

use roadbook_model::process::answer::answered;
use roadbook_model::process::follow::follow;
use roadbook_model::process::offer::{Subject, is_for, offered};
use roadbook_model::process::progress::{Facts, Goal, measured, progress};
use roadbook_model::process::run::{Outcome, Run};
use roadbook_model::process::tasks::{Hands, escalation_id, hand_off, hand_off_id, reached};
use roadbook_model::process::template::{Template, key_of};
use roadbook_model::process::{self, integrity};
use roadbook_model::{Edit, Fields, Kind, RecordId, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::support::Done;

const COMPLAINT: &str = include_str!("../../processes/complaint.json");
const STOCK_OUT: &str = include_str!("../../processes/stock_out.json");
const REFUSED_ORDER: &str = include_str!("../../processes/refused_order.json");

const START_MS: i64 = 1_750_000_000_000;
const MINUTE_MS: i64 = 60_000;

fn template(text: &str) -> Result<Template, Box<dyn Error>> {
    let value: Json = serde_json::from_str(text)?;
    let key = key_of(value["process"].as_str().unwrap_or_default(), 1);
    Ok(Template::read(&key, &value).map_err(|faults| format!("{faults:?}"))?)
}

/// A run as its document holds it, made of answers, each a minute after the one before.
fn run(process: &str, state: &str, minutes: i64, answers: &[(&str, &str, Option<&str>)]) -> Run {
    Run::read(&content(process, state, minutes, answers))
}

fn content(process: &str, state: &str, minutes: i64, answers: &[(&str, &str, Option<&str>)]) -> Fields {
    let items = answers.iter().zip(1..).map(|((step, state, word), minute)| {
        let mut item = Fields::from_iter([
            ("step".to_owned(), Value::Str((*step).to_owned())),
            ("state".to_owned(), Value::Str((*state).to_owned())),
            ("at".to_owned(), Value::Timestamp(START_MS + minute * MINUTE_MS)),
        ]);
        match word.map(|word| (word, word.parse::<i64>())) {
            Some((_, Ok(number))) => item.insert("number".into(), Value::Int(number)),
            Some((word, Err(_))) => item.insert("word".into(), Value::Str(word.to_owned())),
            None => None,
        };
        (Uuid::from_u128(minute.cast_unsigned().into()).to_string(), Value::Map(item))
    });
    let mut fields = Fields::from_iter([
        ("process".to_owned(), Value::Str(process.to_owned())),
        ("version".to_owned(), Value::Int(1)),
        ("state".to_owned(), Value::Str(state.to_owned())),
        ("started_at".to_owned(), Value::Timestamp(START_MS)),
        ("answers".to_owned(), Value::Map(items.collect())),
    ]);
    if state != "running" {
        fields.insert("finished_at".into(), Value::Timestamp(START_MS + minutes * MINUTE_MS));
    }
    fields
}

fn after(minutes: i64) -> Facts {
    Facts { now_ms: START_MS + minutes * MINUTE_MS, ..Facts::default() }
}

#[test]
fn the_templates_that_are_shipped_keep_every_rule() -> Done {
    for text in [COMPLAINT, STOCK_OUT, REFUSED_ORDER] {
        let template = template(text)?;
        assert!(template.is_offered && !template.awry.is_empty(), "{}", template.process);
    }
    Ok(())
}

#[test]
fn a_complaint_goes_step_by_step_and_meets_its_goal_in_time() -> Done {
    let template = template(COMPLAINT)?;
    let begun =
        run("complaint", "running", 0, &[("listen", "done", None), ("goods", "done", Some("delivery"))]);
    let now = progress(&template, &begun, &after(10));
    assert_eq!(now.open, ["remedy", "promise", "satisfied"]);
    assert!(!now.is_complete && now.awry.is_empty() && now.goal == Goal::Open);

    let all = [
        ("listen", "done", None),
        ("goods", "done", Some("delivery")),
        ("remedy", "done", Some("credit")),
        ("promise", "done", Some("Tomorrow")),
        ("satisfied", "done", Some("4")),
    ];
    let done = run("complaint", "done", 60, &all);
    let end = progress(&template, &done, &after(100_000));
    assert_eq!((end.is_complete, end.goal, end.open.len()), (true, Goal::Met, 0));
    assert_eq!(measured(&template, &done), Some(60));
    let late = run("complaint", "done", 2881, &all);
    assert_eq!(progress(&template, &late, &after(100_000)).goal, Goal::Missed);
    let given_up = run("complaint", "abandoned", 5, &[]);
    assert_eq!(progress(&template, &given_up, &after(10)).goal, Goal::Missed);
    Ok(())
}

#[test]
fn a_complaint_goes_awry_by_its_answers_and_by_time() -> Done {
    let template = template(COMPLAINT)?;
    let all = [
        ("listen", "done", None),
        ("goods", "done", Some("goods")),
        ("remedy", "done", Some("nothing")),
        ("promise", "done", Some("A call")),
        ("satisfied", "done", Some("2")),
    ];
    let mut unhappy = run("complaint", "running", 0, &all);
    let now = progress(&template, &unhappy, &after(100));
    assert_eq!(now.failed, ["remedy", "satisfied"], "what was answered decides, not the word done");
    let called_for: Vec<_> = now.awry.iter().map(|path| (path.path.as_str(), path.is_taken)).collect();
    assert_eq!(called_for, [("no_remedy", false), ("still_unhappy", false)]);
    assert!(!now.is_complete);

    let at_ms = START_MS + 100 * MINUTE_MS;
    unhappy.awry.insert("no_remedy".into(), process::run::Taken { at_ms, resolved_ms: None });
    let now = progress(&template, &unhappy, &after(100 + 481));
    assert_eq!(now.open, ["no_remedy/manager", "no_remedy/agreed"]);
    assert!(now.awry[0].is_overdue, "eight hours were given");

    let resolved_ms = Some(at_ms + 60 * MINUTE_MS);
    unhappy.awry.insert("no_remedy".into(), process::run::Taken { at_ms, resolved_ms });
    unhappy.awry.insert("still_unhappy".into(), process::run::Taken { at_ms, resolved_ms });
    assert!(progress(&template, &unhappy, &after(1000)).is_complete);

    let slow = run("complaint", "running", 0, &all[..1]);
    assert!(progress(&template, &slow, &after(2880)).awry.is_empty());
    assert_eq!(progress(&template, &slow, &after(2881)).awry[0].path, "too_long");
    Ok(())
}

#[test]
fn a_run_that_is_finished_too_late_in_one_go_was_too_late() -> Done {
    let template = template(COMPLAINT)?;
    let all = [
        ("listen", "done", None),
        ("goods", "done", Some("goods")),
        ("remedy", "done", Some("credit")),
        ("promise", "done", Some("Tomorrow")),
        ("satisfied", "done", Some("4")),
    ];
    // Answers stand a minute apart, so the beginning is moved: the last of them comes 2,880 minutes after it, then 2,881.
    let begun = |minutes_ago: i64| {
        let mut fields = content("complaint", "running", 0, &all);
        fields.insert("started_at".into(), Value::Timestamp(START_MS - minutes_ago * MINUTE_MS));
        fields
    };
    assert!(progress(&template, &Run::read(&begun(2_875)), &after(9_000)).awry.is_empty(), "done in time");
    let late = begun(2_876);
    let (fields, edits) = settled(&template, late.clone(), &after(5));
    let taken = Run::read(&fields);
    assert_eq!(
        (edits, taken.state.as_str()),
        (1, "running"),
        "its path begins, and it does not end before that"
    );
    assert_eq!(taken.awry["too_long"].at_ms, after(5).now_ms);

    let mut ended = late;
    ended.insert("state".into(), Value::Str("done".to_owned()));
    ended.insert("finished_at".into(), Value::Timestamp(after(5).now_ms));
    let now = progress(&template, &Run::read(&ended), &after(100_000));
    assert_eq!(
        (now.awry[0].path.as_str(), now.awry[0].is_taken),
        ("too_long", false),
        "also where nobody took it"
    );
    Ok(())
}

#[test]
fn an_answer_that_is_mended_later_was_given_in_time() -> Done {
    let template = template(STOCK_OUT)?;
    let mut in_time =
        run("stock_out", "running", 0, &[("tell", "done", None), ("choice", "done", Some("wait"))]);
    let mended = in_time.answers["choice"].clone();
    in_time.answered("choice".into(), process::run::Answered { at_ms: after(90_000).now_ms, ..mended });
    assert_eq!(in_time.answers["choice"].at_ms, after(90_000).now_ms);
    let now = progress(&template, &in_time, &after(100_000));
    assert!(
        now.awry.is_empty() && now.is_complete,
        "the path for what takes longer than 480 minutes is not called for"
    );
    Ok(())
}

#[test]
fn a_stock_out_goes_awry_when_the_customer_cancels() -> Done {
    let template = template(STOCK_OUT)?;
    let cancelled = [("tell", "done", None), ("choice", "done", Some("cancel"))];
    let now = progress(&template, &run("stock_out", "running", 0, &cancelled), &after(10));
    assert_eq!(now.awry[0].path, "cancelled");
    assert_eq!(now.open, ["day"], "what is not required may still be answered");
    let waits = [("tell", "done", None), ("choice", "done", Some("wait"))];
    assert!(progress(&template, &run("stock_out", "running", 0, &waits), &after(10)).is_complete);
    Ok(())
}

#[test]
fn a_refused_order_goes_awry_by_what_others_decide() -> Done {
    let template = template(REFUSED_ORDER)?;
    let begun = run("refused_order", "running", 0, &[("reason", "done", Some("price"))]);
    assert!(progress(&template, &begun, &after(10)).awry.is_empty());
    let refused = Facts { is_refused: true, ..after(10) };
    assert_eq!(progress(&template, &begun, &refused).awry[0].path, "refused_again");
    let complained = Facts { has_case: true, ..after(10) };
    assert_eq!(progress(&template, &begun, &complained).awry[0].path, "complains");
    Ok(())
}

#[test]
fn of_several_answers_to_a_step_the_latest_counts() -> Done {
    let template = template(STOCK_OUT)?;
    let answers =
        [("tell", "done", None), ("choice", "done", Some("cancel")), ("choice", "done", Some("substitute"))];
    let now = progress(&template, &run("stock_out", "running", 0, &answers), &after(10));
    assert!(now.awry.is_empty() && now.is_complete);
    Ok(())
}

/// The worked example of `docs/processes.md`: three reps with five runs each of a stock-out.
#[test]
fn integrity_is_as_the_worked_example_says() -> Done {
    let template = template(STOCK_OUT)?;
    let all = [("tell", "done", None), ("day", "done", Some("Monday")), ("choice", "done", Some("wait"))];
    let without_day = [("tell", "done", None), ("choice", "done", Some("wait"))];
    let backwards = [("choice", "done", Some("wait")), ("tell", "done", None)];
    let runs =
        |of: &[(&str, &str, Option<&str>)], count: usize| vec![run("stock_out", "done", 10, of); count];
    let mut bert = runs(&all, 2);
    bert.extend(runs(&without_day, 3));
    let groups = BTreeMap::from([
        ("anna".to_owned(), runs(&all, 5)),
        ("bert".to_owned(), bert),
        ("carl".to_owned(), runs(&backwards, 5)),
        ("dora".to_owned(), runs(&all, 4)),
    ]);
    let found = integrity(&template, &groups);
    assert_eq!(found.left_out, ["dora"], "four runs are too few");
    let day: Vec<u64> = found.shares.values().map(|steps| steps["day"]).collect();
    assert_eq!(day, [10_000, 4_000, 0]);
    // day: mean 4667, apart (5333 + 667 + 4667) / 3 = 3556; the two other steps 0; 1 - 2 x 3556 / 3 steps.
    assert_eq!(found.alike_bp, Some(7_630));
    // Fourteen runs conform in full; Carl's five are in order by one of two.
    assert_eq!(found.conformity_bp, Some((14 * 10_000 + 5 * 5_000 + 9) / 19));
    Ok(())
}

#[test]
fn integrity_says_nothing_where_there_is_nothing_to_compare() -> Done {
    let template = template(STOCK_OUT)?;
    let one = BTreeMap::from([("anna".to_owned(), vec![run("stock_out", "done", 10, &[]); 5])]);
    let found = integrity(&template, &one);
    assert_eq!((found.alike_bp, found.conformity_bp), (None, Some(0)));
    let none = integrity(&template, &BTreeMap::new());
    assert_eq!((none.alike_bp, none.conformity_bp), (None, None));
    let mut other = run("stock_out", "done", 10, &[]);
    other.version = 2;
    let of_another = BTreeMap::from([("anna".to_owned(), vec![other; 9])]);
    assert_eq!(integrity(&template, &of_another).left_out, ["anna"]);
    Ok(())
}

#[test]
fn a_template_that_nobody_could_carry_out_is_refused_with_the_place() -> Done {
    let good: Json = serde_json::from_str(COMPLAINT)?;
    let faults = |change: &dyn Fn(&mut Json)| {
        let mut value = good.clone();
        change(&mut value);
        let found = Template::read("complaint@1", &value).err().unwrap_or_default();
        found.into_iter().map(|fault| (fault.code, fault.path.join("."))).collect::<Vec<_>>()
    };
    let expect = |change: &dyn Fn(&mut Json), code: &str, path: &str| {
        assert_eq!(faults(change), [(code, path.to_owned())]);
    };
    expect(&|value| value["version"] = json!(2), "wrong_key", "process");
    expect(&|value| value["goal"] = json!(" "), "required", "goal");
    expect(&|value| value["applies"]["kinds"] = json!(["invoice"]), "not_a_choice", "applies.kinds");
    expect(&|value| value["applies"]["kinds"] = json!(["call"]), "not_a_choice", "applies.kinds");
    expect(&|value| value["applies"]["states"] = json!(["shipped"]), "not_a_choice", "applies.states");
    expect(&|value| value["measure"]["of"] = json!({ "answer": "listen" }), "unknown_step", "measure.of");
    expect(&|value| value["steps"][1]["key"] = json!("listen"), "not_unique", "steps");
    expect(&|value| value["steps"][2]["answer"]["fails"] = json!(["magic"]), "not_a_choice", "steps.remedy");
    expect(&|value| value["steps"][4]["answer"]["good_min"] = json!(9), "out_of_range", "steps.satisfied");
    expect(
        &|value| value["hand_offs"][0]["after"] = json!("nowhere"),
        "unknown_step",
        "hand_offs.tell_service",
    );
    expect(&|value| value["awry"][0]["due_minutes"] = json!(0), "out_of_range", "awry.no_remedy");
    expect(&|value| value["awry"][2]["trigger"] = json!({ "overdue": 0 }), "out_of_range", "awry.too_long");
    expect(
        &|value| value["awry"][0]["trigger"] = json!({ "step_failed": "no_remedy/manager" }),
        "unknown_step",
        "awry.no_remedy",
    );
    expect(&|value| value["colour"] = json!("red"), "malformed", "");
    assert!(faults(&|value| value["steps"] = json!([])).iter().any(|(code, _)| *code == "out_of_range"));
    Ok(())
}

#[test]
fn a_process_is_offered_where_it_applies() -> Done {
    let order = template(REFUSED_ORDER)?.applies;
    assert!(order.to("order", None, None, Some("rejected")));
    assert!(!order.to("order", None, None, Some("draft")));
    assert!(!order.to("visit", None, None, Some("rejected")));
    let mut hotels = order;
    hotels.segments = vec!["Hotel ".to_owned()];
    assert!(hotels.to("order", Some("hotel"), None, Some("rejected")), "as in pricing and cadences");
    assert!(!hotels.to("order", None, None, Some("rejected")));
    Ok(())
}

#[test]
fn a_later_answer_counts_whoevers_clock_is_behind() -> Done {
    let read = run("complaint", "running", 9, &[("remedy", "done", Some("nothing"))]);
    let known = read.answers["remedy"].at_ms;
    assert_eq!(read.next_ms("remedy", known - 120_000), known + 1);
    assert_eq!(read.next_ms("remedy", known + 5), known + 5);
    assert_eq!(read.next_ms("promise", known - 120_000), known - 120_000);
    Ok(())
}

#[test]
fn a_run_keeps_what_it_began_with() {
    let spec = Kind::RUN.spec();
    for name in ["process", "version", "subject_id", "started_at"] {
        let write = spec.field(name).map(|field| field.write);
        assert_eq!(write, Some(roadbook_model::kind::Write::Once), "{name}");
    }
}

#[test]
fn a_published_version_stays_as_it_is_but_for_being_offered() -> Done {
    let value: Json = serde_json::from_str(STOCK_OUT)?;
    let with = |name: &str, to: Json| {
        let mut value = value.clone();
        value[name] = to;
        value
    };
    let codes = |value: Option<&Json>, known: Option<&Json>| -> Vec<&str> {
        process::check("stock_out@1", value, known).into_iter().map(|fault| fault.code).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(codes(Some(&value), None), none);
    assert_eq!(codes(Some(&value), Some(&value)), none);
    assert_eq!(codes(Some(&with("is_offered", json!(false))), Some(&value)), none);
    assert_eq!(codes(Some(&with("goal", json!("Another."))), Some(&value)), ["version_published"]);
    assert_eq!(codes(None, Some(&value)), ["version_published"]);
    assert_eq!(codes(Some(&with("goal", json!(""))), Some(&value)), ["required"]);
    Ok(())
}

#[test]
fn what_is_said_to_a_step_comes_to_an_answer_or_is_refused_with_what_would_be_one() -> Done {
    let template = template(COMPLAINT)?;
    let said = |step: &str, said: Option<&str>| {
        let step = template.step(step).ok_or("no such step")?;
        Ok::<_, Box<dyn Error>>(answered(step, said, START_MS).map_err(|fault| fault.code))
    };
    let answer = said("remedy", Some(" nothing "))?.map_err(str::to_owned)?;
    assert_eq!((answer.state, answer.word.as_deref()), (Outcome::Failed, Some("nothing")));
    let answer = said("satisfied", Some("2"))?.map_err(str::to_owned)?;
    assert_eq!((answer.state, answer.number), (Outcome::Failed, Some(2)));
    assert_eq!(said("listen", Some("no"))?.map(|answer| answer.state), Ok(Outcome::Failed));
    for (step, words, code) in [
        ("listen", Some("maybe"), "wrong_answer"),
        ("goods", Some("weather"), "wrong_answer"),
        ("satisfied", Some("6"), "wrong_answer"),
        ("satisfied", Some("four"), "wrong_answer"),
        ("promise", Some("  "), "wrong_answer"),
        ("promise", None, "required"),
    ] {
        assert_eq!(said(step, words)?, Err(code), "{step} {words:?}");
    }
    let stock_out = self::template(STOCK_OUT)?;
    let day = stock_out.step("day").ok_or("no such step")?;
    assert_eq!(answered(day, None, START_MS).map(|answer| answer.state), Ok(Outcome::Skipped));
    Ok(())
}

/// Follows until nothing follows any more; the content, and how many edits there were.
fn settled(template: &Template, mut fields: Fields, facts: &Facts) -> (Fields, usize) {
    let mut count = 0;
    let mut random = || [9; 5];
    loop {
        let edits = follow(template, &fields, facts, None, &mut random);
        if edits.is_empty() {
            return (fields, count);
        }
        count += edits.len();
        for edit in edits {
            let Edit::Put { path, value } = edit else { continue };
            put(&mut fields, &path, value);
        }
    }
}

fn put(fields: &mut Fields, path: &[String], value: Value) {
    match path {
        [name] => drop(fields.insert(name.clone(), value)),
        [name, rest @ ..] => {
            let inner = fields.entry(name.clone()).or_insert_with(|| Value::Map(Fields::new()));
            if let Value::Map(inner) = inner {
                put(inner, rest, value);
            }
        }
        [] => {}
    }
}

#[test]
fn a_path_begins_and_is_put_right_and_a_run_ends_by_itself_each_once() -> Done {
    let template = template(STOCK_OUT)?;
    let answers = [("tell", "done", None), ("day", "skipped", None), ("choice", "done", Some("cancel"))];
    let (fields, edits) = settled(&template, content("stock_out", "running", 0, &answers), &after(10));
    assert_eq!(edits, 1, "the path begins, and nothing else");
    assert_eq!(Run::read(&fields).awry["cancelled"].at_ms, after(10).now_ms);
    let mut fields = fields;
    for (key, step) in [("cancelled/reason", 1_u128), ("cancelled/back", 2)] {
        let item = Fields::from([
            ("step".to_owned(), Value::Str(key.to_owned())),
            ("state".to_owned(), Value::Str("done".to_owned())),
            ("at".to_owned(), Value::Timestamp(START_MS + 20 * MINUTE_MS)),
        ]);
        let path = ["answers".to_owned(), Uuid::from_u128(1_000 + step).to_string()];
        put(&mut fields, &path, Value::Map(item));
    }
    let (fields, _) = settled(&template, fields, &after(30));
    let run = Run::read(&fields);
    assert_eq!(run.awry["cancelled"].resolved_ms, Some(after(30).now_ms));
    assert_eq!((run.state.as_str(), run.finished_ms), ("done", Some(after(30).now_ms)));
    Ok(())
}

#[test]
fn a_task_of_a_run_is_the_same_one_whoever_makes_it() -> Done {
    let template = template(COMPLAINT)?;
    let id = RecordId::new(1_790_000_000_000, [1; 10]);
    let before = run("complaint", "running", 0, &[("listen", "done", None)]);
    assert!(reached(&template, &before).is_empty());
    let failed = run("complaint", "running", 0, &[("promise", "failed", Some("Nothing"))]);
    assert!(reached(&template, &failed).is_empty(), "what failed is handed to nobody else");
    let promised = [("listen", "done", None), ("promise", "done", Some("A credit note by Friday"))];
    let run = run("complaint", "running", 0, &promised);
    let found = reached(&template, &run);
    assert_eq!(found[0].due_ms, START_MS + 2 * MINUTE_MS + 1_440 * MINUTE_MS);
    let task = hand_off(&template, found[0], id, Hands::default());
    assert_eq!(task.get("subject_id"), Some(&Value::Str(id.to_string())));
    let fits = roadbook_model::rule::check_fields(Kind::TASK.spec(), &task);
    assert_eq!(fits.map_err(|fault| fault.code), Ok(()));
    assert_eq!(hand_off_id(id, "tell_service"), hand_off_id(id, "tell_service"));
    assert_ne!(hand_off_id(id, "tell_service"), hand_off_id(id, "other"));
    assert_ne!(hand_off_id(id, "no_remedy"), escalation_id(id, "no_remedy"));
    Ok(())
}

#[test]
fn what_is_offered_is_the_highest_version_that_may_begin() -> Done {
    let first = template(STOCK_OUT)?;
    let second = Template { version: 2, ..first.clone() };
    let third = Template { version: 3, is_offered: false, ..first.clone() };
    let best = offered([second, third, first]);
    assert_eq!(best["stock_out"].version, 2);
    let subject = |kind: &str| Subject { kind: kind.to_owned(), ..Subject::default() };
    assert!(is_for(&best["stock_out"], &subject("visit")) && !is_for(&best["stock_out"], &subject("case")));
    let everywhere = Template { applies: Default::default(), ..best["stock_out"].clone() };
    assert!(is_for(&everywhere, &subject("task")) && !is_for(&everywhere, &subject("comment")));
    Ok(())
}

#[test]
fn practising_takes_the_paths_that_no_answer_leads_to() -> Done {
    let mut practice = process::Practice::new(template(REFUSED_ORDER)?, START_MS);
    let mut take = |path: &str| practice.take(path, START_MS + 1).map_err(|violation| violation.code);
    assert_eq!(take("nowhere"), Err("unknown_path"));
    assert_eq!((take("refused_again"), take("refused_again")), (Ok(()), Ok(())));
    assert_eq!(practice.run().awry.len(), 1, "taken once");
    let open = practice.progress(START_MS + 2).open;
    assert_eq!(open[..2], ["refused_again/talk", "refused_again/outcome"]);
    let mut stock_out = process::Practice::new(template(STOCK_OUT)?, START_MS);
    let led_to = stock_out.take("cancelled", START_MS + 1).map_err(|violation| violation.code);
    assert_eq!(led_to, Err("unknown_path"), "a step leads there");
    Ok(())
}

#[test]
fn practising_goes_as_a_run_goes_awry_and_to_its_end() -> Done {
    let mut practice = process::Practice::new(template(STOCK_OUT)?, START_MS);
    let told = |practice: &mut process::Practice, step: &str, said| {
        practice.answer(step, said, START_MS + 1).map_err(|violation| violation.code)
    };
    assert_eq!(told(&mut practice, "tell", Some("yes")), Ok(()));
    assert_eq!(told(&mut practice, "choice", Some("dance")), Err("wrong_answer"));
    assert_eq!(told(&mut practice, "nothing", Some("yes")), Err("unknown_step"));
    assert_eq!(told(&mut practice, "choice", Some("cancel")), Ok(()));
    assert_eq!(practice.progress(START_MS + 2).open, ["cancelled/reason", "cancelled/back", "day"]);
    assert!(!practice.finish(START_MS + 2), "it went awry and was not put right");
    assert_eq!(told(&mut practice, "cancelled/reason", Some("At the market")), Ok(()));
    assert_eq!(told(&mut practice, "cancelled/back", Some("In a week")), Ok(()));
    assert_eq!(practice.progress(START_MS + 3).open, ["day"], "which may be left out");
    assert!(practice.finish(START_MS + 3));
    assert_eq!(practice.progress(START_MS + 4).goal, Goal::Met);
    assert_eq!(told(&mut practice, "tell", Some("yes")), Err("not_running"));
    Ok(())
}
