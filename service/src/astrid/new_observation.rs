//! What an observation must be before it is ingested.

use almanac_entity::astrid::{ObservationStatus, observation};
use chrono::Datelike;
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Decimal, Uuid},
};

use super::{new_id, stored};
use crate::{Error, Result};

/// No observation is older.
const FIRST_YEAR: i32 = 1990;
/// The shortest and the longest exposure, seconds.
const EXPOSURES: std::ops::RangeInclusive<f64> = 0.001..=86_400.0;
const SCHEMES: [&str; 5] = ["http", "https", "s3", "file", "mast"];
/// Filters known whatever the survey, in lower case; those of the Hubble Space Telescope apart.
const FILTERS: [&str; 30] = [
    "u", "b", "v", "r", "i", "g", "z", "y", "w1", "w2", "w3", "w4", "clear", "white", "j", "h",
    "k", "tess", "kepler", "zg", "zr", "zi", "uvw1", "uvw2", "uvm2", "uuu", "ubb", "uvv", "nuv",
    "fuv",
];

/// An observation to be ingested.
#[derive(Clone, Debug, PartialEq)]
pub struct NewObservation {
    /// The survey it comes from.
    pub survey_id: Uuid,
    /// The survey's own name of the exposure.
    pub observation_id: String,
    /// Right ascension of the image centre, degrees, ICRS, from 0 to 360.
    pub ra: f64,
    /// Declination of the image centre, degrees, ICRS, from -90 to 90.
    pub dec: f64,
    /// Start of the exposure.
    pub observation_time: DateTimeUtc,
    /// Filter, as the survey names it.
    pub filter_band: String,
    /// Exposure, seconds.
    pub exposure_time: f64,
    /// Address of the raw FITS image.
    pub fits_url: String,
    /// Width of a pixel, arcseconds.
    pub pixel_scale: Option<f64>,
    /// Width of the image, pixels.
    pub image_width: Option<i32>,
    /// Height of the image, pixels.
    pub image_height: Option<i32>,
    /// Airmass.
    pub airmass: Option<f64>,
    /// Width of the point-spread function, FWHM, arcseconds.
    pub seeing: Option<f64>,
}

impl NewObservation {
    /// Checks it by itself, the fields in the order of their rules; whether its survey takes data is not
    /// looked up. `known_filters` are filters known beside the usual ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first field at fault.
    pub fn validate(&self, now: DateTimeUtc, known_filters: &[String]) -> Result<()> {
        self.row(now, known_filters).map(drop)
    }

    /// The row it becomes.
    pub(super) fn row(
        &self,
        now: DateTimeUtc,
        known_filters: &[String],
    ) -> Result<observation::ActiveModel> {
        if self.survey_id.is_nil() {
            return Err(Error::invalid("survey_id", "it is missing"));
        }
        for (field, text) in [
            ("observation_id", &self.observation_id),
            ("filter_band", &self.filter_band),
            ("fits_url", &self.fits_url),
        ] {
            if text.trim().is_empty() {
                return Err(Error::invalid(field, "it is missing"));
            }
        }
        at_most("observation_id", &self.observation_id, 255)?;
        let ra = angle("ra", self.ra, 0.0..=360.0)?;
        let dec = angle("dec", self.dec, -90.0..=90.0)?;
        check_time(self.observation_time, now)?;
        check_filter(&self.filter_band, known_filters)?;
        if !EXPOSURES.contains(&self.exposure_time) {
            let message = format!("{} s is not from 0.001 to 86400", self.exposure_time);
            return Err(Error::invalid("exposure_time", message));
        }
        let exposure_time = rounded("exposure_time", self.exposure_time, 3)?;
        check_url(&self.fits_url)?;
        let airmass = positive("airmass", self.airmass, 5, 2)?;
        let seeing = positive("seeing", self.seeing, 6, 3)?;
        let pixel_scale = positive("pixel_scale", self.pixel_scale, 8, 4)?;
        for (field, pixels) in
            [("image_width", self.image_width), ("image_height", self.image_height)]
        {
            if let Some(pixels) = pixels.filter(|pixels| *pixels <= 0) {
                return Err(Error::invalid(field, format!("{pixels} is not above 0")));
            }
        }
        let now = stored(now);
        Ok(observation::ActiveModel {
            id: Set(new_id(now)),
            survey_id: Set(self.survey_id),
            observation_id: Set(self.observation_id.clone()),
            ra: Set(if ra == Decimal::from(360) { Decimal::ZERO } else { ra }),
            dec: Set(dec),
            observation_time: Set(stored(self.observation_time)),
            filter_band: Set(self.filter_band.clone()),
            exposure_time: Set(exposure_time),
            fits_url: Set(self.fits_url.clone()),
            pixel_scale: Set(pixel_scale),
            image_width: Set(self.image_width),
            image_height: Set(self.image_height),
            airmass: Set(airmass),
            seeing: Set(seeing),
            status: Set(ObservationStatus::Ingested),
            fits_file_path: Set(None),
            thumbnail_path: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            healpix: sea_orm::NotSet,
        })
    }
}

/// The number rounded to `scale` decimals, halves away from zero, as both engines are to hold it.
pub(super) fn rounded(field: &str, number: f64, scale: u32) -> Result<Decimal> {
    let refused = || Error::invalid(field, format!("{number} is not a number that can be stored"));
    let exact: Decimal = number.to_string().parse().map_err(|_| refused())?;
    let half = Decimal::new(5, scale + 1);
    let mut rounded = (exact.abs() + half).trunc_with_scale(scale);
    rounded.set_sign_negative(exact.is_sign_negative() && !rounded.is_zero());
    Ok(rounded)
}

fn angle(field: &str, degrees: f64, range: std::ops::RangeInclusive<f64>) -> Result<Decimal> {
    if !range.contains(&degrees) {
        let message = format!("{degrees}° is not from {} to {}", range.start(), range.end());
        return Err(Error::invalid(field, message));
    }
    rounded(field, degrees, 7)
}

/// A number above zero that a column of so many digits can hold.
fn positive(field: &str, number: Option<f64>, digits: u32, scale: u32) -> Result<Option<Decimal>> {
    let Some(number) = number else { return Ok(None) };
    let least = 0.5 / 10_f64.powi(scale.cast_signed());
    let most = 10_f64.powi((digits - scale).cast_signed());
    if !(number >= least && number < most) {
        return Err(Error::invalid(field, format!("{number} is not above 0 and below {most}")));
    }
    rounded(field, number, scale).map(Some)
}

fn at_most(field: &str, text: &str, length: usize) -> Result<()> {
    if text.chars().count() <= length {
        return Ok(());
    }
    Err(Error::invalid(field, format!("it is longer than {length} characters")))
}

fn check_time(time: DateTimeUtc, now: DateTimeUtc) -> Result<()> {
    if time.year() < FIRST_YEAR {
        return Err(Error::invalid("observation_time", format!("{time} lies before {FIRST_YEAR}")));
    }
    if time > now {
        return Err(Error::invalid("observation_time", format!("{time} is still to come")));
    }
    Ok(())
}

fn check_filter(band: &str, known_filters: &[String]) -> Result<()> {
    at_most("filter_band", band, 50)?;
    let lower = band.to_lowercase();
    let is_known = FILTERS.contains(&lower.as_str())
        || is_primed(&lower)
        || is_hubble(&lower)
        || known_filters.iter().any(|known| known.to_lowercase() == lower);
    if is_known {
        return Ok(());
    }
    let message = format!(
        "{band} is no filter that is known; list it in the configuration of an active survey"
    );
    Err(Error::invalid("filter_band", message))
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

fn check_url(url: &str) -> Result<()> {
    at_most("fits_url", url, 1000)?;
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if scheme.is_some_and(|scheme| SCHEMES.contains(&scheme.as_str())) {
        return Ok(());
    }
    Err(Error::invalid("fits_url", format!("its scheme is none of {}", SCHEMES.join(", "))))
}
