//! What the pipeline made and how it went: the questions that are peculiar to a table.

mod alert;
mod artifact;
mod batch;
mod bulk;
mod dead_letter;
mod ese;
mod image;
mod image_search;
mod job;
mod light_curve;
mod measurement_set;
mod monitoring;
mod mosaic;
mod mosaic_group;
mod ms_state;
mod normalisation;
mod notes;
mod photometry;
mod pointing;
mod qa;
mod qa_record;
mod qa_report;
mod run_id;
mod source;
mod status_group;
mod storage;
mod task;
mod transient;
mod variability;

pub use alert::{AlertOutcome, AlertStats, NewAlert};
pub use artifact::{ArtifactGroup, NewArtifact, artifact_type_of};
pub use batch::{ItemReport, NewBatch, NewBatchItem};
pub use dead_letter::{DeadLetterStats, NewDeadLetter};
pub use ese::{
    Confidence, Detection, DetectionOutcome, DetectionRequest, EseSeverity, EseWithStatistics,
    ExplainedPoint, Explanation, Preset, PresetVerdict, RapidChange, Score, Thresholds, Weights,
    composite_score,
};
pub use image::ImageRemoval;
pub use image_search::{Between, ImageSearch, ImageSort, SkyCone};
pub use job::{JobReport, NewJob};
pub use light_curve::{FluxChoice, LightCurve, LightCurveRequest};
pub use measurement_set::{StageUpdate, at_stage, goes_back};
pub use monitoring::{MonitoringFilter, MonitoringRegistration, MonitoringUpdate};
pub use mosaic::{Tile, tile_names};
pub use mosaic_group::{GroupRules, NextGroup, ms_paths};
pub use ms_state::{PROCESSING, PROCESSING_STATES, Transition};
pub use normalisation::{
    Correction, DropReason, ImageToNormalise, Normalisation, ReferenceCurve, ReferenceVerdict,
    correction,
};
pub use photometry::PhotometrySource;
pub use pointing::{DeclinationChange, DeclinationShare, NewPointing, instant};
pub use qa::{
    ImageReport, QaStats, Verdict, calibration_grade, image_grade, image_summary, image_warnings,
};
pub use qa_record::{NewCalibrationQa, NewImageQa};
pub use qa_report::QaReport;
pub use run_id::{Run, run_id_of};
pub use source::{
    ContributingImage, SourceDetail, SourceHit, SourceListing, SourceOrder, SourceQuality,
    SourceRepository, SourceSearch,
};
pub use status_group::StatusGroup;
pub use storage::StoragePlace;
pub use task::{TASK_TIMEOUT_SEC, Task};
pub use transient::{
    Baseline, Detected, Footprint, Observed, SeenImage, SkyComparison, Transient, TransientContext,
    TransientFilter, TransientThresholds, compare,
};
pub use variability::{
    LeftOut, Metrics, Neighbour, Progress, Recomputation, Sample, StatisticsFlux,
    VariabilityFilter, VariabilityOrder, VariabilitySummary, chi2_nu, ensemble_flux, eta,
    is_stable, m, m_mean, relative_flux, sigma_deviation, v, vs, vs_mean,
};

use crate::{Error, Result};

/// Values in one `IN` list.
const IN_LIST: usize = 900;

/// Adds to the count of a key.
fn add<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K, count: u64) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += count,
        None => counts.push((key, count)),
    }
}

/// Checks that two MJDs are numbers and the first does not lie behind the last.
fn check_mjd_range(first: &str, first_mjd: f64, last: &str, last_mjd: f64) -> Result<()> {
    for (argument, mjd) in [(first, first_mjd), (last, last_mjd)] {
        if !mjd.is_finite() {
            return Err(Error::invalid(argument, format!("{mjd} is not a finite number")));
        }
    }
    if first_mjd > last_mjd {
        let message = format!("MJD {first_mjd} lies behind {last}, which is {last_mjd}");
        return Err(Error::invalid(first, message));
    }
    Ok(())
}
