//! Groups of measurement sets that become mosaics.

use super::{MeasurementSet, Mosaic, MosaicMembership};

table! { MosaicGroup shows products::mosaic_group;
    /// Its measurement sets, each with its place.
    many memberships: MosaicMembership, GroupId => MosaicGroupId;
    /// The mosaic made of it.
    one mosaic: Mosaic, MosaicPath => Path;
    /// The measurement set its calibration was solved on.
    one calibration_measurement_set: MeasurementSet, CalibrationMsPath => Path;
}
