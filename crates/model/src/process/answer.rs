//! An answer to a step: what may be said, and what it comes to. A step that is left out is answered, too.

use super::progress::has_failed;
use super::run::{Answered, Outcome};
use super::template::{Answer, Step};
use crate::id::PersonId;
use crate::limits::STR_CHARS_MAX;
use crate::rule::Violation;
use crate::value::{Edit, Fields, Value};

/// What this comes to, said to a step: `yes` or `no` to a check, a word of a choice, a whole number, or a text. Nothing leaves
/// the step out.
///
/// # Errors
/// `required` for a step that may not be left out, `wrong_answer` for what the step does not ask for.
pub fn answered(step: &Step, said: Option<&str>, at_ms: i64) -> Result<Answered, Violation> {
    let path = [step.key.clone()];
    let wrong = |text: String| Violation::new("wrong_answer", &path, text);
    let mut answer = Answered { state: Outcome::Done, word: None, number: None, at_ms };
    let Some(said) = said.map(str::trim) else {
        if step.is_required {
            return Err(Violation::new("required", &path, "This step belongs to it and is not left out."));
        }
        answer.state = Outcome::Skipped;
        return Ok(answer);
    };
    match &step.answer {
        Answer::Check {} => match said {
            "yes" => {}
            "no" => answer.state = Outcome::Failed,
            _ => return Err(wrong("Answer with yes or no.".to_owned())),
        },
        Answer::Choice { words, .. } => {
            if !words.iter().any(|word| word == said) {
                return Err(wrong(format!("Choose one of {}.", words.join(", "))));
            }
            answer.word = Some(said.to_owned());
        }
        Answer::Number { min, max, .. } => match said.parse::<i64>() {
            Ok(number) if (*min..=*max).contains(&number) => answer.number = Some(number),
            _ => return Err(wrong(format!("Answer with a whole number from {min} to {max}."))),
        },
        Answer::Text {} => {
            if said.is_empty() || said.chars().count() > STR_CHARS_MAX {
                return Err(wrong(format!("Answer with 1 to {STR_CHARS_MAX} characters.")));
            }
            answer.word = Some(said.to_owned());
        }
    }
    if has_failed(step, &answer) {
        answer.state = Outcome::Failed;
    }
    Ok(answer)
}

/// The edit that writes an answer into a run, as a new item: what was answered before stays in the history.
pub fn write(key: &str, answer: &Answered, person: PersonId, item: String) -> Edit {
    let mut fields = Fields::from([
        ("step".to_owned(), Value::Str(key.to_owned())),
        ("state".to_owned(), Value::Str(answer.state.as_str().to_owned())),
        ("at".to_owned(), Value::Timestamp(answer.at_ms)),
        ("person_id".to_owned(), Value::Str(person.to_string())),
    ]);
    fields.extend(answer.word.clone().map(|word| ("word".to_owned(), Value::Str(word))));
    fields.extend(answer.number.map(|number| ("number".to_owned(), Value::Int(number))));
    Edit::Put { path: vec!["answers".to_owned(), item], value: Value::Map(fields) }
}
