//! The pipeline goes on with an adopted file: its own models read and write it.

use std::{collections::BTreeMap, path::Path};

use almanac_database::Database;
use serde_json::{Map, Value as Json};

use crate::{
    file::{File, PRODUCTION},
    tools::{python, run},
};

/// The rows of each table, by their columns.
type Rows = BTreeMap<String, Vec<Map<String, Json>>>;

/// The columns that adoption may fill where they were null.
const FILLED: [&str; 3] = ["mjd", "status", "subband_num"];

#[test]
fn products() {
    read_and_written(&File::new(Database::Products, &PRODUCTION));
}

#[test]
fn cal_registry() {
    read_and_written(&File::new(Database::CalRegistry, &["caltables_b"]));
}

#[test]
fn mirrored_tables_stay_each_others_mirror() {
    let file = File::new(Database::CalRegistry, &["mirrored"]);
    let before = file.values::<String>("SELECT path FROM calibration_tables ORDER BY id");
    read_and_written(&file);
    assert_eq!(file.values::<String>("SELECT path FROM calibration_tables ORDER BY id"), before);
}

#[test]
fn hdf5() {
    read_and_written(&File::new(Database::Hdf5, &["newest"]));
}

#[test]
fn ingest() {
    read_and_written(&File::new(Database::Ingest, &["queue_b"]));
}

#[test]
fn data_registry() {
    read_and_written(&File::new(Database::DataRegistry, &["second"]));
}

/// Fails unless the models find the old rows after adoption as they found them before, and can write.
fn read_and_written(file: &File) {
    let before = exercise(file, "read");
    file.adopt();
    let after = exercise(file, "read");
    for (table, rows) in &before {
        assert_eq!(rows.len(), after[table].len(), "{table}");
        for (old, new) in rows.iter().zip(&after[table]) {
            for (column, value) in old {
                let filled = value.is_null() && FILLED.contains(&column.as_str());
                assert!(
                    filled || *value == new[column],
                    "{table}.{column}: {value} became {}",
                    new[column]
                );
            }
        }
    }
    assert_eq!(
        exercise(file, "write"),
        after,
        "what was written is deleted again, and nothing else"
    );
    assert_eq!(
        file.adopt()["outcome"],
        "nothing_to_do",
        "the models' writing is no change of the schema"
    );
}

fn exercise(file: &File, verb: &str) -> Rows {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/adoption/exercise.py");
    let printed =
        run(python().arg("-B").arg(script).args([verb, file.database.as_str()]).arg(file.path()));
    serde_json::from_str(&printed).unwrap()
}
