//! Revisions that come after a file was taken over: what is its own stays.

use almanac_adopt::Outcome;
use almanac_database::Database;
use almanac_migration::{revisions, verify};
use migration_support::{Revisions, change::execute, prelude::*, rebuild_table};
use sea_orm_migration::{MigrationName, MigratorTraitSelf};

use crate::file::{Legacy, PRODUCTS};

/// A table with a column, an index and a default of its own, whose rows meet neither NOT NULL nor UNIQUE.
const PLACES: &str = r#"
CREATE TABLE storage_locations (id INTEGER PRIMARY KEY AUTOINCREMENT, location_type TEXT, base_path TEXT NOT NULL,
    status TEXT DEFAULT 'busy', registered_at REAL NOT NULL, "the owner" TEXT DEFAULT ('no' || 'body'));
CREATE INDEX own_places ON storage_locations ("the owner");
INSERT INTO storage_locations (location_type, base_path, registered_at, "the owner") VALUES
    ('disk', '/a', 1, 'Ada'), ('disk', '/a', '2', NULL), (NULL, '/b', 3, x'00ff');
INSERT INTO storage_locations (base_path, registered_at) VALUES ('/c', 4);
"#;

/// A check more, which SQLite can only add by making the table anew.
struct Rebuilt;

impl MigrationName for Rebuilt {
    fn name(&self) -> &'static str {
        "m20990101_000001_rebuilt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Rebuilt {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = places().check("ck_storage_locations_base_path", "length(base_path) > 0");
        rebuild_table(manager, &table, COPIED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rebuild_table(manager, &places(), COPIED).await
    }
}

/// The same without care.
struct Careless;

impl MigrationName for Careless {
    fn name(&self) -> &'static str {
        "m20990101_000001_careless"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Careless {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in [
            "CREATE TABLE anew AS SELECT id, base_path FROM storage_locations",
            "DROP TABLE storage_locations",
            "ALTER TABLE anew RENAME TO storage_locations",
        ] {
            execute(manager, sql).await?;
        }
        Ok(())
    }
}

/// The table as the revisions have it.
fn places() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("location_type").not_null())
        .column(text("base_path").not_null())
        .column(text("description"))
        .column(real("registered_at").not_null())
        .column(text("status").default("active"))
        .column(text("notes"))
        .unique(["location_type", "base_path"])
        .index("idx_storage_locations_type", ["location_type", "status"])
}

const COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("location_type", "location_type"),
    ("base_path", "base_path"),
    ("description", "description"),
    ("registered_at", "registered_at"),
    ("status", "status"),
    ("notes", "notes"),
];

fn with(later: Box<dyn MigrationTrait>) -> Vec<Box<dyn MigrationTrait>> {
    let mut list = revisions(Database::Products).migrations();
    list.push(later);
    list
}

fn with_rebuilt() -> Vec<Box<dyn MigrationTrait>> {
    with(Box::new(Rebuilt))
}

fn with_careless() -> Vec<Box<dyn MigrationTrait>> {
    with(Box::new(Careless))
}

async fn adopted() -> Legacy {
    let legacy = Legacy::new(&format!("{PRODUCTS}{PLACES}"));
    assert_eq!(legacy.adopt().await.outcome, Outcome::Adopted);
    legacy
}

/// Every cell with its type, in the order of the columns.
fn rows(legacy: &Legacy) -> Vec<String> {
    let columns = "SELECT group_concat('quote(\"' || name || '\")', '||'' ''||') \
                   FROM pragma_table_info('storage_locations')";
    let cells = legacy.values::<String>(columns).remove(0);
    legacy.values(&format!("SELECT {cells} FROM storage_locations ORDER BY id"))
}

#[tokio::test]
async fn a_table_made_anew_keeps_what_is_the_files_own() {
    let legacy = adopted().await;
    let address = legacy.address(Database::Products);
    let tolerated = verify(&address).await.unwrap();
    assert!(tolerated.is_clean(), "{:?}", tolerated.faults());
    let before = rows(&legacy);
    let indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL \
                   AND tbl_name = 'storage_locations' ORDER BY name";
    let indexes = || legacy.values::<String>(indexes);
    let indexed = indexes();
    assert!(indexed.contains(&"own_places".to_owned()), "{indexed:?}");

    let connection = almanac_migration::open(&address).await.unwrap();
    let later = Revisions::new(Database::Products, with_rebuilt);
    later.up(&connection, None).await.unwrap();
    assert_eq!(rows(&legacy), before);
    assert_eq!(indexes(), indexed);
    let check = "INSERT INTO storage_locations (base_path, registered_at) VALUES ('', 5)";
    let refused = legacy.open().execute_batch(check).unwrap_err().to_string();
    assert!(refused.contains("ck_storage_locations_base_path"), "{refused}");

    later.down(&connection, Some(1)).await.unwrap();
    assert_eq!((rows(&legacy), indexes()), (before, indexed));
    let after = verify(&address).await.unwrap();
    assert!(after.is_clean(), "{:?}", after.faults());
    assert_eq!(after.adopted_with, tolerated.adopted_with);
    legacy
        .open()
        .execute_batch("INSERT INTO storage_locations (base_path, registered_at) VALUES ('/d', 6)")
        .unwrap();
    let defaults = "SELECT \"the owner\" || status FROM storage_locations WHERE id = 5";
    assert_eq!(legacy.values::<String>(defaults), ["nobodybusy"]);
}

#[tokio::test]
async fn a_revision_that_would_lose_a_column_of_the_files_own_is_refused() {
    let legacy = adopted().await;
    let before = rows(&legacy);
    let address = legacy.address(Database::Products);
    let connection = almanac_migration::open(&address).await.unwrap();
    let later = Revisions::new(Database::Products, with_careless);
    let error = later.up(&connection, None).await.unwrap_err().to_string();
    assert!(error.contains("would lose storage_locations.the owner"), "{error}");
    assert_eq!(rows(&legacy), before);
    assert!(verify(&address).await.unwrap().is_clean());
}
