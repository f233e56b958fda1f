//! Calibrators: their registration and its history.

use almanac_entity::{
    UnixTime,
    calibrators::{
        CalibratorHistoryOrigin, CalibratorStatus, bandpass_calibrator, catalog_source,
        gain_calibrator,
    },
};
use almanac_service::{
    Error, Repository, Result, Writer,
    calibrators::{NewBandpassCalibrator, NewGainCalibrator},
};
use sea_orm::ActiveValue::Set;

engines! { Calibrators:
    registration_keeps_the_id_and_the_past,
    ranges_hold_both_ends_and_open_ones,
    a_calibrator_takes_the_place_of_those_whose_range_meets_its_own,
    a_status_is_set_once,
    gain_calibrators_keep_what_is_not_said,
    catalogue_sources_are_known_by_their_designation,
}

type Bandpass<'c> = Repository<'c, Writer, bandpass_calibrator::Entity>;

fn ranged(name: &str, dec: f64, min: Option<f64>, max: Option<f64>) -> NewBandpassCalibrator {
    NewBandpassCalibrator {
        dec_range_min: min,
        dec_range_max: max,
        ..NewBandpassCalibrator::new(name, 10.0, dec)
    }
}

async fn register(
    table: &Bandpass<'_>,
    new: NewBandpassCalibrator,
    at: f64,
) -> bandpass_calibrator::Model {
    table.register_bandpass_calibrator(new, UnixTime(at)).await.unwrap()
}

async fn names(found: Result<Vec<bandpass_calibrator::Model>>) -> Vec<String> {
    found.unwrap().into_iter().map(|row| row.calibrator_name).collect()
}

async fn registration_keeps_the_id_and_the_past(writer: Writer) {
    let table = Bandpass::new(&writer);
    let first = NewBandpassCalibrator {
        flux_jy: Some(14.9),
        source_catalog: Some("VLA".to_owned()),
        registered_by: Some("streaming".to_owned()),
        ..ranged("3C286", 30.5092, Some(25.0), Some(35.0))
    };
    let before = register(&table, first, 100.0).await;
    let second = NewBandpassCalibrator {
        registered_by: Some("ada".to_owned()),
        ..ranged("3C286", 30.5092, None, Some(40.0))
    };
    let after = register(&table, second, 200.0).await;
    assert_eq!((after.id, after.registered_at), (before.id, UnixTime(200.0)));
    assert_eq!((after.dec_range_min, after.flux_jy, after.source_catalog), (None, None, None));

    let past = table.bandpass_calibrator_history("3C286", 10).await.unwrap();
    let [past] = &past[..] else { panic!("there is one past state") };
    assert_eq!(past.origin, CalibratorHistoryOrigin::Update);
    assert_eq!((past.dec_range_min, past.flux_jy), (Some(25.0), Some(14.9)));
    assert_eq!((past.registered_at, past.archived_at), (UnixTime(100.0), UnixTime(200.0)));
    assert_eq!(past.archived_by.as_deref(), Some("ada"));

    let blank = NewBandpassCalibrator::new(" ", 10.0, 0.0);
    let off = NewBandpassCalibrator::new("A", 360.0, 0.0);
    let swapped = ranged("A", 0.0, Some(2.0), Some(1.0));
    let beyond = ranged("A", 0.0, None, Some(91.0));
    for (new, fault) in [
        (blank, "calibrator_name"),
        (off, "ra_deg"),
        (swapped, "dec_range_min"),
        (beyond, "dec_range_max"),
    ] {
        let refused = table.register_bandpass_calibrator(new, UnixTime(1.0)).await.unwrap_err();
        assert!(refused.to_string().starts_with(fault), "{refused}");
    }
}

async fn ranges_hold_both_ends_and_open_ones(writer: Writer) {
    let table = Bandpass::new(&writer);
    for (new, at) in [
        (ranged("closed", 30.0, Some(25.0), Some(35.0)), 1.0),
        (ranged("low", 0.0, None, Some(25.0)), 2.0),
        (ranged("high", 60.0, Some(35.0), None), 3.0),
        (ranged("open", 0.0, None, None), 3.0),
        (
            NewBandpassCalibrator {
                status: CalibratorStatus::Inactive,
                ..ranged("idle", 30.0, None, None)
            },
            9.0,
        ),
    ] {
        register(&table, new, at).await;
    }
    let active = Some(&CalibratorStatus::Active);
    let at = async |dec| names(table.bandpass_calibrators(Some(dec), active).await).await;
    assert_eq!(at(25.0).await, ["closed", "low", "open"]);
    assert_eq!(at(30.0).await, ["closed", "open"]);
    assert_eq!(at(35.0).await, ["closed", "high", "open"]);
    assert_eq!(names(table.bandpass_calibrators(None, active).await).await.len(), 4);
    assert_eq!(names(table.bandpass_calibrators(Some(30.0), None).await).await.len(), 3);
    // The one registered last; ties by name.
    let chosen = async |dec| table.bandpass_calibrator_at(dec).await.unwrap().unwrap();
    assert_eq!(chosen(40.0).await.calibrator_name, "high");
    assert_eq!(chosen(30.0).await.calibrator_name, "open");
    assert!(table.bandpass_calibrators(Some(90.5), None).await.is_err());
}

async fn a_calibrator_takes_the_place_of_those_whose_range_meets_its_own(writer: Writer) {
    let table = Bandpass::new(&writer);
    for new in [
        ranged("3C286", 30.5, Some(25.0), Some(35.0)),
        ranged("3C147", 49.8, Some(45.0), Some(50.0)),
        ranged("touches", 20.0, Some(10.0), Some(28.1597)),
        ranged("open", 0.0, None, None),
        ranged("north", 86.0, Some(80.0), None),
    ] {
        register(&table, new, 1.0).await;
    }
    let new = NewBandpassCalibrator {
        registered_by: Some("streaming".to_owned()),
        ..NewBandpassCalibrator::new("3C48", 24.4221, 33.1597)
    };
    let done = table.supersede_bandpass_calibrator(new, 5.0, UnixTime(2.0)).await.unwrap();
    let replaced: Vec<_> = done.replaced.iter().map(|row| row.calibrator_name.as_str()).collect();
    assert_eq!(replaced, ["3C286", "open", "touches"]);
    assert!(done.replaced.iter().all(|row| row.status == Some(CalibratorStatus::Inactive)));
    let range = (done.calibrator.dec_range_min.unwrap(), done.calibrator.dec_range_max.unwrap());
    assert!((range.0 - 28.1597).abs() < 1e-9 && (range.1 - 38.1597).abs() < 1e-9, "{range:?}");
    let past = table.bandpass_calibrator_history("3C286", 10).await.unwrap();
    assert_eq!(past[0].origin, CalibratorHistoryOrigin::Supersede);
    assert_eq!(past[0].status, Some(CalibratorStatus::Active));
    assert_eq!(past[0].archived_by.as_deref(), Some("streaming"));

    // Itself it does not replace, but its range is new.
    let again = NewBandpassCalibrator::new("3C48", 24.4221, 88.0);
    let done = table.supersede_bandpass_calibrator(again, 5.0, UnixTime(3.0)).await.unwrap();
    assert_eq!(done.calibrator.dec_range_max, Some(90.0), "clipped at the pole");
    let replaced: Vec<_> = done.replaced.iter().map(|row| row.calibrator_name.as_str()).collect();
    assert_eq!(replaced, ["north"]);
    let active = Some(&CalibratorStatus::Active);
    assert_eq!(names(table.bandpass_calibrators(None, active).await).await, ["3C147", "3C48"]);
}

async fn a_status_is_set_once(writer: Writer) {
    let table = Bandpass::new(&writer);
    register(&table, NewBandpassCalibrator::new("3C138", 80.2912, 16.6394), 1.0).await;
    let set = |status| table.set_bandpass_calibrator_status("3C138", status, None, UnixTime(2.0));
    let row = set(CalibratorStatus::Deprecated).await.unwrap();
    assert_eq!(row.status, Some(CalibratorStatus::Deprecated));
    assert_eq!(row.registered_at, UnixTime(1.0), "it is no registration");
    set(CalibratorStatus::Deprecated).await.unwrap();
    let past = table.bandpass_calibrator_history("3C138", 10).await.unwrap();
    assert_eq!(past.len(), 1);
    assert_eq!(past[0].origin, CalibratorHistoryOrigin::Status);
    assert!(set("asleep".into()).await.unwrap_err().to_string().contains("inactive"));
    let missing = table
        .set_bandpass_calibrator_status("3C0", CalibratorStatus::Active, None, UnixTime(2.0))
        .await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

async fn gain_calibrators_keep_what_is_not_said(writer: Writer) {
    let table = Repository::<_, gain_calibrator::Entity>::new(&writer);
    let new = |field: &str, name: &str, flux| NewGainCalibrator {
        field_id: field.to_owned(),
        source_name: name.to_owned(),
        ra_deg: 1.0,
        dec_deg: 2.0,
        flux_jy: flux,
        ..NewGainCalibrator::default()
    };
    let first = table.register_gain_calibrator(new("f2", "B", Some(2.0)), UnixTime(1.0)).await;
    let again = table.register_gain_calibrator(new("f2", "B", None), UnixTime(2.0)).await.unwrap();
    assert_eq!(first.unwrap(), again);
    table.register_gain_calibrator(new("f2", "A", None), UnixTime(1.0)).await.unwrap();
    table.register_gain_calibrator(new("f1", "C", None), UnixTime(1.0)).await.unwrap();
    let names = async |field| {
        let found = table.gain_calibrators(field, 10, 0).await.unwrap();
        found.into_iter().map(|row| row.source_name).collect::<Vec<_>>()
    };
    assert_eq!(names(Some("f2")).await, ["A", "B"]);
    assert_eq!(names(None).await, ["C", "A", "B"]);
}

async fn catalogue_sources_are_known_by_their_designation(writer: Writer) {
    let table = Repository::<_, catalog_source::Entity>::new(&writer);
    let row = |catalog: &str, id: Option<&str>, name: &str, ra: f64, dec: f64| {
        catalog_source::ActiveModel {
            source_name: Set(name.to_owned()),
            catalog: Set(catalog.into()),
            catalog_id: Set(id.map(str::to_owned)),
            ra_deg: Set(ra),
            dec_deg: Set(dec),
            ..Default::default()
        }
    };
    let put = async |row, at| table.upsert_catalog_source(row, UnixTime(at)).await.unwrap();
    let first = put(row("NVSS", Some("J0"), "a", 0.0005, 10.0), 1.0).await;
    let again = put(row("NVSS", Some("J0"), "b", 0.0005, 10.0), 2.0).await;
    assert_eq!((again.id, again.created_at), (first.id, UnixTime(1.0)));
    assert_eq!((again.updated_at, &again.source_name[..]), (UnixTime(2.0), "b"));
    let unnamed = put(row("FIRST", None, "c", 359.9995, 10.0), 1.0).await;
    assert_eq!(put(row("FIRST", None, "c", 359.9995, 10.0), 2.0).await.id, unnamed.id);
    put(row("RACS", None, "d", 0.002, 10.0), 1.0).await;
    put(row("NVSS", Some("J1"), "e", 0.0006, 10.0), 1.0).await;

    let near = table.match_suggestions(first.id, 10.0, 5).await.unwrap();
    let near: Vec<_> = near
        .iter()
        .map(|near| (near.source.source_name.as_str(), near.separation_arcsec.round()))
        .collect();
    assert_eq!(near, [("c", 4.0), ("d", 5.0)]);
    assert!(
        table.upsert_catalog_source(row("NVSS", None, "", 0.0, 0.0), UnixTime(1.0)).await.is_err()
    );
}
