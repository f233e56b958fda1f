//! Alerts in the log of the worker.

use serde_json::Value;

use super::{Adapter, Notice};
use crate::StageFailure;

/// Writes alerts into the log.
pub(super) struct Log;

#[async_trait::async_trait]
impl Adapter for Log {
    async fn deliver(&self, notice: &Notice) -> Result<Option<Value>, StageFailure> {
        let alert = &notice.alert;
        tracing::info!(
            alert = %alert.id,
            channel = notice.channel,
            priority = alert.priority,
            title = alert.title,
            "{}",
            alert.message
        );
        Ok(None)
    }
}
