//! Between a cell's text and a field's value, as people write it: words without regard to case, yes and no, decimals with a
//! point or a comma.

use roadbook_model::kind::{FieldSpec, FieldType};
use roadbook_model::money::minor_digits;
use serde_json::Value as Json;

use super::Fault;

/// A cell as a value of a field.
///
/// # Errors
/// `wrong_value`.
pub fn scalar(field: &FieldSpec, cell: &str) -> Result<Json, Fault> {
    match &field.ty {
        FieldType::Enum(words) => {
            let word = cell.to_lowercase().replace([' ', '-'], "_");
            let found = words.iter().find(|known| **known == word);
            found
                .map(|word| Json::from(*word))
                .ok_or_else(|| wrong(&format!("It is one of {}.", words.join(", "))))
        }
        FieldType::Bool => yes(cell).map(Json::from),
        FieldType::Int { .. } => whole(cell).map(Json::from),
        FieldType::Code { letters } => {
            let code = cell.to_uppercase();
            let is_code = code.chars().count() == *letters && code.chars().all(|c| c.is_ascii_uppercase());
            if is_code {
                Ok(Json::from(code))
            } else {
                Err(wrong(&format!("It is a code of {letters} letters.")))
            }
        }
        _ => Ok(Json::from(cell)),
    }
}

/// A cell that does not say what it should.
pub(super) fn wrong(text: &str) -> Fault {
    Fault::new("wrong_value", text)
}

/// Yes or no.
///
/// # Errors
/// `wrong_value`.
pub fn yes(cell: &str) -> Result<bool, Fault> {
    match cell.to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "ja" | "j" => Ok(true),
        "false" | "no" | "n" | "0" | "nein" => Ok(false),
        _ => Err(wrong("It is yes or no.")),
    }
}

/// A whole number.
///
/// # Errors
/// `wrong_value`.
pub fn whole(cell: &str) -> Result<i64, Fault> {
    cell.parse().map_err(|_| wrong("It is a whole number, in digits alone."))
}

/// A share in percent, with or without its sign, as basis points.
///
/// # Errors
/// `wrong_value`.
pub fn percent(cell: &str) -> Result<i64, Fault> {
    let number = decimal(cell.trim_end_matches('%').trim_end(), 2, false);
    number.ok_or_else(|| wrong("It is a share in percent with at most 2 decimals, such as 7.5."))
}

/// Degrees as millionths of one.
///
/// # Errors
/// `wrong_value`.
pub fn degrees(cell: &str) -> Result<i64, Fault> {
    decimal(cell, 6, true).ok_or_else(|| wrong("It is a number of degrees, such as 47.0707 or -122.33."))
}

/// An amount as minor units of its currency.
///
/// # Errors
/// `wrong_value`.
pub fn units(cell: &str, currency: &str) -> Result<i64, Fault> {
    let digits = minor_digits(currency);
    let text = format!("It is an amount with at most {digits} decimals, such as 1200.");
    decimal(cell, digits, false).ok_or_else(|| wrong(&text))
}

/// A decimal as a whole number of its last place. Of points and commas the last is the decimal one; the others, if they are
/// of the other sort, group thousands. What lies beyond the last place is cut off if it may be, else the whole is refused.
fn decimal(text: &str, places: u32, cut: bool) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let at = text.rfind(['.', ',']);
    let (whole, fraction) = at.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    let mark = at.and_then(|at| text[at..].chars().next());
    let grouped = |c: char| matches!(c, '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}') && Some(c) != mark;
    let groups: Vec<&str> = whole.split(grouped).collect();
    let is_grouped =
        groups.len() == 1 || (groups.iter().skip(1).all(|group| group.len() == 3) && !groups[0].is_empty());
    let whole: String = groups.concat();
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !is_grouped || !digits(&whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let places = usize::try_from(places).ok()?;
    // 1.200 may be a thousand and two hundred: no guess is made.
    if !cut && fraction.len() > places {
        return None;
    }
    let kept = fraction.get(..places.min(fraction.len()))?;
    let number: i64 = format!("{whole}{kept:0<places$}").parse().ok()?;
    Some(sign * number)
}

/// A whole number of last places as a decimal, with a point and without zeros that say nothing.
pub fn written(number: i64, places: u32) -> String {
    let places = usize::try_from(places).unwrap_or(0);
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if number < 0 { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1200", Some(120_000)),
            ("1.234,50", Some(123_450)),
            ("1,234.50", Some(123_450)),
            ("1 234,5", Some(123_450)),
            ("1'234.5", Some(123_450)),
            ("0.1", Some(10)),
            (".5", Some(50)),
            ("-3", Some(-300)),
            ("1.005", None),
            ("1.200", None),
            ("1.2.3", None),
            ("12,34.5", None),
            ("1e5", None),
            ("", None),
            ("-", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(decimal(text, 2, false), expected, "{text}");
        }
        assert_eq!(degrees("-122.3321234567"), Ok(-122_332_123));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for number in [0, 1, -1, 10, 123_450, -122_332_123, i64::from(i32::MAX)] {
            for places in [0, 2, 3, 6] {
                assert_eq!(
                    decimal(&written(number, places), places, false),
                    Some(number),
                    "{number} {places}"
                );
            }
        }
    }
}
