//! Questions about quality.

use almanac_entity::products::{
    calibration_qa, image, image_qa, job, ms_index, photometry, qa_artifact,
};
use almanac_service::products::{ImageReport, QaReport as Report, QaStats as Stats, Verdict};
use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{CalibrationQa, Image, ImageQa};
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, bad_input},
    products::job_queries::NamedCount,
    read::{limit, shown},
};

/// A grade as a traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Verdict")]
pub enum QaVerdict {
    /// To be used: `excellent` and `good`.
    Good,
    /// To be looked at: `marginal`.
    Warn,
    /// Not to be used: `poor`.
    Fail,
}

/// What is known of the quality of an image.
#[derive(Debug)]
pub struct ImageQuality(ImageReport);

/// What is known of the quality of an image.
#[Object]
impl ImageQuality {
    /// The image.
    async fn image(&self) -> Image {
        Image::of(&self.0.image)
    }

    /// Its newest assessment.
    async fn assessment(&self) -> Option<ImageQa> {
        self.0.assessment.as_ref().map(ImageQa::of)
    }

    /// Its grade, as stored: that of the assessment, else of the dynamic range.
    async fn grade(&self) -> Option<&str> {
        self.0.grade.as_ref().map(almanac_entity::products::QualityGrade::as_str)
    }

    /// What the grade comes to.
    async fn verdict(&self) -> Option<QaVerdict> {
        self.0.verdict().map(Into::into)
    }

    /// The image in a line, such as `RMS 0.41 mJy, DR 512, Beam 12.8"`.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// What to know before it is used.
    async fn warnings(&self) -> &[String] {
        &self.0.warnings
    }
}

/// What the quality is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum QaEntity {
    /// An image, by its `rowId` or path.
    Image,
    /// A measurement set, by its path.
    MeasurementSet,
    /// What a job made, by the job's `rowId`.
    Job,
    /// The measurements of a source, by its `sourceId`.
    Source,
}

/// What is known of the quality of something.
#[derive(Debug, SimpleObject)]
pub struct QaReport {
    /// What it is.
    entity_type: QaEntity,
    /// Which it is, as it was asked for.
    entity_id: String,
    /// Its grade, as stored; null where nobody gave one and none can be made.
    grade: Option<String>,
    /// What its grade comes to; of a measurement set without a grade, what its stage comes to.
    verdict: Option<QaVerdict>,
    /// It in a line.
    summary: Option<String>,
    /// What was measured.
    metrics: Vec<QaMetric>,
    /// What to know before it is used.
    warnings: Vec<String>,
    /// What speaks against it.
    flags: Vec<String>,
}

/// Something that was measured.
#[derive(Debug, SimpleObject)]
pub struct QaMetric {
    /// What, with its unit.
    name: &'static str,
    /// How much.
    value: f64,
}

fn qa_report(entity_type: QaEntity, entity_id: String, report: Report) -> QaReport {
    let metric = |(name, value): (&'static str, f64)| QaMetric { name, value };
    QaReport {
        entity_type,
        entity_id,
        grade: report.grade.map(Into::into),
        verdict: report.verdict.map(Into::into),
        summary: report.summary,
        metrics: report.metrics.into_iter().map(metric).collect(),
        warnings: report.warnings,
        flags: report.flags,
    }
}

/// Assessments counted, each path by its newest.
#[derive(Debug, SimpleObject)]
pub struct QaStats {
    /// Paths that were assessed.
    total: u64,
    /// How many are to be used.
    good: u64,
    /// How many are to be looked at.
    warn: u64,
    /// How many are not to be used.
    fail: u64,
    /// How many have each grade, as stored; null where an assessment gives none.
    by_grade: Vec<NamedCount>,
    /// Means of their metrics.
    means: Vec<NamedMean>,
}

/// The mean of a metric.
#[derive(Debug, SimpleObject)]
pub struct NamedMean {
    /// The metric, with its unit.
    name: &'static str,
    /// Its mean; null where nobody measured it.
    mean: Option<f64>,
}

pub(crate) fn qa_stats(stats: &Stats) -> QaStats {
    let grades = stats.by_grade.iter().map(|(grade, count)| NamedCount {
        name: grade.as_ref().map(|grade| grade.as_str().to_owned()),
        count: *count,
    });
    QaStats {
        total: stats.total,
        good: stats.count(Verdict::Good),
        warn: stats.count(Verdict::Warn),
        fail: stats.count(Verdict::Fail),
        by_grade: grades.collect(),
        means: stats.means.iter().map(|(name, mean)| NamedMean { name, mean: *mean }).collect(),
    }
}

/// An observation group that has plots, tables or reports.
#[derive(Debug, SimpleObject)]
pub struct QaArtifactGroup {
    /// The group.
    group_id: String,
    /// How many files it has.
    artifacts: u64,
    /// When the newest was made.
    newest: Option<DateTime<Utc>>,
}

/// Quality at the root of the graph.
#[derive(Debug, Default)]
pub struct QaQueries;

#[Object]
impl QaQueries {
    /// What is known of the quality of an image; null where there is no such image.
    async fn image_quality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The image's `rowId` or path.")] image: String,
    ) -> Result<Option<ImageQuality>> {
        let report = read!(ctx, image::Entity, |images| images.quality(&image).await)?;
        Ok(report.map(ImageQuality))
    }

    /// What is known of the quality of an image, a measurement set, a job or a source; null where there is
    /// none of that name.
    async fn qa_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is.")] entity_type: QaEntity,
        #[graphql(desc = "Which it is: a `rowId`, path or `sourceId`.")] entity_id: String,
    ) -> Result<Option<QaReport>> {
        let id = entity_id.as_str();
        let report = match entity_type {
            QaEntity::Image => read!(ctx, image::Entity, |images| images.report(id).await),
            QaEntity::MeasurementSet => read!(ctx, ms_index::Entity, |sets| sets.report(id).await),
            QaEntity::Job => {
                let job = id.parse().map_err(|_| bad_input("entityId", "it is no number"))?;
                read!(ctx, job::Entity, |jobs| jobs.report(job).await)
            }
            QaEntity::Source => read!(ctx, photometry::Entity, |rows| rows.report(id).await),
        };
        Ok(report?.map(|report| qa_report(entity_type, entity_id, report)))
    }

    /// The images assessed last, newest first.
    async fn recent_image_qa(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<ImageQa>>> {
        let rows = self::limit(limit, 1_000)?;
        let recent = read!(ctx, image_qa::Entity, |qa| qa.recent(rows).await)?;
        Ok(Some(shown::<image_qa::Entity>(&recent)))
    }

    /// The calibrations assessed last, newest first.
    async fn recent_calibration_qa(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<CalibrationQa>>> {
        let rows = self::limit(limit, 1_000)?;
        let recent = read!(ctx, calibration_qa::Entity, |qa| qa.recent(rows).await)?;
        Ok(Some(shown::<calibration_qa::Entity>(&recent)))
    }

    /// How many images have each grade, and means of their metrics.
    async fn image_qa_stats(&self, ctx: &Context<'_>) -> Result<Option<QaStats>> {
        let stats = read!(ctx, image_qa::Entity, |qa| qa.stats().await)?;
        Ok(Some(qa_stats(&stats)))
    }

    /// How many calibrations have each grade, and means of their metrics.
    async fn calibration_qa_stats(&self, ctx: &Context<'_>) -> Result<Option<QaStats>> {
        let stats = read!(ctx, calibration_qa::Entity, |qa| qa.stats().await)?;
        Ok(Some(qa_stats(&stats)))
    }

    /// The observation groups that have plots, tables or reports, the one with the newest first.
    async fn qa_artifact_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<QaArtifactGroup>>> {
        let rows = self::limit(limit, 1_000)?;
        let groups = read!(ctx, qa_artifact::Entity, |artifacts| {
            artifacts.groups_with_artifacts(rows).await
        })?;
        let group = |group: almanac_service::products::ArtifactGroup| QaArtifactGroup {
            group_id: group.group_id,
            artifacts: group.artifacts,
            newest: group.newest.date_time(),
        };
        Ok(Some(groups.into_iter().map(group).collect()))
    }
}
