//! What a dashboard counts.

use almanac_entity::{
    UnixTime,
    cal_registry::{CaltableType, caltable},
    ingest::{ingest_group, performance_metric, subband_file},
    products::{
        EseCandidateStatus, EseFlagType, ImageType, ese_candidate, image, ms_index, photometry,
        variability_stat,
    },
};
use almanac_service::{
    Error, Repository, Writer,
    statistics::{Completeness, RecentCount, TimeRange},
};
use sea_orm::ActiveValue::Set;

mod products {
    use super::{
        counts_tell_what_is_new, images_are_counted_by_hour, percentiles_are_values_that_occur,
        sources_are_counted_by_their_statistics,
    };

    engines! { Products:
        counts_tell_what_is_new,
        images_are_counted_by_hour,
        percentiles_are_values_that_occur,
        sources_are_counted_by_their_statistics,
    }
}

mod ingest {
    use super::{groups_are_complete_or_not, stages_are_timed};

    engines! { Ingest: groups_are_complete_or_not, stages_are_timed }
}

mod cal_registry {
    use super::calibration_has_gaps;

    engines! { CalRegistry: calibration_has_gaps }
}

/// 2025-10-09T00:00:00.
const DAY: f64 = 1_759_968_000.0;

fn at(seconds: f64) -> UnixTime {
    UnixTime(DAY + seconds)
}

fn range(from: f64, to: f64) -> TimeRange {
    TimeRange::new(at(from), at(to), 31.0).unwrap()
}

async fn add_images(writer: &Writer, noises: &[(f64, Option<f64>)]) {
    let sets = Repository::<_, ms_index::Entity>::new(writer);
    let set = ms_index::ActiveModel { path: Set("/a.ms".to_owned()), ..Default::default() };
    sets.upsert_by_path(set, at(0.0)).await.unwrap();
    let row = |(seconds, noise_jy): &(f64, Option<f64>)| image::ActiveModel {
        path: Set(format!("/{seconds}.fits")),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(at(*seconds)),
        kind: Set(ImageType::Image),
        noise_jy: Set(*noise_jy),
        ..Default::default()
    };
    let rows: Vec<_> = noises.iter().map(row).collect();
    Repository::<_, image::Entity>::new(writer).insert_many(rows).await.unwrap();
}

pub(crate) async fn counts_tell_what_is_new(writer: Writer) {
    add_images(&writer, &[(-90_000.0, None), (-80_000.0, None), (-1.0, None)]).await;
    let images = Repository::<_, image::Entity>::new(&writer);
    let last_day = TimeRange::last_days(1.0, at(0.0));
    let count = images.count_recent(last_day).await.unwrap();
    assert_eq!(count, RecentCount { total: 3, recent: 2 });

    let stats = Repository::<_, variability_stat::Entity>::new(&writer);
    let candidates = Repository::<_, ese_candidate::Entity>::new(&writer);
    let row = variability_stat::ActiveModel {
        source_id: Set("S1".to_owned()),
        ra_deg: Set(1.0),
        dec_deg: Set(2.0),
        updated_at: Set(at(0.0)),
        ..Default::default()
    };
    stats.insert(row).await.unwrap();
    for status in [EseCandidateStatus::Active, EseCandidateStatus::Dismissed] {
        let row = ese_candidate::ActiveModel {
            source_id: Set("S1".to_owned()),
            flagged_at: Set(at(0.0)),
            significance: Set(6.0),
            flag_type: Set(EseFlagType::Variability),
            status: Set(Some(status)),
            ..Default::default()
        };
        candidates.insert(row).await.unwrap();
    }
    assert_eq!(candidates.count_active().await.unwrap(), 1);
}

pub(crate) async fn images_are_counted_by_hour(writer: Writer) {
    add_images(&writer, &[(0.0, None), (3_599.5, None), (7_200.0, None), (10_800.0, None)]).await;
    let images = Repository::<_, image::Entity>::new(&writer);
    let three_hours = range(0.0, 10_800.0);
    assert_eq!(images.made_by_hour(three_hours).await.unwrap(), [2, 0, 1]);
    assert_eq!(three_hours.hours(), [at(0.0), at(3_600.0), at(7_200.0)]);
    let between = range(3_600.5, 7_201.0);
    assert_eq!(images.made_by_hour(between).await.unwrap(), [0, 1]);
    for (from, to) in [(1.0, 1.0), (0.0, 32.0 * 86_400.0), (0.0, f64::NAN)] {
        let refused = TimeRange::new(at(from), at(to), 31.0);
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
}

pub(crate) async fn percentiles_are_values_that_occur(writer: Writer) {
    let mut noises: Vec<_> = (1..=20).map(|n| (f64::from(n), Some(f64::from(n) / 1e4))).collect();
    noises.extend([(50.0, None), (86_400.0, Some(0.5)), (86_401.0, Some(0.25))]);
    add_images(&writer, &noises).await;
    let images = Repository::<_, image::Entity>::new(&writer);
    let noise = images.noise(range(0.0, 86_400.0)).await.unwrap().unwrap();
    assert_eq!(noise.count, 20);
    // The nearest ranks among 20 are the 1st, the 10th and the 19th.
    assert_eq!((noise.p5, noise.median, noise.p95), (1e-4, 1e-3, 1.9e-3));
    assert_eq!((noise.min, noise.max), (1e-4, 2e-3));
    assert!((noise.mean - 1.05e-3).abs() < 1e-12);
    assert_eq!(images.noise(range(-10.0, 0.0)).await.unwrap(), None);

    let days = images.noise_by_day(range(0.0, 2.0 * 86_400.0)).await.unwrap();
    assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [at(0.0), at(86_400.0)]);
    let second = days[1].values;
    assert_eq!((second.count, second.p5, second.median, second.p95), (2, 0.25, 0.25, 0.5));
    assert!(images.dynamic_range_by_day(range(0.0, 86_400.0)).await.unwrap().is_empty());
}

pub(crate) async fn sources_are_counted_by_their_statistics(writer: Writer) {
    add_images(&writer, &[(0.0, None)]).await;
    let measurements = Repository::<_, photometry::Entity>::new(&writer);
    for source in ["S1", "S2", "S2"] {
        let row = photometry::ActiveModel {
            source_id: Set(source.to_owned()),
            image_path: Set("/0.fits".to_owned()),
            peak_jyb: Set(1.0),
            ra_deg: Set(1.0),
            dec_deg: Set(2.0),
            measured_at: Set(at(0.0)),
            ..Default::default()
        };
        measurements.insert(row).await.unwrap();
    }
    assert_eq!(measurements.count_sources(at(0.0)).await.unwrap(), 2);
    let stats = Repository::<_, variability_stat::Entity>::new(&writer);
    for source in ["S1", "S2", "S3"] {
        let row = variability_stat::ActiveModel {
            source_id: Set(source.to_owned()),
            ra_deg: Set(1.0),
            dec_deg: Set(2.0),
            updated_at: Set(at(0.0)),
            ..Default::default()
        };
        stats.insert(row).await.unwrap();
    }
    assert_eq!(measurements.count_sources(at(86_400.0)).await.unwrap(), 3);
    // Older than a day, they are not asked.
    assert_eq!(measurements.count_sources(at(86_401.0)).await.unwrap(), 2);
}

async fn add_group(writer: &Writer, group_id: &str, subbands: i32) {
    let groups = Repository::<_, ingest_group::Entity>::new(writer);
    for index in 0..subbands {
        let path = format!("/{group_id}_sb{index:02}.hdf5");
        groups.record_subband(group_id, index, &path, None, at(0.0)).await.unwrap();
    }
}

pub(crate) async fn groups_are_complete_or_not(writer: Writer) {
    add_group(&writer, "2025-10-09T00:10:00", 16).await;
    add_group(&writer, "2025-10-09T05:00:00", 12).await;
    add_group(&writer, "2025-10-09T05:10:00", 11).await;
    add_group(&writer, "2025-10-10T00:00:00", 16).await;
    let files = Repository::<_, subband_file::Entity>::new(&writer);
    let days = files.completeness(range(0.0, 2.0 * 86_400.0), false).await.unwrap();
    let first = Completeness {
        day: "2025-10-09".to_owned(),
        hour: None,
        complete: 1,
        incomplete: 1,
        fragments: 1,
        subbands: 39,
    };
    assert_eq!((days.len(), &days[0]), (2, &first));
    let hours = files.completeness(range(0.0, 86_400.0), true).await.unwrap();
    let hours: Vec<_> =
        hours.iter().map(|cell| (cell.hour, cell.complete, cell.fragments)).collect();
    assert_eq!(hours, [(Some(0), 1, 0), (Some(5), 0, 1)]);

    let groups = Repository::<_, ingest_group::Entity>::new(&writer);
    let received = groups.received_by_hour(range(0.0, 3_600.0)).await.unwrap();
    assert_eq!(received, [4]);
    assert_eq!(groups.completed_by_hour(range(0.0, 3_600.0)).await.unwrap(), [0]);
}

pub(crate) async fn stages_are_timed(writer: Writer) {
    let times = Repository::<_, performance_metric::Entity>::new(&writer);
    for (group, seconds) in [
        ("2025-10-09T00:00:00", vec![("imaging_time", 10.0), ("conversion_time", 7.0)]),
        (
            "2025-10-09T01:00:00",
            vec![
                ("imaging_time", 30.0),
                ("load_time", 1.0),
                ("phase_time", 2.0),
                ("write_time", 3.0),
            ],
        ),
        ("2025-10-09T02:00:00", vec![("imaging_time", 20.0), ("load_time", 4.0)]),
    ] {
        add_group(&writer, group, 1).await;
        times.record_metrics(group, &seconds, None, at(5.0)).await.unwrap();
    }
    let stages = times.stage_times(range(0.0, 10.0)).await.unwrap();
    let found: Vec<_> = stages
        .iter()
        .map(|stage| (stage.stage, stage.seconds.count, stage.seconds.median, stage.seconds.p95))
        .collect();
    let expected = [
        ("load", 2, 1.0, 4.0),
        ("phase", 1, 2.0, 2.0),
        ("write", 1, 3.0, 3.0),
        ("conversion", 2, 6.0, 7.0),
        ("imaging", 3, 20.0, 30.0),
    ];
    assert_eq!(found, expected);
    assert!(times.stage_times(range(5.1, 10.0)).await.unwrap().is_empty());
}

pub(crate) async fn calibration_has_gaps(writer: Writer) {
    let tables = Repository::<_, caltable::Entity>::new(&writer);
    let mjd = |seconds| Some(at(seconds).mjd());
    let table = |path: &str, kind: CaltableType, start, end| caltable::ActiveModel {
        path: Set(path.to_owned()),
        table_type: Set(kind),
        order_index: Set(10),
        valid_start_mjd: Set(start),
        valid_end_mjd: Set(end),
        ..Default::default()
    };
    let rows = vec![
        table("/a", CaltableType::Gp, mjd(0.0), mjd(21_600.0)),
        table("/b", CaltableType::Gp, mjd(10_800.0), mjd(43_200.0)),
        table("/c", CaltableType::Gp, mjd(64_800.0), None),
        table("/d", CaltableType::K, None, mjd(-1.0)),
        table("/e", CaltableType::Flux, None, None),
        table("/f", "POL".into(), mjd(43_200.0), mjd(86_400.0)),
    ];
    tables.register_set("set", rows, false, at(0.0)).await.unwrap();
    let retired = table("/g", CaltableType::K, None, None);
    tables.register_set("old", vec![retired], false, at(0.0)).await.unwrap();
    tables.retire_set("old", None).await.unwrap();

    let coverage = tables.coverage(range(0.0, 86_400.0), at(50_000.0)).await.unwrap();
    let types: Vec<&str> = coverage.iter().map(|found| found.table_type.as_str()).collect();
    assert_eq!(types, ["GP", "FLUX", "POL"]);
    let gains = &coverage[0];
    assert_eq!((gains.tables, gains.covered.len(), gains.gaps.len()), (3, 2, 1));
    assert!((gains.gaps[0].start_mjd - at(43_200.0).mjd()).abs() < 1e-9);
    assert!((gains.fraction - 0.75).abs() < 1e-9);
    assert_eq!((gains.is_current, coverage[1].is_current), (false, true));
    assert_eq!((coverage[1].gaps.len(), coverage[1].fraction), (0, 1.0));
}
