//! What becomes of a file that is taken over.

use std::collections::BTreeMap;

use almanac_adopt::{Options, Outcome};
use almanac_database::Database;
use almanac_migration::{Target, check, downgrade, status, verify};
use almanac_upkeep::backup::{self, Tools};
use rusqlite::types::Value;

use crate::file::{INGEST, Legacy, PRODUCTS};

#[tokio::test]
async fn every_value_is_still_there() {
    let legacy = Legacy::new(PRODUCTS);
    let select = [
        "SELECT path || '' FROM images ORDER BY id",
        "SELECT typeof(created_at) || created_at FROM images ORDER BY id",
        "SELECT hex(note) FROM observers ORDER BY rowid",
        "SELECT ifnull(path, 'none') FROM ms_index ORDER BY rowid",
        "SELECT ifnull(source_id, 'none') || measured_at FROM photometry ORDER BY id",
    ];
    let read = || select.map(|sql| legacy.values::<String>(sql));
    let before = read();
    let report = legacy.adopt().await;
    assert_eq!(report.outcome, Outcome::Adopted);
    assert_eq!(read(), before);
    assert_eq!(report.unknown_tables, ["observers"]);
    assert_eq!(
        legacy.values::<String>("SELECT version_num FROM alembic_version"),
        ["0003_add_cascade_delete"]
    );
    assert_eq!(legacy.values::<i64>("SELECT COUNT(*) FROM bright"), [0]);
    assert_eq!(legacy.values::<String>("SELECT DISTINCT format FROM images"), ["fits"]);
    for (table, rows) in &report.rows_before {
        assert_eq!(report.rows_after.get(table), Some(rows), "{table}");
    }
}

/// An epoch comes from the measurement set, never from the instant of the processing; no trigger sees it come.
#[tokio::test]
async fn epochs_are_those_of_observations() {
    let legacy = Legacy::new(PRODUCTS);
    let report = legacy.adopt().await;
    let epochs: Vec<Value> = legacy.values("SELECT mjd FROM photometry ORDER BY id");
    assert_eq!(epochs, [Value::Real(60_000.5), Value::Real(59_999.25), Value::Null, Value::Null]);
    assert_eq!((report.backfilled.len(), report.backfilled[0].rows), (1, 1));
    legacy.open().execute_batch("UPDATE photometry SET snr = 1 WHERE id = 1").unwrap();
    assert_eq!(legacy.values::<i64>("SELECT COUNT(*) FROM observers WHERE name = 'trigger'"), [1]);
}

#[tokio::test]
async fn an_index_of_any_name_will_do() {
    let legacy = Legacy::new(PRODUCTS);
    legacy.adopt().await;
    let over = "SELECT i.name FROM pragma_index_list('images') AS i JOIN pragma_index_info(i.name) AS c \
                WHERE c.name = 'ms_path'";
    assert_eq!(legacy.values::<String>(over), ["own_images_ms"]);
}

#[tokio::test]
async fn the_second_time_there_is_nothing_to_do() {
    for sql in [PRODUCTS, INGEST] {
        let legacy = Legacy::new(sql);
        legacy.adopt().await;
        let schema =
            || legacy.values::<String>("SELECT type || name || ifnull(sql, '') FROM sqlite_schema");
        let before = schema();
        let report = legacy.adopt().await;
        assert_eq!(report.outcome, Outcome::NothingToDo);
        assert_eq!(schema(), before);
        assert_eq!(report.rows_before, report.rows_after);
    }
}

#[tokio::test]
async fn the_backup_is_the_file_as_it_was() {
    let legacy = Legacy::new(INGEST);
    let report = legacy.adopt().await;
    let copy = report.backup.unwrap();
    let listed = backup::list(&legacy.backups()).unwrap();
    assert_eq!(listed.len(), 1);
    assert!(copy.starts_with(&listed[0].folder));
    assert_eq!(backup::verify(&listed[0].folder, None, &Tools::default()).await.unwrap(), [""; 0]);
    let connection = rusqlite::Connection::open(copy).unwrap();
    let rows: i64 =
        connection.query_row("SELECT COUNT(*) FROM subband_files", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 4);

    let without = Legacy::new(INGEST);
    let options = Options { reshape: true, backups: None, ..without.options() };
    assert_eq!(without.adopt_with(&options).await.unwrap().backup, None);
    assert!(!without.backups().exists());
}

#[tokio::test]
async fn rows_of_old_shapes_follow() {
    let legacy = Legacy::new(INGEST);
    let report = legacy.adopt().await;
    let made: BTreeMap<_, _> = report
        .reshaped
        .iter()
        .map(|one| (one.table.as_str(), (one.legacy_rows, one.mapped_rows, one.unmapped_rows)))
        .collect();
    assert_eq!(made["subband_files"], (4, 3, 1));
    assert_eq!(made["performance_metrics"], (1, 1, 0));
    assert_eq!(report.unmapped[0].reason, "another row has the same file_path");
    let paths = "SELECT path FROM subband_files__legacy WHERE rowid = ";
    let path = format!("{paths}{}", report.unmapped[0].rowid);
    assert_eq!(legacy.values::<String>(&path), ["/in/0"]);
    let discovered: Vec<f64> = legacy.values("SELECT discovered_at FROM subband_files ORDER BY id");
    assert_eq!(discovered, [1_759_700_000.5, 1_759_700_000.5, 1_795_255_200.0]);
    let recorded: Vec<f64> = legacy.values("SELECT recorded_at FROM performance_metrics");
    assert_eq!(recorded, [1_759_700_100.0]);
    assert!(report.reshaped.iter().all(|one| one.ddl.starts_with("CREATE TABLE")));
}

#[tokio::test]
async fn the_migrators_know_what_was_adopted() {
    let legacy = Legacy::new(PRODUCTS);
    legacy.adopt().await;
    let address = legacy.address(Database::Products);
    let status = status(&address).await.unwrap();
    assert!(status.is_adopted() && status.pending().next().is_none());
    assert!(check(&address).await.unwrap().is_clean());
    let verdict = verify(&address).await.unwrap();
    assert!(verdict.is_clean() && !verdict.adopted_with.is_empty(), "{:?}", verdict.faults());
    let error = downgrade(&address, &Target::Steps(1), true, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("was adopted"), "{error}");

    legacy.open().execute_batch("ALTER TABLE images ADD COLUMN weather TEXT").unwrap();
    assert_eq!(
        verify(&address).await.unwrap().faults(),
        ["images: column weather TEXT should not be there"]
    );
}
