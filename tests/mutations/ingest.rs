use std::fs;

use almanac_entity::{Database, UnixTime, ingest::ingest_group};
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
        operation: Operation::RecordSubband,
        accepted: r#"mutation {
            recordSubband(input: {
                groupId: "2025-10-02T05:00:00", subbandIdx: 3, fileSize: "100",
                filePath: "/data/2025-10-02T05:00:00_sb03.hdf5"
            }) { outcome takenBy subbands group { groupId state subbandCount } }
        }"#,
        refused: r#"mutation {
            recordSubband(input: {
                groupId: "2025-10-02T05:00:00", subbandIdx: 16, filePath: "/data/x.hdf5"
            }) { outcome }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AcquireNextIngestGroup,
        accepted: r#"mutation {
            acquireNextIngestGroup(input: {stage: "converting"}) {
                group { groupId state processingStage }
            }
        }"#,
        refused: r#"mutation {
            acquireNextIngestGroup(input: {stage: " "}) { group { groupId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateIngestState,
        accepted: r#"mutation {
            updateIngestState(input: {groupId: "2025-10-02T00:00:00", state: COMPLETED}) {
                group { state }
            }
        }"#,
        refused: r#"mutation {
            updateIngestState(input: {groupId: "2025-10-02T00:00:00", state: COLLECTING}) {
                group { state }
            }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::FailOrRetryIngestGroup,
        accepted: r#"mutation {
            failOrRetryIngestGroup(input: {groupId: "2025-10-02T01:00:00", error: "disk full"}) {
                group { state retryCount errorMessage }
            }
        }"#,
        refused: r#"mutation {
            failOrRetryIngestGroup(input: {groupId: "2025-10-02T23:00:00", error: "disk full"}) {
                group { state }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RetryIngestGroup,
        accepted: r#"mutation {
            retryIngestGroup(input: {groupId: "2025-10-02T02:00:00"}) { group { state } }
        }"#,
        refused: r#"mutation {
            retryIngestGroup(input: {groupId: "2025-10-02T03:00:00"}) { group { state } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::SetIngestCalibrator,
        accepted: r#"mutation {
            setIngestCalibrator(input: {
                groupId: "2025-10-02T02:00:00", hasCalibrator: true, calibrators: ["3C286"]
            }) { group { hasCalibrator calibrators } }
        }"#,
        refused: r#"mutation {
            setIngestCalibrator(input: {
                groupId: "2025-10-02T02:00:00", hasCalibrator: true, calibrators: "3C286"
            }) { group { hasCalibrator } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SetIngestStage,
        accepted: r#"mutation {
            setIngestStage(input: {groupId: "2025-10-02T02:00:00", stage: "imaging"}) {
                group { processingStage }
            }
        }"#,
        refused: r#"mutation {
            setIngestStage(input: {groupId: "2025-10-02T02:00:00", stage: ""}) { group { groupId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::SetIngestCheckpoint,
        accepted: r#"mutation {
            setIngestCheckpoint(input: {groupId: "2025-10-02T02:00:00", checkpointPath: "/cp"}) {
                group { checkpointPath }
            }
        }"#,
        refused: r#"mutation {
            setIngestCheckpoint(input: {groupId: "2025-10-02T23:00:00"}) { group { groupId } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RecordPerformanceMetrics,
        accepted: r#"mutation {
            recordPerformanceMetrics(input: {
                groupId: "2025-10-02T02:00:00", writerType: AUTO,
                stages: [{stage: "imaging_time", seconds: 12.5}]
            }) { performanceMetrics { imagingTime } }
        }"#,
        refused: r#"mutation {
            recordPerformanceMetrics(input: {
                groupId: "2025-10-02T02:00:00", stages: [{stage: "nap_time", seconds: 12.5}]
            }) { performanceMetrics { imagingTime } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ConsolidateIngestGroups,
        accepted: r"mutation {
            consolidateIngestGroups(input: {}) { merges { groupId merged dropped } }
        }",
        refused: r"mutation {
            consolidateIngestGroups(input: {toleranceSec: -1}) { merges { groupId } }
        }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ExpireCollectingGroups,
        accepted: r"mutation {
            expireCollectingGroups(input: {quietMinutes: 10, minSubbands: 12}) { pending failed }
        }",
        refused: r"mutation {
            expireCollectingGroups(input: {minSubbands: -1}) { pending }
        }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::FailStaleIngestGroups,
        accepted: r"mutation { failStaleIngestGroups(input: {hours: 24}) { failed } }",
        refused: r"mutation { failStaleIngestGroups(input: {hours: -1}) { failed } }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::BootstrapIngest,
        accepted: concat!(
            r#"mutation { bootstrapIngest(input: {directory: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/ingest"}) { scanned recorded known taken errors { path message } } }"#,
        ),
        refused: r#"mutation { bootstrapIngest(input: {directory: "/etc"}) { scanned } }"#,
        code: "BAD_USER_INPUT",
    },
];

async fn fill(world: &World) {
    let directory = concat!(env!("CARGO_TARGET_TMPDIR"), "/mutations/ingest");
    fs::create_dir_all(directory).unwrap();
    fs::write(format!("{directory}/2025-10-03T00:00:00_sb00.hdf5"), "").unwrap();

    let ingest = world.sessions.writer(Database::Ingest).await.unwrap();
    let groups = [
        ("00:00:00", "pending"),
        ("01:00:00", "in_progress"),
        ("02:00:00", "failed"),
        ("03:00:00", "collecting"),
        ("03:00:20", "collecting"),
        ("06:00:00", "in_progress"),
    ];
    let groups = groups.map(|(time, state)| ingest_group::ActiveModel {
        group_id: Set(format!("2025-10-02T{time}")),
        state: Set(state.into()),
        received_at: Set(UnixTime(1.7e9)),
        last_update: Set(UnixTime(1.7e9)),
        ..Default::default()
    });
    Repository::<_, ingest_group::Entity>::new(&ingest).insert_many(groups).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
