//! Foreign keys that no statement survives are gone, so that enforcement can be on.

use almanac_database::Database;

use crate::file::File;

/// Runs statements as our sessions do, with foreign keys enforced.
#[track_caller]
fn run(file: &File, statements: &[&str]) {
    let connection = file.open();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    for statement in statements {
        connection.execute_batch(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

#[test]
fn keys_to_a_table_that_never_was() {
    let parts = [
        "ms_index_d",
        "images_b",
        "mosaics_d",
        "transient_candidates_b",
        "transient_followers_early",
    ];
    let file = File::new(Database::Products, &parts);
    file.adopt();
    run(
        &file,
        &[
            "INSERT INTO transient_candidates (ra_deg, dec_deg, detected_at, mosaic_id) VALUES (1, 1, 1, 1)",
            "INSERT INTO transient_lightcurves (candidate_id, mjd, flux_mjy, measured_at) VALUES (1, 1, 1, 1)",
            "INSERT INTO astrometric_solutions (mosaic_id, reference_catalog, n_matches, ra_offset_mas, dec_offset_mas,
                ra_offset_err_mas, dec_offset_err_mas, rms_residual_mas, computed_at) VALUES (1, 'FIRST', 1, 1, 1, 1, 1, 1, 1)",
            "DELETE FROM transient_lightcurves WHERE id = 2",
            "DELETE FROM transient_candidates WHERE id = 2",
            "DELETE FROM astrometric_solutions WHERE id = 1",
        ],
    );
}

#[test]
fn keys_to_paths_that_are_not_unique() {
    let file = File::new(
        Database::Products,
        &["ms_index_d", "images_b", "regions", "variability_stats_a"],
    );
    file.adopt();
    run(
        &file,
        &[
            "INSERT INTO regions (name, type, coordinates, image_path, created_at) VALUES ('r', 'box', '[]', '/stage/images/a.fits', 1)",
            "DELETE FROM regions WHERE id = 2",
            "UPDATE images SET path = '/stage/images/once.fits' WHERE id = 4",
            "DELETE FROM images WHERE id = 3",
        ],
    );
}

#[test]
fn columns_that_were_required_may_be_empty() {
    let file = File::new(Database::Products, &crate::file::PRODUCTION);
    file.adopt();
    run(
        &file,
        &[
            "INSERT INTO transient_candidates (ra_deg, dec_deg, detected_at) VALUES (1, 1, 1)",
            "INSERT INTO calibration_qa (ms_path, created_at) VALUES ('/stage/ms/a.ms', 1)",
        ],
    );
    assert_eq!(
        file.value::<i64>("SELECT MAX(id) FROM transient_candidates"),
        13,
        "numbers are not used again"
    );
}

/// A default that was written as an identifier is the word that it was meant to be.
#[test]
fn a_format_that_nobody_gives_is_fits() {
    let file = File::new(Database::Products, &["ms_index_d", "images_b"]);
    file.adopt();
    run(
        &file,
        &[
            "INSERT INTO images (path, ms_path, created_at, type) VALUES ('/stage/images/new.fits', 'm', 1, 'image')",
        ],
    );
    assert_eq!(
        file.value::<String>("SELECT format FROM images WHERE path LIKE '%new.fits'"),
        "fits"
    );
}
