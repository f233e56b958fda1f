//! What a table that is made anew has of the rows that were in it.

use almanac_database::Database;

use crate::file::File;

fn adopted(database: Database, parts: &[&str]) -> File {
    let file = File::new(database, parts);
    file.adopt();
    file
}

/// Fails unless `sql` selects `expected`, to a millionth.
#[track_caller]
fn assert_close(file: &File, sql: &str, expected: &[f64]) {
    let found = file.values::<f64>(sql);
    let close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-6;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(close),
        "{sql}: {found:?}"
    );
}

#[test]
fn subband_files_are_discovered_when_their_group_arrived() {
    let file = adopted(Database::Ingest, &["queue_a"]);
    let discovered = |path: &str| {
        let sql = format!("SELECT discovered_at FROM subband_files WHERE file_path LIKE '%{path}'");
        file.value::<f64>(&sql)
    };
    assert_eq!(
        discovered("06:00:00_sb01.hdf5").to_string(),
        "1759384900.5",
        "its group's time of arrival"
    );
    assert_eq!(
        discovered("12:00:00_sb15.hdf5").to_string(),
        "1759320000",
        "the time that its group is named for"
    );
    assert!(discovered("é.hdf5") > 1.7e9, "the time of adoption");
    let twice = "SELECT COUNT(*) FROM subband_files WHERE file_path LIKE '%06:00:00_sb00.hdf5'";
    assert_eq!(file.value::<i64>(twice), 1, "a file belongs to one group");
    assert_eq!(file.value::<Option<i64>>("SELECT MAX(file_size) FROM subband_files"), None);
}

#[test]
fn timings_keyed_by_group_get_numbers() {
    let file = adopted(Database::Ingest, &["queue_a"]);
    let sums = "SELECT load_time + phase_time * 10 + write_time * 100 + total_time * 1000 FROM performance_metrics";
    assert_close(&file, sums, &[7346.5]);
    let stages = "SELECT COUNT(*) FROM performance_metrics WHERE id > 0 AND conversion_time IS NULL AND imaging_time IS NULL";
    assert_eq!(file.value::<i64>(stages), 1);
}

#[test]
fn a_queue_with_times_as_text_gets_numbers() {
    let file = adopted(Database::Ingest, &["queue_d"]);
    let ordered = |column: &str| format!("SELECT {column} FROM ingest_queue ORDER BY group_id");
    assert_close(
        &file,
        &ordered("received_at"),
        &[1_764_378_003.25, 1_764_381_603.5, 1_764_385_203.0],
    );
    assert_close(
        &file,
        &ordered("last_update"),
        &[1_764_378_600.0, 1_764_381_660.0, 1_764_385_203.0],
    );
    assert_eq!(file.values::<i64>(&ordered("expected_subbands")), [16; 3]);
    assert_eq!(file.values::<String>(&ordered("state")), ["completed", "processing", "collecting"]);
    let recorded =
        "SELECT COUNT(*) FROM performance_metrics WHERE group_id = '2025-11-29T01:00:00'";
    assert_eq!(file.value::<i64>(recorded), 1, "a group is timed once");
}

#[test]
fn caltables_keyed_by_path_get_numbers_and_an_order() {
    let file = adopted(Database::CalRegistry, &["path_keyed"]);
    let ordered = |column: &str| format!("SELECT {column} FROM caltables ORDER BY id");
    let paths =
        ["/stage/cal/a_bpcal", "/stage/cal/m_gcal", "/stage/cal/n_2gcal", "/stage/cal/z_kcal"];
    assert_eq!(file.values::<String>(&ordered("path")), paths);
    assert_eq!(file.values::<i64>(&ordered("order_index")), [30, 50, 60, 10]);
    assert_eq!(file.values::<i64>(&ordered("active")), [0, 1, 0, 1]);
    assert_eq!(
        file.values::<String>(&ordered("status")),
        ["retired", "active", "who knows", "active"]
    );
}

#[test]
fn caltables_of_another_name_are_caltables() {
    let file = adopted(Database::CalRegistry, &["calibration_tables"]);
    let ordered = |column: &str| format!("SELECT {column} FROM caltables ORDER BY path");
    assert_eq!(
        file.values::<String>(&ordered("path")),
        ["/stage/cal/a_bacal", "/stage/cal/z_kcal", "l'é_gacal"]
    );
    assert_eq!(file.values::<i64>(&ordered("order_index")), [20, 10, -4]);
    assert_eq!(file.values::<i64>(&ordered("active")), [0, 1, 0]);
}

#[test]
fn mosaics_of_the_tool_get_paths_and_times() {
    let file = adopted(Database::Products, &["ms_index_b", "images_a", "mosaics_a"]);
    let of =
        |column: &str, name: &str| format!("SELECT {column} FROM mosaics WHERE name = '{name}'");
    for (name, start, end) in [("python''s é", 60950.25, 60950.25), ("numbers", 60950.25, 60950.5)]
    {
        assert_close(&file, &of("start_mjd", name), &[start]);
        assert_close(&file, &of("end_mjd", name), &[end]);
    }
    assert_eq!(file.value::<String>(&of("path", "numbers")), "/stage/mosaics/m5.fits");
    let claimed = "SELECT COUNT(*) FROM mosaics WHERE path = '/stage/mosaics/m1.fits'";
    assert_eq!(file.value::<i64>(claimed), 1, "a path is of one mosaic");
    let unresolved =
        "SELECT COUNT(*) FROM mosaics WHERE name IN ('nowhere', 'of nothing', 'no tiles')";
    assert_eq!(file.value::<i64>(unresolved), 0);
}

#[test]
fn mosaics_of_plans_get_their_plans_times() {
    let parts = ["ms_index_e", "images_b", "mosaics_f"];
    let file = adopted(Database::Products, &parts);
    assert_eq!(file.values::<String>("SELECT path FROM mosaics"), ["/stage/mosaics/m1.fits"]);
    assert_close(&file, "SELECT start_mjd FROM mosaics", &[60950.0]);
    assert_close(&file, "SELECT end_mjd FROM mosaics", &[60950.5]);
    assert_close(&file, "SELECT effective_noise_jy FROM mosaics", &[0.0002]);
}

#[test]
fn statistics_with_times_as_text_get_numbers() {
    let file = adopted(Database::Products, &["ms_index_e", "images_b", "variability_stats_c"]);
    let ordered =
        |column: &str| format!("SELECT {column} FROM variability_stats ORDER BY source_id");
    assert_eq!(
        file.values::<String>(&ordered("source_id")),
        ["NVSS J123400.0+420000", "l'astre é"]
    );
    assert_close(&file, &ordered("updated_at"), &[1_764_000_010.0, 1_764_000_010.5]);
    assert_eq!(
        file.values::<Option<f64>>(&ordered("last_measured_at")),
        [Some(1_764_000_005.25), None]
    );
    assert_eq!(file.values::<Option<f64>>(&ordered("eta_metric")), [Some(1.25), None]);
    assert_eq!(file.values::<Option<f64>>(&ordered("v_metric")), [Some(0.005), None]);
    assert_eq!(file.values::<Option<i64>>(&ordered("n_obs")), [Some(2), None]);
}

#[test]
fn candidates_keep_what_they_were_measured_with() {
    let parts = ["ms_index_d", "images_b", "transient_candidates_a"];
    let file = adopted(Database::Products, &parts);
    assert_eq!(file.values::<i64>("SELECT id FROM transient_candidates ORDER BY id"), [1, 4]);
    assert_eq!(
        file.value::<f64>("SELECT peak_mjy FROM transient_candidates WHERE id = 1").to_string(),
        "12.5"
    );
    let derived = "SELECT COUNT(*) FROM transient_candidates WHERE significance_sigma IS NULL AND flux_obs_mjy IS NULL";
    assert_eq!(file.value::<i64>(derived), 2, "one measure is not made of another");
}

#[test]
fn alerts_and_dead_letters_of_another_shape_stand_aside() {
    let parts = ["ms_index_e", "images_b", "alert_history_ruled", "dead_letter_queue_merged"];
    let file = adopted(Database::Products, &parts);
    for (table, rows) in [("alert_history", 2), ("dead_letter_queue", 1)] {
        assert_eq!(file.value::<i64>(&format!("SELECT COUNT(*) FROM {table}__legacy")), rows);
        assert_eq!(file.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")), 0);
    }
}

/// The designation is the coordinates' with the rest cut off; sources too close to be told apart get letters.
#[test]
fn numbered_sources_get_designations() {
    let file = adopted(Database::MasterSources, &["builder"]);
    let name = |number: i64| {
        file.value::<String>(&format!("SELECT source_id FROM sources WHERE legacy_id = {number}"))
    };
    assert_eq!(name(3), "NVSS J000000.0-000000");
    assert_eq!(name(5), "NVSS J235959.9-395959");
    let close = [name(1), name(2), name(9)];
    assert!(close.iter().all(|name| name.starts_with("NVSS J123456.7+420311")), "{close:?}");
    assert!(close.is_sorted() && close[0] != close[1] && close[1] != close[2], "{close:?}");

    let stable =
        "SELECT legacy_id FROM stable_ids JOIN sources USING (source_id) ORDER BY legacy_id";
    assert_eq!(file.values::<i64>(stable), [1, 2]);
    let view = "SELECT legacy_id FROM final_references";
    assert_eq!(file.values::<i64>(view), [2], "the file's own views see the new names");
}
