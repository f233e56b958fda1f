//! Sky models.

use super::GainCalibrator;

table! { SkyModel shows calibrators::sky_model;
    /// Gain calibrators of its field.
    many gain_calibrators: GainCalibrator, FieldId => FieldId;
}
