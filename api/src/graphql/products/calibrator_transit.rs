//! Transits of calibrators.

use crate::graphql::{
    calibrators::{BandpassCalibrator, VlaCalibrator},
    ingest::IngestGroup,
};

table! { CalibratorTransit shows products::calibrator_transit;
    /// The bandpass calibrator.
    one bandpass_calibrator: BandpassCalibrator, CalibratorName => CalibratorName;
    /// The calibrator in the VLA's list.
    one vla_calibrator: VlaCalibrator, CalibratorName => Name;
    /// The observation group that covers it.
    one ingest_group: IngestGroup, GroupId => GroupId;
}
