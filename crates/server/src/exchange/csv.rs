//! CSV: read with whatever separator it has, written so that no cell is a formula to a spreadsheet.

use super::{COLUMNS_MAX, Fault, LINE_BYTES_MAX, Line, Lines, kept};

/// Separators that are looked for in the first line.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A CSV file being read.
pub struct Reader<'a> {
    reader: ::csv::Reader<&'a [u8]>,
    columns: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads the first line.
    ///
    /// # Errors
    /// `empty_file`, `too_many_columns`, `no_column_name`, `not_utf8`.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(separator(bytes))
            .flexible(true)
            .has_headers(true)
            .from_reader(bytes);
        let names = reader.byte_headers().map_err(|error| Fault::new("bad_csv", error.to_string()))?;
        let columns = names.iter().map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned()));
        let columns: Vec<String> = columns.collect::<Result<_, _>>().map_err(|_| not_utf8())?;
        if columns.iter().all(String::is_empty) {
            return Err(Fault::new("empty_file", "The first line names no columns."));
        }
        if columns.len() > COLUMNS_MAX {
            let text = format!("The file has {} columns; {COLUMNS_MAX} are read.", columns.len());
            return Err(Fault::new("too_many_columns", text));
        }
        let columns = columns.iter().map(|name| kept(name)).collect();
        Ok(Self { reader, columns })
    }

    fn line(&self, record: &::csv::ByteRecord) -> Line {
        let number = record.position().map_or(0, ::csv::Position::line);
        let texts = record.iter().map(|cell| String::from_utf8_lossy(cell));
        let size: usize = record.iter().map(<[u8]>::len).sum();
        let fault = if record.len() != self.columns.len() {
            let text = format!(
                "It has {} cells, the first line has {}; mind separators and quotes.",
                record.len(),
                self.columns.len()
            );
            Some(Fault::new("wrong_cells", text))
        } else if size > LINE_BYTES_MAX {
            Some(Fault::new("too_long", "The line is too long; perhaps a quote is not closed."))
        } else if record.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
            Some(not_utf8())
        } else if record.iter().any(|cell| cell.contains(&0)) {
            Some(Fault::new("bad_character", "A cell holds the character NUL; leave it out."))
        } else {
            None
        };
        // Whoever gets the row back finds in it what was there, unless it is no row at all.
        let cells = match fault {
            None => texts.map(|cell| plain(&cell).to_owned()).collect(),
            Some(_) if size > LINE_BYTES_MAX => {
                texts.take(self.columns.len()).map(|cell| kept(&cell)).collect()
            }
            Some(_) => texts.map(|cell| plain(&cell).replace('\0', "")).collect(),
        };
        Line { number, cells, fault }
    }
}

impl Lines for Reader<'_> {
    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn next(&mut self) -> Result<Option<Line>, Fault> {
        let mut record = ::csv::ByteRecord::new();
        loop {
            let more = self.reader.read_byte_record(&mut record);
            if !more.map_err(|error| Fault::new("bad_csv", error.to_string()))? {
                return Ok(None);
            }
            // Spreadsheets leave lines without anything in them at the end.
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                return Ok(Some(self.line(&record)));
            }
        }
    }
}

fn not_utf8() -> Fault {
    Fault::new("not_utf8", "It is not written in UTF-8; save the file as \"CSV UTF-8\".")
}

/// The separator that stands most often outside quotes in the first line.
fn separator(bytes: &[u8]) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in bytes.iter().take(LINE_BYTES_MAX) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => {
                if let Some(place) = SEPARATORS.iter().position(|separator| separator == byte) {
                    counts[place] += 1;
                }
            }
            _ => {}
        }
    }
    let best = (0..SEPARATORS.len()).max_by_key(|place| (counts[*place], std::cmp::Reverse(*place)));
    SEPARATORS[best.unwrap_or(0)]
}

/// Whether a spreadsheet might take a cell for a formula. A plain number is none, whatever its sign.
fn is_formula(cell: &str) -> bool {
    let begins =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let number = cell.strip_prefix('-').unwrap_or(cell);
    let is_number = number.chars().next().is_some_and(|c| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    cell.trim_start_matches([' ', '\u{a0}', '\'']).starts_with(begins)
        && !(is_number && cell.starts_with('-'))
}

/// A cell as it is written: an apostrophe before what might be a formula makes it a text.
fn harmless(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell as it was meant: without the apostrophe that [`harmless`] puts there.
fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// Lines of cells as CSV, each harmless.
pub fn write<L, C>(lines: impl IntoIterator<Item = L>) -> Vec<u8>
where
    L: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer = ::csv::WriterBuilder::new()
        .flexible(true)
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        let cells: Vec<String> = line.into_iter().map(|cell| harmless(cell.as_ref())).collect();
        // Into memory nothing fails to be written.
        let _ = writer.write_record(&cells);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> (Vec<String>, Vec<Line>) {
        let mut reader = Reader::open(bytes).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = reader.next().unwrap() {
            lines.push(line);
        }
        (reader.columns(), lines)
    }

    #[test]
    fn the_separator_is_found_and_a_bad_line_spoils_no_other() {
        let (columns, lines) =
            all(b"Name;\"a;b\";Ort\nX;1;Y\n\n;;\nkurz;2\n\"M\xFCller\";3;Z\n\"Meier\nund Co\";4;W\n");
        assert_eq!(columns, ["Name", "a;b", "Ort"]);
        let said: Vec<_> =
            lines.iter().map(|line| (line.number, line.fault.as_ref().map(|fault| fault.code))).collect();
        assert_eq!(said, [(2, None), (5, Some("wrong_cells")), (6, Some("not_utf8")), (7, None)]);
        assert_eq!(lines[3].cells, ["Meier\nund Co", "4", "W"]);
    }

    #[test]
    fn a_line_that_is_not_taken_keeps_what_stands_in_it() {
        let note = "n".repeat(500);
        let (_, lines) = all(format!("name,city,note\nEcho, Inc,Bonn,{note}\nkurz\n").as_bytes());
        assert_eq!(lines[0].fault.as_ref().map(|fault| fault.code), Some("wrong_cells"));
        assert_eq!(lines[0].cells, ["Echo", " Inc", "Bonn", &note]);
        assert_eq!(lines[1].cells, ["kurz"]);
    }

    #[test]
    fn no_cell_is_a_formula_and_each_comes_back_as_it_was() {
        let cells = [
            "=1+1", "+49 30", "-1", "-12.5", "-1+2", "@x", "'=x", "''=x", "'x", "\t=a", " =a", "＝a", "",
            "a=b", "-",
        ];
        let written = write([["c"; 15].to_vec(), cells.to_vec()]);
        for (cell, harmless) in cells.iter().map(|cell| (cell, harmless(cell))) {
            let bare = harmless.trim_start();
            let is_number = bare.parse::<f64>().is_ok();
            assert!(
                is_number || !bare.starts_with(['=', '+', '-', '@', '＝']),
                "{cell} is written as {harmless}"
            );
        }
        assert_eq!(all(&written).1[0].cells, cells);
    }

    #[test]
    fn an_unclosed_quote_is_one_bad_line() {
        let bytes = format!("name,city\nA,B\n\"open,{}", "x,y\n".repeat(30_000));
        let (_, lines) = all(bytes.as_bytes());
        assert_eq!(lines.len(), 2);
        assert!(lines[1].fault.is_some() && lines[1].cells.iter().all(|cell| cell.len() <= 800));
    }

    #[test]
    fn a_file_without_columns_is_refused() {
        assert_eq!(Reader::open(b"").err().map(|fault| fault.code), Some("empty_file"));
        assert_eq!(Reader::open(b"\n\n").err().map(|fault| fault.code), Some("empty_file"));
        let wide = vec!["x"; COLUMNS_MAX + 1].join(",");
        assert_eq!(Reader::open(wide.as_bytes()).err().map(|fault| fault.code), Some("too_many_columns"));
    }
}
