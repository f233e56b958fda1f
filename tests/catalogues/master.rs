//! The cross-match of three surveys, built and asked.

use almanac_database::Database;
use almanac_entity::{UnixTime, master_sources::source};
use almanac_service::{
    Error, Filter, Repository,
    catalogues::{Catalogue, CatalogueQuery, SurveyRow, query_sources, read_survey},
    master_sources::{CatalogInputs, ReferenceSearch},
};

use crate::{
    World, data,
    scan::haversine,
    support::{Engine, engines},
    table,
};

engines!(the_real_surveys_are_cross_matched);

fn read(csv: &str) -> Vec<SurveyRow> {
    let mut rows = Vec::new();
    let faults = read_survey(csv.as_bytes(), None, |row| rows.push(row)).unwrap();
    assert_eq!(faults.count, 0);
    rows
}

/// The sources within the match radius, nearest first.
fn near<'r>(rows: &'r [SurveyRow], to: &SurveyRow) -> Vec<&'r SurveyRow> {
    let distance = |row: &SurveyRow| haversine((to.ra_deg, to.dec_deg), (row.ra_deg, row.dec_deg));
    let is_detected = |row: &&SurveyRow| row.flux_mjy.is_some_and(|flux| flux > 0.0);
    let mut near: Vec<_> =
        rows.iter().filter(is_detected).filter(|row| distance(row) <= 7.5 / 3_600.0).collect();
    near.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    near
}

async fn the_real_surveys_are_cross_matched(engine: Engine) {
    let world = World::new(engine).await;
    let Some(data) = data() else { return };
    let survey = |name: &str| read(&table(&data, name));
    let nvss = survey("nvss_ra225.csv");
    let vlass = survey("vlass_ql1_components_ra225.csv");
    let first = survey("first_ra225.csv");
    let inputs = CatalogInputs {
        nvss: nvss.clone(),
        vlass: Some(vlass.clone()),
        first: Some(first.clone()),
        files: vec![("nvss".to_owned(), "nvss_ra225.csv".to_owned())],
    };
    let transaction = world.sessions.begin(Database::MasterSources).await.unwrap();
    let sources = Repository::<_, source::Entity>::new(&transaction);
    let before = sources.thresholds().await.unwrap();
    assert!(!before.is_recorded);
    let build = sources.build(inputs.clone(), false, UnixTime(1.7e9)).await.unwrap();
    assert_eq!((build.sources, build.repeated), (nvss.len() as u64, 0));
    let refused = sources.build(inputs.clone(), false, UnixTime(1.7e9)).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    let again = sources.build(inputs, true, UnixTime(1.8e9)).await.unwrap();
    assert_eq!(again, build);

    let (mut confused, mut resolved) = (0, 0);
    for row in &nvss {
        let stored = sources.get(row.name.clone().unwrap()).await.unwrap();
        let (of_vlass, of_first) = (near(&vlass, row), near(&first, row));
        let s_vlass = of_vlass.first().map(|row| row.flux_mjy.unwrap() / 1000.0);
        assert_eq!(stored.s_vlass, s_vlass, "{stored:?}");
        let is_confused = of_vlass.len() > 1 || of_first.len() > 1;
        assert_eq!(stored.confusion_flag, Some(is_confused), "{stored:?}");
        let axes = of_first
            .first()
            .map(|row| (row.major_axis_arcsec.unwrap(), row.minor_axis_arcsec.unwrap()));
        assert_eq!(stored.first_size_maj_arcsec, axes.map(|(major, _)| major));
        let is_resolved = axes.is_some_and(|(major, minor)| major > 6.0 || minor > 6.0);
        assert_eq!(stored.resolved_flag, Some(is_resolved));
        let alpha = s_vlass.map(|flux| (flux / stored.s_nvss.unwrap()).ln() / (3.0_f64 / 1.4).ln());
        assert_eq!(stored.alpha.is_some(), alpha.is_some());
        if let (Some(stored), Some(alpha)) = (stored.alpha, alpha) {
            assert!((stored - alpha).abs() < 1e-12);
        }
        confused += u64::from(is_confused);
        resolved += u64::from(is_resolved);
    }
    assert_eq!((build.confused, build.resolved), (confused, resolved));

    let thresholds = sources.thresholds().await.unwrap();
    assert!(thresholds.is_recorded && thresholds.build_time_iso.is_some());
    assert_eq!((thresholds.good_snr_min, thresholds.final_snr_min), (7.0, 10.0));
    let search = ReferenceSearch { max: 5, ..ReferenceSearch::new(226.3, 46.5) };
    let references = sources.references(&search).await.unwrap();
    assert_eq!(references.len(), 5);
    assert!(references.is_sorted_by(|a, b| a.source.snr_nvss >= b.source.snr_nvss));
    for near in &references {
        assert!(near.source.snr_nvss.unwrap() >= 50.0 && near.separation_arcsec <= 5_400.0);
        assert_eq!(
            (near.source.resolved_flag, near.source.confusion_flag),
            (Some(false), Some(false))
        );
    }
    let count = sources.count(&Filter::default()).await.unwrap();
    transaction.commit().await.unwrap();

    // The same through the catalogues, by signal-to-noise ratio.
    let query = CatalogueQuery::new(Catalogue::Master, 226.3, 46.5, 3.0);
    let answer = query_sources(&world.sessions, &query).await.unwrap();
    assert_eq!(answer.sources.len() as u64, count);
    assert!(answer.sources.is_sorted_by(|a, b| a.snr >= b.snr));
}
