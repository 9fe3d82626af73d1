//! What `protocol/SPEC.md` lists is what the code has: codes, limits and the rules that the engines cite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use roadbook_protocol::limits;

fn specification() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/SPEC.md")).unwrap()
}

#[test]
fn e1_every_code_stands_in_the_specification() {
    let spec = specification();
    let codes = include_str!("../src/code.rs").lines().filter_map(|line| line.strip_prefix("pub const "));
    let codes: Vec<&str> = codes.filter_map(|line| line.split('"').nth(1)).collect();
    assert!(codes.len() > 25, "the codes are not where they were: {codes:?}");
    for code in codes {
        assert!(spec.contains(&format!("`{code}`")), "SPEC.md, section 16, lacks the code {code}");
    }
}

#[test]
fn the_limits_in_the_specification_are_those_in_force() {
    let spec = specification();
    let limits = [
        ("FRAME_BYTES_MAX", limits::FRAME_BYTES_MAX),
        ("HELLO_BYTES_MAX", limits::HELLO_BYTES_MAX),
        ("BODY_BYTES_MAX", limits::BODY_BYTES_MAX),
        ("PUSH_ITEMS_MAX", limits::PUSH_ITEMS_MAX),
        ("ITEM_CHANGES_MAX", limits::ITEM_CHANGES_MAX),
        ("ITEM_BYTES_MAX", limits::ITEM_BYTES_MAX),
        ("HEADS_MAX", limits::HEADS_MAX),
        ("FILLS_MAX", limits::FILLS_MAX),
        ("PRACTISED_MAX", limits::PRACTISED_MAX),
        ("PAGE_BYTES_TARGET", limits::PAGE_BYTES_TARGET),
        ("PAGE_PARTS_MAX", limits::PAGE_PARTS_MAX),
        ("PAGE_WINDOW", limits::PAGE_WINDOW),
        ("ENTRY_PARTS_MAX", limits::ENTRY_PARTS_MAX),
        ("DIGEST_PARTS_MAX", limits::DIGEST_PARTS_MAX),
        ("WORD_BYTES_MAX", limits::WORD_BYTES_MAX),
        ("TEXT_BYTES_MAX", limits::TEXT_BYTES_MAX),
        ("OFFLINE_DAYS", usize::from(limits::OFFLINE_DAYS)),
        ("RENEWALS_MAX", limits::RENEWALS_MAX),
        ("RENEWAL_DAYS", usize::from(limits::RENEWAL_DAYS)),
        ("RENEWALS_A_DAY_MAX", limits::RENEWALS_A_DAY_MAX),
        ("ASIDE_BYTES_A_DAY_MAX", limits::ASIDE_BYTES_A_DAY_MAX),
        ("ASIDE_BYTES_MIN", limits::ASIDE_BYTES_MIN),
        ("NESTING_MAX", limits::NESTING_MAX),
    ];
    for (name, value) in limits {
        let row = format!("| `{name}` | {} |", grouped(value));
        assert!(spec.contains(&row), "SPEC.md, section 15, lacks the row {row}");
    }
    let in_force = include_str!("../src/limits.rs").matches("pub const ").count();
    assert_eq!(in_force, limits.len() + 2, "besides the two versions, every limit stands in the table");
}

/// A number in groups of three digits: `4,194,304`.
fn grouped(value: usize) -> String {
    let digits = value.to_string();
    let (head, rest) = digits.split_at((digits.len() - 1) % 3 + 1);
    rest.as_bytes()
        .chunks(3)
        .fold(head.to_owned(), |text, group| format!("{text},{}", String::from_utf8_lossy(group)))
}

#[test]
fn e1_every_rule_that_the_engines_cite_stands_in_the_specification() {
    let spec = specification();
    let rules: BTreeSet<&str> = spec
        .lines()
        .filter_map(|line| line.strip_prefix("**")?.split_once(".**"))
        .map(|(rule, _)| rule)
        .collect();
    let mut cited = BTreeSet::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sync/src")) {
        for rule in rules_in(&fs::read_to_string(&file).unwrap()) {
            assert!(rules.contains(rule.as_str()), "{} cites {rule}, which SPEC.md lacks", file.display());
            cited.insert(rule);
        }
    }
    assert!(cited.len() > 20, "the rules are not cited as they were: {cited:?}");
}

/// Every source below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The rules that a source cites: as a text of their own (`"G4"`), or in words (`Rule P6`, `rules G1 to G7`).
fn rules_in(source: &str) -> BTreeSet<String> {
    let is_rule = |word: &&str| {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = word.len() - digits.len();
        matches!(letters, 1..=2) && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let quoted = source.split('"').filter(is_rule);
    let words = |line: &'_ str| {
        let at = line.to_lowercase().find("rule").unwrap_or(line.len());
        let words = line[at..].split(|c: char| !c.is_ascii_alphanumeric());
        words.filter(is_rule).map(str::to_owned).collect::<Vec<_>>()
    };
    let comments = source.lines().filter_map(|line| line.split_once("//"));
    quoted.map(str::to_owned).chain(comments.flat_map(|(_, comment)| words(comment))).collect()
}
