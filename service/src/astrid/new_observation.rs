//! What an observation must be before it is ingested.

use almanac_entity::astrid::{ObservationStatus, observation};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Json, Uuid},
};

pub(super) use super::observation_fields::rounded;
use super::{new_id, observation_fields as fields, stored};
use crate::{Error, Result};

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
    /// Checks it by itself, the fields in the order of their rules; what the database holds is not looked
    /// up. `known_filters` are filters known beside the usual ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first field at fault and the rule it breaks.
    pub fn check(&self, now: DateTimeUtc, known_filters: &[String]) -> Result<()> {
        self.row(now, known_filters).map(drop)
    }

    /// The row it becomes.
    pub(super) fn row(
        &self,
        now: DateTimeUtc,
        known_filters: &[String],
    ) -> Result<observation::ActiveModel> {
        if self.survey_id.is_nil() {
            return Err(fields::missing("survey_id"));
        }
        fields::text("observation_id", &self.observation_id)?;
        fields::text("filter_band", &self.filter_band)?;
        fields::text("fits_url", &self.fits_url)?;
        fields::at_most("observation_id", &self.observation_id, 255)?;
        let ra = fields::ra(self.ra)?;
        let dec = fields::dec(self.dec)?;
        let observation_time = fields::observation_time(self.observation_time, now)?;
        fields::filter_band(&self.filter_band, known_filters)?;
        let exposure_time = fields::exposure_time(self.exposure_time)?;
        fields::fits_url(&self.fits_url)?;
        let airmass = fields::airmass(self.airmass)?;
        let seeing = fields::seeing(self.seeing)?;
        let pixel_scale = fields::pixel_scale(self.pixel_scale)?;
        fields::pixels("image_width", self.image_width)?;
        fields::pixels("image_height", self.image_height)?;
        let now = stored(now);
        Ok(observation::ActiveModel {
            id: Set(new_id(now)),
            survey_id: Set(self.survey_id),
            observation_id: Set(self.observation_id.clone()),
            ra: Set(ra),
            dec: Set(dec),
            observation_time: Set(observation_time),
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

/// An observation of which fields may still be missing, as a document or a line of a file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservationDraft {
    /// The survey's own name of the exposure.
    pub observation_id: Option<String>,
    /// Right ascension of the image centre, degrees, ICRS.
    pub ra: Option<f64>,
    /// Declination of the image centre, degrees, ICRS.
    pub dec: Option<f64>,
    /// Start of the exposure.
    pub observation_time: Option<DateTimeUtc>,
    /// Filter, as the survey names it.
    pub filter_band: Option<String>,
    /// Exposure, seconds.
    pub exposure_time: Option<f64>,
    /// Address of the raw FITS image.
    pub fits_url: Option<String>,
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

impl ObservationDraft {
    /// The draft that a JSON object describes; its fields bear the names of the columns, others are passed
    /// over. Instants are RFC 3339.
    ///
    /// # Errors
    /// It is no object, or a field is of another type: the rule `format`.
    pub fn read(document: &Json) -> Result<Self> {
        if !document.is_object() {
            return Err(Error::breaks("format", "observation", "it is no JSON object"));
        }
        let given = |field: &str| document.get(field).filter(|value| !value.is_null());
        let refused = |field: &str, wanted: &str| {
            Error::breaks("format", field.to_owned(), format!("it is no {wanted}"))
        };
        let text = |field: &str| match given(field).map(Json::as_str) {
            Some(None) => Err(refused(field, "text")),
            text => Ok(text.flatten().map(str::to_owned)),
        };
        let number = |field: &str| match given(field).map(Json::as_f64) {
            Some(None) => Err(refused(field, "number")),
            number => Ok(number.flatten()),
        };
        let pixels = |field: &str| match given(field).map(Json::as_i64) {
            Some(pixels) => pixels
                .and_then(|pixels| i32::try_from(pixels).ok())
                .map(Some)
                .ok_or_else(|| refused(field, "whole number of pixels")),
            None => Ok(None),
        };
        let observation_time = match text("observation_time")? {
            Some(time) => Some(
                chrono::DateTime::parse_from_rfc3339(&time)
                    .map_err(|_| refused("observation_time", "instant of RFC 3339"))?
                    .to_utc(),
            ),
            None => None,
        };
        Ok(Self {
            observation_id: text("observation_id")?,
            ra: number("ra")?,
            dec: number("dec")?,
            observation_time,
            filter_band: text("filter_band")?,
            exposure_time: number("exposure_time")?,
            fits_url: text("fits_url")?,
            pixel_scale: number("pixel_scale")?,
            image_width: pixels("image_width")?,
            image_height: pixels("image_height")?,
            airmass: number("airmass")?,
            seeing: number("seeing")?,
        })
    }

    /// The observation of a survey that it is, where nothing is missing.
    ///
    /// # Errors
    /// A field has to be given and is not: the rule `required`.
    pub fn complete(self, survey_id: Uuid) -> Result<NewObservation> {
        Ok(NewObservation {
            survey_id,
            observation_id: given(
                "observation_id",
                self.observation_id.filter(|text| is_filled(text)),
            )?,
            ra: given("ra", self.ra)?,
            dec: given("dec", self.dec)?,
            observation_time: given("observation_time", self.observation_time)?,
            filter_band: given("filter_band", self.filter_band.filter(|text| is_filled(text)))?,
            exposure_time: given("exposure_time", self.exposure_time)?,
            fits_url: given("fits_url", self.fits_url.filter(|text| is_filled(text)))?,
            pixel_scale: self.pixel_scale,
            image_width: self.image_width,
            image_height: self.image_height,
            airmass: self.airmass,
            seeing: self.seeing,
        })
    }
}

fn is_filled(text: &str) -> bool {
    !text.trim().is_empty()
}

fn given<T>(field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| fields::missing(field))
}
