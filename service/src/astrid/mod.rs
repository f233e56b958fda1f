//! The optical-transient pipeline, from observations to confirmed transients. What changes through
//! [`Work`](crate::Work) is written into the audit log.

mod alert;
mod audit;
mod candidate;
mod consensus;
mod cron;
mod detection;
mod difference;
mod exact;
mod inference;
mod ingest;
mod jobs;
mod legacy;
mod model;
mod near;
mod new_observation;
mod observation;
mod observation_fields;
mod observation_filter;
mod observation_lists;
mod observation_metrics;
mod observation_patch;
mod phase;
mod preprocess;
mod ranges;
mod reference;
mod removal;
mod runs;
mod settings_default;
mod stage;
mod statistics;
mod survey;
mod survey_configuration;
mod survey_configurations;
mod survey_summary;
mod system_config;
mod validation;

pub use alert::{
    ALERT_STATES, AlertChannel, AlertRules, Delivery, Evaluation, NewAlert, Suppressed,
};
pub use audit::{AuditFilter, PastRow, audit_values};
use candidate::RADIUS_PX;
pub use candidate::{CANDIDATE_STATES, CandidateFilter, InsertedCandidates, NewCandidate};
pub use consensus::{Ballot, Consensus, ConsensusRules, VoteWeights, consensus};
pub use detection::{DETECTION_STATES, DetectionFilter, Score, detection_type};
pub use difference::{DIFFERENCE_ALGORITHMS, Differenced, NewDifferenceRun};
use inference::SETTING as SCORING;
pub use inference::{Inferred, NewModelRun};
pub use ingest::{BatchError, BatchOutcome, OnDuplicate, ingest_batch};
pub use jobs::{
    Enqueued, FailureKind, Health, JOB_STATES, JobFailure, JobPolicy, JobStats, JobType, NewJob,
    TypeStats, Waiting, WorkerHealth, WorkerSeen,
};
pub use legacy::{LegacyExample, LegacyExampleRepository};
pub use model::{ModelFacts, ModelPerformance, NewModel, Verdicts};
pub use near::Near;
pub use new_observation::{NewObservation, ObservationDraft};
pub use observation::OBSERVATION_STATES;
pub use observation_filter::ObservationFilter;
pub use observation_lists::{ListedObservation, ListedObservations, ObservationList};
pub use observation_metrics::{
    METRIC_COLUMNS, ObservationMetrics, estimated_airmass, observation_metrics,
};
pub use observation_patch::ObservationPatch;
pub(crate) use phase::Withheld;
pub use preprocess::Preprocessed;
pub use runs::{RUN_STATES, RunStatus};
pub use stage::{Detached, Effects, Pipeline};
pub use statistics::{
    ConfidenceBin, DayCount, DetectionStats, ObservationStats, PipelineStats, Spread, StageStats,
    SurveyCount,
};
pub use survey::{NewSurvey, SurveyCapabilities, SurveyPatch, capabilities};
pub use survey_configuration::{Mission, SkyRegion, SurveyConfiguration};
pub use survey_summary::{SurveyProgress, SurveySummary};
pub use validation::{VALIDATION_LABELS, ValidationFilter, Vote};

use almanac_entity::Table;
use chrono::SubsecRound;
use sea_orm::prelude::{DateTimeUtc, Uuid};
use uuid::{NoContext, Timestamp};

use crate::Error;

/// Values in one `IN` list.
const IN_LIST: usize = 900;

/// An instant as the database keeps it, to the microsecond.
fn stored(instant: DateTimeUtc) -> DateTimeUtc {
    instant.trunc_subsecs(6)
}

/// A key for a row made at `now`; later keys sort behind earlier ones.
fn new_id(now: DateTimeUtc) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

fn no_such<E: Table>(id: Uuid) -> Error {
    Error::not_found(format!("{} {id}", E::NAME))
}
