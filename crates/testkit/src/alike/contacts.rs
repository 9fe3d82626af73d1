//! Contacts by seed, and second writings of them: what the hint is measured on for people. Among them are relatives in one shop
//! with one telephone, colleagues behind one desk, and namesakes elsewhere, who are not the same person; and people who were
//! written down again at the customer for whom they work now.

use roadbook_model::{AccountId, Fields, RecordId, Value};

use super::{PEOPLE, misspelt, pick};
use crate::random::Random;

const GIVEN: [&str; 36] = [
    "Anna",
    "Anton",
    "Barbara",
    "Bernd",
    "Christa",
    "Christian",
    "Daniela",
    "Elisabeth",
    "Eva",
    "Franz",
    "Georg",
    "Gerda",
    "Günther",
    "Hanna",
    "Hannes",
    "Helga",
    "Ingrid",
    "Jakob",
    "Johann",
    "Johanna",
    "Josef",
    "Karin",
    "Karl",
    "Katharina",
    "Lukas",
    "Maria",
    "Markus",
    "Martina",
    "Michael",
    "Paul",
    "Petra",
    "Rosa",
    "Stefan",
    "Stefanie",
    "Thomas",
    "Ulrike",
];

const STEMS: [&str; 40] = [
    "Ach", "Alt", "Am", "Angel", "Asch", "Bach", "Berg", "Brand", "Buch", "Dorf", "Ebn", "Eich", "Feld",
    "Forst", "Gast", "Grub", "Hall", "Has", "Haus", "Hint", "Hoch", "Holz", "Kirch", "Leit", "Lind",
    "Mitter", "Moos", "Neu", "Ober", "Pich", "Raut", "Rosen", "Sand", "Schach", "Stein", "Tann", "Unter",
    "Wald", "Weid", "Wies",
];
const ENDINGS: [&str; 16] = [
    "auer", "bacher", "bauer", "berger", "eder", "egger", "er", "hofer", "huber", "inger", "leitner",
    "maier", "mann", "müller", "ner", "thaler",
];

/// One person, before being written down.
struct Person {
    given: &'static str,
    family: String,
    phone: usize,
    mobile: usize,
    domain: String,
}

/// Contacts, and pairs of them that are one person.
#[derive(Clone, Debug, Default)]
pub struct SeededContacts {
    /// Contents, each a contact, and the account that it belongs to.
    pub contacts: Vec<(Fields, AccountId)>,
    /// Places of two that are one person.
    pub pairs: Vec<(usize, usize)>,
}

/// The contacts of so many accounts by seed; one in ten is written a second time.
pub fn seeded_contacts(seed: u64, accounts: usize) -> SeededContacts {
    let mut random = Random::new(seed);
    let mut made = SeededContacts::default();
    let ids: Vec<AccountId> = (0..accounts).map(|_| RecordId::new(1, random.bytes()).account()).collect();
    for (n, account) in ids.iter().enumerate() {
        let desk = 1_000_000 + random.below(9_000_000);
        let house = family_name(&mut random);
        for _ in 0..1 + random.below(5) {
            let person = person(&mut random, n, desk, &house);
            let place = made.contacts.len();
            made.contacts.push((written(&mut random, &person, false), *account));
            if random.percent(10) {
                // Whoever works for another customer now has that one's telephone.
                let moved = random.percent(15);
                let now = if moved { ids[random.below(ids.len())] } else { *account };
                let person = if moved {
                    Person { phone: 1_000_000 + random.below(9_000_000), ..person }
                } else {
                    person
                };
                made.pairs.push((place, made.contacts.len()));
                made.contacts.push((written(&mut random, &person, true), now));
            }
        }
    }
    made
}

/// Some names are common, most are not.
fn family_name(random: &mut Random) -> String {
    match random.percent(15) {
        true => pick(random, &PEOPLE).to_owned(),
        false => format!("{}{}", pick(random, &STEMS), pick(random, &ENDINGS)),
    }
}

fn person(random: &mut Random, n: usize, desk: usize, house: &str) -> Person {
    let family = if random.percent(30) { house.to_owned() } else { family_name(random) };
    let phone = if random.percent(60) { desk } else { 1_000_000 + random.below(9_000_000) };
    Person {
        given: pick(random, &GIVEN),
        family,
        phone,
        mobile: 1_000_000 + random.below(9_000_000),
        domain: format!("shop{n}.example"),
    }
}

/// A person as somebody writes one down: not everything is known, and the second time much is written otherwise.
fn written(random: &mut Random, person: &Person, again: bool) -> Fields {
    let mut fields = Fields::new();
    let (given, family) = (person.given, &person.family);
    let name = match random.below(10) {
        0 if again => format!("{}. {family}", given.chars().take(1).collect::<String>()),
        1 if again => format!("{family}, {given}"),
        2 if again => format!("Dr. {given} {family}"),
        _ => format!("{given} {family}"),
    };
    let name = if again { misspelt(random, &name) } else { name };
    fields.insert("name".to_owned(), Value::Str(name));
    let mut put = |field: &str, text: String| drop(fields.insert(field.to_owned(), Value::Str(text)));
    if random.percent(60) {
        put("phone", number(random, 316, person.phone));
    }
    if random.percent(55) {
        put("mobile", number(random, 664, person.mobile));
    }
    if random.percent(60) {
        let local = match random.below(3) {
            0 => "office".to_owned(),
            1 => given.to_lowercase(),
            _ => format!("{}.{}", given.to_lowercase(), family.to_lowercase()),
        };
        put("email", format!("{local}@{}", person.domain));
    }
    fields
}

fn number(random: &mut Random, area: usize, own: usize) -> String {
    match random.below(3) {
        0 => format!("+43 {area} {own}"),
        1 => format!("0{area}/{own}"),
        _ => format!("0{area} {} {:03}", own / 1_000, own % 1_000),
    }
}
