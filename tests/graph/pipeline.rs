//! Questions about the pipeline: its queue, its states, its raw files, its calibration, its images.

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    cal_registry::caltable,
    hdf5::hdf5_file,
    ingest::ingest_group,
    products::{image, ms_index, ms_state},
};
use almanac_service::Repository;
use sea_orm::Set;
use serde_json::json;

use super::world::World;
use crate::support::{Engine, engines};

engines!(
    the_queue_is_counted,
    a_measurement_set_says_where_it_stands,
    raw_files_come_as_observations,
    sets_of_caltables_are_compared,
    images_are_searched_across_databases,
    the_time_of_a_measurement_set_need_not_be_asked_for,
);

async fn group(world: &World, group_id: &str, state: &str, has_calibrator: bool) {
    let writer = world.sessions.writer(Database::Ingest).await.unwrap();
    let row = ingest_group::ActiveModel {
        group_id: Set(group_id.to_owned()),
        state: Set(state.into()),
        received_at: Set(UnixTime(1.7e9)),
        last_update: Set(UnixTime(1.7e9)),
        has_calibrator: Set(Some(has_calibrator)),
        ..Default::default()
    };
    Repository::<_, ingest_group::Entity>::new(&writer).insert(row).await.unwrap();
}

async fn the_queue_is_counted(engine: Engine) {
    let world = World::of(engine, &[Database::Ingest]).await;
    for (hour, state) in [(0, "collecting"), (1, "pending"), (2, "processing")] {
        group(&world, &format!("2025-10-02T0{hour}:00:00"), state, false).await;
    }
    let writer = world.sessions.writer(Database::Ingest).await.unwrap();
    let groups = Repository::<_, ingest_group::Entity>::new(&writer);
    for (hour, subband) in [(0, 3), (0, 4), (1, 5)] {
        let (group, path) = (format!("2025-10-02T0{hour}:00:00"), format!("/{hour}/{subband}"));
        groups.record_subband(&group, subband, &path, None, UnixTime(1.7e9)).await.unwrap();
    }
    let counts = world.ask("{ ingestStateCounts { state groups mayBecome } }").await;
    let expected = json!([
        {"state": "collecting", "groups": 1, "mayBecome": ["pending", "failed"]},
        {"state": "pending", "groups": 1, "mayBecome": ["in_progress", "failed"]},
        {"state": "in_progress", "groups": 1, "mayBecome": ["completed", "failed", "pending"]},
        {"state": "completed", "groups": 0, "mayBecome": []},
        {"state": "failed", "groups": 0, "mayBecome": ["pending"]},
    ]);
    assert_eq!(counts["ingestStateCounts"], expected);
    let one = world.ask("{ ingestStateCounts(state: FAILED) { groups } }").await;
    assert_eq!(one["ingestStateCounts"], json!([{"groups": 0}]));
    let lists = "{ ingestGroups(orderBy: [{field: GROUP_ID}]) { nodes { subbandCount } } }";
    let (lists, statements) = world.count_statements(lists).await;
    let counts = json!([{"subbandCount": 2}, {"subbandCount": 1}, {"subbandCount": 0}]);
    assert_eq!(lists["ingestGroups"]["nodes"], counts);
    assert_eq!(statements, 2, "one for the page, one for all the counts");
}

async fn a_measurement_set_says_where_it_stands(engine: Engine) {
    let world = World::of(engine, &[Database::Products]).await;
    let writer = world.sessions.writer(Database::Products).await.unwrap();
    let states = Repository::<_, ms_state::Entity>::new(&writer);
    states.mark_failed("/a.ms", "disk full", UnixTime(1.7e9)).await.unwrap();
    let standing = world
        .ask(
            r#"{
                a: measurementSetStanding(msPath: "/a.ms") {
                    state isTracked canRetry mayBecome record { errorMessage }
                }
                b: measurementSetStanding(msPath: "/b.ms") {
                    state isTracked canRetry mayBecome record { errorMessage }
                }
                processingStateCounts { state measurementSets }
            }"#,
        )
        .await;
    let failed = json!({
        "state": "failed", "isTracked": true, "canRetry": true,
        "mayBecome": ["pending", "error"], "record": {"errorMessage": "disk full"},
    });
    let untracked = json!({
        "state": "pending", "isTracked": false, "canRetry": true,
        "mayBecome": ["converting", "failed"], "record": null,
    });
    assert_eq!((&standing["a"], &standing["b"]), (&failed, &untracked));
    let counts = standing["processingStateCounts"].as_array().unwrap();
    assert_eq!(counts.len(), 10);
    assert!(counts.contains(&json!({"state": "failed", "measurementSets": 1})));
}

async fn raw_files_come_as_observations(engine: Engine) {
    let world = World::of(engine, &[Database::Hdf5]).await;
    let files = (0..16).map(|subband| {
        let second = subband % 3;
        let group = format!("2025-10-02T00:00:{second:02}");
        hdf5_file::ActiveModel {
            path: Set(format!("/{group}_sb{subband:02}.hdf5")),
            filename: Set(format!("{group}_sb{subband:02}.hdf5")),
            group_id: Set(group.clone()),
            subband_code: Set(format!("sb{subband:02}")),
            timestamp_iso: Set(group),
            timestamp_mjd: Set(60_950.0 + f64::from(second) / 86_400.0),
            subband_num: Set(Some(subband)),
            ..Default::default()
        }
    });
    let writer = world.sessions.writer(Database::Hdf5).await.unwrap();
    Repository::<_, hdf5_file::Entity>::new(&writer).insert_many(files).await.unwrap();
    let data = world
        .ask(
            "{
                subbandGroups(fromMjd: 60950, toMjd: 60951) {
                    groupId completeness subbands slots duplicates { path }
                }
                completeSubbandGroups(fromMjd: 60950, toMjd: 60951) { groupId subbands }
                exact: completeSubbandGroups(fromMjd: 60950, toMjd: 60951, exact: true) { groupId }
                hdf5Stats { files stored byDate { date files } byDeclination { decDeg files } }
            }",
        )
        .await;
    let observation = &data["subbandGroups"][0];
    assert_eq!(
        (&observation["groupId"], &observation["completeness"]),
        (&json!("2025-10-02T00:00:00"), &json!("COMPLETE"))
    );
    assert_eq!(observation["slots"].as_array().unwrap().len(), 16);
    assert_eq!(
        data["completeSubbandGroups"],
        json!([{"groupId": "2025-10-02T00:00:00", "subbands": 16}])
    );
    assert_eq!(data["exact"], json!([]));
    let stats = json!({
        "files": 16, "stored": 16,
        "byDate": [{"date": "2025-10-02", "files": 16}],
        "byDeclination": [{"decDeg": null, "files": 1}],
    });
    assert_eq!(data["hdf5Stats"], stats);
    let (code, message) =
        world.refusal("{ subbandGroups(fromMjd: 2, toMjd: 1) { groupId } }").await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("from_mjd"), "{message}");
}

async fn sets_of_caltables_are_compared(engine: Engine) {
    let world = World::of(engine, &[Database::CalRegistry]).await;
    let writer = world.sessions.writer(Database::CalRegistry).await.unwrap();
    let tables = Repository::<_, caltable::Entity>::new(&writer);
    for (set, start, end) in [("a", 60_000.0, 60_000.5), ("b", 60_000.5, 60_001.0)] {
        let row = caltable::ActiveModel {
            path: Set(format!("/{set}")),
            table_type: Set("BP".into()),
            order_index: Set(30),
            valid_start_mjd: Set(Some(start)),
            valid_end_mjd: Set(Some(end)),
            source_ms_path: Set(Some(format!("/{set}.ms"))),
            ..Default::default()
        };
        tables.register_set(set, vec![row], true, UnixTime(1.7e9)).await.unwrap();
    }
    let data = world
        .ask(
            r#"{
                caltableSets { setName tables active }
                caltableTimeline(fromMjd: 60000.6, toMjd: 60002) { path }
                caltableOverlaps(setName: "c", validEndMjd: 60000.2) { setName validStartMjd }
                interpolatedSelection(mjd: 60000.5) {
                    method before { setName weight tables { path } } after { setName weight }
                    warnings
                }
                caltableImpact(paths: ["/a", "/b", "/c"])
            }"#,
        )
        .await;
    assert_eq!(data["caltableSets"].as_array().unwrap().len(), 2);
    assert_eq!(data["caltableTimeline"], json!([{"path": "/b"}]));
    assert_eq!(data["caltableOverlaps"], json!([{"setName": "a", "validStartMjd": 60_000.0}]));
    let selection = json!({
        "method": "INTERPOLATED",
        "before": {"setName": "a", "weight": 0.5, "tables": [{"path": "/a"}]},
        "after": {"setName": "b", "weight": 0.5},
        "warnings": [],
    });
    assert_eq!(data["interpolatedSelection"], selection);
    assert_eq!(data["caltableImpact"], json!(["/a.ms", "/b.ms"]));
    let (code, _) = world.refusal("{ interpolatedSelection(mjd: 70000) { method } }").await;
    assert_eq!(code, "NOT_FOUND");
}

async fn images_are_searched_across_databases(engine: Engine) {
    let world = World::of(engine, &[Database::Products, Database::Ingest]).await;
    group(&world, "2025-10-02T00:00:00", "completed", true).await;
    group(&world, "2025-10-02T01:00:00", "completed", false).await;
    let writer = world.sessions.writer(Database::Products).await.unwrap();
    let sets = (0..2).map(|hour| ms_index::ActiveModel {
        path: Set(format!("/{hour}.ms")),
        mid_mjd: Set(Some(60_950.0 + f64::from(hour) / 24.0 + 0.002)),
        group_id: Set(Some(format!("2025-10-02T0{hour}:00:00"))),
        ..Default::default()
    });
    Repository::<_, ms_index::Entity>::new(&writer).insert_many(sets).await.unwrap();
    let images = (0..2).map(|hour| image::ActiveModel {
        path: Set(format!("/{hour}.fits")),
        ms_path: Set(format!("/{hour}.ms")),
        created_at: Set(UnixTime(1.7e9 + f64::from(hour))),
        kind: Set("clean".into()),
        dynamic_range: Set(Some(100.0 * f64::from(hour + 1))),
        ..Default::default()
    });
    Repository::<_, image::Entity>::new(&writer).insert_many(images).await.unwrap();
    for (filter, expected) in [
        ("", json!(["/1.fits", "/0.fits"])),
        ("filter: {hasCalibrator: true}", json!(["/0.fits"])),
        ("filter: {hasCalibrator: false, midMjd: {from: 60950}}", json!(["/1.fits"])),
        ("filter: {qaGrade: GOOD, types: [CLEAN]}", json!(["/1.fits"])),
        ("filter: {created: {to: \"2023-11-14T22:13:20Z\"}}", json!(["/0.fits"])),
        ("sortBy: MID_MJD, descending: false, limit: 1", json!(["/0.fits"])),
    ] {
        let arguments = if filter.is_empty() { String::new() } else { format!("({filter})") };
        let query = format!(
            "{{ searchImages{arguments} {{ totalCount images {{ path measurementSet {{ path }} }} }} }}"
        );
        let data = world.ask(&query).await;
        let images = data["searchImages"]["images"].as_array().unwrap();
        let paths: Vec<_> = images.iter().map(|image| image["path"].clone()).collect();
        assert_eq!(json!(paths), expected, "{filter}");
    }
    let (code, _) = world.refusal("{ searchImages(limit: 1001) { totalCount } }").await;
    assert_eq!(code, "BAD_USER_INPUT");
    let bad = "{ searchImages(filter: {noiseJy: {from: 2, to: 1}}) { totalCount } }";
    assert_eq!(world.refusal(bad).await.0, "BAD_USER_INPUT");
}

async fn the_time_of_a_measurement_set_need_not_be_asked_for(engine: Engine) {
    let world = World::with_images(engine, 2, 1).await;
    let query = "{ measurementSets { nodes { caltables { path } runId qaVerdict } } }";
    let sets = world.ask(query).await;
    for set in sets["measurementSets"]["nodes"].as_array().unwrap() {
        assert_eq!(set["caltables"].as_array().unwrap().len(), 2, "{set}");
    }
}
