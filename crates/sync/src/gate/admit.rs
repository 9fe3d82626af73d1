//! The gate's order of events: one change after the other into a copy of the record, then the copy as a whole.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Automerge, Change, ChangeHash, ReadDoc};
use roadbook_model::document::hydrate;
use roadbook_model::kind::Write;
use roadbook_model::limits::{RECORD_CHANGES_MAX, RECORD_OPS_MAX};
use roadbook_model::permission::{Role, Writer};
use roadbook_model::rule::{Act, check_added};
use roadbook_model::{Fields, KindSpec, Value};

use super::code::{self, Code};
use super::ops::Judge;
use super::outcome::{Outcome, Step, View};
use super::seen::Seen;
use super::{Admitted, Candidate, Refusal, Scan, prescan, sorted_heads};

/// Longest part of a caught panic's message that is quoted in a refusal.
const PANIC_CHARS_MAX: usize = 200;

/// Admits all of the offered changes, or none of them. `base` is the record as it is, `None` for one that does not
/// exist yet; it is never changed.
///
/// # Errors
/// The first reason not to admit them, with the change that it is about. Those before it would be admitted on their own
/// if the record's result with them obeys the rules.
pub fn admit(base: Option<&Automerge>, candidate: &Candidate<'_>) -> Result<Admitted, Refusal> {
    let Some(last) = candidate.changes.len().checked_sub(1) else {
        return Err(Refusal::new(&code::BATCH_EMPTY, "send at least one change"));
    };
    let spec = candidate.envelope.kind.spec();
    let mut record = contained(&code::CHECK_FAILED, || Ok(Record::open(base, candidate)))?;
    let before = match base {
        Some(base) => contained(&code::CHECK_FAILED, || Ok(hydrate(spec, base)))?,
        None => Fields::new(),
    };
    let mut steps = Vec::with_capacity(candidate.changes.len());
    for (index, bytes) in candidate.changes.iter().enumerate() {
        steps.push(record.add(bytes).map_err(|refusal| refusal.in_change(index))?);
    }
    let doc = record.doc;
    let fields = contained(&code::ROUND_TRIP_FAILED, || {
        survives(&doc)?;
        Ok(hydrate(spec, &doc))
    })
    .map_err(|refusal| refusal.in_change(last))?;
    stays(spec, &before, &fields).map_err(|refusal| refusal.in_change(last))?;
    contained(&code::CHECK_FAILED, || {
        let base = base.map(|base| View { heads: sorted_heads(base), fields: &before });
        let now = View { heads: sorted_heads(&doc), fields: &fields };
        Outcome { spec, doc: &doc, base, now, steps: &steps }.judge()
    })
    .map_err(
        |refusal| if refusal.code == code::CHECK_FAILED.code { refusal.in_change(last) } else { refusal },
    )?;
    Ok(Admitted { doc, hashes: steps.iter().map(|step| step.hash.0).collect(), before, fields })
}

/// Admits changes under the first of the writer's former roles that allows them, if the present one does not.
///
/// # Errors
/// What [`admit`] says under the present role.
pub fn admit_as_before(
    base: Option<&Automerge>,
    candidate: &Candidate<'_>,
    former: &[Role],
) -> Result<Admitted, Refusal> {
    let under = |role: &Role| admit(base, &Candidate { writer_role: *role, ..*candidate });
    admit(base, candidate).or_else(|refusal| former.iter().find_map(|role| under(role).ok()).ok_or(refusal))
}

/// The copy of the record that the changes go into, with what has to be known of its history.
struct Record<'a> {
    candidate: &'a Candidate<'a>,
    actor: ActorId,
    doc: Automerge,
    /// Everyone who has written in it.
    actors: HashSet<ActorId>,
    /// The number of the last operation of every change.
    max_ops: HashMap<ChangeHash, u64>,
    /// Operations of all changes together.
    ops: u64,
    /// The actor's last sequence number, 0 before its first change.
    seq: u64,
}

impl<'a> Record<'a> {
    fn open(base: Option<&Automerge>, candidate: &'a Candidate<'a>) -> Self {
        let doc = base.map_or_else(Automerge::new, Automerge::clone);
        let actor = ActorId::from(candidate.actor);
        let (mut actors, mut max_ops) = (HashSet::new(), HashMap::new());
        let (mut ops, mut seq) = (0, 0);
        for meta in doc.get_changes_meta(&[]) {
            ops += (meta.max_op + 1).saturating_sub(meta.start_op);
            if *meta.actor == actor {
                seq = seq.max(meta.seq);
            }
            max_ops.insert(meta.hash, meta.max_op);
            actors.insert(meta.actor.into_owned());
        }
        Self { candidate, actor, doc, actors, max_ops, ops, seq }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<Step, Refusal> {
        let scan = prescan(bytes)?;
        if scan.actor != self.candidate.actor {
            return Err(Refusal::new(&code::ACTOR_MISMATCH, "it is another device's, or another branch's"));
        }
        let deps: Vec<ChangeHash> = scan.deps.iter().copied().map(ChangeHash).collect();
        self.check_place(&scan, &deps)?;
        let hash = ChangeHash(scan.hash);
        let max_op = scan.start_op + scan.ops - 1;

        let change = contained(&code::CHANGE_UNREADABLE, || {
            Change::try_from(bytes).map_err(|error| Refusal::new(&code::CHANGE_UNREADABLE, error.to_string()))
        })?;
        contained(&code::CHANGE_UNREADABLE, || self.check_operations(&change, &deps, max_op))?;
        contained(&code::APPLY_FAILED, || {
            let applied = self.doc.apply_changes([change]);
            applied.map_err(|error| Refusal::new(&code::APPLY_FAILED, error.to_string()))
        })?;
        contained(&code::NOT_CANONICAL, || {
            let given_back = self.doc.get_change_by_hash(&hash);
            if given_back.is_some_and(|change| change.raw_bytes() == bytes) {
                Ok(())
            } else {
                Err(Refusal::new(&code::NOT_CANONICAL, "its columns are not those that Automerge writes"))
            }
        })?;
        self.max_ops.insert(hash, max_op);
        self.ops += scan.ops;
        self.seq = scan.seq;
        Ok(Step { deps, hash })
    }

    /// Rule G3: next of its actor, on changes that are there, numbered next, within what a record may hold.
    fn check_place(&self, scan: &Scan, deps: &[ChangeHash]) -> Result<(), Refusal> {
        if scan.seq != self.seq + 1 {
            let text = format!("number {}, expected {}", scan.seq, self.seq + 1);
            return Err(Refusal::new(&code::SEQ_UNEXPECTED, text));
        }
        let mut max_op = 0;
        for dep in deps {
            let known =
                self.max_ops.get(dep).ok_or_else(|| Refusal::new(&code::DEPS_UNKNOWN, dep.to_string()))?;
            max_op = max_op.max(*known);
        }
        if !scan.others.iter().all(|other| self.actors.contains(&ActorId::from(*other))) {
            return Err(Refusal::new(
                &code::ACTOR_UNKNOWN,
                "every other actor must have been seen in the record",
            ));
        }
        if deps.is_empty() && !self.max_ops.is_empty() {
            return Err(Refusal::new(&code::DEPS_MISSING, "it names no dependencies"));
        }
        // Also keeps numbers from racing ahead, which would win every conflict and fill the record.
        if scan.start_op != max_op + 1 {
            let text = format!("number {}, expected {}", scan.start_op, max_op + 1);
            return Err(Refusal::new(&code::START_OP_UNEXPECTED, text));
        }
        if self.ops + scan.ops > RECORD_OPS_MAX || self.max_ops.len() as u64 >= RECORD_CHANGES_MAX {
            let text = format!("{} operations in {} changes so far", self.ops, self.max_ops.len());
            return Err(Refusal::new(&code::RECORD_FULL, text));
        }
        Ok(())
    }

    /// Rule G4, on the operations as Automerge itself reads them.
    fn check_operations(&self, change: &Change, deps: &[ChangeHash], max_op: u64) -> Result<(), Refusal> {
        if change.max_op() != max_op {
            return Err(Refusal::new(&code::CHANGE_UNREADABLE, "its operations are miscounted"));
        }
        let operations = change.decode().operations;
        let writer = Writer {
            role: self.candidate.writer_role,
            is_creator: self.candidate.is_creator,
            creating: self.max_ops.is_empty(),
        };
        let judge = Judge::new(self.candidate.envelope.kind.spec(), writer, Seen::new(&self.doc, deps));
        judge.judge(&self.actor, change.start_op().get(), &operations)
    }
}

/// Whether every item that a collection which only grows held is there still, as it was: whatever the operations were.
fn stays(spec: &KindSpec, before: &Fields, after: &Fields) -> Result<(), Refusal> {
    for field in spec.fields.iter().filter(|field| field.write == Write::Added) {
        let now = Value::entries(after.get(field.name));
        let gone =
            Value::entries(before.get(field.name)).iter().find(|(key, item)| now.get(*key) != Some(item));
        if let Some((key, _)) = gone {
            let path = [field.name.to_owned(), key.clone()];
            check_added(spec, &path, &Act::Delete, false)
                .map_err(|violation| Refusal::of_model(violation, code::RULE_OPERATION))?;
        }
    }
    Ok(())
}

/// Rule G6. Once per batch: what one change breaks, no later one repairs.
fn survives(doc: &Automerge) -> Result<(), Refusal> {
    let failed = |text: &str| Refusal::new(&code::ROUND_TRIP_FAILED, text);
    let loaded = Automerge::load(&doc.save_nocompress()).map_err(|error| failed(&error.to_string()))?;
    if sorted_heads(&loaded) != sorted_heads(doc) {
        return Err(failed("other heads"));
    }
    if loaded.hydrate(None) != doc.hydrate(None) {
        return Err(failed("other values"));
    }
    Ok(())
}

/// Runs work that may panic on hostile input, and turns its panic into a refusal.
///
/// What a panic leaves half done is never used: the copy of the record is dropped with the refusal.
fn contained<T>(failure: &Code, work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Refusal::new(failure, message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it failed without a message").chars().take(PANIC_CHARS_MAX).collect()
}
