//! Which passwords are taken. Length is what counts; no rule asks for a digit or a sign.

/// Fewest characters of a password.
const CHARS_MIN: usize = 10;
/// Most bytes of a password.
pub const BYTES_MAX: usize = 200;

/// The commonest passwords of ten characters and more, in lower case. Shorter ones are refused for their length.
const COMMON: &str = include_str!("common.txt");

/// A password that may be kept.
#[derive(Clone)]
pub struct NewPassword(String);

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("a password has at least {CHARS_MIN} characters; a few words are easy to remember")]
    Short,
    /// Too long.
    #[error("a password has at most {BYTES_MAX} bytes")]
    Long,
    /// Everybody's.
    #[error("this is one of the commonest passwords; take one that only you would think of")]
    Common,
    /// The person's own name or address, or almost.
    #[error("a password must not be your own name or e-mail address")]
    OwnName,
}

impl NewPassword {
    /// Admits a password for the person of this name and address.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn admit(text: &str, name: &str, email: &str) -> Result<Self, WeakPassword> {
        if text.len() > BYTES_MAX {
            return Err(WeakPassword::Long);
        }
        if text.chars().count() < CHARS_MIN {
            return Err(WeakPassword::Short);
        }
        let core = core(text);
        if is_common(text, &core) {
            return Err(WeakPassword::Common);
        }
        if is_own(&core, name, email) {
            return Err(WeakPassword::OwnName);
        }
        Ok(Self(text.to_owned()))
    }

    /// Its bytes, to be hashed.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword")
    }
}

/// The letters and digits of a text, in lower case: what is left when it is dressed up with signs and spaces.
fn core(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same without the digits and signs that people put at its end.
fn stem(core: &str) -> &str {
    core.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn is_common(text: &str, core: &str) -> bool {
    let lower = text.to_lowercase();
    let repeated = |text: &str| {
        // One to three characters over and over.
        let chars: Vec<char> = text.chars().collect();
        (1..=3).any(|n| chars.iter().zip(chars.iter().skip(n)).all(|(a, b)| a == b))
    };
    repeated(&lower)
        || core.is_empty()
        || COMMON.lines().any(|common| {
            common == lower || common == core || (stem(common) == common && stem(core) == common)
        })
}

fn is_own(core: &str, name: &str, email: &str) -> bool {
    let local = email.split('@').next().unwrap_or_default();
    let reversed: String = name.split_whitespace().rev().collect::<Vec<_>>().join(" ");
    [name, &reversed, email, local]
        .iter()
        .map(|own| self::core(own))
        .any(|own| !own.is_empty() && (core == own || stem(core) == stem(&own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(text: &str) -> Result<(), WeakPassword> {
        NewPassword::admit(text, "Anna Berg", "anna.b@example.org").map(drop)
    }

    #[test]
    fn length_is_what_counts() {
        assert_eq!(admit("short 123"), Err(WeakPassword::Short));
        assert_eq!(admit("äöüäöüßé"), Err(WeakPassword::Short), "characters, not bytes");
        assert_eq!(admit("sieben Türme"), Ok(()));
        assert_eq!(admit("nur kleine worte"), Ok(()), "no digit, no sign, no capital needed");
        assert_eq!(admit(&"4 words and so on ".repeat(11)), Ok(()));
        assert_eq!(admit(&"4 words and so on ".repeat(12)), Err(WeakPassword::Long));
        assert_eq!(admit(&"x".repeat(1 << 20)), Err(WeakPassword::Long));
    }

    #[test]
    fn what_everybody_takes_is_refused() {
        for text in [
            "1234567890",
            "Password123",
            "password1!",
            "PASSWORD-2026",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "..........",
            "iloveyou12",
            "Changeme123",
            "roadbook 2026",
            "Administrator",
        ] {
            assert_eq!(admit(text), Err(WeakPassword::Common), "{text}");
        }
        assert_eq!(admit("my password is long"), Ok(()), "a common word within others is fine");
    }

    #[test]
    fn ones_own_name_is_refused() {
        for text in
            ["Anna Berg 1", "annaberg1985", "Berg, Anna 12", "anna.b@example.org", "anna.b@example.org1"]
        {
            assert_eq!(admit(text), Err(WeakPassword::OwnName), "{text}");
        }
        assert_eq!(admit("Anna likes trains"), Ok(()));
    }

    #[test]
    fn the_list_is_in_order_and_to_the_point() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.is_sorted() && lines.len() > 100);
        for line in lines {
            assert_eq!(line, line.to_lowercase());
            assert!(!line.contains(char::is_whitespace) && line.len() >= 6, "{line}");
        }
    }
}
