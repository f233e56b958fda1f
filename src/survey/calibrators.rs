//! Calibrators: those of the VLA's list, and what the sample survey makes of its own sources.

use almanac_entity::{
    Database,
    calibrators::{
        CalibratorCatalog, CalibratorHistoryOrigin, CalibratorStatus, VlaQualityCode,
        bandpass_calibrator, bandpass_calibrator_history, catalog_source, gain_calibrator,
        sky_model, vla_calibrator, vla_flux,
    },
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::ActiveValue::Set;

use super::{
    UnixTime, World, Writer, scaled,
    sky::Source,
    vla::{BANDS_GHZ, CALIBRATORS, Calibrator},
};

/// Sources of a field that calibrate its gains.
const GAIN_SOURCES: usize = 3;
/// Sources of a field that make its sky model.
const MODEL_SOURCES: usize = 40;

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let registered = UnixTime(world.schedule.imaged[0].start.0 - 30.0 * 86_400.0);
    let transaction = writer.begin(Database::Calibrators).await?;
    let used = CALIBRATORS.iter().filter(|calibrator| calibrator.is_bandpass());
    let used = used.map(|calibrator| bandpass(calibrator, registered));
    writer.insert(&transaction, bandpass_calibrator::Entity, used).await?;
    let past = past(registered);
    writer.insert(&transaction, bandpass_calibrator_history::Entity, past).await?;
    for calibrator in &CALIBRATORS {
        listed(writer, &transaction, calibrator, registered).await?;
    }
    fields(writer, &transaction, world, registered).await?;
    writer.insert(&transaction, catalog_source::Entity, catalogue(world, registered)).await?;
    transaction.commit().await?;
    writer.report("calibrators", 1, 1);
    Ok(())
}

fn bandpass(calibrator: &Calibrator, registered: UnixTime) -> bandpass_calibrator::ActiveModel {
    bandpass_calibrator::ActiveModel {
        calibrator_name: Set(calibrator.name.to_owned()),
        ra_deg: Set(calibrator.ra_deg),
        dec_deg: Set(calibrator.dec_deg),
        dec_range_min: Set(Some((calibrator.dec_deg - 2.0).max(-90.0))),
        dec_range_max: Set(Some((calibrator.dec_deg + 2.0).min(90.0))),
        source_catalog: Set(Some("VLA".to_owned())),
        flux_jy: Set(calibrator.flux_jy()),
        registered_at: Set(registered),
        registered_by: Set(Some("streaming".to_owned())),
        status: Set(Some(calibrator.status())),
        notes: Set(
            (calibrator.name == "3C84").then(|| "Too resolved on long baselines.".to_owned())
        ),
        ..Default::default()
    }
}

/// What some of them once were: a narrower range, another calibrator, another status.
fn past(registered: UnixTime) -> Vec<bandpass_calibrator_history::ActiveModel> {
    let cases = [
        (0, CalibratorHistoryOrigin::Update, 1.0),
        (1, CalibratorHistoryOrigin::Migration, 3.0),
        (7, CalibratorHistoryOrigin::Status, 2.0),
        (11, CalibratorHistoryOrigin::Supersede, 2.0),
    ];
    let row = |(index, origin, reach): (usize, CalibratorHistoryOrigin, f64)| {
        let calibrator = &CALIBRATORS[index];
        bandpass_calibrator_history::ActiveModel {
            calibrator_name: Set(calibrator.name.to_owned()),
            ra_deg: Set(calibrator.ra_deg),
            dec_deg: Set(calibrator.dec_deg),
            dec_range_min: Set(Some(calibrator.dec_deg - reach)),
            dec_range_max: Set(Some(calibrator.dec_deg + reach)),
            source_catalog: Set(Some("VLA".to_owned())),
            flux_jy: Set(calibrator.flux_jy()),
            registered_at: Set(UnixTime(registered.0 - 20.0 * 86_400.0)),
            registered_by: Set(Some("streaming".to_owned())),
            status: Set(Some(CalibratorStatus::Active)),
            notes: Set(None),
            origin_id: Set((origin == CalibratorHistoryOrigin::Migration).then_some(1)),
            origin: Set(origin),
            archived_at: Set(registered),
            archived_by: Set(Some("observer".to_owned())),
            ..Default::default()
        }
    };
    cases.map(row).into()
}

/// A calibrator of the VLA's list with its flux densities.
async fn listed(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    calibrator: &Calibrator,
    registered: UnixTime,
) -> Result<()> {
    let row = vla_calibrator::ActiveModel {
        name: Set(calibrator.list_name.to_owned()),
        ra_deg: Set(calibrator.ra_deg),
        dec_deg: Set(calibrator.dec_deg),
        flux_jy: Set(calibrator.flux_jy()),
        flux_freq_ghz: Set(calibrator.flux_jy().map(|_| BANDS_GHZ[1])),
        code_20_cm: Set(Some(VlaQualityCode::from(calibrator.code.to_string()))),
        registered_at: Set(registered),
        notes: Set((calibrator.name != calibrator.list_name).then(|| calibrator.name.to_owned())),
        ..Default::default()
    };
    let row = writer.insert_one(transaction, vla_calibrator::Entity, row).await?;
    let fluxes = BANDS_GHZ.iter().zip(calibrator.fluxes_jy).filter(|(_, flux)| *flux > 0.0);
    let fluxes = fluxes.map(|(frequency, flux)| vla_flux::ActiveModel {
        vla_calibrator_id: Set(row.id),
        frequency_ghz: Set(*frequency),
        flux_jy: Set(flux),
        flux_uncertainty: Set(Some(flux * 0.05)),
        measurement_date: Set(None),
        ..Default::default()
    });
    writer.insert(transaction, vla_flux::Entity, fluxes).await
}

/// For each field the sources that calibrate its gains, and its sky model.
async fn fields(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
    registered: UnixTime,
) -> Result<()> {
    let schedule = &world.schedule;
    let first = schedule.nights().next().expect("there is a night");
    for observation in first {
        let (strip, _) = observation.pointing;
        let found = world.sky.field(strip, observation.centre, schedule.measured(0));
        let mut found: Vec<&Source> =
            found.iter().map(|(index, _)| &world.sky.sources[*index]).collect();
        found.sort_by(|a, b| b.nvss_mjy.total_cmp(&a.nvss_mjy));
        let field = observation.field_name();
        let path = format!("/data/dsa110-contimg/skymodels/{field}.skymodel");
        let gains = found.iter().take(GAIN_SOURCES).map(|source| gain_calibrator::ActiveModel {
            field_id: Set(field.clone()),
            source_name: Set(source.name.clone()),
            ra_deg: Set(source.position.0),
            dec_deg: Set(source.position.1),
            flux_jy: Set(Some(source.nvss_mjy / 1e3)),
            catalog_source: Set(Some("NVSS".to_owned())),
            catalog_id: Set(source.name.strip_prefix("NVSS ").map(str::to_owned)),
            created_at: Set(registered),
            skymodel_path: Set(Some(path.clone())),
            notes: Set(None),
            ..Default::default()
        });
        writer.insert(transaction, gain_calibrator::Entity, gains).await?;
        let model: Vec<f64> =
            found.iter().take(MODEL_SOURCES).map(|source| source.nvss_mjy / 1e3).collect();
        let model = sky_model::ActiveModel {
            field_id: Set(field),
            skymodel_path: Set(path),
            n_sources: Set(i32::try_from(model.len()).expect("a model is small")),
            total_flux_jy: Set(Some(model.iter().sum())),
            created_at: Set(registered),
            created_by: Set(Some("streaming".to_owned())),
            notes: Set(None),
            ..Default::default()
        };
        writer.insert(transaction, sky_model::Entity, [model]).await?;
    }
    Ok(())
}

/// Sources that can serve calibration: the VLA's, and the brightest of NVSS.
fn catalogue(world: &World, registered: UnixTime) -> Vec<catalog_source::ActiveModel> {
    let row = |name: &str, id: &str, (ra, dec), flux: Option<f64>, catalog: CalibratorCatalog| {
        catalog_source::ActiveModel {
            source_name: Set(name.to_owned()),
            ra_deg: Set(ra),
            dec_deg: Set(dec),
            flux_jy: Set(flux),
            flux_freq_ghz: Set(Some(1.4)),
            spectral_index: Set(None),
            catalog: Set(catalog),
            catalog_id: Set(Some(id.to_owned())),
            position_uncertainty_arcsec: Set(Some(0.1)),
            flux_uncertainty: Set(flux.map(|flux| flux * 0.03)),
            is_extended: Set(Some(false)),
            major_axis_arcsec: Set(None),
            minor_axis_arcsec: Set(None),
            position_angle_deg: Set(None),
            matched_to: Set(None),
            created_at: Set(registered),
            updated_at: Set(registered),
            ..Default::default()
        }
    };
    let vla = CALIBRATORS.iter().map(|calibrator| {
        let position = (calibrator.ra_deg, calibrator.dec_deg);
        let listed = row(
            calibrator.name,
            calibrator.list_name,
            position,
            calibrator.flux_jy(),
            CalibratorCatalog::Vla,
        );
        catalog_source::ActiveModel { matched_to: Set(Some(calibrator.name.to_owned())), ..listed }
    });
    let mut bright: Vec<&Source> = world.sky.sources.iter().collect();
    bright.sort_by(|a, b| b.nvss_mjy.total_cmp(&a.nvss_mjy));
    bright.truncate(scaled(100, world.survey.scale, 20));
    let nvss = bright.into_iter().map(|source| {
        let id = source.name.strip_prefix("NVSS ").unwrap_or(&source.name);
        let flux = Some(source.nvss_mjy / 1e3);
        catalog_source::ActiveModel {
            spectral_index: Set(source.alpha),
            position_uncertainty_arcsec: Set(Some(0.6)),
            is_extended: Set(Some(source.resolved())),
            major_axis_arcsec: Set(source.size.map(|(major, _, _)| major)),
            minor_axis_arcsec: Set(source.size.map(|(_, minor, _)| minor)),
            position_angle_deg: Set(source.size.map(|(_, _, angle)| angle)),
            ..row(&source.name, id, source.position, flux, CalibratorCatalog::Nvss)
        }
    });
    vla.chain(nvss).collect()
}
