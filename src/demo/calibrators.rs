//! Calibrators: real ones from the VLA's list, and what the sample survey makes of its own sources.

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

use super::{UnixTime, World, Writer, scaled, sky::Source};

/// Frequencies of the bands P, L, C, X, U, K and Q of the VLA's list, GHz.
const BANDS_GHZ: [f64; 7] = [0.327, 1.4, 4.86, 8.46, 14.94, 22.46, 43.34];
/// Sources of a field that calibrate its gains.
const GAIN_SOURCES: usize = 3;
/// Sources of a field that make its sky model.
const MODEL_SOURCES: usize = 40;

/// A calibrator of the VLA's list.
#[derive(Debug)]
pub(super) struct Calibrator {
    /// Its usual name.
    pub(super) name: &'static str,
    /// Its name in the VLA's list.
    list_name: &'static str,
    /// Right ascension, degrees.
    pub(super) ra_deg: f64,
    /// Declination, degrees.
    pub(super) dec_deg: f64,
    /// How good it is at 20 cm in the compact arrays.
    code: char,
    /// Flux densities in [`BANDS_GHZ`], Jy; 0 where the list has none.
    fluxes_jy: [f64; 7],
}

const fn calibrator(
    name: &'static str,
    list_name: &'static str,
    (ra_deg, dec_deg): (f64, f64),
    code: char,
    fluxes_jy: [f64; 7],
) -> Calibrator {
    Calibrator { name, list_name, ra_deg, dec_deg, code, fluxes_jy }
}

/// Calibrators, those first that pass the sample survey's strips.
pub(super) const CALIBRATORS: [Calibrator; 20] = [
    calibrator(
        "0834+555",
        "0834+555",
        (128.728_77, 55.572_52),
        'P',
        [9.0, 8.8, 5.6, 3.3, 1.6, 0.0, 0.3],
    ),
    calibrator(
        "3C138",
        "0521+166",
        (80.291_19, 16.639_46),
        'P',
        [17.5, 8.47, 3.78, 2.52, 1.56, 0.0, 0.4],
    ),
    calibrator(
        "3C454.3",
        "2253+161",
        (343.490_62, 16.148_21),
        'S',
        [15.0, 10.0, 10.0, 10.9, 15.0, 0.0, 17.1],
    ),
    calibrator(
        "3C286",
        "1331+305",
        (202.784_53, 30.509_16),
        'P',
        [26.0, 15.0, 7.47, 5.23, 3.4, 2.59, 0.0],
    ),
    calibrator(
        "3C48",
        "0137+331",
        (24.422_08, 33.159_76),
        'P',
        [42.0, 16.5, 5.48, 3.25, 1.78, 1.13, 0.0],
    ),
    calibrator(
        "3C147",
        "0542+498",
        (85.650_57, 49.852_01),
        'P',
        [52.3, 22.5, 7.94, 4.84, 2.78, 0.0, 0.91],
    ),
    calibrator(
        "3C295",
        "1411+522",
        (212.836_03, 52.202_54),
        'P',
        [59.9, 22.8, 6.5, 0.0, 0.0, 0.0, 0.0],
    ),
    calibrator(
        "3C84",
        "0319+415",
        (49.950_67, 41.511_70),
        'X',
        [8.0, 23.9, 23.3, 21.7, 20.7, 16.4, 0.0],
    ),
    calibrator(
        "0238+166",
        "0238+166",
        (39.662_21, 16.616_47),
        'P',
        [0.0, 1.26, 1.73, 1.3, 3.3, 0.0, 3.5],
    ),
    calibrator(
        "1638+573",
        "1638+573",
        (249.556_07, 57.339_99),
        'X',
        [0.0, 0.9, 1.6, 1.55, 1.7, 0.0, 0.9],
    ),
    calibrator(
        "1120+143",
        "1120+143",
        (170.115_86, 14.348_61),
        'P',
        [0.0, 2.42, 1.1, 0.66, 0.3, 0.0, 0.11],
    ),
    calibrator(
        "3C345",
        "1642+398",
        (250.745_04, 39.810_28),
        'S',
        [0.0, 8.0, 7.8, 7.0, 13.0, 0.0, 11.2],
    ),
    calibrator(
        "1347+122",
        "1347+122",
        (206.889_01, 12.290_07),
        'P',
        [8.0, 5.2, 2.9, 2.3, 1.6, 0.0, 0.51],
    ),
    calibrator(
        "1445+099",
        "1445+099",
        (221.318_61, 9.976_69),
        'P',
        [0.0, 2.6, 1.2, 0.73, 0.4, 0.0, 0.1],
    ),
    calibrator(
        "2148+069",
        "2148+069",
        (327.022_74, 6.960_72),
        'P',
        [0.0, 2.57, 2.5, 6.6, 3.0, 0.0, 7.6],
    ),
    calibrator(
        "0745+101",
        "0745+101",
        (116.387_75, 10.186_86),
        'P',
        [0.0, 3.3, 3.5, 2.95, 2.2, 0.0, 0.6],
    ),
    calibrator(
        "1150-003",
        "1150-003",
        (177.682_79, -0.398_39),
        'P',
        [0.0, 2.8, 1.92, 1.25, 1.4, 0.63, 0.65],
    ),
    calibrator(
        "0713+438",
        "0713+438",
        (108.409_02, 43.821_45),
        'P',
        [0.0, 1.99, 1.57, 1.14, 0.73, 0.55, 0.29],
    ),
    calibrator("0005+383", "0005+383", (1.488_23, 38.337_54), '?', [0.0; 7]),
    calibrator("0957+553", "0957+553", (149.409_10, 55.382_71), '?', [0.0; 7]),
];

impl Calibrator {
    /// Flux density at 1.4 GHz, Jy.
    fn flux_jy(&self) -> Option<f64> {
        (self.fluxes_jy[1] > 0.0).then_some(self.fluxes_jy[1])
    }

    fn is_bandpass(&self) -> bool {
        self.flux_jy().is_some_and(|flux| flux > 1.0)
    }

    fn status(&self) -> CalibratorStatus {
        match self.name {
            "3C84" => CalibratorStatus::Inactive,
            "3C345" => CalibratorStatus::Deprecated,
            _ => CalibratorStatus::Active,
        }
    }
}

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
        measurement_date: Set(Some("2001-08-01".to_owned())),
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
