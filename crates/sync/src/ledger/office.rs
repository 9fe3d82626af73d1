//! What the office says itself: decisions on orders, reference data. What it does about held work is in [`super::fate`].

use roadbook_model::PersonId;
use roadbook_model::permission::Role;
use roadbook_protocol::entry::Reference;
use roadbook_protocol::item::Request;
use roadbook_protocol::{Entry, Outcome, Reason, Receipt};

use super::book::Book;
use super::judge::Stop;

impl Book {
    /// Judges a request made through the API by somebody who may have said why. A repeated one gets its stored answer.
    pub fn request(
        &mut self,
        role: Role,
        by: PersonId,
        body: &Request,
        text: Option<&str>,
    ) -> Result<Receipt, Reason> {
        if let Some(known) = self.requests.get(&body.id) {
            return match &known.outcome {
                Outcome::InRecord { .. } => Ok(known.clone()),
                Outcome::Held(reason) | Outcome::Refused(reason) => Err(reason.clone()),
            };
        }
        self.still_holds(body)?;
        self.answer_here(role, by, body, text)
    }

    /// Publishes reference data.
    pub fn publish(&mut self, reference: Reference) -> u64 {
        self.append(Entry::Reference(reference))
    }
}

impl From<Stop> for Reason {
    fn from(stop: Stop) -> Self {
        stop.reason
    }
}
