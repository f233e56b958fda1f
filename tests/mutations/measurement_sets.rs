use almanac_entity::{Database, products::ms_index};
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
        operation: Operation::UpdateMeasurementSetStage,
        accepted: r#"mutation {
            updateMeasurementSetStage(input: {path: "/ms/a.ms", stage: IMAGED, status: COMPLETED}) {
                measurementSet { path stage status }
            }
        }"#,
        refused: r#"mutation {
            updateMeasurementSetStage(input: {path: "/ms/b.ms", stage: IMAGED}) {
                measurementSet { path }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::AddMeasurementSet,
        accepted: r#"mutation {
            addMeasurementSet(input: {measurementSet: {path: "/ms/b.ms", midMjd: 60000.5}}) {
                measurementSet { path createdAt }
            }
        }"#,
        refused: r#"mutation {
            addMeasurementSet(input: {measurementSet: {path: "/ms/a.ms"}}) {
                measurementSet { path }
            }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::UpsertMeasurementSet,
        accepted: r#"mutation {
            upsertMeasurementSet(input: {measurementSet: {path: "/ms/a.ms", fieldName: "J1234+42"}}) {
                measurementSet { stage fieldName }
            }
        }"#,
        // It was imaged; it does not go back by this.
        refused: r#"mutation {
            upsertMeasurementSet(input: {measurementSet: {path: "/ms/a.ms", stage: CONVERTED}}) {
                measurementSet { stage }
            }
        }"#,
        code: "CONFLICT",
    },
];

async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let set = ms_index::ActiveModel { path: Set("/ms/a.ms".to_owned()), ..Default::default() };
    Repository::<_, ms_index::Entity>::new(&products).insert(set).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
