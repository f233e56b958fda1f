//! How long the stages of processing took.

use almanac_entity::{
    UnixTime,
    ingest::{WriterType, ingest_group, performance_metric},
};
use performance_metric::Column;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IdenStatic};

use super::group_id::normalise_group_id;
use crate::{Error, Repository, Result, Writable};

/// The stages that are timed.
const STAGES: [Column; 11] = [
    Column::ConversionTime,
    Column::LoadTime,
    Column::PhaseTime,
    Column::WriteTime,
    Column::ConcatTime,
    Column::KSolveTime,
    Column::BpSolveTime,
    Column::GSolveTime,
    Column::ImagingTime,
    Column::PhotometryTime,
    Column::TotalTime,
];

impl<C: Writable> Repository<'_, C, performance_metric::Entity> {
    /// Records for a group how many seconds stages took, each by its column's name, such as
    /// `imaging_time`. What was recorded of other stages stays.
    ///
    /// # Errors
    /// There is no such group, no such stage, a time is negative or not finite, or the engine fails.
    pub async fn record_metrics(
        &self,
        group_id: &str,
        seconds: &[(&str, f64)],
        writer_type: Option<WriterType>,
        now: UnixTime,
    ) -> Result<performance_metric::Model> {
        let group_id = normalise_group_id(group_id)?;
        let mut row = performance_metric::ActiveModel {
            group_id: Set(group_id.clone()),
            writer_type: Set(writer_type),
            recorded_at: Set(now),
            ..Default::default()
        };
        for (name, seconds) in seconds {
            let Some(stage) = STAGES.into_iter().find(|stage| stage.as_str() == *name) else {
                let stages = STAGES.map(|stage| stage.as_str()).join(", ");
                let message = format!("there is no stage {name}; the stages are {stages}");
                return Err(Error::invalid("seconds", message));
            };
            if !(seconds.is_finite() && *seconds >= 0.0) {
                return Err(Error::invalid(*name, format!("{seconds} is not a time in seconds")));
            }
            row.set(stage, Some(*seconds).into());
        }
        let groups = Repository::<_, ingest_group::Entity>::new(self.connection);
        if groups.find(group_id.as_str()).await?.is_none() {
            return Err(Error::invalid("group_id", format!("there is no group {group_id}")));
        }
        self.upsert(row, &[Column::GroupId]).await
    }
}
