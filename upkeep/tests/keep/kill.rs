//! Killed at any moment, a piece of work leaves the old state or the new one, and is finished by running it
//! again.

use std::{env, fs};

use almanac_database::{Address, Database, Location, Origin};
use almanac_upkeep::{
    backup::{self, Tools},
    copy::copy,
    put_log_away,
};
use sea_orm::ConnectionTrait;

use crate::{
    backup::{kept, now},
    digest::known,
    fill::fill,
    process::{cases, run, run_killed},
    support::{Engine, TestDatabase, engines},
};

engines!(
    a_killed_restore_leaves_old_or_new,
    a_killed_backup_leaves_nothing_like_one,
    a_killed_copy_leaves_nothing_or_all,
);

const WORK: &str = "kill::work";

/// What the killed processes do, by variables that only they have.
#[tokio::test]
async fn work() {
    if env::var_os("KEEP_WORK").is_none() {
        return;
    }
    let variable = |name: &str| env::var(name).unwrap();
    let location = Location::parse(&variable("KEEP_TARGET")).unwrap();
    let address = Address::new(Database::Hdf5, location, Origin::Default);
    let (folder, tools) = (variable("KEEP_FOLDER"), Tools::default());
    match &*variable("KEEP_WORK") {
        "restore" => {
            backup::restore(folder.as_ref(), &address, true, &tools, now()).await.unwrap();
        }
        "create" => {
            backup::create(&[address], folder.as_ref(), &tools, now()).await.unwrap();
        }
        "copy" => {
            let location = Location::parse(&variable("KEEP_FOLDER")).unwrap();
            let source = Address::new(Database::Hdf5, location, Origin::Default);
            copy(&source, &address, |_| {}).await.unwrap();
        }
        other => panic!("{other}"),
    }
}

async fn a_killed_restore_leaves_old_or_new(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let new = known(&kept.test).await;
    let variables = [
        ("KEEP_TARGET", &*kept.test.url()),
        ("KEEP_FOLDER", kept.backup.folder.to_str().unwrap()),
        ("KEEP_WORK", "restore"),
    ];
    let spoil = async || {
        let connection = kept.test.connection().await;
        for sql in [
            "DELETE FROM pointing_history",
            "DROP SCHEMA IF EXISTS hdf5_before_20261121t100000_500000 CASCADE",
        ] {
            if !sql.starts_with("DROP") || engine == Engine::Postgres {
                connection.execute_unprepared(sql).await.unwrap();
            }
        }
        connection.close().await.unwrap();
        if engine == Engine::Sqlite {
            let folder = kept.test.file().parent().unwrap();
            for entry in fs::read_dir(folder).unwrap().flatten() {
                if entry.file_name().to_string_lossy().contains(".before-") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        }
    };
    spoil().await;
    let whole = run(WORK, &variables);
    assert_eq!(known(&kept.test).await, new);
    for case in 0..cases() {
        spoil().await;
        let old = known(&kept.test).await;
        run_killed(WORK, &variables, whole * case / cases());
        if engine == Engine::Sqlite {
            // A journal that was left is heeded only by those who may write.
            put_log_away(kept.test.file()).await.unwrap();
        }
        let found = known(&kept.test).await;
        assert!(found == old || found == new, "{found:?}");
        if found == old {
            run(WORK, &variables);
        }
        assert_eq!(known(&kept.test).await, new);
    }
}

async fn a_killed_backup_leaves_nothing_like_one(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("KEEP_TARGET", &*kept.test.url()),
        ("KEEP_FOLDER", folder.path().to_str().unwrap()),
        ("KEEP_WORK", "create"),
    ];
    let whole = run(WORK, &variables);
    for case in 0..cases() {
        fs::remove_dir_all(folder.path()).unwrap();
        run_killed(WORK, &variables, whole * case / cases());
        fs::create_dir_all(folder.path()).unwrap();
        let listed = backup::list(folder.path()).unwrap();
        if listed.is_empty() {
            run(WORK, &variables);
        }
        let listed = backup::list(folder.path()).unwrap();
        assert_eq!(listed.len(), 1);
        let tools = Tools::default();
        let server = Some(kept.test.address());
        assert_eq!(backup::verify(&listed[0].folder, server, &tools).await.unwrap(), [""; 0]);
    }
}

async fn a_killed_copy_leaves_nothing_or_all(engine: Engine) {
    let other = if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite };
    let source = TestDatabase::migrated(Database::Hdf5, other).await;
    fill(&source, 3).await;
    let all = known(&source).await;
    let variables = |target: &TestDatabase| (target.url(), source.url());
    let work = |(target, source): &(String, String), after| {
        let variables =
            [("KEEP_TARGET", &**target), ("KEEP_FOLDER", &**source), ("KEEP_WORK", "copy")];
        match after {
            Some(after) => run_killed(WORK, &variables, after),
            None => return run(WORK, &variables),
        }
        std::time::Duration::ZERO
    };
    let target = TestDatabase::new(Database::Hdf5, engine).await;
    let whole = work(&variables(&target), None);
    for case in 0..cases() {
        let target = TestDatabase::new(Database::Hdf5, engine).await;
        work(&variables(&target), Some(whole * case / cases()));
        let there = match target.address().location.file() {
            Some(file) if !file.exists() => Vec::new(),
            _ => known(&target).await,
        };
        assert!(there.is_empty() || there == all, "{there:?}");
        if there.is_empty() {
            work(&variables(&target), None);
        }
        assert_eq!(known(&target).await, all);
    }
}
