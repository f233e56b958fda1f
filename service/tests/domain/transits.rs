//! Transits of calibrators, and the groups that caught them.

use almanac_entity::{
    UnixTime,
    calibrators::{CalibratorStatus, bandpass_calibrator},
    products::calibrator_transit,
};
use almanac_service::{Repository, Writer, calibrators::ObservedGroup};

engines! { Products: the_nearest_group_at_the_declination_caught_a_transit, known_transits_stay }

fn calibrator(name: &str, ra_deg: f64, dec_deg: f64) -> bandpass_calibrator::Model {
    bandpass_calibrator::Model {
        id: 1,
        calibrator_name: name.to_owned(),
        ra_deg,
        dec_deg,
        dec_range_min: None,
        dec_range_max: None,
        source_catalog: None,
        flux_jy: None,
        registered_at: UnixTime(0.0),
        registered_by: None,
        status: Some(CalibratorStatus::Active),
        notes: None,
        healpix: None,
    }
}

fn group(name: &str, mid_mjd: f64, dec_deg: f64) -> ObservedGroup {
    ObservedGroup { group_id: name.to_owned(), mid_mjd, dec_deg }
}

const MINUTE: f64 = 1.0 / 1_440.0;

async fn the_nearest_group_at_the_declination_caught_a_transit(writer: Writer) {
    let table = Repository::<_, calibrator_transit::Entity>::new(&writer);
    let now = UnixTime::from_mjd(60_700.0);
    let calibrators = [calibrator("3C286", 202.784_5, 30.509_2)];
    let report = table.recompute_transits(&calibrators, &[], 60.0, now).await.unwrap();
    assert_eq!((report.transits, report.inserted, report.with_data), (60, 60, 0));
    let transits = table.transits(Some("3C286"), None, 100).await.unwrap();
    let mjd: Vec<f64> = transits.iter().map(|transit| transit.transit_mjd).collect();
    assert!(mjd.windows(2).all(|pair| (pair[0] - pair[1] - 0.997_27).abs() < 1e-5));
    assert!(mjd.iter().all(|mjd| (60_640.0..=60_700.0).contains(mjd)));

    let groups = [
        group("late", mjd[0] + 4.0 * MINUTE, 30.0),
        group("near", mjd[0] - 2.0 * MINUTE, 31.0),
        group("elsewhere", mjd[0], 34.0),
        group("edge", mjd[1] + 29.0 * MINUTE, 30.5),
        group("too late", mjd[2] + 31.0 * MINUTE, 30.5),
    ];
    let later = UnixTime(now.0 + 10.0);
    let report = table.recompute_transits(&calibrators, &groups, 60.0, later).await.unwrap();
    assert_eq!((report.inserted, report.removed, report.with_data), (0, 0, 1));
    let transits = table.transits(None, None, 3).await.unwrap();
    let caught = &transits[0];
    assert_eq!(caught.group_id.as_deref(), Some("near"));
    assert!((caught.delta_minutes.unwrap() + 2.0).abs() < 1e-3);
    assert!(caught.has_data && caught.dec_match && caught.pb_response.unwrap() > 0.7);
    assert_eq!((caught.calculated_at, caught.updated_at), (now, later));
    // Seven degrees off the axis there is nothing to be had.
    assert_eq!(transits[1].group_id.as_deref(), Some("edge"));
    assert!(!transits[1].has_data && transits[1].pb_response.unwrap() < 0.05);
    assert_eq!((transits[2].group_id.as_deref(), transits[2].dec_match), (None, false));
    assert_eq!(table.transits(None, Some(true), 10).await.unwrap().len(), 1);
    assert!(table.recompute_transits(&calibrators, &groups, 0.0, later).await.is_err());
}

async fn known_transits_stay(writer: Writer) {
    let table = Repository::<_, calibrator_transit::Entity>::new(&writer);
    let first = UnixTime::from_mjd(60_700.0);
    let second = UnixTime::from_mjd(60_705.5);
    let of = |ra| [calibrator("A", ra, 10.0), calibrator("B", 0.001, -5.0)];
    table.recompute_transits(&of(359.999), &[], 30.0, first).await.unwrap();
    let report = table.recompute_transits(&of(359.999), &[], 30.0, second).await.unwrap();
    assert_eq!((report.calibrators, report.removed), (2, 0));
    assert!((10..=12).contains(&report.inserted), "{report:?}");
    let all = table.transits(Some("A"), None, 1_000).await.unwrap();
    assert_eq!(all.iter().filter(|transit| transit.calculated_at == first).count(), 31);
    // Of a position that it has no more nothing stays.
    let report = table.recompute_transits(&of(10.0), &[], 30.0, second).await.unwrap();
    assert_eq!((report.removed, report.inserted), (30, 30));
}
