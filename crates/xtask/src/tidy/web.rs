//! Files of the web client: short ones, nothing left over from looking for a fault, no markup that trusts what people
//! wrote, and nothing that a strict content policy would refuse.

use super::repo::{Repo, TextFile};

const FOLDER: &str = "clients/web/";
const FILE_LINES_MAX: usize = 800;
/// What is in the source of the app itself for a moment only, or not at all, and what to do about it. Spelt in two
/// halves where this file would find itself.
const BANNED: [(&str, &str); 7] = [
    ("console.log", "a leftover: tell the person, or nobody"),
    ("debugger;", "a leftover"),
    ("{@html", "people's own words are never markup"),
    ("innerHTML", "people's own words are never markup"),
    ("style=\"", "the content policy refuses it: a class, or a `style:` directive"),
    ("@ts-ignore", "an exemption says why: `@ts-expect-error reason`"),
    ("eslint-disable", "an exemption says why: `eslint-disable-next-line RULE -- reason`"),
];

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let ours = repo.with_extension(&["ts", "js", "mjs", "svelte", "css", "html"]);
    ours.filter(|file| file.path.starts_with(FOLDER)).flat_map(check_file).collect()
}

fn check_file(file: &TextFile) -> Vec<String> {
    let mut findings = Vec::new();
    let length = file.text.lines().count();
    if length > FILE_LINES_MAX {
        findings.push(format!("{}: {length} lines; {FILE_LINES_MAX} are enough", file.path));
    }
    // Scripts and tests speak to a developer, and write pages of their own.
    if is_production(&file.path) {
        findings.extend(file.text.lines().enumerate().filter_map(|(index, line)| {
            let (_, why) = BANNED.iter().find(|(banned, _)| line.contains(banned) && !is_explained(line))?;
            Some(format!("{}:{}: {why}", file.path, index + 1))
        }));
    }
    findings
}

fn is_production(path: &str) -> bool {
    let inside = path.trim_start_matches(FOLDER);
    ["src/", "app/", "office/"].iter().any(|folder| inside.starts_with(folder)) && !inside.contains(".test.")
}

/// An exemption with its reason behind two dashes.
fn is_explained(line: &str) -> bool {
    line.split_once("eslint-disable-next-line ").is_some_and(|(_, rest)| rest.contains(" -- "))
        || line.contains("<!-- svelte-ignore")
}

#[cfg(test)]
mod tests {
    use super::super::repo::{Repo, TextFile};
    use super::check;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Repo { files: vec![TextFile { path: path.to_owned(), text: text.to_owned() }] })
    }

    #[test]
    fn leftovers_and_trusting_markup_are_found_in_the_source_of_the_screens() {
        let source = "a();\nconsole.log(a);\n{@html words}\n<p style=\"color: red\">\n";
        let findings = found("clients/web/src/app/A.svelte", source);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].starts_with("clients/web/src/app/A.svelte:2:"), "{findings:?}");
        for elsewhere in ["clients/web/browser/a.ts", "clients/web/src/app/a.test.ts", "protocol/a.mjs"] {
            assert!(found(elsewhere, source).is_empty(), "{elsewhere}");
        }
    }

    #[test]
    fn an_exemption_needs_its_reason() {
        let bare = "// eslint-disable-next-line no-console\n";
        let told = "// eslint-disable-next-line no-console -- the worker has no screen\n";
        let path = "clients/web/src/app/a.ts";
        assert_eq!((found(path, bare).len(), found(path, told).len()), (1, 0));
    }

    #[test]
    fn a_file_stays_short_wherever_it_is() {
        let long = "a();\n".repeat(801);
        assert_eq!(found("clients/web/browser/a.ts", &long).len(), 1);
    }
}
