//! The optical-transient pipeline.

mod alert;
mod audit_record;
mod candidate;
mod detection;
mod difference_run;
mod entity;
mod ml_model;
mod model_run;
mod observation;
mod preprocess_run;
mod processing_job;
mod survey;
mod system_config;
mod validation_event;

pub use alert::AstridAlert;
pub use audit_record::AstridAuditRecord;
pub use candidate::AstridCandidate;
pub use detection::AstridDetection;
pub use difference_run::AstridDifferenceRun;
pub use ml_model::AstridModel;
pub use model_run::AstridModelRun;
pub use observation::AstridObservation;
pub use preprocess_run::AstridPreprocessRun;
pub use processing_job::AstridProcessingJob;
pub use survey::AstridSurvey;
pub use system_config::AstridSystemConfig;
pub use validation_event::AstridValidationEvent;
