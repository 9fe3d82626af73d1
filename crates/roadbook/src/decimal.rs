//! Decimal numbers, exactly: digits and a scale. No binary float ever sees a price.

use roadbook_model::money::minor_digits;

/// A decimal number as written: `12.50` is 1250 at scale 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i64,
    scale: u32,
}

/// Most digits of a number, so that every one of them fits.
const DIGITS_MAX: usize = 18;

impl Decimal {
    /// Reads digits with at most one point between or before them, and a minus sign before all of it. Nothing else is
    /// a number here: no blanks, no thousands separators, no exponent.
    ///
    /// # Errors
    /// What is wrong, and how it should read.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if text.contains(',') {
            return Err("a number has a point before its decimals and no other separator, such as 1234.50");
        }
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || unsigned.ends_with('.') {
            return Err("a number is written in digits, such as 12 or 12.50");
        }
        if whole.len() + fraction.len() > DIGITS_MAX {
            return Err("a number has at most 18 digits");
        }
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        let scale = u32::try_from(fraction.len()).unwrap_or(0);
        Ok(Self { digits: if negative { -digits } else { digits }, scale })
    }

    /// A whole number of units of 10^-`scale`.
    pub const fn of(digits: i64, scale: u32) -> Self {
        Self { digits, scale }
    }

    /// The number in units of 10^-`scale`, if it is a whole number of them that fits.
    pub fn at_scale(self, scale: u32) -> Option<i64> {
        if self.scale <= scale {
            return self.digits.checked_mul(10_i64.checked_pow(scale - self.scale)?);
        }
        let factor = 10_i64.checked_pow(self.scale - scale)?;
        (self.digits % factor == 0).then_some(self.digits / factor)
    }
}

/// An amount in minor units of a currency, as people read it: `1,265,793.04` of dollars, `1,265,793` of yen.
pub fn display_minor(minor: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let sign = if minor < 0 { "-" } else { "" };
    let (minor, unit) = (minor.unsigned_abs(), 10_u64.pow(digits));
    let whole = grouped(minor / unit);
    match usize::try_from(digits) {
        Ok(width) if width > 0 => format!("{sign}{whole}.{:0width$}", minor % unit),
        _ => format!("{sign}{whole}"),
    }
}

/// A whole number in groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_at_the_scale_asked_for() {
        let at = |text: &str, scale| Decimal::parse(text).unwrap().at_scale(scale);
        assert_eq!(at("32.38", 2), Some(3238));
        assert_eq!(at("14", 2), Some(1400));
        assert_eq!(at("9.8", 2), Some(980));
        assert_eq!(at("0.15", 4), Some(1500));
        assert_eq!(at("-0.5", 2), Some(-50));
        assert_eq!(at("1.500", 2), Some(150));
        assert_eq!(at("1.505", 2), None, "half a cent is not dropped in silence");
        assert_eq!(at("999999999999999999", 2), None, "too large for minor units");
    }

    #[test]
    fn what_is_not_a_plain_number_is_refused() {
        for bad in ["", "-", ".", ".5", "5.", "1,5", "1 000", " 1", "1e3", "+1", "--1", "1.2.3", "0x1", "١"]
        {
            assert!(Decimal::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Decimal::parse("1234567890123456789").is_err());
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(display_minor(126_579_304, "USD"), "1,265,793.04");
        assert_eq!(display_minor(-5, "EUR"), "-0.05");
        assert_eq!(display_minor(100_000, ""), "1,000.00");
        assert_eq!(display_minor(100_000, "JPY"), "100,000");
        assert_eq!(display_minor(-100_005, "KWD"), "-100.005");
        assert_eq!(grouped(0), "0");
    }
}
