//! What stands between a data product and its automatic publication.

use almanac_entity::data_registry::{
    DataFinalizationStatus, DataPhotometryStatus, DataQaStatus, DataType, DataValidationStatus,
    data_product,
};

/// Attempts after which nothing is published automatically any more.
pub(super) const MOST_ATTEMPTS: i32 = 3;

/// Something that stands in the way of automatic publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// It is not final.
    NotFinalized,
    /// It was not validated, or found invalid.
    NotValidated,
    /// Its quality was not assessed, or it did not pass.
    QaNotPassed,
    /// Its photometry is not complete.
    PhotometryIncomplete,
    /// Somebody wants to publish it by hand.
    AutoPublishDisabled,
}

impl Obstacle {
    /// Its word, such as `not_finalized`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFinalized => "not_finalized",
            Self::NotValidated => "not_validated",
            Self::QaNotPassed => "qa_not_passed",
            Self::PhotometryIncomplete => "photometry_incomplete",
            Self::AutoPublishDisabled => "auto_publish_disabled",
        }
    }
}

/// Whether a data product may be published automatically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

impl Criteria {
    /// Whether nothing stands in the way.
    pub fn eligible(&self) -> bool {
        self.obstacles.is_empty()
    }

    /// The criteria as a product meets them.
    pub fn of(product: &data_product::Model) -> Self {
        let validated = product.validation_status == Some(DataValidationStatus::Validated);
        let passed = product.qa_status == Some(DataQaStatus::Passed);
        let measured = product.photometry_status == Some(DataPhotometryStatus::Completed);
        let finalized = product.finalization_status == Some(DataFinalizationStatus::Finalized);
        let is_mosaic = product.data_type == DataType::Mosaic;
        let obstacles = [
            (!finalized, Obstacle::NotFinalized),
            (needs_validation(&product.data_type) && !validated, Obstacle::NotValidated),
            (needs_qa(&product.data_type) && !passed, Obstacle::QaNotPassed),
            (is_mosaic && !measured, Obstacle::PhotometryIncomplete),
            (!may_be_automatic(product), Obstacle::AutoPublishDisabled),
        ];
        let standing = obstacles.into_iter().filter(|(stands, _)| *stands);
        Self { obstacles: standing.map(|(_, obstacle)| obstacle).collect() }
    }
}

/// Whether a product may be published automatically; null stands for the column's default.
pub(super) fn may_be_automatic(product: &data_product::Model) -> bool {
    product.auto_publish_enabled.unwrap_or(true)
}

/// Raw data, plots and metadata have nothing to validate.
fn needs_validation(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Ms | DataType::RawMs | DataType::Qa | DataType::Metadata)
}

fn needs_qa(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Image
            | DataType::Mosaic
            | DataType::CalibMs
            | DataType::CalibratedMs
            | DataType::Caltable
            | DataType::CalibrationTable
    )
}

#[cfg(test)]
mod tests {
    use almanac_entity::UnixTime;

    use super::*;

    fn product(data_type: DataType) -> data_product::Model {
        data_product::Model {
            id: 1,
            data_type,
            data_id: "a".to_owned(),
            base_path: "/stage".to_owned(),
            status: "staging".into(),
            stage_path: "/stage/a".to_owned(),
            published_path: None,
            created_at: UnixTime(0.0),
            staged_at: UnixTime(0.0),
            published_at: None,
            publish_mode: None,
            metadata_json: None,
            qa_status: None,
            validation_status: None,
            finalization_status: Some(DataFinalizationStatus::Finalized),
            auto_publish_enabled: None,
            publish_attempts: None,
            publish_error: None,
            photometry_status: None,
            photometry_job_id: None,
        }
    }

    #[test]
    fn each_type_has_its_own_criteria() {
        use Obstacle::{NotValidated, PhotometryIncomplete, QaNotPassed};
        for (word, obstacles) in [
            ("ms", &[][..]),
            ("raw_ms", &[]),
            ("qa", &[]),
            ("metadata", &[]),
            ("catalog", &[NotValidated]),
            ("elsewhere", &[NotValidated]),
            ("image", &[NotValidated, QaNotPassed]),
            ("calibration_table", &[NotValidated, QaNotPassed]),
            ("mosaic", &[NotValidated, QaNotPassed, PhotometryIncomplete]),
        ] {
            assert_eq!(Criteria::of(&product(word.into())).obstacles, obstacles, "{word}");
        }
    }

    #[test]
    fn a_warning_has_not_passed() {
        let image = data_product::Model {
            qa_status: Some(DataQaStatus::Warning),
            validation_status: Some(DataValidationStatus::Validated),
            auto_publish_enabled: Some(false),
            ..product(DataType::Image)
        };
        let obstacles = Criteria::of(&image).obstacles;
        assert_eq!(obstacles, [Obstacle::QaNotPassed, Obstacle::AutoPublishDisabled]);
    }
}
