//! A downgrade that would destroy rows is refused, unless their loss is allowed.

use almanac_database::Database;
use migration_support::ALLOW_DATA_LOSS;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTraitSelf;

use crate::support::{Engine, Schema, TestDatabase, engines, revisions};

engines!(a_table, a_column, open_windows, seeds_that_were_changed);

const IMAGE: &str = "
INSERT INTO ms_index (path) VALUES ('/ms/1'), ('/ms/2');
INSERT INTO images (path, ms_path, created_at, type) VALUES ('/i/1', '/ms/1', 1, 'clean');
INSERT INTO photometry (image_path, source_id, ra_deg, dec_deg, peak_jyb, measured_at)
    VALUES ('/i/1', 'NVSS J123456.7+420312', 1, 2, 3, 4);
";

/// A database at its newest revision, with the rows that `sql` makes.
async fn filled(
    engine: Engine,
    database: Database,
    sql: &str,
) -> (TestDatabase, DatabaseConnection) {
    let test = TestDatabase::migrated(database, engine).await;
    let connection = test.connection().await;
    connection.execute_unprepared(sql).await.unwrap();
    (test, connection)
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Goes all the way down, which `what` forbids; returns how many revisions are still applied.
async fn refused(connection: &DatabaseConnection, database: Database, what: &[&str]) -> usize {
    let revisions = revisions(database);
    let error = revisions.down(connection, None).await.unwrap_err().to_string();
    assert!(error.contains("DowngradeBlocked"), "{error}");
    assert!(what.iter().all(|what| error.contains(what)), "{error}");
    assert!(error.contains("--allow-data-loss"), "{error}");
    revisions.applied(connection).await.unwrap().iter().filter(|(_, applied)| *applied).count()
}

/// Goes all the way down, with the loss allowed.
async fn allowed(connection: &DatabaseConnection, database: Database) {
    ALLOW_DATA_LOSS.scope(true, revisions(database).down(connection, None)).await.unwrap();
    assert_eq!(Schema::read(connection).await, Schema::default());
}

async fn a_table(engine: Engine) {
    let (_test, connection) = filled(engine, Database::Products, IMAGE).await;
    let what = ["ms_index (2 rows)", "images (1 rows)", "photometry (1 rows)"];
    assert_eq!(refused(&connection, Database::Products, &what).await, 1);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM photometry").await, 1);
    allowed(&connection, Database::Products).await;
}

async fn a_column(engine: Engine) {
    let (_test, connection) = filled(engine, Database::Products, IMAGE).await;
    connection.execute_unprepared("UPDATE photometry SET flux_jy = 0.5").await.unwrap();
    let left = refused(&connection, Database::Products, &["photometry.flux_jy (1 values)"]).await;
    assert_eq!(left, 4);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM photometry WHERE flux_jy = 0.5").await, 1);
    connection.execute_unprepared("UPDATE photometry SET flux_jy = NULL").await.unwrap();
    assert_eq!(refused(&connection, Database::Products, &["ms_index (2 rows)"]).await, 1);
}

/// Where not even permission helps, since the older table could not hold the rows.
async fn open_windows(engine: Engine) {
    let (_test, connection) = filled(
        engine,
        Database::CalRegistry,
        "INSERT INTO caltables (set_name, path, table_type, order_index, valid_start_mjd, created_at) \
         VALUES ('s', '/cal', 'BP', 20, 60000, 1)",
    )
    .await;
    let what = ["caltables.open windows (1 rows)"];
    assert_eq!(refused(&connection, Database::CalRegistry, &what).await, 2);
    let down = revisions(Database::CalRegistry);
    let error = ALLOW_DATA_LOSS.scope(true, down.down(&connection, None)).await.unwrap_err();
    assert!(error.to_string().contains("open at an end"), "{error}");
    connection.execute_unprepared("UPDATE caltables SET valid_end_mjd = 60001").await.unwrap();
    allowed(&connection, Database::CalRegistry).await;
}

async fn seeds_that_were_changed(engine: Engine) {
    let later = "'2999-01-01 00:00:00+00:00'";
    let (_test, connection) = filled(
        engine,
        Database::Astrid,
        &format!(
            "UPDATE surveys SET description = 'ours', updated_at = {later} WHERE name = 'HST'"
        ),
    )
    .await;
    refused(&connection, Database::Astrid, &["changes of the survey HST"]).await;
    allowed(&connection, Database::Astrid).await;
}
