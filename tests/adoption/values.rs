//! The values that adoption may fill, which were null, and what it says of the others.

use almanac_database::Database;
use serde_json::{Value as Json, json};

use crate::file::File;

/// A measurement's epoch is the middle of its image's observation; the clock of the processing is none.
#[test]
fn epochs_come_from_the_measurement_set() {
    for photometry in ["photometry_a", "photometry_b", "photometry_c"] {
        let file = File::new(Database::Products, &["ms_index_d", "images_b", photometry]);
        let report = file.adopt();
        let of = |id: i64| {
            file.values::<Option<f64>>(&format!("SELECT mjd FROM photometry WHERE id = {id}"))
        };
        assert_eq!(of(1), [Some(60950.25)], "{photometry}");
        assert_eq!(of(2), [Some(60950.5)], "{photometry}");
        assert_eq!(
            of(3),
            [Some(60950.5)],
            "{photometry}: of two images of one path the newest counts"
        );
        assert_eq!(of(5), [None], "{photometry}: the image's measurement set is gone");
        assert_eq!(of(7), [None], "{photometry}: the measurement set has no times");
        if photometry != "photometry_a" {
            assert_eq!(of(6), [Some(60000.0)], "{photometry}: what is there stays");
        }
        let nobody =
            "SELECT COUNT(*) FROM photometry WHERE image_path LIKE '%nobody%' AND mjd IS NULL";
        assert_eq!(file.value::<i64>(nobody), 1, "{photometry}");
        assert_eq!(filled(&report, "photometry", "mjd"), 3, "{photometry}: {report}");
    }
}

#[test]
fn subband_numbers_come_from_codes() {
    let oldest = File::new(Database::Hdf5, &["oldest"]);
    let report = oldest.adopt();
    let numbers = "SELECT subband_num FROM hdf5_file_index WHERE filename != '' ORDER BY path";
    assert_eq!(oldest.values::<i64>(numbers), [0, 15]);
    let unknown = "SELECT subband_num FROM hdf5_file_index WHERE subband_code = 'sbXY'";
    assert_eq!(oldest.value::<Option<i64>>(unknown), None, "{report}");

    let newest = File::new(Database::Hdf5, &["newest"]);
    newest.adopt();
    assert_eq!(newest.values::<i64>(numbers), [0, 3, 11], "what is there stays");
}

#[test]
fn active_and_status_come_from_each_other() {
    let file = File::new(Database::CalRegistry, &["caltables_a"]);
    let report = file.adopt();
    assert_eq!(file.values::<i64>("SELECT active FROM caltables ORDER BY id"), [1, 0, 0, 0]);
    assert_eq!(filled(&report, "caltables", "active"), 4, "{report}");

    let file = File::new(Database::CalRegistry, &["schema_document"]);
    file.adopt();
    let status = "SELECT status FROM caltables WHERE id < 3 ORDER BY id";
    assert_eq!(file.values::<String>(status), ["active", "retired"]);
}

#[test]
fn what_is_odd_is_told_and_left() {
    let file = File::new(Database::Products, &["ms_index_d", "images_b", "photometry_b"]);
    let report = file.adopt();
    let one = |list: &str, fields: &Json| {
        let found = report[list].as_array().unwrap().iter();
        let same = |found: &&Json| {
            fields.as_object().unwrap().iter().all(|(name, value)| found[name] == *value)
        };
        found.filter(same).count() == 1
    };
    for (list, fields) in [
        ("orphans", json!({"table": "images", "column": "ms_path", "rows": 1})),
        ("orphans", json!({"table": "photometry", "column": "image_path", "rows": 1})),
        (
            "duplicates",
            json!({"table": "images", "columns": ["path"], "values": ["/stage/images/twice.fits"], "rows": 2}),
        ),
        ("outside_vocabulary", json!({"table": "images", "column": "type"})),
    ] {
        assert!(one(list, &fields), "{fields}: {report}");
    }
    let words = report["outside_vocabulary"].as_array().unwrap().iter();
    let words: Vec<_> =
        words.filter(|words| words["table"] == "images" && words["column"] == "type").collect();
    assert!(
        words[0]["values"].as_array().unwrap().contains(&json!({"value": "sideways", "rows": 1})),
        "{words:?}"
    );
    // A value in the wrong column, as after the script that copied rows by position.
    let suspicious = |column: &str| {
        let mut found = report["suspicious"].as_array().unwrap().iter();
        found.any(|found| found["table"] == "images" && found["column"] == column)
    };
    assert!(suspicious("type") && suspicious("center_ra_deg"), "{report}");
    assert_eq!(file.value::<String>("SELECT center_ra_deg FROM images WHERE id = 7"), "12h34m");
}

#[test]
fn an_alembic_version_is_shown_and_kept() {
    let file = File::new(Database::Products, &crate::file::PRODUCTION);
    let report = file.adopt();
    assert_eq!(report["alembic_version"], "ad58b1d1c97a");
    assert_eq!(file.inspect()["alembic_version"], "ad58b1d1c97a");
    assert_eq!(file.values::<String>("SELECT version_num FROM alembic_version"), ["ad58b1d1c97a"]);
    let unknown = report["unknown_tables"].as_array().unwrap();
    assert!(unknown.contains(&json!("ms_all")) && unknown.contains(&json!("users")), "{unknown:?}");
}

/// Nobody's triggers take a value that is filled for one that was written.
#[test]
fn triggers_rest_while_a_file_is_taken_over() {
    let file = File::new(Database::Products, &crate::file::PRODUCTION);
    file.adopt();
    assert_eq!(file.value::<i64>("SELECT COUNT(*) FROM changes"), 0);
    file.open().execute_batch("UPDATE photometry SET flags = 1 WHERE id = 1; INSERT INTO transient_candidates (ra_deg, dec_deg, detected_at) VALUES (1, 1, 1)").unwrap();
    assert_eq!(file.value::<i64>("SELECT COUNT(*) FROM changes"), 2, "afterwards they go on");
}

/// How many values of a column were filled.
fn filled(report: &Json, table: &str, column: &str) -> u64 {
    let mut filled = report["backfilled"].as_array().unwrap().iter();
    let filled = filled.find(|filled| filled["table"] == table && filled["column"] == column);
    filled.map_or(0, |filled| filled["rows"].as_u64().unwrap())
}
