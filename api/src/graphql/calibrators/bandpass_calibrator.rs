//! Bandpass calibrators.

use super::{BandpassCalibratorHistory, CatalogSource, VlaCalibrator};
use crate::graphql::products::CalibratorTransit;

table! { BandpassCalibrator shows calibrators::bandpass_calibrator;
    /// What it was before.
    many history: BandpassCalibratorHistory, CalibratorName => CalibratorName;
    /// Its transits.
    many transits: CalibratorTransit, CalibratorName => CalibratorName;
    /// It in the VLA's list of calibrators.
    one vla_calibrator: VlaCalibrator, CalibratorName => Name;
    /// It in the catalogues.
    many catalog_sources: CatalogSource, CalibratorName => SourceName;
}
