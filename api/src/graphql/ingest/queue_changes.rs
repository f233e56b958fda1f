//! Changes to the ingest queue.

use almanac_entity::{
    JsonText,
    ingest::{IngestState, WriterType, ingest_group, performance_metric},
};
use almanac_service::ingest::{MAX_ATTEMPTS, SubbandOutcome};
use async_graphql::{Enum, InputObject, Json, SimpleObject};

use super::{IngestGroup, PerformanceMetrics};
use crate::graphql::{BigInt, Word};

/// A subband file that was discovered.
#[derive(Debug, InputObject)]
pub struct RecordSubbandInput {
    /// Start of its observation, UTC, as `YYYY-MM-DDTHH:MM:SS`.
    group_id: String,
    /// Its subband, 0 to 15.
    subband_idx: i32,
    /// The file.
    file_path: String,
    /// Its size, bytes.
    file_size: Option<BigInt>,
}

/// What became of a subband file that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SubbandRecordOutcome {
    /// It belongs to its group now.
    Recorded,
    /// It was known before; nothing has changed.
    Known,
    /// Another file holds its place in the group; nothing has changed.
    Taken,
}

/// What became of a subband file that was reported.
#[derive(Debug, SimpleObject)]
pub struct RecordSubbandPayload {
    /// What became of it.
    outcome: SubbandRecordOutcome,
    /// The file that holds its place, where another one does.
    taken_by: Option<String>,
    /// Number of subbands that its group has.
    subbands: u64,
    /// Its group.
    group: IngestGroup,
}

/// An observation group.
#[derive(Debug, SimpleObject)]
pub struct IngestGroupPayload {
    /// The group as it is now.
    group: IngestGroup,
}

impl IngestGroupPayload {
    fn of(group: &ingest_group::Model) -> Self {
        Self { group: IngestGroup::of(group) }
    }
}

/// Who wants work.
#[derive(Debug, InputObject)]
pub struct AcquireNextIngestGroupInput {
    /// What is going to be done with the group first, such as `converting`; kept where it is not given.
    stage: Option<String>,
}

/// The observation group that was taken.
#[derive(Debug, SimpleObject)]
pub struct AcquireNextIngestGroupPayload {
    /// The group, which nobody else gets; null where none is pending.
    group: Option<IngestGroup>,
}

/// The state that an observation group comes to.
#[derive(Debug, InputObject)]
pub struct UpdateIngestStateInput {
    /// The group.
    group_id: String,
    /// The state.
    state: Word<IngestState>,
    /// Why it failed.
    error: Option<String>,
}

/// Work on an observation group that failed.
#[derive(Debug, InputObject)]
pub struct FailOrRetryIngestGroupInput {
    /// The group.
    group_id: String,
    /// Why it failed.
    error: String,
    /// How often it is tried at the most; 3 unless said.
    max_retries: Option<i32>,
}

/// An observation group that failed.
#[derive(Debug, InputObject)]
pub struct RetryIngestGroupInput {
    /// The group.
    group_id: String,
}

/// Whether a calibrator is in the field of an observation group.
#[derive(Debug, InputObject)]
pub struct SetIngestCalibratorInput {
    /// The group.
    group_id: String,
    /// Whether there is one.
    has_calibrator: bool,
    /// Which: an array of names, or of objects with `name`, `ra_deg`, `dec_deg` and `separation_deg`.
    calibrators: Option<Json<serde_json::Value>>,
}

/// What is being done with an observation group.
#[derive(Debug, InputObject)]
pub struct SetIngestStageInput {
    /// The group.
    group_id: String,
    /// What is being done, such as `converting`, `calibrating` or `imaging`.
    stage: String,
}

/// Where the conversion of an observation group resumes.
#[derive(Debug, InputObject)]
pub struct SetIngestCheckpointInput {
    /// The group.
    group_id: String,
    /// The file to resume from; null where it begins anew.
    checkpoint_path: Option<String>,
}

/// How long a stage took.
#[derive(Debug, InputObject)]
pub struct StageSeconds {
    /// The stage, by the name of its column, such as `imaging_time`.
    stage: String,
    /// How long, seconds.
    seconds: f64,
}

/// How long the stages of an observation group took.
#[derive(Debug, InputObject)]
pub struct RecordPerformanceMetricsInput {
    /// The group.
    group_id: String,
    /// The stages that were timed; what was recorded of others stays.
    stages: Vec<StageSeconds>,
    /// How the measurement set was written.
    writer_type: Option<Word<WriterType>>,
}

/// How long the stages of an observation group took.
#[derive(Debug, SimpleObject)]
pub struct RecordPerformanceMetricsPayload {
    /// All times of the group.
    performance_metrics: PerformanceMetrics,
}

mutations! {
    /// Changes to the ingest queue.
    IngestQueueMutations {
        /// Records a subband file: in the group of that start, in one that waits for subbands and starts
        /// within a minute of it, or in a new one. A group that is full becomes pending.
        RecordSubband: record_subband(input: RecordSubbandInput, work) -> RecordSubbandPayload {
            let groups = work.table::<ingest_group::Entity>().await?;
            let size = input.file_size.map(|size| size.0);
            let record = groups
                .record_subband(&input.group_id, input.subband_idx, &input.file_path, size, work.now())
                .await?;
            let group = groups.get(record.group_id).await?;
            let (outcome, taken_by) = match record.outcome {
                SubbandOutcome::Recorded => (SubbandRecordOutcome::Recorded, None),
                SubbandOutcome::Known => (SubbandRecordOutcome::Known, None),
                SubbandOutcome::Taken(path) => (SubbandRecordOutcome::Taken, Some(path)),
            };
            let (subbands, group) = (record.subbands, IngestGroup::of(&group));
            Ok(RecordSubbandPayload { outcome, taken_by, subbands, group })
        }

        /// Takes the pending group of the earliest observation, which is in progress then. Nobody else gets
        /// it.
        AcquireNextIngestGroup: acquire_next_ingest_group(input: AcquireNextIngestGroupInput, work)
            -> AcquireNextIngestGroupPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let taken = match &input.stage {
                Some(stage) => groups.acquire_next_for(stage, work.now()).await?,
                None => groups.acquire_next_pending(work.now()).await?,
            };
            Ok(AcquireNextIngestGroupPayload { group: taken.as_ref().map(IngestGroup::of) })
        }

        /// Brings a group to a state, where its state allows that.
        UpdateIngestState: update_ingest_state(input: UpdateIngestStateInput, work) -> IngestGroupPayload {
            let groups = work.table::<ingest_group::Entity>().await?;
            let error = input.error.as_deref();
            let group =
                groups.update_state(&input.group_id, input.state.0, error, work.now()).await?;
            Ok(IngestGroupPayload::of(&group))
        }

        /// Writes down that work on a group failed: it is pending again while it was tried less often than
        /// it may be, and failed then.
        FailOrRetryIngestGroup: fail_or_retry_ingest_group(input: FailOrRetryIngestGroupInput, work)
            -> IngestGroupPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let most = input.max_retries.unwrap_or(MAX_ATTEMPTS);
            let group =
                groups.fail_or_retry(&input.group_id, &input.error, most, work.now()).await?;
            Ok(IngestGroupPayload::of(&group))
        }

        /// Lets a group that failed be taken again: it is pending, without an error.
        RetryIngestGroup: retry_ingest_group(input: RetryIngestGroupInput, work) -> IngestGroupPayload {
            let groups = work.table::<ingest_group::Entity>().await?;
            Ok(IngestGroupPayload::of(&groups.retry(&input.group_id, work.now()).await?))
        }

        /// Writes down whether a calibrator is in the field of a group, and which.
        SetIngestCalibrator: set_ingest_calibrator(input: SetIngestCalibratorInput, work)
            -> IngestGroupPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let calibrators = input.calibrators.map(|json| JsonText(json.0));
            let group = groups
                .set_calibrator(&input.group_id, input.has_calibrator, calibrators, work.now())
                .await?;
            Ok(IngestGroupPayload::of(&group))
        }

        /// Writes down what is being done with a group.
        SetIngestStage: set_ingest_stage(input: SetIngestStageInput, work) -> IngestGroupPayload {
            let groups = work.table::<ingest_group::Entity>().await?;
            let group = groups.set_stage(&input.group_id, &input.stage, work.now()).await?;
            Ok(IngestGroupPayload::of(&group))
        }

        /// Writes down the file from which the conversion of a group resumes.
        SetIngestCheckpoint: set_ingest_checkpoint(input: SetIngestCheckpointInput, work)
            -> IngestGroupPayload
        {
            let groups = work.table::<ingest_group::Entity>().await?;
            let path = input.checkpoint_path.as_deref();
            let group = groups.set_checkpoint(&input.group_id, path, work.now()).await?;
            Ok(IngestGroupPayload::of(&group))
        }

        /// Records how long stages of a group took.
        RecordPerformanceMetrics: record_performance_metrics(input: RecordPerformanceMetricsInput, work)
            -> RecordPerformanceMetricsPayload
        {
            let times = work.table::<performance_metric::Entity>().await?;
            let stages: Vec<(&str, f64)> =
                input.stages.iter().map(|one| (one.stage.as_str(), one.seconds)).collect();
            let writer = input.writer_type.map(|word| word.0);
            let row = times.record_metrics(&input.group_id, &stages, writer, work.now()).await?;
            Ok(RecordPerformanceMetricsPayload { performance_metrics: PerformanceMetrics::of(&row) })
        }
    }
}
