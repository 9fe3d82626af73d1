//! Re-authoring held work: where its bytes cannot come into the record any more, the office takes what they would have
//! changed as edits of its own. Field by field, on the record as it stands; what others changed since stays, unless the
//! office names it. What it asked for, the office asks for itself.

use automerge::{Automerge, ReadDoc};
use roadbook_model::permission::{Role, Writer, may_create};
use roadbook_model::rebase::{RebaseConflict, rebase};
use roadbook_model::rule::{Violation, check_edit};
use roadbook_model::state::{decided_field, document_open};
use roadbook_model::value::Path;
use roadbook_model::{Edit, Envelope, Fields, Kind, PersonId, Value, document};
use roadbook_protocol::entry::{Author, ChangesEntry, Opened, Subject};
use roadbook_protocol::item::Changes;
use roadbook_protocol::{Blob, Item, Reason, code};

use super::book::{Book, ItemKey};
use super::place::Handover;
use super::release::{changes_of, request_of};
use super::rows::HeldRow;
use crate::gate::{Admitted, Candidate, admit, plain_chunk};
use crate::work::{Written, written};
use crate::{actor, digest};

/// Who takes held work over, and how.
#[derive(Clone, Copy, Debug)]
pub struct ReAuthor<'a> {
    /// The office person: author of the edits.
    pub by: PersonId,
    /// That person's role.
    pub role: Role,
    /// Why, in the fate's words.
    pub text: &'a str,
    /// Fields in conflict whose held value is taken all the same.
    pub take: &'a [Path],
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReAuthored {
    /// The position of the fate.
    pub position: u64,
    /// How many edits were made; none if the record said all of it already.
    pub edits: usize,
    /// What stays as accepted although the work said otherwise.
    pub conflicts: Vec<RebaseConflict>,
}

/// A held item taken apart.
struct Work {
    envelope: Envelope,
    written: Written,
    /// The place of an account that the work creates.
    opens: Option<Opened>,
    captured_ms: i64,
}

impl Book {
    /// Takes over what a held item would have changed. The item is kept; it gets the fate `re_authored`.
    ///
    /// # Errors
    /// When the item has its fate, its bytes are not changes that Automerge may see, or the office may not write or ask
    /// for this.
    pub fn re_author(&mut self, key: ItemKey, how: ReAuthor<'_>) -> Result<ReAuthored, Reason> {
        let held = self.held_item(key)?.clone();
        let (original, (edits, conflicts)) = match request_of(&held) {
            Some((item, body)) => {
                let original = self.original_of(key, &item)?;
                self.ask_instead(how, &body)?;
                (original, (0, Vec::new()))
            }
            None => {
                let (item, body) = changes_of(&held)?;
                let original = self.original_of(key, &item)?;
                let work = self.work(key, &held, &item, &body, how)?;
                let done = match self.records.contains_key(&body.record) {
                    true => self.take_over(&work, how)?,
                    false => (self.create_anew(&work, how)?, Vec::new()),
                };
                (original, done)
            }
        };
        if let Some(original) = original {
            self.give_fate(original, "re_applied", how.by, how.text);
        }
        let position = self.give_fate(key, "re_authored", how.by, how.text);
        Ok(ReAuthored { position, edits, conflicts })
    }

    /// What the item did, as its writer saw it. Its bytes pass the gate before anything else looks at them, together with
    /// the held ones of its branch that they build on; the office's rights stand in for the writer's.
    fn work(
        &self,
        key: ItemKey,
        held: &HeldRow,
        item: &Item,
        body: &Changes,
        how: ReAuthor<'_>,
    ) -> Result<Work, Reason> {
        let chain = self.chain(key, body);
        let new = chain.iter().find_map(|body| body.new.as_ref());
        let stored = self.records.get(&body.record);
        let envelope = match (stored, new) {
            (Some(record), _) => record.envelope,
            (None, Some(new)) if body.new.is_some() => Envelope {
                id: body.record,
                kind: Kind::find(&new.kind)
                    .ok_or_else(|| Reason::new(code::UNKNOWN_KIND, "B8", "its kind is still unknown here"))?,
                account: new.account,
                creator: held.author.person,
                generation: 0,
            },
            (None, _) => {
                return Err(Reason::new(code::PARENT_HELD, "B8", "decide on the record's creation first"));
            }
        };
        // What creates the record stands alone: the record may have come about otherwise meanwhile.
        let base = stored.map(|record| &record.doc).filter(|_| new.is_none());
        let unseen = |chunk: &&Blob| base.is_none_or(|doc| !has(doc, chunk));
        let chunks = chain.iter().flat_map(|body| &body.changes).filter(unseen);
        let changes: Vec<Vec<u8>> = chunks.map(|chunk| chunk.0.clone()).collect();
        let candidate = Candidate {
            envelope: &envelope,
            actor: actor::derive(key.0, key.1, body.record, body.branch),
            writer_role: how.role,
            is_creator: envelope.creator == how.by,
            changes: &changes,
        };
        let admitted = admit(base, &candidate)
            .map_err(|refusal| Reason::new(refusal.code, refusal.rule, refusal.text))?;
        let written = written(envelope.kind.spec(), &admitted.doc, &body.changes)
            .ok_or_else(|| Reason::new(code::MALFORMED, "B8", "what it builds on is not here"))?;
        let opens = self.opened_anew(item, body);
        Ok(Work { envelope, written, opens, captured_ms: item.captured_ms })
    }

    /// The held changes of the item's branch, up to and with it, oldest first.
    fn chain(&self, key: ItemKey, body: &Changes) -> Vec<Changes> {
        let earlier = (key.0, key.1, 0)..=key;
        let of_branch = self
            .held
            .range(earlier)
            .map(|(_, row)| row)
            .filter(|row| row.held && row.branch == Some((body.record, body.branch)));
        of_branch.filter_map(|row| changes_of(row).ok()).map(|(_, body)| body).collect()
    }

    fn opened_anew(&self, item: &Item, body: &Changes) -> Option<Opened> {
        body.new.as_ref()?.opens?;
        match self.leases.get(&item.lease)?.subject {
            Subject::Territory(territory) => Some(Opened { lease: None, territory }),
            Subject::Account(_) => None,
        }
    }

    /// Edits the record as it stands.
    fn take_over(&mut self, work: &Work, how: ReAuthor<'_>) -> Result<(usize, Vec<RebaseConflict>), Reason> {
        let envelope = work.envelope;
        let spec = envelope.kind.spec();
        let Some(record) = self.records.get(&envelope.id) else { return Ok((0, Vec::new())) };
        let accepted = document::hydrate(spec, &record.doc);
        let state = record.decision.as_ref().map(|decision| decision.state.as_str());
        let is_decided = !document_open(envelope.kind, state);
        let mut rebased = rebase(spec, &work.written.before, &work.written.after, &accepted);
        if is_decided {
            keep_decided(&mut rebased.edits, &mut rebased.conflicts, work, &accepted);
        }
        let mut edits = rebased.edits;
        let decided = is_decided.then_some(envelope.kind);
        let conflicts = taken(&mut edits, rebased.conflicts, how.take, decided)?;
        let writer = Writer { role: how.role, is_creator: envelope.creator == how.by, creating: false };
        edits.iter().try_for_each(|edit| check_edit(spec, &writer, &accepted, edit)).map_err(of_model)?;
        let mut doc = record.doc.clone();
        let actor = actor::server(self.epoch.0, envelope.id);
        let edited = match edits.is_empty() {
            true => None,
            false => document::edit(spec, &mut doc, actor, self.now_ms.div_euclid(1000), &edits)
                .map_err(of_model)?,
        };
        let Some(bytes) = edited else { return Ok((0, conflicts)) };
        let author = Author { person: how.by, device: None, store_generation: 0, number: 0 };
        self.append_own(&envelope, author, bytes, doc);
        Ok((edits.len(), conflicts))
    }

    /// Makes the record that the work would have made, by the server's own hand.
    fn create_anew(&mut self, work: &Work, how: ReAuthor<'_>) -> Result<usize, Reason> {
        let envelope = Envelope { creator: how.by, ..work.envelope };
        let spec = envelope.kind.spec();
        if !may_create(how.role, envelope.kind) {
            let text = format!("your role may not create a {}", envelope.kind);
            return Err(Reason::new(code::NOT_PERMITTED, "B8", text));
        }
        if work.opens.is_none() && !self.accounts.contains_key(&envelope.account) {
            return Err(Reason::new(code::PARENT_HELD, "B8", "decide on its account first"));
        }
        let actor = actor::server(self.epoch.0, envelope.id);
        let doc = document::create(spec, actor, self.now_ms.div_euclid(1000), &work.written.after)
            .map_err(of_model)?;
        let chunks = document::change_bytes(&doc).into_iter();
        let entry = ChangesEntry {
            record: envelope.id,
            account: envelope.account,
            generation: envelope.generation,
            kind_version: spec.version,
            author: Author { person: how.by, device: None, store_generation: 0, number: 0 },
            captured_ms: work.captured_ms,
            late: true,
            changes: chunks.map(|bytes| Blob(plain_chunk(&bytes).unwrap_or(bytes))).collect(),
            creates: Some(spec.name.to_owned()),
            opens: work.opens,
        };
        let hashes = doc.get_heads().iter().map(|head| head.0).collect();
        let fields = work.written.after.clone();
        self.accept(envelope, entry, Admitted { doc, hashes, before: Fields::new(), fields });
        if work.opens.is_some() {
            self.settle_leases(envelope.account, Handover::NOW);
        }
        Ok(work.written.after.len())
    }
}

/// What a decision counted stays as it was decided on: edits of it become conflicts.
fn keep_decided(edits: &mut Vec<Edit>, conflicts: &mut Vec<RebaseConflict>, work: &Work, accepted: &Fields) {
    let (kept, rest): (Vec<Edit>, Vec<Edit>) =
        edits.drain(..).partition(|edit| decided_field(work.envelope.kind, first(edit)));
    *edits = rest;
    conflicts.extend(kept.into_iter().map(|edit| {
        let (Edit::Put { path, .. } | Edit::Delete { path } | Edit::Splice { path, .. }) = edit;
        RebaseConflict {
            base: at(&work.written.before, &path).cloned(),
            held: at(&work.written.after, &path).cloned(),
            accepted: at(accepted, &path).cloned(),
            path,
        }
    }));
}

/// Turns the conflicts that the office decided for the work into edits; what is left stands as accepted.
fn taken(
    edits: &mut Vec<Edit>,
    conflicts: Vec<RebaseConflict>,
    take: &[Path],
    decided: Option<Kind>,
) -> Result<Vec<RebaseConflict>, Reason> {
    if let Some(path) = take.iter().find(|path| conflicts.iter().all(|conflict| conflict.path != **path)) {
        let text = format!("{} is not in conflict; look at the item again", path.join("/"));
        return Err(Reason { path: path.clone(), ..Reason::new("unknown_field", "B8", text) });
    }
    let (taken, left): (Vec<_>, Vec<_>) =
        conflicts.into_iter().partition(|conflict| take.contains(&conflict.path));
    for RebaseConflict { path, held, .. } in taken {
        if path.first().zip(decided).is_some_and(|(name, kind)| decided_field(kind, name)) {
            let text = "this was decided on as it stands; reject or cancel the order to change it";
            return Err(Reason { path, ..Reason::new(code::RECORD_CLOSED, "Q5", text) });
        }
        edits.push(match held {
            None if path.len() == 2 => Edit::Delete { path },
            held => Edit::Put { path, value: held.unwrap_or(Value::Null) },
        });
    }
    Ok(left)
}

fn first(edit: &Edit) -> &str {
    let (Edit::Put { path, .. } | Edit::Delete { path } | Edit::Splice { path, .. }) = edit;
    path.first().map_or("", String::as_str)
}

/// The value at a path.
fn at<'a>(fields: &'a Fields, path: &[String]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above.iter().fold(fields, |fields, name| Value::entries(fields.get(name))).get(last)
}

fn has(doc: &Automerge, chunk: &Blob) -> bool {
    digest::claimed_hash(&chunk.0)
        .is_some_and(|hash| doc.get_change_by_hash(&automerge::ChangeHash(hash.0)).is_some())
}

fn of_model(violation: Violation) -> Reason {
    Reason {
        code: violation.code.to_owned(),
        rule: "B8".to_owned(),
        path: violation.path,
        text: violation.text,
    }
}
