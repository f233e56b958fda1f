//! Reports of quality: what is known of an image, a measurement set, a job or a source, in one shape.

use almanac_entity::products::{
    QualityGrade, calibration_qa, image, image_qa, job, ms_index, photometry,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName,
    sea_query::{Asterisk, Expr, Func, Query},
};

use super::qa::{ImageReport, Verdict};
use crate::{Filter, Order, Repository, Result};

/// What a photometry row's flags say against it, by their bits.
const FLAGS: [(i64, &str); 6] = [
    (1, "edge of the image"),
    (2, "blended"),
    (4, "low signal"),
    (8, "no reference epoch"),
    (16, "bad fit"),
    (32, "excluded by a person"),
];

/// What is known of the quality of something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QaReport {
    /// Its grade; none where nobody gave one and none can be made.
    pub grade: Option<QualityGrade>,
    /// What its grade comes to; of a measurement set without a grade, what its stage comes to.
    pub verdict: Option<Verdict>,
    /// It in a line.
    pub summary: Option<String>,
    /// What was measured, by name, with the unit in the name.
    pub metrics: Vec<(&'static str, f64)>,
    /// What to know before it is used.
    pub warnings: Vec<String>,
    /// What speaks against it.
    pub flags: Vec<String>,
}

fn metrics<const N: usize>(all: [(&'static str, Option<f64>); N]) -> Vec<(&'static str, f64)> {
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

impl From<ImageReport> for QaReport {
    fn from(report: ImageReport) -> Self {
        let assessed = report.assessment.as_ref();
        let noise = report.image.noise_jy.or(assessed.and_then(|row| row.rms_noise));
        let range = report.image.dynamic_range.or(assessed.and_then(|row| row.dynamic_range));
        Self {
            verdict: report.verdict(),
            metrics: metrics([
                ("noise_jy", noise),
                ("dynamic_range", range),
                ("n_sources", assessed.and_then(|row| row.num_sources).map(f64::from)),
                ("peak_jyb", assessed.and_then(|row| row.peak_flux)),
            ]),
            grade: report.grade,
            summary: report.summary,
            warnings: report.warnings,
            flags: Vec::new(),
        }
    }
}

impl From<calibration_qa::Model> for QaReport {
    fn from(row: calibration_qa::Model) -> Self {
        let grade = row.overall_quality.or(row.overall_grade);
        let flagged = row.flags_total.or(row.avg_flag_fraction);
        let counted = |count: Option<i32>, what: &str| {
            count.filter(|count| *count > 0).map(|count| format!("{count} {what}"))
        };
        let warnings = [counted(row.n_warnings, "warnings"), counted(row.n_errors, "errors")];
        let failed = (row.passed == Some(false)).then(|| "the calibration did not pass".to_owned());
        Self {
            verdict: grade.as_ref().and_then(Verdict::of),
            grade,
            summary: flagged.map(|flagged| format!("{:.1} % flagged", flagged * 100.0)),
            metrics: metrics([
                ("flagged_fraction", flagged),
                ("assessment_time_s", row.assessment_time_s),
            ]),
            warnings: warnings.into_iter().flatten().collect(),
            flags: failed.into_iter().collect(),
        }
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// What is known of the quality of an image, by its id or path; none where there is no such image.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn report(&self, id_or_path: &str) -> Result<Option<QaReport>> {
        Ok(self.quality(id_or_path).await?.map(Into::into))
    }
}

impl<C: ConnectionTrait> Repository<'_, C, ms_index::Entity> {
    /// What is known of the quality of a measurement set: the newest assessment of its calibration, else
    /// what its stage says; none where there is no such measurement set.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn report(&self, path: &str) -> Result<Option<QaReport>> {
        let Some(set) = self.find(path).await? else { return Ok(None) };
        let assessments = self.on::<calibration_qa::Entity>();
        let newest = assessments.latest(std::slice::from_ref(&set.path)).await?.remove(&set.path);
        let mut report = newest.map(QaReport::from).unwrap_or_default();
        let stage = set.stage.as_ref().map_or("pending", |stage| stage.as_str());
        if report.verdict.is_none() {
            report.verdict = Some(Verdict::by_stage(set.stage.as_ref()));
        }
        report.summary = Some(match report.summary {
            Some(summary) => format!("{stage}, {summary}"),
            None => format!("{stage}, by stage"),
        });
        Ok(Some(report))
    }
}

impl<C: ConnectionTrait> Repository<'_, C, job::Entity> {
    /// What is known of the quality of what a job made: the newest image that it assessed, else the newest
    /// calibration; none where there is no such job.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn report(&self, id: i64) -> Result<Option<QaReport>> {
        let Some(job) = self.find(id).await? else { return Ok(None) };
        let images = self.on::<image_qa::Entity>();
        let of_job = Filter::eq(image_qa::Column::JobId, id);
        let newest = [Order::desc(image_qa::Column::Timestamp)];
        let mut report = match images.slice(&of_job, &newest, 1, 0).await?.pop() {
            Some(row) => self
                .on::<image::Entity>()
                .report(&row.image_path)
                .await?
                .unwrap_or_else(|| of_assessment(row)),
            None => {
                let calibrations = self.on::<calibration_qa::Entity>();
                let of_job = Filter::eq(calibration_qa::Column::JobId, id);
                let newest = [Order::desc(calibration_qa::Column::Id)];
                let row = calibrations.slice(&of_job, &newest, 1, 0).await?.pop();
                row.map(QaReport::from).unwrap_or_default()
            }
        };
        report.summary = Some(match report.summary {
            Some(summary) => format!("{}, {summary}", job.status),
            None => job.status.to_string(),
        });
        Ok(Some(report))
    }
}

/// The report of an image that is gone.
fn of_assessment(row: image_qa::Model) -> QaReport {
    QaReport {
        verdict: row.overall_quality.as_ref().and_then(Verdict::of),
        grade: row.overall_quality,
        summary: super::qa::image_summary(row.rms_noise, row.dynamic_range, row.beam_major),
        metrics: metrics([
            ("noise_jy", row.rms_noise),
            ("dynamic_range", row.dynamic_range),
            ("n_sources", row.num_sources.map(f64::from)),
            ("peak_jyb", row.peak_flux),
        ]),
        warnings: super::qa::image_warnings(row.rms_noise, row.dynamic_range),
        flags: vec!["the image is not known any more".to_owned()],
    }
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// What is known of the quality of a source's measurements: how many there are, how many are flagged and
    /// what for. It has no grade. None where it was never measured. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn report(&self, source_id: &str) -> Result<Option<QaReport>> {
        use photometry::Column::{Flags, Snr, SourceId};
        let select = Query::select()
            .expr(Func::coalesce([Flags.into_expr(), 0.into()]))
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(Snr.max())
            .from(photometry::Entity.table_ref())
            .and_where(SourceId.eq(source_id))
            .group_by_col(Flags.as_column_ref())
            .to_owned();
        let (mut all, mut flagged, mut best_snr) = (0_i64, 0_i64, None::<f64>);
        let mut by_flag = [0_i64; FLAGS.len()];
        for result in self.connection.query_all(&select).await? {
            let (flags, count, snr): (i32, i64, Option<f64>) = result.try_get_many_by_index()?;
            all += count;
            if flags != 0 {
                flagged += count;
            }
            best_snr = snr.into_iter().chain(best_snr).reduce(f64::max);
            for (sum, (bit, _)) in by_flag.iter_mut().zip(FLAGS) {
                if i64::from(flags) & bit != 0 {
                    *sum += count;
                }
            }
        }
        if all == 0 {
            return Ok(None);
        }
        let flags = FLAGS.into_iter().zip(by_flag).filter(|(_, count)| *count > 0);
        #[expect(clippy::cast_precision_loss, reason = "nobody measures a source that often")]
        let number = |count: i64| Some(count as f64);
        Ok(Some(QaReport {
            summary: Some(format!("{all} measurements, {flagged} flagged")),
            metrics: metrics([
                ("n_measurements", number(all)),
                ("n_flagged", number(flagged)),
                ("best_snr", best_snr),
            ]),
            flags: flags.map(|((_, what), count)| format!("{what}: {count}")).collect(),
            ..QaReport::default()
        }))
    }
}
