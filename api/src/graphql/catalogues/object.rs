//! What the catalogues answer.

use almanac_service::catalogues as service;
use async_graphql::{Enum, SimpleObject};

use crate::graphql::calibrators::BandpassCalibrator;

/// A catalogue of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service::Catalogue")]
pub enum Catalogue {
    /// Calibrators: those registered for the bandpass, and the VLA calibrator list.
    Vla,
    /// The NRAO VLA Sky Survey, 1.4 GHz.
    Nvss,
    /// Faint Images of the Radio Sky at Twenty-Centimeters, 1.4 GHz.
    First,
    /// The Rapid ASKAP Continuum Survey, 0.888 GHz.
    Racs,
    /// The VLA Sky Survey, 3 GHz.
    Vlass,
    /// The Sydney University Molonglo Sky Survey, 0.843 GHz.
    Sumss,
    /// The cross-match of NVSS, VLASS and FIRST that is kept as a database.
    Master,
    /// Pulsars of the Australia Telescope National Facility's list.
    Atnf,
}

/// What one catalogue answers.
#[derive(Debug, SimpleObject)]
pub struct CatalogSources {
    /// The sources.
    sources: Vec<SurveySource>,
    /// What a person should know of the answer.
    notices: Vec<String>,
}

/// A source of a survey's catalogue.
#[derive(Debug, SimpleObject)]
pub struct SurveySource {
    /// Its number or designation in the catalogue file.
    catalog_row: String,
    /// The survey's name for it.
    name: Option<String>,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, mJy.
    flux_mjy: Option<f64>,
    /// Great-circle distance from the centre of the search, degrees.
    separation_deg: f64,
    /// Uncertainty of the flux density, mJy.
    flux_err_mjy: Option<f64>,
    /// Major axis, arcseconds.
    major_axis_arcsec: Option<f64>,
    /// Minor axis, arcseconds.
    minor_axis_arcsec: Option<f64>,
    /// Position angle, degrees.
    position_angle_deg: Option<f64>,
    /// Signal-to-noise ratio; of the master catalogue only.
    snr: Option<f64>,
    /// Period, seconds; of pulsars only.
    period_s: Option<f64>,
    /// Dispersion measure, pc/cm³; of pulsars only.
    dispersion_measure: Option<f64>,
}

impl From<service::CatalogueAnswer> for CatalogSources {
    fn from(answer: service::CatalogueAnswer) -> Self {
        let source = |source: service::CatalogueSource| SurveySource {
            catalog_row: source.id,
            name: source.name,
            ra_deg: source.ra_deg,
            dec_deg: source.dec_deg,
            flux_mjy: source.flux_mjy,
            separation_deg: source.separation_deg,
            flux_err_mjy: source.flux_err_mjy,
            major_axis_arcsec: source.major_axis_arcsec,
            minor_axis_arcsec: source.minor_axis_arcsec,
            position_angle_deg: source.position_angle_deg,
            snr: source.snr,
            period_s: source.period_s,
            dispersion_measure: source.dispersion_measure,
        };
        Self { sources: answer.sources.into_iter().map(source).collect(), notices: answer.notices }
    }
}

/// What several catalogues answer.
#[derive(Debug, SimpleObject)]
pub struct UnifiedCatalog {
    /// The sources, the brightest first.
    sources: Vec<UnifiedSource>,
    /// Catalogues that could not answer, or have nothing there, and why.
    warnings: Vec<String>,
}

/// An entry of one of several catalogues.
#[derive(Debug, SimpleObject)]
pub struct UnifiedSource {
    /// Its name.
    source_name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// The catalogue.
    catalog: Catalogue,
    /// Its designation there.
    catalog_id: Option<String>,
    /// Frequency of the flux density, GHz.
    flux_freq_ghz: Option<f64>,
    /// Great-circle distance from the centre of the search, degrees.
    separation_deg: f64,
    /// Entries of other catalogues that are the same source.
    matches: Vec<UnifiedSource>,
}

impl From<service::UnifiedSource> for UnifiedSource {
    fn from(source: service::UnifiedSource) -> Self {
        Self {
            source_name: source.source_name,
            ra_deg: source.ra_deg,
            dec_deg: source.dec_deg,
            flux_jy: source.flux_jy,
            catalog: source.catalogue.into(),
            catalog_id: source.catalogue_id,
            flux_freq_ghz: source.flux_freq_ghz,
            separation_deg: source.separation_deg,
            matches: source.matches.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<service::UnifiedAnswer> for UnifiedCatalog {
    fn from(answer: service::UnifiedAnswer) -> Self {
        Self {
            sources: answer.sources.into_iter().map(Into::into).collect(),
            warnings: answer.warnings,
        }
    }
}

/// What is known of a source.
#[derive(Debug, SimpleObject)]
pub struct SourceInfo {
    /// Its entry.
    source: UnifiedSource,
    /// Lowest declination for which it calibrates the bandpass, degrees.
    dec_range_min: Option<f64>,
    /// Highest declination for which it calibrates the bandpass, degrees.
    dec_range_max: Option<f64>,
    /// Whether it is in use as a bandpass calibrator: `active`, `inactive` or `deprecated`.
    status: Option<String>,
    /// Remarks.
    notes: Option<String>,
    /// Catalogues that could not be asked, and why.
    warnings: Vec<String>,
}

impl From<service::SourceInfo> for SourceInfo {
    fn from(info: service::SourceInfo) -> Self {
        Self {
            source: info.source.into(),
            dec_range_min: info.dec_range_min,
            dec_range_max: info.dec_range_max,
            status: info.status.map(|status| status.as_str().to_owned()),
            notes: info.notes,
            warnings: info.warnings,
        }
    }
}

/// The calibrators of a field.
#[derive(Debug, SimpleObject)]
pub struct FieldCalibrators {
    /// The one for the bandpass: of those in use at the declination the one registered last.
    bandpass: Option<BandpassCalibrator>,
    /// Those for the gains, the brightest first, at most ten.
    gains: Vec<UnifiedSource>,
    /// Catalogues that could not answer, and why.
    warnings: Vec<String>,
}

impl From<service::FieldCalibrators> for FieldCalibrators {
    fn from(found: service::FieldCalibrators) -> Self {
        Self {
            bandpass: found.bandpass.as_ref().map(BandpassCalibrator::of),
            gains: found.gains.into_iter().map(Into::into).collect(),
            warnings: found.warnings,
        }
    }
}

/// A calibrator of the VLA's list near a declination.
#[derive(Debug, SimpleObject)]
pub struct DecCalibrator {
    /// Its name.
    name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density in the band asked for, Jy.
    flux_jy: f64,
    /// Frequency of the flux density, GHz.
    freq_ghz: f64,
    /// How good a calibrator it is in that band, as far as that is known.
    quality: Option<String>,
    /// Distance in declination, degrees.
    separation_deg: f64,
}

impl From<service::DecCalibrator> for DecCalibrator {
    fn from(calibrator: service::DecCalibrator) -> Self {
        Self {
            name: calibrator.name,
            ra_deg: calibrator.ra_deg,
            dec_deg: calibrator.dec_deg,
            flux_jy: calibrator.flux_jy,
            freq_ghz: calibrator.freq_ghz,
            quality: calibrator.quality,
            separation_deg: calibrator.separation_deg,
        }
    }
}

/// A catalogue file that there is.
#[derive(Debug, SimpleObject)]
pub struct CatalogFile {
    /// The catalogue.
    catalog: Catalogue,
    /// Name of the file.
    file_name: String,
    /// What the file says of itself.
    facts: Vec<CatalogFact>,
    /// Whether it can be read.
    readable: bool,
}

/// Something that a catalogue file says of itself.
#[derive(Debug, SimpleObject)]
pub struct CatalogFact {
    /// What it is about, such as `n_sources`.
    key: String,
    /// The fact, as text.
    value: String,
}

impl From<service::CatalogueFileInfo> for CatalogFile {
    fn from(info: service::CatalogueFileInfo) -> Self {
        let name = info.path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            catalog: info.catalogue.into(),
            file_name: name.into_owned(),
            facts: info.meta.into_iter().map(|(key, value)| CatalogFact { key, value }).collect(),
            readable: info.fault.is_none(),
        }
    }
}
