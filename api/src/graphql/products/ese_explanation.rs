//! Why a source is a candidate for an extreme scattering event.

use std::{collections::HashMap, sync::Arc};

use almanac_entity::{Database, cal_registry::caltable, products::ese_candidate};
use almanac_service::{
    Repository,
    products::{
        Confidence as Trust, EseSeverity as Colour, ExplainedPoint as Point, Explanation,
        LeftOut as Reason, Preset, RapidChange as Change, Score as Value, Thresholds as Bounds,
    },
};
use async_graphql::{Enum, ID, SimpleObject};
use tokio::sync::OnceCell;

use super::{
    EseCandidate, VariabilityStats,
    epoch_calibration::{EpochCalibration, shown},
    variability::{StatisticsFlux, VariabilityMetrics},
};
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    mutation::big_id,
};

/// Why a measurement is no point of the statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum LeftOut {
    /// It has no flux density of the kind that the statistics are made of.
    NoFlux,
    /// Its flux density is no finite number.
    NotFinite,
    /// A person excluded it.
    Excluded,
}

/// How strict a detection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Preset")]
pub enum EsePreset {
    /// 5 standard deviations, or a reduced chi-square of 4.
    Conservative,
    /// 3.5 standard deviations, or a reduced chi-square of 2.5.
    Moderate,
    /// 2.5 standard deviations, or a reduced chi-square of 1.5.
    Sensitive,
}

/// How far a score can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Trust")]
pub enum EseConfidence {
    /// A score of 7 or more.
    High,
    /// A score of 4 or more.
    Medium,
    /// A score below 4.
    Low,
}

/// How a deviation is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Colour")]
pub enum EseColour {
    /// More than 5 standard deviations.
    Red,
    /// From 3 to 5 standard deviations.
    Yellow,
    /// Less than 3 standard deviations.
    None,
}

/// The metrics of a source put together, from 0 to 10.
#[derive(Debug, SimpleObject)]
pub struct EseScore {
    /// The score.
    value: f64,
    /// How far it can be trusted.
    confidence: EseConfidence,
}

impl From<Value> for EseScore {
    fn from(score: Value) -> Self {
        Self { value: score.value, confidence: score.confidence.into() }
    }
}

/// What a source has to reach.
#[derive(Debug, SimpleObject)]
pub struct EseThresholds {
    /// Deviation from the mean, standard deviations.
    sigma: f64,
    /// Reduced chi-square, which qualifies a source by itself.
    chi2_nu: Option<f64>,
    /// η, which no source qualifies by.
    eta: Option<f64>,
}

impl From<Bounds> for EseThresholds {
    fn from(bounds: Bounds) -> Self {
        Self { sigma: bounds.sigma, chi2_nu: bounds.chi2_nu, eta: bounds.eta }
    }
}

/// What a preset says of a source.
#[derive(Debug, SimpleObject)]
pub struct EsePresetVerdict {
    /// The preset.
    preset: EsePreset,
    /// Its thresholds.
    thresholds: EseThresholds,
    /// Whether the source qualifies.
    qualifies: bool,
    /// Whether the deviation reaches its threshold.
    by_sigma: bool,
    /// Whether the reduced chi-square reaches its threshold.
    by_chi2_nu: bool,
}

/// A change by more than half between two consecutive epochs less than a day apart, both of a
/// signal-to-noise ratio of 5 or more.
#[derive(Debug, SimpleObject)]
pub struct RapidChange {
    /// The earlier epoch, MJD.
    from_mjd: f64,
    /// The later epoch, MJD.
    to_mjd: f64,
    /// Flux density at the earlier epoch, mJy.
    from_mjy: f64,
    /// Flux density at the later epoch, mJy.
    to_mjy: f64,
    /// |Vs|: the difference in standard deviations.
    significance: f64,
}

impl From<Change> for RapidChange {
    fn from(change: Change) -> Self {
        Self {
            from_mjd: change.from_mjd,
            to_mjd: change.to_mjd,
            from_mjy: change.from_mjy,
            to_mjy: change.to_mjy,
            significance: change.significance,
        }
    }
}

/// The explanation, and how its epochs were calibrated, which is read once when somebody asks.
#[derive(Debug)]
struct Explained {
    explanation: Explanation,
    calibrations: OnceCell<Result<HashMap<String, EpochCalibration>>>,
}

impl Explained {
    async fn calibrations(&self, ctx: &Context<'_>) -> Result<&HashMap<String, EpochCalibration>> {
        let read = async {
            let points = self.explanation.points.iter();
            let mut observed: Vec<(String, Option<f64>)> = points
                .filter_map(|point| Some((point.ms_path.clone()?, point.ms_mid_mjd)))
                .collect();
            observed.sort_by(|a, b| a.0.cmp(&b.0));
            observed.dedup_by(|a, b| a.0 == b.0);
            let reader = ctx.sessions().reader(Database::CalRegistry).await?;
            let caltables = Repository::<_, caltable::Entity>::new(&reader);
            caltables.calibrations_of(&observed).await.map(|calibrations| shown(&calibrations))
        };
        let read = async { read.await.map_err(|error| graph_error(&error)) };
        self.calibrations.get_or_init(|| read).await.as_ref().map_err(Clone::clone)
    }
}

/// What `explainCandidate` answers.
#[derive(Debug)]
pub struct EseExplanation(Arc<Explained>);

/// Why a source is a candidate for an extreme scattering event: every measurement, used or not, and the
/// arithmetic, done anew on the photometry as it stands.
#[async_graphql::Object]
impl EseExplanation {
    /// The candidate.
    async fn candidate(&self) -> EseCandidate {
        EseCandidate::of(&self.0.explanation.candidate)
    }

    /// The statistics as stored, which may be of another time.
    async fn statistics(&self) -> Option<VariabilityStats> {
        self.0.explanation.statistics.as_ref().map(VariabilityStats::of)
    }

    /// Which flux density it is about.
    async fn flux(&self) -> StatisticsFlux {
        self.0.explanation.flux.into()
    }

    /// The measurements of the source, the earliest epoch first.
    async fn points(&self) -> Vec<ExplainedPoint> {
        let points = 0..self.0.explanation.points.len();
        points.map(|index| ExplainedPoint { explained: self.0.clone(), index }).collect()
    }

    /// Number of measurements used.
    async fn used(&self) -> usize {
        self.0.explanation.metrics.points
    }

    /// Number of measurements left out.
    async fn left_out(&self) -> usize {
        self.0.explanation.points.len() - self.0.explanation.metrics.points
    }

    /// The metrics of those used, with their sums.
    async fn metrics(&self) -> VariabilityMetrics {
        self.0.explanation.metrics.clone().into()
    }

    /// The largest deviation that so many points allow, standard deviations: the root of one less.
    async fn greatest_sigma(&self) -> f64 {
        self.0.explanation.greatest_sigma
    }

    /// What each preset says, the strictest first.
    async fn verdicts(&self) -> Vec<EsePresetVerdict> {
        let verdicts = self.0.explanation.verdicts.iter();
        verdicts
            .map(|verdict| EsePresetVerdict {
                preset: verdict.preset.into(),
                thresholds: verdict.thresholds.into(),
                qualifies: verdict.by_sigma || verdict.by_chi2_nu,
                by_sigma: verdict.by_sigma,
                by_chi2_nu: verdict.by_chi2_nu,
            })
            .collect()
    }

    /// The score by the usual weights: 0.5 of the deviation, 0.3 of the chi-square, 0.2 of η.
    async fn score(&self) -> Option<EseScore> {
        self.0.explanation.score.map(Into::into)
    }

    /// How the deviation is coloured.
    async fn colour(&self) -> EseColour {
        self.0.explanation.severity.into()
    }

    /// The most significant change within a day, if there is one.
    async fn rapid_change(&self) -> Option<RapidChange> {
        self.0.explanation.rapid_change.map(Into::into)
    }
}

/// A point of an explanation.
#[derive(Debug)]
pub struct ExplainedPoint {
    explained: Arc<Explained>,
    index: usize,
}

impl ExplainedPoint {
    fn point(&self) -> &Point {
        &self.explained.explanation.points[self.index]
    }
}

/// A measurement of a candidate's source, and what it adds to the metrics.
#[async_graphql::Object]
impl ExplainedPoint {
    /// Number of the measurement: `rowId` of `Photometry`.
    async fn photometry_row_id(&self) -> ID {
        ID(self.point().photometry_id.to_string())
    }

    /// Epoch, MJD.
    async fn mjd(&self) -> f64 {
        self.point().mjd
    }

    /// Whether the epoch is only when the source was measured.
    async fn approximate_epoch(&self) -> bool {
        self.point().approximate_epoch
    }

    /// Flux density, Jy.
    async fn flux_jy(&self) -> Option<f64> {
        self.point().flux_jy.filter(|flux| flux.is_finite())
    }

    /// Its uncertainty, Jy.
    async fn error_jy(&self) -> Option<f64> {
        self.point().error_jy.filter(|error| error.is_finite())
    }

    /// What speaks against it; see `LightCurve.flags`.
    async fn flags(&self) -> i32 {
        self.point().flags
    }

    /// Whether it is used.
    async fn used(&self) -> bool {
        self.point().left_out.is_none()
    }

    /// Why it is left out of everything; null where it is used.
    async fn left_out(&self) -> Option<LeftOut> {
        self.point().left_out.map(Into::into)
    }

    /// Whether it counts in what is weighted, η and chi-square: it has an uncertainty above zero.
    async fn weighted(&self) -> bool {
        self.point().weight.is_some()
    }

    /// Deviation from the mean, Jy.
    async fn deviation_jy(&self) -> Option<f64> {
        self.point().deviation_jy
    }

    /// Deviation from the mean, standard deviations.
    async fn deviation_sigma(&self) -> Option<f64> {
        self.point().deviation_sigma
    }

    /// Its weight, one over the squared uncertainty, Jy⁻².
    async fn weight(&self) -> Option<f64> {
        self.point().weight
    }

    /// What it adds to the chi-square.
    async fn chi2_term(&self) -> Option<f64> {
        self.point().chi2_term
    }

    /// Path of the image.
    async fn image_path(&self) -> &str {
        &self.point().image_path
    }

    /// The measurement set that the image was made from.
    async fn ms_path(&self) -> Option<&str> {
        self.point().ms_path.as_deref()
    }

    /// How the observation was calibrated; null where nobody knows its measurement set.
    async fn calibration(&self, ctx: &Context<'_>) -> Result<Option<EpochCalibration>> {
        let calibrations = self.explained.calibrations(ctx).await?;
        let ms_path = self.point().ms_path.as_ref();
        Ok(ms_path.and_then(|path| calibrations.get(path)).cloned())
    }
}

/// Candidates explained, at the root of the graph.
#[derive(Debug, Default)]
pub struct EseQueries;

#[async_graphql::Object]
impl EseQueries {
    /// Why a source is a candidate for an extreme scattering event.
    async fn explain_candidate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The candidate: `rowId` of `EseCandidate`.")] id: ID,
        #[graphql(default, desc = "Which flux density.")] flux: StatisticsFlux,
    ) -> Result<Option<EseExplanation>> {
        let read = async {
            let id = big_id(&id, "id")?;
            let reader = ctx.sessions().reader(Database::Products).await?;
            Repository::<_, ese_candidate::Entity>::new(&reader).explain(id, flux.into()).await
        };
        let explanation = read.await.map_err(|error| graph_error(&error))?;
        let explained = Explained { explanation, calibrations: OnceCell::new() };
        Ok(Some(EseExplanation(Arc::new(explained))))
    }
}
