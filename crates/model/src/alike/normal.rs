//! One spelling for what people write in many: names, numbers, addresses.

use unicode_normalization::UnicodeNormalization;

/// Words that say what a company is in law, and other words without meaning of their own.
const EMPTY_WORDS: [&str; 34] = [
    "ag",
    "and",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "das",
    "der",
    "die",
    "et",
    "fils",
    "gbr",
    "gmbh",
    "inc",
    "kg",
    "la",
    "le",
    "limited",
    "llc",
    "llp",
    "ltd",
    "mbh",
    "nv",
    "ohg",
    "oy",
    "plc",
    "sa",
    "sarl",
    "sl",
    "sons",
    "spa",
    "the",
    "und",
];

/// Domains at which anybody has an address.
const ANYBODYS: [&str; 20] = [
    "aol.com",
    "bluewin.ch",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yahoo.de",
];

/// Digits of a telephone number that are compared: its end, which no prefix changes.
const PHONE_DIGITS: usize = 8;

/// Lower case, no accents; umlauts as one letter, whether written as one or two.
fn letters(text: &str) -> String {
    let bare: String = text
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    bare.replace('ß', "ss").replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Letters and digits alone.
pub(super) fn plain(text: &str) -> String {
    letters(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a name that mean something; all of them if none does.
pub(super) fn name_tokens(name: &str) -> Vec<String> {
    // G.m.b.H. and A & B: points join, other signs part.
    let text = letters(name).replace(['.', '\'', '’'], "");
    let all: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let meaning: Vec<String> =
        all.iter().filter(|word| !EMPTY_WORDS.contains(&word.as_str())).cloned().collect();
    if meaning.is_empty() { all } else { meaning }
}

/// The last digits of a telephone number, if it has as many.
pub(super) fn phone(number: &str) -> Option<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits
        .len()
        .checked_sub(PHONE_DIGITS)
        .or((digits.len() >= 6).then_some(0))
        .map(|start| digits[start..].iter().collect())
}

/// Names of mailboxes that a house has, not a person.
const SHARED_MAILBOXES: [&str; 14] = [
    "bestellung",
    "contact",
    "hello",
    "info",
    "kontakt",
    "mail",
    "office",
    "order",
    "orders",
    "post",
    "sales",
    "service",
    "support",
    "team",
];

/// Whether an address in one spelling is a house's, such as `office@`.
pub(super) fn is_shared_mailbox(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, _)| SHARED_MAILBOXES.contains(&local))
}

/// An e-mail address in one spelling.
pub(super) fn email(address: &str) -> Option<String> {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.split_once('@')?;
    (!local.is_empty() && domain.contains('.')).then_some(address)
}

/// The domain of a web site or an address, unless anybody has one there.
pub(super) fn domain(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    (host.contains('.') && !ANYBODYS.contains(&host)).then(|| host.to_owned())
}

/// A street's name in one spelling, and its house number.
pub(super) fn street(text: &str) -> (Option<String>, Option<String>) {
    let text = letters(text);
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    let house = words.iter().find(is_number).map(|word| (*word).to_owned());
    let mut name: String = words.iter().filter(|word| !is_number(word)).map(|word| short(word)).collect();
    for long in ["strasse", "street"] {
        if let Some(stem) = name.strip_suffix(long) {
            name = format!("{stem}str");
        }
    }
    ((!name.is_empty()).then_some(name), house)
}

fn short(word: &str) -> &str {
    match word {
        "strasse" | "street" | "st" => "str",
        "avenue" | "ave" => "av",
        "road" => "rd",
        "platz" | "place" => "pl",
        "boulevard" | "blvd" => "bd",
        other => other,
    }
}
