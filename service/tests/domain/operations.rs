//! Pointings, alerts, files of quality assurance and places for files.

use almanac_entity::{
    UnixTime,
    products::{
        AlertType, QaArtifactCategory, QaArtifactType, Severity, StorageStatus, alert, pointing,
        qa_artifact, storage_location,
    },
};
use almanac_service::{
    Error, Filter, Repository, Writer,
    products::{AlertOutcome, NewAlert, NewArtifact, NewPointing, StoragePlace, artifact_type_of},
};
use sea_orm::ActiveValue::Set;

engines! { Products:
    a_pointing_of_the_same_time_is_replaced,
    old_times_are_mjd,
    a_long_history_is_thinned,
    the_telescope_moves_in_declination,
    pointings_of_other_databases_are_merged,
    one_alert_an_hour_is_enough,
    an_artifact_of_the_same_name_is_replaced,
    places_are_registered_once,
}

const NOW: UnixTime = UnixTime(1_760_000_000.0);

fn later(seconds: f64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

fn at(seconds: f64, dec_deg: f64) -> NewPointing {
    NewPointing { timestamp: later(seconds), ra_deg: 10.0, dec_deg, ..NewPointing::default() }
}

fn pointings(writer: &Writer) -> Repository<'_, Writer, pointing::Entity> {
    Repository::new(writer)
}

async fn a_pointing_of_the_same_time_is_replaced(writer: Writer) {
    let pointings = pointings(&writer);
    let first = NewPointing { field_name: Some("J0834+54".to_owned()), ..at(0.0, 54.57) };
    pointings.log(first).await.unwrap();
    let second = pointings.log(at(0.0, 16.27)).await.unwrap();
    assert_eq!((second.dec_deg, second.field_name), (16.27, None));
    assert!((second.mjd.unwrap() - NOW.mjd()).abs() < 1e-9);
    assert_eq!(pointings.count(&Filter::default()).await.unwrap(), 1);
    for wrong in [
        NewPointing { timestamp: UnixTime(60_950.5), ..at(0.0, 0.0) },
        NewPointing { ra_deg: 360.0, ..at(0.0, 0.0) },
        NewPointing { dec_deg: -91.0, ..at(0.0, 0.0) },
    ] {
        assert!(matches!(pointings.log(wrong).await, Err(Error::Invalid { .. })));
    }
}

async fn old_times_are_mjd(writer: Writer) {
    let pointings = pointings(&writer);
    pointings.log(at(0.0, 54.57)).await.unwrap();
    pointings.log(at(7_200.0, 54.57)).await.unwrap();
    // As older writers stored it, between the two.
    let old = pointing::ActiveModel {
        timestamp: Set(UnixTime(later(3_600.0).mjd())),
        mjd: Set(None),
        ra_deg: Set(1.0),
        dec_deg: Set(16.27),
        ..Default::default()
    };
    pointings.insert(old).await.unwrap();
    let history = pointings.history(NOW, later(7_200.0), 100).await.unwrap();
    let times: Vec<f64> = history.iter().map(|point| (point.timestamp.0 - NOW.0).round()).collect();
    assert_eq!(times, [0.0, 3_600.0, 7_200.0]);
    assert_eq!(pointings.history(later(1.0), later(3_601.0), 100).await.unwrap().len(), 1);
    let latest = pointings.latest().await.unwrap().unwrap();
    assert_eq!(latest.timestamp, later(7_200.0));
}

async fn a_long_history_is_thinned(writer: Writer) {
    let pointings = pointings(&writer);
    for step in 0..101 {
        pointings.log(at(f64::from(step) * 300.0, 54.57)).await.unwrap();
    }
    let to = later(100_000.0);
    for most in [2, 3, 7, 50, 100, 101, 10_000] {
        let history = pointings.history(NOW, to, most).await.unwrap();
        let seconds = |index: usize| history[index].timestamp.0 - NOW.0;
        assert!(history.len() <= usize::try_from(most).unwrap(), "{most}: {}", history.len());
        assert!(history.len() >= 101.min(usize::try_from(most).unwrap() / 2), "{most}");
        assert_eq!((seconds(0), seconds(history.len() - 1)), (0.0, 30_000.0), "{most}");
        assert!(history.is_sorted_by(|a, b| a.timestamp.0 < b.timestamp.0));
    }
    for most in [0, 1, 10_001] {
        let refused = pointings.history(NOW, to, most).await.unwrap_err();
        assert!(refused.to_string().starts_with("max_points: "), "{refused}");
    }
    assert!(pointings.history(to, NOW, 10).await.is_err());
}

async fn the_telescope_moves_in_declination(writer: Writer) {
    let pointings = pointings(&writer);
    // Small steps that add up, a slew, and a return.
    for (hour, dec) in [54.57, 54.77, 54.97, 55.17, 16.27, 16.27, 54.57].into_iter().enumerate() {
        pointings.log(at(hour as f64 * 3_600.0, dec)).await.unwrap();
    }
    let changes = pointings.declination_changes(NOW, later(86_400.0), 0.5).await.unwrap();
    let found: Vec<(f64, f64, f64)> = changes
        .iter()
        .map(|change| ((change.at.0 - NOW.0) / 3_600.0, change.from_deg, change.to_deg))
        .collect();
    assert_eq!(found, [(3.0, 54.57, 55.17), (4.0, 55.17, 16.27), (6.0, 16.27, 54.57)]);

    let shares = pointings.summary(1.0, later(10.0 * 3_600.0)).await.unwrap();
    let found: Vec<(f64, u64, f64)> =
        shares.iter().map(|share| (share.dec_deg, share.pointings, share.hours.round())).collect();
    assert_eq!(found[0], (54.6, 2, 5.0));
    assert_eq!(found[1], (16.3, 2, 2.0));
    assert_eq!(found.len(), 5);
    assert!((shares.iter().map(|share| share.fraction).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(pointings.summary(367.0, NOW).await.is_err());
    assert!(pointings.declination_changes(NOW, later(1.0), 0.0).await.is_err());
}

async fn pointings_of_other_databases_are_merged(writer: Writer) {
    let pointings = pointings(&writer);
    pointings.log(at(0.0, 54.57)).await.unwrap();
    let others = [
        (later(0.000_2), 1.0, 2.0),
        (UnixTime(later(300.0).mjd()), 3.0, 4.0),
        (later(300.0), 5.0, 6.0),
        (later(600.0), 7.0, 8.0),
    ];
    assert_eq!(pointings.merge(&others).await.unwrap(), 2);
    assert_eq!(pointings.merge(&others).await.unwrap(), 0);
    assert_eq!(pointings.merge(&[]).await.unwrap(), 0);
    let all = pointings.history(NOW, later(900.0), 100).await.unwrap();
    let decs: Vec<f64> = all.iter().map(|point| point.dec_deg).collect();
    assert_eq!(decs, [54.57, 4.0, 8.0]);
}

fn alert(source_id: &str) -> NewAlert {
    NewAlert {
        source_id: source_id.to_owned(),
        alert_type: AlertType::EseCandidate,
        severity: Severity::Warning,
        message: "6 sigma".to_owned(),
        channel: Some("#ese-alerts".to_owned()),
    }
}

async fn one_alert_an_hour_is_enough(writer: Writer) {
    let alerts = Repository::<_, alert::Entity>::new(&writer);
    let send = async |source: &str, seconds: f64, outcome: Result<(), String>| {
        alerts.send(alert(source), later(seconds), outcome).await.unwrap()
    };
    // What nobody received silences nobody.
    let AlertOutcome::Sent(lost) = send("S1", 0.0, Err("no answer".to_owned())).await else {
        panic!("suppressed")
    };
    assert_eq!((lost.success, lost.error_msg.as_deref()), (Some(false), Some("no answer")));
    let AlertOutcome::Sent(sent) = send("S1", 60.0, Ok(())).await else { panic!("suppressed") };
    for seconds in [61.0, 3_659.9] {
        let outcome = send("S1", seconds, Err("in vain".to_owned())).await;
        assert_eq!(outcome, AlertOutcome::Suppressed(sent.clone()));
    }
    assert!(matches!(send("S2", 61.0, Ok(())).await, AlertOutcome::Sent(_)));
    assert!(matches!(send("S1", 3_660.0, Ok(())).await, AlertOutcome::Sent(_)));

    let listed = alerts.list_sent(None, None, Some(later(60.0)), 2).await.unwrap();
    let sources: Vec<&str> = listed.iter().map(|alert| alert.source_id.as_str()).collect();
    assert_eq!(sources, ["S1", "S2"]);
    let none = alerts.list_sent(Some(&AlertType::SystemError), None, None, 9).await.unwrap();
    assert!(none.is_empty());
    let stats = alerts.stats(None).await.unwrap();
    assert_eq!((stats.total, stats.failed), (4, 1));
    assert_eq!(stats.by_severity, [(Severity::Warning, 4)]);
    let blank = alerts.send(alert(" "), NOW, Ok(())).await.unwrap_err();
    assert!(blank.to_string().starts_with("source_id: "), "{blank}");
}

async fn an_artifact_of_the_same_name_is_replaced(writer: Writer) {
    let artifacts = Repository::<_, qa_artifact::Entity>::new(&writer);
    let new = |group: &str, name: &str, category| NewArtifact {
        group_id: group.to_owned(),
        name: name.to_owned(),
        path: format!("/qa/{group}/{name}"),
        kind: artifact_type_of(name),
        category,
    };
    let imaging = Some(QaArtifactCategory::Imaging);
    let first = artifacts.add(new("g1", "a.png", imaging.clone()), NOW).await.unwrap();
    artifacts.add(new("g1", "b.csv", None), later(1.0)).await.unwrap();
    artifacts.add(new("g2", "a.png", imaging.clone()), later(2.0)).await.unwrap();
    let again = artifacts.add(new("g1", "a.png", None), later(3.0)).await.unwrap();
    assert_eq!((again.id, again.category, again.created_at), (first.id, None, later(3.0)));

    let plots = artifacts.list_artifacts(None, None, Some(&QaArtifactType::Plot), 9).await.unwrap();
    let groups: Vec<&str> = plots.iter().map(|row| row.group_id.as_str()).collect();
    assert_eq!(groups, ["g1", "g2"]);
    let of_group = artifacts.list_artifacts(Some("g1"), imaging.as_ref(), None, 9).await.unwrap();
    assert!(of_group.is_empty());
    let groups = artifacts.groups_with_artifacts(9).await.unwrap();
    let groups: Vec<_> =
        groups.iter().map(|group| (group.group_id.as_str(), group.artifacts)).collect();
    assert_eq!(groups, [("g1", 2), ("g2", 1)]);
    assert!(artifacts.add(new("", "a.png", None), NOW).await.is_err());
}

fn place(location_type: &str, base_path: &str) -> StoragePlace {
    StoragePlace {
        location_type: location_type.to_owned(),
        base_path: base_path.to_owned(),
        description: None,
        notes: None,
    }
}

async fn places_are_registered_once(writer: Writer) {
    let places = Repository::<_, storage_location::Entity>::new(&writer);
    let seeds = || vec![place("images", "/stage/images"), place("mosaics", "/stage/mosaics")];
    assert!(places.seed(vec![place("images", "stage")], NOW).await.is_err());
    assert_eq!(places.seed(seeds(), NOW).await.unwrap(), 2);
    assert_eq!(places.seed(seeds(), NOW).await.unwrap(), 0);

    let described =
        StoragePlace { description: Some("Images".to_owned()), ..place("images", "/stage/images") };
    let images = places.register(described, later(1.0)).await.unwrap();
    assert_eq!((images.registered_at, images.description.as_deref()), (NOW, Some("Images")));
    places.deactivate(images.id).await.unwrap();
    let active = places.list_places(None, Some(&StorageStatus::Active)).await.unwrap();
    assert_eq!(
        active.iter().map(|row| row.base_path.as_str()).collect::<Vec<_>>(),
        ["/stage/mosaics"]
    );
    let again = places.register(place("images", "/stage/images"), later(2.0)).await.unwrap();
    assert_eq!((again.id, again.status), (images.id, Some(StorageStatus::Active)));
    assert_eq!(again.description.as_deref(), Some("Images"));
    assert_eq!(places.list_places(Some("images"), None).await.unwrap().len(), 1);
    assert!(matches!(places.deactivate(99).await, Err(Error::NotFound { .. })));
}
