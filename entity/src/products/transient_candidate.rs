//! Transient candidates.

use super::{FollowUpStatus, TransientClassification, TransientPriority, TransientType};
use crate::prelude::*;

/// A transient candidate: a source that appeared, vanished or changed against a catalogue.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "transient_candidates")]
pub struct Model {
    /// Number of the candidate in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The source, by its designation in a catalogue.
    #[sea_orm(column_type = "Text")]
    pub source_id: Option<String>,
    /// Name of the candidate, such as `DSA_TRANSIENT_J123456.7+420312`.
    #[sea_orm(column_type = "Text")]
    pub source_name: Option<String>,
    /// The image it was found on.
    #[sea_orm(column_type = "Text")]
    pub image_path: Option<String>,
    /// The measurement set it was found in.
    #[sea_orm(column_type = "Text")]
    pub ms_path: Option<String>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// How it differs from the catalogue.
    pub detection_type: Option<TransientType>,
    /// Flux density observed, mJy.
    pub flux_obs_mjy: Option<f64>,
    /// Flux density in the catalogue, mJy.
    pub flux_baseline_mjy: Option<f64>,
    /// Flux density observed over that in the catalogue.
    pub flux_ratio: Option<f64>,
    /// Significance, in standard deviations.
    pub significance_sigma: Option<f64>,
    /// The catalogue compared with, such as `NVSS`.
    #[sea_orm(column_type = "Text")]
    pub baseline_catalog: Option<String>,
    /// Peak, mJy/beam.
    pub peak_mjy: Option<f64>,
    /// Root mean square noise, mJy/beam.
    pub rms_mjy: Option<f64>,
    /// Peak over noise.
    pub snr: Option<f64>,
    /// When the sky was observed, MJD.
    pub timestamp_mjd: Option<f64>,
    /// When it was detected.
    pub detected_at: UnixTime,
    /// The mosaic it was found on.
    pub mosaic_id: Option<i64>,
    /// What it was judged to be.
    pub classification: Option<TransientClassification>,
    /// Who judged it.
    #[sea_orm(column_type = "Text")]
    pub classified_by: Option<String>,
    /// When it was judged.
    pub classified_at: Option<UnixTime>,
    /// How its follow-up stands.
    pub follow_up_status: Option<FollowUpStatus>,
    /// How variable it is.
    pub variability_index: Option<f64>,
    /// How urgent it is.
    #[sea_orm(default_value = "normal")]
    pub priority: Option<TransientPriority>,
    /// Number of detections.
    #[sea_orm(default_value = 0)]
    pub n_detections: Option<i32>,
    /// Mean flux density, Jy.
    pub mean_flux_jy: Option<f64>,
    /// Standard deviation of the flux density, Jy.
    pub std_flux_jy: Option<f64>,
    /// Variability metric η: scatter weighted by the uncertainties.
    pub eta: Option<f64>,
    /// Variability metric V: standard deviation over mean.
    pub v_index: Option<f64>,
    /// Chi-square for a constant flux density.
    pub chi_squared: Option<f64>,
    /// Whether it is variable.
    #[sea_orm(default_value = false)]
    pub is_variable: Option<bool>,
    /// Whether it is a candidate for an extreme scattering event.
    #[sea_orm(default_value = false)]
    pub ese_candidate: Option<bool>,
    /// When it was detected first.
    pub first_detected_at: Option<UnixTime>,
    /// When it was detected last.
    pub last_detected_at: Option<UnixTime>,
    /// When the row was changed last.
    pub last_updated: Option<UnixTime>,
    /// Remarks, a line each.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The mosaic it was found on.
    #[sea_orm(belongs_to, from = "mosaic_id", to = "id", on_delete = "SetNull")]
    pub mosaic: BelongsTo<Option<super::mosaic::Entity>>,
    /// Alerts about it.
    #[sea_orm(has_many)]
    pub alerts: HasMany<super::transient_alert::Entity>,
    /// Its light curve.
    #[sea_orm(has_many)]
    pub measurements: HasMany<super::transient_measurement::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
