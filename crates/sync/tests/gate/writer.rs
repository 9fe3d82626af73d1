//! Writes change chunks by hand, hostile ones too: every field, operation and column can be set to anything.
//!
//! What it writes of an honest change is byte for byte what Automerge wrote ([`Forged::of`], then [`Forged::chunk`]),
//! so that an attack differs from honest work in the one thing that it is about.

use std::collections::BTreeSet;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ObjType, ScalarValue};
use sha2::{Digest, Sha256};

pub const MAP: u64 = 0;
pub const PUT: u64 = 1;
pub const LIST: u64 = 2;
pub const DELETE: u64 = 3;
pub const TEXT: u64 = 4;
pub const INCREMENT: u64 = 5;
pub const TABLE: u64 = 6;
pub const MARK: u64 = 7;

/// An operation's number, and the place of its actor in the change's list of actors (0: the writer).
pub type Id = (u64, u64);

/// What an operation addresses in its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Name(String),
    Head,
    After(Id),
}

/// One row of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub obj: Option<Id>,
    pub at: At,
    pub insert: bool,
    pub action: u64,
    /// Automerge's type code, and the value's bytes.
    pub value: (u64, Vec<u8>),
    pub preds: Vec<Id>,
    pub expand: bool,
    pub mark: Option<String>,
}

impl Row {
    /// Sets a scalar in the root map.
    pub fn put(name: &str, value: &ScalarValue, preds: &[Id]) -> Self {
        Self {
            obj: None,
            at: At::Name(name.into()),
            insert: false,
            action: PUT,
            value: encode_value(value),
            preds: preds.to_vec(),
            expand: false,
            mark: None,
        }
    }
}

/// A change before it is bytes.
#[derive(Clone, Debug)]
pub struct Forged {
    pub deps: Vec<[u8; 32]>,
    pub actor: Vec<u8>,
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub rows: Vec<Row>,
    pub extra: Vec<u8>,
}

impl Forged {
    /// The parts of an honest change.
    pub fn of(chunk: &[u8]) -> Self {
        let change = Change::try_from(chunk).expect("honest");
        let decoded = change.decode();
        let others: BTreeSet<Vec<u8>> =
            change.other_actor_ids().iter().map(|actor| actor.to_bytes().to_vec()).collect();
        let actors: Vec<Vec<u8>> =
            std::iter::once(change.actor_id().to_bytes().to_vec()).chain(others.iter().cloned()).collect();
        let id = |id: &OpId| {
            let place = actors.iter().position(|actor| actor == id.1.to_bytes()).expect("listed");
            (id.0, place as u64)
        };
        Self {
            deps: decoded.deps.iter().map(|hash| hash.0).collect(),
            actor: actors[0].clone(),
            seq: decoded.seq,
            start_op: decoded.start_op.get(),
            time: decoded.time,
            message: decoded.message.unwrap_or_default().into_bytes(),
            others: others.into_iter().collect(),
            rows: decoded.operations.iter().map(|op| row(op, &id)).collect(),
            extra: decoded.extra_bytes,
        }
    }

    /// The columns by specification, in order, without the empty ones.
    pub fn columns(&self) -> Vec<(u64, Vec<u8>)> {
        let rows = &self.rows;
        let numbers = |of: &dyn Fn(&Row) -> Option<u64>| rle(rows.iter().map(of), unsigned);
        let preds = || rows.iter().flat_map(|row| row.preds.iter());
        let columns = [
            (0x01, numbers(&|row| row.obj.map(|id| id.1))),
            (0x02, numbers(&|row| row.obj.map(|id| id.0))),
            (0x11, numbers(&|row| if let At::After(id) = row.at { Some(id.1) } else { None })),
            (
                0x13,
                delta(rows.iter().map(|row| match row.at {
                    At::Name(_) => None,
                    At::Head => Some(0),
                    At::After(id) => Some(id.0 as i64),
                })),
            ),
            (
                0x15,
                rle(
                    rows.iter()
                        .map(|row| if let At::Name(name) = &row.at { Some(name.clone()) } else { None }),
                    string,
                ),
            ),
            (0x34, boolean(rows.iter().map(|row| row.insert))),
            (0x42, numbers(&|row| Some(row.action))),
            (0x56, numbers(&|row| Some((row.value.1.len() as u64) << 4 | row.value.0))),
            (0x57, rows.iter().flat_map(|row| row.value.1.iter().copied()).collect()),
            (0x70, numbers(&|row| Some(row.preds.len() as u64))),
            (0x71, rle(preds().map(|id| Some(id.1)), unsigned)),
            (0x73, delta(preds().map(|id| Some(id.0 as i64)))),
            (
                0x94,
                if rows.iter().any(|row| row.expand) {
                    boolean(rows.iter().map(|row| row.expand))
                } else {
                    Vec::new()
                },
            ),
            (0xa5, rle(rows.iter().map(|row| row.mark.clone()), string)),
        ];
        columns.into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect()
    }

    /// The chunk, with the right checksum.
    pub fn chunk(&self) -> Vec<u8> {
        self.chunk_with(&self.columns())
    }

    /// The chunk with these columns instead of its own.
    pub fn chunk_with(&self, columns: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let mut data = Vec::new();
        unsigned(&mut data, &(self.deps.len() as u64));
        self.deps.iter().for_each(|dep| data.extend(dep));
        sized(&mut data, &self.actor);
        unsigned(&mut data, &self.seq);
        unsigned(&mut data, &self.start_op);
        signed(&mut data, self.time);
        sized(&mut data, &self.message);
        unsigned(&mut data, &(self.others.len() as u64));
        self.others.iter().for_each(|other| sized(&mut data, other));
        unsigned(&mut data, &(columns.len() as u64));
        for (spec, bytes) in columns {
            unsigned(&mut data, spec);
            unsigned(&mut data, &(bytes.len() as u64));
        }
        columns.iter().for_each(|(_, bytes)| data.extend(bytes));
        data.extend(&self.extra);
        frame(1, &data)
    }
}

/// A chunk of this type around this content, with the right checksum.
pub fn frame(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    unsigned(&mut hashed, &(data.len() as u64));
    hashed.extend(data);
    let digest: [u8; 32] = Sha256::digest(&hashed).into();
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(&digest[..4]);
    chunk.extend(hashed);
    chunk
}

/// The content of a chunk.
pub fn content(chunk: &[u8]) -> &[u8] {
    let length_bytes = chunk[9..].iter().position(|byte| byte & 0x80 == 0).expect("a length") + 1;
    &chunk[9 + length_bytes..]
}

fn row(op: &Op, id: &dyn Fn(&OpId) -> Id) -> Row {
    let (action, value) = match &op.action {
        OpType::Make(ObjType::Map) => (MAP, ScalarValue::Null),
        OpType::Make(ObjType::List) => (LIST, ScalarValue::Null),
        OpType::Make(ObjType::Text) => (TEXT, ScalarValue::Null),
        OpType::Make(ObjType::Table) => (TABLE, ScalarValue::Null),
        OpType::Put(value) => (PUT, value.clone()),
        OpType::Delete => (DELETE, ScalarValue::Null),
        OpType::Increment(by) => (INCREMENT, ScalarValue::Int(*by)),
        OpType::MarkBegin(_) | OpType::MarkEnd(_) => (MARK, ScalarValue::Null),
    };
    Row {
        obj: match &op.obj {
            ObjectId::Root => None,
            ObjectId::Id(obj) => Some(id(obj)),
        },
        at: match &op.key {
            Key::Map(name) => At::Name(name.to_string()),
            Key::Seq(ElementId::Head) => At::Head,
            Key::Seq(ElementId::Id(element)) => At::After(id(element)),
        },
        insert: op.insert,
        action,
        value: encode_value(&value),
        preds: op.pred.iter().map(id).collect(),
        expand: false,
        mark: None,
    }
}

/// A scalar's type code and bytes.
pub fn encode_value(value: &ScalarValue) -> (u64, Vec<u8>) {
    let mut out = Vec::new();
    let code = match value {
        ScalarValue::Null => 0,
        ScalarValue::Boolean(false) => 1,
        ScalarValue::Boolean(true) => 2,
        ScalarValue::Uint(number) => {
            unsigned(&mut out, number);
            3
        }
        ScalarValue::Int(number) => {
            signed(&mut out, *number);
            4
        }
        ScalarValue::F64(number) => {
            out.extend(number.to_le_bytes());
            5
        }
        ScalarValue::Str(text) => {
            out.extend(text.as_bytes());
            6
        }
        ScalarValue::Bytes(bytes) => {
            out.extend(bytes);
            7
        }
        ScalarValue::Counter(counter) => {
            signed(&mut out, counter.into());
            8
        }
        ScalarValue::Timestamp(ms) => {
            signed(&mut out, *ms);
            9
        }
        ScalarValue::Unknown { type_code, bytes } => {
            out.extend(bytes);
            u64::from(*type_code)
        }
    };
    (code, out)
}

pub fn unsigned(out: &mut Vec<u8>, value: &u64) {
    let mut rest = *value;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub fn signed(out: &mut Vec<u8>, value: i64) {
    let mut rest = value;
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, &(bytes.len() as u64));
    out.extend(bytes);
}

fn string(out: &mut Vec<u8>, text: &String) {
    sized(out, text.as_bytes());
}

fn delta(values: impl Iterator<Item = Option<i64>>) -> Vec<u8> {
    let mut last = 0_i64;
    let steps = values.map(|value| {
        value.map(|value| {
            let step = value.wrapping_sub(last);
            last = value;
            step
        })
    });
    rle(steps.collect::<Vec<_>>().into_iter(), |out, step| signed(out, *step))
}

fn boolean(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut last, mut count) = (false, 0_u64);
    for value in values {
        if value == last {
            count += 1;
        } else {
            unsigned(&mut out, &count);
            (last, count) = (value, 1);
        }
    }
    unsigned(&mut out, &count);
    out
}

/// Run-length encoding as Automerge writes it: runs of one value, runs of literals, runs of nulls; a column of nulls
/// only is not written.
fn rle<T: PartialEq + Clone>(
    values: impl Iterator<Item = Option<T>>,
    write: fn(&mut Vec<u8>, &T),
) -> Vec<u8> {
    let mut runs: Vec<(Option<T>, u64)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    if runs.iter().all(|(value, _)| value.is_none()) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut literals: Vec<T> = Vec::new();
    let flush = |out: &mut Vec<u8>, literals: &mut Vec<T>| {
        if !literals.is_empty() {
            signed(out, -(literals.len() as i64));
            literals.drain(..).for_each(|value| write(out, &value));
        }
    };
    for (value, count) in runs {
        match value {
            Some(value) if count == 1 => literals.push(value),
            Some(value) => {
                flush(&mut out, &mut literals);
                signed(&mut out, count as i64);
                write(&mut out, &value);
            }
            None => {
                flush(&mut out, &mut literals);
                signed(&mut out, 0);
                unsigned(&mut out, &count);
            }
        }
    }
    flush(&mut out, &mut literals);
    out
}
