//! Keys that are taken, and parents that are missing.

use almanac_entity::{
    Database,
    calibrators::{vla_calibrator, vla_flux},
    ingest::{ingest_group, subband_file},
    master_sources::source,
    products::{image, ms_index, photometry},
};
use almanac_service::import::ImportOptions;

use crate::{
    file, problems, rows, run,
    support::{Engine, TestDatabase, engines},
};

engines!(
    a_key_twice_in_the_file_names_both_lines,
    a_key_in_the_table_is_taken,
    unique_columns_and_combinations_are_keys,
    nulls_are_no_keys,
    every_parent_must_be_there,
    a_line_left_out_takes_no_key,
    keys_are_looked_up_a_batch_at_a_time,
);

fn in_batches_of(batch: usize) -> ImportOptions {
    ImportOptions { batch, ..ImportOptions::default() }
}

fn skipping() -> ImportOptions {
    ImportOptions { skip_invalid: true, ..ImportOptions::default() }
}

async fn a_key_twice_in_the_file_names_both_lines(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "source_id,ra_deg,dec_deg\nA,1,2\nB,1,2\nC,1,2\nA,3,4\n";
    for batch in [2, 100] {
        let report = run::<source::Entity>(&sessions, text, &in_batches_of(batch)).await.unwrap();
        assert_eq!(problems(&report), ["5: source_id: `source_id` is on line 2 already"]);
        assert_eq!((report.rows_read, report.written, report.invalid), (4, 0, 1));
    }
    assert!(rows::<source::Entity>(&sessions).await.is_empty());
}

async fn a_key_in_the_table_is_taken(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "source_id,ra_deg,dec_deg\nA,1,2\n";
    run::<source::Entity>(&sessions, text, &skipping()).await.unwrap();
    let again = format!("{text}B,3,4\n");
    let report = run::<source::Entity>(&sessions, again, &skipping()).await.unwrap();
    assert_eq!(problems(&report), ["2: source_id: `source_id` is in the table already"]);
    assert_eq!(report.written, 1);
    assert_eq!(rows::<source::Entity>(&sessions).await.len(), 2);
}

async fn unique_columns_and_combinations_are_keys(engine: Engine) {
    let test = TestDatabase::migrated(Database::Ingest, engine).await;
    let sessions = test.sessions();
    let text = "group_id,state,received_at,last_update\nG1,collecting,0,0\nG2,collecting,0,0\n";
    let report = run::<ingest_group::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(problems(&report), [""; 0]);

    let text = "\
group_id,subband_idx,file_path,discovered_at
G1,0,/g1_0,0
G1,1,/g1_1,0
G2,0,/g2_0,0
";
    let report = run::<subband_file::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!((problems(&report), report.written), (Vec::new(), 3));

    let text = "\
group_id,subband_idx,file_path,discovered_at
G1,2,/g1_1,0
G2,0,/other,0
G2,1,/g2_1,0
G2,1,/g2_2,0
";
    let report = run::<subband_file::Entity>(&sessions, text, &skipping()).await.unwrap();
    let expected = [
        "2: file_path: `file_path` is in the table already",
        "3: group_id: `group_id`, `subband_idx` are in the table already",
        "5: group_id: `group_id`, `subband_idx` are on line 4 already",
    ];
    assert_eq!((problems(&report), report.written), (expected.map(str::to_owned).to_vec(), 1));
}

async fn nulls_are_no_keys(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "source_id,ra_deg,dec_deg,legacy_id\nA,1,2,\nB,1,2,\nC,1,2,7\nD,1,2,7\n";
    let report = run::<source::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(problems(&report), ["5: legacy_id: `legacy_id` is on line 4 already"]);
    assert_eq!(report.written, 3);
}

async fn every_parent_must_be_there(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    run::<ms_index::Entity>(&sessions, "path\n/a.ms\n", &skipping()).await.unwrap();
    let text = "\
path,ms_path,type,created_at
/a.fits,/a.ms,image,0
/b.fits,/b.ms,image,0
";
    let report = run::<image::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(problems(&report), ["3: ms_path: `ms_index` has no such `path`"]);
    let text = "\
image_path,source_id,ra_deg,dec_deg,peak_jyb,measured_at
/b.fits,S,1,2,3,4
/a.fits,S,1,2,3,4
";
    let report = run::<photometry::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(problems(&report), ["2: image_path: `images` has no such `path`"]);
    assert_eq!(rows::<photometry::Entity>(&sessions).await[0].image_path, "/a.fits");
}

async fn a_line_left_out_takes_no_key(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "source_id,ra_deg,dec_deg\nA,bad,2\nA,1,2\nA,1,2\n";
    let report = run::<source::Entity>(&sessions, text, &skipping()).await.unwrap();
    let expected = [
        "2: ra_deg: `bad` is not a finite number",
        "4: source_id: `source_id` is on line 3 already",
    ];
    assert_eq!(problems(&report), expected);
    assert_eq!((report.written, report.invalid), (1, 2));
}

/// A key with a number in it, and a parent that is referred to by its own.
#[tokio::test]
async fn a_number_may_be_part_of_a_key() {
    let test = TestDatabase::migrated(Database::Calibrators, Engine::Sqlite).await;
    let sessions = test.sessions();
    let text = "id,name,ra_deg,dec_deg,registered_at\n3,3C286,202.78,30.5,0\n";
    let report = run::<vla_calibrator::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(problems(&report), [""; 0]);
    let text = "vla_calibrator_id,frequency_ghz,flux_jy\n3,1.4,15\n3,5.0,7\n3,1.40,15\n4,1.4,1\n";
    let report = run::<vla_flux::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!(report.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [5, 4]);
    assert_eq!(report.written, 2);
}

async fn keys_are_looked_up_a_batch_at_a_time(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text =
        file("source_id,ra_deg,dec_deg", (0..2_000).map(|number| format!("S{number:04},1,2")));
    let before = sessions.statements();
    let report = run::<source::Entity>(&sessions, &text, &ImportOptions::default()).await.unwrap();
    assert_eq!(report.written, 2_000);
    let written = sessions.statements();
    assert!(written - before <= 5 * 5, "{} statements", written - before);

    let report = run::<source::Entity>(&sessions, &text, &skipping()).await.unwrap();
    assert_eq!((report.written, report.problem_count, report.problems.len()), (0, 2_000, 100));
    assert!(
        sessions.statements() - written <= 5 * 5,
        "{} statements",
        sessions.statements() - written
    );
}

/// Every table of every database can be found and described.
#[tokio::test]
async fn every_table_can_be_written() {
    struct Names(Vec<(Database, &'static str)>);
    impl almanac_entity::Visitor for Names {
        fn visit<T: almanac_entity::Table>(&mut self) {
            if !T::IS_VIEW {
                self.0.push((T::DATABASE, sea_orm::EntityName::table_name(&T::default())));
            }
        }
    }
    let mut names = Names(Vec::new());
    almanac_entity::visit_all(&mut names);
    let sessions = almanac_service::Sessions::in_memory();
    for (database, table) in names.0 {
        let file = &b"no such header\n1\n"[..];
        let options = ImportOptions::default();
        let outcome =
            almanac_service::import::import(&sessions, database, table, file, &options, |_| ())
                .await;
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("has no `no such header`"), "{database}.{table}: {error}");
    }
}
