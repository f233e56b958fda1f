//! Normalisation: what steady sources say of the flux scale of an image.

mod ensemble;

pub use ensemble::{Correction, DropReason, ReferenceCurve, ReferenceVerdict, correction};

use almanac_entity::products::{image, ms_index, photometry};
use photometry::Column::{Id, NormalizedFluxErrJy, NormalizedFluxJy};
use sea_orm::ConnectionTrait;

use super::{
    LightCurveRequest,
    bulk::by_key,
    variability::{Sample, StatisticsFlux},
};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Measurements changed by one statement.
const ROWS: usize = 200;

/// An image that is to be normalised.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageToNormalise {
    /// The image.
    pub path: String,
    /// Right ascension of its centre, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of its centre, degrees, ICRS.
    pub dec_deg: f64,
    /// When it was observed, MJD.
    pub mjd: f64,
}

/// What came of the normalisation of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalisation {
    /// The image.
    pub image_path: String,
    /// What its flux densities are divided by; none with too few references.
    pub correction: Option<Correction>,
    /// The references looked at, and what became of each.
    pub references: Vec<ReferenceVerdict>,
    /// Number of measurements that have a normalised flux density now.
    pub normalised: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// What the normalisation of an image has to know of it. `id_or_path` is as in
    /// [`find_by_id_or_path`](Self::find_by_id_or_path).
    ///
    /// # Errors
    /// There is no such image, nobody knows its centre, or the engine fails.
    pub async fn to_normalise(&self, id_or_path: &str) -> Result<ImageToNormalise> {
        let image = self.find_by_id_or_path(id_or_path).await?;
        let image = image.ok_or_else(|| Error::not_found(format!("image {id_or_path}")))?;
        let observed = self.on::<ms_index::Entity>().find(image.ms_path.as_str()).await?;
        let (Some(ra_deg), Some(dec_deg)) = (image.center_ra_deg, image.center_dec_deg) else {
            let message = format!("nobody knows the centre of {}", image.path);
            return Err(Error::invalid("image", message));
        };
        let mid_mjd = observed.and_then(|observed| observed.mid_mjd);
        let mjd = mid_mjd.unwrap_or_else(|| image.created_at.mjd());
        Ok(ImageToNormalise { path: image.path, ra_deg, dec_deg, mjd })
    }
}

impl<C: Writable> Repository<'_, C, photometry::Entity> {
    /// Divides the flux densities measured on an image by what `references` are brighter on it than they use
    /// to be. Relative uncertainties add in quadrature. With too few references, or where a flux density of
    /// that kind is missing, the normalised columns are null. The statements belong in one transaction.
    ///
    /// # Errors
    /// `flux` is the normalised one, or the engine fails.
    pub async fn normalise(
        &self,
        image: &ImageToNormalise,
        references: &[String],
        flux: StatisticsFlux,
    ) -> Result<Normalisation> {
        if flux == StatisticsFlux::Normalized {
            return Err(Error::invalid(
                "flux",
                "what is normalised already is not normalised again",
            ));
        }
        let curves = self.reference_curves(image, references, flux).await?;
        let (correction, references) = correction(&curves, image.mjd);
        let rows = self.slice(&of_image(image), &[Order::asc(Id)], EVERY, 0).await?;
        let mut normalised = 0;
        for rows in rows.chunks(ROWS) {
            let values: Vec<(i64, Option<Sample>)> = rows
                .iter()
                .map(|row| (row.id, correction.and_then(|by| by.apply(sample(row, flux)?))))
                .collect();
            normalised += values.iter().filter(|(_, sample)| sample.is_some()).count() as u64;
            let fluxes = values.iter().map(|(id, sample)| (*id, sample.map(|sample| sample.flux)));
            let errors =
                values.iter().map(|(id, sample)| (*id, sample.and_then(|sample| sample.error)));
            let set =
                [(NormalizedFluxJy, by_key(Id, fluxes)), (NormalizedFluxErrJy, by_key(Id, errors))];
            let ids = values.iter().map(|(id, _)| (*id).into()).collect();
            self.update_where(&Filter::In(Id, ids), set).await?;
        }
        Ok(Normalisation { image_path: image.path.clone(), correction, references, normalised })
    }

    async fn reference_curves(
        &self,
        image: &ImageToNormalise,
        references: &[String],
        flux: StatisticsFlux,
    ) -> Result<Vec<ReferenceCurve>> {
        let request = LightCurveRequest { flux: flux.into(), ..LightCurveRequest::default() };
        let curves = self.light_curves(references, &request).await?;
        Ok(curves.iter().map(|curve| ReferenceCurve::of(curve, &image.path)).collect())
    }
}

/// No limit: what was measured on one image.
const EVERY: u64 = i64::MAX.unsigned_abs();

fn of_image(image: &ImageToNormalise) -> Filter<photometry::Entity> {
    Filter::eq(photometry::Column::ImagePath, image.path.as_str())
}

fn sample(row: &photometry::Model, flux: StatisticsFlux) -> Option<Sample> {
    let sample = match flux {
        StatisticsFlux::Peak => Sample { flux: row.peak_jyb, error: row.peak_err_jyb },
        StatisticsFlux::Integrated => Sample { flux: row.flux_jy?, error: row.flux_err_jy },
        StatisticsFlux::Normalized => return None,
    };
    sample.flux.is_finite().then_some(sample)
}
