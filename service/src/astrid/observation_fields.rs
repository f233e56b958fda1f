//! The rules of an observation's fields, a function each. A rule that is broken is told by its word.

use std::ops::RangeInclusive;

use chrono::Datelike;
use sea_orm::prelude::{DateTimeUtc, Decimal};

use super::stored;
use crate::{Error, Result};

/// No observation is older.
const FIRST_YEAR: i32 = 1990;
/// The shortest and the longest exposure, seconds.
const EXPOSURES: RangeInclusive<f64> = 0.001..=86_400.0;
const SCHEMES: [&str; 5] = ["http", "https", "s3", "file", "mast"];
/// Filters known whatever the survey, in lower case; those of the Hubble Space Telescope apart.
const FILTERS: [&str; 30] = [
    "u", "b", "v", "r", "i", "g", "z", "y", "w1", "w2", "w3", "w4", "clear", "white", "j", "h",
    "k", "tess", "kepler", "zg", "zr", "zi", "uvw1", "uvw2", "uvm2", "uuu", "ubb", "uvv", "nuv",
    "fuv",
];

/// A field that has to be given and is not.
pub(super) fn missing(field: &str) -> Error {
    Error::breaks("required", field, "it is missing")
}

/// Text that is there, and that both engines can hold.
pub(super) fn text(field: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(missing(field));
    }
    if text.contains('\0') {
        return Err(Error::breaks("format", field, "a character of it cannot be stored"));
    }
    Ok(())
}

pub(super) fn at_most(field: &str, text: &str, length: usize) -> Result<()> {
    if text.chars().count() <= length {
        return Ok(());
    }
    Err(Error::breaks("too_long", field, format!("it is longer than {length} characters")))
}

/// The right ascension as it is stored; a whole turn is none.
pub(super) fn ra(degrees: f64) -> Result<Decimal> {
    let ra = angle("ra", degrees, 0.0..=360.0)?;
    Ok(if ra == Decimal::from(360) { Decimal::ZERO } else { ra })
}

/// The declination as it is stored.
pub(super) fn dec(degrees: f64) -> Result<Decimal> {
    angle("dec", degrees, -90.0..=90.0)
}

fn angle(field: &str, degrees: f64, range: RangeInclusive<f64>) -> Result<Decimal> {
    if !range.contains(&degrees) {
        let message = format!("{degrees}° is not from {} to {}", range.start(), range.end());
        return Err(Error::breaks("range", field, message));
    }
    rounded(field, degrees, 7)
}

/// The start of an exposure as it is stored.
pub(super) fn observation_time(time: DateTimeUtc, now: DateTimeUtc) -> Result<DateTimeUtc> {
    let refused = |message| Err(Error::breaks("range", "observation_time", message));
    if time.year() < FIRST_YEAR {
        return refused(format!("{time} lies before {FIRST_YEAR}"));
    }
    if time > now {
        return refused(format!("{time} is still to come"));
    }
    Ok(stored(time))
}

/// A filter that is known: a usual one, or one of `configured`, whatever its case.
pub(super) fn filter_band(band: &str, configured: &[String]) -> Result<()> {
    at_most("filter_band", band, 50)?;
    let lower = band.to_lowercase();
    let is_known = FILTERS.contains(&lower.as_str())
        || is_primed(&lower)
        || is_hubble(&lower)
        || configured.iter().any(|known| known.to_lowercase() == lower);
    if is_known {
        return Ok(());
    }
    let message = format!(
        "{band} is no filter that is known; list it in the configuration of an active survey"
    );
    Err(Error::breaks("unknown", "filter_band", message))
}

/// u', g', r', i', z' or y', with whichever sign for the prime.
fn is_primed(band: &str) -> bool {
    band.strip_suffix(['\'', '′', '’'])
        .is_some_and(|band| matches!(band, "u" | "g" | "r" | "i" | "z" | "y"))
}

/// F, three digits, and the width: W, M, N or LP.
fn is_hubble(band: &str) -> bool {
    let Some((wavelength, width)) =
        band.strip_prefix('f').and_then(|rest| rest.split_at_checked(3))
    else {
        return false;
    };
    wavelength.bytes().all(|byte| byte.is_ascii_digit()) && matches!(width, "w" | "m" | "n" | "lp")
}

/// The length of an exposure as it is stored, seconds.
pub(super) fn exposure_time(seconds: f64) -> Result<Decimal> {
    if !EXPOSURES.contains(&seconds) {
        let message = format!("{seconds} s is not from 0.001 to 86400");
        return Err(Error::breaks("range", "exposure_time", message));
    }
    rounded("exposure_time", seconds, 3)
}

pub(super) fn fits_url(url: &str) -> Result<()> {
    at_most("fits_url", url, 1000)?;
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str())) {
        return Ok(());
    }
    let message = format!("its scheme is none of {}", SCHEMES.join(", "));
    Err(Error::breaks("format", "fits_url", message))
}

pub(super) fn airmass(airmass: Option<f64>) -> Result<Option<Decimal>> {
    positive("airmass", airmass, 5, 2)
}

pub(super) fn seeing(arcsec: Option<f64>) -> Result<Option<Decimal>> {
    positive("seeing", arcsec, 6, 3)
}

pub(super) fn pixel_scale(arcsec: Option<f64>) -> Result<Option<Decimal>> {
    positive("pixel_scale", arcsec, 8, 4)
}

/// A number above zero that a column of so many digits can hold.
fn positive(field: &str, number: Option<f64>, digits: u32, scale: u32) -> Result<Option<Decimal>> {
    let Some(number) = number else { return Ok(None) };
    let refused = || {
        let most = 10_u32.pow(digits - scale);
        Error::breaks("range", field, format!("{number} is not above 0 and below {most}"))
    };
    if !(number > 0.0 && number < 10_f64.powi((digits - scale).cast_signed())) {
        return Err(refused());
    }
    let rounded = rounded(field, number, scale)?;
    // What rounding makes of it has to be above zero, and fit, too.
    if rounded.is_zero() || rounded >= Decimal::from(10_u32.pow(digits - scale)) {
        return Err(refused());
    }
    Ok(Some(rounded))
}

/// A width or a height, where it is given.
pub(super) fn pixels(field: &str, pixels: Option<i32>) -> Result<()> {
    match pixels {
        Some(pixels) if pixels <= 0 => {
            Err(Error::breaks("range", field, format!("{pixels} is not above 0")))
        }
        _ => Ok(()),
    }
}

/// The number rounded to `scale` decimals, halves away from zero, as both engines are to hold it.
pub(super) fn rounded(field: &str, number: f64, scale: u32) -> Result<Decimal> {
    let refused =
        || Error::breaks("range", field, format!("{number} is not a number that can be stored"));
    let exact: Decimal = number.to_string().parse().map_err(|_| refused())?;
    let half = Decimal::new(5, scale + 1);
    let moved = exact.abs().checked_add(half).ok_or_else(refused)?;
    let mut rounded = moved.trunc_with_scale(scale);
    rounded.set_sign_negative(exact.is_sign_negative() && !rounded.is_zero());
    Ok(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_number_makes_a_rule_fail(number in prop::num::f64::ANY) {
            for stored in [ra(number), dec(number), exposure_time(number)].into_iter().flatten() {
                let back = f64::try_from(stored).unwrap();
                prop_assert!((back - number).abs() < 5.1e-4 || back == 0.0 && number > 359.0);
            }
            if let Ok(Some(stored)) = airmass(Some(number)) {
                prop_assert!(stored > Decimal::ZERO && stored < Decimal::from(1000));
            }
        }

        #[test]
        fn what_is_stored_stays_what_it_is(ten_millionths in 0_i64..3_600_000_000) {
            let exact = Decimal::new(ten_millionths, 7);
            prop_assert_eq!(ra(f64::try_from(exact).unwrap()).unwrap(), exact);
        }

        #[test]
        fn filters_are_known_whatever_their_case(band in "\\PC{0,12}") {
            let both = [band.to_lowercase(), band.to_uppercase().to_lowercase()];
            if both[0] == both[1] {
                prop_assert_eq!(
                    filter_band(&band, &[]).is_ok(),
                    filter_band(&band.to_uppercase(), &[]).is_ok()
                );
            }
        }
    }
}
