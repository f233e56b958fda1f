//! The sample survey is whole, repeats itself, and holds what it promises.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;
#[path = "../../src/survey/mod.rs"]
mod survey;

mod edges;
mod readme;
mod sample;

use std::collections::HashSet;

use almanac_database::Database;
use almanac_entity::{
    Table, Visitor,
    cal_registry::{CaltableStatus, CaltableType, calibration_applied, caltable},
    kind,
    products::{ese_candidate, image, ms_index, photometry, variability_stat},
    visit_all,
};
use almanac_service::{Reader, Sessions};
use sample::Sample;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryFilter, QueryOrder,
    Statement,
};
use support::{Engine, engines};
use survey::{Survey, fill};

engines! {
    every_table_has_rows,
}

async fn every_table_has_rows(engine: Engine) {
    let sample = Sample::small(engine).await;
    let counts = sample.counts().await;
    // A table that comes later need not be in the survey at once.
    let filled = counts.values().filter(|count| **count > 0).count();
    assert!(filled >= 64, "{counts:?}");
    assert_eq!(counts["Photometry"], 5_000);
    assert_eq!(counts["Photometry"], sample.summary.measurements);
    assert_eq!(counts["Image"], sample.summary.images);
    assert_eq!(counts["Source"], sample.summary.sources);
    assert_eq!(counts["AstridAuditRecord"], 1, "nobody but the revisions writes there");
    let views = counts["GoodReference"] + counts["FinalReference"];
    let made = counts["AstridSurvey"] + counts["AstridSystemConfig"] + counts["AstridAuditRecord"];
    assert_eq!(counts.values().sum::<u64>(), sample.summary.rows + views + made);
}

#[tokio::test]
async fn the_scattering_event_shows_in_its_light_curve() {
    let sample = Sample::small(Engine::Sqlite).await;
    let fluxes = light_curve(&sample.sessions, &sample.summary.ese_source).await;
    let mut sorted = fluxes.clone();
    sorted.sort_by(f64::total_cmp);
    let (least, median) = (sorted[0], sorted[sorted.len() / 2]);
    let most = sorted[sorted.len() - 1];
    assert!(least < 0.7 * median, "{least} of {median}");
    assert!(most > 1.5 * median, "{most} of {median}");
    let candidates = ese_candidate::Entity::find()
        .filter(ese_candidate::Column::SourceId.eq(&sample.summary.ese_source))
        .all(&products(&sample.sessions).await)
        .await
        .unwrap();
    assert!(!candidates.is_empty());
    assert!(!sample.summary.variable_sources.contains(&sample.summary.ese_source));
}

#[tokio::test]
async fn a_seed_gives_one_survey_and_another_seed_another() {
    let first = Sample::of(Engine::Sqlite, 0.02, 1).await;
    let again = Sample::of(Engine::Sqlite, 0.02, 1).await;
    assert_eq!(first.summary, again.summary);
    assert_eq!(first.counts().await, again.counts().await);
    assert_eq!(fluxes(&first.sessions).await, fluxes(&again.sessions).await);
    let other = Sample::of(Engine::Sqlite, 0.02, 2).await;
    assert_ne!(fluxes(&first.sessions).await, fluxes(&other.sessions).await);
}

#[tokio::test]
async fn every_row_has_its_parent() {
    let sample = Sample::small(Engine::Sqlite).await;
    for database in Database::ALL {
        let reader = sample.sessions.reader(database).await.unwrap();
        let check =
            Statement::from_string(reader.get_database_backend(), "PRAGMA foreign_key_check");
        assert!(reader.query_one_raw(check).await.unwrap().is_none(), "{database}");
    }
}

#[tokio::test]
async fn nothing_happens_after_the_survey_ended() {
    let sample = Sample::small(Engine::Sqlite).await;
    let mut columns = Instants::default();
    visit_all(&mut columns);
    assert!(columns.0.len() > 40);
    for (database, table, column) in columns.0 {
        let reader = sample.sessions.reader(database).await.unwrap();
        let sql = format!("SELECT max({column}) FROM {table}");
        let latest =
            reader.query_one_raw(Statement::from_string(reader.get_database_backend(), sql));
        let latest: Option<f64> = latest.await.unwrap().unwrap().try_get_by_index(0).unwrap();
        let now = sample.survey.now.0;
        assert!(
            latest.is_none_or(|latest| latest <= now),
            "{table}.{column}: {latest:?} is after {now}"
        );
    }
}

#[tokio::test]
async fn every_measurement_set_has_the_tables_it_was_calibrated_with() {
    let sample = Sample::small(Engine::Sqlite).await;
    let sets = ms_index::Entity::find().all(&products(&sample.sessions).await).await.unwrap();
    let registry = sample.sessions.reader(Database::CalRegistry).await.unwrap();
    let tables = caltable::Entity::find().all(&registry).await.unwrap();
    let applied = calibration_applied::Entity::find().all(&registry).await.unwrap();
    let paths: HashSet<_> = sets.iter().map(|set| &set.path).collect();
    for set in &sets {
        let mid = set.mid_mjd.unwrap();
        let valid = |table: &&caltable::Model| {
            table.status == CaltableStatus::Active
                && table.valid_start_mjd.is_none_or(|start| start <= mid)
                && table.valid_end_mjd.is_none_or(|end| mid <= end)
        };
        let newest =
            tables.iter().filter(valid).max_by(|a, b| a.created_at.0.total_cmp(&b.created_at.0));
        let name = &newest.expect("a table is valid").set_name;
        let kinds: HashSet<_> = tables
            .iter()
            .filter(valid)
            .filter(|table| table.set_name == *name)
            .map(|table| table.table_type.clone())
            .collect();
        for kind in [
            CaltableType::K,
            CaltableType::Ba,
            CaltableType::Bp,
            CaltableType::Ga,
            CaltableType::Gp,
        ] {
            assert!(kinds.contains(&kind), "{} lacks {kind} at {mid}", set.path);
        }
        assert!(applied.iter().any(|applied| applied.ms_path == set.path), "{}", set.path);
    }
    for table in &tables {
        let on = table.source_ms_path.as_ref().unwrap();
        assert!(paths.contains(on), "{} was solved on {on}, which is nowhere", table.path);
    }
}

#[tokio::test]
async fn statistics_are_those_of_the_measurements() {
    let sample = Sample::small(Engine::Sqlite).await;
    let reader = products(&sample.sessions).await;
    for source in sample.summary.variable_sources.iter().chain([&sample.summary.flare_source]) {
        let stored =
            variability_stat::Entity::find_by_id(source).one(&reader).await.unwrap().unwrap();
        let points: Vec<(f64, f64)> = measurements(&sample.sessions, source)
            .await
            .iter()
            .map(|point| (point.peak_jyb * 1e3, point.peak_err_jyb.unwrap() * 1e3))
            .collect();
        let count = f64::from(u32::try_from(points.len()).unwrap());
        let mean = points.iter().map(|(flux, _)| flux).sum::<f64>() / count;
        let deviation =
            (points.iter().map(|(flux, _)| (flux - mean).powi(2)).sum::<f64>() / count).sqrt();
        let chi2: f64 = points.iter().map(|(flux, error)| ((flux - mean) / error).powi(2)).sum();
        let weights: f64 = points.iter().map(|(_, error)| error.powi(-2)).sum();
        let weighted =
            points.iter().map(|(flux, error)| flux / error.powi(2)).sum::<f64>() / weights;
        let eta: f64 = points.iter().map(|(flux, error)| ((flux - weighted) / error).powi(2)).sum();
        let furthest = points.iter().map(|(flux, _)| (flux - mean).abs()).fold(0.0, f64::max);
        same(stored.n_obs.map(f64::from), count);
        same(stored.mean_flux_mjy, mean);
        same(stored.std_flux_mjy, deviation);
        same(stored.v_metric, deviation / mean);
        same(stored.chi2_nu, chi2 / (count - 1.0));
        same(stored.eta_metric, eta / (count - 1.0));
        same(stored.sigma_deviation, furthest / deviation);
    }
}

#[tokio::test]
async fn databases_with_images_are_refused() {
    let sample = Sample::of(Engine::Sqlite, 0.01, 3).await;
    let error = fill(&sample.sessions, &sample.survey, |_, _, _| {}).await.unwrap_err();
    assert!(error.to_string().contains("empty databases only"), "{error}");
    for scale in [0.0, -1.0, f64::NAN] {
        let survey = Survey { scale, ..sample.survey };
        let error = fill(&sample.sessions, &survey, |_, _, _| {}).await.unwrap_err();
        assert!(error.to_string().contains("scale"), "{error}");
    }
}

#[tokio::test]
async fn sources_lie_within_the_images_that_show_them() {
    let sample = Sample::small(Engine::Sqlite).await;
    let reader = products(&sample.sessions).await;
    let rows =
        photometry::Entity::find().find_also_related(image::Entity).all(&reader).await.unwrap();
    for (point, image) in rows {
        let image = image.expect("the image is there");
        let north = (point.dec_deg - image.center_dec_deg.unwrap()).abs();
        assert!(north <= 1.75 && point.sep_from_center_deg.unwrap() <= 2.6, "{}", point.source_id);
        assert!(point.mjd.unwrap() * 86_400.0 < (point.measured_at.0 + 40_587.0 * 86_400.0));
    }
}

/// The columns of all tables that hold Unix times.
#[derive(Default)]
struct Instants(Vec<(Database, String, String)>);

impl Visitor for Instants {
    fn visit<T: Table>(&mut self) {
        let columns = T::Column::iter()
            .filter(|column| matches!(kind(column), almanac_entity::Kind::UnixTime));
        let table = T::default().table_name().to_owned();
        self.0
            .extend(columns.map(|column| (T::DATABASE, table.clone(), column.as_str().to_owned())));
    }
}

async fn products(sessions: &Sessions) -> Reader {
    sessions.reader(Database::Products).await.expect("the database opens")
}

async fn measurements(sessions: &Sessions, source: &str) -> Vec<photometry::Model> {
    photometry::Entity::find()
        .filter(photometry::Column::SourceId.eq(source))
        .order_by_asc(photometry::Column::Mjd)
        .all(&products(sessions).await)
        .await
        .expect("measurements are read")
}

async fn light_curve(sessions: &Sessions, source: &str) -> Vec<f64> {
    measurements(sessions, source).await.iter().map(|point| point.peak_jyb).collect()
}

async fn fluxes(sessions: &Sessions) -> Vec<f64> {
    let rows = photometry::Entity::find().order_by_asc(photometry::Column::Id);
    let rows = rows.all(&products(sessions).await).await.expect("measurements are read");
    rows.iter().map(|point| point.peak_jyb).collect()
}

/// Whether a stored statistic is the one computed anew.
fn same(stored: Option<f64>, expected: f64) {
    let stored = stored.expect("it is stored");
    assert!((stored - expected).abs() <= 1e-9 * expected.abs(), "{stored} is not {expected}");
}
