//! What all orders come to, in two ways of rounding.

use roadbook_model::money::line_total_minor;

use super::records::CURRENCY;
use super::rows::Detail;
use super::table::At;
use crate::decimal::display_minor;

/// Units of a line before rounding: hundredths of a cent times 1/100 for the discount.
const EXACT_PER_MINOR: i128 = 10_000;

/// The sum of all lines, without freight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revenue {
    /// Summed exactly and rounded once, in cents.
    pub rounded_once_minor: i64,
    /// Each line rounded first, in cents: what the orders say.
    pub rounded_by_line_minor: i64,
    /// Lines that have a fraction of a cent.
    pub lines_with_fraction: usize,
}

impl Revenue {
    /// Adds the lines up.
    pub fn of(details: &[At<Detail>]) -> Self {
        let mut exact: i128 = 0;
        let mut by_line: i64 = 0;
        let mut lines_with_fraction = 0;
        for At { row, .. } in details {
            let gross = i128::from(row.quantity) * i128::from(row.unit_price_minor);
            let line = gross * (EXACT_PER_MINOR - i128::from(row.discount_bp));
            exact += line;
            by_line =
                by_line.saturating_add(line_total_minor(row.quantity, row.unit_price_minor, row.discount_bp));
            lines_with_fraction += usize::from(line % EXACT_PER_MINOR != 0);
        }
        let once = (exact + EXACT_PER_MINOR / 2) / EXACT_PER_MINOR;
        Self {
            rounded_once_minor: i64::try_from(once).unwrap_or(i64::MAX),
            rounded_by_line_minor: by_line,
            lines_with_fraction,
        }
    }

    /// Both sums, and why they differ.
    pub fn in_words(&self) -> String {
        format!(
            "revenue {} (lines summed exactly, rounded once)\n\
             revenue {} (each line rounded to the cent, half away from zero, then summed: so do orders, because a \
             customer adds up what is printed; {} lines have a fraction of a cent)",
            display_minor(self.rounded_once_minor, CURRENCY),
            display_minor(self.rounded_by_line_minor, CURRENCY),
            self.lines_with_fraction
        )
    }
}
