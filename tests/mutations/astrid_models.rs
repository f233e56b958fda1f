//! AstrID's registry of models.

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
        operation: Operation::RegisterAstridModel,
        accepted: r#"mutation {
            registerAstridModel(input: {
                name: "hunter", version: "3", modelType: UNET,
                facts: {hyperparameters: {depth: 4}}
            }) {
                model { name version isActive deploymentDate precision trainingEnergyWh }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            registerAstridModel(input: {name: "hunter", version: "1", modelType: UNET}) {
                auditRecordIds
            }
        }"#,
        code: "ALREADY_EXISTS",
    },
    Example {
        operation: Operation::UpdateAstridModel,
        accepted: r#"mutation {
            updateAstridModel(input: {
                modelId: "00000000-0000-7000-8000-000000000602", facts: {precision: 0.9,
                trainingEnergyWh: 12.5}
            }) {
                model { name version isActive deploymentDate precision trainingEnergyWh }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            updateAstridModel(input: {
                modelId: "00000000-0000-7000-8000-000000000602", facts: {precision: 1.2}
            }) {
                auditRecordIds
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeployAstridModel,
        accepted: r#"mutation {
            deployAstridModel(input: {modelId: "00000000-0000-7000-8000-000000000602"}) {
                model { name version isActive deploymentDate precision trainingEnergyWh }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            deployAstridModel(input: {modelId: "00000000-0000-7000-8000-0000000006ff"}) {
                auditRecordIds
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::RetireAstridModel,
        accepted: r#"mutation {
            retireAstridModel(input: {modelId: "00000000-0000-7000-8000-000000000602"}) {
                model { name version isActive deploymentDate precision trainingEnergyWh }
                auditRecordIds
            }
        }"#,
        refused: r#"mutation {
            retireAstridModel(input: {modelId: "00000000-0000-7000-8000-000000000601"}) {
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
