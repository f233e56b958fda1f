//! Every shape that a file of the pipeline has had is taken over with everything that is in it.

use std::{collections::BTreeSet, fs};

use almanac_database::Database;
use serde_json::Value as Json;

use crate::{
    content::Content,
    entities::assert_read,
    file::{File, shapes, text},
};

/// Makes a test for each file: what it is made of, and the tables of it that have to be made anew.
macro_rules! files {
    ($($database:ident($module:ident) { $($name:ident: $parts:expr => [$($reshaped:literal),*];)+ })+) => {
        $(
            mod $module {
                $(
                    #[tokio::test]
                    async fn $name() {
                        let file = super::File::new(super::Database::$database, &$parts);
                        super::taken_over(&file, &[$($reshaped),*]).await;
                    }
                )+
            }
        )+

        /// The parts that these files are made of.
        const PARTS: &[(Database, &[&str])] = &[$($((Database::$database, &$parts),)+)+];
    };
}

files! {
    Products(products) {
        of_october_9: ["ms_index_a", "images_a"] => [];
        of_october_13: ["ms_index_b", "images_a", "mosaics_a"] => ["mosaics"];
        of_the_schema_document: ["schema_document"] => [];
        of_october_29:
            ["ms_index_c", "images_b", "photometry_a", "mosaics_b", "jobs_a", "batch_jobs_a", "calibration_qa_a", "observing"]
            => ["calibration_qa", "mosaics"];
        of_november_12:
            ["ms_index_d", "images_b", "photometry_b", "variability_stats_b", "ese_candidates_a", "mosaics_c", "alert_history_a",
             "jobs_run_id", "calibration_qa_b", "dead_letter_queue_a", "mosaic_groups_a", "operations"]
            => ["calibration_qa"];
        of_november_19_by_the_products_module:
            ["ms_index_d", "images_b", "photometry_b", "variability_stats_a", "mosaics_d", "transient_candidates_a",
             "transient_followers_late", "regions", "data_registry_inside", "batch_jobs_data_id"]
            => ["regions", "transient_candidates"];
        of_november_19_by_the_detection_module:
            ["ms_index_d", "images_b", "photometry_b", "mosaics_d", "transient_candidates_b", "transient_followers_early", "alert_history_named"]
            => ["alert_history", "astrometric_solutions", "transient_candidates", "transient_lightcurves"];
        of_november_26:
            ["ms_index_e", "images_b", "photometry_c", "variability_stats_c", "ese_candidates_test", "mosaics_e", "transient_candidates_d",
             "calibration_qa_second", "dead_letter_queue_merged", "mosaic_groups_path", "alert_history_ruled"]
            => ["alert_history", "calibration_qa", "dead_letter_queue", "variability_stats"];
        of_december:
            ["ms_index_e", "images_b", "photometry_c", "mosaics_f", "transient_candidates_c", "calibration_qa_plan",
             "dead_letter_queue_recovery", "mosaic_groups_stage", "jobs_fix"]
            => ["batch_jobs", "calibration_qa", "dead_letter_queue", "mosaics", "transient_candidates"];
        of_production:
            crate::file::PRODUCTION => ["calibration_qa", "transient_candidates"];
    }
    Ingest(ingest) {
        of_the_schema_document: ["schema_document"] => [];
        a: ["queue_a"] => ["performance_metrics", "subband_files"];
        b: ["queue_b"] => ["performance_metrics", "subband_files"];
        c: ["queue_c"] => [];
        d: ["queue_d"] => ["ingest_queue", "performance_metrics", "subband_files"];
    }
    CalRegistry(cal_registry) {
        of_the_schema_document: ["schema_document"] => ["caltables"];
        a: ["caltables_a"] => [];
        b: ["caltables_b"] => [];
        keyed_by_path: ["path_keyed"] => ["caltables"];
        by_another_name: ["calibration_tables"] => ["calibration_tables"];
        mirrored: ["mirrored"] => [];
    }
    MasterSources(master_sources) {
        of_the_schema_document: ["schema_document"] => [];
        of_the_builder: ["builder"] => ["sources", "stable_ids"];
    }
    Calibrators(calibrators) {
        of_production: ["production"] => [];
    }
    Hdf5(hdf5) {
        oldest: ["oldest"] => [];
        newest: ["newest"] => [];
    }
    DataRegistry(data_registry) {
        first: ["first"] => [];
        second: ["second"] => [];
        third: ["third"] => [];
        of_a_fixture: ["fixture"] => [];
    }
}

#[test]
fn every_shape_is_taken_over() {
    for database in Database::ALL {
        let Ok(parts) = fs::read_dir(shapes().join(database.as_str())) else { continue };
        for part in parts.map(|part| part.unwrap().path()) {
            let name = part.file_stem().unwrap().to_str().unwrap();
            let mut files = PARTS.iter();
            let used = files.any(|(of, parts)| *of == database && parts.contains(&name));
            assert!(used, "no file is made of {}", part.display());
        }
    }
}

async fn taken_over(file: &File, reshaped: &[&str]) {
    let reshaped: BTreeSet<String> = reshaped.iter().map(|&name| name.to_owned()).collect();
    let (before, bytes) = (file.content(), file.bytes());
    inspected(file, !reshaped.is_empty());
    left_alone(file, !reshaped.is_empty());
    assert!(file.bytes() == bytes, "who only looks changes nothing");

    let report = file.adopt();
    assert_eq!(report["outcome"], "adopted", "{report}");
    let after = file.content();
    after.assert_kept(&before, &reshaped);
    reported(&report, &before, &after, &reshaped);
    assert_eq!(file.value::<String>("PRAGMA integrity_check"), "ok");
    let backup = rusqlite::Connection::open(report["backup"].as_str().unwrap()).unwrap();
    assert_eq!(Content::read(&backup), before, "the backup is the file as it was");

    assert_read(file).await;
    let current = file.almanac(&["migrate", "current", "--database", file.database.as_str()]);
    let at = text(&current.stdout);
    assert!(current.status.success() && at.contains("(head"), "{at}{}", text(&current.stderr));
    assert_eq!(file.inspect()["verdict"], "canonical");

    assert_eq!(file.adopt()["outcome"], "nothing_to_do");
    assert_eq!(file.content(), after, "the second time changes nothing");
}

/// What is said of the file by one who only looks.
fn inspected(file: &File, reshape: bool) {
    let said = file.inspect();
    assert_eq!(said["database"], file.database.as_str(), "{said}");
    let verdict = if reshape { "needs_reshape" } else { "adoptable" };
    assert_eq!(said["verdict"], verdict, "{said}");
    for (table, rows) in file.content().counts() {
        let mut tables = said["tables"].as_array().unwrap().iter();
        let found = tables.find(|found| found["table"] == *table);
        assert_eq!(
            found.unwrap_or_else(|| panic!("{table}: {said}"))["rows"],
            rows,
            "{table}: {said}"
        );
    }
}

/// Nothing happens to the file where it is only tried, or where nobody said that tables may be made anew.
fn left_alone(file: &File, reshape: bool) {
    let database = file.database.as_str();
    let report = file.state().join("reports");
    let elsewhere = ["--report", report.to_str().unwrap()];
    let tried =
        [&["adopt", "--database", database, "--reshape", "--dry-run", "--json"][..], &elsewhere]
            .concat();
    assert_eq!(file.report(&tried)["outcome"], "dry_run");
    if reshape {
        let refused = [&["adopt", "--database", database, "--yes"][..], &elsewhere].concat();
        let refused = file.almanac(&refused);
        assert_eq!(refused.status.code(), Some(1));
        let said = text(&refused.stdout) + &text(&refused.stderr);
        assert!(said.contains("--reshape"), "{said}");
    }
    let _ = fs::remove_dir_all(report);
}

/// The report counts what is there.
fn reported(report: &Json, before: &Content, after: &Content, reshaped: &BTreeSet<String>) {
    let mut copies = BTreeSet::new();
    for table in report["reshaped"].as_array().unwrap() {
        let number = |field: &str| usize::try_from(table[field].as_u64().unwrap()).unwrap();
        let (name, legacy) = (table["table"].as_str().unwrap(), table["legacy"].as_str().unwrap());
        let old = legacy.strip_suffix("__legacy").unwrap();
        copies.insert(old.to_owned());
        assert_eq!(number("legacy_rows"), before.tables[old].rows.len(), "{table}");
        assert_eq!(
            number("mapped_rows") + number("unmapped_rows"),
            number("legacy_rows"),
            "{table}"
        );
        assert_eq!(number("mapped_rows"), after.tables[name].rows.len(), "{table}");
        let listed = report["unmapped"].as_array().unwrap().iter();
        let listed =
            listed.filter(|row| row["table"] == table["table"] && row["reason"].is_string());
        assert_eq!(number("unmapped_rows"), listed.count(), "{report}");
        assert!(table["ddl"].as_str().unwrap().starts_with("CREATE TABLE"), "{table}");
    }
    assert_eq!(&copies, reshaped, "{report}");
    for (table, rows) in before.counts() {
        assert_eq!(report["rows_before"][&table], rows, "{table}: {report}");
    }
}
