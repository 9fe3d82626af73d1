//! The record's content after the changes, judged: rule G7.
//!
//! Two writers who each kept a limit may exceed it together, and neither did anything wrong. So the merged record only
//! has to keep the rules that a merge cannot break; the others bind each writer where the writer stood, as the device
//! checked them before "saved".

use automerge::{Automerge, ChangeHash};
use roadbook_model::Fields;
use roadbook_model::document::hydrate;
use roadbook_model::kind::KindSpec;
use roadbook_model::rule::{Violation, check_merged, violations};

use super::Refusal;
use super::code::{self, RULE_RESULT};

/// One admitted change.
pub(super) struct Step {
    pub(super) deps: Vec<ChangeHash>,
    pub(super) hash: ChangeHash,
}

/// Content that is already known, and the sorted heads at which it is.
pub(super) struct View<'a> {
    pub(super) heads: Vec<ChangeHash>,
    pub(super) fields: &'a Fields,
}

/// What the offered changes made of the record.
pub(super) struct Outcome<'a> {
    pub(super) spec: &'static KindSpec,
    pub(super) doc: &'a Automerge,
    /// Before all changes; `None` for a record that they make.
    pub(super) base: Option<View<'a>>,
    pub(super) now: View<'a>,
    /// The changes, in order; at least one.
    pub(super) steps: &'a [Step],
}

impl Outcome<'_> {
    pub(super) fn judge(&self) -> Result<(), Refusal> {
        if let Err(violation) = check_merged(self.spec, self.now.fields) {
            let before = self.base.as_ref().and_then(|base| check_merged(self.spec, base.fields).err());
            // What the record did not keep before is nobody's fault here.
            if before.is_none_or(|before| !same(&before, &violation)) {
                return Err(self.refuse(violation, self.steps.len() - 1));
            }
        }
        let now = violations(self.spec, self.now.fields);
        if now.is_empty() {
            return Ok(());
        }
        let mut end = 0;
        for run in self.steps.chunk_by(|one, next| next.deps == [one.hash]) {
            end += run.len();
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let before = self.violations_at(&first.deps)?;
            let after = self.violations_at(&[last.hash])?;
            let new = after.into_iter().find(|violation| has(&now, violation) && !has(&before, violation));
            if let Some(violation) = new {
                return Err(self.refuse(violation, end - 1));
            }
        }
        Ok(())
    }

    /// The rules that the record does not keep as seen from these changes; none, where there is no record yet.
    fn violations_at(&self, heads: &[ChangeHash]) -> Result<Vec<Violation>, Refusal> {
        if heads.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.base.iter().chain([&self.now]).find(|view| view.heads == heads);
        if let Some(view) = known {
            return Ok(violations(self.spec, view.fields));
        }
        let view = self.doc.fork_at(heads);
        let view = view.map_err(|error| Refusal::new(&code::CHECK_FAILED, error.to_string()))?;
        Ok(violations(self.spec, &hydrate(self.spec, &view)))
    }

    fn refuse(&self, violation: Violation, index: usize) -> Refusal {
        Refusal::of_model(violation, RULE_RESULT).in_change(index)
    }
}

fn has(list: &[Violation], violation: &Violation) -> bool {
    list.iter().any(|other| same(other, violation))
}

fn same(one: &Violation, other: &Violation) -> bool {
    one.code == other.code && one.path == other.path
}
