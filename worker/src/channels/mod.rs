//! The channels that alerts go through: what does the work of jobs of the kind `notify`.

mod file;
mod log;
mod target;
mod webhook;

use std::collections::BTreeMap;

use almanac_service::astrid::AlertChannel;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{Stage, StageFailure};
use file::Folder;
use log::Log;
use webhook::Webhook;

pub use target::{Secret, Target, TargetError, WebhookTarget};

/// What a job of the kind `notify` is told, and what a channel passes on.
#[derive(Clone, Debug, Deserialize)]
struct Notice {
    channel: String,
    alert: Alert,
    detection: Map<String, Value>,
    #[serde(default)]
    recipients: Vec<Value>,
}

/// The alert, with the columns that channels look at.
#[derive(Clone, Debug, Deserialize)]
struct Alert {
    id: Uuid,
    priority: String,
    title: String,
    message: String,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Notice {
    /// The notice as others read it.
    fn to_json(&self) -> Value {
        let alert = &self.alert;
        let mut columns = alert.others.clone();
        columns.insert("id".to_owned(), json!(alert.id));
        columns.insert("priority".to_owned(), json!(alert.priority));
        columns.insert("title".to_owned(), json!(alert.title));
        columns.insert("message".to_owned(), json!(alert.message));
        json!({
            "channel": self.channel,
            // What chat services show.
            "text": format!("{}\n{}", alert.title, alert.message),
            "recipients": self.recipients,
            "alert": columns,
            "detection": self.detection,
        })
    }
}

/// Passes notices on. It may be told the same notice twice: a worker that is killed after the hand-over tries again.
#[async_trait::async_trait]
trait Adapter: Send + Sync {
    /// Hands a notice over. Returns what the other side answered, if it does.
    async fn deliver(&self, notice: &Notice) -> Result<Option<Value>, StageFailure>;
}

/// Delivers alerts, each through what its channel is mapped to.
pub struct Channels(BTreeMap<AlertChannel, Box<dyn Adapter>>);

impl Channels {
    /// Channels mapped to targets. The dashboard needs no target: an alert on it waits until somebody sees it.
    /// Alerts by a channel without a target fail.
    pub fn new(
        targets: impl IntoIterator<Item = (AlertChannel, Target)>,
        client: &reqwest::Client,
    ) -> Self {
        let mut adapters: BTreeMap<AlertChannel, Box<dyn Adapter>> = BTreeMap::new();
        adapters.insert(AlertChannel::Dashboard, Box::new(Dashboard));
        for (channel, target) in targets {
            let adapter: Box<dyn Adapter> = match target {
                Target::Dashboard => Box::new(Dashboard),
                Target::Log => Box::new(Log),
                Target::Folder(folder) => Box::new(Folder::new(folder)),
                Target::Webhook(target) => Box::new(Webhook::new(target, client.clone())),
            };
            adapters.insert(channel, adapter);
        }
        Self(adapters)
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[async_trait::async_trait]
impl Stage for Channels {
    async fn run(&self, input: &Value) -> Result<Value, StageFailure> {
        let notice = Notice::deserialize(input)
            .map_err(|error| StageFailure::lasting(format!("this is no alert: {error}")))?;
        let channel: AlertChannel =
            notice.channel.parse().map_err(|error| StageFailure::lasting(format!("{error}")))?;
        let adapter = self.0.get(&channel).ok_or_else(|| {
            StageFailure::lasting(format!("nothing is configured to deliver alerts by {channel}"))
        })?;
        let response = adapter.deliver(&notice).await?;
        Ok(json!({ "accepted": true, "response": response }))
    }
}

/// The dashboard shows what the database has.
struct Dashboard;

#[async_trait::async_trait]
impl Adapter for Dashboard {
    async fn deliver(&self, _: &Notice) -> Result<Option<Value>, StageFailure> {
        Ok(None)
    }
}
