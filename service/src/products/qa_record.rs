//! Assessments of quality that are written down.

use almanac_entity::{
    JsonText, UnixTime,
    products::{QualityGrade, Severity, calibration_qa, image_qa},
};
use sea_orm::ActiveValue::Set;

use super::qa::{Verdict, calibration_grade, image_grade};
use crate::{Error, Repository, Result, Writable};

/// An assessment of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewImageQa {
    /// The image: its path.
    pub image_path: String,
    /// The measurement set it was made from.
    pub ms_path: String,
    /// The job that assessed it.
    pub job_id: i64,
    /// Noise, Jy/beam.
    pub rms_noise: Option<f64>,
    /// Peak, Jy/beam.
    pub peak_flux: Option<f64>,
    /// Peak over noise; made from both where it is not given.
    pub dynamic_range: Option<f64>,
    /// Axes and position angle of the beam: arcseconds, arcseconds, degrees.
    pub beam: (Option<f64>, Option<f64>, Option<f64>),
    /// Number of sources on it.
    pub num_sources: Option<i32>,
    /// Its preview.
    pub thumbnail_path: Option<String>,
    /// Its grade; that of the dynamic range where it is not given.
    pub overall_quality: Option<QualityGrade>,
}

impl<C: Writable> Repository<'_, C, image_qa::Entity> {
    /// Writes down an assessment of an image, made at `now`; the ones before it stay.
    ///
    /// # Errors
    /// A path is blank, the grade is not known, or the engine fails.
    pub async fn record(&self, new: NewImageQa, now: UnixTime) -> Result<image_qa::Model> {
        for (argument, path) in [("image_path", &new.image_path), ("ms_path", &new.ms_path)] {
            if path.trim().is_empty() {
                return Err(Error::invalid(argument, "it is blank"));
            }
        }
        check_grade(new.overall_quality.as_ref())?;
        let derived = || match (new.peak_flux, new.rms_noise) {
            (Some(peak), Some(noise)) if noise > 0.0 => Some(peak / noise),
            _ => None,
        };
        let dynamic_range = new.dynamic_range.or_else(derived);
        let grade = new.overall_quality.or_else(|| dynamic_range.map(image_grade));
        self.insert(image_qa::ActiveModel {
            ms_path: Set(new.ms_path),
            job_id: Set(new.job_id),
            image_path: Set(new.image_path),
            rms_noise: Set(new.rms_noise),
            peak_flux: Set(new.peak_flux),
            dynamic_range: Set(dynamic_range),
            beam_major: Set(new.beam.0),
            beam_minor: Set(new.beam.1),
            beam_pa: Set(new.beam.2),
            num_sources: Set(new.num_sources),
            thumbnail_path: Set(new.thumbnail_path),
            overall_quality: Set(grade),
            timestamp: Set(now),
            ..Default::default()
        })
        .await
    }
}

/// An assessment of a calibration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewCalibrationQa {
    /// The measurement set.
    pub ms_path: String,
    /// The job that assessed it.
    pub job_id: Option<i64>,
    /// Metrics of the delay, bandpass and gain solutions.
    pub metrics: [Option<JsonText>; 3],
    /// Statistics of each spectral window.
    pub per_spw_stats: Option<JsonText>,
    /// Mean fraction flagged, 0 to 1.
    pub flagged_fraction: Option<f64>,
    /// Number of warnings and of errors.
    pub findings: (i32, i32),
    /// How long the assessment took, seconds.
    pub assessment_time_s: Option<f64>,
    /// The assessment in full.
    pub result: Option<JsonText>,
    /// Its grade; that of the fraction flagged where it is not given.
    pub overall_quality: Option<QualityGrade>,
}

impl<C: Writable> Repository<'_, C, calibration_qa::Entity> {
    /// Writes down an assessment of a calibration, made at `now`; the ones before it stay. It has passed
    /// unless its grade is `poor` or it has errors.
    ///
    /// # Errors
    /// The path is blank, the fraction is not from 0 to 1, the grade is not known, or the engine fails.
    pub async fn record(
        &self,
        new: NewCalibrationQa,
        now: UnixTime,
    ) -> Result<calibration_qa::Model> {
        if new.ms_path.trim().is_empty() {
            return Err(Error::invalid("ms_path", "it is blank"));
        }
        if let Some(fraction) = new.flagged_fraction
            && !(0.0..=1.0).contains(&fraction)
        {
            let message = format!("{fraction} is not from 0 to 1");
            return Err(Error::invalid("flagged_fraction", message));
        }
        check_grade(new.overall_quality.as_ref())?;
        let grade = new.overall_quality.or_else(|| new.flagged_fraction.map(calibration_grade));
        let (warnings, errors) = new.findings;
        let verdict = grade.as_ref().and_then(Verdict::of);
        let severity = match (verdict, errors, warnings) {
            (Some(Verdict::Fail), _, _) | (_, 1.., _) => Severity::Critical,
            (Some(Verdict::Warn), _, _) | (_, _, 1..) => Severity::Warning,
            _ => Severity::Info,
        };
        let [delays, bandpass, gains] = new.metrics;
        self.insert(calibration_qa::ActiveModel {
            ms_path: Set(new.ms_path),
            job_id: Set(new.job_id),
            k_metrics: Set(delays),
            bp_metrics: Set(bandpass),
            g_metrics: Set(gains),
            overall_quality: Set(grade.clone()),
            flags_total: Set(new.flagged_fraction),
            per_spw_stats: Set(new.per_spw_stats),
            timestamp: Set(Some(now)),
            passed: Set(Some(severity != Severity::Critical)),
            severity: Set(Some(severity)),
            overall_grade: Set(grade),
            n_warnings: Set(Some(warnings)),
            n_errors: Set(Some(errors)),
            avg_flag_fraction: Set(new.flagged_fraction),
            assessment_time_s: Set(new.assessment_time_s),
            result_json: Set(new.result),
            created_at: Set(Some(now)),
            ..Default::default()
        })
        .await
    }
}

fn check_grade(grade: Option<&QualityGrade>) -> Result<()> {
    match grade {
        Some(QualityGrade::Other(word)) => {
            let words = "excellent, good, marginal, poor";
            Err(Error::invalid("overall_quality", format!("{word:?} is none of {words}")))
        }
        _ => Ok(()),
    }
}
