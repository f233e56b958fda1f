//! A vote, and what it may say.

use almanac_entity::astrid::{ConfidenceLevel, QualityLevel, validation_event};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Json},
};

use crate::{Error, Result};

/// What a reviewer may take a detection for.
pub const VALIDATION_LABELS: [&str; 6] =
    ["supernova", "variable", "transient", "artifact", "unknown", "false_positive"];

/// Those that say that it is none.
const OF_INVALID: [&str; 2] = ["artifact", "false_positive"];

/// What a reviewer says of a detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Whether the reviewer takes the detection for real.
    pub is_valid: bool,
    /// What the reviewer takes it for: one of [`VALIDATION_LABELS`] that goes with `is_valid`.
    pub label: Option<String>,
    /// How sure the reviewer is.
    pub confidence_level: Option<ConfidenceLevel>,
    /// What the reviewer remarks.
    pub notes: Option<String>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Quality of the image.
    pub image_quality: Option<QualityLevel>,
    /// Quality of the detection.
    pub detection_quality: Option<QualityLevel>,
}

impl Vote {
    /// A vote that says no more than this.
    pub fn new(is_valid: bool) -> Self {
        Self {
            is_valid,
            label: None,
            confidence_level: None,
            notes: None,
            tags: None,
            image_quality: None,
            detection_quality: None,
        }
    }

    /// Checks that the label is known and goes with the vote.
    ///
    /// # Errors
    /// It is not, or does not.
    pub fn check(&self) -> Result<()> {
        let Some(label) = self.label.as_deref() else { return Ok(()) };
        if !VALIDATION_LABELS.contains(&label) {
            let words = VALIDATION_LABELS.join(", ");
            let message = format!("{label:?} is none of {words}");
            return Err(Error::breaks("unknown", "label", message));
        }
        if OF_INVALID.contains(&label) == self.is_valid {
            let vote = if self.is_valid { "valid" } else { "invalid" };
            let message = format!("{label} does not go with a vote that it is {vote}");
            return Err(Error::breaks("contradiction", "label", message));
        }
        Ok(())
    }

    /// The columns that it sets.
    pub(super) fn columns(&self, now: DateTimeUtc) -> validation_event::ActiveModel {
        validation_event::ActiveModel {
            is_valid: Set(self.is_valid),
            label: Set(self.label.clone()),
            confidence_level: Set(self.confidence_level),
            notes: Set(self.notes.clone()),
            tags: Set(self.tags.clone().map(Json::from)),
            image_quality: Set(self.image_quality),
            detection_quality: Set(self.detection_quality),
            updated_at: Set(now),
            ..Default::default()
        }
    }

    /// Whether an event says the same.
    pub(super) fn is_of(&self, event: &validation_event::Model) -> bool {
        self.is_valid == event.is_valid
            && self.label == event.label
            && self.confidence_level == event.confidence_level
            && self.notes == event.notes
            && self.tags.clone().map(Json::from) == event.tags
            && self.image_quality == event.image_quality
            && self.detection_quality == event.detection_quality
    }
}
