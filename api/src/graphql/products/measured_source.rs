//! Sources as the products know them: photometry, statistics and watch list put together.

use almanac_entity::{
    Database,
    products::{QualityGrade, variability_stat},
};
use almanac_service::{
    Error, Reader, Row,
    products::{
        ContributingImage as Contribution, SourceDetail, SourceHit, SourceListing,
        SourceOrder as By, SourceQuality as Quality, SourceRepository, SourceSearch,
    },
};
use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{MonitoringSource, VariabilityStats};
use crate::graphql::{
    BigInt,
    context::{Context, ContextExt},
    error::{Result, graph_error},
    node::objects,
};

/// Rows of a list at the most.
const MOST: i32 = 1_000;
/// Images of one source at the most.
const IMAGES: u64 = 1_000;

/// A source that was measured, with its latest measurement.
#[derive(Debug, SimpleObject)]
pub struct MeasuredSource {
    /// The source, by its NVSS designation.
    source_id: String,
    /// What it is called.
    name: String,
    /// Right ascension of its latest measurement, degrees, ICRS.
    ra_deg: f64,
    /// Declination of its latest measurement, degrees, ICRS.
    dec_deg: f64,
    /// Number of images that it was measured on.
    num_images: BigInt,
    /// The image of its latest measurement: `rowId` of `Image`.
    latest_image_row_id: Option<ID>,
    /// Flux density of its latest measurement, Jy: integrated, or where there is none the peak.
    latest_flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    latest_flux_err_jy: Option<f64>,
    /// Epoch of its latest measurement, MJD.
    latest_mjd: Option<f64>,
}

impl From<SourceListing> for MeasuredSource {
    fn from(source: SourceListing) -> Self {
        Self {
            name: source.source_id.clone(),
            source_id: source.source_id,
            ra_deg: source.ra_deg,
            dec_deg: source.dec_deg,
            num_images: big(source.num_images),
            latest_image_row_id: source.latest_image_id.map(|id| ID(id.to_string())),
            latest_flux_jy: source.latest_flux_jy,
            latest_flux_err_jy: source.latest_flux_err_jy,
            latest_mjd: source.latest_mjd,
        }
    }
}

/// An image that a source was measured on, with the measurement.
#[derive(Debug, SimpleObject)]
pub struct ContributingImage {
    /// Number of the image: `rowId` of `Image`; null where the image is gone.
    image_row_id: Option<ID>,
    /// Path of the image.
    path: String,
    /// The measurement set it was made from.
    ms_path: Option<String>,
    /// Its grade, as stored, where one was given; the newest.
    qa_grade: Option<String>,
    /// When it was made.
    created_at: Option<DateTime<Utc>>,
    /// When the source was measured on it.
    measured_at: Option<DateTime<Utc>>,
    /// Flux density, Jy: integrated, or where there is none the peak.
    flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    flux_err_jy: Option<f64>,
}

impl From<Contribution> for ContributingImage {
    fn from(image: Contribution) -> Self {
        Self {
            image_row_id: image.image_id.map(|id| ID(id.to_string())),
            path: image.path,
            ms_path: image.ms_path,
            qa_grade: image.qa_grade.map(String::from),
            created_at: image.created_at.and_then(almanac_entity::UnixTime::date_time),
            measured_at: image.measured_at.date_time(),
            flux_jy: image.flux_jy,
            flux_err_jy: image.flux_err_jy,
        }
    }
}

/// What `sourceSummary` answers.
#[derive(Debug)]
pub struct SourceSummary(SourceDetail);

/// All that the products say of one source.
#[Object]
impl SourceSummary {
    /// The source, by its NVSS designation.
    async fn source_id(&self) -> &str {
        &self.0.source_id
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.source_id
    }

    /// Right ascension, degrees, ICRS: of its latest measurement, else of its statistics or the watch list.
    async fn ra_deg(&self) -> f64 {
        self.0.ra_deg
    }

    /// Declination, degrees, ICRS.
    async fn dec_deg(&self) -> f64 {
        self.0.dec_deg
    }

    /// The images that it was measured on, the last measured first; at most 1,000.
    async fn contributing_images(&self) -> Vec<ContributingImage> {
        self.0.images.iter().cloned().map(Into::into).collect()
    }

    /// The image that it was measured on last: `rowId` of `Image`.
    async fn latest_image_row_id(&self) -> Option<ID> {
        self.0.latest_image_id.map(|id| ID(id.to_string()))
    }

    /// Its statistics.
    async fn statistics(&self) -> Option<VariabilityStats> {
        self.0.statistics.as_ref().map(VariabilityStats::of)
    }

    /// Its entry in the watch list.
    async fn monitoring_source(&self) -> Option<MonitoringSource> {
        self.0.monitoring.as_ref().map(MonitoringSource::of)
    }
}

/// How many images of a source have a grade.
#[derive(Debug, SimpleObject)]
pub struct GradeCount {
    /// The grade, as stored.
    grade: String,
    /// How many images have it.
    images: BigInt,
}

/// How good the images are that a source was measured on.
#[derive(Debug, SimpleObject)]
pub struct SourceQuality {
    /// The source, by its NVSS designation.
    source_id: String,
    /// The grades of its images, the best first.
    grades: Vec<GradeCount>,
    /// Number of its images without a grade.
    ungraded: BigInt,
    /// The grade that most of its images have, as stored; of several, the worst.
    overall: Option<String>,
}

impl From<Quality> for SourceQuality {
    fn from(quality: Quality) -> Self {
        let count = |(grade, images): (QualityGrade, u64)| GradeCount {
            grade: grade.into(),
            images: big(images),
        };
        Self {
            source_id: quality.source_id,
            grades: quality.grades.into_iter().map(count).collect(),
            ungraded: big(quality.ungraded),
            overall: quality.overall.map(Into::into),
        }
    }
}

/// A cone on the sky.
#[derive(Clone, Copy, Debug, InputObject)]
#[expect(clippy::struct_field_names, reason = "units stand in names")]
pub struct SourceCone {
    /// Right ascension of the centre, degrees, ICRS.
    ra_deg: f64,
    /// Declination of the centre, degrees, ICRS.
    dec_deg: f64,
    /// Radius, degrees, above 0 and at most 180.
    radius_deg: f64,
}

/// What the sources found are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "By")]
pub enum MeasuredSourceOrder {
    /// The name, the smallest first.
    #[default]
    SourceId,
    /// The mean flux density, the brightest first.
    MeanFlux,
    /// The largest deviation from the mean, the furthest first.
    Sigma,
    /// η, the greatest first.
    Eta,
    /// V, the greatest first.
    V,
    /// The number of measurements, the most first.
    Epochs,
    /// The newest epoch first.
    LastMjd,
    /// The distance from the centre of the cone, the nearest first.
    Separation,
}

/// A source that was found.
#[derive(Debug, SimpleObject)]
pub struct FoundSource {
    /// The source, by its NVSS designation.
    source_id: String,
    /// Its statistics.
    statistics: VariabilityStats,
    /// Distance from the centre of the cone, degrees.
    separation_deg: Option<f64>,
}

/// The sources found; their statistics stand together, so that an edge is followed for all of them at once.
fn found(hits: Vec<SourceHit>) -> Vec<FoundSource> {
    let rows = hits.iter().map(|hit| Row::of_model(&hit.statistics)).collect();
    let statistics = objects::<variability_stat::Entity>(rows);
    hits.into_iter()
        .zip(statistics)
        .map(|(hit, statistics)| FoundSource {
            source_id: hit.statistics.source_id,
            statistics,
            separation_deg: hit.separation_deg,
        })
        .collect()
}

/// Sources that are searched for; what is not given asks for nothing.
#[derive(Debug, Default, InputObject)]
pub struct SourceSearchInput {
    /// Where they are.
    cone: Option<SourceCone>,
    /// The least mean flux density, mJy.
    min_flux_mjy: Option<f64>,
    /// The greatest mean flux density, mJy.
    max_flux_mjy: Option<f64>,
    /// Only those whose V is above 0.1.
    #[graphql(default)]
    variable_only: bool,
    /// Only those with an active candidate for an extreme scattering event.
    #[graphql(default)]
    ese_only: bool,
    /// The least number of measurements.
    min_epochs: Option<i32>,
    /// Text in the name, upper and lower case being the same.
    text: Option<String>,
}

impl From<SourceSearchInput> for SourceSearch {
    fn from(input: SourceSearchInput) -> Self {
        Self {
            cone: input.cone.map(|cone| (cone.ra_deg, cone.dec_deg, cone.radius_deg)),
            min_flux_mjy: input.min_flux_mjy,
            max_flux_mjy: input.max_flux_mjy,
            variable_only: input.variable_only,
            ese_only: input.ese_only,
            min_epochs: input.min_epochs,
            text: input.text,
        }
    }
}

/// Measured sources at the root of the graph.
#[derive(Debug, Default)]
pub struct SourceQueries;

#[Object]
impl SourceQueries {
    /// The sources that were measured, by name, each with its latest measurement.
    async fn measured_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100, desc = "How many at the most, up to 1,000.")] limit: i32,
        #[graphql(default, desc = "How many to pass over.")] offset: i32,
    ) -> Result<Option<Vec<MeasuredSource>>> {
        let read = async {
            let (limit, offset) = slice(limit, offset)?;
            SourceRepository::new(&reader(ctx).await?).list_all(limit, offset).await
        };
        let sources = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(sources.into_iter().map(Into::into).collect()))
    }

    /// The sources of these names, at most 1,000, in the order asked for; those never measured are left out.
    async fn measured_sources_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sources, by their NVSS designations.")] source_ids: Vec<String>,
    ) -> Result<Option<Vec<MeasuredSource>>> {
        let read = async {
            check_many(&source_ids)?;
            SourceRepository::new(&reader(ctx).await?).get_many(&source_ids).await
        };
        let sources = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(sources.into_iter().map(Into::into).collect()))
    }

    /// The sources with statistics that are searched for.
    async fn source_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(default, desc = "What is searched for.")] search: SourceSearchInput,
        #[graphql(default, desc = "What the sources are sorted by.")] order_by: MeasuredSourceOrder,
        #[graphql(default = 100, desc = "How many at the most, up to 1,000.")] limit: i32,
        #[graphql(default, desc = "How many to pass over.")] offset: i32,
    ) -> Result<Option<Vec<FoundSource>>> {
        let read = async {
            let (limit, offset) = slice(limit, offset)?;
            let reader = reader(ctx).await?;
            let sources = SourceRepository::new(&reader);
            sources.search(&search.into(), order_by.into(), limit, offset).await
        };
        let hits = read.await.map_err(|error| graph_error(&error))?;
        Ok(Some(found(hits)))
    }

    /// All that the products say of one source; null where it was never measured, has no statistics and is
    /// not watched.
    async fn source_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source, by its NVSS designation.")] source_id: String,
    ) -> Result<Option<SourceSummary>> {
        let read = async {
            SourceRepository::new(&reader(ctx).await?).get_by_id(&source_id, IMAGES).await
        };
        Ok(read.await.map_err(|error| graph_error(&error))?.map(SourceSummary))
    }

    /// How good the images are that a source was measured on.
    async fn source_quality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source, by its NVSS designation.")] source_id: String,
    ) -> Result<Option<SourceQuality>> {
        let read = async { SourceRepository::new(&reader(ctx).await?).qa(&source_id).await };
        Ok(Some(read.await.map_err(|error| graph_error(&error))?.into()))
    }

    /// Sources as CSV, at most 1,000: `id,name,ra_deg,dec_deg,num_images,latest_flux_jy`.
    async fn sources_csv(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sources, by their NVSS designations.")] source_ids: Vec<String>,
    ) -> Result<Option<String>> {
        let read = async {
            check_many(&source_ids)?;
            SourceRepository::new(&reader(ctx).await?).export_csv(&source_ids).await
        };
        read.await.map(Some).map_err(|error| graph_error(&error))
    }
}

async fn reader(ctx: &Context<'_>) -> almanac_service::Result<Reader> {
    ctx.sessions().reader(Database::Products).await
}

fn check_many(source_ids: &[String]) -> almanac_service::Result<()> {
    if source_ids.len() > MOST.unsigned_abs() as usize {
        let message = format!("{} sources are more than {MOST}", source_ids.len());
        return Err(Error::invalid("sourceIds", message));
    }
    Ok(())
}

/// A limit and an offset that can be used.
pub(super) fn slice(limit: i32, offset: i32) -> almanac_service::Result<(u64, u64)> {
    if !(1..=MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("{limit} is not from 1 to {MOST}")));
    }
    let offset = u64::try_from(offset)
        .map_err(|_| Error::invalid("offset", format!("{offset} is below zero")))?;
    Ok((u64::from(limit.unsigned_abs()), offset))
}

/// A count that may be large.
pub(super) fn big(count: u64) -> BigInt {
    BigInt(i64::try_from(count).unwrap_or(i64::MAX))
}
