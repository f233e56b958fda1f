//! Measurement sets in groups that become mosaics.

use super::{MeasurementSet, MosaicGroup};

table! { MosaicMembership shows products::mosaic_membership;
    /// The measurement set.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The group.
    one mosaic_group: MosaicGroup, MosaicGroupId => GroupId;
}
