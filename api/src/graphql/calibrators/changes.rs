//! Changes to calibrators and catalogue sources.

use almanac_entity::calibrators::{
    CalibratorStatus, bandpass_calibrator, catalog_source, gain_calibrator,
};
use almanac_service::{
    Error,
    calibrators::{
        NewBandpassCalibrator, NewGainCalibrator, TransitReport as Report, recompute_transits,
    },
};
use async_graphql::{InputObject, SimpleObject};
use sea_orm::ActiveValue::{self, Set};

use super::{BandpassCalibrator, CatalogSource, GainCalibrator};
use crate::graphql::Word;

/// A bandpass calibrator to be registered.
#[derive(Debug, InputObject)]
pub struct RegisterBandpassCalibratorInput {
    /// Its name.
    calibrator_name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Lowest declination for which it is used, degrees; open unless given.
    dec_range_min: Option<f64>,
    /// Highest declination for which it is used, degrees; open unless given.
    dec_range_max: Option<f64>,
    /// Catalogue it comes from, such as `VLA`.
    source_catalog: Option<String>,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// Whether it is in use; it is unless said otherwise.
    status: Option<Word<CalibratorStatus>>,
    /// Who or what registers it; whoever asks unless given.
    registered_by: Option<String>,
    /// Remarks.
    notes: Option<String>,
}

/// A bandpass calibrator that was registered.
#[derive(Debug, SimpleObject)]
pub struct RegisterBandpassCalibratorPayload {
    /// The calibrator.
    bandpass_calibrator: BandpassCalibrator,
}

/// A bandpass calibrator that takes the place of others.
#[derive(Debug, InputObject)]
pub struct SupersedeBandpassCalibratorInput {
    /// Its name.
    calibrator_name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// How far around its own declination it is used, degrees.
    #[graphql(default = 5.0)]
    tolerance_deg: f64,
    /// Catalogue it comes from, such as `VLA`.
    source_catalog: Option<String>,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// Who or what registers it; whoever asks unless given.
    registered_by: Option<String>,
    /// Remarks.
    notes: Option<String>,
}

/// A bandpass calibrator that took the place of others.
#[derive(Debug, SimpleObject)]
pub struct SupersedeBandpassCalibratorPayload {
    /// The calibrator, in use now.
    bandpass_calibrator: BandpassCalibrator,
    /// Those it took the place of, which are not in use any more, by name.
    replaced: Vec<BandpassCalibrator>,
    /// What became of its transits.
    transits: TransitReport,
}

/// A bandpass calibrator to be put into use, or out of it.
#[derive(Debug, InputObject)]
pub struct SetBandpassCalibratorStatusInput {
    /// Its name.
    calibrator_name: String,
    /// The status.
    status: Word<CalibratorStatus>,
}

/// A bandpass calibrator whose status was set.
#[derive(Debug, SimpleObject)]
pub struct SetBandpassCalibratorStatusPayload {
    /// The calibrator.
    bandpass_calibrator: BandpassCalibrator,
}

/// A gain calibrator to be registered.
#[derive(Debug, InputObject)]
pub struct RegisterGainCalibratorInput {
    /// The field.
    field_id: String,
    /// The source.
    source_name: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// Catalogue it comes from.
    catalog_source: Option<String>,
    /// Its designation in that catalogue.
    catalog_id: Option<String>,
    /// File of the sky model it belongs to.
    skymodel_path: Option<String>,
    /// Remarks.
    notes: Option<String>,
}

/// A gain calibrator that was registered.
#[derive(Debug, SimpleObject)]
pub struct RegisterGainCalibratorPayload {
    /// The calibrator.
    gain_calibrator: GainCalibrator,
}

/// A catalogue source to be written. What is not given keeps what it is.
#[derive(Debug, InputObject)]
pub struct UpsertCatalogSourceInput {
    /// Name of the source.
    source_name: String,
    /// The catalogue, such as `NVSS`.
    catalog: String,
    /// Its designation in the catalogue; without one it is known by its name.
    catalog_id: Option<String>,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// Frequency of the flux density, GHz.
    flux_freq_ghz: Option<f64>,
    /// Spectral index α, where S ∝ ν^α.
    spectral_index: Option<f64>,
    /// Uncertainty of the position, arcseconds.
    position_uncertainty_arcsec: Option<f64>,
    /// Uncertainty of the flux density, Jy.
    flux_uncertainty: Option<f64>,
    /// Whether it is extended.
    is_extended: Option<bool>,
    /// Major axis, arcseconds.
    major_axis_arcsec: Option<f64>,
    /// Minor axis, arcseconds.
    minor_axis_arcsec: Option<f64>,
    /// Position angle, degrees.
    position_angle_deg: Option<f64>,
    /// Name of the source it was identified with.
    matched_to: Option<String>,
}

impl From<UpsertCatalogSourceInput> for catalog_source::ActiveModel {
    fn from(input: UpsertCatalogSourceInput) -> Self {
        Self {
            source_name: Set(input.source_name),
            catalog: Set(input.catalog.into()),
            catalog_id: Set(input.catalog_id),
            ra_deg: Set(input.ra_deg),
            dec_deg: Set(input.dec_deg),
            flux_jy: given(input.flux_jy),
            flux_freq_ghz: given(input.flux_freq_ghz),
            spectral_index: given(input.spectral_index),
            position_uncertainty_arcsec: given(input.position_uncertainty_arcsec),
            flux_uncertainty: given(input.flux_uncertainty),
            is_extended: given(input.is_extended),
            major_axis_arcsec: given(input.major_axis_arcsec),
            minor_axis_arcsec: given(input.minor_axis_arcsec),
            position_angle_deg: given(input.position_angle_deg),
            matched_to: given(input.matched_to),
            ..Self::default()
        }
    }
}

/// Sets a column that was given.
fn given<T>(value: Option<T>) -> ActiveValue<Option<T>>
where
    sea_orm::Value: From<Option<T>>,
{
    if value.is_some() { Set(value) } else { ActiveValue::NotSet }
}

/// A catalogue source that was written.
#[derive(Debug, SimpleObject)]
pub struct UpsertCatalogSourcePayload {
    /// The source.
    catalog_source: CatalogSource,
}

/// Transits to be computed.
#[derive(Debug, InputObject)]
pub struct RecomputeTransitsInput {
    /// The calibrator; all in use unless given.
    calibrator_name: Option<String>,
    /// How far back, days.
    #[graphql(default = 60.0)]
    days: f64,
}

/// What became of transits.
#[derive(Debug, SimpleObject)]
pub struct TransitReport {
    /// Calibrators whose transits were computed.
    calibrators: u64,
    /// Their transits within the time.
    transits: u64,
    /// Those that were not known.
    inserted: u64,
    /// Those that an observation group caught.
    with_data: u64,
    /// Those of a position that the calibrator has no more, which are gone.
    removed: u64,
}

/// Transits that were computed.
#[derive(Debug, SimpleObject)]
pub struct RecomputeTransitsPayload {
    /// What became of them.
    report: TransitReport,
}

impl From<Report> for TransitReport {
    fn from(report: Report) -> Self {
        Self {
            calibrators: report.calibrators,
            transits: report.transits,
            inserted: report.inserted,
            with_data: report.with_data,
            removed: report.removed,
        }
    }
}

mutations! {
    /// Changes to calibrators and catalogue sources.
    CalibratorMutations {
        /// Registers a bandpass calibrator, or registers it anew; what it was goes into its history.
        RegisterBandpassCalibrator: register_bandpass_calibrator(input: RegisterBandpassCalibratorInput, work)
            -> RegisterBandpassCalibratorPayload
        {
            let calibrators = work.table::<bandpass_calibrator::Entity>().await?;
            let by = input.registered_by.unwrap_or_else(|| work.principal().name.clone());
            let new = NewBandpassCalibrator {
                dec_range_min: input.dec_range_min,
                dec_range_max: input.dec_range_max,
                source_catalog: input.source_catalog,
                flux_jy: input.flux_jy,
                registered_by: Some(by),
                status: input.status.map_or(CalibratorStatus::Active, |status| status.0),
                notes: input.notes,
                ..NewBandpassCalibrator::new(input.calibrator_name, input.ra_deg, input.dec_deg)
            };
            let registered = calibrators.register_bandpass_calibrator(new, work.now()).await?;
            Ok(RegisterBandpassCalibratorPayload {
                bandpass_calibrator: BandpassCalibrator::of(&registered),
            })
        }

        /// Registers a bandpass calibrator for the declinations around its own, takes every other one out
        /// of use whose range meets these, and computes its transits.
        SupersedeBandpassCalibrator: supersede_bandpass_calibrator(input: SupersedeBandpassCalibratorInput, work)
            -> SupersedeBandpassCalibratorPayload
        {
            let calibrators = work.table::<bandpass_calibrator::Entity>().await?;
            let by = input.registered_by.unwrap_or_else(|| work.principal().name.clone());
            let new = NewBandpassCalibrator {
                source_catalog: input.source_catalog,
                flux_jy: input.flux_jy,
                registered_by: Some(by),
                notes: input.notes,
                ..NewBandpassCalibrator::new(input.calibrator_name, input.ra_deg, input.dec_deg)
            };
            let done =
                calibrators.supersede_bandpass_calibrator(new, input.tolerance_deg, work.now()).await?;
            let days = almanac_service::calibrators::TRANSIT_DAYS;
            let transits =
                recompute_transits(work, Some(vec![done.calibrator.clone()]), days).await?;
            Ok(SupersedeBandpassCalibratorPayload {
                bandpass_calibrator: BandpassCalibrator::of(&done.calibrator),
                replaced: done.replaced.iter().map(BandpassCalibrator::of).collect(),
                transits: transits.into(),
            })
        }

        /// Puts a bandpass calibrator into use, out of it, or marks it as replaced for good.
        SetBandpassCalibratorStatus: set_bandpass_calibrator_status(input: SetBandpassCalibratorStatusInput, work)
            -> SetBandpassCalibratorStatusPayload
        {
            let calibrators = work.table::<bandpass_calibrator::Entity>().await?;
            let by = Some(work.principal().name.clone());
            let changed = calibrators
                .set_bandpass_calibrator_status(
                    &input.calibrator_name,
                    input.status.0,
                    by,
                    work.now(),
                )
                .await?;
            Ok(SetBandpassCalibratorStatusPayload {
                bandpass_calibrator: BandpassCalibrator::of(&changed),
            })
        }

        /// Registers a gain calibrator of a field. One that the field has already keeps what is not given.
        RegisterGainCalibrator: register_gain_calibrator(input: RegisterGainCalibratorInput, work)
            -> RegisterGainCalibratorPayload
        {
            let calibrators = work.table::<gain_calibrator::Entity>().await?;
            let new = NewGainCalibrator {
                field_id: input.field_id,
                source_name: input.source_name,
                ra_deg: input.ra_deg,
                dec_deg: input.dec_deg,
                flux_jy: input.flux_jy,
                catalog_source: input.catalog_source,
                catalog_id: input.catalog_id,
                skymodel_path: input.skymodel_path,
                notes: input.notes,
            };
            let registered = calibrators.register_gain_calibrator(new, work.now()).await?;
            Ok(RegisterGainCalibratorPayload { gain_calibrator: GainCalibrator::of(&registered) })
        }

        /// Writes a catalogue source, or changes the one that its catalogue designates so.
        UpsertCatalogSource: upsert_catalog_source(input: UpsertCatalogSourceInput, work)
            -> UpsertCatalogSourcePayload
        {
            let sources = work.table::<catalog_source::Entity>().await?;
            let written =
                sources.upsert_catalog_source(input.into(), work.now()).await?;
            Ok(UpsertCatalogSourcePayload { catalog_source: CatalogSource::of(&written) })
        }

        /// Computes the transits of the bandpass calibrators, and which observation groups caught them.
        RecomputeTransits: recompute_transits(input: RecomputeTransitsInput, work) -> RecomputeTransitsPayload {
            let calibrators = match input.calibrator_name {
                None => None,
                Some(name) => {
                    let table = work.table::<bandpass_calibrator::Entity>().await?;
                    let known = table.bandpass_calibrator(&name).await?;
                    let what = || Error::not_found(format!("bandpass calibrator {name:?}"));
                    Some(vec![known.ok_or_else(what)?])
                }
            };
            let report = recompute_transits(work, calibrators, input.days).await?;
            Ok(RecomputeTransitsPayload { report: report.into() })
        }
    }
}
