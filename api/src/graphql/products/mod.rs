//! What the pipeline makes: measurement sets, images, mosaics, photometry, and what became of them.

mod alert;
mod batch_changes;
mod batch_job;
mod batch_job_item;
mod calibration_qa;
mod calibrator_transit;
mod dead_letter;
mod dead_letter_changes;
mod epoch_calibration;
mod ese_candidate;
mod ese_explanation;
mod hdf5_file;
mod image;
mod image_changes;
mod image_qa;
mod image_search;
mod job;
mod job_changes;
mod job_queries;
mod light_curve;
mod measured_source;
mod measurement_set;
mod measurement_set_changes;
mod monitoring_source;
mod mosaic;
mod mosaic_changes;
mod mosaic_group;
mod mosaic_membership;
mod mosaic_queries;
mod ms_state;
mod ms_state_changes;
mod ms_state_queries;
mod ms_state_transition;
mod operation_changes;
mod operation_queries;
mod photometry;
mod pointing;
mod qa_artifact;
mod qa_changes;
mod qa_queries;
mod storage_location;
mod transient_alert;
mod transient_candidate;
mod transient_changes;
mod transient_measurement;
mod variability;
mod variability_changes;
mod variability_stat;

pub use alert::Alert;
pub use batch_changes::*;
pub use batch_job::BatchJob;
pub use batch_job_item::BatchJobItem;
pub use calibration_qa::CalibrationQa;
pub use calibrator_transit::CalibratorTransit;
pub use dead_letter::DeadLetter;
pub use dead_letter_changes::*;
pub use epoch_calibration::{AppliedTable, EpochCalibration};
pub use ese_candidate::EseCandidate;
pub use ese_explanation::*;
pub use hdf5_file::ProductsHdf5File;
pub use image::Image;
pub use image_changes::*;
pub use image_qa::ImageQa;
pub use image_search::*;
pub use job::Job;
pub use job_changes::*;
pub use job_queries::*;
pub use light_curve::{Flux, LightCurve, LightCurvePoint, LightCurves};
pub use measured_source::*;
pub use measurement_set::MeasurementSet;
pub use measurement_set_changes::*;
pub use monitoring_source::MonitoringSource;
pub use mosaic::Mosaic;
pub use mosaic_changes::*;
pub use mosaic_group::MosaicGroup;
pub use mosaic_membership::MosaicMembership;
pub use mosaic_queries::*;
pub use ms_state::MeasurementSetState;
pub use ms_state_changes::*;
pub use ms_state_queries::*;
pub use ms_state_transition::MeasurementSetTransition;
pub use operation_changes::*;
pub use operation_queries::*;
pub use photometry::Photometry;
pub use pointing::Pointing;
pub use qa_artifact::QaArtifact;
pub use qa_changes::*;
pub use qa_queries::*;
pub use storage_location::StorageLocation;
pub use transient_alert::TransientAlert;
pub use transient_candidate::TransientCandidate;
pub use transient_changes::*;
pub use transient_measurement::TransientMeasurement;
pub use variability::*;
pub use variability_changes::*;
pub use variability_stat::VariabilityStats;

pub(crate) use job_queries::{named_counts, status_counts};
pub(crate) use qa_queries::qa_stats;

use async_graphql::MergedObject;

use super::apart::Apart;

/// The queries over the products.
#[derive(Debug, Default, MergedObject)]
pub struct ProductsQueries(
    // A line each.
    Apart<LightCurves>,
    Apart<EseQueries>,
    Apart<ImageQueries>,
    Apart<JobQueries>,
    Apart<MeasurementSetStateQueries>,
    Apart<MosaicQueries>,
    Apart<OperationQueries>,
    Apart<QaQueries>,
    Apart<SourceQueries>,
    Apart<VariabilityQueries>,
);

/// The changes to the products.
#[derive(Debug, Default, MergedObject)]
pub struct ProductsMutations(
    // A line each.
    Apart<BatchMutations>,
    Apart<DeadLetterMutations>,
    Apart<ImageMutations>,
    Apart<JobMutations>,
    Apart<MeasurementSetMutations>,
    Apart<MeasurementSetStateMutations>,
    Apart<MosaicMutations>,
    Apart<OperationMutations>,
    Apart<QaMutations>,
    Apart<TransientMutations>,
    Apart<VariabilityMutations>,
);
