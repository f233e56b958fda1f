//! Headers and options that do not fit the table: nothing is read then.

use almanac_entity::{Database, astrid::observation, master_sources::source, products::photometry};
use almanac_service::{
    Error,
    import::{ImportOptions, import},
};

use crate::{
    map, owned, rows, run, set,
    support::{Engine, TestDatabase},
};

/// What an import of `text` into the sources complains of.
async fn complaint(text: &str, options: &ImportOptions) -> String {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let sessions = test.sessions();
    let error = run::<source::Entity>(&sessions, text, options).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
    assert!(rows::<source::Entity>(&sessions).await.is_empty());
    error.to_string()
}

fn assert_names(complaint: &str, names: &[&str]) {
    for name in names {
        assert!(complaint.contains(name), "{name} is not in: {complaint}");
    }
}

const GOOD: &str = "source_id,ra_deg,dec_deg\nA,1,2\n";

#[tokio::test]
async fn headers_that_are_no_column_are_listed_with_the_columns() {
    let text = "source_id,ra_deg,dec_deg,mag,hue\nA,1,2,3,4\n";
    let complaint = complaint(text, &ImportOptions::default()).await;
    assert_names(&complaint, &["line 1", "`mag`, `hue`", "`s_nvss`", "`legacy_id`"]);
}

#[tokio::test]
async fn required_columns_that_are_missing_are_listed() {
    assert_names(
        &complaint("source_id\nA\n", &ImportOptions::default()).await,
        &["`ra_deg`, `dec_deg`"],
    );
}

#[tokio::test]
async fn nothing_is_required_that_the_engine_or_we_can_make() {
    let test = TestDatabase::migrated(Database::Astrid, Engine::Sqlite).await;
    let error =
        run::<observation::Entity>(&test.sessions(), "ra\n1\n", &ImportOptions::default()).await;
    let complaint = error.unwrap_err().to_string();
    let needed = "`survey_id`, `observation_id`, `dec`, `observation_time`, `filter_band`, `exposure_time`, `fits_url`";
    assert_names(&complaint, &[needed]);
    assert!(!complaint.contains("created_at"), "{complaint}");
}

#[tokio::test]
async fn options_name_columns_and_headers_that_exist() {
    assert_names(&complaint(GOOD, &map([("flux", "ra_deg")])).await, &["map: `flux`", "`s_nvss`"]);
    assert_names(
        &complaint(GOOD, &map([("s_nvss", "flux")])).await,
        &["map: `s_nvss`", "`flux`", "`dec_deg`"],
    );
    assert_names(&complaint(GOOD, &set([("flux", "1")])).await, &["set: `flux`"]);
    assert_names(
        &complaint(GOOD, &set([("s_nvss", "{flux}")])).await,
        &["set: `s_nvss`", "`flux`"],
    );
    let ignore = ImportOptions { ignore: vec!["flux".to_owned()], ..ImportOptions::default() };
    assert_names(&complaint(GOOD, &ignore).await, &["ignore: `flux`"]);
}

#[tokio::test]
async fn a_constant_is_checked_before_the_file_is() {
    assert_names(
        &complaint(GOOD, &set([("s_nvss", "bright")])).await,
        &["set: `s_nvss`", "`bright`"],
    );
    let sky = "source_id,dec_deg\nA,2\n";
    assert_names(&complaint(sky, &set([("ra_deg", "360")])).await, &["set: `ra_deg`", "[0, 360)"]);
}

#[tokio::test]
async fn no_column_is_filled_twice() {
    assert_names(&complaint(GOOD, &set([("ra_deg", "1")])).await, &["`ra_deg`", "twice"]);
    assert_names(&complaint(GOOD, &map([("ra_deg", "dec_deg")])).await, &["`ra_deg`", "twice"]);
    let both = ImportOptions { set: owned([("s_nvss", "1")]), ..map([("s_nvss", "dec_deg")]) };
    assert_names(&complaint(GOOD, &both).await, &["`s_nvss`", "twice"]);
    let text = "source_id,ra_deg,dec_deg,ra_deg\nA,1,2,3\n";
    assert_names(&complaint(text, &ImportOptions::default()).await, &["two columns", "`ra_deg`"]);
}

#[tokio::test]
async fn a_file_begins_with_a_header() {
    for text in ["", "\n\n", "\n\nsource_id\n", "\"source_id\n"] {
        assert_names(&complaint(text, &ImportOptions::default()).await, &["line 1"]);
    }
}

#[tokio::test]
async fn a_header_alone_is_an_empty_file() {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let text = "source_id,ra_deg,dec_deg";
    let report =
        run::<source::Entity>(&test.sessions(), text, &ImportOptions::default()).await.unwrap();
    assert_eq!((report.rows_read, report.written, report.problem_count), (0, 0, 0));
}

#[tokio::test]
async fn the_table_is_one_that_can_be_written() {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let sessions = test.sessions();
    let attempt = |table: &'static str| {
        let sessions = sessions.clone();
        async move {
            let options = ImportOptions::default();
            let outcome = import(
                &sessions,
                Database::MasterSources,
                table,
                GOOD.as_bytes(),
                &options,
                |_| (),
            );
            outcome.await.unwrap_err().to_string()
        }
    };
    let complaint = attempt("source").await;
    assert_names(&complaint, &["`source`", "`sources`, `meta`, `stable_ids`"]);
    assert!(!complaint.contains("good_references"), "a view is no choice: {complaint}");
    assert_names(&attempt("good_references").await, &["view"]);
}

#[tokio::test]
async fn a_mapped_header_fills_no_column_of_its_own_name() {
    let test = TestDatabase::migrated(Database::Products, Engine::Sqlite).await;
    let text = "image_path,id,ra_deg,dec_deg,peak_jyb,measured_at\n/a,B,1,2,3,4\n";
    let report =
        run::<photometry::Entity>(&test.sessions(), text, &map([("source_id", "id")])).await;
    assert_eq!(
        report.unwrap().problems[0].column.as_deref(),
        Some("image_path"),
        "`id` is a name here"
    );
}
