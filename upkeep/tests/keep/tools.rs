//! PostgreSQL's programs may be missing or old, and are told no password that others could read.

use std::{fs, os::unix::fs::PermissionsExt};

use almanac_database::{Database, Location};
use almanac_upkeep::backup::{self, Tools};
use tempfile::TempDir;

use crate::{
    backup::now,
    support::{Engine, TestDatabase},
};

/// Tries to back up with the `pg_dump` of a folder. Returns the error.
async fn refusal(test: &TestDatabase, tools: &TempDir) -> String {
    let folder = TempDir::new().unwrap();
    let tools = Tools::within(tools.path().to_owned());
    let made = backup::create(&[test.address().clone()], folder.path(), &tools, now()).await;
    assert!(backup::list(folder.path()).unwrap().is_empty());
    made.unwrap_err().to_string()
}

fn program(folder: &TempDir, text: &str) {
    let path = folder.path().join("pg_dump");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn postgres_program_that_is_missing_is_named() {
    let test = TestDatabase::migrated(Database::Hdf5, Engine::Postgres).await;
    let message = refusal(&test, &TempDir::new().unwrap()).await;
    assert!(message.starts_with("pg_dump: ") && message.contains("apt install"), "{message}");
}

#[tokio::test]
async fn postgres_program_that_is_too_old_is_named() {
    let test = TestDatabase::migrated(Database::Hdf5, Engine::Postgres).await;
    let tools = TempDir::new().unwrap();
    program(&tools, "echo 'pg_dump (PostgreSQL) 9.6.24'");
    let message = refusal(&test, &tools).await;
    assert!(message.contains("9.6.24") && message.contains("postgresql-client-"), "{message}");
}

#[tokio::test]
async fn postgres_password_goes_by_the_environment_alone() {
    let made = TestDatabase::migrated(Database::Hdf5, Engine::Postgres).await;
    let Location::Postgres(url) = &made.address().location else { unreachable!() };
    let mut url = url.clone();
    url.set_password(Some("hunter2")).unwrap();
    let mut address = made.address().clone();
    address.location = Location::Postgres(url);
    let tools = TempDir::new().unwrap();
    let said = tools.path().join("said");
    program(
        &tools,
        &format!(
            "[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99'\n\
             echo \"$@\" >{0}; echo \"$PGPASSWORD\" >{0}.password; echo no luck >&2; exit 1",
            said.display()
        ),
    );
    let folder = TempDir::new().unwrap();
    let outcome =
        backup::create(&[address], folder.path(), &Tools::within(tools.path().to_owned()), now())
            .await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("no luck") && !message.contains("hunter2"), "{message}");
    assert!(!fs::read_to_string(&said).unwrap().contains("hunter2"));
    assert_eq!(fs::read_to_string(said.with_extension("password")).unwrap().trim(), "hunter2");
}
