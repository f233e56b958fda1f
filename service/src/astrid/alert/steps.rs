//! What people do with alerts.

use AlertStatus::{Cancelled, Delivered, Pending};
use almanac_entity::astrid::{AlertStatus, ProcessingJobStatus, alert, processing_job};
use processing_job::Column;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Expr, SimpleExpr},
};

use super::{ALERT_STATES, AlertChannel};
use crate::{
    Error, Filter, Repository, Result, Writable,
    astrid::{JobType, NewJob, no_such, stored},
    record::Act,
};

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// Writes down that somebody has seen an alert: one that was sent, or one that waits on the dashboard.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn acknowledge(&self, id: Uuid, now: DateTimeUtc) -> Result<alert::Model> {
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Delivered)?;
        if alert.status == Pending && alert.alert_type != AlertChannel::Dashboard.as_str() {
            let channel = &alert.alert_type;
            return Err(Error::InvalidTransition(format!(
                "alert {id} is not sent yet by {channel}; only on the dashboard is one seen before"
            )));
        }
        let now = stored(now);
        self.call_off_delivery(id, now).await?;
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
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Cancelled)?;
        let now = stored(now);
        self.call_off_delivery(id, now).await?;
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

    /// Calls off the job that would deliver an alert. A worker that is at it learns so by its next heartbeat.
    async fn call_off_delivery(&self, id: Uuid, now: DateTimeUtc) -> Result<()> {
        use ProcessingJobStatus::{Cancelled, Pending, Running};
        let active = Filter::All(vec![
            Filter::eq(Column::JobType, JobType::Notify.as_str()),
            Filter::eq(Column::EntityType, JobType::Notify.entity_type()),
            Filter::eq(Column::EntityId, id),
            Filter::In(Column::Status, vec![Pending.into(), Running.into()]),
        ]);
        let jobs = self.on::<processing_job::Entity>().acting(Act::of_rows("cancel"));
        let set = |value: sea_orm::Value| SimpleExpr::from(Expr::val(value));
        let changes = [
            (Column::Status, set(Cancelled.into())),
            (Column::CompletedAt, set(now.into())),
            (Column::ClaimToken, set(None::<Uuid>.into())),
            (Column::LeaseExpiresAt, set(None::<DateTimeUtc>.into())),
            (Column::UpdatedAt, set(now.into())),
        ];
        jobs.update_where(&active, changes).await?;
        Ok(())
    }
}
