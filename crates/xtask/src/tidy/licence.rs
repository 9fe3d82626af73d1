//! Licence expressions, as packages declare them: `(MIT OR Apache-2.0) AND Unicode-3.0`.

/// Licences that allow what we do: ship binaries under Apache-2.0 OR MIT, with notices.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether the expression can be satisfied with allowed licences only.
pub(super) fn is_allowed(expression: &str) -> bool {
    // Old packages write `MIT/Apache-2.0` for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let verdict = any(&mut rest);
    verdict && rest.is_empty() && !words.is_empty()
}

fn any(rest: &mut &[&str]) -> bool {
    let mut verdict = all(rest);
    while take(rest, "OR") {
        // Both sides must be read, whatever the first one says.
        verdict |= all(rest);
    }
    verdict
}

fn all(rest: &mut &[&str]) -> bool {
    let mut verdict = one(rest);
    while take(rest, "AND") {
        verdict &= one(rest);
    }
    verdict
}

fn one(rest: &mut &[&str]) -> bool {
    if take(rest, "(") {
        return any(rest) & take(rest, ")");
    }
    let Some((name, after)) = rest.split_first() else { return false };
    *rest = after;
    if take(rest, "WITH") {
        let Some((exception, after)) = rest.split_first() else { return false };
        *rest = after;
        return ALLOWED.contains(&format!("{name} WITH {exception}").as_str());
    }
    ALLOWED.contains(name)
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if *first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn a_choice_needs_one_allowed_side_and_a_sum_needs_both() {
        for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Unlicense", "(GPL-2.0 OR MIT) AND Unicode-3.0"] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT Zlib", "MIT WITH GCC-exception-3.1"] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}
