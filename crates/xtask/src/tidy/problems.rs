//! Every code with which the HTTP API can refuse stands in the table of `docs/operators.md`, with what to do.

use std::collections::BTreeSet;

use super::repo::{Repo, TextFile};

const DOCS: &str = "docs/operators.md";
/// The heading of the table.
const HEADING: &str = "## Codes over HTTP";
/// Where refusals are written: the endpoints, and what they ask of the store.
const SOURCES: [&str; 3] =
    ["crates/server/src/http/", "crates/server/src/store/office/", "crates/server/src/store/sign_in/"];
/// Calls whose first argument is a code.
const BY_CODE: [&str; 3] = ["invalid(", "conflict(", "refused("];
/// Calls whose second argument is one, after the status.
const BY_STATUS: [&str; 2] = ["Problem::new(", "Self::new("];

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let Some(docs) = repo.find(DOCS) else { return Vec::new() };
    let told = told(&docs.text);
    let is_source = |file: &&TextFile| SOURCES.iter().any(|folder| file.path.starts_with(folder));
    let missing = |file: &TextFile| {
        let codes: BTreeSet<&str> = codes(&file.text).filter(|code| !told.contains(code)).collect();
        let say = |code| format!("{}: the code `{code}` is not told under {HEADING:?} in {DOCS}", file.path);
        codes.into_iter().map(say).collect::<Vec<_>>()
    };
    repo.with_extension(&["rs"]).filter(is_source).flat_map(missing).collect()
}

/// The codes in the first column of the table.
fn told(text: &str) -> BTreeSet<&str> {
    let section = text.split_once(HEADING).map_or("", |(_, after)| after);
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let first_cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The codes that a source file writes out.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let first = BY_CODE.iter().flat_map(|call| text.split(call).skip(1));
    let second = BY_STATUS.iter().flat_map(|call| text.split(call).skip(1));
    let second = second.filter_map(|after| after.split_once(',').map(|(_, rest)| rest));
    first.chain(second).filter_map(literal)
}

/// The word that begins here as a text, if it is a code.
fn literal(text: &str) -> Option<&str> {
    let (word, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_code = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_code.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_not_told_is_found() {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let source = "OfficeError::conflict(\n    \"told\", text); invalid(\"untold\", format!(\"x\"));
                      Problem::new(StatusCode::CONFLICT, \"hushed\", detail); refused(code, text)";
        let docs = "| `untold` | elsewhere |\n## Codes over HTTP\n\n| `other`, `told` | 409 | see `hushed` |\n\n## More\n";
        let repo = |path| Repo { files: vec![file(path, source), file(DOCS, docs)] };
        let found = check(&repo("crates/server/src/http/a.rs"));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`hushed`") && found[1].contains("`untold`"), "{found:?}");
        assert!(check(&repo("crates/server/src/keys.rs")).is_empty());
    }
}
