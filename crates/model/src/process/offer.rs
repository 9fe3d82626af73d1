//! Where a process is offered: which versions new runs may begin with, for which record.

use std::collections::BTreeMap;

use super::template::Template;
use crate::kind::Kind;

/// The kinds of record that a run may be about.
pub const SUBJECTS: [Kind; 6] =
    [Kind::ACCOUNT, Kind::VISIT, Kind::ORDER, Kind::OPPORTUNITY, Kind::CASE, Kind::TASK];

/// A record that a run would be about, as far as that decides on what is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: String,
    /// The segment of its account.
    pub segment: Option<String>,
    /// What a visit is for.
    pub purpose: Option<String>,
    /// Its state: of an order the decided one, or draft.
    pub state: Option<String>,
}

/// Of each process the highest version that is offered, by key.
pub fn offered(templates: impl IntoIterator<Item = Template>) -> BTreeMap<String, Template> {
    let mut best: BTreeMap<String, Template> = BTreeMap::new();
    for template in templates.into_iter().filter(|template| template.is_offered) {
        let known = best.get(&template.process).map_or(0, |known| known.version);
        if template.version > known {
            best.insert(template.process.clone(), template);
        }
    }
    best
}

/// Whether a process is offered for a record.
pub fn is_for(template: &Template, subject: &Subject) -> bool {
    let Subject { kind, segment, purpose, state } = subject;
    SUBJECTS.iter().any(|known| known.name() == kind)
        && template.applies.to(kind, segment.as_deref(), purpose.as_deref(), state.as_deref())
}
