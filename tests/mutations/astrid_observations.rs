//! AstrID's observations and candidates.

use almanac_service::access::{Access, Operation, Principal, Role};
use serde_json::{Value as Json, json};

use crate::{
    astrid_rows, dump,
    example::{self, Area, Example},
    support::{Engine, engines},
    world::World,
};

pub(crate) const AREA: Area =
    Area { fill: |world| Box::pin(astrid_rows::fill(&world.sessions)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[
    Example {
        operation: Operation::IngestAstridObservation,
        accepted: r#"mutation {
            ingestAstridObservation(input: {
                observation: {surveyId: "00000000-0000-7000-8000-000000000101",
                observationId: "new", ra: 10.5, dec: 20.5,
                observationTime: "2025-10-02T03:04:05Z", filterBand: "r", exposureTime: 30,
                fitsUrl: "s3://raw/new"}
            }) {
                observation { rowId observationId status airmass seeing } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            ingestAstridObservation(input: {
                observation: {surveyId: "00000000-0000-7000-8000-000000000101",
                observationId: "new", ra: 10.5}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::IngestAstridObservations,
        accepted: r#"mutation {
            ingestAstridObservations(input: {
                observations: [{surveyId: "00000000-0000-7000-8000-000000000101",
                observationId: "a", ra: 10.5, dec: 20.5,
                observationTime: "2025-10-02T03:04:05Z", filterBand: "r", exposureTime: 30,
                fitsUrl: "s3://raw/a"}, {surveyId: "00000000-0000-7000-8000-000000000101",
                observationId: "new", ra: 10.5, dec: 20.5,
                observationTime: "2025-10-02T03:04:05Z", filterBand: "r", exposureTime: 30,
                fitsUrl: "s3://raw/new"}, {surveyId: "00000000-0000-7000-8000-000000000101",
                observationId: "b", ra: 10.5, dec: 20.5,
                observationTime: "2025-10-02T03:04:05Z", filterBand: "r", exposureTime: 30,
                fitsUrl: "s3://raw/b", airmass: -1},
                {surveyId: "00000000-0000-7000-8000-000000000101", observationId: "c", ra: 10.5,
                dec: 20.5, observationTime: "2025-10-02T03:04:05Z", filterBand: "r",
                exposureTime: 30, fitsUrl: "s3://raw/c"}]
            }) {
                inserted duplicates rejected stopped errors { index rule message }
                auditRecordIds
            }
        }"#,
        refused: r"mutation {
            ingestAstridObservations(input: {observations: []}) { auditRecordIds }
        }",
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateAstridObservation,
        accepted: r#"mutation {
            updateAstridObservation(input: {
                observationId: "00000000-0000-7000-8000-000000000201", patch: {airmass: 1.2,
                seeing: null}
            }) {
                observation { rowId observationId status airmass seeing } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            updateAstridObservation(input: {
                observationId: "00000000-0000-7000-8000-000000000201", patch: {ra: 361}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RetryAstridObservation,
        accepted: r#"mutation {
            retryAstridObservation(input: {observationId: "00000000-0000-7000-8000-000000000204"}) {
                observation { rowId observationId status airmass seeing } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            retryAstridObservation(input: {observationId: "00000000-0000-7000-8000-000000000201"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::ArchiveAstridObservation,
        accepted: r#"mutation {
            archiveAstridObservation(input: {
                observationId: "00000000-0000-7000-8000-000000000203", reason: "old"
            }) {
                observation { rowId observationId status airmass seeing } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            archiveAstridObservation(input: {
                observationId: "00000000-0000-7000-8000-000000000206"
            }) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::SetAstridCandidateStatus,
        accepted: r#"mutation {
            setAstridCandidateStatus(input: {
                candidateId: "00000000-0000-7000-8000-000000000401", status: REJECTED,
                reason: "a ghost"
            }) {
                candidate { status differenceRun { rowId } } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            setAstridCandidateStatus(input: {
                candidateId: "00000000-0000-7000-8000-000000000404", status: PENDING
            }) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
    Example {
        operation: Operation::PurgeAstridCandidates,
        accepted: r#"mutation {
            purgeAstridCandidates(input: {before: "2100-01-01T00:00:00Z", statuses: [DUPLICATE]}) {
                purged auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            purgeAstridCandidates(input: {before: "2100-01-01T00:00:00Z", statuses: [PENDING]}) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::PurgeAstridObservation,
        accepted: r#"mutation {
            purgeAstridObservation(input: {observationId: "00000000-0000-7000-8000-000000000203"}) {
                observation { rowId observationId status airmass seeing } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            purgeAstridObservation(input: {observationId: "00000000-0000-7000-8000-000000000201"}) {
                auditRecordIds
            }
        }"#,
        code: "INVALID_TRANSITION",
    },
];

/// What `astridObservationVerdict` says of an observation named so, under a right ascension.
async fn verdict(world: &World, name: &str, ra: f64) -> Json {
    let document = format!(
        r#"query {{
            astridObservationVerdict(observation: {{
                surveyId: "00000000-0000-7000-8000-000000000101", observationId: "{name}",
                ra: {ra:.1}, dec: 20.5, observationTime: "2025-10-02T03:04:05Z", filterBand: "r",
                exposureTime: 30, fitsUrl: "s3://raw/a"
            }}) {{ isValid code field rule }}
        }}"#
    );
    let viewer = Access::Known(Principal::new("vera", Role::Viewer));
    world.mutate(&document, viewer).await.unwrap()["astridObservationVerdict"].clone()
}

async fn a_verdict_ingests_nothing(engine: Engine) {
    let world = World::new(engine).await;
    astrid_rows::fill(&world.sessions).await;
    let before = dump::of(&world.sessions).await;
    let valid = json!({ "isValid": true, "code": null, "field": null, "rule": null });
    assert_eq!(verdict(&world, "new", 10.0).await, valid);
    let wrong =
        json!({ "isValid": false, "code": "BAD_USER_INPUT", "field": "ra", "rule": "range" });
    assert_eq!(verdict(&world, "new", 361.0).await, wrong);
    let taken = json!({ "isValid": false, "code": "ALREADY_EXISTS", "field": null, "rule": null });
    assert_eq!(verdict(&world, "exposure 201", 10.0).await, taken);
    assert_eq!(before, dump::of(&world.sessions).await);
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples, a_verdict_ingests_nothing);
