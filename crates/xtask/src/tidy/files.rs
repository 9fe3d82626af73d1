//! Files of any kind: no markers of unfinished work, no host that packages are fetched from, migrations that only go
//! forward.

use super::repo::{Repo, TextFile};

/// Files that people write.
const WRITTEN: [&str; 16] = [
    "rs", "toml", "md", "sql", "ts", "tsx", "js", "mjs", "css", "html", "svelte", "sh", "cddl", "yml",
    "yaml", "proto",
];
/// Spelt in two halves, because this file is checked too.
const MARKERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
/// Where packages come from is the business of the machine that builds, not of the source.
const HOSTS: [&str; 6] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("registry.npmjs", ".org"),
    concat!("registry.yarnpkg", ".com"),
    concat!("proxy.golang", ".org"),
    concat!("files.pythonhosted", ".org"),
];
/// What cargo writes for its default registry, wherever the packages really came from.
const STANDARD_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

pub(super) fn check(repo: &Repo) -> Vec<String> {
    let mut findings: Vec<String> = repo.with_extension(&WRITTEN).flat_map(markers).collect();
    findings.extend(repo.files.iter().flat_map(hosts));
    findings.extend(migrations(repo));
    findings
}

fn markers(file: &TextFile) -> Vec<String> {
    let is_merge = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    let has_marker = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| MARKERS.contains(&word))
    };
    place_lines(file, "a leftover marker: do it, or write it down where it will be found", |line| {
        is_merge(line) || has_marker(line)
    })
}

fn hosts(file: &TextFile) -> Vec<String> {
    let is_lock = file.path == "Cargo.lock";
    let is_config = file.path.starts_with(".cargo/");
    let is_npm_config = file.path.ends_with(".npmrc");
    place_lines(file, "names a package registry", |line| {
        HOSTS.iter().any(|host| line.contains(host))
            || is_lock && line.starts_with("source = ") && line != STANDARD_SOURCE
            || is_config && (line.contains("registry") || line.contains("replace-with"))
            || is_npm_config && sets_registry(line)
            || file.path.ends_with("package-lock.json") && line.contains("\"resolved\": \"http")
    })
}

/// `registry = ...`, or that of one scope.
fn sets_registry(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| key.trim() == "registry" || key.trim().ends_with(":registry"))
}

fn place_lines(file: &TextFile, what: &str, is_found: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| is_found(line));
    lines.map(|(index, _)| format!("{}:{}: {what}", file.path, index + 1)).collect()
}

fn migrations(repo: &Repo) -> Vec<String> {
    let mut findings = Vec::new();
    let mut numbers: Vec<(u64, &str)> = Vec::new();
    for file in
        repo.files.iter().filter(|file| file.path.starts_with("migrations/") && file.has_extension(&["sql"]))
    {
        let name = file.path.trim_start_matches("migrations/");
        match number(name) {
            None => {
                findings.push(format!("{}: name it <number>_<what_it_does>.sql, forward only", file.path))
            }
            Some(number) => numbers.push((number, name)),
        }
    }
    numbers.sort_unstable();
    let twins = numbers.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    findings.extend(twins.map(|pair| format!("migrations: {} and {} have one number", pair[0].1, pair[1].1)));
    findings
}

/// `0007_order_numbers.sql` is number 7; `up` and `down` halves are not forward only.
fn number(name: &str) -> Option<u64> {
    let (digits, words) = name.strip_suffix(".sql")?.split_once('_')?;
    let is_plain = words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (is_plain && digits.len() >= 4 && !words.is_empty()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::super::repo::TextFile;
    use super::{hosts, number};

    #[test]
    fn where_packages_come_from_is_not_in_the_source() {
        let found =
            |path: &str, text: &str| hosts(&TextFile { path: path.to_owned(), text: text.to_owned() }).len();
        assert_eq!(found("a/.npmrc", "omit-lockfile-registry-resolved=true\n"), 0);
        assert_eq!(found("a/.npmrc", "registry=https://example.com\n@a:registry = https://example.com\n"), 2);
        assert_eq!(found("a/package-lock.json", "\"resolved\": \"https://example.com/a.tgz\"\n"), 1);
        assert_eq!(found("a/package-lock.json", "\"resolved\": \"src/replica\",\n"), 0);
    }

    #[test]
    fn a_migration_has_a_number_and_no_way_back() {
        assert_eq!(number("0007_order_numbers.sql"), Some(7));
        for bad in ["order.sql", "7_x.sql", "0007_order.down.sql", "0007-order.sql", "0007_.sql"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
