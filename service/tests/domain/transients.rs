//! Watched sources and transients.

use almanac_entity::{
    UnixTime,
    products::{
        AlertLevel, FollowUpStatus, MonitoringPriority, TransientClassification, TransientType,
        monitoring_source, transient_alert, transient_candidate,
    },
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    products::{MonitoringFilter, MonitoringUpdate, Transient, TransientContext, TransientFilter},
};

engines! { Products:
    a_file_of_sources_is_registered_line_by_line,
    what_is_not_known_anew_stays,
    what_differs_becomes_a_candidate_with_an_alert,
    people_classify_follow_up_and_acknowledge,
}

const NOW: UnixTime = UnixTime(1.8e9);
const LATER: UnixTime = UnixTime(1.8e9 + 60.0);

async fn a_file_of_sources_is_registered_line_by_line(writer: Writer) {
    let table = Repository::<_, monitoring_source::Entity>::new(&writer);
    let csv = "name,ra,dec,priority\nA,10,54,high\n\nB,360,0,low\nC,1,91,\n,1,2,\nD,1,2,urgent\nE,1,2,\nA,11,54,\nF,1\n";
    let done = table.register_csv(csv.as_bytes(), NOW).await.unwrap();
    assert_eq!((done.added, done.updated, done.unchanged, done.skipped), (2, 0, 0, 6));
    let problems: Vec<_> = done
        .problems
        .iter()
        .map(|problem| (problem.line, problem.column.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        problems,
        [(4, "ra"), (5, "dec"), (6, "name"), (7, "priority"), (9, "name"), (10, "")]
    );
    let again = "name,ra,dec\nA,10,54\nE,1,2.5\n";
    let done = table.register_csv(again.as_bytes(), LATER).await.unwrap();
    assert_eq!((done.added, done.updated, done.unchanged, done.skipped), (0, 1, 1, 0));
    let rows = table.list_watched(&MonitoringFilter::default(), 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    let a = rows.iter().find(|row| row.source_id == "A").unwrap();
    assert_eq!((a.priority.as_ref(), a.last_updated), (Some(&MonitoringPriority::High), Some(NOW)));
    let e = rows.iter().find(|row| row.source_id == "E").unwrap();
    assert_eq!((e.dec_deg, e.last_updated, e.n_detections), (2.5, Some(LATER), Some(0)));
    let refused = table.register_csv("name,ra\nA,1\n".as_bytes(), NOW).await.unwrap_err();
    assert!(refused.to_string().contains("`dec`"), "{refused}");
}

async fn what_is_not_known_anew_stays(writer: Writer) {
    let table = Repository::<_, monitoring_source::Entity>::new(&writer);
    table.register_csv("name,ra,dec\nA,1,1\nB,2,2\nC,3,3\n".as_bytes(), NOW).await.unwrap();
    let fields = MonitoringUpdate {
        eta: Some(3.0),
        is_variable: Some(true),
        n_detections: Some(7),
        last_detected_at: Some(NOW),
        ..MonitoringUpdate::default()
    };
    table.update_variability("B", &fields, NOW).await.unwrap();
    let fields = MonitoringUpdate { eta: Some(4.0), ..MonitoringUpdate::default() };
    let b = table.update_variability("B", &fields, LATER).await.unwrap();
    assert_eq!((b.eta, b.is_variable, b.n_detections), (Some(4.0), Some(true), Some(7)));
    assert_eq!((b.first_detected_at, b.last_updated), (Some(NOW), Some(LATER)));
    let many = MonitoringUpdate { n_detections: Some(9), ..MonitoringUpdate::default() };
    table.update_variability("C", &many, NOW).await.unwrap();
    let names = async |filter: MonitoringFilter| {
        let rows = table.list_watched(&filter, 10).await.unwrap();
        rows.into_iter().map(|row| row.source_id).collect::<Vec<_>>()
    };
    assert_eq!(names(MonitoringFilter::default()).await, ["B", "C", "A"]);
    let variable = MonitoringFilter { variable_only: true, ..MonitoringFilter::default() };
    assert_eq!(names(variable).await, ["B"]);
    let often = MonitoringFilter { min_detections: Some(8), ..MonitoringFilter::default() };
    assert_eq!(names(often).await, ["C"]);
    let nobody = table.update_variability("X", &many, NOW).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound { .. }), "{nobody}");
}

fn transient(kind: TransientType, ra_deg: f64, sigma: f64) -> Transient {
    Transient {
        kind,
        source_id: None,
        ra_deg,
        dec_deg: 54.0,
        flux_obs_mjy: 10.0,
        flux_baseline_mjy: None,
        flux_ratio: None,
        significance_sigma: sigma,
        snr: Some(sigma),
    }
}

fn context() -> TransientContext {
    TransientContext {
        image_path: Some("/a.fits".to_owned()),
        mjd: Some(60_000.0),
        baseline_catalog: Some("NVSS".to_owned()),
        match_radius_arcsec: 10.0,
        ..TransientContext::default()
    }
}

async fn what_differs_becomes_a_candidate_with_an_alert(writer: Writer) {
    let table = Repository::<_, transient_candidate::Entity>::new(&writer);
    let alerts = Repository::<_, transient_alert::Entity>::new(&writer);
    let found = [
        transient(TransientType::New, 131.317_416_7, 10.0),
        transient(TransientType::New, 140.0, 7.0),
        transient(TransientType::Variable, 150.0, 5.0),
        transient(TransientType::Variable, 160.0, 4.9),
    ];
    let done = table.store(&found, &context(), NOW).await.unwrap();
    assert_eq!((done.candidates.len(), done.again, done.alerts), (4, 0, 3));
    let first = &done.candidates[0];
    assert_eq!(first.source_name.as_deref(), Some("DSA_TRANSIENT_J084516.1+540000"));
    assert_eq!((first.n_detections, first.detected_at), (Some(1), NOW));
    let levels: Vec<_> = alerts
        .list(&almanac_service::PageRequest::default())
        .await
        .unwrap()
        .into_iter()
        .map(|alert| alert.alert_level)
        .collect();
    assert_eq!(levels, [AlertLevel::Critical, AlertLevel::High, AlertLevel::Medium]);

    // Seen again, a second of arc away: the same candidate, and its alert rises; what is weaker changes nothing.
    let again = [
        transient(TransientType::New, 140.0 + 1.0 / 3_600.0, 12.0),
        transient(TransientType::Variable, 150.0, 3.5),
        transient(TransientType::Fading, 150.0, 3.5),
    ];
    let done = table.store(&again, &context(), LATER).await.unwrap();
    assert_eq!((done.candidates.len(), done.again, done.alerts), (1, 2, 1));
    assert_eq!(alerts.count(&Filter::default()).await.unwrap(), 3);
    let critical = alerts.list_alerts(Some(&AlertLevel::Critical), Some(false), 10).await.unwrap();
    assert_eq!(critical.len(), 2);
    let listed = table.list_candidates(&TransientFilter::default(), 10, 0).await.unwrap();
    let sigmas: Vec<_> = listed.iter().map(|row| row.significance_sigma.unwrap()).collect();
    assert_eq!(sigmas, [12.0, 10.0, 5.0, 4.9, 3.5]);
    assert_eq!((listed[0].n_detections, listed[0].last_detected_at), (Some(2), Some(LATER)));
    assert_eq!(
        (listed[2].n_detections, listed[2].image_path.as_deref()),
        (Some(2), Some("/a.fits"))
    );
    let since = TransientFilter { since: Some(LATER), ..TransientFilter::default() };
    assert_eq!(table.list_candidates(&since, 10, 0).await.unwrap().len(), 1);
    let strong = TransientFilter {
        kind: Some(TransientType::New),
        min_sigma: Some(11.0),
        ..TransientFilter::default()
    };
    assert_eq!(table.list_candidates(&strong, 10, 0).await.unwrap().len(), 1);

    // An alert that was acknowledged comes back only at a higher level.
    let medium = alerts.list_alerts(Some(&AlertLevel::Medium), None, 10).await.unwrap().remove(0);
    alerts.acknowledge(medium.id, "ana", None, LATER).await.unwrap();
    let same = [transient(TransientType::Variable, 150.0, 6.0)];
    assert_eq!(table.store(&same, &context(), LATER).await.unwrap().alerts, 0);
    let higher = [transient(TransientType::Variable, 150.0, 8.0)];
    assert_eq!(table.store(&higher, &context(), LATER).await.unwrap().alerts, 1);
    assert_eq!(alerts.list_alerts(None, Some(false), 10).await.unwrap().len(), 3);
}

async fn people_classify_follow_up_and_acknowledge(writer: Writer) {
    let table = Repository::<_, transient_candidate::Entity>::new(&writer);
    let found = [transient(TransientType::New, 10.0, 10.0)];
    let id = table.store(&found, &context(), NOW).await.unwrap().candidates[0].id;
    let real = table
        .classify(id, TransientClassification::Real, "ana", Some("in both bands"), NOW)
        .await
        .unwrap();
    assert_eq!((real.classified_by.as_deref(), real.classified_at), (Some("ana"), Some(NOW)));
    let followed = table
        .set_follow_up(id, FollowUpStatus::Scheduled, Some("at the VLA"), LATER)
        .await
        .unwrap();
    assert_eq!(
        followed.notes.as_deref(),
        Some("[2027-01-15T08:00:00Z] in both bands\n[2027-01-15T08:01:00Z] at the VLA")
    );
    assert_eq!(followed.classification, Some(TransientClassification::Real));
    let word = TransientClassification::Other("nova".to_owned());
    let refused = table.classify(id, word, "ana", None, NOW).await.unwrap_err();
    assert!(refused.to_string().contains("uncertain"), "{refused}");
    let word = FollowUpStatus::Other("soon".to_owned());
    assert!(table.set_follow_up(id, word, None, NOW).await.is_err());
    let nobody = table.set_follow_up(999, FollowUpStatus::Pending, None, NOW).await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound { .. }), "{nobody}");

    let alerts = Repository::<_, transient_alert::Entity>::new(&writer);
    let open = alerts.list_alerts(None, Some(false), 10).await.unwrap().remove(0);
    let seen = alerts.acknowledge(open.id, "ana", Some("seen"), NOW).await.unwrap();
    assert_eq!((seen.acknowledged_by.as_deref(), seen.acknowledged_at), (Some("ana"), Some(NOW)));
    let again = alerts.acknowledge(open.id, "ben", Some("me too"), LATER).await.unwrap();
    assert_eq!(again, seen, "the first acknowledgement counts");
    assert!(alerts.acknowledge(999, "ana", None, NOW).await.is_err());
}
