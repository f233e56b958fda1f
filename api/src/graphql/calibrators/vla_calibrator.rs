//! The VLA's calibrators.

use super::{BandpassCalibrator, CatalogSource, VlaFlux};
use crate::graphql::products::CalibratorTransit;

table! { VlaCalibrator shows calibrators::vla_calibrator;
    /// Its flux densities.
    many fluxes: VlaFlux, Id => VlaCalibratorId;
    /// It among the bandpass calibrators.
    one bandpass_calibrator: BandpassCalibrator, Name => CalibratorName;
    /// Its transits.
    many transits: CalibratorTransit, Name => CalibratorName;
    /// It in the catalogues.
    many catalog_sources: CatalogSource, Name => SourceName;
}
