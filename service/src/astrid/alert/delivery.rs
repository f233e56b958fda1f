//! The delivery of alerts, as far as the database is concerned.

use AlertStatus::{Failed, Pending, Sent};
use almanac_entity::astrid::{AlertStatus, alert, detection};
use sea_orm::{
    ActiveValue::{NotSet, Set, Unchanged},
    prelude::{DateTimeUtc, Json, Uuid},
};
use serde_json::json;

use super::{ALERT_STATES, AlertChannel};
use crate::{
    Repository, Result, Writable,
    astrid::{audit_values, no_such, stored},
    record::Act,
};

/// What a channel has to know of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The alert.
    pub alert: alert::Model,
    /// The detection it is about.
    pub detection: detection::Model,
    /// How it goes to people.
    pub channel: AlertChannel,
    /// Who hears of it, as its metadata list them.
    pub recipients: Vec<Json>,
}

impl Delivery {
    /// The same as a document: rows as the audit log writes them.
    pub fn to_json(&self) -> Json {
        json!({
            "alert": audit_values::<alert::Entity>(&self.alert),
            "detection": audit_values::<detection::Entity>(&self.detection),
            "channel": self.channel.as_str(),
            "recipients": self.recipients,
        })
    }
}

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// An alert that is to be delivered now.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::InvalidTransition`](crate::Error::InvalidTransition)
    /// where it does not wait; or the engine fails.
    pub async fn delivery(&self, id: Uuid) -> Result<Delivery> {
        let alert = self.locked(id).await?;
        ALERT_STATES.step(id, &alert.status, &Sent)?;
        let detection = self.on::<detection::Entity>().find(alert.detection_id).await?;
        let missing = || no_such::<detection::Entity>(alert.detection_id);
        let listed = alert.alert_metadata.as_ref().and_then(|metadata| metadata.get("recipients"));
        let recipients = listed.and_then(Json::as_array).cloned().unwrap_or_default();
        let channel = alert.alert_type.parse()?;
        Ok(Delivery { detection: detection.ok_or_else(missing)?, alert, channel, recipients })
    }

    /// Writes down that a channel took an alert. One on the dashboard waits there until somebody acknowledges it.
    /// One that was called off meanwhile stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), or the engine fails.
    pub async fn accepted(
        &self,
        id: Uuid,
        response: Option<Json>,
        now: DateTimeUtc,
    ) -> Result<alert::Model> {
        let alert = self.locked(id).await?;
        if alert.status != Pending {
            return Ok(alert);
        }
        let now = stored(now);
        let is_seen_later = alert.alert_type == AlertChannel::Dashboard.as_str();
        let (status, sent_at) =
            if is_seen_later { (Pending, alert.sent_at) } else { (Sent, Some(now)) };
        let metadata = response.map_or(NotSet, |response| {
            Set(Some(with_response(alert.alert_metadata.clone(), response)))
        });
        let alerts = self.on::<alert::Entity>().acting(Act::of_rows("send"));
        let sent = alert::ActiveModel {
            id: Unchanged(id),
            status: Set(status),
            sent_at: Set(sent_at),
            delivery_attempts: Set(alert.delivery_attempts.saturating_add(1)),
            alert_metadata: metadata,
            updated_at: Set(now),
            ..Default::default()
        };
        alerts.update(sent).await
    }

    /// Writes down that a channel refused an alert, or could not be reached. It waits for the next try where there is
    /// one, and has failed otherwise. One that was called off meanwhile stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), or the engine fails.
    pub async fn refused(
        &self,
        id: Uuid,
        error: &str,
        is_retried: bool,
        now: DateTimeUtc,
    ) -> Result<alert::Model> {
        let alert = self.locked(id).await?;
        if alert.status != Pending {
            return Ok(alert);
        }
        let (verb, status) = if is_retried { ("retry", Pending) } else { ("fail", Failed) };
        let act = Act::of_rows(verb).because(Some(error.to_owned()));
        let refused = alert::ActiveModel {
            id: Unchanged(id),
            status: Set(status),
            delivery_attempts: Set(alert.delivery_attempts.saturating_add(1)),
            error_message: Set(Some(error.to_owned())),
            updated_at: Set(stored(now)),
            ..Default::default()
        };
        self.on::<alert::Entity>().acting(act).update(refused).await
    }
}

fn with_response(metadata: Option<Json>, response: Json) -> Json {
    let mut metadata = match metadata {
        Some(Json::Object(metadata)) => metadata,
        _ => serde_json::Map::new(),
    };
    metadata.insert("channel_response".to_owned(), response);
    Json::Object(metadata)
}
