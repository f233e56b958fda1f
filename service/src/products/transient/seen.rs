//! What part of the sky an image shows.

use almanac_entity::products::{image, ms_index};
use sea_orm::ConnectionTrait;

use super::{compare::Footprint, store::TransientContext};
use crate::{Error, Repository, Result};

const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;

/// An image, as a comparison with a catalogue sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenImage {
    /// Its path.
    pub path: String,
    /// The measurement set it was made from.
    pub ms_path: String,
    /// When it was observed, MJD.
    pub mjd: Option<f64>,
    /// Its noise, mJy/beam.
    pub rms_mjy: Option<f64>,
    /// The part of the sky that it shows; none where its centre, its size or its pixels are not known.
    pub footprint: Option<Footprint>,
}

impl SeenImage {
    /// The part of the sky that it shows.
    ///
    /// # Errors
    /// Nobody knows its centre, its size or its pixels.
    pub fn footprint(&self) -> Result<Footprint> {
        self.footprint.ok_or_else(|| {
            let message = format!(
                "nobody knows which part of the sky {} shows; give the catalogue's sources",
                self.path
            );
            Error::invalid("baseline", message)
        })
    }

    /// What its candidates say of where they are from.
    pub fn context(&self) -> TransientContext {
        TransientContext {
            image_path: Some(self.path.clone()),
            ms_path: Some(self.ms_path.clone()),
            rms_mjy: self.rms_mjy,
            mjd: self.mjd,
            ..TransientContext::default()
        }
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// What part of the sky an image shows. `id_or_path` is as in
    /// [`find_by_id_or_path`](Self::find_by_id_or_path).
    ///
    /// # Errors
    /// There is no such image, or the engine fails.
    pub async fn seen(&self, id_or_path: &str) -> Result<SeenImage> {
        let image = self.find_by_id_or_path(id_or_path).await?;
        let image = image.ok_or_else(|| Error::not_found(format!("image {id_or_path}")))?;
        let observed = self.on::<ms_index::Entity>().find(image.ms_path.as_str()).await?;
        Ok(SeenImage {
            mjd: observed.and_then(|observed| observed.mid_mjd),
            rms_mjy: image.noise_jy.map(|noise| noise * 1e3),
            footprint: footprint(&image),
            path: image.path,
            ms_path: image.ms_path,
        })
    }
}

fn footprint(image: &image::Model) -> Option<Footprint> {
    let pixel = image.cellsize_arcsec.filter(|pixel| *pixel > 0.0)? / ARCSEC_OF_A_DEGREE;
    Some(Footprint {
        ra_deg: image.center_ra_deg?,
        dec_deg: image.center_dec_deg?,
        width_deg: f64::from(image.imsize_x?) * pixel,
        height_deg: f64::from(image.imsize_y?) * pixel,
    })
}
