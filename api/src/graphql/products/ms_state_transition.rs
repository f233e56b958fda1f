//! States that measurement sets went through.

use super::{MeasurementSet, MeasurementSetState};

table! { MeasurementSetTransition shows products::ms_state_transition;
    /// The measurement set.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// Where it stands now.
    one state: MeasurementSetState, MsPath => MsPath;
}
