use almanac_entity::{Database, UnixTime, products::ms_state};
use almanac_service::{Repository, access::Operation};
use sea_orm::Set;

use crate::{
    example::{self, Area, Example},
    support::{Engine, engines},
    world::World,
};

pub(crate) const AREA: Area = Area { fill: |world| Box::pin(fill(world)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[
    Example {
        operation: Operation::TransitionMeasurementSet,
        accepted: r#"mutation {
            transitionMeasurementSet(input: {
                msPath: "/ms/a.ms", state: CONVERTING, checkpoint: {subband: 3}
            }) { state { currentState previousState checkpointData } }
        }"#,
        refused: r#"mutation {
            transitionMeasurementSet(input: {msPath: "/ms/a.ms", state: DONE}) {
                state { currentState }
            }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::SaveMeasurementSetCheckpoint,
        accepted: r#"mutation {
            saveMeasurementSetCheckpoint(input: {msPath: "/ms/a.ms", checkpoint: {subband: 9}}) {
                state { checkpointData }
            }
        }"#,
        refused: r#"mutation {
            saveMeasurementSetCheckpoint(input: {msPath: "/ms/none.ms", checkpoint: 1}) {
                state { checkpointData }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::MarkMeasurementSetFailed,
        accepted: r#"mutation {
            markMeasurementSetFailed(input: {msPath: "/ms/a.ms", error: "disk full"}) {
                state { currentState errorMessage }
            }
        }"#,
        refused: r#"mutation {
            markMeasurementSetFailed(input: {msPath: "/ms/old.ms", error: "disk full"}) {
                state { currentState }
            }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::ResetMeasurementSetForRetry,
        accepted: r#"mutation {
            resetMeasurementSetForRetry(input: {msPath: "/ms/a.ms"}) {
                state { currentState retryCount }
            }
        }"#,
        refused: r#"mutation {
            resetMeasurementSetForRetry(input: {msPath: "/ms/old.ms"}) { state { currentState } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::EscalateMeasurementSet,
        accepted: r#"mutation {
            escalateMeasurementSet(input: {msPath: "/ms/broken.ms"}) { state { currentState } }
        }"#,
        refused: r#"mutation {
            escalateMeasurementSet(input: {msPath: "/ms/a.ms"}) { state { currentState } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::MarkMeasurementSetDone,
        accepted: r#"mutation {
            markMeasurementSetDone(input: {msPath: "/ms/imaging.ms"}) { state { currentState } }
        }"#,
        refused: r#"mutation {
            markMeasurementSetDone(input: {msPath: "/ms/a.ms"}) { state { currentState } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::RecoverStaleMeasurementSets,
        accepted: r"mutation { recoverStaleMeasurementSets(input: {}) { failed } }",
        refused: r"mutation { recoverStaleMeasurementSets(input: {hours: -1}) { failed } }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CleanUpMeasurementSetStates,
        accepted: r"mutation { cleanUpMeasurementSetStates(input: {days: 1}) { forgotten } }",
        refused: r"mutation { cleanUpMeasurementSetStates(input: {days: -1}) { forgotten } }",
        code: "BAD_USER_INPUT",
    },
];

async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let states = [
        ("/ms/old.ms", "done", 0.0),
        ("/ms/stale.ms", "imaging", 0.0),
        ("/ms/broken.ms", "failed", 0.0),
        // Far from stale, whenever the test runs.
        ("/ms/imaging.ms", "imaging", 4e9),
    ];
    let states = states.map(|(path, state, time)| ms_state::ActiveModel {
        ms_path: Set(path.to_owned()),
        current_state: Set(state.into()),
        transition_time: Set(UnixTime(time)),
        created_at: Set(UnixTime(0.0)),
        ..Default::default()
    });
    Repository::<_, ms_state::Entity>::new(&products).insert_many(states).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
