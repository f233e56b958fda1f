//! Numbers made from a row's cells: a cell in another unit, a sum of cells.

use std::str::FromStr;

use csv::ByteRecord;
use sea_orm::prelude::Decimal;

use super::{list, plan};

/// A sum of cells, each times a factor, and of numbers.
#[derive(Debug)]
pub(super) struct Sum(Vec<Term>);

#[derive(Debug)]
struct Term {
    cell: Option<usize>,
    factor: Number,
}

/// A number as it is written, so that 26.014 mJy are 0.026014 Jy and not 0.026014000000000002 Jy.
#[derive(Clone, Copy, Debug)]
struct Number {
    float: f64,
    decimal: Option<Decimal>,
}

impl Sum {
    /// Reads `flux_mjy*0.001` or `mjd_start+scan_len_s*5.787e-6`.
    pub(super) fn parse(text: &str, header: &[String]) -> Result<Self, String> {
        let position = |name: &str| header.iter().position(|other| other == name.trim());
        if let Some(cell) = position(text) {
            return Ok(Self(vec![Term { cell: Some(cell), factor: Number::ONE }]));
        }
        let term = |text: &str| {
            if let Some(cell) = position(text) {
                return Ok(Term { cell: Some(cell), factor: Number::ONE });
            }
            if let Some((name, factor)) = text.rsplit_once('*')
                && let (Some(cell), Some(factor)) = (position(name), Number::parse(factor.trim()))
            {
                return Ok(Term { cell: Some(cell), factor });
            }
            match Number::parse(text.trim()) {
                Some(factor) => Ok(Term { cell: None, factor }),
                None => Err(format!(
                    "`{text}` is no header and no sum of them; the file has {}",
                    list(header.iter().map(String::as_str))
                )),
            }
        };
        text.split('+').map(term).collect::<Result<_, _>>().map(Self)
    }

    /// The headers it is made of.
    pub(super) fn cells(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|term| term.cell)
    }

    /// The one cell that it is, untouched.
    pub(super) fn plain(&self) -> Option<usize> {
        match self.0.as_slice() {
            [Term { cell, factor }] if factor.decimal == Some(Decimal::ONE) => *cell,
            _ => None,
        }
    }

    /// The sum in one row; empty where a cell of it is.
    pub(super) fn value(&self, cells: &ByteRecord) -> Result<String, String> {
        let (mut sum, mut size) = (Number::ZERO, 0.0);
        for Term { cell, factor } in &self.0 {
            let number = match cell {
                None => Number::ONE,
                Some(cell) => {
                    let text = plan::text(cells, *cell)?.trim();
                    if text.is_empty() {
                        return Ok(String::new());
                    }
                    Number::parse(text).ok_or_else(|| format!("`{text}` is not a finite number"))?
                }
            };
            let product = number.times(*factor);
            size += product.float.abs();
            sum = sum.plus(product);
        }
        // Decimals have no exponent: far behind the point they lose digits.
        let exact = sum.decimal.map(|decimal| decimal.normalize().to_string());
        let exact = exact.filter(|text| {
            text.parse::<f64>().is_ok_and(|float| (float - sum.float).abs() <= size * 1e-12)
        });
        Ok(exact.unwrap_or_else(|| sum.float.to_string()))
    }
}

impl Number {
    const ZERO: Self = Self { float: 0.0, decimal: Some(Decimal::ZERO) };
    const ONE: Self = Self { float: 1.0, decimal: Some(Decimal::ONE) };

    fn parse(text: &str) -> Option<Self> {
        let float = text.parse::<f64>().ok().filter(|float| float.is_finite())?;
        let decimal = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok();
        Some(Self { float, decimal })
    }

    fn times(self, other: Self) -> Self {
        let decimal = self.decimal.zip(other.decimal).and_then(|(a, b)| a.checked_mul(b));
        Self { float: self.float * other.float, decimal }
    }

    fn plus(self, other: Self) -> Self {
        let decimal = self.decimal.zip(other.decimal).and_then(|(a, b)| a.checked_add(b));
        Self { float: self.float + other.float, decimal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(sum: &str, cells: &[&str]) -> Result<String, String> {
        let header = ["a", "b", "c*d"].map(str::to_owned);
        Sum::parse(sum, &header)?.value(&ByteRecord::from(cells.to_vec()))
    }

    #[test]
    fn a_unit_is_converted_without_noise() {
        assert_eq!(value("a*0.001", &["26.014", "", ""]).unwrap(), "0.026014");
        assert_eq!(value("a*1e-6", &["390.2", "", ""]).unwrap(), "0.0003902");
        assert_eq!(value("a*-1", &["2", "", ""]).unwrap(), "-2");
    }

    #[test]
    fn terms_are_added_up() {
        assert_eq!(value("a + b*0.5", &["1.5", "3", ""]).unwrap(), "3");
        assert_eq!(value("a+-2400000.5", &["2458723.25", "", ""]).unwrap(), "58722.75");
        assert_eq!(value("c*d*2", &["", "", "4"]).unwrap(), "8");
    }

    #[test]
    fn an_empty_cell_makes_an_empty_sum() {
        assert_eq!(value("a+b", &["1", " ", ""]).unwrap(), "");
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        let tiny: f64 = value("a*1e-20", &["1.23456789e-15", "", ""]).unwrap().parse().unwrap();
        assert!((tiny / 1.234_567_89e-35 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(value("a*2", &["nan", "", ""]).is_err());
        assert!(value("a*x", &["1", "", ""]).is_err());
        assert!(value("z", &["1", "", ""]).unwrap_err().contains("`a`, `b`"));
    }

    proptest! {
        #[test]
        fn it_agrees_with_floating_point(a in -1e6..1e6_f64, b in -1e6..1e6_f64, factor in -1e3..1e3_f64) {
            let (left, right) = (a.to_string(), b.to_string());
            let sum: f64 = value(&format!("a+b*{factor}"), &[&left, &right, ""]).unwrap().parse().unwrap();
            prop_assert!((sum - (a + b * factor)).abs() <= 1e-9 * (1.0 + a.abs() + (b * factor).abs()));
        }
    }
}
