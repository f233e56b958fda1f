//! The state machine of measurement sets.

use almanac_entity::{
    JsonText, UnixTime,
    products::{
        MeasurementSetStage as Stage, ProcessingState, ms_index, ms_state, ms_state_transition,
    },
};
use almanac_service::{
    Error, Filter, Order, Repository, Writer,
    products::{PROCESSING_STATES, StageUpdate, Transition},
};
use sea_orm::ActiveValue::{Set, Unchanged};
use serde_json::json;

engines! { Products:
    every_step_is_legal_or_refused,
    a_measurement_set_fails_and_is_tried_again,
    history_is_written,
    states_are_counted_and_listed,
    old_states_are_forgotten,
    what_hangs_is_recovered,
    stages_go_forward_unless_forced,
}

type States<'w> = Repository<'w, Writer, ms_state::Entity>;

const NOW: UnixTime = UnixTime(1_000_000.0);
const MS: &str = "/stage/a.ms";

fn is_conflict<T: std::fmt::Debug>(outcome: Result<T, Error>, text: &str) -> bool {
    matches!(&outcome, Err(Error::Conflict(message)) if message.contains(text))
}

async fn go(writer: &Writer, ms: &str, states: &[&str]) {
    for state in states {
        let step = Transition::to((*state).into());
        States::new(writer).transition(ms, step, NOW).await.unwrap();
    }
}

async fn put(writer: &Writer, ms: &str, state: &str, time: f64) {
    let row = ms_state::ActiveModel {
        ms_path: Set(ms.to_owned()),
        current_state: Set(state.into()),
        transition_time: Set(UnixTime(time)),
        created_at: Set(UnixTime(time)),
        ..Default::default()
    };
    States::new(writer).insert(row).await.unwrap();
}

async fn every_step_is_legal_or_refused(writer: Writer) {
    let states = States::new(&writer);
    put(&writer, MS, "pending", 0.0).await;
    let all: Vec<ProcessingState> =
        PROCESSING_STATES.states().cloned().chain(["stuck".into()]).collect();
    for from in &all {
        for to in &all {
            let row = ms_state::ActiveModel {
                ms_path: Unchanged(MS.to_owned()),
                current_state: Set(from.clone()),
                ..Default::default()
            };
            states.update(row).await.unwrap();
            let moved = states.transition(MS, Transition::to(to.clone()), NOW).await;
            if PROCESSING_STATES.allows(from, to) {
                let record = moved.unwrap();
                assert_eq!(
                    (&record.current_state, record.previous_state.as_ref()),
                    (to, Some(from))
                );
            } else {
                let legal = PROCESSING_STATES.targets(from);
                let named = legal.first().map_or("stays so", |first| first.as_str());
                assert!(is_conflict(moved, named), "{from} {to}");
                assert_eq!(states.get_state(MS).await.unwrap(), *from);
            }
        }
    }
}

async fn a_measurement_set_fails_and_is_tried_again(writer: Writer) {
    let states = States::new(&writer);
    assert_eq!(states.get_state(MS).await.unwrap(), ProcessingState::Pending);
    assert!(!states.is_tracked(MS).await.unwrap());
    assert!(states.can_retry(MS, 3).await.unwrap());
    assert!(matches!(states.reset_for_retry(MS, NOW).await, Err(Error::NotFound { .. })));

    go(&writer, MS, &["converting"]).await;
    let checkpoint = JsonText(json!({"subband": 3}));
    states.save_checkpoint(MS, checkpoint.clone()).await.unwrap();
    let failed = states.mark_failed(MS, "disk full", NOW).await.unwrap();
    assert_eq!(failed.error_message.as_deref(), Some("disk full"));
    assert!(is_conflict(states.mark_done(MS, NOW).await, "pending or error"));

    let again = states.reset_for_retry(MS, NOW).await.unwrap();
    assert_eq!((again.retry_count, &again.error_message), (Some(1), &None));
    assert_eq!(again.checkpoint_data, Some(checkpoint.clone()));
    assert_eq!(states.get_checkpoint(MS).await.unwrap(), Some(checkpoint));
    assert!(is_conflict(states.reset_for_retry(MS, NOW).await, "tried again only"));
    assert!(states.can_retry(MS, 2).await.unwrap() && !states.can_retry(MS, 1).await.unwrap());

    states.mark_failed(MS, "still full", NOW).await.unwrap();
    let given_up = states.escalate(MS, NOW).await.unwrap();
    assert_eq!(given_up.current_state, ProcessingState::Error);
    assert_eq!(given_up.error_message.as_deref(), Some("still full"));
    assert!(!states.can_retry(MS, 9).await.unwrap());

    let odd =
        Transition { error: Some("why".to_owned()), ..Transition::to(ProcessingState::Converting) };
    assert!(matches!(states.transition("/b.ms", odd, NOW).await, Err(Error::Invalid { .. })));
    let blank = states.transition(" ", Transition::to(ProcessingState::Failed), NOW).await;
    assert!(matches!(blank, Err(Error::Invalid { .. })));
    let untracked = states.save_checkpoint("/b.ms", JsonText(json!(1))).await;
    assert!(matches!(untracked, Err(Error::NotFound { .. })));
}

async fn history_is_written(writer: Writer) {
    let way = ["converting", "converted", "flagging_rfi", "applying_cal", "imaging"];
    go(&writer, MS, &way).await;
    States::new(&writer).mark_done(MS, NOW).await.unwrap();
    let history = Repository::<_, ms_state_transition::Entity>::new(&writer);
    let of_it = Filter::eq(ms_state_transition::Column::MsPath, MS);
    let steps = history
        .slice(&of_it, &[Order::asc(ms_state_transition::Column::Id)], 100, 0)
        .await
        .unwrap();
    let came_to: Vec<_> = steps.iter().map(|step| step.to_state.as_str()).collect();
    assert_eq!(came_to, [&way[..], &["done"]].concat());
    assert_eq!(steps[0].from_state, ProcessingState::Pending);
    assert!(steps.iter().all(|step| step.success && step.timestamp == NOW));
    // A step that is refused leaves no trace.
    assert!(States::new(&writer).mark_failed(MS, "late", NOW).await.is_err());
    assert_eq!(history.count(&of_it).await.unwrap(), 6);
}

async fn states_are_counted_and_listed(writer: Writer) {
    let states = States::new(&writer);
    for (index, state) in ["imaging", "failed", "error", "converting", "stuck"].iter().enumerate() {
        put(&writer, &format!("/{state}.ms"), state, f64::from(u32::try_from(index).unwrap()))
            .await;
    }
    let counts = states.count_by_state().await.unwrap();
    assert_eq!(counts.len(), 11);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 5);
    assert_eq!(counts[0], (ProcessingState::Pending, 0));
    let paths =
        |rows: Vec<ms_state::Model>| rows.into_iter().map(|row| row.ms_path).collect::<Vec<_>>();
    let working = paths(states.list_processing(100).await.unwrap());
    assert_eq!(working, ["/converting.ms", "/imaging.ms"]);
    assert_eq!(paths(states.list_failed(100).await.unwrap()), ["/failed.ms"]);
    let imaging = states.list_by_state(&ProcessingState::Imaging, 1).await.unwrap();
    assert_eq!(paths(imaging), ["/imaging.ms"]);
}

async fn old_states_are_forgotten(writer: Writer) {
    let states = States::new(&writer);
    for (name, state, time) in [
        ("/old.ms", "done", 0.0),
        ("/gone.ms", "error", 0.0),
        ("/failed.ms", "failed", 0.0),
        ("/new.ms", "done", NOW.0),
    ] {
        put(&writer, name, state, time).await;
    }
    assert_eq!(states.cleanup(30.0, NOW).await.unwrap(), 0);
    assert_eq!(states.cleanup(10.0, NOW).await.unwrap(), 2);
    assert_eq!(states.count(&Filter::default()).await.unwrap(), 2);
    assert!(states.cleanup(f64::INFINITY, NOW).await.is_err());
}

async fn what_hangs_is_recovered(writer: Writer) {
    let states = States::new(&writer);
    for (name, state, time) in [
        ("/a.ms", "imaging", 0.0),
        ("/b.ms", "converting", 0.0),
        ("/c.ms", "imaging", NOW.0),
        ("/d.ms", "pending", 0.0),
    ] {
        put(&writer, name, state, time).await;
    }
    assert_eq!(states.recover_stale(24.0, NOW).await.unwrap(), ["/a.ms", "/b.ms"]);
    let b = states.get("/b.ms").await.unwrap();
    assert_eq!(b.current_state, ProcessingState::Failed);
    assert_eq!(b.previous_state, Some(ProcessingState::Converting));
    assert!(b.error_message.unwrap().contains("24 hours"));
    let history = Repository::<_, ms_state_transition::Entity>::new(&writer);
    assert_eq!(history.count(&Filter::default()).await.unwrap(), 2);
    assert!(states.recover_stale(24.0, NOW).await.unwrap().is_empty());
}

async fn stages_go_forward_unless_forced(writer: Writer) {
    let table = Repository::<_, ms_index::Entity>::new(&writer);
    let row = |stage: Stage| ms_index::ActiveModel {
        path: Set(MS.to_owned()),
        stage: Set(Some(stage)),
        ..Default::default()
    };
    table.add(row(Stage::Imaged), NOW).await.unwrap();
    let back = StageUpdate::to(Stage::Converted);
    assert!(is_conflict(table.update_stage(MS, back.clone(), NOW).await, "force"));
    assert!(is_conflict(table.upsert_by_path(row(Stage::Calibrated), NOW).await, "imaged"));
    let on = StageUpdate::to(Stage::PhotometryComplete);
    assert!(table.update_stage(MS, on, NOW).await.unwrap());
    let forced = StageUpdate { force: true, ..back };
    assert!(table.update_stage(MS, forced, NOW).await.unwrap());
    assert_eq!(table.get(MS).await.unwrap().stage, Some(Stage::Converted));
}
