//! Changing what is known of an exposure.

use almanac_entity::astrid::{observation, system_config};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    IntoActiveModel,
    prelude::{DateTimeUtc, Uuid},
};

use super::{no_such, observation_fields as fields, stored};
use crate::{Repository, Result, Writable};

/// What is to change of an observation; what is not given stays, and null where it is given clears. Which
/// exposure of which survey it is, and its state, are no matter of a patch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservationPatch {
    /// Right ascension of the image centre, degrees, ICRS, from 0 to 360.
    pub ra: Option<f64>,
    /// Declination of the image centre, degrees, ICRS, from -90 to 90.
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
    pub pixel_scale: Option<Option<f64>>,
    /// Width of the image, pixels.
    pub image_width: Option<Option<i32>>,
    /// Height of the image, pixels.
    pub image_height: Option<Option<i32>>,
    /// Airmass.
    pub airmass: Option<Option<f64>>,
    /// Width of the point-spread function, FWHM, arcseconds.
    pub seeing: Option<Option<f64>>,
    /// Object-store key of the stored FITS file.
    pub fits_file_path: Option<Option<String>>,
    /// Object-store key of the preview.
    pub thumbnail_path: Option<Option<String>>,
}

impl ObservationPatch {
    /// What a row becomes. The fields given keep the rules of a new observation.
    fn apply(
        self,
        to: &mut observation::Model,
        now: DateTimeUtc,
        known_filters: &[String],
    ) -> Result<()> {
        if let Some(ra) = self.ra {
            to.ra = fields::ra(ra)?;
        }
        if let Some(dec) = self.dec {
            to.dec = fields::dec(dec)?;
        }
        if let Some(time) = self.observation_time {
            to.observation_time = fields::observation_time(time, now)?;
        }
        if let Some(band) = self.filter_band {
            fields::text("filter_band", &band)?;
            fields::filter_band(&band, known_filters)?;
            to.filter_band = band;
        }
        if let Some(seconds) = self.exposure_time {
            to.exposure_time = fields::exposure_time(seconds)?;
        }
        if let Some(url) = self.fits_url {
            fields::text("fits_url", &url)?;
            fields::fits_url(&url)?;
            to.fits_url = url;
        }
        if let Some(airmass) = self.airmass {
            to.airmass = fields::airmass(airmass)?;
        }
        if let Some(arcsec) = self.seeing {
            to.seeing = fields::seeing(arcsec)?;
        }
        if let Some(arcsec) = self.pixel_scale {
            to.pixel_scale = fields::pixel_scale(arcsec)?;
        }
        if let Some(pixels) = self.image_width {
            fields::pixels("image_width", pixels)?;
            to.image_width = pixels;
        }
        if let Some(pixels) = self.image_height {
            fields::pixels("image_height", pixels)?;
            to.image_height = pixels;
        }
        for (field, given, path) in [
            ("fits_file_path", self.fits_file_path, &mut to.fits_file_path),
            ("thumbnail_path", self.thumbnail_path, &mut to.thumbnail_path),
        ] {
            let Some(given) = given else { continue };
            if let Some(given) = &given {
                fields::text(field, given)?;
                fields::at_most(field, given, 500)?;
            }
            *path = given;
        }
        Ok(())
    }
}

impl<C: Writable> Repository<'_, C, observation::Entity> {
    /// Changes what is known of an exposure. Where nothing changes, nothing is written.
    ///
    /// # Errors
    /// There is no such observation, a field breaks its rule, or the engine fails.
    pub async fn patch(
        &self,
        id: Uuid,
        patch: ObservationPatch,
        now: DateTimeUtc,
    ) -> Result<observation::Model> {
        let before = self.lock(id).await?.ok_or_else(|| no_such::<observation::Entity>(id))?;
        let known = match &patch.filter_band {
            Some(_) => self.on::<system_config::Entity>().known_filters().await?,
            None => Vec::new(),
        };
        let mut after = before.clone();
        patch.apply(&mut after, now, &known)?;
        if after == before {
            return Ok(before);
        }
        let row = observation::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(stored(now)),
            ..after.into_active_model().reset_all()
        };
        self.update(row).await
    }
}
