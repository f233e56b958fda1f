//! Decimal numbers of any size, by value.

use std::fmt;

/// A number as `digits` times ten to the power of `exponent`; the digits begin and end with none that is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads `-12.50`, `1e-7` and the like; none where the text is no number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = Vec::with_capacity(whole.len() + fraction.len());
        for character in whole.bytes().chain(fraction.bytes()) {
            digits.push(character.is_ascii_digit().then(|| character - b'0')?);
        }
        if digits.is_empty() {
            return None;
        }
        let behind = i64::try_from(fraction.len()).ok()?;
        Some(Self { negative, digits, exponent: i64::from(exponent) - behind }.normal())
    }

    /// A floating-point number by its shortest text, as people and engines see it; none if it is not finite.
    pub(crate) fn of(number: f64) -> Option<Self> {
        Self::parse(&format!("{number:e}"))
    }

    /// The number with at most `scale` digits behind the point, half away from zero as PostgreSQL rounds.
    pub(crate) fn rounded(mut self, scale: u32) -> Self {
        let excess = -i64::from(scale) - self.exponent;
        let Ok(excess) = usize::try_from(excess) else { return self };
        if excess == 0 {
            return self;
        }
        let kept = self.digits.len().checked_sub(excess);
        let up = kept.is_some_and(|kept| self.digits[kept] >= 5);
        self.digits.truncate(kept.unwrap_or(0));
        self.exponent = -i64::from(scale);
        if up {
            let nines = self.digits.iter().rev().take_while(|digit| **digit == 9).count();
            let others = self.digits.len() - nines;
            self.digits[others..].fill(0);
            match self.digits[..others].last_mut() {
                Some(digit) => *digit += 1,
                None => self.digits.insert(0, 1),
            }
        }
        self.normal()
    }

    fn normal(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.exponent += 1;
        }
        let leading = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..leading);
        if self.digits.is_empty() {
            (self.negative, self.exponent) = (false, 0);
        }
        self
    }
}

/// In a form that every reader of numbers knows: `-125e-1`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        if self.digits.is_empty() {
            f.write_str("0")?;
        }
        for digit in &self.digits {
            write!(f, "{digit}")?;
        }
        if self.exponent == 0 { Ok(()) } else { write!(f, "e{}", self.exponent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Decimal::parse(text).unwrap().to_string()
    }

    #[test]
    fn numbers_are_the_same_by_value() {
        assert_eq!(shown("-12.50"), "-125e-1");
        assert_eq!(shown("0.00"), "0");
        assert_eq!(shown("-0"), "0");
        assert_eq!(shown("1E3"), shown("1000.0"));
        assert_eq!(shown("007"), "7");
        for text in ["", "-", "1x", "NaN", "1e", "0x10"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::of(0.1).unwrap().to_string(), "1e-1");
        assert_eq!(Decimal::of(f64::NAN), None);
    }

    #[test]
    fn rounding_goes_away_from_zero() {
        let rounded = |text, scale| Decimal::parse(text).unwrap().rounded(scale).to_string();
        assert_eq!(rounded("0.125", 2), "13e-2");
        assert_eq!(rounded("-0.125", 2), "-13e-2");
        assert_eq!(rounded("9.9999", 3), "1e1");
        assert_eq!(rounded("0.0004", 3), "0");
        assert_eq!(rounded("0.0005", 3), "1e-3");
        assert_eq!(rounded("0.00005", 3), "0");
        assert_eq!(rounded("123", 3), "123");
    }
}
