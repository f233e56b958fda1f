use almanac_entity::{
    Database, UnixTime,
    cal_registry::{calibration_applied, caltable},
    products::{image, ms_index},
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
        operation: Operation::MarkCalibrationSuspect,
        accepted: r#"mutation {
            markCalibrationSuspect(input: {setName: "night", reason: "bad antenna"}) {
                stood suspicion { mark setName reason markedBy } added { table rows }
                impact { images { totalCount nodes { path suspect { suspicion { mark } } } } }
            }
        }"#,
        refused: r#"mutation {
            markCalibrationSuspect(input: {setName: "none", reason: "bad antenna"}) { stood }
        }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::ClearCalibrationSuspect,
        accepted: r#"mutation {
            clearCalibrationSuspect(input: {setName: "night", reason: "the antenna is fine"}) {
                suspicions { mark clearedBy clearReason }
            }
        }"#,
        refused: r#"mutation {
            clearCalibrationSuspect(input: {mark: "none"}) { suspicions { mark } }
        }"#,
        code: "NOT_FOUND",
    },
];

async fn fill(world: &World) {
    let registry = world.sessions.writer(Database::CalRegistry).await.unwrap();
    let table = caltable::ActiveModel {
        set_name: Set("night".to_owned()),
        path: Set("/cal/night.BP".to_owned()),
        table_type: Set("BP".into()),
        order_index: Set(10),
        created_at: Set(UnixTime(1.7e9)),
        status: Set("active".into()),
        ..Default::default()
    };
    Repository::<_, caltable::Entity>::new(&registry).insert(table).await.unwrap();
    let application = calibration_applied::ActiveModel {
        ms_path: Set("/ms/a.ms".to_owned()),
        caltable_path: Set("/cal/night.BP".to_owned()),
        applied_at: Set(UnixTime(1.7e9)),
        ..Default::default()
    };
    let applications = Repository::<_, calibration_applied::Entity>::new(&registry);
    applications.insert(application).await.unwrap();
    let products = world.sessions.writer(Database::Products).await.unwrap();
    let set = ms_index::ActiveModel { path: Set("/ms/a.ms".to_owned()), ..Default::default() };
    Repository::<_, ms_index::Entity>::new(&products).insert(set).await.unwrap();
    let picture = image::ActiveModel {
        path: Set("/images/a.fits".to_owned()),
        ms_path: Set("/ms/a.ms".to_owned()),
        created_at: Set(UnixTime(1.7e9)),
        kind: Set("clean".into()),
        ..Default::default()
    };
    Repository::<_, image::Entity>::new(&products).insert(picture).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
