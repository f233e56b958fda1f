//! The cross-matched catalogue at the root of the graph.

use almanac_entity::master_sources::source;
use almanac_service::{
    Repository,
    master_sources::{NearSource, ReferenceSearch, ReferenceThresholds as Thresholds},
};
use async_graphql::{Object, SimpleObject};

use super::Source;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
};

/// References of one answer at the most.
const MOST: usize = 1_000;

/// A source of the cross-matched catalogue, with its distance from where it was looked for.
#[derive(Debug, SimpleObject)]
pub struct ReferenceSource {
    /// The source.
    source: Source,
    /// Great-circle distance, arcseconds.
    separation_arcsec: f64,
}

impl From<NearSource> for ReferenceSource {
    fn from(near: NearSource) -> Self {
        Self { source: Source::of(&near.source), separation_arcsec: near.separation_arcsec }
    }
}

/// What a source has to meet to be among the references.
#[derive(Debug, SimpleObject)]
pub struct ReferenceThresholds {
    /// The least signal-to-noise ratio of good references.
    good_snr_min: f64,
    /// The least spectral index of good references.
    alpha_min: f64,
    /// The greatest spectral index of good references.
    alpha_max: f64,
    /// The least signal-to-noise ratio of final references.
    final_snr_min: f64,
    /// Whether the catalogue records them; otherwise these are the usual ones.
    recorded: bool,
    /// When the catalogue was built, as it records, ISO 8601.
    build_time_iso: Option<String>,
    /// Number of sources in the catalogue.
    sources: u64,
    /// Number of good references.
    good_references: u64,
    /// Number of final references.
    final_references: u64,
}

/// The cross-matched catalogue at the root of the graph.
#[derive(Debug, Default)]
pub struct ReferenceQueries;

#[Object]
impl ReferenceQueries {
    /// The reference sources of a field, the highest signal-to-noise ratio first: final references, or where
    /// none meets what is asked, sources of the whole catalogue that do.
    async fn reference_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Right ascension of the field's centre, degrees.")] ra_deg: f64,
        #[graphql(desc = "Declination of the field's centre, degrees.")] dec_deg: f64,
        #[graphql(default = 1.5, desc = "How far from the centre, degrees, at most 10.")]
        fov_deg: f64,
        #[graphql(default = 50.0, desc = "The least signal-to-noise ratio in NVSS.")] min_snr: f64,
        #[graphql(default = 20, desc = "How many, at most 1000.")] first: usize,
        #[graphql(
            default = true,
            desc = "Whether only those that are neither resolved nor confused serve."
        )]
        compact: bool,
    ) -> Result<Option<Vec<ReferenceSource>>> {
        if first > MOST {
            return Err(bad_input("first", format!("{first} is more than {MOST}")));
        }
        if fov_deg > almanac_service::catalogues::MAX_RADIUS_DEG {
            return Err(bad_input("fovDeg", format!("{fov_deg}° is more than 10")));
        }
        let search = ReferenceSearch { ra_deg, dec_deg, fov_deg, min_snr, max: first, compact };
        let found = async {
            let reader = ctx.reader_of::<source::Entity>().await?;
            Repository::<_, source::Entity>::new(&reader).references(&search).await
        };
        let found = found.await.map_err(|error| graph_error(&error))?;
        Ok(Some(found.into_iter().map(Into::into).collect()))
    }

    /// What a source has to meet to be among the references, and how many sources do.
    async fn reference_thresholds(&self, ctx: &Context<'_>) -> Result<Option<ReferenceThresholds>> {
        let read = async {
            let reader = ctx.reader_of::<source::Entity>().await?;
            let table = Repository::<_, source::Entity>::new(&reader);
            let counts = table.counts().await?;
            Ok((table.thresholds().await?, counts))
        };
        let read: almanac_service::Result<(Thresholds, _)> = read.await;
        let (thresholds, counts) = read.map_err(|error| graph_error(&error))?;
        Ok(Some(ReferenceThresholds {
            good_snr_min: thresholds.good_snr_min,
            alpha_min: thresholds.alpha_min,
            alpha_max: thresholds.alpha_max,
            final_snr_min: thresholds.final_snr_min,
            recorded: thresholds.is_recorded,
            build_time_iso: thresholds.build_time_iso,
            sources: counts.sources,
            good_references: counts.good_references,
            final_references: counts.final_references,
        }))
    }
}
