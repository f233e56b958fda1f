//! Alerts about detections: which there are, and their way to people.

mod channel;
mod delivery;
mod evaluate;
mod rules;
mod steps;

use AlertStatus::{Cancelled, Delivered, Failed, Pending, Sent};
use almanac_entity::astrid::{AlertPriority, AlertStatus, alert, detection, processing_job};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Json, Uuid},
};

pub use channel::AlertChannel;
pub use delivery::Delivery;
pub use evaluate::{Evaluation, Suppressed};
pub use rules::AlertRules;

use super::{JobType, NewJob, new_id, no_such, stored};
use crate::{Error, Repository, Result, StateMachine, Writable};

/// The states of an alert.
pub const ALERT_STATES: StateMachine<AlertStatus> = StateMachine {
    what: "alert",
    moves: &[
        (Pending, &[Sent, Delivered, Failed, Cancelled]),
        (Sent, &[Delivered, Failed]),
        (Failed, &[Pending, Cancelled]),
        (Delivered, &[]),
        (Cancelled, &[]),
    ],
};

/// Longest title, characters.
const TITLE: usize = 200;

/// An alert to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlert {
    /// The detection it is about.
    pub detection_id: Uuid,
    /// How it goes to people.
    pub channel: AlertChannel,
    /// How urgent it is.
    pub priority: AlertPriority,
    /// Its title, 1 to 200 characters.
    pub title: String,
    /// Its text.
    pub message: String,
    /// What else is known: an object, in which `recipients` is the list of those who hear of it.
    pub metadata: Option<Json>,
}

impl NewAlert {
    /// Checks its texts.
    ///
    /// # Errors
    /// One is missing or too long, or the metadata are no object.
    pub fn check(&self) -> Result<()> {
        for (field, text) in [("title", &self.title), ("message", &self.message)] {
            if text.trim().is_empty() {
                return Err(Error::breaks("required", field, "it has to be given"));
            }
        }
        if self.title.chars().count() > TITLE {
            let message = format!("it is longer than {TITLE} characters");
            return Err(Error::breaks("too_long", "title", message));
        }
        if self.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
            return Err(Error::breaks("format", "metadata", "it is no object"));
        }
        Ok(())
    }

    fn row(self, now: DateTimeUtc) -> alert::ActiveModel {
        alert::ActiveModel {
            id: Set(new_id(now)),
            detection_id: Set(self.detection_id),
            alert_type: Set(self.channel.as_str().to_owned()),
            priority: Set(self.priority),
            title: Set(self.title),
            message: Set(self.message),
            alert_metadata: Set(self.metadata),
            status: Set(Pending),
            delivery_attempts: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        }
    }
}

impl<C: ConnectionTrait> Repository<'_, C, alert::Entity> {
    /// The alert of a detection that is on its way by a channel: waiting, or sent and not confirmed.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_active(
        &self,
        detection_id: Uuid,
        channel: &str,
    ) -> Result<Option<alert::Model>> {
        let select = alert::Entity::find()
            .filter(alert::Column::DetectionId.eq(detection_id))
            .filter(alert::Column::AlertType.eq(channel))
            .filter(alert::Column::Status.is_in([Pending, Sent]));
        Ok(select.one(self.connection).await?)
    }

    async fn require_none_active(&self, detection_id: Uuid, channel: &str) -> Result<()> {
        match self.find_active(detection_id, channel).await? {
            Some(active) => {
                let what = format!("an alert on its way by {channel} about this detection");
                Err(Error::AlreadyExists { what, id: Some(active.id) })
            }
            None => Ok(()),
        }
    }
}

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// Makes an alert by hand, and a job that delivers it.
    ///
    /// # Errors
    /// A text is missing or too long, the metadata are no object; [`Error::NotFound`] for the detection;
    /// [`Error::AlreadyExists`] where one of it is on its way by this channel; or the engine fails.
    pub async fn create(&self, new: NewAlert, now: DateTimeUtc) -> Result<alert::Model> {
        new.check()?;
        let id = new.detection_id;
        let missing = || no_such::<detection::Entity>(id);
        self.on::<detection::Entity>().find(id).await?.ok_or_else(missing)?;
        self.require_none_active(id, new.channel.as_str()).await?;
        let now = stored(now);
        let alert = self.insert(new.row(now)).await?;
        let job = NewJob::new(JobType::Notify, alert.id);
        self.on::<processing_job::Entity>().enqueue(&job, now).await?;
        Ok(alert)
    }
}
