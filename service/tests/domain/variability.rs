//! Variability statistics.

use almanac_entity::{
    UnixTime,
    products::{photometry, variability_stat},
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    products::{StatisticsFlux, VariabilityFilter, VariabilityOrder},
};
use sea_orm::ActiveValue::Set;

use crate::products::{add_image, add_measurement_set, measurement};

engines! { Products:
    statistics_are_those_of_the_light_curve,
    a_source_is_never_a_mixture_of_fluxes,
    one_measurement_is_enough_for_an_update,
    lists_are_cut_and_sorted,
    a_sweep_is_the_same_in_any_chunks,
}

const NOW: UnixTime = UnixTime(1.8e9);
const GOLDEN: [(f64, f64); 4] = [(10.0, 1.0), (12.0, 1.0), (11.0, 2.0), (15.0, 1.0)];

/// An image to measure on.
pub(crate) async fn image(writer: &Writer) {
    add_measurement_set(writer, "/a.ms", Some(60_000.0)).await;
    add_image(writer, "/a.fits", "/a.ms").await;
}

/// A measurement of a flux density and an error in mJy, made and observed on day `day`.
pub(crate) fn point(
    source: &str,
    day: f64,
    flux_mjy: f64,
    error_mjy: f64,
) -> photometry::ActiveModel {
    photometry::ActiveModel {
        peak_err_jyb: Set(Some(error_mjy / 1e3)),
        snr: Set(Some(flux_mjy / error_mjy)),
        mjd: Set(Some(60_000.0 + day)),
        measured_at: Set(UnixTime::from_mjd(60_000.1 + day)),
        nvss_flux_mjy: Set(Some(12.5)),
        ..measurement(source, "/a.fits", flux_mjy / 1e3)
    }
}

pub(crate) async fn add(writer: &Writer, rows: Vec<photometry::ActiveModel>) {
    Repository::<_, photometry::Entity>::new(writer).insert_many(rows).await.unwrap();
}

pub(crate) fn statistics(writer: &Writer) -> Repository<'_, Writer, variability_stat::Entity> {
    Repository::new(writer)
}

fn golden(source: &str) -> Vec<photometry::ActiveModel> {
    GOLDEN.into_iter().zip(0..).map(|((f, e), day)| point(source, f64::from(day), f, e)).collect()
}

pub(crate) fn close(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    let tolerance = 1e-12 * expected.abs();
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected}");
}

async fn statistics_are_those_of_the_light_curve(writer: Writer) {
    image(&writer).await;
    let mut rows = golden("A");
    rows.push(photometry::ActiveModel { flags: Set(Some(32)), ..point("A", 9.0, 99.0, 1.0) });
    rows.extend([point("B", 0.0, 5.0, 0.1), point("C", 0.0, 5.0, 0.1), point("C", 1.0, 5.0, 0.1)]);
    rows.push(photometry::ActiveModel { peak_err_jyb: Set(None), ..point("C", 2.0, 5.0, 0.1) });
    add(&writer, rows).await;
    let table = statistics(&writer);
    let mut seen = 0;
    let done = table
        .recompute(None, StatisticsFlux::Peak, NOW, |progress| seen = progress.sources)
        .await
        .unwrap();
    assert_eq!((done.written, done.skipped, done.measurements), (2, 1, 9));
    assert!(seen <= 3);
    let a = table.get("A").await.unwrap();
    assert_eq!((a.n_obs, a.nvss_flux_mjy, a.updated_at), (Some(4), Some(12.5), NOW));
    close(a.mean_flux_mjy, 12.0);
    close(a.std_flux_mjy, 3.5_f64.sqrt());
    close(a.min_flux_mjy, 10.0);
    close(a.max_flux_mjy, 15.0);
    close(a.chi2_nu, 53.0 / 12.0);
    close(a.sigma_deviation, 3.0 / 3.5_f64.sqrt());
    close(a.eta_metric, 170.0 / 39.0);
    close(a.v_metric, 3.5_f64.sqrt() / 12.0);
    assert_eq!(a.last_mjd, Some(60_003.0));
    assert_eq!(a.last_measured_at, Some(UnixTime::from_mjd(60_003.1)));
    assert_eq!(table.find("B").await.unwrap(), None);
    let c = table.get("C").await.unwrap();
    assert_eq!((c.chi2_nu, c.sigma_deviation, c.eta_metric), (None, Some(0.0), Some(0.0)));

    // Again, and nothing is there twice; a chi-square that is none any more goes.
    add(
        &writer,
        vec![photometry::ActiveModel { peak_err_jyb: Set(None), ..point("A", 4.0, 12.0, 1.0) }],
    )
    .await;
    let later = UnixTime(NOW.0 + 1.0);
    let done = table.recompute(Some("A"), StatisticsFlux::Peak, later, |_| ()).await.unwrap();
    assert_eq!((done.written, done.measurements), (1, 6));
    let a = table.get("A").await.unwrap();
    assert_eq!((a.n_obs, a.chi2_nu, a.updated_at), (Some(5), None, later));
    close(a.eta_metric, 170.0 / 39.0);
    assert_eq!(table.count(&Filter::default()).await.unwrap(), 2);
    let nobody = table.recompute(Some("nobody"), StatisticsFlux::Peak, NOW, |_| ()).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })), "{nobody:?}");
    let summary = Repository::<_, photometry::Entity>::new(&writer)
        .variability_summary("A", StatisticsFlux::Peak)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((summary.n_epochs, summary.degrees_of_freedom, summary.is_variable), (5, 4, true));
    assert_eq!(summary.mjd_range, Some((60_000.0, 60_004.0)));
}

async fn a_source_is_never_a_mixture_of_fluxes(writer: Writer) {
    image(&writer).await;
    let mut rows = golden("A");
    for row in &mut rows[..2] {
        row.flux_jy = Set(Some(0.5));
        row.flux_err_jy = Set(Some(0.01));
    }
    rows.extend(golden("B"));
    add(&writer, rows).await;
    let table = statistics(&writer);
    let done = table.recompute(None, StatisticsFlux::Integrated, NOW, |_| ()).await.unwrap();
    assert_eq!((done.written, done.skipped), (1, 1));
    let a = table.get("A").await.unwrap();
    assert_eq!((a.n_obs, a.std_flux_mjy), (Some(2), Some(0.0)));
    close(a.mean_flux_mjy, 500.0);
    let done = table.recompute(None, StatisticsFlux::Normalized, NOW, |_| ()).await.unwrap();
    assert_eq!((done.written, done.skipped), (0, 2));
    assert_eq!(table.get("A").await.unwrap(), a, "a skipped source stays as it is");
}

async fn one_measurement_is_enough_for_an_update(writer: Writer) {
    image(&writer).await;
    add(&writer, vec![point("A", 0.0, 5.0, 0.1)]).await;
    let table = statistics(&writer);
    let a = table.update_for("A", StatisticsFlux::Peak, NOW).await.unwrap().unwrap();
    assert_eq!((a.n_obs, a.chi2_nu), (Some(1), None));
    let zero = Some(0.0);
    assert_eq!(
        (a.std_flux_mjy, a.sigma_deviation, a.eta_metric, a.v_metric),
        (zero, zero, zero, zero)
    );
    close(a.mean_flux_mjy, 5.0);
    assert_eq!(table.update_for("nobody", StatisticsFlux::Peak, NOW).await.unwrap(), None);
}

async fn lists_are_cut_and_sorted(writer: Writer) {
    let row = |name: &str, ra: f64, sigma: Option<f64>, eta: f64| variability_stat::ActiveModel {
        source_id: Set(name.to_owned()),
        ra_deg: Set(ra),
        dec_deg: Set(16.0),
        n_obs: Set(Some(30)),
        sigma_deviation: Set(sigma),
        eta_metric: Set(Some(eta)),
        updated_at: Set(NOW),
        ..Default::default()
    };
    let rows =
        [row("A", 359.9, Some(5.0), 1.0), row("B", 0.1, Some(6.0), 0.5), row("C", 10.0, None, 9.0)];
    let table = statistics(&writer);
    table.insert_many(rows).await.unwrap();
    let list = async |filter: VariabilityFilter, order| {
        let rows = table.list_variable(&filter, order, 10, 0).await.unwrap();
        rows.into_iter().map(|row| row.source_id).collect::<Vec<_>>()
    };
    let all = VariabilityFilter::default();
    assert_eq!(list(all.clone(), VariabilityOrder::Sigma).await, ["B", "A", "C"]);
    assert_eq!(list(all.clone(), VariabilityOrder::Eta).await, ["C", "A", "B"]);
    let least = VariabilityFilter { min_sigma: Some(5.5), ..all.clone() };
    assert_eq!(list(least, VariabilityOrder::Sigma).await, ["B"]);
    let cone = VariabilityFilter { cone: Some((0.0, 16.0, 0.2)), ..all.clone() };
    assert_eq!(list(cone.clone(), VariabilityOrder::SourceId).await, ["A", "B"]);
    let second = table.list_variable(&cone, VariabilityOrder::SourceId, 1, 1).await.unwrap();
    assert_eq!(second[0].source_id, "B");
    let south = VariabilityFilter { max_dec_deg: Some(15.0), ..all.clone() };
    assert!(list(south, VariabilityOrder::Sigma).await.is_empty());
    let wrong = VariabilityFilter { min_eta: Some(f64::NAN), ..all };
    let refused = table.list_variable(&wrong, VariabilityOrder::Eta, 1, 0).await.unwrap_err();
    assert!(refused.to_string().starts_with("min_eta: "), "{refused}");
}

/// More measurements than are read at once, at one instant each time, so that a chunk ends within a source
/// and within an instant.
async fn a_sweep_is_the_same_in_any_chunks(writer: Writer) {
    image(&writer).await;
    let rows = (0..21_000).map(|number| {
        let source = format!("S{}", number / 7_000);
        let flux = 10.0 + f64::from(number % 7);
        point(&source, f64::from(number % 3), flux, 1.0)
    });
    add(&writer, rows.collect()).await;
    let table = statistics(&writer);
    let done = table.recompute(None, StatisticsFlux::Peak, NOW, |_| ()).await.unwrap();
    assert_eq!((done.written, done.skipped, done.measurements), (3, 0, 21_000));
    for row in table.list(&almanac_service::PageRequest::default()).await.unwrap() {
        assert_eq!(row.n_obs, Some(7_000));
        close(row.mean_flux_mjy, 13.0);
        close(row.std_flux_mjy, 2.0);
    }
}
