//! How alike two accounts, or two contacts, are: a hint that they may be one. Pure and in whole numbers, so that device,
//! browser and office say the same. It decides nothing; merging is the office's decision.
//!
//! Candidates are found by [`Traits::probes`] among the [`Traits::keys`] of others, never by comparing with all. A key that more
//! than [`SHARED_MAX`] records have says nothing, and is left out.
//!
//! Points, from 0 to 1000 ([`LIKELY`] and more are worth a hint):
//!
//! | what agrees | points | what contradicts | points |
//! | --- | --- | --- | --- |
//! | name: pairs of letters in common, from half of them on | 0 to 600 | postal codes differ | -250 |
//! | tax number | 500 | towns differ, where a postal code is missing | -150 |
//! | a telephone number | 300 | countries differ | -300 |
//! | an e-mail address of one person | 300 | tax numbers differ | -300 |
//! | domain of e-mail or web site, unless anybody has it | 100 | positions over 2 km apart | -200 |
//! | postal code | 80 | house numbers differ | -150 |
//! | town | 30 | streets differ, with one postal code | -120 |
//! | street and house number | 170 | telephone numbers differ | -50 |
//! | position within 100 m, within 500 m | 150, 50 | | |
//! | account, of contacts | 200 | nothing agrees but the name, and each says more | -50 |
//!
//! An address such as `office@` is a house's, not an outlet's: its domain counts, and no more.

mod normal;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::id::AccountId;
use crate::value::{Fields, Value, int_of, str_of};
use normal::{domain, email, is_shared_mailbox, name_tokens, phone, plain, street};

/// From so many points on a pair is worth a hint.
pub const LIKELY: i64 = 600;
/// A key that more records share says nothing.
pub const SHARED_MAX: usize = 64;
/// Side of a cell of the map, in millionths of a degree of latitude: some 500 m.
const CELL_MICRODEG: i64 = 4_500;
/// Metres of a millionth of a degree of latitude, in thousandths.
const MM_PER_MICRODEG: i64 = 111;

/// What is looked at, in one spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    tokens: Vec<String>,
    pairs: BTreeMap<(char, char), u32>,
    phones: BTreeSet<String>,
    emails: BTreeSet<String>,
    domains: BTreeSet<String>,
    tax_id: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
    country: Option<String>,
    street: Option<String>,
    house: Option<String>,
    position: Option<(i64, i64)>,
    account: Option<AccountId>,
}

/// Why two are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Their names.
    Name,
    /// Their tax numbers.
    TaxId,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// The domain of their e-mail or web site.
    Domain,
    /// Street and house number.
    Street,
    /// Postal code.
    PostalCode,
    /// Where they are.
    Position,
    /// The account that they belong to.
    Account,
}

impl Reason {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::TaxId => "tax number",
            Self::Phone => "telephone",
            Self::Email => "e-mail",
            Self::Domain => "domain",
            Self::Street => "street",
            Self::PostalCode => "postal code",
            Self::Position => "position",
            Self::Account => "account",
        }
    }
}

/// How alike two are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Likeness {
    /// From 0 to 1000.
    pub points: i64,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
}

impl Likeness {
    /// Whether it is worth a hint.
    pub fn is_likely(&self) -> bool {
        self.points >= LIKELY
    }
}

impl Traits {
    /// Those of an account's or a contact's content; `account` is the one that a contact belongs to.
    pub fn of(fields: &Fields, account: Option<AccountId>) -> Self {
        let text = |name: &str| str_of(fields, name).filter(|text| !text.trim().is_empty());
        let number = |name: &str| int_of(fields, name);
        let channel = |sorts: &[&str]| -> Vec<&str> {
            let items = Value::entries(fields.get("channels")).values();
            items
                .filter_map(|item| {
                    let item = Value::entries(Some(item));
                    match (item.get("channel"), item.get("address")) {
                        (Some(Value::Str(sort)), Some(Value::Str(address)))
                            if sorts.contains(&sort.as_str()) =>
                        {
                            Some(address.as_str())
                        }
                        _ => None,
                    }
                })
                .collect()
        };
        let phones = ["phone", "mobile"].into_iter().filter_map(text).chain(channel(&["phone", "sms"]));
        let mut emails: BTreeSet<String> =
            text("email").into_iter().chain(channel(&["email"])).filter_map(email).collect();
        let site = text("website").and_then(domain);
        let domains =
            emails.iter().filter_map(|email| domain(email.rsplit('@').next()?)).chain(site).collect();
        let tokens = text("name").map(name_tokens).unwrap_or_default();
        emails.retain(|email| !is_shared_mailbox(email));
        let (street, house) = text("street").map(street).unwrap_or_default();
        Self {
            pairs: pairs(&tokens),
            tokens,
            phones: phones.filter_map(phone).collect(),
            domains,
            emails,
            tax_id: text("tax_id").map(plain).filter(|text| !text.is_empty()),
            postal_code: text("postal_code").map(plain).filter(|text| !text.is_empty()),
            city: text("city").map(plain).filter(|text| !text.is_empty()),
            country: text("country").map(plain).filter(|text| !text.is_empty()),
            street,
            house,
            position: number("latitude_microdeg").zip(number("longitude_microdeg")),
            account,
        }
    }

    /// By what others find it.
    pub fn keys(&self) -> BTreeSet<String> {
        let mut keys = self.shared_keys();
        keys.extend(self.position.map(|at| cell_key(cell(at))));
        keys
    }

    /// By what it finds others: their keys, and the cells of the map around it.
    pub fn probes(&self) -> BTreeSet<String> {
        let mut keys = self.shared_keys();
        if let Some((latitude, longitude)) = self.position.map(cell) {
            for north in -1..=1 {
                keys.extend((-1..=1).map(|east| cell_key((latitude + north, longitude + east))));
            }
        }
        keys
    }

    fn shared_keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let head = |token: &String, chars: usize| token.chars().take(chars).collect::<String>();
        let mut sorted = self.tokens.clone();
        sorted.sort_unstable();
        if !sorted.is_empty() {
            keys.insert(format!("n:{}", sorted.concat()));
        }
        if let Some(longest) =
            self.tokens.iter().max_by_key(|token| (token.chars().count(), std::cmp::Reverse(*token)))
        {
            keys.insert(format!("f:{}", head(longest, 6)));
        }
        let places = [("z", &self.postal_code), ("c", &self.city)];
        for (what, place) in places.into_iter().filter_map(|(what, place)| Some((what, place.as_ref()?))) {
            keys.extend(self.tokens.iter().take(4).map(|token| format!("{what}:{place}:{}", head(token, 3))));
            if let (Some(street), Some(house)) = (&self.street, &self.house) {
                keys.insert(format!("{what}s:{place}:{}:{house}", head(street, 5)));
            }
        }
        keys.extend(self.phones.iter().map(|phone| format!("p:{phone}")));
        keys.extend(self.emails.iter().map(|email| format!("e:{email}")));
        keys.extend(self.domains.iter().map(|domain| format!("d:{domain}")));
        keys.extend(self.tax_id.as_ref().map(|tax_id| format!("t:{tax_id}")));
        keys.extend(self.account.map(|account| format!("a:{account}")));
        keys
    }

    /// How alike two are; the same whichever is asked about the other.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let mut sum = Sum::default();
        let common = shared(&self.pairs, &other.pairs);
        sum.add(Reason::Name, (common - 500).max(0) * 600 / 500);
        sum.either(same(&self.tax_id, &other.tax_id), Reason::TaxId, 500, -300);
        sum.either(meet(&self.phones, &other.phones), Reason::Phone, 300, -50);
        sum.either(meet(&self.emails, &other.emails), Reason::Email, 300, 0);
        sum.either(meet(&self.domains, &other.domains), Reason::Domain, 100, 0);
        sum.either(self.account.zip(other.account).map(|(a, b)| a == b), Reason::Account, 200, 0);
        let postal = same(&self.postal_code, &other.postal_code);
        sum.either(postal, Reason::PostalCode, 80, -250);
        let city = same(&self.city, &other.city);
        match city {
            Some(true) => sum.points += 30,
            Some(false) if postal.is_none() => sum.points -= 150,
            _ => {}
        }
        if same(&self.country, &other.country) == Some(false) {
            // One may say the name, the other the code: only a word of the same length contradicts.
            let lengths = |traits: &Self| traits.country.as_ref().map(|country| country.chars().count() == 2);
            sum.points -= if lengths(self) == lengths(other) { 300 } else { 0 };
        }
        self.compare_streets(other, postal, &mut sum);
        match self.position.zip(other.position).map(|(a, b)| metres(a, b)) {
            Some(0..=100) => sum.add(Reason::Position, 150),
            Some(101..=500) => sum.add(Reason::Position, 50),
            Some(2_001..) => sum.points -= 200,
            _ => {}
        }
        if sum.reasons == [Reason::Name] && city != Some(true) && self.says_more() && other.says_more() {
            sum.points -= 50;
        }
        Likeness { points: sum.points.clamp(0, 1000), reasons: sum.reasons }
    }

    /// Whether there is anything beside a name by which it could be told from a namesake.
    fn says_more(&self) -> bool {
        let texts = [&self.tax_id, &self.postal_code, &self.city, &self.street];
        texts.iter().any(|text| text.is_some())
            || !(self.phones.is_empty() && self.emails.is_empty() && self.domains.is_empty())
            || self.position.is_some()
    }

    fn compare_streets(&self, other: &Self, postal: Option<bool>, sum: &mut Sum) {
        let (Some(street), Some(others)) = (&self.street, &other.street) else { return };
        let pairs_of = |street: &String| pairs(std::slice::from_ref(street));
        let is_same = shared(&pairs_of(street), &pairs_of(others)) >= 700;
        match (is_same, same(&self.house, &other.house)) {
            (true, Some(false)) => sum.points -= 150,
            (true, Some(true)) if postal != Some(false) => sum.add(Reason::Street, 170),
            (false, _) if postal == Some(true) => sum.points -= 120,
            _ => {}
        }
    }
}

#[derive(Default)]
struct Sum {
    points: i64,
    reasons: Vec<Reason>,
}

impl Sum {
    fn add(&mut self, reason: Reason, points: i64) {
        self.points += points;
        if points > 0 {
            self.reasons.push(reason);
        }
    }

    fn either(&mut self, agrees: Option<bool>, reason: Reason, points: i64, otherwise: i64) {
        match agrees {
            Some(true) => self.add(reason, points),
            Some(false) => self.points += otherwise,
            None => {}
        }
    }
}

/// Whether both say it, and the same.
fn same(a: &Option<String>, b: &Option<String>) -> Option<bool> {
    a.as_ref().zip(b.as_ref()).map(|(a, b)| a == b)
}

/// Whether both have some, and any in common.
fn meet(a: &BTreeSet<String>, b: &BTreeSet<String>) -> Option<bool> {
    if a.is_empty() || b.is_empty() { None } else { Some(a.intersection(b).next().is_some()) }
}

/// Pairs of letters of each word, its beginning and end marked: where the words stand makes no difference.
fn pairs(tokens: &[String]) -> BTreeMap<(char, char), u32> {
    let mut pairs = BTreeMap::new();
    for token in tokens {
        let letters: Vec<char> =
            std::iter::once('^').chain(token.chars()).chain(std::iter::once('$')).collect();
        letters.windows(2).for_each(|pair| *pairs.entry((pair[0], pair[1])).or_insert(0) += 1);
    }
    pairs
}

/// Thousandths of the pairs that are in common (Dice).
fn shared(a: &BTreeMap<(char, char), u32>, b: &BTreeMap<(char, char), u32>) -> i64 {
    let total: u32 = a.values().chain(b.values()).sum();
    let common: u32 = a.iter().map(|(pair, count)| (*count).min(b.get(pair).copied().unwrap_or(0))).sum();
    if total == 0 { 0 } else { i64::from(2 * common) * 1000 / i64::from(total) }
}

fn cell((latitude, longitude): (i64, i64)) -> (i64, i64) {
    (latitude.div_euclid(CELL_MICRODEG), longitude.div_euclid(CELL_MICRODEG))
}

fn cell_key((latitude, longitude): (i64, i64)) -> String {
    format!("g:{latitude}:{longitude}")
}

/// Metres between two places, roughly: the longer leg of the two counts whole, the other by half. A degree of longitude
/// is taken as long at the equator as in hundredths of the table below at the latitude.
fn metres(a: (i64, i64), b: (i64, i64)) -> i64 {
    /// Hundredths of its length at the equator that a degree of longitude has, every ten degrees.
    const SHRUNK: [i64; 10] = [100, 98, 94, 87, 77, 64, 50, 34, 17, 1];
    let ten = usize::try_from(a.0.min(b.0).abs().max(0) / 10_000_000).unwrap_or(9).min(9);
    let north = (a.0 - b.0).abs() * MM_PER_MICRODEG / 1000;
    let east = (a.1 - b.1).abs() * MM_PER_MICRODEG / 1000 * SHRUNK[ten] / 100;
    north.max(east) + north.min(east) / 2
}

#[cfg(test)]
mod tests;
