//! Calibrators at the root of the graph.

use almanac_entity::calibrators::{
    CalibratorStatus, bandpass_calibrator, catalog_source, sky_model, vla_calibrator,
};
use almanac_service::{
    Repository,
    calibrators::{
        FluxAt, FluxMethod as Method, SkyModelCheck as Check, SkyModelFile as File, read_sky_model,
    },
};
use async_graphql::{Enum, ID, Object, SimpleObject};

use super::{BandpassCalibrator, CatalogSource, GainCalibrator, SkyModel};
use crate::graphql::{
    Word,
    context::{Context, ContextExt},
    error::{Result, graph_error},
    mutation::big_id,
};

/// How a flux density came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Method")]
pub enum FluxMethod {
    /// It was measured at this frequency.
    Exact,
    /// By the power law between the two measurements around it.
    Interpolated,
    /// By the power law of the two measurements nearest to it, which lie on one side.
    Extrapolated,
    /// From one measurement, by a spectral index of −0.7.
    AssumedIndex,
    /// It is the one registered with the calibrator.
    Catalog,
}

/// The flux density of a calibrator at a frequency.
#[derive(Debug, SimpleObject)]
pub struct FluxAtFrequency {
    /// The frequency, GHz.
    freq_ghz: f64,
    /// Flux density, Jy.
    flux_jy: f64,
    /// Its uncertainty, Jy; null where one that it depends on is unknown.
    uncertainty_jy: Option<f64>,
    /// Spectral index α that it was found with, where S ∝ ν^α.
    spectral_index: Option<f64>,
    /// Uncertainty of that.
    spectral_index_error: Option<f64>,
    /// How it came about.
    method: FluxMethod,
    /// Why it should be taken with care.
    warning: Option<String>,
}

impl From<FluxAt> for FluxAtFrequency {
    fn from(flux: FluxAt) -> Self {
        Self {
            freq_ghz: flux.freq_ghz,
            flux_jy: flux.flux_jy,
            uncertainty_jy: flux.uncertainty_jy,
            spectral_index: flux.spectral_index,
            spectral_index_error: flux.spectral_index_error,
            method: flux.method.into(),
            warning: flux.warning,
        }
    }
}

/// A catalogue source that may be the same as another.
#[derive(Debug, SimpleObject)]
pub struct CatalogSourceMatch {
    /// The source.
    source: CatalogSource,
    /// Great-circle distance, arcseconds.
    separation_arcsec: f64,
}

/// A sky model as its file has it.
#[derive(Debug, SimpleObject)]
pub struct SkyModelFile {
    /// Its sources, in their order.
    sources: Vec<SkyModelSource>,
    /// Sum of their flux densities, Jy.
    total_flux_jy: f64,
    /// The first lines that could not be read, each by its number.
    faults: Vec<String>,
    /// How many those are.
    fault_count: u64,
}

/// A source of a sky model as its file has it: blanks of its name are underscores there.
#[derive(Debug, SimpleObject)]
pub struct SkyModelSource {
    /// Its name.
    name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, Jy.
    flux_jy: f64,
}

impl From<File> for SkyModelFile {
    fn from(file: File) -> Self {
        let total_flux_jy = file.total_flux_jy();
        let sources = file.sources.into_iter().map(|source| SkyModelSource {
            name: source.name,
            ra_deg: source.ra_deg,
            dec_deg: source.dec_deg,
            flux_jy: source.flux_jy,
        });
        Self {
            sources: sources.collect(),
            total_flux_jy,
            faults: file.faults,
            fault_count: file.fault_count,
        }
    }
}

/// What the database says of a sky model, and what its file says.
#[derive(Debug, SimpleObject)]
pub struct SkyModelCheck {
    /// The model.
    sky_model: SkyModel,
    /// Whether its file is there and can be read.
    exists: bool,
    /// Number of sources in the file.
    n_sources: u64,
    /// Sum of their flux densities, Jy.
    total_flux_jy: f64,
    /// What does not agree; empty where all does.
    faults: Vec<String>,
}

impl From<Check> for SkyModelCheck {
    fn from(check: Check) -> Self {
        Self {
            sky_model: SkyModel::of(&check.model),
            exists: check.exists,
            n_sources: check.n_sources,
            total_flux_jy: check.total_flux_jy,
            faults: check.faults,
        }
    }
}

/// Calibrators at the root of the graph.
#[derive(Debug, Default)]
pub struct CalibratorQueries;

/// Runs a question to a table of the calibrators.
macro_rules! ask {
    ($ctx:ident, $entity:ident, |$table:ident| $question:expr) => {{
        let answer = async {
            let reader = $ctx.reader_of::<$entity::Entity>().await?;
            let $table = Repository::<_, $entity::Entity>::new(&reader);
            $question.await
        };
        answer.await.map_err(|error: almanac_service::Error| graph_error(&error))?
    }};
}

#[Object]
impl CalibratorQueries {
    /// The bandpass calibrators used at a declination, by name. Both ends of a range belong to it, and an
    /// end that is null is open.
    async fn bandpass_calibrators_at(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The declination, degrees; every one unless given.")] dec_deg: Option<f64>,
        #[graphql(desc = "Only those of this status; those in use unless given.")] status: Option<
            Word<CalibratorStatus>,
        >,
        #[graphql(default, desc = "Whether those of every status are wanted.")] all: bool,
    ) -> Result<Option<Vec<BandpassCalibrator>>> {
        let status = status.map_or(CalibratorStatus::Active, |status| status.0);
        let status = if all { None } else { Some(&status) };
        let found =
            ask!(ctx, bandpass_calibrator, |table| table.bandpass_calibrators(dec_deg, status));
        Ok(Some(found.iter().map(BandpassCalibrator::of).collect()))
    }

    /// The flux density of a calibrator at a frequency; null where nothing is known of it there.
    async fn flux_at_frequency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name of the calibrator.")] calibrator: String,
        #[graphql(default = 1.405, desc = "The frequency, GHz; the telescope's unless given.")]
        freq_ghz: f64,
    ) -> Result<Option<FluxAtFrequency>> {
        let flux =
            ask!(ctx, vla_calibrator, |table| table.flux_at_frequency(&calibrator, freq_ghz));
        Ok(flux.map(Into::into))
    }

    /// Sources of other catalogues that lie near a catalogue source, and may be the same; nearest first.
    async fn catalog_source_matches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source, by its `rowId`.")] row_id: ID,
        #[graphql(default = 10.0, desc = "How far, arcseconds; at most 3600.")] radius_arcsec: f64,
        #[graphql(default = 10, desc = "How many, at most 100.")] first: usize,
    ) -> Result<Option<Vec<CatalogSourceMatch>>> {
        let id = big_id(&row_id, "rowId").map_err(|error| graph_error(&error))?;
        let found = ask!(ctx, catalog_source, |table| table.match_suggestions(
            id,
            radius_arcsec,
            first.min(100)
        ));
        let suggestion =
            |found: almanac_service::calibrators::MatchSuggestion| CatalogSourceMatch {
                source: CatalogSource::of(&found.source),
                separation_arcsec: found.separation_arcsec,
            };
        Ok(Some(found.into_iter().map(suggestion).collect()))
    }

    /// The newest sky model of a field.
    async fn sky_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] field_id: String,
    ) -> Result<Option<SkyModel>> {
        let model = ask!(ctx, sky_model, |table| table.sky_model_of(&field_id));
        Ok(model.as_ref().map(SkyModel::of))
    }

    /// The gain calibrators that belong to the newest sky model of a field, by name.
    async fn sky_model_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] field_id: String,
    ) -> Result<Option<Vec<GainCalibrator>>> {
        let sources = ask!(ctx, sky_model, |table| table.sky_model_sources(&field_id));
        Ok(Some(sources.iter().map(GainCalibrator::of).collect()))
    }

    /// A sky model as its file has it; the file lies in the folder of the sky models.
    async fn sky_model_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] path: String,
    ) -> Result<Option<SkyModelFile>> {
        let read = ctx.sessions().places().and_then(|places| {
            ctx.access().check_read::<sky_model::Entity>()?;
            read_sky_model(&places.sky_models(), &path)
        });
        Ok(Some(read.map_err(|error| graph_error(&error))?.into()))
    }

    /// Whether what the database says of a sky model agrees with its file.
    async fn sky_model_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] field_id: String,
        #[graphql(desc = "The file; that of the newest model unless given.")] path: Option<String>,
    ) -> Result<Option<SkyModelCheck>> {
        let places = ctx.sessions().places().map_err(|error| graph_error(&error))?;
        let folder = places.sky_models();
        let check = ask!(ctx, sky_model, |table| table.verify_sky_model(
            &folder,
            &field_id,
            path.as_deref()
        ));
        Ok(Some(check.into()))
    }
}
