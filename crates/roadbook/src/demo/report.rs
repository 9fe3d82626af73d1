//! The day's report: the same findings in words and as JSON.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value as Json;

use super::findings::{Became, Findings};
use crate::decimal::display_minor;
use crate::output::table;
use crate::problem::Problem;

/// The report of a day.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether some worked offline.
    pub offline: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What was found.
    #[serde(flatten)]
    pub findings: Findings,
}

impl Report {
    /// The report in words.
    pub fn in_words(&self) -> String {
        let found = &self.findings;
        let mut text = String::from("\nWhat the record says, by SQL\n\n");
        text.push_str(&people(&found.people));
        text.push_str(&section("orders", &found.orders, |row| {
            let total =
                row["total_minor"].as_i64().map(|minor| display_minor(minor, "USD")).unwrap_or_default();
            format!(
                "{} {} for {}, {total} USD",
                word(row, "number"),
                word(row, "state"),
                word(row, "account")
            )
        }));
        text.push_str(&section("processes", &found.runs, |row| {
            let managers = row["taken_over_by"].as_array().into_iter().flatten().filter_map(Json::as_str);
            format!(
                "{} at {}: {}, {} handed to a department, taken over by {}",
                word(row, "process"),
                word(row, "account"),
                word(row, "state"),
                word(row, "handed_over"),
                managers.collect::<Vec<_>>().join(", ")
            )
        }));
        text.push_str(&section("came late, taken in and marked", &found.late, |row| {
            format!("{}: {} at {}", word(row, "person"), word(row, "kind"), word(row, "account"))
        }));
        text.push_str(&section("late values that met later ones; the later stand", &found.put_back, |row| {
            format!("{}: telephone {}", word(row, "account"), word(row, "phone"))
        }));
        text.push_str(&section("held or refused", &found.held, |row| {
            let account = row["account"].as_str().map(|account| format!(" at {account}")).unwrap_or_default();
            format!("{}{account}: {} [{}]", word(row, "person"), word(row, "state"), word(row, "code"))
        }));
        text.push_str(&became(&found.became));
        text.push_str(&section(
            "written by two at once; both shown until somebody decides",
            &found.written_twice,
            |row| {
                let sides = row["values"].as_array().into_iter().flatten().filter_map(Json::as_str);
                let path =
                    row["path"].as_array().into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>();
                format!(
                    "{}: {} is {}",
                    word(row, "account"),
                    path.join("/"),
                    sides.collect::<Vec<_>>().join(" and ")
                )
            },
        ));
        text.push_str("\nWhat was tried by a tampered client\n\n");
        for attempt in &found.hostile {
            let outcome =
                attempt.refused.as_ref().map_or("NOT REFUSED".to_owned(), |code| format!("refused [{code}]"));
            text.push_str(&format!("  {}: {outcome}\n", attempt.what));
        }
        text.push_str(&self.checks());
        text
    }

    fn checks(&self) -> String {
        let found = &self.findings;
        let replicas = &found.replicas;
        let agree = match replicas.differ.is_empty() {
            true => "agree with the record".to_owned(),
            false => format!("DIFFER at {:?}", replicas.differ),
        };
        format!(
            "\nWhat holds\n\n  killed on the way: {}\n  saved on a device: {} captures; lost: {}\n  \
             {} devices, {} accounts compared by digest: {agree}; {} items still wait\n  \
             verify: {} log entries, {} records and {} rows folded a second time, sound: {}\n  the day took {:.1} s\n",
            found.killed.join("; "),
            found.saved,
            found.lost.len(),
            replicas.devices,
            replicas.accounts,
            replicas.waiting,
            found.verify["entries"],
            found.verify["records"],
            found.verify["rows"],
            found.verify["sound"],
            f64::from(u32::try_from(self.took_ms).unwrap_or(u32::MAX)) / 1000.0
        )
    }

    /// Fails when the day did not end as it must.
    ///
    /// # Errors
    /// `not_sound`, with what does not hold.
    pub fn must_be_sound(&self) -> Result<()> {
        let found = &self.findings;
        let unrefused = found.hostile.iter().filter(|attempt| attempt.refused.is_none()).count();
        let checks = [
            (found.lost.is_empty(), "captures were lost"),
            (found.replicas.differ.is_empty(), "replicas differ from the record"),
            (found.replicas.waiting == 0, "items still wait"),
            (unrefused == 0, "a hostile change was not refused"),
            (found.verify["sound"] == Json::Bool(true), "the record does not follow from the log"),
        ];
        let broken: Vec<&str> = checks.iter().filter(|(holds, _)| !holds).map(|(_, what)| *what).collect();
        match broken.is_empty() {
            true => Ok(()),
            false => Err(Problem::new("not_sound", broken.join("; ")).into()),
        }
    }
}

fn people(rows: &[Json]) -> String {
    let columns = ["person", "accounts", "contacts", "visits", "orders", "tasks", "comments", "changes"];
    let mut lines = vec![columns.map(str::to_owned).to_vec()];
    for row in rows {
        lines.push(columns.iter().map(|column| word(row, column)).collect());
    }
    let text = table(&lines);
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// What became of every capture, device by device.
fn became(rows: &[Became]) -> String {
    let lines = rows.iter().map(|row| vec![row.device.clone(), row.count.to_string(), row.outcome.clone()]);
    let text = table(&lines.collect::<Vec<_>>());
    let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
    format!("\n  what became of every capture, by device:\n{lines}")
}

fn section(title: &str, rows: &[Json], say: impl Fn(&Json) -> String) -> String {
    if rows.is_empty() {
        return format!("\n  {title}: nothing\n");
    }
    let lines: String = rows.iter().map(|row| format!("    {}\n", say(row))).collect();
    format!("\n  {title}:\n{lines}")
}

fn word(row: &Json, name: &str) -> String {
    match &row[name] {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}
