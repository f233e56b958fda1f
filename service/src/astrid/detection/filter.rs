//! Which detections are wanted.

use almanac_entity::astrid::{DetectionStatus, DetectionType, detection};
use detection::Column::{
    ConfidenceScore, CreatedAt, IsValidated, ModelRunId, ModelVersion, ObservationId, Status,
};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::{
    Filter, Result,
    astrid::ranges::{numbers, times},
};

/// Which detections are wanted; what is not given is not looked at. Bounds belong to their range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionFilter {
    /// Those seen in this observation.
    pub observation_id: Option<Uuid>,
    /// Those of this model run.
    pub model_run_id: Option<Uuid>,
    /// Those in one of these states; in any where it is empty.
    pub statuses: Vec<DetectionStatus>,
    /// Those that the model took for one of these; for anything where it is empty.
    pub types: Vec<DetectionType>,
    /// Smallest and largest confidence.
    pub confidence: (Option<f64>, Option<f64>),
    /// Those that this version of a model found.
    pub model_version: Option<String>,
    /// Those that reviewers accepted, or did not.
    pub is_validated: Option<bool>,
    /// Made no earlier.
    pub from: Option<DateTimeUtc>,
    /// Made no later.
    pub to: Option<DateTimeUtc>,
}

impl DetectionFilter {
    /// The filter on the table.
    ///
    /// # Errors
    /// A bound is no finite number, or a lower one lies above its upper one.
    pub fn to_filter(&self) -> Result<Filter<detection::Entity>> {
        let mut all = Vec::new();
        all.extend(self.observation_id.map(|observation| Filter::eq(ObservationId, observation)));
        all.extend(self.model_run_id.map(|run| Filter::eq(ModelRunId, run)));
        if !self.statuses.is_empty() {
            let statuses = self.statuses.iter().map(|status| (*status).into()).collect();
            all.push(Filter::In(Status, statuses));
        }
        if !self.types.is_empty() {
            let types = self.types.iter().map(|one| (*one).into()).collect();
            all.push(Filter::In(detection::Column::DetectionType, types));
        }
        all.extend(numbers("confidence", ConfidenceScore, self.confidence, 4)?);
        all.extend(self.model_version.as_deref().map(|text| Filter::eq(ModelVersion, text)));
        all.extend(self.is_validated.map(|is_validated| Filter::eq(IsValidated, is_validated)));
        all.extend(times(CreatedAt, self.from, self.to)?);
        Ok(Filter::All(all))
    }
}
