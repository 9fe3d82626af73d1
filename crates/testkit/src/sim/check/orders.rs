//! What must hold of orders at rest: the record says what was decided or corrected last, phones say the same, nothing that
//! counts changes under a decision, nothing is decided on what is through, and no line is lost.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Automerge;
use roadbook_model::state::{ACCEPTED, decided_field, document_open, transition};
use roadbook_model::value::str_of;
use roadbook_model::{Fields, Kind, RecordId, Value, Verb, document, money};
use roadbook_protocol::entry::Decision;
use roadbook_protocol::item::item_hash;
use roadbook_protocol::{Entry, Hash, Outcome};
use roadbook_sync::device::content;

use crate::sim::step::Step;
use crate::sim::world::World;

/// I21 to I25.
pub fn all(world: &mut World) -> Result<(), String> {
    let happened = stories(world)?;
    happened.into_iter().for_each(|step| world.tally.happened.note(step));
    phones(world)?;
    lines(world)
}

/// An order as the log tells it.
#[derive(Default)]
struct Story<'a> {
    doc: Automerge,
    /// What was said last, and what the order came to by then.
    said: Option<&'a Decision>,
    counted: Fields,
    /// Whether it was handed in before, and as what.
    handed_in: Option<Fields>,
}

/// I21, I22, I23 and I25: the fold of every order.
fn stories(world: &World) -> Result<Vec<Step>, String> {
    let mut stories: BTreeMap<RecordId, Story<'_>> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, RecordId> = BTreeMap::new();
    let mut happened = Vec::new();
    let is_order = |id: &RecordId| {
        world.server.book.records.get(id).is_some_and(|record| record.envelope.kind == Kind::ORDER)
    };
    for row in &world.server.log {
        let position = row.entry.position;
        match &row.entry.entry {
            Entry::Changes(entry) if is_order(&entry.record) => {
                let story = stories.entry(entry.record).or_default();
                let before = story.keys();
                let chunks = entry.changes.iter().map(|change| change.0.as_slice());
                content::merge(&mut story.doc, chunks)
                    .map_err(|_| format!("I25: the order {} cannot be read at {position}", entry.record))?;
                if !before.is_subset(&story.keys()) {
                    return Err(format!("I25: the order {} loses a line at {position}", entry.record));
                }
            }
            Entry::Decision(decision) => {
                let story = stories.entry(decision.record).or_default();
                let number = decision.number.as_deref().unwrap_or_default();
                if *numbers.entry(number).or_insert(decision.record) != decision.record {
                    return Err(format!("I22: two orders have the number {number}, at {position}"));
                }
                story.decided(decision).map_err(|what| format!("{what}, at {position}"))?;
                happened.extend(story.steps(decision, decision.by == world.admin));
                story.remember(decision);
            }
            _ => {}
        }
    }
    for (id, story) in &stories {
        story.stands().map_err(|what| format!("{what}, at rest"))?;
        let decision = world.server.book.records.get(id).and_then(|record| record.decision.as_ref());
        if decision != story.said {
            return Err(format!("I21: the record says {decision:?} of {id}, and the log {:?}", story.said));
        }
    }
    Ok(happened)
}

impl<'a> Story<'a> {
    fn fields(&self) -> Fields {
        document::hydrate(Kind::ORDER.spec(), &self.doc)
    }

    fn keys(&self) -> BTreeSet<String> {
        Value::entries(self.fields().get("lines")).keys().cloned().collect()
    }

    /// What of it counts: its lines, and what makes its sum.
    fn counts(&self) -> Fields {
        let fields = self.fields().into_iter();
        fields.filter(|(field, _)| decided_field(Kind::ORDER, field)).collect()
    }

    fn state(&self) -> Option<&'a str> {
        self.said.map(|decision| decision.state.as_str())
    }

    /// I21: while it is closed, it is what it was when something was said of it last.
    fn stands(&self) -> Result<(), String> {
        match self.said {
            Some(said) if !document_open(Kind::ORDER, self.state()) && self.counts() != self.counted => {
                Err(format!("I21: the order {} is {}, and says something else now", said.record, said.state))
            }
            _ => Ok(()),
        }
    }

    /// I22 and I23: whether this may be said of the order as it stands, and says what it comes to.
    fn decided(&self, decision: &Decision) -> Result<(), String> {
        let order = decision.record;
        let verb: Verb = decision.verb.parse().map_err(|_| format!("I22: {} is no verb", decision.verb))?;
        if let Some(state) = self.state().filter(|state| [ACCEPTED, "cancelled"].contains(state)) {
            return Err(format!("I23: the order {order} is {state}, and is asked to {verb} all the same"));
        }
        transition(verb, self.state()).map_err(|violation| format!("I22: {order}: {}", violation.text))?;
        if self.said.is_some_and(|said| said.number != decision.number) {
            return Err(format!("I22: the order {order} gets another number"));
        }
        // Whoever takes a price writes it with the decision.
        if verb != Verb::TakePrice {
            self.stands()?;
        }
        if decision.total_minor != Some(money::total_of(&self.fields())) {
            return Err(format!(
                "I22: the order {order} is to come to {:?}, and does not",
                decision.total_minor
            ));
        }
        let heads: BTreeSet<Hash> = self.doc.get_heads().iter().map(|head| Hash(head.0)).collect();
        // A review is of the order as it was handed in.
        if verb != Verb::Review && heads != decision.heads.iter().copied().collect() {
            return Err(format!("I22: the order {order} was another when it was asked to {verb}"));
        }
        Ok(())
    }

    /// What a decision that is not remembered yet is a case of.
    fn steps(&self, decision: &Decision, by_office: bool) -> Vec<Step> {
        let fields = self.fields();
        let is_another = self.handed_in.as_ref().is_some_and(|before| *before != self.counts());
        match decision.verb.parse() {
            Ok(Verb::Accept) => vec![Step::Accept],
            Ok(Verb::Reject) => vec![Step::Reject],
            Ok(Verb::Cancel) => vec![Step::Cancel],
            Ok(Verb::Submit) => {
                let quote = (str_of(&fields, "state") == Some("quote")).then_some(Step::QuoteOrdered);
                let corrected = if by_office { Step::OfficeCorrected } else { Step::Corrected };
                quote.into_iter().chain(is_another.then_some(corrected)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn remember(&mut self, decision: &'a Decision) {
        self.said = Some(decision);
        self.counted = self.counts();
        if decision.verb == Verb::Submit.as_str() {
            self.handed_in = Some(self.counted.clone());
        }
    }
}

/// I24: a phone shows of an order what was said of it last.
fn phones(world: &World) -> Result<(), String> {
    for (n, phone) in world.phones.iter().enumerate().filter(|(n, _)| world.is_in_use(*n)) {
        let open = world.server.open_accounts(phone.device);
        for row in phone.rows.all_records().filter(|row| open.contains(&row.envelope.account)) {
            let record = world.server.book.records.get(&row.envelope.id);
            let said = record.and_then(|record| record.decision.as_ref());
            if record.is_some() && row.decision.as_ref() != said {
                let name = &world.phones[n].name;
                return Err(format!("I24: {name} has {:?} of {}: {said:?}", row.decision, row.envelope.id));
            }
        }
    }
    Ok(())
}

/// I25: whatever was ordered on a phone, and is in the record, is among the order's lines.
fn lines(world: &World) -> Result<(), String> {
    for saved in &world.saved {
        let (Some(marker), Some(id)) = (&saved.marker, saved.record) else { continue };
        let record = world.server.book.records.get(&id).filter(|it| it.envelope.kind == Kind::ORDER);
        let key = (saved.device, saved.store_generation, saved.number);
        let stored = world.server.book.receipts.get(&key);
        let stored = stored.filter(|stored| stored.item == item_hash(&saved.bytes));
        let is_in = stored.is_some_and(|it| matches!(it.receipt.outcome, Outcome::InRecord { .. }));
        let Some(record) = record.filter(|_| is_in) else { continue };
        let fields = document::hydrate(Kind::ORDER.spec(), &record.doc);
        let of_line = |line: &Value| str_of(Value::entries(Some(line)), "description") == Some(marker);
        if !Value::entries(fields.get("lines")).values().any(of_line) {
            return Err(format!("I25: the line {marker} of the order {id} is in the record, and is not"));
        }
    }
    Ok(())
}
