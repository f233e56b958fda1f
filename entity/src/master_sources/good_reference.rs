//! Sources good enough for reference.

use crate::prelude::*;

/// A source good enough for reference in photometry: bright in NVSS, of a usual spectral index, neither
/// resolved nor confused.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "good_references")]
pub struct Model {
    /// NVSS designation, such as `NVSS J123456.7+420312`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub source_id: String,
    /// Right ascension in NVSS, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination in NVSS, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density in NVSS at 1.4 GHz, Jy.
    pub s_nvss: Option<f64>,
    /// Signal-to-noise ratio in NVSS.
    pub snr_nvss: Option<f64>,
    /// Flux density in VLASS at 3 GHz, Jy.
    pub s_vlass: Option<f64>,
    /// Spectral index α from NVSS to VLASS, where S ∝ ν^α.
    pub alpha: Option<f64>,
    /// Whether FIRST resolves it.
    pub resolved_flag: Option<bool>,
    /// Whether more than one source of another survey lies within the match radius.
    pub confusion_flag: Option<bool>,
    /// Deconvolved major axis in FIRST, arcseconds.
    pub first_size_maj_arcsec: Option<f64>,
    /// Deconvolved minor axis in FIRST, arcseconds.
    pub first_size_min_arcsec: Option<f64>,
    /// Position angle in FIRST, degrees.
    pub first_size_pa_deg: Option<f64>,
    /// Number of the source in a catalogue that numbered its sources.
    pub legacy_id: Option<i64>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
