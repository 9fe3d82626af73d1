//! Reading one CSV file row by row: encoding, header and number of fields, then each value as what its column holds.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;

use chrono::{Datelike, NaiveDate};
use csv::{ByteRecord, ReaderBuilder};

use super::fault::{Fault, Faults};
use super::source::Source;
use crate::decimal::Decimal;

/// The kind of row that a file holds.
pub trait Table: Sized {
    /// The file's name.
    const FILE: &'static str;
    /// Its columns, in order.
    const COLUMNS: &'static [&'static str];
    /// What tells its rows apart.
    type Key: Ord + Clone + Display;

    /// Reads a row. Values that are not what they should be are noted in it, and the row is then dropped.
    fn read(row: &mut Row<'_>) -> Self;

    /// The row's key.
    fn key(&self) -> Self::Key;
}

/// A row with the line on which it begins.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The line, from 1.
    pub line: u64,
    /// The row.
    pub row: T,
}

/// One row while it is read.
pub struct Row<'a> {
    file: &'static str,
    columns: &'static [&'static str],
    line: u64,
    values: &'a [String],
    faults: &'a mut Faults,
}

/// Reads a file wholly. Faults go to `faults`; what is returned are the rows without any.
pub fn read<T: Table>(source: &Source, faults: &mut Faults) -> Vec<At<T>> {
    let bytes = match source.read(T::FILE) {
        Ok(bytes) => bytes,
        Err(error) => {
            faults.add(unreadable(T::FILE, &error));
            return Vec::new();
        }
    };
    // Spreadsheets like to begin UTF-8 with a byte order mark.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut record = ByteRecord::new();
    let mut rows = Vec::new();
    let mut keys = BTreeSet::new();
    let mut is_header = true;
    // Rows of any length are let through and the bytes are in memory, so that nothing is left to fail here.
    while reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        let line = record.position().map_or(0, csv::Position::line);
        let before = faults.count;
        let values = decode::<T>(line, &record, faults);
        if std::mem::take(&mut is_header) {
            if faults.count > before || !header::<T>(&values, faults) {
                return Vec::new();
            }
            continue;
        }
        if values.len() != T::COLUMNS.len() {
            let text = format!(
                "the row has {} fields instead of {}; check its commas and quotes",
                values.len(),
                T::COLUMNS.len()
            );
            faults.add(Fault { file: T::FILE, line, column: String::new(), code: "wrong_columns", text });
        }
        if faults.count > before {
            continue;
        }
        let row = T::read(&mut Row { file: T::FILE, columns: T::COLUMNS, line, values: &values, faults });
        if faults.count == before {
            if !keys.insert(row.key()) {
                let text = format!("{} is there twice; remove one", row.key());
                let column = T::COLUMNS.first().map(ToString::to_string).unwrap_or_default();
                faults.add(Fault { file: T::FILE, line, column, code: "duplicate_key", text });
            }
            rows.push(At { line, row });
        }
    }
    if is_header {
        header::<T>(&[], faults);
    }
    rows
}

fn unreadable(file: &'static str, error: &io::Error) -> Fault {
    let (code, text) = match error.kind() {
        io::ErrorKind::NotFound => ("missing_file", "the file is not in the folder".to_owned()),
        _ => ("unreadable_file", format!("the file cannot be read: {error}")),
    };
    Fault { file, line: 0, column: String::new(), code, text }
}

/// The values as text. One that is not UTF-8 is a fault, and empty.
fn decode<T: Table>(line: u64, record: &ByteRecord, faults: &mut Faults) -> Vec<String> {
    let mut line = line;
    let mut values = Vec::with_capacity(record.len());
    for (place, bytes) in record.iter().enumerate() {
        let value = String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| {
            let column = T::COLUMNS.get(place).copied().unwrap_or_default().to_owned();
            let at = error.utf8_error().valid_up_to();
            let text = format!("not UTF-8 from its byte {} on; save the file as UTF-8", at + 1);
            let line = line + newlines(&bytes[..at]);
            faults.add(Fault { file: T::FILE, line, column, code: "bad_encoding", text });
            String::new()
        });
        line += newlines(bytes);
        values.push(value);
    }
    values
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn header<T: Table>(found: &[String], faults: &mut Faults) -> bool {
    let columns = T::COLUMNS.iter().map(Some).chain(std::iter::repeat(None));
    let length = found.len().max(T::COLUMNS.len());
    for (place, wanted) in columns.take(length).enumerate() {
        let is = found.get(place);
        if is.map(String::as_str) == wanted.copied() {
            continue;
        }
        let is = is.map_or("nothing".to_owned(), |is| format!("{is:?}"));
        let wanted = wanted.map_or("nothing".to_owned(), |wanted| format!("{wanted:?}"));
        let text = format!(
            "column {} is headed {is} instead of {wanted}; the first line must be {}",
            place + 1,
            T::COLUMNS.join(",")
        );
        let column = T::COLUMNS.get(place).copied().unwrap_or_default().to_owned();
        faults.add(Fault { file: T::FILE, line: 1, column, code: "wrong_header", text });
        return false;
    }
    true
}

impl Row<'_> {
    /// A text that must be there.
    pub fn text(&mut self, column: &str) -> String {
        let value = self.optional(column);
        if value.is_none() {
            self.fault(column, "empty_value", "the value is missing".to_owned());
        }
        value.unwrap_or_default()
    }

    /// A text that may be missing: an empty field.
    pub fn optional(&mut self, column: &str) -> Option<String> {
        let place = self.columns.iter().position(|known| *known == column)?;
        self.values.get(place).filter(|value| !value.is_empty()).cloned()
    }

    /// A whole number in this closed range.
    pub fn whole(&mut self, column: &str, min: i64, max: i64) -> i64 {
        self.decimal(column, 0, min, max)
    }

    /// A whole number in this closed range, or nothing.
    pub fn optional_whole(&mut self, column: &str, min: i64, max: i64) -> Option<i64> {
        self.optional(column)?;
        Some(self.whole(column, min, max))
    }

    /// A number in units of 10^-`scale`, in this closed range of such units: 2 for money in minor units.
    pub fn decimal(&mut self, column: &str, scale: u32, min: i64, max: i64) -> i64 {
        let text = self.text(column);
        if text.is_empty() {
            return 0;
        }
        let number = match Decimal::parse(&text) {
            Err(why) => return self.bad_number(column, format!("{text:?} is not a number: {why}")),
            Ok(number) => number,
        };
        match number.at_scale(scale) {
            Some(units) if (min..=max).contains(&units) => units,
            Some(_) => self.bad_number(column, format!("{text} is out of range")),
            None if scale == 0 => self.bad_number(column, format!("{text} is not a whole number")),
            None => {
                self.bad_number(column, format!("{text} has more than {scale} decimals, or is too large"))
            }
        }
    }

    fn bad_number(&mut self, column: &str, text: String) -> i64 {
        self.fault(column, "bad_number", text);
        0
    }

    /// A day.
    pub fn date(&mut self, column: &str) -> NaiveDate {
        if self.optional(column).is_none() {
            self.text(column);
        }
        self.optional_date(column).unwrap_or_default()
    }

    /// A day, or nothing.
    pub fn optional_date(&mut self, column: &str) -> Option<NaiveDate> {
        let text = self.optional(column)?;
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|date| text.len() == 10 && (1900..=9999).contains(&date.year()));
        if date.is_none() {
            let text = format!("{text:?} is not a day; write it as YYYY-MM-DD, such as 1996-07-04");
            self.fault(column, "bad_date", text);
        }
        date
    }

    /// 0 or 1.
    pub fn flag(&mut self, column: &str) -> bool {
        self.whole(column, 0, 1) == 1
    }

    /// Notes that a value is not what it should be.
    pub fn fault(&mut self, column: &str, code: &'static str, text: String) {
        let place = self.columns.iter().position(|known| *known == column).unwrap_or(0);
        let before = self.values.iter().take(place).map(|value| newlines(value.as_bytes())).sum::<u64>();
        let line = self.line + before;
        self.faults.add(Fault { file: self.file, line, column: column.to_owned(), code, text });
    }
}
