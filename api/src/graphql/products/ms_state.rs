//! Where measurement sets stand.

use super::{MeasurementSet, MeasurementSetTransition};

table! { MeasurementSetState shows products::ms_state;
    /// The measurement set.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The states it went through.
    many transitions: MeasurementSetTransition, MsPath => MsPath;
}
