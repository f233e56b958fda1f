//! AstrID's surveys and settings.

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
        operation: Operation::CreateAstridSurvey,
        accepted: r#"mutation {
            createAstridSurvey(input: {name: "Gamma", apiEndpoint: "https://example.org/api"}) {
                survey { name description baseUrl isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            createAstridSurvey(input: {name: "Alpha"}) { auditRecordIds }
        }"#,
        code: "ALREADY_EXISTS",
    },
    Example {
        operation: Operation::UpdateAstridSurvey,
        accepted: r#"mutation {
            updateAstridSurvey(input: {
                surveyId: "00000000-0000-7000-8000-000000000102", description: null,
                baseUrl: "https://example.org"
            }) {
                survey { name description baseUrl isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            updateAstridSurvey(input: {
                surveyId: "00000000-0000-7000-8000-000000000102", name: " "
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeactivateAstridSurvey,
        accepted: r#"mutation {
            deactivateAstridSurvey(input: {surveyId: "00000000-0000-7000-8000-000000000102"}) {
                survey { name description baseUrl isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            deactivateAstridSurvey(input: {surveyId: "00000000-0000-7000-8000-0000000001ff"}) {
                auditRecordIds
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::ActivateAstridSurvey,
        accepted: r#"mutation {
            activateAstridSurvey(input: {surveyId: "00000000-0000-7000-8000-000000000102"}) {
                survey { name description baseUrl isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            activateAstridSurvey(input: {surveyId: "two"}) { auditRecordIds }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteAstridSurvey,
        accepted: r#"mutation {
            deleteAstridSurvey(input: {surveyId: "00000000-0000-7000-8000-000000000102"}) {
                survey { name description baseUrl isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            deleteAstridSurvey(input: {surveyId: "00000000-0000-7000-8000-000000000101"}) {
                auditRecordIds
            }
        }"#,
        code: "REFERENCED_BY",
    },
    Example {
        operation: Operation::SetAstridSystemConfig,
        accepted: r#"mutation {
            setAstridSystemConfig(input: {
                key: "dashboard.theme", value: {dark: true}, description: "Colours."
            }) {
                systemConfig { key value isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            setAstridSystemConfig(input: {key: "legacy.example_model.1", value: {}}) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteAstridSystemConfig,
        accepted: r#"mutation {
            deleteAstridSystemConfig(input: {key: "dashboard.theme"}) {
                systemConfig { key value isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            deleteAstridSystemConfig(input: {key: "dashboard.theme2"}) { auditRecordIds }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::CreateAstridSurveyConfig,
        accepted: r#"mutation {
            createAstridSurveyConfig(input: {configuration: {name: "Alpha Nightly"}}) {
                systemConfig { key value isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            createAstridSurveyConfig(input: {configuration: {name: "HST Galaxy Survey"}}) {
                auditRecordIds
            }
        }"#,
        code: "ALREADY_EXISTS",
    },
    Example {
        operation: Operation::UpdateAstridSurveyConfig,
        accepted: r#"mutation {
            updateAstridSurveyConfig(input: {
                name: "Alpha Nightly", configuration: {name: "Alpha Weekly",
                time_window_days: 7}
            }) {
                systemConfig { key value isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            updateAstridSurveyConfig(input: {
                name: "Alpha Nightly", configuration: {name: "Alpha Nightly", query_radius: 11}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteAstridSurveyConfig,
        accepted: r#"mutation {
            deleteAstridSurveyConfig(input: {name: "Alpha Weekly"}) {
                systemConfig { key value isActive } auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            deleteAstridSurveyConfig(input: {name: "Alpha Nightly"}) { auditRecordIds }
        }"#,
        code: "NOT_FOUND",
    },
];

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
