//! What people do with alerts.

use AlertStatus::{Cancelled, Delivered, Pending};
use ProcessingJobStatus::Running;
use almanac_entity::astrid::{AlertStatus, ProcessingJobStatus, alert, processing_job};
use processing_job::Column;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{ALERT_STATES, AlertChannel};
use crate::{
    Error, Repository, Result, Writable,
    astrid::{JobType, NewJob, no_such, stored},
    record::Act,
};

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// Writes down that somebody has seen an alert: one that was sent, or one that waits on the dashboard.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn acknowledge(&self, id: Uuid, now: DateTimeUtc) -> Result<alert::Model> {
        let job = self.lock_delivery(id).await?;
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Delivered)?;
        if alert.status == Pending && alert.alert_type != AlertChannel::Dashboard.as_str() {
            let channel = &alert.alert_type;
            return Err(Error::InvalidTransition(format!(
                "alert {id} is not sent yet by {channel}; only on the dashboard is one seen before"
            )));
        }
        let now = stored(now);
        self.call_off(job, now).await?;
        let alerts = self.on::<alert::Entity>().acting(Act::of_rows("deliver"));
        let delivered = alert::ActiveModel {
            id: Unchanged(id),
            status: Set(Delivered),
            sent_at: Set(Some(alert.sent_at.unwrap_or(now))),
            updated_at: Set(now),
            ..Default::default()
        };
        alerts.update(delivered).await
    }

    /// Lets the delivery of an alert that failed be tried again, with as many tries as at first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`]; [`Error::AlreadyExists`] where another of its detection is
    /// on its way by the same channel; or the engine fails.
    pub async fn retry(&self, id: Uuid, now: DateTimeUtc) -> Result<alert::Model> {
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Pending)?;
        self.require_none_active(alert.detection_id, &alert.alert_type).await?;
        let now = stored(now);
        let alerts = self.on::<alert::Entity>().acting(Act::of_rows("retry"));
        let waiting = alert::ActiveModel {
            id: Unchanged(id),
            status: Set(Pending),
            updated_at: Set(now),
            ..Default::default()
        };
        let alert = alerts.update(waiting).await?;
        self.on::<processing_job::Entity>().enqueue(&NewJob::new(JobType::Notify, id), now).await?;
        Ok(alert)
    }

    /// Calls an alert off that waits or failed, and the job that would deliver it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn cancel(
        &self,
        id: Uuid,
        reason: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<alert::Model> {
        let job = self.lock_delivery(id).await?;
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Cancelled)?;
        let now = stored(now);
        self.call_off(job, now).await?;
        let act = Act::of_rows("cancel").because(reason.map(str::to_owned));
        let cancelled = alert::ActiveModel {
            id: Unchanged(id),
            status: Set(Cancelled),
            updated_at: Set(now),
            ..Default::default()
        };
        self.on::<alert::Entity>().acting(act).update(cancelled).await
    }

    pub(super) async fn locked(&self, id: Uuid) -> Result<alert::Model> {
        self.lock(id).await?.ok_or_else(|| no_such::<alert::Entity>(id))
    }

    /// The job that delivers an alert, or would, locked. Jobs are locked before the rows they work on, as workers do.
    async fn lock_delivery(&self, id: Uuid) -> Result<Option<Uuid>> {
        let active = processing_job::Entity::find()
            .filter(Column::JobType.eq(JobType::Notify.as_str()))
            .filter(Column::EntityType.eq(JobType::Notify.entity_type()))
            .filter(Column::EntityId.eq(id))
            .filter(Column::Status.is_in([ProcessingJobStatus::Pending, Running]));
        let Some(job) = active.one(self.connection).await? else { return Ok(None) };
        let job = self.on::<processing_job::Entity>().lock(job.id).await?;
        let is_active = |status| matches!(status, ProcessingJobStatus::Pending | Running);
        Ok(job.filter(|job| is_active(job.status)).map(|job| job.id))
    }

    /// Calls a job off. A worker that is at it learns so by its next heartbeat.
    async fn call_off(&self, job: Option<Uuid>, now: DateTimeUtc) -> Result<()> {
        let Some(id) = job else { return Ok(()) };
        let cancelled = processing_job::ActiveModel {
            id: Unchanged(id),
            status: Set(ProcessingJobStatus::Cancelled),
            completed_at: Set(Some(now)),
            claim_token: Set(None),
            lease_expires_at: Set(None),
            updated_at: Set(now),
            ..Default::default()
        };
        let jobs = self.on::<processing_job::Entity>().acting(Act::of_rows("cancel"));
        jobs.update(cancelled).await?;
        Ok(())
    }
}
