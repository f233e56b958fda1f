//! Files that are not taken over, and stay as they are.

use std::fs;

use almanac_adopt::{Options, Outcome};
use almanac_database::Database;

use crate::file::{INGEST, Legacy, PRODUCTS};

#[tokio::test]
async fn the_merged_database_is_refused() {
    let legacy = Legacy::new(
        "CREATE TABLE processing_queue (group_id TEXT); CREATE TABLE hdf5_files (path TEXT);
         CREATE TABLE caltables (id INTEGER); CREATE TABLE ms_index (path TEXT PRIMARY KEY);",
    );
    assert!(legacy.refused().await.contains("merged"));
}

#[tokio::test]
async fn a_table_in_the_way_is_refused() {
    let legacy =
        Legacy::new(&format!("{PRODUCTS} CREATE TABLE jobs (title TEXT PRIMARY KEY, pay REAL);"));
    let error = legacy.refused().await;
    assert!(error.contains("jobs") && error.contains("Rename it"), "{error}");
}

#[tokio::test]
async fn another_database_is_refused() {
    let legacy = Legacy::new(PRODUCTS);
    let wanted = Some(Database::Hdf5);
    let error = almanac_adopt::adopt(&legacy.path, wanted, &legacy.options(), |_| {}).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("those of products, not of hdf5"), "{error}");
    assert!(Legacy::new("CREATE TABLE t (a)").refused().await.contains("none of the tables"));
}

#[tokio::test]
async fn an_open_writer_is_refused() {
    let legacy = Legacy::new(PRODUCTS);
    let writer = legacy.open();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(legacy.refused().await.contains("open for writing"));
    drop(writer);
    assert_eq!(legacy.adopt().await.outcome, Outcome::Adopted);
}

#[tokio::test]
async fn damage_is_refused() {
    let legacy = Legacy::new(PRODUCTS);
    fs::write(&legacy.path, "no database at all, but longer than a header is").unwrap();
    assert!(legacy.refused().await.contains("cannot be read"));
}

#[tokio::test]
async fn tables_are_not_made_anew_unasked() {
    let legacy = Legacy::new(INGEST);
    let before = legacy.bytes();
    let report = legacy.adopt_with(&legacy.options()).await.unwrap();
    assert_eq!(report.outcome, Outcome::NeedsReshape);
    let dry = Options { reshape: true, dry_run: true, ..legacy.options() };
    let dry = legacy.adopt_with(&dry).await.unwrap();
    assert_eq!(dry.outcome, Outcome::DryRun);
    assert_eq!(dry.reshaped.len(), 2);
    assert!(legacy.bytes() == before && !legacy.backups().exists());
}
