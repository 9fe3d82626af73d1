//! Workload W: a territory of 500 accounts, each with a profile of twenty fields, three contacts, twelve visits with notes
//! of 300 characters and six orders of eight lines; and a day's work on it. Seeded; sizes as in `docs/benchmarks.md`.

use roadbook_model::id::item_key;
use roadbook_model::{AccountId, Envelope, Fields, Kind, PersonId, RecordId, TerritoryId, Value};
use roadbook_sync::ledger::import::Imported;

use crate::random::Random;

const SYLLABLES: [&str; 40] = [
    "ba", "ber", "bau", "chen", "dau", "den", "dor", "ein", "er", "fel", "gen", "ger", "hau", "hei", "in",
    "kar", "ken", "lan", "lie", "lo", "man", "mer", "mit", "na", "nen", "ou", "pre", "ra", "ren", "ri",
    "sch", "sen", "ta", "ten", "tra", "ung", "ver", "vor", "wa", "zu",
];
const CITIES: [&str; 12] = [
    "Stuttgart",
    "Tübingen",
    "Reutlingen",
    "Ulm",
    "Aalen",
    "Heilbronn",
    "Freiburg",
    "Konstanz",
    "Karlsruhe",
    "Mannheim",
    "Pforzheim",
    "Esslingen",
];

/// Words of a language of its own: 2,000 of them, drawn with the skew of real text.
pub struct Words {
    words: Vec<String>,
}

impl Words {
    /// The vocabulary of a seed.
    pub fn new(random: &mut Random) -> Self {
        let words = (0..2_000)
            .map(|_| (0..1 + random.below(3)).map(|_| SYLLABLES[random.below(SYLLABLES.len())]).collect())
            .collect();
        Self { words }
    }

    fn word(&self, random: &mut Random) -> &str {
        // The product of two draws prefers low numbers, as frequent words are preferred.
        let at = random.below(self.words.len()) * random.below(1_000) / 1_000;
        &self.words[at]
    }

    /// Text of at least so many characters.
    pub fn text(&self, random: &mut Random, chars: usize) -> String {
        let mut text = String::new();
        while text.chars().count() < chars {
            if !text.is_empty() {
                text.push_str(if random.percent(8) { ". " } else { " " });
            }
            text.push_str(self.word(random));
        }
        text
    }
}

/// Makes workload W.
pub struct Workload {
    random: Random,
    words: Words,
    rep: PersonId,
    at_ms: u64,
}

impl Workload {
    /// The workload of a seed, by one rep.
    pub fn new(seed: u64, rep: PersonId) -> Self {
        let mut random = Random::new(seed);
        let words = Words::new(&mut random);
        Self { random, words, rep, at_ms: 1_700_000_000_000 }
    }

    /// The records of one account: itself, contacts, visits, orders.
    pub fn account(&mut self, territory: TerritoryId) -> Vec<Imported> {
        let id = self.id();
        let account = id.account();
        let profile = self.profile();
        let mut records = vec![self.record(id, Kind::ACCOUNT, account, profile, Some(territory))];
        for _ in 0..3 {
            let (id, fields) = (self.id(), self.contact());
            records.push(self.record(id, Kind::CONTACT, account, fields, None));
        }
        for _ in 0..12 {
            let (id, fields) = (self.id(), self.visit());
            records.push(self.record(id, Kind::VISIT, account, fields, None));
        }
        for _ in 0..6 {
            let (id, fields) = (self.id(), self.order());
            records.push(self.record(id, Kind::ORDER, account, fields, None));
        }
        records
    }

    fn record(
        &mut self,
        id: RecordId,
        kind: Kind,
        account: AccountId,
        fields: Fields,
        territory: Option<TerritoryId>,
    ) -> Imported {
        let envelope = Envelope { id, kind, account, creator: self.rep, generation: 0 };
        let captured_ms = i64::try_from(self.at_ms).unwrap_or(0);
        Imported { envelope, fields, captured_ms, territory, decision: None }
    }

    fn id(&mut self) -> RecordId {
        self.at_ms += 60_000 + self.random.below(3_600_000) as u64;
        RecordId::new(self.at_ms, self.random.bytes())
    }

    fn words(&mut self, chars: usize) -> Value {
        Value::Str(self.words.text(&mut self.random, chars))
    }

    fn number(&mut self, below: usize) -> i64 {
        i64::try_from(self.random.below(below)).unwrap_or(0)
    }

    fn profile(&mut self) -> Fields {
        let city = CITIES[self.random.below(CITIES.len())];
        let phone = format!("+49 7{} {}", 100 + self.number(900), 100_000 + self.number(900_000));
        let mail = format!("info@{}.example", self.words.word(&mut self.random));
        let street = format!("{} {}", self.words.text(&mut self.random, 10), 1 + self.number(120));
        let entries: [(&str, Value); 20] = [
            ("name", self.words(18)),
            ("external_id", Value::Str(format!("K{}", 10_000 + self.number(90_000)))),
            ("account_type", text("customer")),
            ("status", text("active")),
            ("phone", Value::Str(phone)),
            ("email", Value::Str(mail)),
            ("website", text("https://shop.example")),
            ("street", Value::Str(street)),
            ("city", text(city)),
            ("region", text("Baden-Württemberg")),
            ("postal_code", Value::Str(format!("7{}", 1000 + self.number(9000)))),
            ("country", text("DE")),
            ("latitude_microdeg", Value::Int(48_000_000 + self.number(1_000_000))),
            ("longitude_microdeg", Value::Int(8_000_000 + self.number(1_000_000))),
            ("currency", text("EUR")),
            ("segment", text(["A", "B", "C"][self.random.below(3)])),
            ("visit_every_days", Value::Int(14)),
            ("price_list", text("standard")),
            ("payment_terms", text("30 days net")),
            ("credit_limit_minor", Value::Int(100_000 * (1 + self.number(20)))),
        ];
        fields(entries)
    }

    fn contact(&mut self) -> Fields {
        let entries = [
            ("name", self.words(14)),
            ("title", self.words(8)),
            (
                "phone",
                Value::Str(format!("+49 7{} {}", 100 + self.number(900), 100_000 + self.number(900_000))),
            ),
            ("email", Value::Str(format!("{}@shop.example", self.words.word(&mut self.random)))),
        ];
        fields(entries)
    }

    /// A visit with a note of 300 characters.
    pub fn visit(&mut self) -> Fields {
        let at = i64::try_from(self.at_ms).unwrap_or(0);
        let entries = [
            ("state", text("checked_out")),
            ("purpose", text("sales")),
            ("subject", self.words(20)),
            ("checked_in_at", Value::Timestamp(at)),
            ("checked_out_at", Value::Timestamp(at + 60_000 * (10 + self.number(50)))),
            ("next_step", self.words(25)),
            ("notes", Value::Text(self.words.text(&mut self.random, 300))),
        ];
        fields(entries)
    }

    /// An order of eight lines.
    pub fn order(&mut self) -> Fields {
        let lines = (0..8).map(|_| (item_key(self.random.bytes()), Value::Map(self.line()))).collect();
        let entries = [
            ("state", text("draft")),
            ("currency", text("EUR")),
            ("order_date", text("2024-03-14")),
            ("lines", Value::Map(lines)),
        ];
        fields(entries)
    }

    fn line(&mut self) -> Fields {
        let product = self.number(400);
        let entries = [
            ("sku", Value::Str(format!("{:05}", 10_000 + product))),
            ("quantity", Value::Int(1 + self.number(48))),
            ("unit_price_minor", Value::Int(199 + product * 25)),
            ("discount_bp", Value::Int(500 * self.number(4))),
        ];
        fields(entries)
    }
}

fn text(value: &str) -> Value {
    Value::Str(value.to_owned())
}

fn fields<const N: usize>(entries: [(&str, Value); N]) -> Fields {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
