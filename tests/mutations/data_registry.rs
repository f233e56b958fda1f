use std::fs;

use almanac_entity::{
    Database, UnixTime,
    data_registry::{DataStatus, data_product},
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
        operation: Operation::RegisterDataProduct,
        accepted: r#"mutation {
            registerDataProduct(input: {
                dataType: "image", dataId: "new", stagePath: "/stage/new", metadata: {field: "3C286"}
            }) { dataProduct { dataId status dataType metadataJson } }
        }"#,
        refused: r#"mutation {
            registerDataProduct(input: {dataType: "image", dataId: "new", stagePath: "new"}) {
                dataProduct { dataId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UpdateDataProductPhotometry,
        accepted: r#"mutation {
            updateDataProductPhotometry(input: {dataId: "a", status: RUNNING, jobId: "7"}) {
                dataProduct { photometryStatus photometryJobId }
            }
        }"#,
        refused: r#"mutation {
            updateDataProductPhotometry(input: {dataId: "none", status: RUNNING}) {
                dataProduct { dataId }
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::LinkDataProductPhotometry,
        accepted: r#"mutation {
            linkDataProductPhotometry(input: {dataId: "b", jobId: "8"}) {
                dataProduct { photometryStatus photometryJobId }
            }
        }"#,
        refused: r#"mutation {
            linkDataProductPhotometry(input: {dataId: "b", jobId: " "}) { dataProduct { dataId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::LinkDataProducts,
        accepted: r#"mutation {
            linkDataProducts(input: {parent: "a", child: "b", relationshipType: "produced"}) { created }
        }"#,
        refused: r#"mutation {
            linkDataProducts(input: {parent: "a", child: "none", relationshipType: "produced"}) {
                created
            }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::TagDataProduct,
        accepted: r#"mutation { tagDataProduct(input: {dataId: "a", tag: "press"}) { created } }"#,
        refused: r#"mutation { tagDataProduct(input: {dataId: "a", tag: " "}) { created } }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::UntagDataProduct,
        accepted: r#"mutation { untagDataProduct(input: {dataId: "a", tag: "press"}) { removed } }"#,
        refused: r#"mutation { untagDataProduct(input: {dataId: "none", tag: "press"}) { removed } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::DisableAutoPublish,
        accepted: r#"mutation {
            disableAutoPublish(input: {dataId: "b"}) { dataProduct { autoPublishEnabled } }
        }"#,
        refused: r#"mutation { disableAutoPublish(input: {dataId: "none"}) { dataProduct { dataId } } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::EnableAutoPublish,
        accepted: r#"mutation {
            enableAutoPublish(input: {dataId: "b"}) { dataProduct { autoPublishEnabled } }
        }"#,
        refused: r#"mutation { enableAutoPublish(input: {dataId: "none"}) { dataProduct { dataId } } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::FinalizeDataProduct,
        accepted: r#"mutation {
            finalizeDataProduct(input: {dataId: "b", qaStatus: PASSED}) {
                published error criteria { eligible obstacles } dataProduct { finalizationStatus }
            }
        }"#,
        refused: r#"mutation { finalizeDataProduct(input: {dataId: "none"}) { published } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::TriggerAutoPublish,
        accepted: r#"mutation {
            triggerAutoPublish(input: {dataId: "final"}) {
                published error dataProduct { status publishedPath publishMode }
            }
        }"#,
        refused: r#"mutation { triggerAutoPublish(input: {dataId: "a"}) { published } }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::PublishDataProduct,
        accepted: r#"mutation {
            publishDataProduct(input: {dataId: "a", target: "press/a.fits"}) {
                published error dataProduct { status publishedPath publishMode }
            }
        }"#,
        refused: r#"mutation {
            publishDataProduct(input: {dataId: "b", target: "../b.fits"}) { published }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RecoverDataPublications,
        accepted: r"mutation {
            recoverDataPublications(input: {}) { outcomes { published error dataProduct { status } } }
        }",
        refused: r#"mutation {
            recoverDataPublications(input: {dataId: "none"}) { outcomes { published } }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::UpdateDataProductStatus,
        accepted: r#"mutation {
            updateDataProductStatus(input: {dataId: "b", status: PUBLISHED, publishedPath: "/p/b"}) {
                dataProduct { status publishedPath publishedAt }
            }
        }"#,
        refused: r#"mutation {
            updateDataProductStatus(input: {dataId: "new", status: PUBLISHED}) {
                dataProduct { dataId }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
];

async fn fill(world: &World) {
    let stage = &world.roots.staging[0];
    fs::create_dir_all(stage).unwrap();
    let products = ["a", "b", "final", "stuck"].map(|name| {
        let path = stage.join(name);
        fs::write(&path, name).unwrap();
        data_product::ActiveModel {
            data_type: Set("metadata".into()),
            data_id: Set(name.to_owned()),
            base_path: Set(stage.display().to_string()),
            stage_path: Set(path.display().to_string()),
            status: Set(if name == "stuck" { DataStatus::Publishing } else { DataStatus::Staging }),
            created_at: Set(UnixTime(1.7e9)),
            staged_at: Set(UnixTime(1.7e9)),
            finalization_status: Set(Some(
                if name == "final" { "finalized" } else { "pending" }.into(),
            )),
            auto_publish_enabled: Set(Some(true)),
            ..Default::default()
        }
    });
    let registry = world.sessions.writer(Database::DataRegistry).await.unwrap();
    Repository::<_, data_product::Entity>::new(&registry).insert_many(products).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
