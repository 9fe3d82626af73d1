//! Requests: what a person asks of the centre, judged at its place in the log.

use automerge::{ChangeHash, ReadDoc};
use roadbook_model::permission::{Role, may_request};
use roadbook_model::state::{NO_LINES, Verb, has_no_lines, transition};
use roadbook_model::value::str_of;
use roadbook_model::{Kind, PersonId, RecordId, RequestId, document, money};
use roadbook_protocol::entry::{Author, Decision};
use roadbook_protocol::item::Request;
use roadbook_protocol::{Entry, Hash, Item, ItemBody, Outcome, Reason, Receipt, code};

use super::book::Book;
use super::judge::{Standing, Stop, unknown_record};
use super::reauthor::ReAuthor;
use super::rows::{Record, ServerDevice};

impl Book {
    pub(super) fn take_request(
        &mut self,
        device: &ServerDevice,
        author: Author,
        item: &Item,
        body: &Request,
    ) -> Result<(u64, Outcome), Stop> {
        if let Some(known) = self.requests.get(&body.id) {
            return Ok((known.position, known.outcome.clone()));
        }
        let lease = self.lease_of(device, item)?;
        let record = self.records.get(&body.record).ok_or_else(|| self.behind_held(&author, body))?;
        let account = record.envelope.account;
        self.covered(&lease, account)?;
        let late = matches!(self.standing(device, &lease, account)?, Standing::Late);
        if !has_seen(record, body) {
            let text = "it asks about work that is not in the record; it is kept with it";
            return Err(Stop::hold(Reason::new(code::PARENT_HELD, "Q4", text)).on(account));
        }
        let is_creator = record.envelope.creator == device.person;
        let position = self.decide_on(device.role, device.person, body, None);
        let position = position.map_err(|stop| as_before(stop, device, body, is_creator).on(account))?;
        Ok((position, Outcome::InRecord { late }))
    }

    /// Answers a held request that is released, as one of its author's, by the role that allows it (rules B6, B12).
    pub(super) fn ask_again(
        &mut self,
        device: &ServerDevice,
        author: PersonId,
        body: &Request,
    ) -> Result<u64, Reason> {
        let record = self.records.get(&body.record).filter(|record| has_seen(record, body));
        let record = record.ok_or_else(|| {
            Reason::new(code::PARENT_HELD, "B6", "release the work that it asks about first")
        })?;
        let is_creator = record.envelope.creator == author;
        let allows =
            |role: &Role| body.verb.parse().is_ok_and(|verb: Verb| may_request(*role, verb, is_creator));
        let role = device.roles().find(allows).unwrap_or(device.role);
        self.ask_for(role, author, body)
    }

    /// Asks for the same of the record as it stands, in the name of who takes a held request over (rule B8).
    pub(super) fn ask_instead(&mut self, how: ReAuthor<'_>, body: &Request) -> Result<u64, Reason> {
        if !self.records.contains_key(&body.record) {
            return Err(Reason::new(code::PARENT_HELD, "B8", "decide on the record's creation first"));
        }
        self.still_holds(body)?;
        self.ask_for(how.role, how.by, body)
    }

    /// Asks under an id of its own: the held request keeps the answer that it had (rule Q1).
    fn ask_for(&mut self, role: Role, by: PersonId, body: &Request) -> Result<u64, Reason> {
        let own = Request { id: self.new_request_id(), ..body.clone() };
        Ok(self.answer_here(role, by, &own, None)?.position)
    }

    /// Answers a request that no device carries, and remembers the answer.
    pub(super) fn answer_here(
        &mut self,
        role: Role,
        by: PersonId,
        body: &Request,
        text: Option<&str>,
    ) -> Result<Receipt, Reason> {
        let position = self.decide_on(role, by, body, text).map_err(|stop| stop.reason)?;
        let receipt = Receipt { number: 0, position, outcome: Outcome::InRecord { late: false } };
        self.remember(body.id, &receipt);
        Ok(receipt)
    }

    /// Says what the centre says to a request, and writes it down.
    fn decide_on(
        &mut self,
        role: Role,
        by: PersonId,
        body: &Request,
        text: Option<&str>,
    ) -> Result<u64, Stop> {
        let decision = self.decision(role, by, body, text)?;
        let position = self.append(Entry::Decision(decision.clone()));
        self.put_decision(decision, position);
        Ok(position)
    }

    /// Rule Q1: a request has one answer, whoever carries it how often.
    pub(super) fn remember(&mut self, id: RequestId, receipt: &Receipt) {
        self.requests.entry(id).or_insert_with(|| {
            self.out.requests.insert(id, receipt.clone());
            receipt.clone()
        });
    }

    /// A request on a record that does not exist: kept if its creation is held, else the generic answer.
    fn behind_held(&self, author: &Author, body: &Request) -> Stop {
        if self.creation_held(author, body.record) {
            let text = "it asks about a record whose creation is held; it is kept with it";
            return Stop::hold(Reason::new(code::PARENT_HELD, "Q4", text));
        }
        unknown_record()
    }

    /// Whether this store's own creation of a record waits for its fate. Anything laxer would tell who asks whether a
    /// record exists that is not theirs to see.
    fn creation_held(&self, author: &Author, record: RecordId) -> bool {
        self.set_aside_by(author).any(|row| {
            row.held
                && row.fate.is_none()
                && row.branch.is_some_and(|(of, _)| of == record)
                && Item::read(&row.bytes)
                    .is_ok_and(|item| matches!(item.body, ItemBody::Changes(body) if body.new.is_some()))
        })
    }

    /// What the centre says to a request by somebody of this role, who may have said why.
    fn decision(
        &mut self,
        role: Role,
        by: PersonId,
        body: &Request,
        text: Option<&str>,
    ) -> Result<Decision, Stop> {
        let record = self.records.get(&body.record).ok_or_else(unknown_record)?;
        let envelope = record.envelope;
        let verb: Verb = body
            .verb
            .parse()
            .map_err(|error| Stop::refuse(Reason::new(code::UNKNOWN_VERB, "Q2", format!("{error}"))))?;
        if !may_request(role, verb, envelope.creator == by) {
            let text = format!("your role may not {verb} this {}", envelope.kind);
            return Err(Stop::refuse(Reason::new(code::NOT_PERMITTED, "Q2", text)));
        }
        let current = record.decision.as_ref().map(|decision| decision.state.clone());
        let state = transition(verb, current.as_deref())
            .map_err(|violation| Stop::refuse(Reason::new(code::WRONG_STATE, "Q2", violation.text)))?;
        if envelope.kind != Kind::ORDER {
            let text = format!("a {} is not decided on", envelope.kind);
            return Err(Stop::refuse(Reason::new(code::WRONG_STATE, "Q2", text)));
        }
        if verb == Verb::Submit && has_no_lines(&document::hydrate(envelope.kind.spec(), &record.doc)) {
            return Err(Stop::refuse(Reason::new(code::NO_LINES, "Q11", NO_LINES)));
        }
        self.may_decide(role, body.record, verb, text)?;
        let state = self.state_after(body.record, verb, state);
        if verb == Verb::TakePrice {
            self.take_price(by, body.record)?;
        }
        let review = self.review_after(body.record, verb);
        let record = self.records.get(&body.record).ok_or_else(unknown_record)?;
        let fields = document::hydrate(envelope.kind.spec(), &record.doc);
        let earlier = record.decision.as_ref().and_then(|decision| decision.number.clone());
        let heads = record.doc.get_heads().iter().map(|head| Hash(head.0)).collect();
        let number = earlier.unwrap_or_else(|| self.next_order_number());
        Ok(Decision {
            record: body.record,
            account: envelope.account,
            verb: verb.as_str().to_owned(),
            state: state.to_owned(),
            by,
            request: Some(body.id),
            number: Some(number),
            total_minor: Some(money::total_of(&fields)),
            currency: str_of(&fields, "currency").map(str::to_owned),
            heads,
            // A device counts as owed what was accepted after the system behind said what is.
            effective_ms: (verb == Verb::Accept).then_some(self.now_ms),
            review,
            text: text.map(str::to_owned),
        })
    }

    fn next_order_number(&mut self) -> String {
        let number = self.next_order;
        self.next_order += 1;
        self.out.next_order = Some(self.next_order);
        number.to_string()
    }
}

/// Rule Q4: whether all that its author saw is in the record.
fn has_seen(record: &Record, body: &Request) -> bool {
    body.heads.iter().all(|head| record.doc.get_change_by_hash(&ChangeHash(head.0)).is_some())
}

/// Rule B12: what only the person's present role keeps from being asked is held.
fn as_before(stop: Stop, device: &ServerDevice, body: &Request, is_creator: bool) -> Stop {
    match body.verb.parse::<Verb>() {
        Ok(verb) if !may_request(device.role, verb, is_creator) => {
            Stop::by_role(device, stop.reason, |role| may_request(role, verb, is_creator))
        }
        _ => stop,
    }
}
