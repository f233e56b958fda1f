//! Changes to AstrID's alerts.

use almanac_entity::astrid::{AlertPriority, alert};
use almanac_service::{
    Work,
    astrid::{AlertChannel, NewAlert},
};
use async_graphql::{Enum, ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::AstridAlert;
use crate::graphql::{
    Word,
    mutation::{audit_record_ids, uuid},
};

/// A way that AstrID's alerts go to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "AlertChannel")]
pub enum AstridAlertChannel {
    /// Mail.
    Email,
    /// A program that is called over HTTP.
    Webhook,
    /// A Slack channel.
    Slack,
    /// Text messages.
    Sms,
    /// The dashboard, where somebody acknowledges them.
    Dashboard,
}

/// An alert to be sent.
#[derive(Debug, InputObject)]
pub struct CreateAstridAlertInput {
    /// The detection that it is about: its `rowId`.
    detection_id: ID,
    /// How it goes to people.
    channel: AstridAlertChannel,
    /// How urgent it is.
    priority: Word<AlertPriority>,
    /// Its title, 1 to 200 characters.
    title: String,
    /// Its text.
    message: String,
    /// What else is known: an object, in which `recipients` is the list of those who hear of it.
    metadata: Option<Json<Value>>,
}

/// An alert that somebody took note of.
#[derive(Debug, InputObject)]
pub struct AcknowledgeAstridAlertInput {
    /// The alert: its `rowId`.
    alert_id: ID,
}

/// A failed alert whose delivery is to be tried again.
#[derive(Debug, InputObject)]
pub struct RetryAstridAlertInput {
    /// The alert: its `rowId`.
    alert_id: ID,
}

/// An alert to be called off.
#[derive(Debug, InputObject)]
pub struct CancelAstridAlertInput {
    /// The alert: its `rowId`.
    alert_id: ID,
    /// Why; it goes into the audit log.
    reason: Option<String>,
}

/// An alert that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridAlertPayload {
    /// The alert.
    alert: AstridAlert,
    /// The lines of the audit log that say so, and what became of the job that delivers it: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, alert: &alert::Model) -> AstridAlertPayload {
    AstridAlertPayload { alert: AstridAlert::of(alert), audit_record_ids: audit_record_ids(work) }
}

mutations! {
    /// Changes to AstrID's alerts.
    AstridAlertMutations {
        /// Makes an alert about a detection by hand, and a job that delivers it.
        CreateAstridAlert: create_astrid_alert(input: CreateAstridAlertInput, work)
            -> AstridAlertPayload
        {
            let new = NewAlert {
                detection_id: uuid(&input.detection_id, "detectionId")?,
                channel: input.channel.into(),
                priority: input.priority.0,
                title: input.title,
                message: input.message,
                metadata: input.metadata.map(|metadata| metadata.0),
            };
            let alert = work.table::<alert::Entity>().await?.create(new, work.instant()?).await?;
            Ok(changed(work, &alert))
        }

        /// Acknowledges an alert that was sent, or waits on the dashboard.
        AcknowledgeAstridAlert: acknowledge_astrid_alert(input: AcknowledgeAstridAlertInput, work)
            -> AstridAlertPayload
        {
            let id = uuid(&input.alert_id, "alertId")?;
            let alerts = work.table::<alert::Entity>().await?;
            let alert = alerts.acknowledge(id, work.instant()?).await?;
            Ok(changed(work, &alert))
        }

        /// Lets the delivery of an alert that failed be tried again, with as many tries as at first.
        RetryAstridAlert: retry_astrid_alert(input: RetryAstridAlertInput, work)
            -> AstridAlertPayload
        {
            let id = uuid(&input.alert_id, "alertId")?;
            let alert = work.table::<alert::Entity>().await?.retry(id, work.instant()?).await?;
            Ok(changed(work, &alert))
        }

        /// Calls an alert off that waits or failed, and the job that would deliver it.
        CancelAstridAlert: cancel_astrid_alert(input: CancelAstridAlertInput, work)
            -> AstridAlertPayload
        {
            let id = uuid(&input.alert_id, "alertId")?;
            let alerts = work.table::<alert::Entity>().await?;
            let alert = alerts.cancel(id, input.reason.as_deref(), work.instant()?).await?;
            Ok(changed(work, &alert))
        }
    }
}
