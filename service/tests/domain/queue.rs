//! The queue of the converter as a state machine, and what keeps it moving.

use std::fs;

use almanac_entity::{
    UnixTime,
    ingest::{IngestState, ingest_group, performance_metric, subband_file},
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    hdf5::DirectoryScan,
    ingest::{CollectingTimeout, INGEST_STATES, Merge},
};
use sea_orm::ActiveValue::{Set, Unchanged};
use serde_json::json;

engines! { Ingest:
    every_move_is_legal_or_refused,
    the_earliest_pending_group_is_taken,
    work_that_fails_is_tried_again,
    what_is_known_of_a_group_is_written_down,
    quiet_groups_are_not_waited_for,
    stale_groups_fail,
    groups_of_one_observation_become_one,
    a_directory_is_recorded,
}

type Groups<'w> = Repository<'w, Writer, ingest_group::Entity>;

const START: &str = "2025-10-02T00:12:30";
const NOW: UnixTime = UnixTime(10_000.0);

async fn add(writer: &Writer, group_id: &str, state: &str) {
    let row = ingest_group::ActiveModel {
        group_id: Set(group_id.to_owned()),
        state: Set(state.into()),
        received_at: Set(UnixTime(1.0)),
        last_update: Set(UnixTime(1.0)),
        ..Default::default()
    };
    Groups::new(writer).insert(row).await.unwrap();
}

async fn record(writer: &Writer, group: &str, subbands: std::ops::Range<i32>, now: f64) {
    for index in subbands {
        let path = format!("/{group}_sb{index:02}.hdf5");
        let groups = Groups::new(writer);
        groups.record_subband(group, index, &path, None, UnixTime(now)).await.unwrap();
    }
}

fn is_conflict<T: std::fmt::Debug>(outcome: Result<T, Error>, text: &str) -> bool {
    matches!(&outcome, Err(Error::Conflict(message)) if message.contains(text))
}

async fn every_move_is_legal_or_refused(writer: Writer) {
    let groups = Groups::new(&writer);
    add(&writer, START, "collecting").await;
    let words = ["collecting", "pending", "in_progress", "completed", "failed", "processing"];
    for from in words.map(IngestState::from) {
        for to in words.map(IngestState::from) {
            let row = ingest_group::ActiveModel {
                group_id: Unchanged(START.to_owned()),
                state: Set(from.clone()),
                ..Default::default()
            };
            groups.update(row).await.unwrap();
            let read =
                if from.as_str() == "processing" { IngestState::InProgress } else { from.clone() };
            let moved = groups.update_state(START, to.clone(), None, NOW).await;
            if INGEST_STATES.allows(&read, &to) {
                assert_eq!(moved.unwrap().state, to, "{from} {to}");
            } else {
                assert!(is_conflict(moved, read.as_str()), "{from} {to}");
                assert_eq!(groups.get(START).await.unwrap().state, from);
            }
        }
    }
    let nobody = groups.update_state("2025-10-02T09:00:00", IngestState::Failed, None, NOW).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })), "{nobody:?}");
}

async fn the_earliest_pending_group_is_taken(writer: Writer) {
    let groups = Groups::new(&writer);
    assert_eq!(groups.acquire_next_pending(NOW).await.unwrap(), None);
    for (hour, state) in [(3, "pending"), (1, "completed"), (2, "pending"), (0, "collecting")] {
        add(&writer, &format!("2025-10-02T0{hour}:00:00"), state).await;
    }
    let first = groups.acquire_next_pending(NOW).await.unwrap().unwrap();
    assert_eq!(first.group_id, "2025-10-02T02:00:00");
    assert_eq!((first.state, first.last_update), (IngestState::InProgress, NOW));
    let second = groups.acquire_next_pending(NOW).await.unwrap().unwrap();
    assert_eq!(second.group_id, "2025-10-02T03:00:00");
    assert_eq!(groups.acquire_next_pending(NOW).await.unwrap(), None);
}

async fn work_that_fails_is_tried_again(writer: Writer) {
    let groups = Groups::new(&writer);
    add(&writer, START, "pending").await;
    assert!(is_conflict(groups.fail_or_retry(START, "no", 3, NOW).await, "in_progress"));
    for (tried, state) in
        [(1, IngestState::Pending), (2, IngestState::Pending), (3, IngestState::Failed)]
    {
        groups.acquire_next_pending(NOW).await.unwrap().unwrap();
        let failed = groups.fail_or_retry(START, "truncated file", 3, NOW).await.unwrap();
        assert_eq!((failed.retry_count, failed.state), (Some(tried), state));
        assert_eq!(failed.error_message.as_deref(), Some("truncated file"));
        assert_eq!(failed.error, failed.error_message);
    }
    let again = groups.retry(START, NOW).await.unwrap();
    assert_eq!((again.state, again.retry_count), (IngestState::Pending, Some(3)));
    assert_eq!((again.error_message, again.error), (None, None));
    assert!(is_conflict(groups.retry(START, NOW).await, "failed"));
    let refused = groups.fail_or_retry(START, "no", 0, NOW).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
}

async fn what_is_known_of_a_group_is_written_down(writer: Writer) {
    let groups = Groups::new(&writer);
    add(&writer, START, "in_progress").await;
    let found = Some(json!(["3C286"]).into());
    let group = groups.set_calibrator(START, true, found.clone(), NOW).await.unwrap();
    assert_eq!((group.has_calibrator, group.calibrators), (Some(true), found.clone()));
    let group = groups.set_stage(START, "imaging", NOW).await.unwrap();
    assert_eq!(group.processing_stage.as_deref(), Some("imaging"));
    let group = groups.set_checkpoint(START, Some("/cp"), NOW).await.unwrap();
    assert_eq!(group.checkpoint_path.as_deref(), Some("/cp"));
    let group = groups.set_checkpoint(START, None, NOW).await.unwrap();
    assert_eq!((group.checkpoint_path, group.last_update), (None, NOW));
    assert!(groups.set_calibrator(START, false, found, NOW).await.is_err());
    assert!(groups.set_calibrator(START, true, Some(json!("3C286").into()), NOW).await.is_err());
    assert!(groups.set_stage(START, " ", NOW).await.is_err());
    let with = groups.with_calibrator(true, Some("2025-10-02"), Some("2025-10-03"), 10).await;
    assert_eq!(with.unwrap(), [START]);
    assert!(groups.with_calibrator(false, None, None, 10).await.unwrap().is_empty());
}

async fn quiet_groups_are_not_waited_for(writer: Writer) {
    let groups = Groups::new(&writer);
    for (hour, subbands, at) in [(1, 12, 100.0), (2, 11, 100.0), (3, 12, 9_500.0), (4, 15, 100.0)] {
        record(&writer, &format!("2025-10-02T0{hour}:00:00"), 0..subbands, at).await;
    }
    // Its last subband came only now.
    record(&writer, "2025-10-02T04:00:00", 15..16, 9_999.0).await;
    add(&writer, "2025-10-02T05:00:00", "collecting").await;
    let expired = groups.expire_collecting(CollectingTimeout::default(), NOW).await.unwrap();
    assert_eq!(expired.pending, ["2025-10-02T01:00:00"]);
    assert_eq!(expired.failed, ["2025-10-02T02:00:00", "2025-10-02T05:00:00"]);
    let failed = groups.get("2025-10-02T02:00:00").await.unwrap();
    assert_eq!(failed.state, IngestState::Failed);
    assert!(failed.error_message.unwrap().contains("12 subbands after 10 minutes"));
    let waiting = groups.get("2025-10-02T03:00:00").await.unwrap();
    assert_eq!(waiting.state, IngestState::Collecting);
    let later = CollectingTimeout { quiet_sec: 0.0, min_subbands: 1 };
    let expired = groups.expire_collecting(later, NOW).await.unwrap();
    assert_eq!(expired.pending, ["2025-10-02T03:00:00"]);
    let never = CollectingTimeout { quiet_sec: f64::NAN, min_subbands: 1 };
    assert!(groups.expire_collecting(never, NOW).await.is_err());
}

async fn stale_groups_fail(writer: Writer) {
    let groups = Groups::new(&writer);
    for (hour, state) in [(1, "in_progress"), (2, "processing"), (3, "pending")] {
        add(&writer, &format!("2025-10-02T0{hour}:00:00"), state).await;
    }
    add(&writer, START, "in_progress").await;
    groups.set_stage(START, "imaging", UnixTime(9_000.0)).await.unwrap();
    let stale = groups.fail_stale(2.0, NOW).await.unwrap();
    assert_eq!(stale, ["2025-10-02T01:00:00", "2025-10-02T02:00:00"]);
    let failed = groups.get(stale[1].as_str()).await.unwrap();
    assert_eq!((failed.state, failed.last_update), (IngestState::Failed, NOW));
    assert_eq!(failed.error, failed.error_message);
    assert!(groups.fail_stale(2.0, NOW).await.unwrap().is_empty());
    assert!(groups.fail_stale(-1.0, NOW).await.is_err());
}

async fn groups_of_one_observation_become_one(writer: Writer) {
    let groups = Groups::new(&writer);
    let (first, second, third) =
        ("2025-10-02T00:00:00", "2025-10-02T00:00:40", "2025-10-02T00:01:10");
    for (group, state) in [(first, "collecting"), (second, "collecting"), (third, "collecting")] {
        add(&writer, group, state).await;
    }
    let files = Repository::<_, subband_file::Entity>::new(&writer);
    let file = |group: &str, index: i32, at: f64| subband_file::ActiveModel {
        group_id: Set(group.to_owned()),
        subband_idx: Set(index),
        file_path: Set(format!("/{group}/{index}")),
        discovered_at: Set(UnixTime(at)),
        ..Default::default()
    };
    files.insert_many((0..9).map(|index| file(first, index, 5.0))).await.unwrap();
    files
        .insert_many((7..16).map(|index| file(second, index, f64::from(index - 3))))
        .await
        .unwrap();
    files.insert_many([file(third, 0, 1.0)]).await.unwrap();
    let times = Repository::<_, performance_metric::Entity>::new(&writer);
    times.record_metrics(second, &[("load_time", 3.0)], None, NOW).await.unwrap();

    let merges = groups.consolidate(60.0, NOW).await.unwrap();
    // Of subband 7 the second group's record is older, of subband 8 the first one's is as old and
    // has the smaller number.
    let dropped = vec![format!("/{second}/8"), format!("/{first}/7")];
    let expected = Merge { group_id: first.to_owned(), merged: vec![second.to_owned()], dropped };
    assert_eq!(merges.len(), 1);
    let mut found = merges[0].clone();
    found.dropped.sort();
    let mut expected = expected;
    expected.dropped.sort();
    assert_eq!(found, expected);
    let merged = groups.group_files(first).await.unwrap();
    assert_eq!(merged.len(), 16);
    assert_eq!(merged[7].file_path, format!("/{second}/7"));
    assert_eq!(groups.get(first).await.unwrap().state, IngestState::Pending);
    assert_eq!(groups.find(second).await.unwrap(), None);
    assert_eq!(times.count(&Filter::default()).await.unwrap(), 1);
    assert!(groups.find(third).await.unwrap().is_some(), "70 s are another observation");
    assert!(groups.consolidate(301.0, NOW).await.is_err());
    assert!(groups.consolidate(60.0, NOW).await.unwrap().is_empty());
}

async fn a_directory_is_recorded(writer: Writer) {
    let folder = tempfile::tempdir().unwrap();
    let night = folder.path().join("2025-10-02");
    fs::create_dir(&night).unwrap();
    for index in 0..16 {
        // The subbands of one observation are seconds apart.
        let name = format!("2025-10-02T00:12:{:02}_sb{index:02}.hdf5", 30 + index % 4);
        fs::write(night.join(name), [0; 10]).unwrap();
    }
    fs::write(folder.path().join("2025-10-02T00:17:39_sb03.hdf5"), [0; 10]).unwrap();
    fs::write(folder.path().join("2025-10-02T00:12:35_sb03.hdf5"), [0; 10]).unwrap();
    fs::write(folder.path().join("2025-10-02T00:17:39_sb77.hdf5"), [0; 10]).unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let groups = Groups::new(&writer);
    let scan = DirectoryScan::of(folder.path(), None).unwrap();
    let report = groups.bootstrap(&scan, NOW).await.unwrap();
    assert_eq!((report.scanned, report.recorded, report.known), (18, 17, 0));
    assert_eq!(report.taken.len(), 1);
    assert!(report.errors[0].message.contains("subband 77"), "{:?}", report.errors);
    let all = groups.list_by_state(None, 10, 0).await.unwrap();
    let states: Vec<_> = all.iter().map(|g| (g.group_id.as_str(), g.state.as_str())).collect();
    assert!(states.contains(&("2025-10-02T00:12:30", "pending")), "{states:?}");
    assert!(states.contains(&("2025-10-02T00:17:39", "collecting")), "{states:?}");
    let report = groups.bootstrap(&scan, NOW).await.unwrap();
    assert_eq!((report.recorded, report.known, report.taken.len()), (0, 17, 1));
}
