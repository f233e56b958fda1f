//! Calibrators and sky models.

mod bandpass_calibrator;
mod bandpass_calibrator_history;
mod catalog_source;
mod changes;
mod gain_calibrator;
mod queries;
mod sky_model;
mod sky_model_changes;
mod vla_calibrator;
mod vla_changes;
mod vla_flux;

pub use bandpass_calibrator::BandpassCalibrator;
pub use bandpass_calibrator_history::BandpassCalibratorHistory;
pub use catalog_source::CatalogSource;
pub use changes::*;
pub use gain_calibrator::GainCalibrator;
pub use queries::*;
pub use sky_model::SkyModel;
pub use sky_model_changes::*;
pub use vla_calibrator::VlaCalibrator;
pub use vla_changes::*;
pub use vla_flux::VlaFlux;
