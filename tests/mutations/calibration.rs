use std::fs;

use almanac_entity::{Database, UnixTime, cal_registry::caltable};
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
        operation: Operation::RetireCaltableSet,
        accepted: r#"mutation {
            retireCaltableSet(input: {setName: "night", reason: "RFI"}) { retired }
        }"#,
        refused: r#"mutation { retireCaltableSet(input: {setName: "no such"}) { retired } }"#,
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::AddCaltable,
        accepted: r#"mutation {
            addCaltable(input: {setName: "day", caltable: {
                path: "/cal/day.G", tableType: G, orderIndex: 50,
                validStartMjd: 60000, validEndMjd: 60001
            }}) { caltable { path status active } }
        }"#,
        refused: r#"mutation {
            addCaltable(input: {setName: "day", caltable: {
                path: "/cal/night.BP", tableType: BP, orderIndex: 30
            }}) { caltable { path } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::RegisterCaltableSet,
        accepted: r#"mutation {
            registerCaltableSet(input: {setName: "pair", caltables: [
                {path: "/cal/pair.BP", tableType: BP, orderIndex: 30, refant: "103"},
                {path: "/cal/pair.GP", tableType: GP, orderIndex: 50, refant: "103"}
            ]}) { caltables { path orderIndex } }
        }"#,
        refused: r#"mutation {
            registerCaltableSet(input: {setName: "pair", caltables: [
                {path: "/cal/x.BP", tableType: BP, orderIndex: 30, validStartMjd: 2, validEndMjd: 1}
            ]}) { caltables { path } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RegisterCaltableSetFromPrefix,
        accepted: concat!(
            r#"mutation { registerCaltableSetFromPrefix(input: {setName: "disk", prefix: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/cal/2025"}) { caltables { path tableType orderIndex } } }"#,
        ),
        refused: r#"mutation {
            registerCaltableSetFromPrefix(input: {setName: "disk", prefix: "/etc/host"}) {
                caltables { path }
            }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::RegisterAndVerifyCaltableSet,
        accepted: concat!(
            r#"mutation { registerAndVerifyCaltableSet(input: {setName: "sure", prefix: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/cal/2024", validStartMjd: 60000}) { verified fault caltables { path } } }"#,
        ),
        refused: concat!(
            r#"mutation { registerAndVerifyCaltableSet(input: {setName: "sure", prefix: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/cal/1999"}) { verified } }"#,
        ),
        code: "NOT_FOUND",
    },
    Example {
        operation: Operation::ResolveCaltableOverlap,
        accepted: r#"mutation {
            resolveCaltableOverlap(input: {
                setName: "new", validStartMjd: 60000.5, strategy: TRIM
            }) { overlapping { setName validStartMjd validEndMjd issues } retired trimmed }
        }"#,
        refused: r#"mutation {
            resolveCaltableOverlap(input: {setName: "new", strategy: ERROR}) { retired }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::TrackCaltableProvenance,
        accepted: r#"mutation {
            trackCaltableProvenance(input: {
                path: "/cal/pair.BP", sourceMsPath: "/ms/a.ms", solverCommand: "bandpass",
                solverVersion: "6.6", qualityMetrics: {snr_median: 40}
            }) { caltable { solverCommand qualityMetrics } }
        }"#,
        refused: r#"mutation {
            trackCaltableProvenance(input: {path: "/cal/none"}) { caltable { path } }
        }"#,
        code: "NOT_FOUND",
    },
];

async fn fill(world: &World) {
    for name in ["2025_bpcal", "2025_gpcal", "2024_kcal"] {
        let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/mutations/cal");
        fs::create_dir_all(format!("{folder}/{name}")).unwrap();
    }
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
