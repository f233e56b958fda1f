//! Models.

use std::sync::Arc;

use almanac_entity::astrid::{detection, ml_model};
use almanac_service::{Error, Key, Repository, astrid};
use async_graphql::SimpleObject;
use chrono::{TimeDelta, Utc};

use super::{AstridAuditRecord, AstridModelRun, statistics::float};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
};

/// Days of a window at the most: ten years.
const LONGEST: i32 = 3_653;

table! { AstridModel shows astrid::ml_model;
    /// Its runs.
    many model_runs: AstridModelRun, Id => ModelId;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "model";

    /// How it has done by the detections that it made and the runs it had in the last days.
    async fn performance(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 30, desc = "Days, from 1 to 3653.")] window_days: i32,
    ) -> Result<Option<AstridModelPerformance>> {
        let read = Box::pin(async move {
            if !(1..=LONGEST).contains(&window_days) {
                let message = format!("{window_days} is not from 1 to {LONGEST}");
                return Err(Error::invalid("windowDays", message));
            }
            let window = TimeDelta::days(i64::from(window_days));
            let reader = ctx.reader_of::<detection::Entity>().await?;
            let models = Repository::<_, ml_model::Entity>::new(&reader);
            let ids = self.siblings().ids(ml_model::Column::Id);
            models.performances(&ids, window, Utc::now()).await.map(Arc::new)
        });
        let performances =
            self.siblings().once(format!("performance {window_days}"), read).await?;
        match self.row().key(ml_model::Column::Id) {
            Some(Key::Uuid(id)) => Ok(performances.get(&id).map(Into::into)),
            _ => Ok(None),
        }
    }
}

/// How a model has done, by the detections that it made in some time.
#[derive(Debug, SimpleObject)]
pub struct AstridModelPerformance {
    /// All of its detections.
    detections: u64,
    /// Those that reviewers accepted.
    validated: u64,
    /// Those that they rejected.
    rejected: u64,
    /// Which part of the decided ones they accepted, six decimals; null where none is decided.
    precision: Option<f64>,
    /// Mean confidence of the decided ones, six decimals.
    mean_confidence: Option<f64>,
    /// How many of the decided ones the model took for this and reviewers for that.
    confusion: Vec<AstridVerdicts>,
    /// Its completed runs.
    runs: u64,
    /// Mean time of a run, milliseconds, six decimals.
    mean_inference_time_ms: Option<f64>,
    /// Mean energy of a run, watt-hours, six decimals.
    mean_energy_wh: Option<f64>,
}

/// How many detections of a class bear a label.
#[derive(Debug, SimpleObject)]
pub struct AstridVerdicts {
    /// What the model took them for, as stored.
    detection_type: String,
    /// What reviewers took them for, where they said so.
    human_label: Option<String>,
    /// How many.
    count: u64,
}

impl From<&astrid::ModelPerformance> for AstridModelPerformance {
    fn from(performance: &astrid::ModelPerformance) -> Self {
        let verdicts = |of: &astrid::Verdicts| AstridVerdicts {
            detection_type: of.detection_type.to_string(),
            human_label: of.human_label.clone(),
            count: of.count,
        };
        Self {
            detections: performance.detections,
            validated: performance.validated,
            rejected: performance.rejected,
            precision: performance.precision.map(float),
            mean_confidence: performance.mean_confidence.map(float),
            confusion: performance.confusion.iter().map(verdicts).collect(),
            runs: performance.runs,
            mean_inference_time_ms: performance.mean_inference_time_ms.map(float),
            mean_energy_wh: performance.mean_energy_wh.map(float),
        }
    }
}
