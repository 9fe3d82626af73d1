//! Every rule of protocol/SPEC.md is shown by a test that carries its id, and no test claims a rule that is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::repo::{Repo, TextFile};

const SPEC: &str = "protocol/SPEC.md";

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let Some(spec) = repo.find(SPEC) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut rules = BTreeSet::new();
    for (index, line) in spec.text.lines().enumerate() {
        if let Some(id) = rule_id(line)
            && !rules.insert(id)
        {
            findings.push(format!("{SPEC}:{}: rule {id} is there twice", index + 1));
        }
    }
    let families: BTreeSet<&str> = rules.iter().map(|id| family(id)).collect();
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for (place, id) in repo.files.iter().flat_map(claims) {
        if families.contains(family(&id)) && !rules.contains(id.as_str()) {
            findings.push(format!("{place}: a test is named for rule {id}, which {SPEC} does not have"));
        }
        shown.entry(id).or_insert(place);
    }
    let missing = rules.iter().filter(|id| !shown.contains_key(**id));
    findings.extend(
        missing.map(|id| format!("{SPEC}: no test shows rule {id}; name one `fn {}_...`", id.to_lowercase())),
    );
    findings
}

/// The id of the rule that a line states: `**H1.** The hello is ...`, as a paragraph or a list item.
fn rule_id(line: &str) -> Option<&str> {
    let (id, _) = line.trim_start_matches("- ").strip_prefix("**")?.split_once('.')?;
    is_id(id, char::is_uppercase).then_some(id)
}

/// One or two letters, one or two digits.
fn is_id(text: &str, is_letter: impl Fn(char) -> bool) -> bool {
    let letters = text.chars().take_while(|c| is_letter(*c)).count();
    let digits = text.chars().skip(letters).take_while(char::is_ascii_digit).count();
    (1..=2).contains(&letters) && (1..=2).contains(&digits) && text.chars().count() == letters + digits
}

fn family(id: &str) -> &str {
    id.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// The rules that the tests of a file are named for, with the place of each.
fn claims(file: &TextFile) -> Vec<(String, String)> {
    let names = if file.has_extension(&["rs"]) {
        rust_tests(&file.text)
    } else if file.has_extension(&["mjs", "js", "ts"]) {
        script_tests(&file.text)
    } else {
        Vec::new()
    };
    let ids = |(line, name): (usize, String)| {
        let place = format!("{}:{line}", file.path);
        leading_ids(&name).into_iter().map(move |id| (place.clone(), id)).collect::<Vec<_>>()
    };
    names.into_iter().flat_map(ids).collect()
}

/// `h1_p4_the_cursor_moves` shows H1 and P4.
fn leading_ids(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    words.take_while(|word| is_id(word, |c| c.is_ascii_alphabetic())).map(str::to_uppercase).collect()
}

/// Names and lines of the functions under a test attribute.
fn rust_tests(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut is_test = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else if let Some((_, after)) = line.split_once("fn ") {
            if is_test {
                let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                found.push((index + 1, name.to_owned()));
            }
            is_test = false;
        }
    }
    found
}

/// Names and lines of `test("...")` and `it("...")`.
fn script_tests(text: &str) -> Vec<(usize, String)> {
    let name_in = |line: &str| {
        let (_, after) = line.split_once("test(").or_else(|| line.split_once("it("))?;
        Some(after.trim_start_matches(['"', '\'', '`']).to_owned())
    };
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, name_in(line)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::repo::{Repo, TextFile};
    use super::{check, leading_ids, rule_id, rust_tests};

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_rule_without_a_test_and_a_test_without_a_rule_are_found() {
        let spec = file("protocol/SPEC.md", "**H1.** One.\n- **H2.** Two.\n- **H3.** Three.\n");
        let rust = file("tests/src/a.rs", "#[test]\nfn h1_h9_one() {}\n#[test]\nfn v1_of_the_api() {}\n");
        let node = file("protocol/node/a.test.mjs", "test(\"h2_two\", () => {});\n");
        let findings = check(&Repo { files: vec![spec, rust, node] });
        assert_eq!(
            findings,
            [
                "tests/src/a.rs:2: a test is named for rule H9, which protocol/SPEC.md does not have",
                "protocol/SPEC.md: no test shows rule H3; name one `fn h3_...`",
            ]
        );
    }

    #[test]
    fn rules_are_found_in_the_specification_and_in_names() {
        assert_eq!(rule_id("**H1.** The hello"), Some("H1"));
        assert_eq!(rule_id("- **PX12.** Text"), Some("PX12"));
        assert_eq!(rule_id("**Note.** Text"), None);
        assert_eq!(leading_ids("h1_p4_the_cursor"), ["H1", "P4"]);
        assert!(leading_ids("p256_signs").is_empty());
    }

    #[test]
    fn only_functions_under_a_test_attribute_are_tests() {
        let text = "#[test]\n#[cfg(unix)]\nfn h1_a() {}\nfn h2_b() {}\n#[tokio::test]\nasync fn h3_c() {}\n";
        assert_eq!(rust_tests(text), [(3, String::from("h1_a")), (6, String::from("h3_c"))]);
    }
}
