//! Assessments of quality that are written down.

use almanac_entity::products::{
    QaArtifactCategory, QaArtifactType, QualityGrade, calibration_qa, image_qa, qa_artifact,
};
use almanac_service::products::{NewArtifact, NewCalibrationQa, NewImageQa};
use async_graphql::{ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::{CalibrationQa, ImageQa, QaArtifact};
use crate::graphql::{Word, mutation::big_id};

/// An assessment of an image.
#[derive(Debug, InputObject)]
pub struct RecordImageQaInput {
    /// Path of the image.
    image_path: String,
    /// The measurement set it was made from.
    ms_path: String,
    /// The job that assessed it: its `rowId`.
    job_id: ID,
    /// Root mean square noise, Jy/beam.
    rms_noise: Option<f64>,
    /// Peak, Jy/beam.
    peak_flux: Option<f64>,
    /// Peak over noise; made from both where it is not given.
    dynamic_range: Option<f64>,
    /// Major axis of the restoring beam, FWHM, arcseconds.
    beam_major: Option<f64>,
    /// Minor axis of the restoring beam, FWHM, arcseconds.
    beam_minor: Option<f64>,
    /// Position angle of the restoring beam, degrees.
    beam_pa: Option<f64>,
    /// Number of sources on it.
    num_sources: Option<i32>,
    /// Its preview, a PNG file.
    thumbnail_path: Option<String>,
    /// Its grade; that of the dynamic range where it is not given.
    overall_quality: Option<Word<QualityGrade>>,
}

/// An assessment of an image that was written down.
#[derive(Debug, SimpleObject)]
pub struct RecordImageQaPayload {
    /// The assessment.
    image_qa: ImageQa,
}

/// An assessment of a calibration.
#[derive(Debug, InputObject)]
pub struct RecordCalibrationQaInput {
    /// The measurement set that was calibrated.
    ms_path: String,
    /// The job that assessed it: its `rowId`.
    job_id: Option<ID>,
    /// Metrics of the delay solutions.
    k_metrics: Option<Json<Value>>,
    /// Metrics of the bandpass solutions.
    bp_metrics: Option<Json<Value>>,
    /// Metrics of the gain solutions.
    g_metrics: Option<Json<Value>>,
    /// Statistics of each spectral window.
    per_spw_stats: Option<Json<Value>>,
    /// Mean fraction flagged, 0 to 1.
    flagged_fraction: Option<f64>,
    /// Number of warnings.
    #[graphql(default)]
    n_warnings: i32,
    /// Number of errors.
    #[graphql(default)]
    n_errors: i32,
    /// How long the assessment took, seconds.
    assessment_time_s: Option<f64>,
    /// The assessment in full.
    result: Option<Json<Value>>,
    /// Its grade; that of the fraction flagged where it is not given.
    overall_quality: Option<Word<QualityGrade>>,
}

/// An assessment of a calibration that was written down.
#[derive(Debug, SimpleObject)]
pub struct RecordCalibrationQaPayload {
    /// The assessment.
    calibration_qa: CalibrationQa,
}

/// A plot, table or report.
#[derive(Debug, InputObject)]
pub struct AddQaArtifactInput {
    /// The observation group.
    group_id: String,
    /// Name of the file.
    name: String,
    /// The file.
    path: String,
    /// What the file is.
    #[graphql(name = "type")]
    kind: Option<Word<QaArtifactType>>,
    /// What it reports on.
    category: Option<Word<QaArtifactCategory>>,
}

/// A plot, table or report that was written down.
#[derive(Debug, SimpleObject)]
pub struct AddQaArtifactPayload {
    /// The file.
    qa_artifact: QaArtifact,
}

mutations! {
    /// Assessments of quality.
    QaMutations {
        /// Writes down an assessment of an image; the ones before it stay.
        RecordImageQa: record_image_qa(input: RecordImageQaInput, work) -> RecordImageQaPayload {
            let new = NewImageQa {
                image_path: input.image_path,
                ms_path: input.ms_path,
                job_id: big_id(&input.job_id, "jobId")?,
                rms_noise: input.rms_noise,
                peak_flux: input.peak_flux,
                dynamic_range: input.dynamic_range,
                beam: (input.beam_major, input.beam_minor, input.beam_pa),
                num_sources: input.num_sources,
                thumbnail_path: input.thumbnail_path,
                overall_quality: input.overall_quality.map(|grade| grade.0),
            };
            let row = work.table::<image_qa::Entity>().await?.record(new, work.now()).await?;
            Ok(RecordImageQaPayload { image_qa: ImageQa::of(&row) })
        }

        /// Writes down an assessment of a calibration; the ones before it stay.
        RecordCalibrationQa: record_calibration_qa(input: RecordCalibrationQaInput, work)
            -> RecordCalibrationQaPayload
        {
            let json = |json: Option<Json<Value>>| json.map(|json| json.0.into());
            let job_id = input.job_id.as_ref().map(|job| big_id(job, "jobId")).transpose()?;
            let new = NewCalibrationQa {
                ms_path: input.ms_path,
                job_id,
                metrics: [input.k_metrics, input.bp_metrics, input.g_metrics].map(json),
                per_spw_stats: json(input.per_spw_stats),
                flagged_fraction: input.flagged_fraction,
                findings: (input.n_warnings, input.n_errors),
                assessment_time_s: input.assessment_time_s,
                result: json(input.result),
                overall_quality: input.overall_quality.map(|grade| grade.0),
            };
            let row = work.table::<calibration_qa::Entity>().await?.record(new, work.now()).await?;
            Ok(RecordCalibrationQaPayload { calibration_qa: CalibrationQa::of(&row) })
        }

        /// Writes down a plot, table or report; one of the same group and name is replaced.
        AddQaArtifact: add_qa_artifact(input: AddQaArtifactInput, work) -> AddQaArtifactPayload {
            let new = NewArtifact {
                group_id: input.group_id,
                name: input.name,
                path: input.path,
                kind: input.kind.map(|kind| kind.0),
                category: input.category.map(|category| category.0),
            };
            let row = work.table::<qa_artifact::Entity>().await?.add(new, work.now()).await?;
            Ok(AddQaArtifactPayload { qa_artifact: QaArtifact::of(&row) })
        }
    }
}
