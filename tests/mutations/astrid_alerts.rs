//! AstrID's alerts.

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
        operation: Operation::CreateAstridAlert,
        accepted: r#"mutation {
            createAstridAlert(input: {
                detectionId: "00000000-0000-7000-8000-000000000804", channel: SLACK,
                priority: HIGH, title: "New", message: "Look.", metadata: {recipients: ["ada"]}
            }) {
                alert { status priority detection { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            createAstridAlert(input: {
                detectionId: "00000000-0000-7000-8000-000000000801", channel: DASHBOARD,
                priority: LOW, title: "New", message: "Look."
            }) {
                auditRecordIds
            }
        }"#,
        code: "ALREADY_EXISTS",
    },
    Example {
        operation: Operation::AcknowledgeAstridAlert,
        accepted: r#"mutation {
            acknowledgeAstridAlert(input: {alertId: "00000000-0000-7000-8000-000000000a01"}) {
                alert { status priority detection { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            acknowledgeAstridAlert(input: {alertId: "00000000-0000-7000-8000-000000000a03"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::RetryAstridAlert,
        accepted: r#"mutation {
            retryAstridAlert(input: {alertId: "00000000-0000-7000-8000-000000000a02"}) {
                alert { status priority detection { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            retryAstridAlert(input: {alertId: "00000000-0000-7000-8000-000000000a04"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::CancelAstridAlert,
        accepted: r#"mutation {
            cancelAstridAlert(input: {
                alertId: "00000000-0000-7000-8000-000000000a03", reason: "a test"
            }) {
                alert { status priority detection { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            cancelAstridAlert(input: {alertId: "nonsense"}) { auditRecordIds }
        }"#,
        code: "BAD_USER_INPUT",
    },
];

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
