//! Accounts by seed, and second writings of them as people make them: what the duplicate hint is measured on. Among them are
//! chains, neighbours and namesakes, which are not the same customer. [`contacts`] has the same for people.

mod contacts;

use roadbook_model::alike::Traits;
use roadbook_model::projection::to_json;
use roadbook_model::{Fields, Value};
use serde_json::{Value as Json, json};

pub use self::contacts::{SeededContacts, seeded_contacts};
use crate::random::Random;

const FIRST: [&str; 40] = [
    "Adler", "Alpen", "Anker", "Bären", "Berg", "Blumen", "Brücken", "Eichen", "Feinkost", "Fluss", "Garten",
    "Glocken", "Hafen", "Hirsch", "Insel", "Kloster", "König", "Kranich", "Linden", "Löwen", "Mühlen",
    "Nord", "Ochsen", "Park", "Post", "Quellen", "Rathaus", "Rosen", "Schloss", "Schwan", "See", "Sonnen",
    "Stern", "Süd", "Tannen", "Turm", "Ufer", "Wald", "Wein", "Ziegel",
];
const SECOND: [&str; 24] = [
    "apotheke",
    "bäckerei",
    "bar",
    "bistro",
    "café",
    "drogerie",
    "eck",
    "garten",
    "gasthof",
    "handel",
    "hof",
    "hotel",
    "keller",
    "kiosk",
    "krone",
    "laden",
    "markt",
    "metzgerei",
    "restaurant",
    "stube",
    "stüberl",
    "weinhaus",
    "wirt",
    "zentrum",
];
const PEOPLE: [&str; 30] = [
    "Aigner",
    "Bauer",
    "Berger",
    "Brunner",
    "Eder",
    "Fischer",
    "Fuchs",
    "Gruber",
    "Haas",
    "Hofer",
    "Huber",
    "Jäger",
    "Kaiser",
    "Keller",
    "Koch",
    "Lang",
    "Lechner",
    "Maier",
    "Moser",
    "Müller",
    "Pichler",
    "Reiter",
    "Schmid",
    "Schneider",
    "Schwarz",
    "Steiner",
    "Wagner",
    "Weber",
    "Winkler",
    "Wolf",
];
const LEGAL: [&str; 7] = ["", "", " GmbH", " KG", " & Co. KG", " OHG", " AG"];
const STREETS: [&str; 24] = [
    "Bahnhof", "Berg", "Brunnen", "Dorf", "Feld", "Garten", "Goethe", "Haupt", "Kirch", "Linden", "Markt",
    "Mozart", "Mühl", "Park", "Post", "Ring", "Rosen", "Schiller", "Schul", "See", "Sonnen", "Tal", "Wald",
    "Wiesen",
];
const WAYS: [&str; 5] = ["straße", "gasse", "weg", "allee", "platz"];
const CHAINS: [&str; 6] =
    ["Spar", "Nah & Frisch", "Grünkern Biomarkt", "Tankstop", "Back & Snack", "Blattwerk"];

/// One account, before it is written down.
#[derive(Clone, Debug)]
struct Shop {
    name: String,
    legal: &'static str,
    street: String,
    house: usize,
    postal: usize,
    city: usize,
    phone: usize,
    domain: String,
    latitude: i64,
    longitude: i64,
}

/// Accounts, and pairs of them that are one customer.
#[derive(Clone, Debug, Default)]
pub struct Seeded {
    /// Contents, each an account.
    pub accounts: Vec<Fields>,
    /// Places of two that are one customer.
    pub pairs: Vec<(usize, usize)>,
}

/// So many accounts by seed; one in ten is written a second time.
pub fn seeded(seed: u64, count: usize) -> Seeded {
    let mut random = Random::new(seed);
    let mut made = Seeded::default();
    let mut before: Vec<Shop> = Vec::new();
    for n in 0..count {
        let shop = shop(&mut random, n, before.last());
        let place = made.accounts.len();
        made.accounts.push(written(&mut random, &shop, false));
        if random.percent(10) {
            made.pairs.push((place, made.accounts.len()));
            made.accounts.push(written(&mut random, &shop, true));
        }
        before = vec![shop];
    }
    made
}

fn pick<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.below(words.len())]
}

fn shop(random: &mut Random, n: usize, neighbour: Option<&Shop>) -> Shop {
    let city = random.below(400);
    let (name, domain) = match random.below(100) {
        // An outlet: name and domain say nothing of which.
        0..=11 => {
            let chain = pick(random, &CHAINS);
            (chain.to_owned(), format!("chain{}.example", chain.len()))
        }
        12..=54 => {
            let person = pick(random, &PEOPLE);
            let second = pick(random, &SECOND);
            let capital: String =
                second.chars().take(1).flat_map(char::to_uppercase).chain(second.chars().skip(1)).collect();
            (format!("{capital} {person}"), format!("{}{n}.example", person.to_lowercase()))
        }
        _ => {
            let (first, second) = (pick(random, &FIRST), pick(random, &SECOND));
            (format!("{first}{second}"), format!("shop{n}.example"))
        }
    };
    let mut shop = Shop {
        name,
        legal: pick(random, &LEGAL),
        street: format!("{}{}", pick(random, &STREETS), pick(random, &WAYS)),
        house: 1 + random.below(120),
        postal: 1_000 + city * 20 + random.below(3),
        city,
        phone: 1_000_000 + random.below(9_000_000),
        domain,
        latitude: 46_500_000
            + i64::try_from(city % 20).unwrap_or(0) * 100_000
            + i64::try_from(random.below(40_000)).unwrap_or(0),
        longitude: 9_500_000
            + i64::try_from(city / 20).unwrap_or(0) * 300_000
            + i64::try_from(random.below(40_000)).unwrap_or(0),
    };
    // Another customer in the same house.
    if let Some(next) = neighbour.filter(|_| random.percent(8)) {
        shop = Shop {
            street: next.street.clone(),
            house: next.house,
            postal: next.postal,
            city: next.city,
            latitude: next.latitude,
            longitude: next.longitude,
            ..shop
        };
    }
    shop
}

/// An account as somebody writes it down: not everything is known, and the second time much is written otherwise.
fn written(random: &mut Random, shop: &Shop, again: bool) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    let legal = if again && random.percent(50) { pick(random, &LEGAL) } else { shop.legal };
    let mut name = format!("{}{legal}", shop.name);
    if again {
        name = misspelt(random, &name);
    }
    put("name", Value::Str(name));
    if random.percent(85) {
        let street = if again && random.percent(50) {
            shop.street.replace("straße", "str.")
        } else {
            shop.street.clone()
        };
        put("street", Value::Str(format!("{street} {}", shop.house)));
    }
    if random.percent(90) {
        put("postal_code", Value::Str(shop.postal.to_string()));
    }
    if random.percent(90) {
        put("city", Value::Str(format!("Ort {}", shop.city)));
    }
    if random.percent(if again { 60 } else { 80 }) {
        let number = match random.below(3) {
            0 => format!("+43 {} {}", shop.city, shop.phone),
            1 => format!("0{}/{}", shop.city, shop.phone),
            _ => {
                format!("0{} {} {}", shop.city, shop.phone / 1_000, format_args!("{:03}", shop.phone % 1_000))
            }
        };
        put("phone", Value::Str(number));
    }
    if random.percent(50) {
        let local = if again && random.percent(40) { "info" } else { "office" };
        put("email", Value::Str(format!("{local}@{}", shop.domain)));
    }
    if random.percent(40) {
        let off = |random: &mut Random| i64::try_from(random.below(1_200)).unwrap_or(0) - 600;
        put("latitude_microdeg", Value::Int(shop.latitude + off(random)));
        put("longitude_microdeg", Value::Int(shop.longitude + off(random)));
    }
    fields
}

/// A name as it is typed in a hurry.
fn misspelt(random: &mut Random, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    match random.below(8) {
        0 | 1 => return name.to_uppercase(),
        2 => return name.replace('ü', "ue").replace('ä', "ae").replace('ö', "oe"),
        3 => {
            letters.remove(1 + random.below(letters.len() - 1));
        }
        4 => {
            let at = 1 + random.below(letters.len() - 2);
            letters.swap(at, at + 1);
        }
        5 => {
            let words: Vec<&str> = name.split(' ').rev().collect();
            return words.join(" ");
        }
        _ => {}
    }
    letters.into_iter().collect()
}

/// Pairs that are one customer, and as many that are not, with how alike they are.
pub fn vectors() -> Json {
    let made = seeded(26, 400);
    let traits = |place: usize| Traits::of(&made.accounts[place], None);
    let one = made.pairs.iter().take(40).copied();
    let other = (0..40).map(|n| (n * 7, n * 7 + 3)).filter(|pair| !made.pairs.contains(pair));
    let pairs: Vec<Json> = one
        .chain(other)
        .map(|(a, b)| {
            let likeness = traits(a).likeness(&traits(b));
            json!({
                "a": to_json(&made.accounts[a]), "b": to_json(&made.accounts[b]),
                "points": likeness.points, "reasons": likeness.reasons,
            })
        })
        .collect();
    json!({ "doc": "Generated by crates/testkit/examples/emit-alike.rs; do not edit.", "pairs": pairs })
}

/// A rep's accounts with the pairs that are one customer: what the app's own look, which begins with its search, is measured on.
pub fn seeded_vector() -> Json {
    let made = seeded(2026, 1_000);
    let accounts: Vec<Json> = made.accounts.iter().map(to_json).collect();
    json!({
        "doc": "Generated by crates/testkit/examples/emit-seeded.rs; do not edit.",
        "accounts": accounts, "pairs": made.pairs,
    })
}
