//! Positions as people write them.

use std::fmt::Write as _;

use crate::{Error, Result};

/// Reads a position, ICRS: right ascension from 0 up to 360 and declination, degrees. It may be written as
/// - degrees: `202.7846 +30.5092`, `-157.2154, 30.5092`;
/// - hours, minutes and seconds, and degrees, minutes and seconds: `13:31:08.3 +30:30:33`,
///   `13 31 08.3 +30 30 33`, `13h31m08.3s +30d30m33s`, `13h31m08.3s +30°30′33″`;
/// - the name of a source that tells where it is: `J133108.3+303033`, `NVSS J1331+3030`.
///
/// # Errors
/// `position` is none of these, or lies off the sphere.
pub fn parse_position(text: &str) -> Result<(f64, f64)> {
    let refused = |message: String| Error::invalid("position", message);
    let text = text.trim().replace(['\u{2212}', '\u{2013}'], "-");
    let read = match name_of_source(&text) {
        Some(name) => read_name(name),
        None => read_pair(&text),
    };
    let (ra, dec) = read.map_err(refused)?;
    if !(-90.0..=90.0).contains(&dec) {
        return Err(refused(format!("a declination of {dec}° is not in [-90, 90]")));
    }
    if !(-360.0..=360.0).contains(&ra) {
        return Err(refused(format!("a right ascension of {ra}° is more than a turn")));
    }
    Ok((ra.rem_euclid(360.0) % 360.0, dec))
}

/// A position as `13:31:08.3000 +30:30:33.000`: seconds of time to `digits` and seconds of arc to one fewer,
/// so that both are as fine.
pub fn sexagesimal(ra_deg: f64, dec_deg: f64, digits: usize) -> String {
    let ra = parts(ra_deg.rem_euclid(360.0) / 15.0, digits, Some(24));
    let dec = parts(dec_deg.abs(), digits.saturating_sub(1), None);
    let sign = if dec_deg < 0.0 { '-' } else { '+' };
    format!("{} {sign}{}", ra.join(":"), dec.join(":"))
}

/// The name of a source at a position, `J133108.30+303033.0`, its digits cut off and not rounded, as the
/// IAU asks: seconds of time to `digits` and seconds of arc to one fewer.
pub fn j_name(ra_deg: f64, dec_deg: f64, digits: usize) -> String {
    let ra = cut(ra_deg.rem_euclid(360.0) / 15.0, digits);
    let dec = cut(dec_deg.abs(), digits.saturating_sub(1));
    let sign = if dec_deg < 0.0 { '-' } else { '+' };
    format!("J{ra}{sign}{dec}")
}

/// The digits of a name, where `text` is one: a capital J before a digit, alone or behind other words.
fn name_of_source(text: &str) -> Option<&str> {
    let start = text.rfind('J')?;
    let before = text[..start].chars().next_back();
    let digits = &text[start + 1..];
    let is_word = before.is_none_or(|before| before.is_whitespace() || matches!(before, '_' | '-'));
    (is_word && digits.starts_with(|first: char| first.is_ascii_digit())).then_some(digits)
}

/// `133108.3+303033`, or with fewer digits on either side.
fn read_name(digits: &str) -> std::result::Result<(f64, f64), String> {
    let unread = || format!("J{digits} does not say where it is, as J133108.3+303033 does");
    let sign = digits.find(['+', '-']).ok_or_else(unread)?;
    let hours = packed(&digits[..sign]).ok_or_else(unread)?;
    let degrees = packed(&digits[sign + 1..]).ok_or_else(unread)?;
    in_range("hours", hours, 24.0)?;
    Ok((hours * 15.0, if digits[sign..].starts_with('-') { -degrees } else { degrees }))
}

/// `HHMMSS.s`, `HHMM.m`, `HHMM` or `HH`, as a number of the first unit.
fn packed(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || !matches!(whole.len(), 2 | 4 | 6) {
        return None;
    }
    let pairs = whole.len() / 2;
    let mut value = 0.0;
    let mut scale = 1.0;
    for pair in 0..pairs {
        let digits = &whole[2 * pair..2 * pair + 2];
        let digits =
            if pair + 1 == pairs { format!("{digits}.{fraction}0") } else { digits.to_owned() };
        let number: f64 = digits.parse().ok()?;
        if pair > 0 && number >= 60.0 {
            return None;
        }
        value += number / scale;
        scale *= 60.0;
    }
    Some(value)
}

/// Right ascension and declination, of one number or three each.
fn read_pair(text: &str) -> std::result::Result<(f64, f64), String> {
    let unread = || format!("{text:?} is no position; write 202.78 +30.51 or 13:31:08.3 +30:30:33");
    let (ra, dec) = split(text).ok_or_else(unread)?;
    let (ra, ra_unit) = read_angle(ra, text).ok_or_else(unread)??;
    let (dec, dec_unit) = read_angle(dec, text).ok_or_else(unread)??;
    if dec_unit == Unit::Hours {
        return Err(format!("{text:?}: a declination is not in hours"));
    }
    // Three numbers without a unit are hours only where they stand for a right ascension.
    let in_hours = ra_unit == Unit::Hours || ra_unit == Unit::Parts;
    if in_hours {
        in_range("hours", ra, 24.0)?;
    }
    Ok((if in_hours { ra * 15.0 } else { ra }, dec))
}

/// Where the declination begins: behind a comma, at a sign that is not the first, or at half of the words.
fn split(text: &str) -> Option<(&str, &str)> {
    if let Some((ra, dec)) = text.split_once(',') {
        return Some((ra.trim(), dec.trim()));
    }
    let mut signs = text.match_indices(['+', '-']).map(|(at, _)| at);
    // The sign of an exponent is none.
    let sign = signs.rfind(|at| *at > 0 && !text[..*at].ends_with(['e', 'E']));
    if let Some(sign) = sign {
        return Some((text[..sign].trim(), text[sign..].trim()));
    }
    let starts: Vec<usize> = text
        .split_whitespace()
        .map(|word| word.as_ptr() as usize - text.as_ptr() as usize)
        .collect();
    let is_even = !starts.is_empty() && starts.len().is_multiple_of(2);
    is_even
        .then(|| (text[..starts[starts.len() / 2]].trim(), text[starts[starts.len() / 2]..].trim()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// One number, without a unit or with that of degrees.
    Degrees,
    /// Marked as hours.
    Hours,
    /// Several numbers, not marked as hours.
    Parts,
}

type Angle = std::result::Result<(f64, Unit), String>;

/// A number, or two or three of them; none where it is neither.
fn read_angle(text: &str, whole: &str) -> Option<Angle> {
    let negative = text.starts_with('-');
    let text = text.trim_start_matches(['+', '-']).trim();
    let is_mark = |c: char| c.is_whitespace() || c == ':' || "hHdDmMsS°′″'\"".contains(c);
    let is_exponent = text.parse::<f64>().is_ok();
    let numbers: Vec<&str> = if is_exponent {
        vec![text]
    } else {
        text.split(is_mark).filter(|part| !part.is_empty()).collect()
    };
    let is_number =
        |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || is_exponent);
    if numbers.is_empty() || numbers.len() > 3 || !numbers.iter().all(is_number) {
        return None;
    }
    let mut value = 0.0;
    let mut scale = 1.0;
    for (place, number) in numbers.iter().enumerate() {
        let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite())?;
        if place > 0 && number >= 60.0 {
            return Some(Err(format!("{whole:?}: {number} minutes or seconds are 60 or more")));
        }
        value += number / scale;
        scale *= 60.0;
    }
    let unit = if text.contains(['h', 'H']) {
        Unit::Hours
    } else if text.contains(['d', 'D', '°']) || numbers.len() == 1 {
        Unit::Degrees
    } else {
        Unit::Parts
    };
    Some(Ok((if negative { -value } else { value }, unit)))
}

fn in_range(unit: &str, value: f64, turn: f64) -> std::result::Result<(), String> {
    if (-turn..=turn).contains(&value) {
        return Ok(());
    }
    Err(format!("{value} {unit} are more than a turn"))
}

/// Units, minutes and seconds with `digits` behind the point, rounded; `turn` units are none.
fn parts(value: f64, digits: usize, turn: Option<u64>) -> [String; 3] {
    let fine = 10_u64.pow(u32::try_from(digits.min(9)).unwrap_or(9));
    split_units((value * 3_600.0 * fine_float(fine)).round(), fine, digits, turn)
}

/// The same without separators and without rounding up. What a float is short of a digit by its own
/// rounding is not cut off with the digit.
fn cut(value: f64, digits: usize) -> String {
    let fine = 10_u64.pow(u32::try_from(digits.min(9)).unwrap_or(9));
    let scaled = value * 3_600.0 * fine_float(fine);
    let nearest = scaled.round();
    let whole = if (scaled - nearest).abs() < 1e-6 { nearest } else { scaled.floor() };
    split_units(whole, fine, digits, None).concat()
}

fn fine_float(fine: u64) -> f64 {
    fine.to_string().parse().unwrap_or(1.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is whole, not negative, and below 1.3e15"
)]
fn split_units(whole: f64, fine: u64, digits: usize, turn: Option<u64>) -> [String; 3] {
    let whole = whole.max(0.0) as u64;
    let (units, rest) = (whole / (3_600 * fine), whole % (3_600 * fine));
    let units = turn.map_or(units, |turn| units % turn);
    let (minutes, seconds) = (rest / (60 * fine), rest % (60 * fine));
    let mut text = format!("{:02}", seconds / fine);
    if digits > 0 {
        let _ = write!(text, ".{:0width$}", seconds % fine, width = digits.min(9));
    }
    [format!("{units:02}"), format!("{minutes:02}"), text]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sky::separation;
    use proptest::prelude::*;

    #[test]
    fn all_ways_to_write_it_are_one_position() {
        let (ra, dec) = (202.784_583_333_333_33, 30.509_166_666_666_666);
        for text in [
            "202.7845833333333 30.5091666666667",
            "202.7845833333333, +30.5091666666667",
            "  202.7845833333333+30.5091666666667 ",
            "-157.2154166666667 30.5091666666667",
            "202.7845833333333d +30.5091666666667d",
            "2.027845833333333e2 +3.05091666666667e+1",
            "13:31:08.3 +30:30:33",
            "13:31:08.3 30:30:33",
            "13:31:08.3, 30:30:33",
            "13:31:08.3+30:30:33",
            "13 31 08.3 +30 30 33",
            "13 31 08.3 30 30 33",
            "13h31m08.3s +30d30m33s",
            "13h31m08.3s+30d30m33s",
            "13h31m08.3s +30°30′33″",
            "13h 31m 08.3s, 30° 30' 33\"",
            "13:31.138333333333333 +30:30.55",
            "J133108.3+303033",
            "NVSS J133108.3+303033",
            "DSA_TRANSIENT_J133108.3+303033",
        ] {
            let (read_ra, read_dec) = parse_position(text).unwrap();
            assert!(separation(ra, dec, read_ra, read_dec) < 1e-9, "{text}: {read_ra} {read_dec}");
        }
        let (ra, dec) = parse_position("NVSS J1331+3030").unwrap();
        assert!((ra - 202.75).abs() < 1e-12 && (dec - 30.5).abs() < 1e-12);
        let (ra, dec) = parse_position("J0000-00").unwrap();
        assert!(ra.abs() < 1e-12 && dec.abs() < 1e-12);
        let (_, dec) = parse_position("00:00:01 -00:30:00").unwrap();
        assert!((dec + 0.5).abs() < 1e-12, "the sign stands before a zero too");
    }

    #[test]
    fn what_is_no_position_is_refused() {
        for text in [
            "",
            "Jupiter",
            "J",
            "J13",
            "J1331",
            "J1+30",
            "J2531+3030",
            "J1361+3030",
            "13:31:08.3",
            "202.78",
            "1 2 3",
            "1 2 3 4 5",
            "25:00:00 +10:00:00",
            "13:61:00 +10:00:00",
            "13:31:00 +10:60:00",
            "10 91",
            "10 -90.1",
            "361 0",
            "1:2:3:4 5:6:7",
            "13h31m08s +30h30m33s",
            "nan nan",
            "inf 0",
            "a b",
            "1e400 0",
            "3C 286",
            "B1328+307",
        ] {
            let refused = parse_position(text).unwrap_err().to_string();
            assert!(refused.starts_with("position: "), "{text}: {refused}");
        }
    }

    #[test]
    fn seconds_that_round_up_carry() {
        assert_eq!(sexagesimal(359.999_999_99, -29.999_999_99, 2), "00:00:00.00 -30:00:00.0");
        assert_eq!(sexagesimal(202.784_583_333, 30.509_166_666, 1), "13:31:08.3 +30:30:33");
        assert_eq!(j_name(202.784_583_333_34, 30.509_166_666_67, 1), "J133108.3+303033");
        assert_eq!(j_name(359.999_999_99, -0.999_999_9, 0), "J235959-005959");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(ra in 0.0..360.0_f64, dec in -90.0..=90.0_f64) {
            let near = |(read_ra, read_dec): (f64, f64), most: f64| {
                separation(ra, dec, read_ra, read_dec) < most
            };
            let degrees = format!("{ra} {dec:+}");
            prop_assert!(near(parse_position(&degrees).unwrap(), 1e-12));
            prop_assert!(near(parse_position(&sexagesimal(ra, dec, 7)).unwrap(), 1e-9));
            let marked = sexagesimal(ra, dec, 7).replacen(':', "h", 1).replacen(':', "m", 1);
            prop_assert!(near(parse_position(&marked).unwrap(), 1e-9));
            prop_assert!(near(parse_position(&j_name(ra, dec, 7)).unwrap(), 1e-8));
        }

        #[test]
        fn writing_what_was_read_changes_nothing(ra in 0.0..360.0_f64, dec in -90.0..=90.0_f64) {
            let text = sexagesimal(ra, dec, 3);
            let (ra, dec) = parse_position(&text).unwrap();
            prop_assert_eq!(&sexagesimal(ra, dec, 3), &text);
            let name = j_name(ra, dec, 2);
            let (ra, dec) = parse_position(&name).unwrap();
            prop_assert_eq!(j_name(ra, dec, 2), name);
        }

        #[test]
        fn nothing_that_people_write_makes_it_fail(text in "[ 0-9a-zA-ZJ:+.,°′-]{0,40}") {
            if let Ok((ra, dec)) = parse_position(&text) {
                prop_assert!((0.0..360.0).contains(&ra) && (-90.0..=90.0).contains(&dec));
            }
        }
    }
}
