//! Measurement sets, images, photometry, variability, candidates, mosaics, QA, pointing, alerts and
//! jobs.

pub mod alert;
pub mod batch_job;
pub mod batch_job_item;
pub mod calibration_qa;
pub mod calibrator_transit;
pub mod dead_letter;
pub mod ese_candidate;
pub mod hdf5_file;
pub mod image;
pub mod image_qa;
pub mod job;
pub mod monitoring_source;
pub mod mosaic;
pub mod mosaic_group;
pub mod mosaic_membership;
pub mod ms_index;
pub mod ms_state;
pub mod ms_state_transition;
pub mod photometry;
pub mod pointing;
pub mod qa_artifact;
pub mod storage_location;
pub mod transient_alert;
pub mod transient_candidate;
pub mod transient_measurement;
pub mod variability_stat;
mod vocabulary;

pub use vocabulary::*;

change_log!();
suspicions!();

tables! { Products:
    ms_index => "MeasurementSet",
    image => "Image",
    photometry => "Photometry",
    qa_artifact => "QaArtifact",
    pointing => "Pointing",
    variability_stat => "VariabilityStats",
    ese_candidate => "EseCandidate",
    mosaic => "Mosaic",
    alert => "Alert",
    transient_candidate => "TransientCandidate",
    transient_alert => "TransientAlert",
    transient_measurement => "TransientMeasurement",
    monitoring_source => "MonitoringSource",
    job => "Job",
    batch_job => "BatchJob",
    batch_job_item => "BatchJobItem",
    calibration_qa => "CalibrationQa",
    image_qa => "ImageQa",
    calibrator_transit => "CalibratorTransit",
    dead_letter => "DeadLetter",
    storage_location => "StorageLocation",
    hdf5_file => "ProductsHdf5File",
    mosaic_group => "MosaicGroup",
    mosaic_membership => "MosaicMembership",
    ms_state => "MeasurementSetState",
    ms_state_transition => "MeasurementSetTransition",
    change_log => "ProductsChange",
    suspicion => "ProductsSuspicion",
    suspect => "ProductsSuspect",
}
