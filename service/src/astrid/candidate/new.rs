//! What a source must be to become a candidate.

use std::f64::consts::PI;

use almanac_entity::astrid::{CandidateStatus, candidate};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Decimal, Uuid},
};
use serde::{Deserialize, Deserializer};

use crate::astrid::{new_id, new_observation::rounded};

/// A source found in a difference image.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct NewCandidate {
    /// Right ascension, degrees, ICRS, from 0 to 360.
    #[serde(deserialize_with = "number")]
    pub ra: f64,
    /// Declination, degrees, ICRS, from -90 to 90.
    #[serde(deserialize_with = "number")]
    pub dec: f64,
    /// Column in the difference image, pixels from 0.
    pub pixel_x: i64,
    /// Row in the difference image, pixels from 0.
    pub pixel_y: i64,
    /// Flux, image counts. Negative for a fading source.
    #[serde(default)]
    pub flux: Option<f64>,
    /// Error of the flux, image counts, 0 or more.
    #[serde(default)]
    pub flux_error: Option<f64>,
    /// Significance, sigma.
    #[serde(default)]
    pub significance: Option<f64>,
    /// Signal-to-noise ratio.
    #[serde(default)]
    pub snr: Option<f64>,
    /// Full width at half maximum, pixels, above 0.
    #[serde(default)]
    pub fwhm: Option<f64>,
    /// Ellipticity, 1 - b/a, from 0 to 1.
    #[serde(default)]
    pub ellipticity: Option<f64>,
    /// Position angle, radians.
    #[serde(default)]
    pub position_angle_rad: Option<f64>,
    /// Whether its pixels are saturated.
    #[serde(default)]
    pub is_saturated: bool,
    /// Whether it overlaps another source.
    #[serde(default)]
    pub is_blended: bool,
    /// Whether it lies at the edge of the image.
    #[serde(default)]
    pub is_edge: bool,
}

/// What is no number in JSON's sense stands there as null.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl NewCandidate {
    /// The row it becomes in a run over an observation; none where a value is out of range.
    pub(super) fn row(
        &self,
        run: Uuid,
        observation: Uuid,
        now: DateTimeUtc,
    ) -> Option<candidate::ActiveModel> {
        let (ra, dec) = position(self.ra, self.dec)?;
        let pixel = |pixel: i64| i32::try_from(pixel).ok().filter(|pixel| *pixel >= 0);
        let flux = optional(self.flux, |flux| within(flux, -1e9, 1e9, 6))?;
        let flux_error = optional(self.flux_error, |error| within(error, 0.0, 1e9, 6))?;
        let fwhm =
            optional(self.fwhm, |fwhm| within(fwhm, 0.0, 1e5, 3).filter(|fwhm| !fwhm.is_zero()))?;
        let ellipticity = optional(self.ellipticity, |ellipticity| {
            if (0.0..=1.0).contains(&ellipticity) { decimal(ellipticity, 3) } else { None }
        })?;
        Some(candidate::ActiveModel {
            id: Set(new_id(now)),
            difference_run_id: Set(run),
            observation_id: Set(observation),
            ra: Set(ra),
            dec: Set(dec),
            pixel_x: Set(pixel(self.pixel_x)?),
            pixel_y: Set(pixel(self.pixel_y)?),
            flux: Set(flux),
            flux_error: Set(flux_error),
            significance: Set(optional(self.significance, |sigma| clamped(sigma, 9_999_999_999))?),
            snr: Set(optional(self.snr, |snr| clamped(snr, 99_999_999))?),
            fwhm: Set(fwhm),
            ellipticity: Set(ellipticity),
            position_angle: Set(optional(self.position_angle_rad, position_angle)?),
            is_saturated: Set(self.is_saturated),
            is_blended: Set(self.is_blended),
            is_edge: Set(self.is_edge),
            status: Set(CandidateStatus::Pending),
            created_at: Set(now),
            updated_at: Set(now),
            healpix: sea_orm::NotSet,
        })
    }
}

/// A position as it is stored, to ten-millionths of a degree, a whole turn being none; none where it lies off
/// the sphere.
pub(in crate::astrid) fn position(ra: f64, dec: f64) -> Option<(Decimal, Decimal)> {
    if !((0.0..=360.0).contains(&ra) && (-90.0..=90.0).contains(&dec)) {
        return None;
    }
    let ra = decimal(ra, 7)?;
    let ra = if ra == Decimal::from(360) { Decimal::ZERO } else { ra };
    Some((ra, decimal(dec, 7)?))
}

/// What `check` makes of a number, if there is one; none where it refuses it.
#[expect(
    clippy::option_option,
    reason = "a number that is refused is not a number that is missing"
)]
fn optional(
    number: Option<f64>,
    check: impl FnOnce(f64) -> Option<Decimal>,
) -> Option<Option<Decimal>> {
    match number {
        Some(number) => check(number).map(Some),
        None => Some(None),
    }
}

fn within(number: f64, least: f64, below: f64, scale: u32) -> Option<Decimal> {
    let number =
        if number >= least && number < below { decimal(number, scale)? } else { return None };
    // What was just below may have been rounded up.
    (number.abs() < decimal(below, 0)?).then_some(number)
}

/// A number cut off at so many thousandths either way.
fn clamped(number: f64, thousandths: i64) -> Option<Decimal> {
    let most = Decimal::new(thousandths, 3);
    if number.is_nan() {
        return None;
    }
    // Larger numbers have no form as decimals.
    let number = decimal(number.clamp(-1e12, 1e12), 3)?;
    Some(number.clamp(-most, most))
}

/// A position angle as it is stored, degrees from 0 up to 180: an ellipse looks the same turned by half.
fn position_angle(radians: f64) -> Option<Decimal> {
    if !radians.is_finite() {
        return None;
    }
    let degrees = decimal(radians.rem_euclid(PI).to_degrees(), 2)?;
    Some(if degrees >= Decimal::from(180) { Decimal::ZERO } else { degrees })
}

fn decimal(number: f64, scale: u32) -> Option<Decimal> {
    rounded("number", number, scale).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_clamped_and_turned() {
        assert_eq!(clamped(4.6e9, 9_999_999_999), Some(Decimal::new(9_999_999_999, 3)));
        assert_eq!(clamped(f64::NEG_INFINITY, 99_999_999), Some(Decimal::new(-99_999_999, 3)));
        assert_eq!(clamped(f64::NAN, 1), None);
        assert_eq!(position_angle(-0.5), Some(Decimal::new(15_135, 2)));
        assert_eq!(position_angle(PI - 1e-9), Some(Decimal::ZERO));
        assert_eq!(position(359.999_999_99, 0.0).unwrap().0, Decimal::ZERO);
        assert_eq!(position(f64::NAN, 0.0), None);
        assert_eq!(within(999_999_999.999_999_9, -1e9, 1e9, 6), None);
    }

    proptest! {
        #[test]
        fn position_angles_are_turned_by_halves(radians in -1e3..1e3_f64) {
            let degrees = position_angle(radians).unwrap();
            prop_assert!(degrees >= Decimal::ZERO && degrees < Decimal::from(180));
            let turns = (radians.to_degrees() - f64::try_from(degrees).unwrap()) / 180.0;
            prop_assert!((turns - turns.round()).abs() < 1e-4, "{} turns", turns);
        }

        #[test]
        fn any_numbers_are_stored_or_refused(numbers in proptest::array::uniform9(any::<f64>())) {
            let [ra, dec, flux, flux_error, significance, snr, fwhm, ellipticity, angle] = numbers;
            let candidate = NewCandidate {
                ra: ra.rem_euclid(400.0),
                dec: dec.rem_euclid(200.0) - 100.0,
                flux: Some(flux),
                flux_error: Some(flux_error),
                significance: Some(significance),
                snr: Some(snr),
                fwhm: Some(fwhm),
                ellipticity: Some(ellipticity.rem_euclid(1.5)),
                position_angle_rad: Some(angle),
                ..NewCandidate::default()
            };
            let now = DateTimeUtc::UNIX_EPOCH;
            if let Some(row) = candidate.row(Uuid::nil(), Uuid::nil(), now) {
                prop_assert!(crate::validate::row::<candidate::Entity>(&row).is_ok());
            }
        }
    }
}
