//! Applications of calibration tables.

use super::Caltable;
use crate::graphql::products::MeasurementSet;

table! { CalibrationApplied shows cal_registry::calibration_applied;
    /// The calibration table that was applied.
    one caltable: Caltable, CaltablePath => Path;
    /// The measurement set it was applied to.
    one measurement_set: MeasurementSet, MsPath => Path;
}
