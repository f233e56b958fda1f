use std::fs;

use almanac_entity::{Database, hdf5::hdf5_file};
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
        operation: Operation::AddHdf5File,
        accepted: r#"mutation {
            addHdf5File(input: {file: {
                path: "/data/2025-10-01T00:00:00_sb01.hdf5", filename: "2025-10-01T00:00:00_sb01.hdf5",
                groupId: "2025-10-01T00:00:00", subbandCode: "sb01",
                timestampIso: "2025-10-01T00:00:00", timestampMjd: 60949.0
            }}) { file { path stored } }
        }"#,
        refused: r#"mutation {
            addHdf5File(input: {file: {
                path: "/data/2025-10-01T00:00:00_sb00.hdf5", filename: "2025-10-01T00:00:00_sb00.hdf5",
                groupId: "2025-10-01T00:00:00", subbandCode: "sb00",
                timestampIso: "2025-10-01T00:00:00", timestampMjd: 60949.0
            }}) { file { path } }
        }"#,
        code: "CONFLICT",
    },
    Example {
        operation: Operation::UpsertHdf5File,
        accepted: r#"mutation {
            upsertHdf5File(input: {file: {
                path: "/data/2025-10-01T00:00:00_sb00.hdf5", filename: "2025-10-01T00:00:00_sb00.hdf5",
                groupId: "2025-10-01T00:00:00", subbandCode: "sb00",
                timestampIso: "2025-10-01T00:00:00", timestampMjd: 60949.0, raDeg: 12.5
            }}) { file { raDeg } }
        }"#,
        refused: r#"mutation {
            upsertHdf5File(input: {file: {
                path: "/data/2025-10-01T00:00:00_sb00.hdf5", filename: "2025-10-01T00:00:00_sb00.hdf5",
                groupId: "2025-10-01T00:00:00", subbandCode: "sb00",
                timestampIso: "2025-10-01T00:00:00", timestampMjd: 60949.0, raDeg: 400
            }}) { file { raDeg } }
        }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::IndexHdf5Directory,
        accepted: concat!(
            r#"mutation { indexHdf5Directory(input: {directory: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/hdf5/one"}) { scanned new updated skipped deleted errors { path } } }"#,
        ),
        refused: r#"mutation { indexHdf5Directory(input: {directory: "/etc"}) { scanned } }"#,
        code: "BAD_USER_INPUT",
    },
    Example {
        operation: Operation::ReconcileHdf5Directory,
        accepted: concat!(
            r#"mutation { reconcileHdf5Directory(input: {directory: ""#,
            env!("CARGO_TARGET_TMPDIR"),
            r#"/mutations/hdf5/two", indexOrphans: true}) { orphans gone marked added } }"#,
        ),
        refused: r#"mutation {
            reconcileHdf5Directory(input: {directory: "/etc", dryRun: true}) { orphans }
        }"#,
        code: "BAD_USER_INPUT",
    },
];

async fn fill(world: &World) {
    for folder in ["one", "two"] {
        let directory = format!("{}/mutations/hdf5/{folder}", env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(&directory).unwrap();
        fs::write(format!("{directory}/2025-10-02T00:12:30_sb00.hdf5"), "").unwrap();
    }
    let hdf5 = world.sessions.writer(Database::Hdf5).await.unwrap();
    let file = hdf5_file::ActiveModel {
        path: Set("/data/2025-10-01T00:00:00_sb00.hdf5".to_owned()),
        filename: Set("2025-10-01T00:00:00_sb00.hdf5".to_owned()),
        group_id: Set("2025-10-01T00:00:00".to_owned()),
        subband_code: Set("sb00".to_owned()),
        timestamp_iso: Set("2025-10-01T00:00:00".to_owned()),
        timestamp_mjd: Set(60_949.0),
        ..Default::default()
    };
    Repository::<_, hdf5_file::Entity>::new(&hdf5).insert(file).await.unwrap();
}

async fn examples(engine: Engine) {
    example::run(&AREA, engine).await;
}

engines!(examples);
