//! What can be told of an observation.

use ObservationStatus::{Differenced, Ingested, Preprocessed};
use almanac_entity::astrid::{ObservationStatus, observation};
use sea_orm::prelude::Decimal;

use super::new_observation::rounded;
use crate::{Error, Result};

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

/// What can be told of an observation by its row alone.
pub fn observation_metrics(observation: &observation::Model) -> ObservationMetrics {
    let next_stage = match observation.status {
        Ingested => Some("preprocessing"),
        Preprocessed => Some("differencing"),
        Differenced => Some("detection"),
        _ => None,
    };
    let is_filled = |path: &Option<String>| path.as_deref().is_some_and(|path| !path.is_empty());
    let is_on_the_sphere = (Decimal::ZERO..=Decimal::from(360)).contains(&observation.ra)
        && (Decimal::from(-90)..=Decimal::from(90)).contains(&observation.dec);
    ObservationMetrics {
        next_stage,
        can_process: matches!(observation.status, Ingested | Preprocessed)
            && is_on_the_sphere
            && observation.exposure_time > Decimal::ZERO,
        has_fits_file: is_filled(&observation.fits_file_path),
        has_thumbnail: is_filled(&observation.thumbnail_path),
    }
}

/// The airmass of an observation: the one it has, else that of its culmination at a latitude, degrees, to two
/// decimals; 10 where it culminates lower than 10° above the horizon.
///
/// # Errors
/// The latitude is not from -90 to 90.
pub fn estimated_airmass(observation: &observation::Model, latitude: f64) -> Result<Decimal> {
    if !(-90.0..=90.0).contains(&latitude) {
        let message = format!("{latitude}° is not from -90 to 90");
        return Err(Error::breaks("range", "latitude", message));
    }
    if let Some(airmass) = observation.airmass {
        return Ok(airmass);
    }
    let dec = f64::try_from(observation.dec).unwrap_or_default();
    let from_zenith = (dec - latitude).abs();
    if from_zenith >= LOWEST {
        return Ok(Decimal::from(10));
    }
    rounded("latitude", from_zenith.to_radians().cos().recip(), 2)
}
