//! The optical-transient pipeline.

mod alert;
mod alert_changes;
mod audit_record;
mod candidate;
mod candidate_changes;
mod config_changes;
mod consensus;
mod detection;
mod detection_changes;
mod difference_run;
mod entity;
mod job_changes;
mod ml_model;
mod model_changes;
mod model_run;
mod observation;
mod observation_changes;
mod observation_input;
mod observation_verdict;
mod preprocess_run;
mod processing_job;
mod queries;
mod queue_statistics;
mod statistics;
mod survey;
mod survey_changes;
mod system_config;
mod validation_changes;
mod validation_event;

pub use alert::AstridAlert;
pub use alert_changes::*;
pub use audit_record::AstridAuditRecord;
pub use candidate::AstridCandidate;
pub use candidate_changes::*;
pub use config_changes::*;
pub use consensus::AstridConsensus;
pub use detection::AstridDetection;
pub use detection_changes::*;
pub use difference_run::AstridDifferenceRun;
pub use job_changes::*;
pub use ml_model::*;
pub use model_changes::*;
pub use model_run::AstridModelRun;
pub use observation::AstridObservation;
pub use observation_changes::*;
pub use observation_input::*;
pub use observation_verdict::*;
pub use preprocess_run::AstridPreprocessRun;
pub use processing_job::AstridProcessingJob;
pub use queries::*;
pub use queue_statistics::*;
pub use statistics::*;
pub use survey::*;
pub use survey_changes::*;
pub use system_config::AstridSystemConfig;
pub use validation_changes::*;
pub use validation_event::AstridValidationEvent;

use async_graphql::MergedObject;

use super::apart::Apart;

/// The queries over the optical-transient pipeline.
#[derive(Debug, Default, MergedObject)]
pub struct AstridRootQueries(
    // A line each.
    Apart<AstridObservationQueries>,
    Apart<AstridQueries>,
    Apart<AstridQueueQueries>,
    Apart<AstridStatisticsQueries>,
);

/// The changes to the optical-transient pipeline.
#[derive(Debug, Default, MergedObject)]
pub struct AstridMutations(
    // A line each.
    Apart<AstridAlertMutations>,
    Apart<AstridCandidateMutations>,
    Apart<AstridConfigMutations>,
    Apart<AstridDetectionMutations>,
    Apart<AstridJobMutations>,
    Apart<AstridModelMutations>,
    Apart<AstridObservationMutations>,
    Apart<AstridSurveyMutations>,
    Apart<AstridValidationMutations>,
);
