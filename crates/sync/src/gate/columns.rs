//! The columns of a change, walked run by run: how many rows each has, and whether they fit each other.

use roadbook_model::limits::CHANGE_OPS_MAX;

use super::reader::Reader;
use super::{Refusal, code};

/// Most predecessors of all operations of a change together. One per operation is usual; a conflict has several.
const PREDS_MAX: u64 = 2 * CHANGE_OPS_MAX;
/// Longest key in bytes: an item's UUID has 36, and no field's name is as long.
const KEY_BYTES_MAX: u64 = 128;
/// Operation numbers fit 32 bits in Automerge, which panics on larger ones.
const COUNTER_MAX: u64 = u32::MAX as u64;

/// The columns that Roadbook's clients write, by Automerge's column specification `id << 4 | type`, in the order in
/// which they stand. Marks have two more, which are refused like unknown and compressed ones.
const SPECS: [u64; COLUMNS] = [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];
const COLUMNS: usize = 12;
const OBJ_ACTOR: usize = 0;
const OBJ_COUNTER: usize = 1;
const KEY_ACTOR: usize = 2;
const KEY_COUNTER: usize = 3;
const KEY_STRING: usize = 4;
const INSERT: usize = 5;
const ACTION: usize = 6;
const VALUE_META: usize = 7;
const VALUE: usize = 8;
const PRED_COUNT: usize = 9;
const PRED_ACTOR: usize = 10;
const PRED_COUNTER: usize = 11;

/// The columns' bytes, empty where the change has no such column.
pub(super) struct Columns<'a>([&'a [u8]; COLUMNS]);

/// The true size of a change.
pub(super) struct Counts {
    pub(super) ops: u64,
    pub(super) preds: u64,
}

impl<'a> Columns<'a> {
    /// Reads the list of columns and their bytes.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Refusal> {
        let count = reader.unsigned()?;
        if count > COLUMNS as u64 {
            return Err(Refusal::new(&code::COLUMN_UNKNOWN, format!("{count} columns")));
        }
        let mut listed = [None; COLUMNS];
        let mut next = 0;
        for _ in 0..count {
            let spec = reader.unsigned()?;
            let length = reader.unsigned()?;
            let known = SPECS.iter().position(|known| *known == spec);
            let at = known.ok_or_else(|| Refusal::new(&code::COLUMN_UNKNOWN, format!("column {spec:#x}")))?;
            if at < next || length == 0 {
                return Err(malformed(spec, "out of order, repeated or empty"));
            }
            next = at + 1;
            listed[at] = Some(length);
        }
        let mut columns = [&[][..]; COLUMNS];
        for (column, length) in columns.iter_mut().zip(listed) {
            *column = reader.take(length.unwrap_or(0))?;
        }
        Ok(Self(columns))
    }

    /// Counts operations and predecessors, and checks that every column fits them.
    pub(super) fn count(&self, actors: u64) -> Result<Counts, Refusal> {
        let ops = self.rows(ACTION, CHANGE_OPS_MAX, |reader, _| reader.unsigned().map(drop))?;
        if ops == 0 {
            return Err(Refusal::new(&code::CHANGE_EMPTY, "it changes nothing"));
        }
        for column in [OBJ_ACTOR, KEY_ACTOR] {
            self.fit(column, ops, self.rows(column, ops, |reader, _| actor_index(reader, actors))?)?;
        }
        self.fit(OBJ_COUNTER, ops, self.rows(OBJ_COUNTER, ops, |reader, _| counter(reader.unsigned()?))?)?;
        self.fit(KEY_COUNTER, ops, self.delta_rows(KEY_COUNTER, ops)?)?;
        self.fit(KEY_STRING, ops, self.rows(KEY_STRING, ops, |reader, _| key(reader))?)?;
        self.fit(INSERT, ops, self.boolean_rows(INSERT, ops)?)?;
        self.fit_values(ops)?;

        let mut preds = 0;
        let counted = self.rows(PRED_COUNT, ops, |reader, rows| {
            let each = reader.unsigned()?;
            let more = each.checked_mul(rows).filter(|more| *more <= PREDS_MAX - preds);
            preds +=
                more.ok_or_else(|| Refusal::new(&code::TOO_MANY_OPS, format!("over {PREDS_MAX} replaced")))?;
            Ok(())
        })?;
        self.fit(PRED_COUNT, ops, counted)?;
        let named = self.rows(PRED_ACTOR, preds, |reader, _| actor_index(reader, actors))?;
        let numbered = self.delta_rows(PRED_COUNTER, preds)?;
        if named != preds || numbered != preds {
            return Err(malformed(SPECS[PRED_COUNT], "names another number of predecessors than it counts"));
        }
        Ok(Counts { ops, preds })
    }

    /// Rows of a run-length encoded column, at most `most`; `value` reads one value that stands for so many rows.
    fn rows(
        &self,
        column: usize,
        most: u64,
        mut value: impl FnMut(&mut Reader<'_>, u64) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let mut reader = Reader::new(self.0[column]);
        let mut rows = 0;
        while !reader.is_done() {
            let run = reader.signed()?;
            let length = if run == 0 { reader.unsigned()? } else { run.unsigned_abs() };
            if length == 0 {
                return Err(malformed(SPECS[column], "has a run of no rows"));
            }
            if length > most - rows {
                return Err(too_many_rows(column, most));
            }
            rows += length;
            match run {
                0 => {}
                1.. => value(&mut reader, length)?,
                // Every value of a literal run takes at least one byte: the loop is bounded by the chunk's size.
                _ => (0..length).try_for_each(|_| value(&mut reader, 1))?,
            }
        }
        Ok(rows)
    }

    /// Rows of a column of differences, whose running total must stay an operation's number.
    fn delta_rows(&self, column: usize, most: u64) -> Result<u64, Refusal> {
        let mut total: i64 = 0;
        self.rows(column, most, |reader, rows| {
            let step = reader.signed()?;
            // Within a run the total moves one way only, so its end bounds it.
            let end = i64::try_from(rows)
                .ok()
                .and_then(|rows| step.checked_mul(rows))
                .and_then(|by| total.checked_add(by));
            let end = end.ok_or_else(|| malformed(SPECS[column], "overflows"))?;
            counter(u64::try_from(end).unwrap_or(u64::MAX))?;
            total = end;
            Ok(())
        })
    }

    /// Rows of a column of alternating runs, the first of which is of `false` and may be empty.
    fn boolean_rows(&self, column: usize, most: u64) -> Result<u64, Refusal> {
        let mut reader = Reader::new(self.0[column]);
        let mut rows = 0;
        let mut first = true;
        while !reader.is_done() {
            let length = reader.unsigned()?;
            if length == 0 && !first {
                return Err(malformed(SPECS[column], "has a run of no rows"));
            }
            if length > most - rows {
                return Err(too_many_rows(column, most));
            }
            rows += length;
            first = false;
        }
        Ok(rows)
    }

    /// Every value's length, added up, is the length of the column that holds the values.
    fn fit_values(&self, ops: u64) -> Result<(), Refusal> {
        let held = self.0[VALUE].len() as u64;
        let mut bytes = 0;
        let rows = self.rows(VALUE_META, ops, |reader, rows| {
            let length = reader.unsigned()? >> 4;
            let more = length.checked_mul(rows).filter(|more| *more <= held - bytes);
            bytes += more.ok_or_else(|| malformed(SPECS[VALUE], "is shorter than its values"))?;
            Ok(())
        })?;
        if bytes != held {
            return Err(malformed(SPECS[VALUE], "is longer than its values"));
        }
        self.fit(VALUE_META, ops, rows)
    }

    /// A column is absent, or has a row per operation. Which may be absent shows when the change is written again.
    fn fit(&self, column: usize, ops: u64, rows: u64) -> Result<(), Refusal> {
        if rows == ops || self.0[column].is_empty() {
            Ok(())
        } else {
            Err(malformed(SPECS[column], format!("has {rows} rows for {ops} operations")))
        }
    }
}

fn actor_index(reader: &mut Reader<'_>, actors: u64) -> Result<(), Refusal> {
    if reader.unsigned()? < actors {
        Ok(())
    } else {
        Err(Refusal::new(
            &code::COLUMN_MALFORMED,
            "an operation names an actor that the change does not list",
        ))
    }
}

fn counter(value: u64) -> Result<(), Refusal> {
    if value <= COUNTER_MAX {
        Ok(())
    } else {
        Err(Refusal::new(&code::COLUMN_MALFORMED, "an operation number is out of range"))
    }
}

fn key(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    let length = reader.unsigned()?;
    if length > KEY_BYTES_MAX {
        return Err(Refusal::new(&code::KEY_TOO_LONG, format!("{length} of {KEY_BYTES_MAX} bytes")));
    }
    reader.take(length).map(drop)
}

fn too_many_rows(column: usize, most: u64) -> Refusal {
    if column == ACTION {
        Refusal::new(&code::TOO_MANY_OPS, format!("over {most} operations"))
    } else {
        malformed(SPECS[column], format!("has over {most} rows"))
    }
}

fn malformed(spec: u64, why: impl std::fmt::Display) -> Refusal {
    Refusal::new(&code::COLUMN_MALFORMED, format!("column {spec:#x} {why}"))
}
