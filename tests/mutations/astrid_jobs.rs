//! AstrID's queue of jobs.

use almanac_service::access::Operation;

use crate::{
    astrid_rows,
    example::{self, Area, Example},
    support::{Engine, engines},
};

pub(crate) const AREA: Area =
    Area { fill: |world| Box::pin(astrid_rows::fill(&world.sessions)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[
    Example {
        operation: Operation::StartAstridPreprocessing,
        accepted: r#"mutation {
            startAstridPreprocessing(input: {
                observationId: "00000000-0000-7000-8000-000000000201", job: {priority: 9,
                workflowId: "night"}
            }) {
                processingJob { rowId jobType status priority workflowId entity { __typename } }
                created auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            startAstridPreprocessing(input: {
                observationId: "00000000-0000-7000-8000-000000000203"
            }) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::StartAstridDifferencing,
        accepted: r#"mutation {
            startAstridDifferencing(input: {
                observationId: "00000000-0000-7000-8000-000000000202"
            }) {
                processingJob { rowId jobType status priority workflowId entity { __typename } }
                created auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            startAstridDifferencing(input: {observationId: "one"}) { auditRecordIds }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::StartAstridInference,
        accepted: r#"mutation {
            startAstridInference(input: {differenceRunId: "00000000-0000-7000-8000-000000000301"}) {
                processingJob { rowId jobType status priority workflowId entity { __typename } }
                created auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            startAstridInference(input: {differenceRunId: "00000000-0000-7000-8000-0000000003ff"}) {
                auditRecordIds
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CancelAstridJob,
        accepted: r#"mutation {
            cancelAstridJob(input: {jobId: "00000000-0000-7000-8000-000000000501"}) {
                processingJob { status completedAt } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            cancelAstridJob(input: {jobId: "00000000-0000-7000-8000-000000000503"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::RequeueAstridJob,
        accepted: r#"mutation {
            requeueAstridJob(input: {jobId: "00000000-0000-7000-8000-000000000504"}) {
                processingJob { status retryCount } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            requeueAstridJob(input: {jobId: "00000000-0000-7000-8000-000000000502"}) {
                auditRecordIds
            }
        }"#,
        code: "ALREADY_EXISTS",
    },
];

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
