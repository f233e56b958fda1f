//! The queue of the converter.

use almanac_entity::{
    UnixTime,
    ingest::{IngestState, ingest_group, performance_metric},
};
use almanac_service::{
    Error, Repository, Writer,
    ingest::{SubbandOutcome, SubbandRecord},
};
use sea_orm::ActiveValue::{Set, Unchanged};

engines! { Ingest:
    subbands_come_together,
    a_full_group_is_pending,
    groups_are_counted_by_state,
    times_of_stages_add_up,
}

const START: &str = "2025-10-02T00:12:30";

async fn record(writer: &Writer, group: &str, index: i32, path: &str, now: f64) -> SubbandRecord {
    let transaction = writer.begin().await.unwrap();
    let groups = Repository::<_, ingest_group::Entity>::new(&transaction);
    let record = groups.record_subband(group, index, path, Some(1), UnixTime(now)).await.unwrap();
    transaction.commit().await.unwrap();
    record
}

async fn set_state(writer: &Writer, group: &str, state: IngestState) {
    let row = ingest_group::ActiveModel {
        group_id: Unchanged(group.to_owned()),
        state: Set(state),
        ..Default::default()
    };
    Repository::<_, ingest_group::Entity>::new(writer).update(row).await.unwrap();
}

async fn subbands_come_together(writer: Writer) {
    let first = record(&writer, "2025-10-02 00:12:30.7Z", 1, "/sb01", 1.0).await;
    assert_eq!((first.group_id.as_str(), first.subbands), (START, 1));
    // A minute is within the tolerance, a second more is another observation.
    assert_eq!(record(&writer, "2025-10-02T00:13:30", 0, "/sb00", 2.0).await.group_id, START);
    let other = record(&writer, "2025-10-02T00:13:31", 0, "/other", 3.0).await;
    assert_eq!(other.group_id, "2025-10-02T00:13:31");
    // The nearer of two.
    assert_eq!(
        record(&writer, "2025-10-02T00:13:10", 5, "/sb05", 4.0).await.group_id,
        other.group_id
    );

    let again = record(&writer, START, 1, "/sb01", 9.0).await;
    assert_eq!((again.subbands, again.outcome), (2, SubbandOutcome::Known));
    let taken = record(&writer, START, 1, "/copy", 9.0).await;
    assert_eq!((taken.subbands, taken.outcome), (2, SubbandOutcome::Taken("/sb01".to_owned())));
    let groups = Repository::<_, ingest_group::Entity>::new(&writer);
    assert_eq!(groups.get(START).await.unwrap().last_update, UnixTime(2.0));
    let files = groups.group_files(START).await.unwrap();
    assert_eq!(files.iter().map(|file| file.subband_idx).collect::<Vec<_>>(), [0, 1]);
    let refused = groups.record_subband(START, 16, "/x", None, UnixTime(1.0)).await.unwrap_err();
    assert!(refused.to_string().starts_with("subband_idx: "), "{refused}");
}

async fn a_full_group_is_pending(writer: Writer) {
    for index in 0..15 {
        let record = record(&writer, START, index, &format!("/sb{index}"), 1.0).await;
        assert_eq!(record.state, IngestState::Collecting);
    }
    let full = record(&writer, START, 15, "/sb15", 2.0).await;
    assert_eq!((full.subbands, full.state), (16, IngestState::Pending));
    let groups = Repository::<_, ingest_group::Entity>::new(&writer);
    assert_eq!(groups.get(START).await.unwrap().state, IngestState::Pending);

    // What is done stays done, and takes nothing that is not its own.
    let done = "2025-10-02T01:00:00";
    record(&writer, done, 0, "/a", 3.0).await;
    set_state(&writer, done, IngestState::Completed).await;
    assert_eq!(record(&writer, done, 1, "/b", 4.0).await.state, IngestState::Completed);
    assert_eq!(
        record(&writer, "2025-10-02T01:00:05", 2, "/c", 5.0).await.group_id,
        "2025-10-02T01:00:05"
    );
}

async fn groups_are_counted_by_state(writer: Writer) {
    for (hour, state) in [(1, "in_progress"), (2, "processing_fresh"), (3, "failed"), (4, "stuck")]
    {
        let group = format!("2025-10-02T0{hour}:00:00");
        record(&writer, &group, 0, &group, f64::from(hour)).await;
        set_state(&writer, &group, state.into()).await;
    }
    let groups = Repository::<_, ingest_group::Entity>::new(&writer);
    let counts = groups.counts_by_state().await.unwrap();
    let counts: Vec<_> = counts.iter().map(|(state, count)| (state.as_str(), *count)).collect();
    let expected = [
        ("collecting", 0),
        ("pending", 0),
        ("in_progress", 2),
        ("completed", 0),
        ("failed", 1),
        ("stuck", 1),
    ];
    assert_eq!(counts, expected);
    let at_work = groups.list_by_state(Some(&IngestState::InProgress), 50, 0).await.unwrap();
    let ids: Vec<_> = at_work.iter().map(|group| group.group_id.as_str()).collect();
    assert_eq!(ids, ["2025-10-02T02:00:00", "2025-10-02T01:00:00"]);
    assert_eq!(groups.list_by_state(None, 2, 3).await.unwrap().len(), 1);
}

async fn times_of_stages_add_up(writer: Writer) {
    record(&writer, START, 0, "/sb00", 1.0).await;
    let metrics = Repository::<_, performance_metric::Entity>::new(&writer);
    let now = UnixTime(5.0);
    metrics
        .record_metrics(START, &[("load_time", 3.0), ("imaging_time", 4.0)], None, now)
        .await
        .unwrap();
    let row =
        metrics.record_metrics(START, &[("imaging_time", 6.0)], None, UnixTime(7.0)).await.unwrap();
    assert_eq!(
        (row.load_time, row.imaging_time, row.recorded_at),
        (Some(3.0), Some(6.0), UnixTime(7.0))
    );
    for (group, times) in [
        (START, [("nap_time", 1.0)]),
        (START, [("load_time", f64::NAN)]),
        ("2025-10-02T09:00:00", [("load_time", 1.0)]),
    ] {
        let refused = metrics.record_metrics(group, &times, None, now).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
}
