//! The rules a template keeps before it is published, so that no device meets one that it cannot carry out.

use std::collections::BTreeSet;

use super::super::offer::SUBJECTS;
use super::{Answer, Applies, MINUTES_MAX, Measured, PARTS_MAX, STEPS_MAX, Step, Template, Trigger, key_of};
use crate::kind::{FieldType, Kind};
use crate::limits::{STR_CHARS_MAX, TEXT_CHARS_MAX};
use crate::rule::Violation;
use crate::state::{Verb, transition_of};

/// Longest key of anything.
const KEY_CHARS_MAX: usize = 30;
/// Largest number that may be asked for.
const NUMBER_MAX: i64 = 1_000_000_000;

/// Everything wrong with it.
pub(super) fn faults(template: &Template, key: &str) -> Vec<Violation> {
    let mut found = Faults(Vec::new());
    found.head(template, key);
    found.steps("steps", &template.steps);
    found.measure(template);
    found.parts(template);
    found.paths(template);
    found.0
}

struct Faults(Vec<Violation>);

impl Faults {
    fn add(&mut self, code: &'static str, path: &str, text: String) {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.0.push(Violation::new(code, &path, text));
    }

    fn head(&mut self, template: &Template, key: &str) {
        if key != key_of(&template.process, template.version) {
            let wanted = key_of(&template.process, template.version);
            self.add("wrong_key", "process", format!("This version stands under {wanted}, not under {key}."));
        }
        self.word("process", &template.process);
        if !(1..=1_000_000).contains(&template.version) {
            self.add("out_of_range", "version", "A version is a number from 1 to 1,000,000.".into());
        }
        for (path, text) in [("name", &template.name), ("owner", &template.owner), ("goal", &template.goal)] {
            self.line(path, text);
        }
        if template.procedure.chars().count() > TEXT_CHARS_MAX {
            self.add(
                "too_long",
                "procedure",
                format!("The procedure has at most {TEXT_CHARS_MAX} characters."),
            );
        }
        self.applies(&template.applies);
    }

    /// What is offered nowhere is a slip of the pen.
    fn applies(&mut self, applies: &Applies) {
        let subjects = SUBJECTS.map(Kind::name);
        for kind in applies.kinds.iter().filter(|kind| !subjects.contains(&kind.as_str())) {
            let text =
                format!("A process is about one of {}, and {kind} is none of them.", subjects.join(", "));
            self.add("not_a_choice", "applies.kinds", text);
        }
        let is_meant = |kind: &Kind| {
            let name = kind.name();
            applies.kinds.is_empty() || applies.kinds.iter().any(|one| one == name)
        };
        let states: BTreeSet<&str> = SUBJECTS.into_iter().filter(is_meant).flat_map(states_of).collect();
        for state in applies.states.iter().filter(|state| !states.contains(state.as_str())) {
            let text = format!("No record that it may be about is ever {state}.");
            self.add("not_a_choice", "applies.states", text);
        }
    }

    fn measure(&mut self, template: &Template) {
        self.line("measure.name", &template.measure.name);
        if let Measured::Answer(key) = &template.measure.of {
            let step = template.step(key);
            if !step.is_some_and(|step| matches!(step.answer, Answer::Number { .. })) {
                self.add(
                    "unknown_step",
                    "measure.of",
                    format!("{key} is no step that is answered by a number."),
                );
            }
        }
    }

    fn steps(&mut self, path: &str, steps: &[Step]) {
        if steps.is_empty() || steps.len() > STEPS_MAX {
            self.add("out_of_range", path, format!("There are 1 to {STEPS_MAX} steps."));
        }
        self.unique(path, steps.iter().map(|step| step.key.as_str()));
        for step in steps {
            let path = format!("{path}.{}", step.key);
            self.line(&path, &step.title);
            self.answer(&path, &step.answer);
        }
    }

    fn answer(&mut self, path: &str, answer: &Answer) {
        match answer {
            Answer::Check {} | Answer::Text {} => {}
            Answer::Choice { words, fails } => {
                if words.len() < 2 || words.len() > PARTS_MAX {
                    self.add("out_of_range", path, format!("A choice has 2 to {PARTS_MAX} words."));
                }
                for word in fails.iter().filter(|word| !words.contains(word)) {
                    self.add("not_a_choice", path, format!("{word} is none of the words to choose from."));
                }
                if fails.len() == words.len() {
                    self.add("always_fails", path, "Whatever is chosen, the step fails.".into());
                }
            }
            Answer::Number { min, max, good_min, good_max } => {
                let (low, high) = (good_min.unwrap_or(*min), good_max.unwrap_or(*max));
                let fits =
                    -NUMBER_MAX <= *min && *max <= NUMBER_MAX && *min <= low && low <= high && high <= *max;
                if !fits {
                    let text = format!(
                        "The good range lies within the range, which lies within {NUMBER_MAX} on both sides of 0."
                    );
                    self.add("out_of_range", path, text);
                }
            }
        }
    }

    fn parts(&mut self, template: &Template) {
        for (path, count) in [
            ("responses", template.responses.len()),
            ("hand_offs", template.hand_offs.len()),
            ("awry", template.awry.len()),
        ] {
            if count > PARTS_MAX {
                self.add("too_many_items", path, format!("There are at most {PARTS_MAX} of them."));
            }
        }
        self.unique("responses", template.responses.iter().map(|one| one.key.as_str()));
        for response in &template.responses {
            self.line(&format!("responses.{}", response.key), &response.situation);
        }
        self.unique("hand_offs", template.hand_offs.iter().map(|one| one.key.as_str()));
        for hand_off in &template.hand_offs {
            let path = format!("hand_offs.{}", hand_off.key);
            self.line(&path, &hand_off.subject);
            self.minutes(&path, hand_off.due_minutes);
            if let Some(after) = &hand_off.after {
                self.names_step(&path, template, after);
            }
        }
    }

    fn paths(&mut self, template: &Template) {
        self.unique("awry", template.awry.iter().map(|path| path.key.as_str()));
        for awry in &template.awry {
            let path = format!("awry.{}", awry.key);
            self.line(&path, &awry.name);
            self.minutes(&path, awry.due_minutes);
            self.steps(&format!("{path}.steps"), &awry.steps);
            match &awry.trigger {
                // A path of its own steps could be taken for ever: only the process's own steps call for one.
                Trigger::StepFailed(step) => self.names_step(&path, template, step),
                Trigger::Overdue(minutes) => self.minutes(&path, *minutes),
                Trigger::Refused | Trigger::CaseOpened => {}
            }
        }
    }

    fn names_step(&mut self, path: &str, template: &Template, key: &str) {
        if !template.steps.iter().any(|step| step.key == key) {
            self.add("unknown_step", path, format!("{key} is none of the process's own steps."));
        }
    }

    fn minutes(&mut self, path: &str, minutes: i64) {
        if !(1..=MINUTES_MAX).contains(&minutes) {
            self.add("out_of_range", path, format!("A time is 1 to {MINUTES_MAX} minutes."));
        }
    }

    fn line(&mut self, path: &str, text: &str) {
        let chars = text.chars().count();
        if text.trim().is_empty() || chars > STR_CHARS_MAX || text.contains('\0') {
            self.add("required", path, format!("A text of 1 to {STR_CHARS_MAX} characters is needed."));
        }
    }

    fn unique<'a>(&mut self, path: &str, keys: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for key in keys {
            self.word(&format!("{path}.{key}"), key);
            if !seen.insert(key) {
                self.add("not_unique", path, format!("{key} stands there twice."));
            }
        }
    }

    fn word(&mut self, path: &str, word: &str) {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if word.is_empty() || word.len() > KEY_CHARS_MAX || !plain {
            let text = format!("A key is 1 to {KEY_CHARS_MAX} lower-case letters, digits and underscores.");
            self.add("bad_character", path, text);
        }
    }
}

/// The words of a kind's states, decided ones included.
fn states_of(kind: Kind) -> Vec<&'static str> {
    let written = match kind.spec().field("state").map(|field| &field.ty) {
        Some(FieldType::Enum(words)) => *words,
        _ => &[],
    };
    let decided = Verb::ALL.into_iter().filter(|verb| verb.kind() == kind);
    let decided = decided.flat_map(|verb| {
        let transition = transition_of(verb);
        transition.from.iter().copied().flatten().chain([transition.to])
    });
    written.iter().copied().chain(decided).collect()
}
