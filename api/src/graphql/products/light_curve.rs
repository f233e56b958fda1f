//! Light curves.

use almanac_entity::{Database, products::photometry};
use almanac_service::{
    Repository,
    products::{FluxChoice, LightCurve as Curve, LightCurveRequest},
};
use async_graphql::{Enum, ID, Object, SimpleObject};

use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    series::Series,
};

/// Which flux density a light curve is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "FluxChoice")]
pub enum Flux {
    /// The integrated flux density, or where there is none the peak.
    #[default]
    Auto,
    /// The peak, per beam; measurements without one are left out.
    Peak,
    /// The integrated flux density; measurements without one are left out.
    Integrated,
    /// The flux density normalised to an ensemble of sources; measurements without one are left out.
    Normalized,
}

/// What `lightCurve` answers.
#[derive(Debug)]
pub struct LightCurve(Curve);

/// A light curve: what forced photometry says of one source, in the order of time. Its columns are of one
/// length.
#[Object]
impl LightCurve {
    /// The source, by its NVSS designation.
    async fn source_id(&self) -> &str {
        &self.0.source_id
    }

    /// How many points it has.
    async fn count(&self) -> usize {
        self.0.len()
    }

    /// Epochs, MJD.
    async fn mjd(&self) -> Series<f64> {
        Series(self.0.mjd.clone())
    }

    /// Flux densities, mJy; mJy/beam where they are peaks.
    async fn flux_mjy(&self) -> Series<f64> {
        Series(self.0.flux_mjy.clone())
    }

    /// Uncertainties of the flux densities, mJy.
    async fn error_mjy(&self) -> Series<Option<f64>> {
        Series(self.0.error_mjy.clone())
    }

    /// Signal-to-noise ratios.
    async fn snr(&self) -> Series<Option<f64>> {
        Series(self.0.snr.clone())
    }

    /// Noise of the images, mJy/beam.
    async fn image_noise_mjy(&self) -> Series<Option<f64>> {
        Series(self.0.image_noise_mjy.clone())
    }

    /// Fields of the images.
    async fn field_name(&self) -> Series<Option<String>> {
        Series(self.0.field_name.clone())
    }

    /// Paths of the images.
    async fn image_path(&self) -> Series<String> {
        Series(self.0.image_path.clone())
    }

    /// What speaks against the measurements, a sum of: 1 edge of the image, 2 blended, 4 low signal, 8 no
    /// reference epoch, 16 bad fit, 32 excluded by a person.
    async fn flags(&self) -> Series<i32> {
        Series(self.0.flags.clone())
    }

    /// Whether an epoch is only when the source was measured, since nobody recorded when it was observed.
    async fn approximate_epoch(&self) -> Series<bool> {
        Series(self.0.approximate_epoch.clone())
    }

    /// The same, point by point. Columns are a third of the work for both sides.
    async fn points(&self) -> Vec<LightCurvePoint> {
        let curve = &self.0;
        let point = |index: usize| LightCurvePoint {
            photometry_row_id: ID(curve.photometry_id[index].to_string()),
            mjd: curve.mjd[index],
            flux_mjy: curve.flux_mjy[index],
            error_mjy: curve.error_mjy[index],
            snr: curve.snr[index],
            image_noise_mjy: curve.image_noise_mjy[index],
            field_name: curve.field_name[index].clone(),
            image_path: curve.image_path[index].clone(),
            flags: curve.flags[index],
            approximate_epoch: curve.approximate_epoch[index],
        };
        (0..curve.len()).map(point).collect()
    }
}

/// One measurement of a light curve.
#[derive(Debug, SimpleObject)]
pub struct LightCurvePoint {
    /// Number of the measurement: `rowId` of `Photometry`.
    photometry_row_id: ID,
    /// Epoch, MJD.
    mjd: f64,
    /// Flux density, mJy; mJy/beam where it is a peak.
    flux_mjy: f64,
    /// Uncertainty of the flux density, mJy.
    error_mjy: Option<f64>,
    /// Signal-to-noise ratio.
    snr: Option<f64>,
    /// Noise of the image, mJy/beam.
    image_noise_mjy: Option<f64>,
    /// Field of the image.
    field_name: Option<String>,
    /// Path of the image.
    image_path: String,
    /// What speaks against it; see `LightCurve.flags`.
    flags: i32,
    /// Whether the epoch is only when the source was measured.
    approximate_epoch: bool,
}

/// Light curves at the root of the graph.
#[derive(Debug, Default)]
pub struct LightCurves;

#[Object]
impl LightCurves {
    /// The light curve of a source. A source that was never measured has one without points.
    async fn light_curve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source, by its NVSS designation.")] source_id: String,
        #[graphql(desc = "First epoch, MJD, itself included.")] from_mjd: Option<f64>,
        #[graphql(desc = "Last epoch, MJD, itself included.")] to_mjd: Option<f64>,
        #[graphql(default, desc = "Which flux density.")] flux: Flux,
        #[graphql(
            default,
            desc = "Whether, where a bound is given, points of an approximate epoch are left out."
        )]
        exact_epochs: bool,
    ) -> Result<Option<LightCurve>> {
        let asked = ctx.look_ahead();
        let of_image =
            |name: &str| asked.field(name).exists() || asked.field("points").field(name).exists();
        let request = LightCurveRequest {
            source_id,
            from_mjd,
            to_mjd,
            flux: flux.into(),
            exact_epochs,
            with_image: of_image("imageNoiseMjy") || of_image("fieldName"),
        };
        let read = async {
            let reader = ctx.sessions().reader(Database::Products).await?;
            Repository::<_, photometry::Entity>::new(&reader).light_curve(&request).await
        };
        let curve = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(LightCurve(curve)))
    }
}
