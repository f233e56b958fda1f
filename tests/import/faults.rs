//! Lines that cannot be rows.

use almanac_entity::{
    Database,
    astrid::{observation, survey},
    master_sources::source,
    products::ms_index,
};
use almanac_service::import::ImportOptions;

use crate::{
    file, problems, rows, run, set,
    support::{Engine, TestDatabase, engines},
};

engines!(
    every_problem_is_told_with_its_line,
    one_problem_and_nothing_is_written,
    invalid_lines_can_be_left_out,
    lines_are_those_of_the_file,
    rows_must_have_all_their_cells,
    text_must_be_utf8,
    closed_vocabularies_and_decimals_are_checked,
    what_only_the_engine_knows_is_found_too,
);

const HEADER: &str = "source_id,ra_deg,dec_deg,s_nvss,legacy_id,resolved_flag\n";

fn skipping() -> ImportOptions {
    ImportOptions { skip_invalid: true, ..ImportOptions::default() }
}

async fn every_problem_is_told_with_its_line(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = format!(
        "{HEADER}\
A,1,2,bright,,
B,360,2,,,
C,1,-91,,,
D,1,2,NaN,,
E,1,2,inf,1.5,perhaps
,1,2,,,
G,,2,,99999999999999999999,
H,1,90,1e-3,12.0,TRUE
"
    );
    let report = run::<source::Entity>(&sessions, text, &ImportOptions::default()).await.unwrap();
    let expected = [
        "2: s_nvss: `bright` is not a finite number",
        "3: ra_deg: a right ascension of 360° is not in [0, 360)",
        "4: dec_deg: a declination of -91° is not in [-90, 90]",
        "5: s_nvss: `NaN` is not a finite number",
        "6: s_nvss: `inf` is not a finite number",
        "6: legacy_id: `1.5` is not a whole number of 64 bits",
        "6: resolved_flag: `perhaps` is neither true nor false",
        "7: source_id: it is empty, and must not be",
        "8: ra_deg: it is empty, and must not be",
        "8: legacy_id: `99999999999999999999` is not a whole number of 64 bits",
    ];
    assert_eq!(problems(&report), expected);
    assert_eq!((report.rows_read, report.written), (8, 0));
    assert_eq!((report.invalid, report.problem_count), (7, 10));
}

async fn one_problem_and_nothing_is_written(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let good = (0..50).map(|number| format!("S{number},1,2"));
    let text = file("source_id,ra_deg,dec_deg", good.chain(["bad,1,north".to_owned()]));
    let options = ImportOptions { batch: 10, ..ImportOptions::default() };
    let report = run::<source::Entity>(&sessions, text, &options).await.unwrap();
    assert_eq!((report.rows_read, report.written, report.invalid), (51, 0, 1));
    assert!(rows::<source::Entity>(&sessions).await.is_empty());
}

async fn invalid_lines_can_be_left_out(engine: Engine) {
    let test = TestDatabase::migrated(Database::MasterSources, engine).await;
    let sessions = test.sessions();
    let text = "source_id,ra_deg,dec_deg\nA,1,2\nB,1,north\nC,1\nD,1,2\n";
    let report = run::<source::Entity>(&sessions, text, &skipping()).await.unwrap();
    assert_eq!((report.rows_read, report.written, report.invalid), (4, 2, 2));
    let names: Vec<_> =
        rows::<source::Entity>(&sessions).await.into_iter().map(|row| row.source_id).collect();
    assert_eq!(names, ["A", "D"]);
}

async fn lines_are_those_of_the_file(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let text = "path,field_name,start_mjd\n\n/a,\"three\nlines\nlong\",1\n\n\n/b,x,soon\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let report =
            run::<ms_index::Entity>(&sessions, text, &ImportOptions::default()).await.unwrap();
        assert_eq!(problems(&report), ["8: start_mjd: `soon` is not a finite number"]);
        assert_eq!(report.rows_read, 2);
    }
}

async fn rows_must_have_all_their_cells(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let text = "path,start_mjd\n/a,1\n/b\n/c,1,2\n/d,\"1\n/e,1\n";
    let report = run::<ms_index::Entity>(&sessions, text, &skipping()).await.unwrap();
    let expected = [
        "3: -: it has 1 cells, the header 2",
        "4: -: it has 3 cells, the header 2",
        "5: -: a quoted cell that begins here does not end",
    ];
    assert_eq!(problems(&report), expected);
    assert_eq!(report.written, 1);
}

async fn text_must_be_utf8(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    let sessions = test.sessions();
    let text = b"path,field_name\n/a,M\xfcnchen\n/b,a\0b\n/c,M\xc3\xbcnchen\n";
    let report = run::<ms_index::Entity>(&sessions, text, &skipping()).await.unwrap();
    let expected = ["2: field_name: it is not UTF-8", "3: field_name: it holds a NUL character"];
    assert_eq!(problems(&report), expected);
    assert_eq!(rows::<ms_index::Entity>(&sessions).await[0].field_name.as_deref(), Some("München"));

    let error = run::<ms_index::Entity>(&sessions, b"path,\xff\n", &skipping()).await.unwrap_err();
    assert_eq!(error.to_string(), "line 1: the file is not UTF-8");
}

const OBSERVATIONS: &str =
    "observation_id,ra,dec,observation_time,filter_band,exposure_time,fits_url,status";

async fn closed_vocabularies_and_decimals_are_checked(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let sessions = test.sessions();
    let survey = rows::<survey::Entity>(&sessions).await[0].id.to_string();
    let long = "x".repeat(51);
    let text = format!(
        "{OBSERVATIONS}
a,1,2,2025-01-01,r,30,https://a,done
b,-1,2,2025-01-01,r,30,https://a,failed
c,1,90.5,2025-01-01,r,30,https://a,failed
d,1,2,yesterday,r,30,https://a,failed
e,1,2,2025-01-01,{long},30,https://a,failed
f,1,2,2025-01-01,r,12345678,https://a,failed
g,1,2,2025-01-01,r,30 s,https://a,failed
"
    );
    let report =
        run::<observation::Entity>(&sessions, text, &set([("survey_id", &survey)])).await.unwrap();
    let problems = problems(&report);
    assert!(problems[0].starts_with("2: status: `done` is none of `ingested`"), "{}", problems[0]);
    let expected = [
        "3: ra: a right ascension of -1° is not in [0, 360]",
        "4: dec: a declination of 90.5° is not in [-90, 90]",
        "5: observation_time: `yesterday` is not an instant such as 2025-01-31 or 2025-01-31T12:00:00Z",
        "6: filter_band: it is longer than 50 characters",
        "7: exposure_time: 12345678 has more than 7 digits before the point",
        "8: exposure_time: `30 s` is not a decimal number",
    ];
    assert_eq!(problems[1..], expected);
}

async fn what_only_the_engine_knows_is_found_too(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let sessions = test.sessions();
    let survey = rows::<survey::Entity>(&sessions).await[0].id.to_string();
    let line = |number: usize| {
        let exposure = if number % 40 == 13 { 0 } else { 30 };
        format!("o{number},1,2,2025-01-01,r,{exposure},https://a,failed")
    };
    let text = file(OBSERVATIONS, (0..100).map(line));
    let options = ImportOptions { skip_invalid: true, ..set([("survey_id", &survey)]) };
    let report = run::<observation::Entity>(&sessions, text, &options).await.unwrap();
    let lines: Vec<_> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [15, 55, 95]);
    assert!(
        report.problems[0].message.contains("ck_observations_exposure_time"),
        "{:?}",
        report.problems
    );
    assert_eq!((report.written, report.invalid), (97, 3));
    assert_eq!(rows::<observation::Entity>(&sessions).await.len(), 97);
}
