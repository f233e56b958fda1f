use almanac_entity::{Database, UnixTime, cal_registry::caltable};
use almanac_service::{Repository, access::Operation};
use sea_orm::Set;

use crate::{
    example::{self, Area, Example},
    support::{Engine, engines},
    world::World,
};

pub(crate) const AREA: Area = Area { fill: |world| Box::pin(fill(world)), examples: EXAMPLES };

const EXAMPLES: &[Example] = &[Example {
    operation: Operation::RetireCaltableSet,
    accepted: r#"mutation { retireCaltableSet(input: {setName: "night", reason: "RFI"}) { retired } }"#,
    refused: r#"mutation { retireCaltableSet(input: {setName: "no such"}) { retired } }"#,
    code: "NOT_FOUND",
}];

async fn fill(world: &World) {
    let registry = world.sessions.writer(Database::CalRegistry).await.unwrap();
    let tables = ["BP", "GP"].map(|kind| caltable::ActiveModel {
        set_name: Set("night".to_owned()),
        path: Set(format!("/cal/night.{kind}")),
        table_type: Set(kind.into()),
        order_index: Set(10),
        created_at: Set(UnixTime(1.7e9)),
        status: Set("active".into()),
        ..Default::default()
    });
    Repository::<_, caltable::Entity>::new(&registry).insert_many(tables).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
