//! Gain calibrators.

use super::{CatalogSource, SkyModel};

table! { GainCalibrator shows calibrators::gain_calibrator;
    /// Sky models of its field.
    many sky_models: SkyModel, FieldId => FieldId;
    /// It in the catalogues.
    many catalog_sources: CatalogSource, SourceName => SourceName;
}
