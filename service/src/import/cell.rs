//! The value that a cell's text stands for.

use std::str::FromStr;

use almanac_entity::{Kind, UnixTime, Vocabulary};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use sea_orm::{
    Value,
    prelude::{Decimal, Uuid},
};

use super::{list, target::Column};

/// The value of text that is not empty.
pub(super) fn value(column: &Column, text: &str) -> Result<Value, String> {
    // Blanks around anything but text mean nothing.
    let trimmed = text.trim();
    Ok(match column.kind {
        Kind::Text => self::text(text)?.into(),
        Kind::Word(vocabulary) => word(vocabulary, text)?.into(),
        Kind::Int => whole::<i32>(trimmed)?.into(),
        Kind::BigInt => whole::<i64>(trimmed)?.into(),
        Kind::Float => float(trimmed)?.into(),
        Kind::Decimal => decimal(column, trimmed)?.into(),
        Kind::Boolean => boolean(trimmed)?.into(),
        Kind::UnixTime => match trimmed.parse::<f64>() {
            Ok(_) => float(trimmed)?.into(),
            Err(_) => UnixTime::from(instant(trimmed)?).0.into(),
        },
        Kind::DateTime => instant(trimmed)?.into(),
        Kind::Uuid => {
            Uuid::parse_str(trimmed).map_err(|_| format!("`{text}` is not a UUID"))?.into()
        }
        Kind::JsonText => {
            json(text)?;
            self::text(text)?.into()
        }
        Kind::Json => json(text)?.into(),
    })
}

fn text(text: &str) -> Result<&str, String> {
    // PostgreSQL has no such text.
    if text.contains('\0') { Err("it holds a NUL character".to_owned()) } else { Ok(text) }
}

fn word<'a>(vocabulary: &Vocabulary, text: &'a str) -> Result<&'a str, String> {
    if vocabulary.open || vocabulary.terms.iter().any(|term| term.label == text) {
        return self::text(text);
    }
    Err(format!("`{text}` is none of {}", list(vocabulary.terms.iter().map(|term| term.label))))
}

/// A whole number; spreadsheets and data frames write `12.0` for 12 where other cells are empty.
fn whole<T: FromStr + std::fmt::Display>(text: &str) -> Result<T, String> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|zero| zero == b'0') => {
            digits
        }
        _ => text,
    };
    let bits = 8 * size_of::<T>();
    digits.parse().map_err(|_| format!("`{text}` is not a whole number of {bits} bits"))
}

fn float(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a finite number"))
}

/// A decimal, rounded to its column's digits, half away from zero.
fn decimal(column: &Column, text: &str) -> Result<Decimal, String> {
    let number = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
    let number = number.map_err(|_| format!("`{text}` is not a decimal number"))?;
    let Some((digits, behind_point)) = column.digits else { return Ok(number) };
    let rounded = round(number, behind_point);
    let before_point = digits.saturating_sub(behind_point);
    if rounded.abs() >= Decimal::from(10_i64.pow(before_point.min(18))) {
        return Err(format!("{number} has more than {before_point} digits before the point"));
    }
    match column.name {
        "ra" if rounded == Decimal::from(360) => Ok(Decimal::ZERO),
        "ra" if rounded.is_sign_negative() && !rounded.is_zero()
            || rounded > Decimal::from(360) =>
        {
            Err(format!("a right ascension of {number}° is not in [0, 360]"))
        }
        "dec" if rounded.abs() > Decimal::from(90) => {
            Err(format!("a declination of {number}° is not in [-90, 90]"))
        }
        _ => Ok(rounded),
    }
}

fn round(number: Decimal, places: u32) -> Decimal {
    let cut = number.trunc_with_scale(places);
    let left = number - cut;
    let unit = Decimal::new(1, places);
    if left.abs() + left.abs() < unit {
        cut
    } else if number.is_sign_negative() {
        cut - unit
    } else {
        cut + unit
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "1.0" => Ok(true),
        "0" | "false" | "f" | "no" | "n" | "0.0" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// An instant: RFC 3339, or a date with or without a time, which are UTC.
pub(crate) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let rfc3339 = || DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc());
    let date_time =
        |format| NaiveDateTime::parse_from_str(text, format).ok().map(|time| time.and_utc());
    let date = || {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_hms_opt(0, 0, 0)?.and_utc())
    };
    rfc3339()
        .or_else(|| date_time("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|| date_time("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(date)
        // Neither engine writes other years with four digits.
        .filter(|instant| (1..=9999).contains(&instant.year()))
        .ok_or_else(|| {
            format!("`{text}` is not an instant such as 2025-01-31 or 2025-01-31T12:00:00Z")
        })
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_may_be_written_with_a_zero_behind_the_point() {
        assert_eq!(whole::<i32>("12.00"), Ok(12));
        assert_eq!(whole::<i64>("-3"), Ok(-3));
        for wrong in ["12.5", "12.", ".0", "1e3", "", "2147483648"] {
            assert!(whole::<i32>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero() {
        let rounded = |text: &str| round(Decimal::from_str(text).unwrap(), 2).to_string();
        assert_eq!(rounded("1.005"), "1.01");
        assert_eq!(rounded("-1.005"), "-1.01");
        assert_eq!(rounded("1.00499"), "1.00");
        assert_eq!(rounded("7"), "7.00");
    }

    #[test]
    fn instants_come_in_several_spellings() {
        let noon = "2025-01-31T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for text in ["2025-01-31T13:00:00+01:00", "2025-01-31 12:00:00", "2025-01-31T12:00:00.000"]
        {
            assert_eq!(instant(text), Ok(noon), "{text}");
        }
        assert_eq!(instant("2025-01-31").unwrap().to_rfc3339(), "2025-01-31T00:00:00+00:00");
        for wrong in ["2025-02-30", "31.1.2025", "60676", "+12025-01-01"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn booleans_come_in_several_spellings() {
        assert_eq!(["1", "TRUE", "yes", "t"].map(boolean), [const { Ok(true) }; 4]);
        assert_eq!(["0", "False", "no", "f"].map(boolean), [const { Ok(false) }; 4]);
        assert!(boolean("2").is_err());
    }

    proptest! {
        #[test]
        fn rounding_moves_by_half_a_unit_at_most(units in -1_000_000_000_i64..1_000_000_000, scale in 0..9_u32, places in 0..9_u32) {
            let number = Decimal::new(units, scale);
            let moved = (round(number, places) - number).abs();
            prop_assert!(moved + moved <= Decimal::new(1, places));
        }
    }
}
