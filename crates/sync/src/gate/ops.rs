//! The operations of a change, each resolved to the path it writes and judged there.
//!
//! Judged are the operations themselves, not their effect on the document: an operation that loses against a concurrent
//! one, or writes into an item that was removed, has no effect today and may have one tomorrow. Nothing is applied
//! here.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ObjType, ScalarValue};
use roadbook_model::kind::KindSpec;
use roadbook_model::limits::DEPTH;
use roadbook_model::permission::Writer;
use roadbook_model::rule::{Act, check_act, check_added, check_edit};
use roadbook_model::{Edit, Fields, Path, Value};

use super::Refusal;
use super::code::{self, RULE_OPERATION};
use super::seen::Seen;

/// Judges the operations of one change, in order.
pub(super) struct Judge<'a> {
    spec: &'static KindSpec,
    writer: Writer,
    seen: Seen<'a>,
    /// Where the objects that operations named stand; those made by this change among them.
    places: HashMap<ObjectId, Rc<Place>>,
    /// Those that this change made.
    made: HashSet<ObjectId>,
    /// Characters inserted by this change, and into which text.
    inserted: HashMap<OpId, ObjectId>,
    /// What stands at the names that this change wrote so far.
    standing: HashMap<(ObjectId, String), Vec<OpId>>,
    /// Texts whose splicing was already found permitted.
    spliced: HashSet<ObjectId>,
}

struct Place {
    path: Path,
    is_text: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(spec: &'static KindSpec, writer: Writer, seen: Seen<'a>) -> Self {
        let root = Rc::new(Place { path: Path::new(), is_text: false });
        Self {
            spec,
            writer,
            seen,
            places: HashMap::from([(ObjectId::Root, root)]),
            made: HashSet::new(),
            inserted: HashMap::new(),
            standing: HashMap::new(),
            spliced: HashSet::new(),
        }
    }

    /// Judges every operation; the first has the number `start_op`.
    pub(super) fn judge(mut self, actor: &ActorId, start_op: u64, ops: &[Op]) -> Result<(), Refusal> {
        for (number, op) in (start_op..).zip(ops) {
            let id = OpId(number, actor.clone());
            let place = self.place(&op.obj)?;
            if place.is_text {
                self.judge_character(id, op, &place.path)
            } else {
                self.judge_entry(id, op, &place.path)
            }?;
        }
        Ok(())
    }

    fn place(&mut self, object: &ObjectId) -> Result<Rc<Place>, Refusal> {
        if let Some(place) = self.places.get(object) {
            return Ok(Rc::clone(place));
        }
        // The root is always in the map, so an id remains.
        let found = match object {
            ObjectId::Root => None,
            ObjectId::Id(id) => self.seen.place(id),
        };
        let (path, kind) = found.ok_or_else(|| Refusal::new(&code::OBJECT_UNKNOWN, object.to_string()))?;
        if path.len() >= DEPTH && kind != ObjType::Text {
            return Err(Refusal::new(&code::OBJECT_TOO_DEEP, "no field stands there").at(path));
        }
        let is_text = match kind {
            ObjType::Map => false,
            ObjType::Text => true,
            // No kind has any, and none could be made: whatever its path, the rules name the reason.
            ObjType::List | ObjType::Table => {
                self.allow(&path, &Act::Other("write into a list or table"))?;
                return Err(Refusal::new(&code::OBJECT_UNKNOWN, object.to_string()).at(path));
            }
        };
        let place = Rc::new(Place { path, is_text });
        self.places.insert(object.clone(), Rc::clone(&place));
        Ok(place)
    }

    /// An operation on an entry of a map: a field, a collection or an item.
    fn judge_entry(&mut self, id: OpId, op: &Op, map: &Path) -> Result<(), Refusal> {
        let Key::Map(name) = &op.key else {
            return Err(Refusal::new(&code::KEY_MISPLACED, "a map has no positions").at(map.clone()));
        };
        let path: Path = map.iter().cloned().chain([name.to_string()]).collect();
        if path.len() > DEPTH {
            return Err(Refusal::new(&code::OBJECT_TOO_DEEP, "no field stands there").at(path));
        }
        if op.insert {
            return Err(Refusal::new(&code::KEY_MISPLACED, "a map's entry is not inserted").at(path));
        }
        if self.settles(op, name, &path)? {
            return Ok(());
        }
        self.allow_entry(&path, &op.action)?;
        self.allow_growth(op, name, &path)?;
        self.replace(&id, op, name, &path)?;
        if let OpType::Make(kind) = op.action {
            let place = Place { path, is_text: kind == ObjType::Text };
            self.made.insert(ObjectId::Id(id.clone()));
            self.places.insert(ObjectId::Id(id), Rc::new(place));
        }
        Ok(())
    }

    /// What a collection that only grows holds stays as it was: an item is made where nothing stood, and only the change
    /// that makes it writes into it.
    fn allow_growth(&mut self, op: &Op, name: &str, path: &Path) -> Result<(), Refusal> {
        let is_new = match path.len() {
            2 => self.standing(&op.obj, name).is_empty(),
            _ => self.made.contains(&op.obj),
        };
        let act = if op.action == OpType::Delete { Act::Delete } else { Act::MakeMap };
        check_added(self.spec, path, &act, is_new)
            .map_err(|violation| Refusal::of_model(violation, RULE_OPERATION))
    }

    fn allow_entry(&self, path: &Path, action: &OpType) -> Result<(), Refusal> {
        match action {
            OpType::Put(scalar) => self.allow(path, &Act::PutScalar(&value_of(scalar))),
            OpType::Make(ObjType::Text) => self.allow(path, &Act::MakeText),
            OpType::Make(ObjType::Map) => self.allow(path, &Act::MakeMap),
            OpType::Make(ObjType::List) => self.allow(path, &Act::Other("make a list")),
            OpType::Make(ObjType::Table) => self.allow(path, &Act::Other("make a table")),
            OpType::Delete => self.allow(path, &Act::Delete),
            OpType::Increment(_) => self.allow(path, &Act::Other("increment a counter")),
            OpType::MarkBegin(_) | OpType::MarkEnd(_) => self.allow(path, &Act::Other("set a mark")),
        }
    }

    /// Whether the operation settles a conflict in favour of what won it. Automerge writes a put of the very value that
    /// won as a removal of all the others, and it is judged as that put.
    fn settles(&mut self, op: &Op, name: &str, path: &Path) -> Result<bool, Refusal> {
        if op.action != OpType::Delete {
            return Ok(false);
        }
        let standing = self.standing(&op.obj, name);
        let Some((winner, others)) = standing.split_last() else { return Ok(false) };
        if others.is_empty() || !op.pred.iter().eq(others) {
            return Ok(false);
        }
        let winner = winner.clone();
        let Some(value) = self.seen.winning_scalar(&op.obj, name) else { return Ok(false) };
        self.allow(path, &Act::PutScalar(&value_of(&value)))?;
        self.allow_growth(op, name, path)?;
        *self.standing(&op.obj, name) = vec![winner];
        Ok(true)
    }

    /// What stands at a name as this change sees it, in ascending order: as Automerge sorts predecessors, and conflicts.
    fn standing(&mut self, object: &ObjectId, name: &str) -> &mut Vec<OpId> {
        let seen = &self.seen;
        self.standing.entry((object.clone(), name.to_owned())).or_insert_with(|| {
            let mut values = seen.values(object, name);
            values.sort_unstable();
            values
        })
    }

    /// An operation names as predecessors exactly what its writer saw standing at that name, and stands there itself
    /// from then on. With an unknown one the record would not load again; with one of another name it would remove
    /// that; with one left out the replaced value would come back when this one goes.
    fn replace(&mut self, id: &OpId, op: &Op, name: &str, path: &Path) -> Result<(), Refusal> {
        let standing = self.standing(&op.obj, name);
        if !op.pred.iter().eq(standing.iter()) {
            let text = format!("{} named, {} there", op.pred.len(), standing.len());
            return Err(Refusal::new(&code::PRED_MISMATCH, text).at(path.clone()));
        }
        match &op.action {
            OpType::Delete if standing.is_empty() => {
                Err(Refusal::new(&code::PRED_MISMATCH, "nothing to remove").at(path.clone()))
            }
            // Several, after a conflict, may give way to a new one; one alone is edited.
            OpType::Make(_) if standing.len() == 1 => {
                Err(Refusal::new(&code::OBJECT_REPLACED, "edit what is there").at(path.clone()))
            }
            OpType::Delete => {
                standing.clear();
                Ok(())
            }
            _ => {
                *standing = vec![id.clone()];
                Ok(())
            }
        }
    }

    /// An operation in a text: one character inserted after another or at the beginning, or one removed.
    fn judge_character(&mut self, id: OpId, op: &Op, path: &Path) -> Result<(), Refusal> {
        let Key::Seq(element) = &op.key else {
            return Err(Refusal::new(&code::KEY_MISPLACED, "a text has no names").at(path.clone()));
        };
        if !self.spliced.contains(&op.obj) {
            self.allow(path, &Act::SpliceText)?;
            self.spliced.insert(op.obj.clone());
        }
        match element {
            ElementId::Id(element) if !self.has_element(&op.obj, element) => {
                return Err(Refusal::new(&code::ELEMENT_UNKNOWN, element.to_string()).at(path.clone()));
            }
            _ => {}
        }
        match (op.insert, &op.action, element) {
            (true, OpType::Put(ScalarValue::Str(text)), _)
                if text.chars().count() == 1 && op.pred.is_empty() =>
            {
                self.inserted.insert(id, op.obj.clone());
                self.allow_character(path, text)
            }
            (false, OpType::Delete, ElementId::Id(element))
                if op.pred.len() == 1 && op.pred.get(0) == Some(element) =>
            {
                Ok(())
            }
            _ => Err(Refusal::new(&code::TEXT_NOT_SPLICED, "only single characters are inserted or removed")
                .at(path.clone())),
        }
    }

    /// The result is judged as well, but a text that lost a conflict is not in it.
    fn allow_character(&self, path: &Path, character: &str) -> Result<(), Refusal> {
        if !character.contains(char::is_control) {
            return Ok(());
        }
        let splice = Edit::Splice { path: path.clone(), at: 0, delete: 0, insert: character.to_owned() };
        check_edit(self.spec, &self.writer, &Fields::new(), &splice)
            .map_err(|violation| Refusal::of_model(violation, RULE_OPERATION))
    }

    fn has_element(&mut self, text: &ObjectId, element: &OpId) -> bool {
        self.inserted.get(element) == Some(text) || self.seen.has_element(text, element)
    }

    fn allow(&self, path: &Path, act: &Act<'_>) -> Result<(), Refusal> {
        check_act(self.spec, &self.writer, path, act)
            .map_err(|violation| Refusal::of_model(violation, RULE_OPERATION))
    }
}

/// The scalar as the model speaks of it. What no field of any kind can hold is unknown to it.
fn value_of(scalar: &ScalarValue) -> Value {
    match scalar {
        ScalarValue::Null => Value::Null,
        ScalarValue::Boolean(value) => Value::Bool(*value),
        ScalarValue::Int(value) => Value::Int(*value),
        ScalarValue::Str(value) => Value::Str(value.to_string()),
        ScalarValue::Timestamp(value) => Value::Timestamp(*value),
        ScalarValue::Uint(_) => Value::Unknown("an unsigned number".into()),
        ScalarValue::F64(_) => Value::Unknown("a floating-point number".into()),
        ScalarValue::Counter(_) => Value::Unknown("a counter".into()),
        ScalarValue::Bytes(_) => Value::Unknown("bytes".into()),
        ScalarValue::Unknown { .. } => Value::Unknown("a type unknown to Automerge".into()),
    }
}
