//! No file, however odd, does worse than be refused.

use almanac_entity::{Database, astrid::observation, master_sources::source};
use almanac_service::import::ImportOptions;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::{
    file, rows, run, set,
    support::{Engine, TestDatabase},
};

/// Runs an import of `text` into a database of its own, and holds the report to what the table says.
fn check(database: Database, text: &[u8], skip_invalid: bool, batch: usize) {
    Runtime::new().unwrap().block_on(async {
        let test = TestDatabase::migrated(database, Engine::Sqlite).await;
        let sessions = test.sessions();
        let options = ImportOptions { skip_invalid, batch, ..ImportOptions::default() };
        let (outcome, rows) = if database == Database::Astrid {
            let options = ImportOptions {
                set: set([("survey_id", "0e7c105a-179a-5c18-bf3f-593f467c8837")]).set,
                ..options
            };
            let outcome = run::<observation::Entity>(&sessions, text, &options).await;
            (outcome, rows::<observation::Entity>(&sessions).await.len())
        } else {
            let outcome = run::<source::Entity>(&sessions, text, &options).await;
            (outcome, rows::<source::Entity>(&sessions).await.len())
        };
        let Ok(report) = outcome else {
            assert_eq!(rows, 0);
            return;
        };
        assert_eq!(report.written, rows as u64);
        if report.problem_count == 0 || skip_invalid {
            assert_eq!(report.written + report.invalid, report.rows_read);
        } else {
            assert_eq!(report.written, 0);
        }
        assert_eq!(report.problem_count == 0, report.invalid == 0);
    });
}

/// A cell that is one thing or another.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ABC]",
        "-?[0-9]{1,3}(\\.[0-9]{1,9})?",
        Just("1e400".to_owned()),
        Just("2025-01-01".to_owned()),
        "\"[a\n\",]{0,4}\"",
        "[ -~]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_file(text in "(source_id|ra_deg|[a\",\n])*[ -~\n]{0,60}") {
        check(Database::MasterSources, text.as_bytes(), false, 3);
    }

    #[test]
    fn any_bytes_may_follow_a_header(bytes in prop::collection::vec(any::<u8>(), 0..200), skip in any::<bool>()) {
        let text = [b"source_id,ra_deg,dec_deg\n", bytes.as_slice()].concat();
        check(Database::MasterSources, &text, skip, 2);
    }

    #[test]
    fn any_cells_may_stand_in_a_row(
        rows in prop::collection::vec(prop::collection::vec(cell(), 3..5), 0..12),
        skip in any::<bool>(),
        batch in 1..6_usize,
    ) {
        let rows: Vec<_> = rows.iter().map(|cells| cells.join(",")).collect();
        let text = format!("source_id,ra_deg,dec_deg,legacy_id\n{}", rows.join("\n"));
        check(Database::MasterSources, text.as_bytes(), skip, batch);
    }

    #[test]
    fn any_decimal_is_kept_or_refused(numbers in prop::collection::vec((cell(), cell(), cell()), 0..8)) {
        let header = "observation_id,ra,dec,observation_time,filter_band,exposure_time,fits_url";
        let lines = numbers
            .iter()
            .enumerate()
            .map(|(number, (ra, dec, exposure))| {
                format!("o{number},{ra},{dec},2025-01-01,r,{exposure},https://a")
            });
        check(Database::Astrid, file(header, lines).as_bytes(), true, 4);
    }
}
