//! Rust files: each says in its first line what it is, and stays short.

use super::repo::{Repo, TextFile};

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// Functions and files that are better long: `path` or `path::function`, and why.
const LONG_ON_PURPOSE: [(&str, &str); 0] = [];

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let mut findings = Vec::new();
    for file in repo.with_extension(&["rs"]) {
        if !file.text.trim_start().starts_with("//!") {
            findings
                .push(format!("{}:1: opens without `//!`: say what it is, and what it is not", file.path));
        }
        if is_production(&file.path) {
            findings.extend(check_lengths(file));
        }
    }
    findings
}

fn is_production(path: &str) -> bool {
    path.contains("/src/")
        && !path.ends_with("/tests.rs")
        && !path.contains("/tests/")
        && !path.starts_with("tests/")
}

fn check_lengths(file: &TextFile) -> Vec<String> {
    let lines = without_tests(&file.text);
    let is_excused = |name: &str| LONG_ON_PURPOSE.iter().any(|(known, _)| *known == name);
    let mut findings = Vec::new();
    if lines.len() > FILE_LINES_MAX && !is_excused(&file.path) {
        findings.push(format!("{}: {} lines; {FILE_LINES_MAX} are enough", file.path, lines.len()));
    }
    for (number, name, length) in functions(&lines) {
        if length > FUNCTION_LINES_MAX && !is_excused(&format!("{}::{name}", file.path)) {
            let path = &file.path;
            findings.push(format!(
                "{path}:{number}: `{name}` has {length} lines; {FUNCTION_LINES_MAX} are enough"
            ));
        }
    }
    findings
}

/// The numbered lines of a file without its inline test modules.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let mut kept = Vec::new();
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    while let Some((number, line)) = lines.next() {
        let opens_module = |next: &(usize, &str)| next.1.contains("mod ") && next.1.ends_with('{');
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(opens_module) {
            let end = format!("{}}}", indentation(line));
            for (_, inside) in lines.by_ref() {
                if inside == end {
                    break;
                }
            }
        } else {
            kept.push((number, line));
        }
    }
    kept
}

/// Line, name and length of every function, told by the indentation that rustfmt gives its closing brace.
fn functions<'a>(lines: &[(usize, &'a str)]) -> Vec<(usize, &'a str, usize)> {
    let mut found = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let end = format!("{}}}", indentation(line));
        let is_end = |(_, later): &(usize, &str)| later.trim_end() == end;
        let is_over = line.ends_with('}') || line.ends_with(';');
        if let (false, Some(length)) = (is_over, lines.iter().skip(index).position(is_end)) {
            found.push((*number, name, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let is_modifier = |word: &str| {
        ["const", "async", "unsafe", "extern", "\"C\"", "pub"].contains(&word)
            || word.starts_with("pub(")
            || word == "super)"
    };
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (before.split_whitespace().all(is_modifier) && !name.is_empty()).then_some(name)
}

fn indentation(line: &str) -> &str {
    line.split_at(line.len() - line.trim_start().len()).0
}

#[cfg(test)]
mod tests {
    use super::{functions, without_tests};

    #[test]
    fn functions_are_measured_from_signature_to_brace_and_tests_do_not_count() {
        let text = "pub fn one() {}\n\nimpl A {\n    pub(crate) async fn two(\n        x: u8,\n    ) {\n        \
                    x\n    }\n}\n#[cfg(test)]\nmod tests {\n    fn three() {\n    }\n}\n";
        assert_eq!(functions(&without_tests(text)), [(4, "two", 5)]);
    }
}
