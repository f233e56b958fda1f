//! References and rules of old files that stand in the way of writing.

use almanac_adopt::{Class, Verdict};

use crate::file::{Legacy, PRODUCTS};

fn products(sql: &str) -> Legacy {
    Legacy::new(&format!("{PRODUCTS} {sql}"))
}

/// Writes with foreign keys enforced, as Python and Almanac do.
fn write(legacy: &Legacy, sql: &str) {
    let connection = legacy.open();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[tokio::test]
async fn a_reference_to_a_table_that_is_not_there_goes() {
    let legacy = products(
        "CREATE TABLE transient_candidates (id INTEGER PRIMARY KEY AUTOINCREMENT, source_name TEXT NOT NULL,
             ra_deg REAL NOT NULL, dec_deg REAL NOT NULL, detected_at REAL NOT NULL, last_updated REAL NOT NULL,
             mosaic_id INTEGER, mood TEXT DEFAULT \"calm\", FOREIGN KEY (mosaic_id) REFERENCES products(id));
         INSERT INTO transient_candidates VALUES (41, 'T1', 1, 2, 3, 4, 9, 'odd'), (42, 'T2', 1, 2, 3, 4, NULL, NULL);
         DELETE FROM transient_candidates WHERE id = 42;
         CREATE TABLE astrometric_solutions (id INTEGER PRIMARY KEY, mosaic_id INTEGER NOT NULL REFERENCES products(id));
         INSERT INTO astrometric_solutions VALUES (5, 6);",
    );
    let found = legacy.inspect().await;
    assert_eq!(found.verdict, Verdict::NeedsReshape);
    let classes = |name: &str| found.tables.iter().find(|table| table.table == name).unwrap().class;
    assert_eq!(
        [classes("transient_candidates"), classes("astrometric_solutions")],
        [Class::Reshape; 2]
    );

    let report = legacy.adopt().await;
    assert!(report.unmapped.is_empty(), "{:?}", report.unmapped);
    assert_eq!(legacy.values::<String>("SELECT mood FROM transient_candidates"), ["odd"]);
    write(
        &legacy,
        "INSERT INTO transient_candidates (ra_deg, dec_deg, detected_at) VALUES (1, 2, 3);
         DELETE FROM astrometric_solutions; INSERT INTO astrometric_solutions VALUES (6, 7);",
    );
    // A number that was given once is not given again.
    assert_eq!(legacy.values::<i64>("SELECT id FROM transient_candidates ORDER BY id"), [41, 43]);
    assert_eq!(legacy.values::<i64>("SELECT id FROM astrometric_solutions__legacy"), [5]);
}

#[tokio::test]
async fn a_reference_to_what_is_not_unique_goes() {
    let legacy = products(
        "CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT NOT NULL, image_path TEXT NOT NULL,
             FOREIGN KEY (image_path) REFERENCES images(path));
         CREATE INDEX idx_regions_image ON regions (image_path);
         INSERT INTO regions VALUES (1, 'r', '/a.fits');",
    );
    let report = legacy.adopt().await;
    assert_eq!(report.reshaped[0].table, "regions");
    assert!(report.reshaped[0].ddl.contains("REFERENCES images(path)"));
    write(
        &legacy,
        "DELETE FROM images WHERE id = 2; INSERT INTO regions VALUES (2, 's', '/new.fits')",
    );
    let index = "SELECT name FROM pragma_index_list('regions')";
    assert_eq!(legacy.values::<String>(index), ["idx_regions_image"]);
}

#[tokio::test]
async fn a_rule_that_is_too_strict_goes() {
    let legacy = products(
        "CREATE TABLE calibration_qa (id INTEGER PRIMARY KEY, ms_path TEXT NOT NULL, job_id INTEGER NOT NULL,
             timestamp REAL NOT NULL, k_metrics TEXT);
         INSERT INTO calibration_qa VALUES (3, '/a.ms', 4, 5, '{''a'': None}');",
    );
    let report = legacy.adopt().await;
    assert_eq!((report.reshaped[0].mapped_rows, report.reshaped[0].unmapped_rows), (1, 0));
    write(&legacy, "INSERT INTO calibration_qa (ms_path) VALUES ('/b.ms')");
    let metrics = "SELECT k_metrics FROM calibration_qa WHERE id = 3";
    assert_eq!(legacy.values::<String>(metrics), ["{'a': None}"]);
}

/// New tables beside old ones get no reference that would make SQLite refuse every row.
#[tokio::test]
async fn new_tables_can_be_written() {
    let legacy = Legacy::new(
        "CREATE TABLE images (id INTEGER PRIMARY KEY, path TEXT NOT NULL, ms_path TEXT NOT NULL,
        created_at REAL NOT NULL, type TEXT NOT NULL);",
    );
    let report = legacy.adopt().await;
    assert!(report.added_tables.contains(&"photometry".to_owned()));
    write(
        &legacy,
        "INSERT INTO images (path, ms_path, created_at, type) VALUES ('/a', '/b', 1, 'clean'), ('/a', '/b', 2, 'clean');
         INSERT INTO photometry (image_path, source_id, ra_deg, dec_deg, peak_jyb, measured_at) VALUES ('/a', 's', 1, 2, 3, 4);
         UPDATE images SET center_ra_deg = 1 WHERE id = 1; DELETE FROM images;",
    );
}
