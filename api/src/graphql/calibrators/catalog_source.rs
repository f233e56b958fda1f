//! Catalogue sources.

use super::{BandpassCalibrator, GainCalibrator, VlaCalibrator};

table! { CatalogSource shows calibrators::catalog_source;
    /// The bandpass calibrator of its name.
    one bandpass_calibrator: BandpassCalibrator, SourceName => CalibratorName;
    /// The VLA's calibrator of its name.
    one vla_calibrator: VlaCalibrator, SourceName => Name;
    /// Gain calibrators of its name.
    many gain_calibrators: GainCalibrator, SourceName => SourceName;
}
