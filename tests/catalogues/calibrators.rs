//! Calibrators in the catalogues: by field, by declination, by name.

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    calibrators::{CalibratorStatus, bandpass_calibrator, vla_calibrator},
};
use almanac_service::{
    Repository,
    calibrators::{Band, NewBandpassCalibrator},
    catalogues::{
        Catalogue, FieldQuery, UnifiedQuery, calibrators_by_dec, calibrators_for_field,
        query_unified, source_info,
    },
};

use crate::{
    World,
    support::{Engine, engines},
};

engines!(
    calibrators_are_one_entry_a_name,
    a_field_has_a_bandpass_calibrator_and_gains,
    calibrators_of_a_declination_come_from_the_list,
    calibrators_are_known_by_their_names
);

const LIST: &str = "\
1331+305   J2000  A 13h31m08.287984s  30d30'32.958850\"  Aug01  3C286
 90cm    P  S S S S        26
 20cm    L  S P P P      15.0
  6cm    C  P P P P       7.5

1330+300   J2000  A 13h30m00.000000s  30d00'00.000000\"  Aug01
0.7cm    Q  W W W W       0.3

1332+301   J2000  A 13h32m00.000000s  30d06'00.000000\"  Aug01
 20cm    L  S P P P       2.0
";

async fn fill(world: &World) {
    let transaction = world.sessions.begin(Database::Calibrators).await.unwrap();
    let list = Repository::<_, vla_calibrator::Entity>::new(&transaction);
    list.import_vla(LIST, UnixTime(1.0)).await.unwrap();
    let table = Repository::<_, bandpass_calibrator::Entity>::new(&transaction);
    let calibrator = |name: &str, ra, dec, flux, status| NewBandpassCalibrator {
        dec_range_min: Some(25.0),
        dec_range_max: Some(35.0),
        flux_jy: flux,
        status,
        notes: Some("a note".to_owned()),
        ..NewBandpassCalibrator::new(name, ra, dec)
    };
    for (new, at) in [
        (calibrator("1331+305", 202.7845, 30.5092, None, CalibratorStatus::Active), 2.0),
        (calibrator("idle", 202.8, 30.5, Some(9.0), CalibratorStatus::Inactive), 3.0),
    ] {
        table.register_bandpass_calibrator(new, UnixTime(at)).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let csv = "name,ra_deg,dec_deg,flux_mjy\nself,202.7846,30.5093,14900\nstrong,202.7,30.4,1500\n\
               weak,202.75,30.45,900\n";
    world.build(Catalogue::Nvss, Some(30.5), csv).await;
}

async fn calibrators_are_one_entry_a_name(engine: Engine) {
    let world = World::new(engine).await;
    fill(&world).await;
    let query =
        UnifiedQuery { catalogues: vec![Catalogue::Vla], ..UnifiedQuery::new(202.7, 30.3, 1.0) };
    let all = query_unified(&world.sessions, &query).await.unwrap();
    let shown: Vec<_> = all
        .sources
        .iter()
        .map(|row| (row.source_name.as_str(), row.flux_jy.map(|flux| (flux * 1e3).round() / 1e3)))
        .collect();
    // What is measured at 43 GHz alone says nothing of 1.4 GHz.
    assert_eq!(shown, [("1331+305", Some(14.971)), ("1332+301", Some(1.995)), ("1330+300", None)]);
    let bright = UnifiedQuery { min_flux_jy: Some(0.0), ..query };
    let bright = query_unified(&world.sessions, &bright).await.unwrap();
    assert_eq!(bright.sources.len(), 2, "one without a flux density is left out");
}

async fn a_field_has_a_bandpass_calibrator_and_gains(engine: Engine) {
    let world = World::new(engine).await;
    fill(&world).await;
    let query = FieldQuery { radius_deg: 0.5, ..FieldQuery::new(202.75, 30.45) };
    let found = calibrators_for_field(&world.sessions, &query).await.unwrap();
    assert_eq!(found.bandpass.unwrap().calibrator_name, "1331+305");
    let gains: Vec<_> = found.gains.iter().map(|gain| gain.source_name.as_str()).collect();
    assert_eq!(
        gains,
        ["1332+301", "NVSS_202.700000_30.400000"],
        "neither the bandpass calibrator nor NVSS at its place"
    );
    assert_eq!(found.warnings, Vec::<String>::new());
    let without = FieldQuery { prefer_bandpass: false, ..query };
    let found = calibrators_for_field(&world.sessions, &without).await.unwrap();
    assert_eq!((found.bandpass, found.gains.len()), (None, 4));
}

async fn calibrators_of_a_declination_come_from_the_list(engine: Engine) {
    let world = World::new(engine).await;
    fill(&world).await;
    let names = async |band, min_flux| {
        let found = calibrators_by_dec(&world.sessions, 30.5, 1.0, min_flux, band, 10).await;
        found.unwrap().into_iter().map(|row| (row.name, row.flux_jy)).collect::<Vec<_>>()
    };
    let strong = [("1331+305".to_owned(), 15.0), ("1332+301".to_owned(), 2.0)];
    assert_eq!(names(Band::L, 1.0).await, strong);
    assert_eq!(names(Band::Q, 0.1).await, [("1330+300".to_owned(), 0.3)]);
    assert!(calibrators_by_dec(&world.sessions, 91.0, 1.0, 1.0, Band::L, 10).await.is_err());

    // Files of the list, in both of their forms, go before it.
    for fluxes in [
        "CREATE TABLE fluxes (name TEXT, band TEXT, band_code TEXT, flux_jy REAL, freq_hz REAL,
             quality_codes TEXT);
         INSERT INTO fluxes VALUES ('file', '20cm', 'L', 3.5, 1.4e9, 'PPPS'),
             ('file', '6cm', 'C', 2.5, 5e9, 'PPPS'), ('south', '20cm', 'L', 9, 1.4e9, NULL);",
        "CREATE TABLE fluxes (name TEXT, freq_hz REAL, flux_jy REAL, sidx REAL, sidx_f0_hz REAL);
         INSERT INTO fluxes VALUES ('file', 1.43e9, 3.5, NULL, NULL), ('file', 5e9, 2.5, 0, 5e9),
             ('south', 1.4e9, 9, NULL, NULL);",
    ] {
        let folder = world.folder.path().join("catalogs");
        let path = folder.join("vla_calibrators.sqlite3");
        let _ = std::fs::remove_file(&path);
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute_batch(
            "CREATE TABLE calibrators (name TEXT PRIMARY KEY, ra_deg REAL, dec_deg REAL);
             INSERT INTO calibrators VALUES ('file', 1, 30), ('south', 1, -30);",
        )
        .unwrap();
        file.execute_batch(fluxes).unwrap();
        drop(file);
        world.sessions.reset().await;
        assert_eq!(names(Band::L, 1.0).await, [("file".to_owned(), 3.5)]);
    }
}

async fn calibrators_are_known_by_their_names(engine: Engine) {
    let world = World::new(engine).await;
    fill(&world).await;
    let info = async |name| source_info(&world.sessions, name, None).await.unwrap();
    let idle = info("idle").await.unwrap();
    assert_eq!(idle.status, Some(CalibratorStatus::Inactive), "in use or not");
    assert_eq!((idle.dec_range_min, idle.notes.as_deref()), (Some(25.0), Some("a note")));
    let listed = info("1332+301").await.unwrap();
    assert_eq!((listed.status, listed.source.catalogue), (None, Catalogue::Vla));
    assert_eq!(info("nobody").await, None);
    let of_nvss = source_info(&world.sessions, "idle", Some(Catalogue::Nvss)).await.unwrap();
    assert_eq!(of_nvss, None);
    assert!(source_info(&world.sessions, " ", None).await.is_err());
    for name in ["NVSS_202.700000_30.400000", "nvss_202.71_30.41"] {
        let found = info(name).await.unwrap();
        assert_eq!(found.source.source_name, "NVSS_202.700000_30.400000");
        assert!(found.source.separation_deg < 0.02);
    }
}
