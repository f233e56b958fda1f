//! The first revisions make what the schema document of the pipeline says.

use almanac_database::Database;
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTraitSelf;

use crate::support::{Engine, Schema, TestDatabase, connect, differences, revisions};

/// What the document's statements make in a fresh file.
async fn of_document(database: Database, statements: &str) -> Schema {
    let test = TestDatabase::new(database, Engine::Sqlite).await;
    let connection = connect(test.address()).await;
    connection.execute_unprepared(statements).await.unwrap();
    Schema::read(&connection).await
}

/// What the first `steps` revisions make, and then `statements`.
async fn of_revisions(database: Database, steps: u32, statements: &str) -> Schema {
    let test = TestDatabase::new(database, Engine::Sqlite).await;
    let connection = test.connection().await;
    revisions(database).up(&connection, Some(steps)).await.unwrap();
    connection.execute_unprepared(statements).await.unwrap();
    Schema::read(&connection).await
}

/// The same where text that is a key may be null, which SQLite allows unless told otherwise.
fn with_nullable_keys(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            if column.ty == "text" && table.primary_key.contains(&column.name) {
                column.not_null = false;
            }
        }
    }
    schema
}

async fn reproduced(database: Database, steps: u32, statements: &str) {
    let document = of_document(database, statements).await;
    let ours = with_nullable_keys(of_revisions(database, steps, "").await);
    assert!(!document.tables.is_empty());
    let columns_of = |schema: &Schema| -> Vec<(String, Vec<String>)> {
        let tables = schema.tables.iter();
        tables
            .map(|(name, table)| {
                (name.clone(), table.columns.iter().map(|column| column.name.clone()).collect())
            })
            .collect()
    };
    assert_eq!(differences(&document, &ours), <[&str; 0]>::default());
    assert_eq!(columns_of(&document), columns_of(&ours));
    assert_eq!(document, ours);
}

#[tokio::test]
async fn ingest_is_reproduced() {
    reproduced(Database::Ingest, 1, include_str!("document/ingest.sql")).await;
}

#[tokio::test]
async fn cal_registry_is_reproduced() {
    reproduced(Database::CalRegistry, 1, include_str!("document/cal_registry.sql")).await;
}

#[tokio::test]
async fn products_is_reproduced() {
    reproduced(Database::Products, 2, include_str!("document/products.sql")).await;
}

#[tokio::test]
async fn master_sources_is_reproduced() {
    reproduced(Database::MasterSources, 1, include_str!("document/master_sources.sql")).await;
}

#[tokio::test]
async fn the_documents_script_makes_all_but_five_indexes() {
    let script = include_str!("document/products_script.sql");
    let of_script = with_nullable_keys(of_revisions(Database::Products, 1, script).await);
    let ours = with_nullable_keys(of_revisions(Database::Products, 2, "").await);
    assert_eq!(
        differences(&of_script, &ours),
        [
            "+ table alert_history autoincrement: index idx_alert_source (source_id)",
            "+ table alert_history autoincrement: index idx_alert_type (alert_type)",
            "+ table ese_candidates autoincrement: index idx_ese_flagged (flagged_at)",
            "+ table mosaics autoincrement: index idx_mosaics_created (created_at)",
            "+ table variability_stats: index idx_variability_last_mjd (last_mjd)",
        ]
    );
}
