//! What can be told of an observation.

use std::ops::RangeInclusive;

use ObservationStatus::{Differenced, Ingested, Preprocessed};
use almanac_entity::astrid::{ObservationStatus, observation};
use observation::Column::{Airmass, Dec, ExposureTime, FitsFilePath, Ra, Status, ThumbnailPath};
use sea_orm::prelude::Decimal;

use super::new_observation::rounded;
use crate::{Error, Result, Row};

/// Where the estimate of an airmass ends, degrees from the zenith.
const LOWEST: f64 = 80.0;

/// What can be told of an observation by its row alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservationMetrics {
    /// What the pipeline does with it next, where it does anything: `preprocessing`, `differencing` or
    /// `detection`.
    pub next_stage: Option<&'static str>,
    /// Whether a stage can take it now.
    pub can_process: bool,
    /// Whether its image is stored.
    pub has_fits_file: bool,
    /// Whether it has a preview.
    pub has_thumbnail: bool,
}

/// The columns that [`observation_metrics`] and [`estimated_airmass`] look at.
pub const METRIC_COLUMNS: [observation::Column; 7] =
    [Status, Ra, Dec, ExposureTime, FitsFilePath, ThumbnailPath, Airmass];

/// What can be told of an observation by its row alone, which holds [`METRIC_COLUMNS`].
pub fn observation_metrics(observation: &Row<observation::Entity>) -> ObservationMetrics {
    let status = observation.word::<ObservationStatus>(Status);
    let next_stage = match status {
        Some(Ingested) => Some("preprocessing"),
        Some(Preprocessed) => Some("differencing"),
        Some(Differenced) => Some("detection"),
        _ => None,
    };
    let is_filled = |path| observation.text(path).is_some_and(|path| !path.is_empty());
    let is_within = |column, range: RangeInclusive<Decimal>| {
        observation.decimal(column).is_some_and(|degrees| range.contains(&degrees))
    };
    let is_on_the_sphere = is_within(Ra, Decimal::ZERO..=Decimal::from(360))
        && is_within(Dec, Decimal::from(-90)..=Decimal::from(90));
    let is_exposed = observation.decimal(ExposureTime).is_some_and(|time| time > Decimal::ZERO);
    ObservationMetrics {
        next_stage,
        can_process: matches!(status, Some(Ingested | Preprocessed))
            && is_on_the_sphere
            && is_exposed,
        has_fits_file: is_filled(FitsFilePath),
        has_thumbnail: is_filled(ThumbnailPath),
    }
}

/// The airmass of an observation: the one it has, else that of its culmination at a latitude, degrees, to two
/// decimals; 10 where it culminates lower than 10° above the horizon. The row holds [`METRIC_COLUMNS`].
///
/// # Errors
/// The latitude is not from -90 to 90.
pub fn estimated_airmass(
    observation: &Row<observation::Entity>,
    latitude_deg: f64,
) -> Result<Decimal> {
    if !(-90.0..=90.0).contains(&latitude_deg) {
        let message = format!("{latitude_deg}° is not from -90 to 90");
        return Err(Error::breaks("range", "latitude_deg", message));
    }
    if let Some(airmass) = observation.decimal(Airmass) {
        return Ok(airmass);
    }
    let dec = observation.decimal(Dec).and_then(|dec| f64::try_from(dec).ok()).unwrap_or_default();
    let from_zenith = (dec - latitude_deg).abs();
    if from_zenith >= LOWEST {
        return Ok(Decimal::from(10));
    }
    rounded("latitude_deg", from_zenith.to_radians().cos().recip(), 2)
}
