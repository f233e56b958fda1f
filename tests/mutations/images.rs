use almanac_entity::{
    Database, UnixTime,
    products::{ImageType, image, ms_index},
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
        operation: Operation::AddImage,
        accepted: r#"mutation {
            addImage(input: {image: {
                path: "/images/b.fits", msPath: "/ms/a.ms", type: CLEAN,
                createdAt: "2025-10-02T00:00:00Z"
            }}) { image { path type } }
        }"#,
        refused: r#"mutation {
            addImage(input: {image: {
                path: "/images/a.fits", msPath: "/ms/a.ms", type: CLEAN,
                createdAt: "2025-10-02T00:00:00Z"
            }}) { image { path } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::UpsertImage,
        accepted: r#"mutation {
            upsertImage(input: {image: {
                path: "/images/a.fits", msPath: "/ms/a.ms", createdAt: "2025-10-02T00:00:00Z",
                noiseJy: 0.0002
            }}) { image { rowId noiseJy } }
        }"#,
        refused: r#"mutation {
            upsertImage(input: {image: {
                path: "/images/a.fits", msPath: "/ms/a.ms", createdAt: "2025-10-02T00:00:00Z",
                centerRaDeg: 400
            }}) { image { rowId } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::AddPhotometry,
        accepted: r#"mutation {
            addPhotometry(input: {measurements: [{
                imagePath: "/images/a.fits", sourceId: "NVSS J000000.0+000000", raDeg: 0, decDeg: 0,
                peakJyb: 0.01, measuredAt: "2025-10-02T00:00:00Z"
            }]}) { added }
        }"#,
        refused: r#"mutation {
            addPhotometry(input: {measurements: [{
                imagePath: "/images/none.fits", sourceId: "NVSS J000000.0+000000", raDeg: 0,
                decDeg: 0, peakJyb: 0.01, measuredAt: "2025-10-02T00:00:00Z"
            }]}) { added }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::DeleteImage,
        accepted: r#"mutation {
            deleteImage(input: {id: "1", cascade: true}) {
                image { path } photometryCount photometry { sourceId } removed
            }
        }"#,
        refused: r#"mutation { deleteImage(input: {id: "1"}) { removed } }"#,
        code: "CONFLICT",
    },
];

async fn fill(world: &World) {
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let set = ms_index::ActiveModel { path: Set("/ms/a.ms".to_owned()), ..Default::default() };
    Repository::<_, ms_index::Entity>::new(&products).insert(set).await.unwrap();
    let image = image::ActiveModel {
        path: Set("/images/a.fits".to_owned()),
        ms_path: Set("/ms/a.ms".to_owned()),
        created_at: Set(UnixTime(1.7e9)),
        kind: Set(ImageType::Clean),
        ..Default::default()
    };
    Repository::<_, image::Entity>::new(&products).insert(image).await.unwrap();
}

async fn a_dry_run_changes_nothing(engine: Engine) {
    let world = World::new(engine).await;
    fill(&world).await;
    let admin =
        almanac_service::access::Principal::new("ada", almanac_service::access::Role::Admin);
    let access = almanac_service::access::Access::Known(admin);
    let before = crate::dump::of(&world.sessions).await;
    let preview = r#"mutation {
        deleteImage(input: {id: "1", dryRun: true}) { image { path } photometryCount removed }
    }"#;
    let told = world.mutate(preview, access).await.unwrap();
    assert_eq!(told["deleteImage"]["removed"], false);
    assert_eq!(told["deleteImage"]["image"]["path"], "/images/a.fits");
    assert_eq!(before, crate::dump::of(&world.sessions).await);
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples, a_dry_run_changes_nothing);
