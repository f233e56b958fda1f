use almanac_entity::{
    Database, UnixTime,
    products::{
        BatchJobType, BatchStatus, JobStatus, JobType, batch_job, batch_job_item, dead_letter, job,
    },
};
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
        operation: Operation::CreateJob,
        accepted: r#"mutation {
            createJob(input: {type: "image", msPath: "/2025-10-02T00:12:30.ms", params: {niter: 5}}) {
                job { rowId type status statusGroup runId params createdAt }
            }
        }"#,
        refused: r#"mutation { createJob(input: {type: " "}) { job { rowId } } }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateJobStatus,
        accepted: r#"mutation {
            updateJobStatus(input: {jobId: "1", status: RUNNING, logs: "image: started\n"}) {
                job { status startedAt logs }
            }
        }"#,
        refused: r#"mutation {
            updateJobStatus(input: {jobId: "99", status: RUNNING}) { job { rowId } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::AppendJobLog,
        accepted: r#"mutation {
            appendJobLog(input: {jobId: "1", line: "image: 50 %"}) { job { logs } }
        }"#,
        refused: r#"mutation {
            appendJobLog(input: {jobId: "one", line: "image: 50 %"}) { job { logs } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RerunJob,
        accepted: r#"mutation { rerunJob(input: {jobId: "2"}) { job { rowId runId } } }"#,
        refused: r#"mutation { rerunJob(input: {jobId: "99"}) { job { rowId runId } } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CancelJob,
        accepted: r#"mutation { cancelJob(input: {jobId: "1"}) { job { status finishedAt } } }"#,
        refused: r#"mutation { cancelJob(input: {jobId: "2"}) { job { status } } }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::EnqueueTask,
        accepted: r#"mutation {
            enqueueTask(input: {function: "convert", args: {start: "2025-10-02T00:12:30"}}) {
                task { taskId status timeoutSec job { params } }
            }
        }"#,
        refused: r#"mutation {
            enqueueTask(input: {function: "convert", timeoutSec: -1}) { task { taskId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AcquireTask,
        accepted: r#"mutation {
            acquireTask(input: {function: "convert"}) { task { taskId status } }
        }"#,
        refused: r#"mutation { acquireTask(input: {function: ""}) { task { taskId } } }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CancelTask,
        accepted: r#"mutation { cancelTask(input: {taskId: "000000000003"}) { task { status } } }"#,
        refused: r#"mutation { cancelTask(input: {taskId: "nonsense"}) { task { status } } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CreateBatch,
        accepted: r#"mutation {
            createBatch(input: {type: "image", items: [{key: "/a.ms"}, {key: "/b.ms", dataId: "d"}]}) {
                batchJob { rowId type statusGroup totalItems items { nodes { msPath status dataId } } }
            }
        }"#,
        refused: r#"mutation {
            createBatch(input: {type: "image", items: []}) { batchJob { rowId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CreateConversionBatch,
        accepted: r#"mutation {
            createConversionBatch(
                input: {start: "2025-10-02T00:00:00Z", end: "2025-10-02T01:00:00Z"}
            ) { batchJob { type params } }
        }"#,
        refused: r#"mutation {
            createConversionBatch(
                input: {start: "2025-10-02T01:00:00Z", end: "2025-10-02T00:00:00Z"}
            ) { batchJob { type } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CreatePhotometryBatch,
        accepted: r#"mutation {
            createPhotometryBatch(input: {
                images: ["/a.fits", "/b.fits"], positions: [{raDeg: 128.7, decDeg: 55.6}]
            }) { batchJob { type totalItems } }
        }"#,
        refused: r#"mutation {
            createPhotometryBatch(input: {
                images: ["/a.fits"], positions: [{raDeg: 360, decDeg: 55.6}]
            }) { batchJob { type } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CreatePublishBatch,
        accepted: r#"mutation {
            createPublishBatch(input: {dataIds: ["image_1"]}) { batchJob { type totalItems } }
        }"#,
        refused: r#"mutation {
            createPublishBatch(input: {dataIds: ["image_1", "image_1"]}) { batchJob { type } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::CreateEseDetectBatch,
        accepted: r"mutation {
            createEseDetectBatch(input: {}) { batchJob { items { nodes { msPath } } } }
        }",
        refused: r"mutation {
            createEseDetectBatch(input: {sourceIds: []}) { batchJob { rowId } }
        }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateBatchItem,
        accepted: r#"mutation {
            updateBatchItem(input: {batchId: "1", key: "/a.ms", status: FAILED, error: "no data"}) {
                batchJob { status failedItems }
            }
        }"#,
        refused: r#"mutation {
            updateBatchItem(input: {batchId: "1", key: "/z.ms", status: DONE}) {
                batchJob { status }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CancelBatch,
        accepted: r#"mutation { cancelBatch(input: {batchId: "1"}) { batchJob { status } } }"#,
        refused: r#"mutation { cancelBatch(input: {batchId: "2"}) { batchJob { status } } }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::AddDeadLetter,
        accepted: r#"mutation {
            addDeadLetter(input: {
                component: "imaging", operation: "clean", errorType: "DivergenceError",
                context: {msPath: "/a.ms"}
            }) { deadLetter { rowId status contextJson } }
        }"#,
        refused: r#"mutation {
            addDeadLetter(input: {component: "", operation: "clean", errorType: "E"}) {
                deadLetter { rowId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RetryDeadLetter,
        accepted: r#"mutation {
            retryDeadLetter(input: {deadLetterId: "1"}) { deadLetter { status retryCount } }
        }"#,
        refused: r#"mutation {
            retryDeadLetter(input: {deadLetterId: "99"}) { deadLetter { status } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::ResolveDeadLetter,
        accepted: r#"mutation {
            resolveDeadLetter(input: {deadLetterId: "1", note: "ran again by hand"}) {
                deadLetter { status resolvedAt resolutionNote }
            }
        }"#,
        refused: r#"mutation {
            resolveDeadLetter(input: {deadLetterId: "99"}) { deadLetter { status } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::FailDeadLetter,
        accepted: r#"mutation {
            failDeadLetter(input: {deadLetterId: "1", note: "the data are gone"}) {
                deadLetter { status resolutionNote }
            }
        }"#,
        refused: r#"mutation {
            failDeadLetter(input: {deadLetterId: "x"}) { deadLetter { status } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteDeadLetter,
        accepted: r#"mutation { deleteDeadLetter(input: {deadLetterId: "1"}) { deletedId } }"#,
        refused: r#"mutation { deleteDeadLetter(input: {deadLetterId: "99"}) { deletedId } }"#,
        code: "NOT_FOUND",
    },
];

/// A job that waits and one that is done, a batch that waits and one that is done, and a failure.
async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let at = UnixTime(1_760_000_000.0);
    let jobs = Repository::<_, job::Entity>::new(&products);
    for status in [JobStatus::Pending, JobStatus::Completed] {
        let row = job::ActiveModel {
            kind: Set(JobType::Image),
            status: Set(status),
            ms_path: Set("/a.ms".to_owned()),
            created_at: Set(at),
            ..Default::default()
        };
        jobs.insert(row).await.unwrap();
    }
    let batches = Repository::<_, batch_job::Entity>::new(&products);
    let items = Repository::<_, batch_job_item::Entity>::new(&products);
    for (id, status) in [(1, BatchStatus::Pending), (2, BatchStatus::Done)] {
        let row = batch_job::ActiveModel {
            kind: Set(BatchJobType::Image),
            created_at: Set(at),
            status: Set(status.clone()),
            total_items: Set(2),
            ..Default::default()
        };
        assert_eq!(batches.insert(row).await.unwrap().id, id);
        for path in ["/a.ms", "/b.ms"] {
            let row = batch_job_item::ActiveModel {
                batch_id: Set(id),
                ms_path: Set(path.to_owned()),
                status: Set(status.clone()),
                ..Default::default()
            };
            items.insert(row).await.unwrap();
        }
    }
    let letter = dead_letter::ActiveModel {
        component: Set("converter".to_owned()),
        operation: Set("convert_group".to_owned()),
        error_type: Set("OSError".to_owned()),
        created_at: Set(at),
        ..Default::default()
    };
    Repository::<_, dead_letter::Entity>::new(&products).insert(letter).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
