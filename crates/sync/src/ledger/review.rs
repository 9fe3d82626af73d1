//! What the server finds that a submitted order costs, and what becomes of it. Finding it is not the book's affair: prices
//! are reference data, which no book holds.

use roadbook_model::permission::Role;
use roadbook_model::state::{PRICES_DIFFER, QUOTE_EXPIRED, TO_APPROVE, Verb, quote_expired};
use roadbook_model::value::int_of;
use roadbook_model::{Edit, Fields, Kind, PersonId, RecordId, Value, document, money};
use roadbook_protocol::entry::{Decision, Review, ReviewLine};
use roadbook_protocol::item::Request;
use roadbook_protocol::{Entry, Reason, code};

use super::book::Book;
use super::judge::Stop;
use crate::actor;

/// Longest reason for a decision, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;

impl Book {
    /// The orders that were submitted in this append and of which nothing was said since.
    pub fn submitted(&self) -> Vec<RecordId> {
        let mut found: Vec<RecordId> = Vec::new();
        for new in &self.out.entries {
            let Entry::Decision(decision) = &new.entry else { continue };
            // What was imported was decided on elsewhere.
            let is_asked = decision.request.is_some() && decision.verb == Verb::Submit.as_str();
            let stands = self.records.get(&decision.record).and_then(|record| record.decision.as_ref());
            if is_asked && stands == Some(decision) && !found.contains(&decision.record) {
                found.push(decision.record);
            }
        }
        found
    }

    /// Rule Q6: says what the pricing of an order that was just submitted came to, if there is anything to say.
    pub fn review(&mut self, record: RecordId, review: Review) -> Option<u64> {
        let state = match (review.differs, review.reasons.is_empty()) {
            (true, _) => PRICES_DIFFER,
            (false, false) => TO_APPROVE,
            (false, true) => return None,
        };
        let submitted = self.records.get(&record)?.decision.clone()?;
        let decision = Decision {
            verb: Verb::Review.as_str().to_owned(),
            state: state.to_owned(),
            request: None,
            review: Some(review),
            text: None,
            ..submitted
        };
        let position = self.append(Entry::Decision(decision.clone()));
        self.put_decision(decision, position);
        Some(position)
    }

    /// The state that follows: an order whose price is settled may still need an approval (rule Q7).
    pub(super) fn state_after(&self, record: RecordId, verb: Verb, to: &'static str) -> &'static str {
        let settles = matches!(verb, Verb::KeepPrice | Verb::TakePrice);
        let asks = self.review_of(record).is_some_and(|review| !review.reasons.is_empty());
        if settles && asks { TO_APPROVE } else { to }
    }

    /// What stays to be known of a review after this verb.
    pub(super) fn review_after(&self, record: RecordId, verb: Verb) -> Option<Review> {
        let review = self.review_of(record).filter(|_| verb != Verb::Submit)?;
        Some(Review { lines: Vec::new(), ..review.clone() })
    }

    fn review_of(&self, record: RecordId) -> Option<&Review> {
        self.records.get(&record)?.decision.as_ref()?.review.as_ref()
    }

    /// Rule Q9: whoever submits a quote here and now sees that it is over. What a device pushes may have been captured in time.
    pub(super) fn still_holds(&self, request: &Request) -> Result<(), Reason> {
        let record = self.records.get(&request.record).filter(|_| request.verb == Verb::Submit.as_str());
        let is_over = record.is_some_and(|record| {
            let envelope = record.envelope;
            quote_expired(&document::hydrate(envelope.kind.spec(), &record.doc), self.now_ms)
        });
        if is_over { Err(Reason::new(code::QUOTE_EXPIRED, "Q9", QUOTE_EXPIRED)) } else { Ok(()) }
    }

    /// Rule Q8: whose word it takes, and that whoever gives an order back says why.
    pub(super) fn may_decide(
        &self,
        role: Role,
        record: RecordId,
        verb: Verb,
        text: Option<&str>,
    ) -> Result<(), Stop> {
        let refuse = |text: String| Err(Stop::refuse(Reason::new(code::NOT_PERMITTED, "Q8", text)));
        let gives_back = matches!(verb, Verb::Decline | Verb::Reject);
        if gives_back && text.is_none_or(|text| text.trim().is_empty()) {
            return refuse("who gives an order back says why".to_owned());
        }
        let decision = self.records.get(&record).and_then(|record| record.decision.as_ref());
        let waits = decision.is_some_and(|decision| decision.state == TO_APPROVE);
        let approver = self.review_of(record).and_then(|review| review.approver.as_deref());
        let approver = approver.and_then(|role| role.parse::<Role>().ok());
        match approver {
            Some(approver)
                if waits
                    && matches!(verb, Verb::Approve | Verb::Accept | Verb::Decline)
                    && role < approver =>
            {
                refuse(format!("this order needs the word of the {approver}"))
            }
            _ => Ok(()),
        }
    }

    /// Rule Q7: writes what the review says of the lines into the order, as the server's own change in the name of who
    /// decided.
    pub(super) fn take_price(&mut self, by: PersonId, record: RecordId) -> Result<(), Stop> {
        match self.review_of(record).cloned() {
            Some(review) => self.write_price(by, record, &review.lines, review.priced_tax_minor),
            None => Ok(()),
        }
    }

    /// Writes what an order's lines cost into an order that the office writes, as a device does with what its person writes.
    ///
    /// # Errors
    /// `unknown_record`; `wrong_state` for a price that does not fit the order.
    pub fn price_written(
        &mut self,
        by: PersonId,
        record: RecordId,
        lines: &[ReviewLine],
        tax_minor: i64,
    ) -> Result<(), Reason> {
        self.write_price(by, record, lines, tax_minor).map_err(|stop| stop.reason)
    }

    fn write_price(
        &mut self,
        by: PersonId,
        record: RecordId,
        lines: &[ReviewLine],
        tax_minor: i64,
    ) -> Result<(), Stop> {
        let stored = self.records.get(&record).ok_or_else(super::judge::unknown_record)?;
        let (envelope, base) = (stored.envelope, stored.doc.clone());
        let edits = price_edits(&document::hydrate(Kind::ORDER.spec(), &base), lines, tax_minor);
        let own = actor::server(self.epoch.0, record);
        let mut doc = base.clone();
        let made = document::edit(Kind::ORDER.spec(), &mut doc, own, self.now_ms.div_euclid(1000), &edits);
        let unfit = |text: String| Stop::refuse(Reason::new(code::WRONG_STATE, "Q7", text));
        let made = made.map_err(|violation| unfit(violation.text))?;
        // Whoever decides may be a manager, who writes no orders: the change is the server's.
        match made {
            Some(made) => {
                self.write(Role::Office, by, envelope, Some(&base), made).map(drop).map_err(Stop::refuse)
            }
            None => Ok(()),
        }
    }
}

/// The edits that make an order's lines cost this.
fn price_edits(fields: &Fields, lines: &[ReviewLine], tax_minor: i64) -> Vec<Edit> {
    let number = |fields: &Fields, name: &str| int_of(fields, name).unwrap_or(0);
    let (header, goodwill) = (number(fields, "header_discount_bp"), number(fields, "goodwill_minor"));
    let items = Value::entries(fields.get("lines"));
    let mut edits = Vec::new();
    for line in lines {
        let Some(Value::Map(item)) = items.get(&line.item) else { continue };
        let (quantity, discount) = (number(item, "quantity"), number(item, "discount_bp"));
        let terms = money::priced_as(quantity, line.unit_price_minor, discount, header, goodwill);
        let mut put = |name: &str, value| {
            edits.push(Edit::Put {
                path: vec!["lines".to_owned(), line.item.clone(), name.to_owned()],
                value,
            });
        };
        put("unit_price_minor", Value::Int(line.unit_price_minor));
        put("priced_net_minor", Value::Int(line.net_minor));
        put("priced_as", Value::Str(terms));
    }
    edits.push(Edit::Put { path: vec!["priced_tax_minor".to_owned()], value: Value::Int(tax_minor) });
    edits
}
