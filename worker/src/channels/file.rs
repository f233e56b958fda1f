//! Alerts as files, for where no network is.

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::fs;

use super::{Adapter, Notice};
use crate::StageFailure;

/// A folder in which each alert becomes a file of JSON, named by its key.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

#[async_trait::async_trait]
impl Adapter for Folder {
    async fn deliver(&self, notice: &Notice) -> Result<Option<Value>, StageFailure> {
        let name = format!("{}.json", notice.alert.id);
        let text = format!("{:#}\n", notice.to_json());
        let (file, unfinished) = (self.0.join(&name), self.0.join(format!(".{name}")));
        let write = async {
            fs::create_dir_all(&self.0).await?;
            // Who reads the folder sees whole files alone.
            fs::write(&unfinished, text).await?;
            fs::rename(&unfinished, &file).await
        };
        write.await.map_err(|error| {
            StageFailure::retryable(format!("{} cannot be written: {error}", file.display()))
        })?;
        Ok(Some(json!({ "file": name })))
    }
}
