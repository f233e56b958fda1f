//! Votes on AstrID's detections, and what is decided of them.

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
        operation: Operation::RecordAstridValidation,
        accepted: r#"mutation {
            recordAstridValidation(input: {
                detectionId: "00000000-0000-7000-8000-000000000801", vote: {isValid: true,
                label: "supernova", confidenceLevel: HIGH, tags: ["ia"]}
            }) {
                validationEvent { isValid label detection { status humanLabel } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            recordAstridValidation(input: {
                detectionId: "00000000-0000-7000-8000-000000000801", vote: {isValid: true,
                label: "artifact"}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RecordAstridValidations,
        accepted: r#"mutation {
            recordAstridValidations(input: {
                detectionIds: ["00000000-0000-7000-8000-000000000802",
                "00000000-0000-7000-8000-000000000801"], vote: {isValid: false}
            }) {
                outcomes { detectionId code error validationEvent { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            recordAstridValidations(input: {
                detectionIds: ["00000000-0000-7000-8000-000000000802"], vote: {isValid: false,
                label: "star"}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ReviseAstridValidation,
        accepted: r#"mutation {
            reviseAstridValidation(input: {
                validationEventId: "00000000-0000-7000-8000-000000000901",
                vote: {isValid: false, imageQuality: POOR}
            }) {
                validationEvent { isValid label detection { status humanLabel } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            reviseAstridValidation(input: {
                validationEventId: "00000000-0000-7000-8000-000000000902",
                vote: {isValid: false}
            }) {
                auditRecordIds
            }
        }"#,
        code: "FORBIDDEN",
    },
    Example {
        operation: Operation::WithdrawAstridValidation,
        accepted: r#"mutation {
            withdrawAstridValidation(input: {
                validationEventId: "00000000-0000-7000-8000-000000000901"
            }) {
                validationEvent { isValid label detection { status humanLabel } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            withdrawAstridValidation(input: {
                validationEventId: "00000000-0000-7000-8000-0000000009ff"
            }) {
                auditRecordIds
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RejectAstridDetection,
        accepted: r#"mutation {
            rejectAstridDetection(input: {
                detectionId: "00000000-0000-7000-8000-000000000804", reason: "a satellite"
            }) {
                detection { status isValidated auditRecords { nodes { action } } }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            rejectAstridDetection(input: {
                detectionId: "00000000-0000-7000-8000-000000000803", reason: "a satellite"
            }) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::ConfirmAstridDetection,
        accepted: r#"mutation {
            confirmAstridDetection(input: {
                detectionId: "00000000-0000-7000-8000-000000000806", reason: "a spectrum"
            }) {
                detection { status isValidated auditRecords { nodes { action } } }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            confirmAstridDetection(input: {
                detectionId: "00000000-0000-7000-8000-000000000806", reason: " "
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ArchiveAstridDetection,
        accepted: r#"mutation {
            archiveAstridDetection(input: {detectionId: "00000000-0000-7000-8000-000000000806"}) {
                detection { status isValidated auditRecords { nodes { action } } }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            archiveAstridDetection(input: {detectionId: "00000000-0000-7000-8000-000000000805"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
];

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
