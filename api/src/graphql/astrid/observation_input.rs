//! Observations as somebody gives them.

use almanac_service::{
    Result,
    astrid::{NewObservation, ObservationDraft, ObservationPatch},
};
use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};

use crate::graphql::mutation::uuid;

/// An observation to be ingested. What is said to be needed and is missing breaks the rule `required`.
#[derive(Debug, InputObject)]
pub struct AstridObservationInput {
    /// The survey it comes from: its `rowId`.
    survey_id: ID,
    /// The survey's own name of the exposure, at most 255 characters; needed.
    observation_id: Option<String>,
    /// Right ascension of the image centre, degrees, ICRS, from 0 to 360; needed.
    ra: Option<f64>,
    /// Declination of the image centre, degrees, ICRS, from -90 to 90; needed.
    dec: Option<f64>,
    /// Start of the exposure, in 1990 or after and not after now; needed.
    observation_time: Option<DateTime<Utc>>,
    /// Filter, as the survey names it; needed.
    filter_band: Option<String>,
    /// Exposure, seconds, from 0.001 to 86400; needed.
    exposure_time: Option<f64>,
    /// Address of the raw FITS image, at most 1000 characters; needed.
    fits_url: Option<String>,
    /// Width of a pixel, arcseconds.
    pixel_scale: Option<f64>,
    /// Width of the image, pixels.
    image_width: Option<i32>,
    /// Height of the image, pixels.
    image_height: Option<i32>,
    /// Airmass.
    airmass: Option<f64>,
    /// Width of the point-spread function, FWHM, arcseconds.
    seeing: Option<f64>,
}

impl AstridObservationInput {
    /// The observation, where nothing is missing.
    pub(super) fn complete(self) -> Result<NewObservation> {
        let survey = uuid(&self.survey_id, "survey_id")?;
        let draft = ObservationDraft {
            observation_id: self.observation_id,
            ra: self.ra,
            dec: self.dec,
            observation_time: self.observation_time,
            filter_band: self.filter_band,
            exposure_time: self.exposure_time,
            fits_url: self.fits_url,
            pixel_scale: self.pixel_scale,
            image_width: self.image_width,
            image_height: self.image_height,
            airmass: self.airmass,
            seeing: self.seeing,
        };
        draft.complete(survey)
    }
}

/// What is to change of an observation; what is not given stays, and null where it is given clears.
#[derive(Debug, InputObject)]
pub struct AstridObservationPatchInput {
    /// Right ascension of the image centre, degrees, ICRS, from 0 to 360.
    ra: Option<f64>,
    /// Declination of the image centre, degrees, ICRS, from -90 to 90.
    dec: Option<f64>,
    /// Start of the exposure.
    observation_time: Option<DateTime<Utc>>,
    /// Filter, as the survey names it.
    filter_band: Option<String>,
    /// Exposure, seconds.
    exposure_time: Option<f64>,
    /// Address of the raw FITS image.
    fits_url: Option<String>,
    /// Width of a pixel, arcseconds.
    pixel_scale: MaybeUndefined<f64>,
    /// Width of the image, pixels.
    image_width: MaybeUndefined<i32>,
    /// Height of the image, pixels.
    image_height: MaybeUndefined<i32>,
    /// Airmass.
    airmass: MaybeUndefined<f64>,
    /// Width of the point-spread function, FWHM, arcseconds.
    seeing: MaybeUndefined<f64>,
    /// Object-store key of the stored FITS file, at most 500 characters.
    fits_file_path: MaybeUndefined<String>,
    /// Object-store key of the preview, at most 500 characters.
    thumbnail_path: MaybeUndefined<String>,
}

impl From<AstridObservationPatchInput> for ObservationPatch {
    fn from(input: AstridObservationPatchInput) -> Self {
        Self {
            ra: input.ra,
            dec: input.dec,
            observation_time: input.observation_time,
            filter_band: input.filter_band,
            exposure_time: input.exposure_time,
            fits_url: input.fits_url,
            pixel_scale: input.pixel_scale.into(),
            image_width: input.image_width.into(),
            image_height: input.image_height.into(),
            airmass: input.airmass.into(),
            seeing: input.seeing.into(),
            fits_file_path: input.fits_file_path.into(),
            thumbnail_path: input.thumbnail_path.into(),
        }
    }
}
