//! Calibrators: which are used where, how bright they are, when they cross the meridian, and models of
//! the sky around them.

mod bandpass;
mod catalog_source;
mod flux;
mod gain;
mod registration;
mod sidereal;
mod sky_model;
mod sky_model_file;
mod takeover;
mod transit;
mod vla_import;
mod vla_list;

pub use bandpass::{NewBandpassCalibrator, Superseded};
pub use catalog_source::MatchSuggestion;
pub use flux::{
    FluxAt, FluxError, FluxMethod, FluxPoint, TELESCOPE_FREQ_GHZ, flux_at, spectral_index,
};
pub use gain::NewGainCalibrator;
pub use registration::Registration;
pub use sky_model::{DeletedSkyModels, NewSkyModel, SkyModelCheck};
pub use sky_model_file::{
    FileChange, FileSource, ModelSource, SkyModelFile, parse_sky_model, read_sky_model,
};
pub use takeover::{
    Fate, OldCalibrator, OldCalibrators, OldFault, Step, Verification, plan_for_nothing,
    plan_takeover, read_old_calibrators, take_over_bandpass_calibrators, verify_takeover,
};
pub use transit::{
    ObservedGroup, TELESCOPE_LONGITUDE_DEG, TRANSIT_DAYS, TransitReport, primary_beam,
    recompute_transits,
};
pub use vla_import::{MAX_LIST_BYTES, VlaImport, points, read_vla_list};
pub use vla_list::{Band, VlaBand, VlaEntry, VlaFault, VlaList, parse_vla_list};

use crate::{Error, Result};

/// Checks a position that is to be written.
fn check_position(ra_deg: f64, dec_deg: f64) -> Result<()> {
    if !(0.0..360.0).contains(&ra_deg) {
        return Err(Error::invalid("ra_deg", format!("{ra_deg}° is not in [0, 360)")));
    }
    if !(-90.0..=90.0).contains(&dec_deg) {
        return Err(Error::invalid("dec_deg", format!("{dec_deg}° is not in [-90, 90]")));
    }
    Ok(())
}

/// Checks a flux density that is to be written.
fn check_flux(argument: &str, flux_jy: Option<f64>) -> Result<()> {
    match flux_jy.filter(|flux| !(flux.is_finite() && *flux >= 0.0)) {
        None => Ok(()),
        Some(flux) => Err(Error::invalid(argument, format!("{flux} Jy is no flux density"))),
    }
}
