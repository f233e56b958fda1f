//! Bandpass and gain calibrators, catalogue sources, VLA calibrators and sky models.

pub mod bandpass_calibrator;
pub mod bandpass_calibrator_history;
pub mod catalog_source;
pub mod gain_calibrator;
pub mod sky_model;
pub mod vla_calibrator;
pub mod vla_flux;
mod vocabulary;

pub use vocabulary::*;

change_log!();

tables! { Calibrators:
    bandpass_calibrator => "BandpassCalibrator",
    gain_calibrator => "GainCalibrator",
    catalog_source => "CatalogSource",
    vla_calibrator => "VlaCalibrator",
    vla_flux => "VlaFlux",
    sky_model => "SkyModel",
    bandpass_calibrator_history => "BandpassCalibratorHistory",
    change_log => "CalibratorsChange",
}
