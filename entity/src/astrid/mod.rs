//! Surveys, observations, processing runs, candidates, models, detections, reviews, alerts and the
//! audit log of the AstrID optical-transient pipeline.

pub mod alert;
pub mod audit_record;
pub mod candidate;
pub mod detection;
pub mod difference_run;
pub mod legacy;
pub mod ml_model;
pub mod model_run;
pub mod observation;
pub mod preprocess_run;
pub mod processing_job;
pub mod survey;
pub mod system_config;
pub mod validation_event;
mod vocabulary;

pub use vocabulary::*;

tables! { Astrid:
    survey => "AstridSurvey",
    observation => "AstridObservation",
    system_config => "AstridSystemConfig",
    preprocess_run => "AstridPreprocessRun",
    difference_run => "AstridDifferenceRun",
    candidate => "AstridCandidate",
    processing_job => "AstridProcessingJob",
    ml_model => "AstridModel",
    model_run => "AstridModelRun",
    detection => "AstridDetection",
    validation_event => "AstridValidationEvent",
    alert => "AstridAlert",
    audit_record => "AstridAuditRecord",
}

tables!(legacy Astrid: legacy => "AstridExampleModel");
