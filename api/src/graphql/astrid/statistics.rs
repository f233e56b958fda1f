//! What a dashboard counts of AstrID. A viewer may know the counts, also of tables that a viewer does not read.

use std::collections::HashMap;

use almanac_entity::{
    Table,
    astrid::{DetectionStatus, DetectionType, detection, observation, preprocess_run, survey},
};
use almanac_service::{
    Key, Reader, Repository, Row,
    access::Role,
    astrid::{self, DetectionFilter},
};
use async_graphql::{ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveTime, Utc};
use sea_orm::{Iterable, prelude::Decimal};

use super::{AstridSurvey, queue_statistics::hours};
use crate::graphql::{
    Word,
    context::{Context, ContextExt},
    error::{Result, graph_error},
    mutation::uuid,
    node::objects,
    products::{NamedCount, named_counts},
};

/// How many AstrID's observations are, and how far they have come.
#[derive(Debug, SimpleObject)]
pub struct AstridObservationStats {
    /// All of them.
    total: u64,
    /// Those that nothing was done with yet.
    pending: u64,
    /// Those on their way: being preprocessed, preprocessed, or being subtracted from.
    processing: u64,
    /// Those from which a reference was subtracted.
    processed: u64,
    /// Those that failed.
    failed: u64,
    /// Those put away.
    archived: u64,
    /// How many each survey has.
    by_survey: Vec<AstridSurveyCount>,
    /// How many were made through each filter.
    by_filter: Vec<NamedCount>,
    /// How many were begun on each of the last 30 days that has some, UTC.
    per_day: Vec<AstridDayCount>,
}

/// How many observations a survey has.
#[derive(Debug, SimpleObject)]
pub struct AstridSurveyCount {
    /// The survey.
    survey: AstridSurvey,
    /// How many.
    count: u64,
}

/// How many there are of a day.
#[derive(Debug, SimpleObject)]
pub struct AstridDayCount {
    /// Start of the day, UTC.
    day: DateTime<Utc>,
    /// How many.
    count: u64,
}

/// How many of AstrID's detections there are, and what people made of them.
#[derive(Debug, SimpleObject)]
pub struct AstridDetectionStats {
    /// All of them.
    total: u64,
    /// How many are in each state that some are in, as stored.
    by_status: Vec<NamedCount>,
    /// How many the model took for what, as stored.
    by_type: Vec<NamedCount>,
    /// Those that wait for reviewers: pending and validating.
    pending_review: u64,
    /// Those that reviewers accepted: validated and confirmed.
    validated: u64,
    /// Those that they rejected.
    rejected: u64,
    /// Those with a confidence of 0.8 or more.
    high_confidence: u64,
    /// Mean confidence, six decimals; null of none.
    mean_confidence: Option<f64>,
    /// How many have a confidence from 0 to 0.2, and so on up to 1.
    histogram: Vec<AstridConfidenceBin>,
    /// How many were made on each of the last 30 days that has some, UTC.
    per_day: Vec<AstridDayCount>,
}

/// How many detections have a confidence in a range.
#[derive(Debug, SimpleObject)]
pub struct AstridConfidenceBin {
    /// Its lower edge, which belongs to it.
    from: f64,
    /// Its upper edge, which belongs to the next one, or to it where that is 1.
    to: f64,
    /// How many.
    count: u64,
}

/// How the stages of AstrID's pipeline did in some time, by the runs that were made in it.
#[derive(Debug, SimpleObject)]
pub struct AstridPipelineStats {
    /// Preprocessing, differencing and inference, in this order.
    stages: Vec<AstridStageStats>,
    /// Candidates of a difference image; null where no run has ended well.
    candidates_per_image: Option<AstridSpread>,
    /// Detections of an image that a model ran over; null where no run has ended well.
    detections_per_image: Option<AstridSpread>,
}

/// How a stage did.
#[derive(Debug, SimpleObject)]
pub struct AstridStageStats {
    /// Its name, as its jobs bear it: `preprocess`, `difference` or `inference`.
    stage: &'static str,
    /// Runs that were started at least once.
    started: u64,
    /// Those of them that ended well.
    completed: u64,
    /// Those that ended badly.
    failed: u64,
    /// Retries that runs used. A retry of an inference is a run of its own.
    retried: u64,
    /// Mean time of a run that ended well, seconds, six decimals.
    mean_seconds: Option<f64>,
    /// 95 % of them took no longer, seconds.
    p95_seconds: Option<f64>,
}

/// How counts are spread. Percentiles are by the nearest rank: they are counts that occur.
#[derive(Debug, SimpleObject)]
pub struct AstridSpread {
    /// The smallest.
    min: f64,
    /// Half of them are not greater.
    median: f64,
    /// 95 % are not greater.
    p95: f64,
    /// The greatest.
    max: f64,
    /// Their mean, six decimals.
    mean: f64,
}

/// Which detections are counted; what is not given is not looked at. Bounds belong to their range.
#[derive(Debug, Default, InputObject)]
pub struct AstridDetectionStatsFilter {
    /// Those seen in this observation: its `rowId`.
    observation_id: Option<ID>,
    /// Those of this model run: its `rowId`.
    model_run_id: Option<ID>,
    /// Those in one of these states.
    #[graphql(default)]
    status: Vec<Word<DetectionStatus>>,
    /// Those that the model took for one of these.
    #[graphql(default)]
    detection_type: Vec<Word<DetectionType>>,
    /// Smallest confidence.
    min_confidence: Option<f64>,
    /// Largest confidence.
    max_confidence: Option<f64>,
    /// Those that this version of a model found.
    model_version: Option<String>,
    /// Those that reviewers accepted, or did not.
    is_validated: Option<bool>,
    /// Made no earlier.
    from: Option<DateTime<Utc>>,
    /// Made no later.
    to: Option<DateTime<Utc>>,
}

impl AstridDetectionStatsFilter {
    fn wanted(self) -> almanac_service::Result<DetectionFilter> {
        let id = |argument, id: Option<ID>| id.map(|id| uuid(&id, argument)).transpose();
        Ok(DetectionFilter {
            observation_id: id("observationId", self.observation_id)?,
            model_run_id: id("modelRunId", self.model_run_id)?,
            statuses: self.status.into_iter().map(|word| word.0).collect(),
            types: self.detection_type.into_iter().map(|word| word.0).collect(),
            confidence: (self.min_confidence, self.max_confidence),
            model_version: self.model_version,
            is_validated: self.is_validated,
            from: self.from,
            to: self.to,
        })
    }
}

/// Counts of AstrID's rows at the root of the graph.
#[derive(Debug, Default)]
pub struct AstridStatisticsQueries;

#[Object]
impl AstridStatisticsQueries {
    /// How many of AstrID's observations there are, and how far they have come.
    async fn astrid_observation_stats(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<AstridObservationStats>> {
        let read = async {
            let reader = counting::<observation::Entity>(ctx).await?;
            let observations = Repository::<_, observation::Entity>::new(&reader);
            let stats = observations.statistics(Utc::now()).await?;
            let keys: Vec<Key> = stats.by_survey.iter().map(|of| Key::Uuid(of.survey_id)).collect();
            let columns: Vec<_> = survey::Column::iter().collect();
            let surveys = observations.on::<survey::Entity>();
            let surveys = surveys.by_keys(survey::Column::Id, &keys, &columns).await?;
            Ok((stats, surveys))
        };
        let (stats, surveys) = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(observation_stats(stats, surveys)))
    }

    /// How many of AstrID's detections there are, and what people made of them.
    async fn astrid_detection_stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(default, desc = "Which are counted; all unless said.")]
        filter: AstridDetectionStatsFilter,
    ) -> Result<Option<AstridDetectionStats>> {
        let read = async {
            let reader = counting::<detection::Entity>(ctx).await?;
            let detections = Repository::<_, detection::Entity>::new(&reader);
            detections.statistics(&filter.wanted()?, Utc::now()).await
        };
        let stats = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(stats.into()))
    }

    /// How the stages of AstrID's pipeline did, by the runs that were made in the last hours.
    async fn astrid_pipeline_stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 24, desc = "Hours, from 1 to 744.")] window_hours: i32,
    ) -> Result<Option<AstridPipelineStats>> {
        let read = async {
            let window = hours(window_hours)?;
            let reader = counting::<preprocess_run::Entity>(ctx).await?;
            let runs = Repository::<_, preprocess_run::Entity>::new(&reader);
            runs.pipeline_statistics(window, Utc::now()).await
        };
        let stats = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(stats.into()))
    }
}

/// A session to count the rows of a table through.
pub(super) async fn counting<E: Table>(ctx: &Context<'_>) -> almanac_service::Result<Reader> {
    ctx.access().check_role(Role::Viewer, &format!("counting {}", E::NAME))?;
    ctx.sessions().reader_of::<E>().await
}

/// The nearest number of 64 bits.
pub(super) fn float(number: Decimal) -> f64 {
    number.try_into().unwrap_or(f64::NAN)
}

fn observation_stats(
    stats: astrid::ObservationStats,
    mut surveys: HashMap<Key, Row<survey::Entity>>,
) -> AstridObservationStats {
    let found =
        |of: astrid::SurveyCount| Some((surveys.remove(&Key::Uuid(of.survey_id))?, of.count));
    let (surveys, counts): (Vec<_>, Vec<_>) = stats.by_survey.into_iter().filter_map(found).unzip();
    let by_survey = objects(surveys).into_iter().zip(counts);
    let by_survey = by_survey.map(|(survey, count)| AstridSurveyCount { survey, count }).collect();
    AstridObservationStats {
        total: stats.total,
        pending: stats.pending,
        processing: stats.processing,
        processed: stats.processed,
        failed: stats.failed,
        archived: stats.archived,
        by_survey,
        by_filter: named_counts(stats.by_filter),
        per_day: days(stats.per_day),
    }
}

fn days(days: Vec<astrid::DayCount>) -> Vec<AstridDayCount> {
    let day = |of: astrid::DayCount| AstridDayCount {
        day: of.day.and_time(NaiveTime::MIN).and_utc(),
        count: of.count,
    };
    days.into_iter().map(day).collect()
}

impl From<astrid::DetectionStats> for AstridDetectionStats {
    fn from(stats: astrid::DetectionStats) -> Self {
        let bin = |bin: astrid::ConfidenceBin| AstridConfidenceBin {
            from: float(bin.from),
            to: float(bin.to),
            count: bin.count,
        };
        Self {
            total: stats.total,
            by_status: named_counts(stats.by_status),
            by_type: named_counts(stats.by_type),
            pending_review: stats.pending_review,
            validated: stats.validated,
            rejected: stats.rejected,
            high_confidence: stats.high_confidence,
            mean_confidence: stats.mean_confidence.map(float),
            histogram: stats.histogram.into_iter().map(bin).collect(),
            per_day: days(stats.per_day),
        }
    }
}

impl From<astrid::PipelineStats> for AstridPipelineStats {
    fn from(stats: astrid::PipelineStats) -> Self {
        let stage = |of: astrid::StageStats| AstridStageStats {
            stage: of.stage,
            started: of.started,
            completed: of.completed,
            failed: of.failed,
            retried: of.retried,
            mean_seconds: of.mean_seconds.map(float),
            p95_seconds: of.p95_seconds,
        };
        Self {
            stages: stats.stages.into_iter().map(stage).collect(),
            candidates_per_image: stats.candidates_per_image.map(Into::into),
            detections_per_image: stats.detections_per_image.map(Into::into),
        }
    }
}

impl From<astrid::Spread> for AstridSpread {
    fn from(spread: astrid::Spread) -> Self {
        let astrid::Spread { min, median, p95, max, mean } = spread;
        Self { min, median, p95, max, mean: float(mean) }
    }
}
