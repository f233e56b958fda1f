//! What a run of which a retry reuses the row holds of its own life.

use almanac_entity::{
    Table,
    astrid::{
        DifferenceRunStatus, ObservationStatus, PreprocessRunStatus, difference_run, preprocess_run,
    },
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    IntoActiveModel, PrimaryKeyTrait, Value,
    prelude::{DateTimeUtc, Uuid},
};

use super::RunStatus;
use crate::astrid::{JobType, stored};

/// What every such run holds of its own life.
#[derive(Clone, Debug)]
pub(in crate::astrid) struct Life {
    pub(in crate::astrid) id: Uuid,
    pub(in crate::astrid) observation_id: Uuid,
    pub(in crate::astrid) status: RunStatus,
    pub(in crate::astrid) started_at: Option<DateTimeUtc>,
    pub(in crate::astrid) completed_at: Option<DateTimeUtc>,
    pub(in crate::astrid) seconds: Option<i32>,
    pub(in crate::astrid) error: Option<String>,
    pub(in crate::astrid) retry_count: i32,
}

/// A table of runs of which a retry reuses the row.
pub(in crate::astrid) trait RetriedRun:
    Table<
        Model: IntoActiveModel<Self::ActiveModel>,
        ActiveModel: Send,
        PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
    >
{
    /// The jobs that carry the runs out.
    const JOB: JobType;
    /// The state of an observation while a run is at it.
    const UNDERWAY: ObservationStatus;
    /// Its state when a run has ended well.
    const DONE: ObservationStatus;
    /// The runs' observations.
    const OBSERVATION: Self::Column;
    /// How far they have come.
    const STATUS: Self::Column;

    /// A state as its column holds it.
    fn status(status: RunStatus) -> Value;

    /// What a run holds of its life.
    fn life(run: &Self::Model) -> Life;

    /// The changes that make a run hold this of its life.
    fn living(life: Life, now: DateTimeUtc) -> Self::ActiveModel;
}

/// Tables of runs, which hold their life in columns of the same names.
macro_rules! retried_runs {
    ($($module:ident: $status:ident, $underway:ident => $done:ident by $job:ident;)+) => {
        $(impl RetriedRun for $module::Entity {
            const JOB: JobType = JobType::$job;
            const UNDERWAY: ObservationStatus = ObservationStatus::$underway;
            const DONE: ObservationStatus = ObservationStatus::$done;
            const OBSERVATION: Self::Column = $module::Column::ObservationId;
            const STATUS: Self::Column = $module::Column::Status;

            fn status(status: RunStatus) -> Value {
                $status::from(status).into()
            }

            fn life(run: &Self::Model) -> Life {
                Life {
                    id: run.id,
                    observation_id: run.observation_id,
                    status: run.status.into(),
                    started_at: run.started_at,
                    completed_at: run.completed_at,
                    seconds: run.processing_time_seconds,
                    error: run.error_message.clone(),
                    retry_count: run.retry_count,
                }
            }

            fn living(life: Life, now: DateTimeUtc) -> Self::ActiveModel {
                $module::ActiveModel {
                    id: Unchanged(life.id),
                    status: Set(life.status.into()),
                    started_at: Set(life.started_at),
                    completed_at: Set(life.completed_at),
                    processing_time_seconds: Set(life.seconds),
                    error_message: Set(life.error),
                    retry_count: Set(life.retry_count),
                    updated_at: Set(stored(now)),
                    ..Default::default()
                }
            }
        })+
    };
}

retried_runs! {
    preprocess_run: PreprocessRunStatus, Preprocessing => Preprocessed by Preprocess;
    difference_run: DifferenceRunStatus, Differencing => Differenced by Difference;
}
