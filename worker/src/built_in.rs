//! Stages that need no program.

use std::sync::Arc;

use almanac_service::astrid::JobType;
use serde_json::{Value, json};

use crate::{Stage, StageFailure};

/// The stage for jobs of a kind that needs no program; none for a kind that does.
pub fn built_in(job_type: JobType) -> Option<Arc<dyn Stage>> {
    match job_type {
        JobType::Validate => Some(Arc::new(NothingToDo)),
        JobType::Ingest
        | JobType::Preprocess
        | JobType::Difference
        | JobType::Inference
        | JobType::Notify => None,
    }
}

/// For jobs whose whole work is done when they are finished.
struct NothingToDo;

#[async_trait::async_trait]
impl Stage for NothingToDo {
    async fn run(&self, _: &Value) -> Result<Value, StageFailure> {
        Ok(json!({}))
    }
}
