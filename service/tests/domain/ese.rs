//! Candidates for extreme scattering events.

use almanac_entity::{
    UnixTime,
    products::{EseCandidateStatus as Status, EseFlagType, ese_candidate, photometry},
};
use almanac_service::{
    Error, Repository, Writer,
    products::{
        Confidence, Detection, DetectionOutcome, DetectionRequest, LeftOut, Preset, StatisticsFlux,
    },
};
use sea_orm::ActiveValue::Set;

use crate::variability::{add, close, image, point};

engines! { Products:
    a_flare_is_flagged_from_twenty_six_epochs_on,
    a_dismissal_lasts_until_newer_photometry_deviates_further,
    a_preset_qualifies_by_either_threshold,
    a_change_within_a_day_is_flagged,
    people_flag_and_decide,
    an_explanation_adds_up,
}

const NOW: UnixTime = UnixTime(1.8e9);
const DAY: f64 = 86_400.0;

fn candidates(writer: &Writer) -> Repository<'_, Writer, ese_candidate::Entity> {
    Repository::new(writer)
}

/// `epochs` days of 10 mJy, the last of which is `flare_mjy`.
fn flare(source: &str, epochs: i32, flare_mjy: f64) -> Vec<photometry::ActiveModel> {
    let flux = |day| if day == epochs - 1 { flare_mjy } else { 10.0 };
    (0..epochs).map(|day| point(source, f64::from(day) * 2.0, flux(day), 1.0)).collect()
}

async fn detect(writer: &Writer, request: DetectionRequest<'_>, now: UnixTime) -> Vec<Detection> {
    let request = DetectionRequest { recompute: true, ..request };
    candidates(writer).detect(&request, now, |_| ()).await.unwrap()
}

async fn a_flare_is_flagged_from_twenty_six_epochs_on(writer: Writer) {
    image(&writer).await;
    let mut rows = flare("few", 25, 1_000.0);
    // A flare of 26 epochs reaches exactly five: rounding decides about "at least", so 27 are taken.
    rows.extend(flare("many", 27, 1_000.0));
    rows.extend(flare("more", 40, 1_000.0));
    add(&writer, rows).await;
    let request = DetectionRequest { composite: true, ..DetectionRequest::default() };
    let found = detect(&writer, request, NOW).await;
    let names: Vec<_> = found.iter().map(|found| found.statistics.source_id.as_str()).collect();
    assert_eq!(names, ["more", "many"], "the furthest first");
    assert!((found[1].significance - 26_f64.sqrt()).abs() < 1e-9);
    assert!(found.iter().all(|found| found.outcome == DetectionOutcome::New));
    assert_eq!(found[0].score.unwrap().confidence, Confidence::High);

    let rows =
        candidates(&writer).list_with_statistics(Some(&Status::Active), 10, 0).await.unwrap();
    let first = &rows[0].candidate;
    assert_eq!((first.source_id.as_str(), &first.flag_type), ("more", &EseFlagType::Variability));
    assert_eq!((first.flagged_by.as_deref(), first.flagged_at), (Some("auto"), NOW));
    assert_eq!(rows[1].statistics.n_obs, Some(27));

    // Again: the same candidates, flagged anew.
    let later = UnixTime(NOW.0 + DAY);
    let again = detect(&writer, DetectionRequest::default(), later).await;
    assert!(again.iter().all(|found| found.outcome == DetectionOutcome::Updated));
    assert_eq!(again[0].score, None);
    let rows = candidates(&writer).list_with_statistics(None, 10, 0).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.candidate.flagged_at == later));

    // One that only just reaches the threshold is no news.
    let exactly = rows[1].statistics.sigma_deviation;
    let request = DetectionRequest {
        min_sigma: exactly,
        source_id: Some("many"),
        ..DetectionRequest::default()
    };
    assert!(detect(&writer, request, later).await.is_empty());
}

async fn a_dismissal_lasts_until_newer_photometry_deviates_further(writer: Writer) {
    image(&writer).await;
    add(&writer, flare("A", 30, 100.0)).await;
    let table = candidates(&writer);
    // The last epoch is day 58, measured a tenth of a day later.
    let day = |day: f64| UnixTime::from_mjd(60_000.0 + day);
    assert_eq!(detect(&writer, DetectionRequest::default(), day(60.0)).await.len(), 1);
    let id = table.find_active("A").await.unwrap().unwrap().id;
    table.dismiss(id, Some("a bad fit"), day(61.0)).await.unwrap();
    assert!(detect(&writer, DetectionRequest::default(), day(62.0)).await.is_empty());

    // Newer, and not further: the flare drowns in its own scatter.
    add(&writer, vec![point("A", 70.0, 100.0, 1.0)]).await;
    let low = DetectionRequest { min_sigma: Some(3.0), ..DetectionRequest::default() };
    assert!(detect(&writer, low, day(71.0)).await.is_empty());
    // Newer, and further.
    add(&writer, vec![point("A", 72.0, 9_000.0, 1.0)]).await;
    let found = detect(&writer, low, day(73.0)).await;
    assert_eq!(found[0].outcome, DetectionOutcome::New);
    let history = table.list_for_source("A").await.unwrap();
    let statuses: Vec<_> = history.iter().map(|row| row.status.clone().unwrap()).collect();
    assert_eq!(statuses, [Status::Active, Status::Dismissed]);
    let refused = table.reopen(id, None, day(74.0)).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict(_)), "{refused}");
}

async fn a_preset_qualifies_by_either_threshold(writer: Writer) {
    image(&writer).await;
    // Never far from the mean in its own scatter, but far beyond its errors.
    let wave =
        |day| point("wave", f64::from(day) * 2.0, if day % 2 == 0 { 8.0 } else { 12.0 }, 0.5);
    add(&writer, (0..30).map(wave).collect()).await;
    assert!(detect(&writer, DetectionRequest::default(), NOW).await.is_empty());
    let request =
        DetectionRequest { preset: Some(Preset::Conservative), ..DetectionRequest::default() };
    let found = detect(&writer, request, NOW).await;
    assert!((found[0].significance - 1.0).abs() < 1e-9);
    close(found[0].statistics.chi2_nu, 16.0 * 30.0 / 29.0);
    let table = candidates(&writer);
    for min_sigma in [0.0, -1.0, f64::NAN] {
        let request = DetectionRequest { min_sigma: Some(min_sigma), ..request };
        let refused = table.detect(&request, NOW, |_| ()).await.unwrap_err();
        assert!(refused.to_string().starts_with("min_sigma: "), "{refused}");
    }
    let unknown = DetectionRequest { source_id: Some("nobody"), ..DetectionRequest::default() };
    let refused = table.detect(&unknown, NOW, |_| ()).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
}

async fn a_change_within_a_day_is_flagged(writer: Writer) {
    image(&writer).await;
    let mut rows: Vec<_> = (0..10).map(|day| point("A", f64::from(day), 10.0, 1.0)).collect();
    rows.push(point("A", 9.4, 17.0, 1.0));
    rows.extend((0..10).map(|day| point("B", f64::from(day) * 2.0, 10.0, 1.0)));
    rows.push(point("B", 19.0, 17.0, 1.0));
    add(&writer, rows).await;
    let request = DetectionRequest { rapid_change: true, ..DetectionRequest::default() };
    let found = detect(&writer, request, NOW).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].flag_type, EseFlagType::RapidChange);
    let change = found[0].rapid_change.unwrap();
    assert!((change.significance - 7.0 / 2.0_f64.sqrt()).abs() < 1e-9, "{change:?}");
    assert!(detect(&writer, request, NOW).await.is_empty(), "it is no news the second time");
    let active = candidates(&writer).find_active("A").await.unwrap().unwrap();
    assert_eq!(active.flag_type, EseFlagType::RapidChange);
}

async fn people_flag_and_decide(writer: Writer) {
    image(&writer).await;
    add(&writer, flare("A", 5, 20.0)).await;
    let table = candidates(&writer);
    let unknown = table.flag("A", "ana", None, None, NOW).await.unwrap_err();
    assert!(unknown.to_string().contains("recompute"), "{unknown}");
    detect(&writer, DetectionRequest::default(), NOW).await;
    let flagged = table.flag("A", "ana", Some("odd"), None, NOW).await.unwrap();
    close(Some(flagged.significance), 2.0);
    assert_eq!(flagged.flag_type, EseFlagType::User);
    assert_eq!(flagged.flagged_by.as_deref(), Some("ana"));
    let twice = table.flag("A", "ben", None, Some(3.0), NOW).await.unwrap_err();
    assert!(matches!(twice, Error::Conflict(_)), "{twice}");

    let later = UnixTime(NOW.0 + 60.0);
    let seen = table.investigate(flagged.id, Some("an artifact?"), later).await.unwrap();
    assert_eq!((seen.status, seen.investigated_at), (Some(Status::Investigated), Some(later)));
    let notes = seen.notes.unwrap();
    assert_eq!(notes, "[2027-01-15T08:00:00Z] odd\n[2027-01-15T08:01:00Z] an artifact?");
    assert!(table.investigate(flagged.id, None, later).await.is_err());
    let gone = table.dismiss(flagged.id, None, later).await.unwrap();
    assert_eq!((gone.dismissed_at, gone.investigated_at), (Some(later), Some(later)));
    assert!(table.investigate(flagged.id, None, later).await.is_err());
    let back = table.reopen(flagged.id, None, later).await.unwrap();
    assert_eq!((back.status, back.dismissed_at), (Some(Status::Active), None));
    assert!(table.reopen(flagged.id, None, later).await.is_err());
    let noted = table.add_note(flagged.id, "once more", later).await.unwrap();
    assert!(noted.notes.unwrap().ends_with("once more"));
    assert!(table.add_note(flagged.id, " ", later).await.is_err());
    let nobody = table.dismiss(999, None, later).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound { .. }), "{nobody}");
    let other = table.decide(flagged.id, Status::Other("gone".to_owned()), None, later).await;
    assert!(other.unwrap_err().to_string().contains("investigated"));
}

async fn an_explanation_adds_up(writer: Writer) {
    image(&writer).await;
    let mut rows = flare("A", 27, 40.0);
    rows.push(photometry::ActiveModel { flags: Set(Some(32)), ..point("A", 90.0, 500.0, 1.0) });
    rows.push(photometry::ActiveModel { peak_err_jyb: Set(None), ..point("A", 91.0, 10.0, 1.0) });
    rows.push(photometry::ActiveModel { mjd: Set(None), ..point("A", 92.0, 10.0, 1.0) });
    add(&writer, rows).await;
    detect(&writer, DetectionRequest::default(), NOW).await;
    let table = candidates(&writer);
    let id = table.find_active("A").await.unwrap().unwrap().id;
    let why = table.explain(id, StatisticsFlux::Peak).await.unwrap();
    assert_eq!((why.points.len(), why.metrics.points, why.metrics.weighted_points), (30, 29, 28));
    let used = || why.points.iter().filter(|point| point.left_out.is_none());
    let sum: f64 = used().filter_map(|point| point.flux_jy).sum();
    close(Some(why.metrics.sum), sum);
    close(Some(why.metrics.mean), sum / 29.0);
    let squares: f64 = used().filter_map(|point| point.deviation_jy).map(|d| d * d).sum();
    close(Some(why.metrics.std), (squares / 29.0).sqrt());
    let furthest = used().filter_map(|point| point.deviation_sigma).fold(0.0, f64::max);
    close(Some(why.metrics.sigma_deviation), furthest);
    close(why.statistics.unwrap().sigma_deviation, furthest);
    assert_eq!(why.metrics.chi2_nu, None, "a point has no error");
    let excluded = why.points.iter().find(|point| point.flags == 32).unwrap();
    assert_eq!((excluded.left_out, excluded.deviation_jy), (Some(LeftOut::Excluded), None));
    let without = why.points.iter().find(|point| point.error_jy.is_none()).unwrap();
    assert_eq!((without.left_out, without.weight), (None, None));
    // Without an epoch of its own it is that of the measurement set, which is the earliest.
    assert_eq!((why.points[0].mjd, why.points[0].approximate_epoch), (60_000.0, false));
    assert_eq!(why.points[0].ms_path.as_deref(), Some("/a.ms"));
    let verdicts: Vec<_> = why.verdicts.iter().map(|verdict| verdict.by_sigma).collect();
    assert_eq!(verdicts, [true, true, true]);
    assert!((why.greatest_sigma - 28_f64.sqrt()).abs() < 1e-12);
    let nobody = table.explain(999, StatisticsFlux::Peak).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound { .. }), "{nobody}");
}
