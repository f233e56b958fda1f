//! Which votes are wanted.

use almanac_entity::astrid::{ConfidenceLevel, QualityLevel, validation_event};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use validation_event::Column::{
    ConfidenceLevel as Level, CreatedAt, DetectionId, DetectionQuality, ImageQuality, IsValid,
    ValidatorId,
};

use crate::{Comparison, Error, Filter, Result, astrid::stored};

/// Which votes are wanted; what is not given is not looked at. Bounds belong to their range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValidationFilter {
    /// Those on this detection.
    pub detection_id: Option<Uuid>,
    /// Those of this reviewer.
    pub validator_id: Option<String>,
    /// Those that take the detection for real, or those that do not.
    pub is_valid: Option<bool>,
    /// Those of reviewers who are so sure.
    pub confidence_level: Option<ConfidenceLevel>,
    /// Those that find the image so good.
    pub image_quality: Option<QualityLevel>,
    /// Those that find the detection so good.
    pub detection_quality: Option<QualityLevel>,
    /// Earliest instant of the vote.
    pub from: Option<DateTimeUtc>,
    /// Latest instant of the vote.
    pub to: Option<DateTimeUtc>,
}

impl ValidationFilter {
    /// The filter on the table.
    ///
    /// # Errors
    /// `from` lies after `to`.
    pub fn to_filter(&self) -> Result<Filter<validation_event::Entity>> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Error::breaks("range", "from", "it lies after `to`"));
        }
        let mut all = Vec::new();
        all.extend(self.detection_id.map(|id| Filter::eq(DetectionId, id)));
        all.extend(self.validator_id.as_deref().map(|id| Filter::eq(ValidatorId, id)));
        all.extend(self.is_valid.map(|is_valid| Filter::eq(IsValid, is_valid)));
        all.extend(self.confidence_level.map(|level| Filter::eq(Level, level)));
        all.extend(self.image_quality.map(|quality| Filter::eq(ImageQuality, quality)));
        all.extend(self.detection_quality.map(|quality| Filter::eq(DetectionQuality, quality)));
        for (comparison, bound) in [(Comparison::Gte, self.from), (Comparison::Lte, self.to)] {
            let time = bound.map(|time| stored(time).into());
            all.extend(time.map(|time| Filter::Compare(CreatedAt, comparison, time)));
        }
        Ok(Filter::All(all))
    }
}
