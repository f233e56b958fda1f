//! What a calibration touched, and calibrations that are suspect.

use std::collections::BTreeMap;

use almanac_entity::{
    Database, Table, UnixTime,
    cal_registry::{self, CaltableType, calibration_applied, caltable},
    products::{
        self, alert, ese_candidate, image, mosaic, ms_index, photometry, transient_alert,
        transient_candidate, variability_stat,
    },
};
use almanac_service::{
    Error, Filter, Repository, Sessions, Work,
    access::{Operation, Principal, Role},
    calibration::{
        Cleared, Impact, Marked, Subject, Touch, Which, clear_suspect, mark_suspect, suspicions,
    },
};
use sea_orm::{ActiveValue::Set, sea_query::Expr};
use serde_json::json;

use crate::several::fill;

several! { [CalRegistry, Products]:
    all_that_a_calibration_touched_is_found,
    a_mark_shows_on_all_and_is_undone_exactly,
    a_mark_again_adds_what_is_missing,
    a_mark_that_is_half_done_is_told_and_completed,
    many_rows_are_marked_in_few_statements,
}

/// The middle of the observations, MJD.
const MID: f64 = 60_238.5;
const NOW: UnixTime = UnixTime(1_763_712_000.0);

fn set(path: &str, mid_mjd: f64) -> ms_index::ActiveModel {
    ms_index::ActiveModel {
        path: Set(path.to_owned()),
        mid_mjd: Set(Some(mid_mjd)),
        ..Default::default()
    }
}

fn picture(path: &str, ms_path: &str) -> image::ActiveModel {
    image::ActiveModel {
        path: Set(path.to_owned()),
        ms_path: Set(ms_path.to_owned()),
        created_at: Set(NOW),
        kind: Set("clean".into()),
        ..Default::default()
    }
}

fn point(image: &str, source: &str) -> photometry::ActiveModel {
    photometry::ActiveModel {
        image_path: Set(image.to_owned()),
        source_id: Set(source.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        peak_jyb: Set(0.1),
        measured_at: Set(NOW),
        ..Default::default()
    }
}

/// A set of two tables: applied to one measurement set, solved on a second, inferred for a third; a fourth
/// was calibrated with another set, and a fifth was observed at another time.
async fn observations(sessions: &Sessions) {
    let table = |set: &str, path: &str, start: f64, created: f64| caltable::ActiveModel {
        set_name: Set(set.to_owned()),
        path: Set(path.to_owned()),
        table_type: Set(CaltableType::Bp),
        order_index: Set(30),
        valid_start_mjd: Set(Some(start)),
        valid_end_mjd: Set(Some(start + 1.0)),
        created_at: Set(UnixTime(created)),
        source_ms_path: Set((set == "night").then(|| "/ms/calibrator".to_owned())),
        ..Default::default()
    };
    let tables = [
        table("night", "/cal/bp", MID - 0.5, 2.0),
        table("night", "/cal/gp", MID - 0.5, 2.0),
        table("other", "/cal/other", MID - 0.5, 1.0),
        table("other", "/cal/late", MID + 9.0, 1.0),
    ];
    fill(sessions, caltable::Entity, tables).await;
    let applied = |ms: &str, table: &str, success: bool| calibration_applied::ActiveModel {
        ms_path: Set(ms.to_owned()),
        caltable_path: Set(table.to_owned()),
        applied_at: Set(NOW),
        success: Set(Some(success)),
        ..Default::default()
    };
    let applications = [
        applied("/ms/applied", "/cal/bp", true),
        applied("/ms/gone", "/cal/gp", true),
        applied("/ms/else", "/cal/other", true),
        applied("/ms/else", "/cal/bp", false),
    ];
    fill(sessions, calibration_applied::Entity, applications).await;
    let sets = [
        set("/ms/applied", MID),
        set("/ms/calibrator", MID + 20.0),
        set("/ms/inferred", MID + 0.1),
        set("/ms/else", MID),
        set("/ms/late", MID + 9.5),
    ];
    fill(sessions, ms_index::Entity, sets).await;
    let names = ["applied", "inferred", "else", "late"];
    let images = names.map(|name| picture(&format!("/images/{name}"), &format!("/ms/{name}")));
    fill(sessions, image::Entity, images).await;
    let patchwork = |path: &str, tiles| mosaic::ActiveModel {
        path: Set(path.to_owned()),
        name: Set(path.to_owned()),
        created_at: Set(NOW),
        start_mjd: Set(MID),
        end_mjd: Set(MID),
        tiles: Set(Some(tiles)),
        ..Default::default()
    };
    let mosaics = [
        patchwork("/mosaics/touched", json!(["/images/else", 2]).into()),
        patchwork("/mosaics/clean", json!(["/images/else", "/images/late"]).into()),
    ];
    fill(sessions, mosaic::Entity, mosaics).await;
    let points = [
        point("/images/applied", "J1"),
        point("/images/inferred", "J1"),
        point("/images/inferred", "J2"),
        photometry::ActiveModel {
            mosaic_path: Set(Some("/mosaics/touched".to_owned())),
            ..point("/images/else", "J3")
        },
        point("/images/else", "J4"),
    ];
    fill(sessions, photometry::Entity, points).await;
    conclusions(sessions).await;
}

/// What was made of the measurements.
async fn conclusions(sessions: &Sessions) {
    let sources = ["J1", "J2", "J3", "J4"];
    let statistics = sources.map(|source| variability_stat::ActiveModel {
        source_id: Set(source.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        updated_at: Set(NOW),
        ..Default::default()
    });
    fill(sessions, variability_stat::Entity, statistics).await;
    let candidates = ["J1", "J4"].map(|source| ese_candidate::ActiveModel {
        source_id: Set(source.to_owned()),
        flagged_at: Set(NOW),
        significance: Set(6.0),
        flag_type: Set("variability".into()),
        notes: Set(Some("look again".to_owned())),
        ..Default::default()
    });
    fill(sessions, ese_candidate::Entity, candidates).await;
    let transient = |image: Option<&str>, mosaic: Option<i64>| transient_candidate::ActiveModel {
        image_path: Set(image.map(str::to_owned)),
        mosaic_id: Set(mosaic),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        detected_at: Set(NOW),
        ..Default::default()
    };
    let candidates = [
        transient(Some("/images/applied"), None),
        transient(None, Some(1)),
        transient(Some("/images/late"), Some(2)),
    ];
    fill(sessions, transient_candidate::Entity, candidates).await;
    let alerts = [1, 3].map(|candidate| transient_alert::ActiveModel {
        candidate_id: Set(candidate),
        alert_level: Set("HIGH".into()),
        alert_message: Set("look".to_owned()),
        created_at: Set(NOW),
        ..Default::default()
    });
    fill(sessions, transient_alert::Entity, alerts).await;
    let alerts = ["J2", "J4"].map(|source| alert::ActiveModel {
        source_id: Set(source.to_owned()),
        alert_type: Set("ese_candidate".into()),
        severity: Set("warning".into()),
        message: Set("look".to_owned()),
        sent_at: Set(NOW),
        ..Default::default()
    });
    fill(sessions, alert::Entity, alerts).await;
}

fn night() -> Subject {
    Subject::Set("night".to_owned())
}

fn work(sessions: &Sessions, operation: Operation, now: UnixTime) -> Work {
    let operator = Principal::new("ada", Role::Operator);
    sessions.work(Some(&operator), operation, None, now).unwrap()
}

async fn mark(sessions: &Sessions, subject: &Subject, now: f64) -> Marked {
    let work = work(sessions, Operation::MarkCalibrationSuspect, UnixTime(now));
    let marked = mark_suspect(&work, subject, "bad antenna").await.unwrap();
    work.commit().await.unwrap();
    marked
}

async fn clear(sessions: &Sessions, which: &Which, now: f64) -> almanac_service::Result<Cleared> {
    let work = work(sessions, Operation::ClearCalibrationSuspect, UnixTime(now));
    let cleared = clear_suspect(&work, which, Some("it is fine")).await?;
    work.commit().await?;
    Ok(cleared)
}

/// Keys of the rows of a table of the products on which a suspicion stands, with a question mark where
/// that is inferred.
async fn suspects<E: Table>(sessions: &Sessions, _table: E, keys: &[&str]) -> Vec<String> {
    let reader = sessions.reader(Database::Products).await.unwrap();
    let suspects = Repository::<_, products::suspect::Entity>::new(&reader);
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let standing = suspects.standing(E::default().table_name(), &keys).await.unwrap();
    let mut found: Vec<String> = standing
        .iter()
        .map(|(key, standing)| if standing[0].inferred { format!("{key}?") } else { key.clone() })
        .collect();
    found.sort();
    found
}

async fn all_that_a_calibration_touched_is_found(sessions: Sessions) {
    observations(&sessions).await;
    let registry = sessions.reader(Database::CalRegistry).await.unwrap();
    let products = sessions.reader(Database::Products).await.unwrap();
    let tables = night().tables(&registry).await.unwrap();
    assert_eq!(tables.len(), 2);
    let impact = Impact::of(&registry, &products, &tables).await.unwrap();
    let sets = BTreeMap::from([
        ("/ms/applied".to_owned(), Touch::Applied),
        ("/ms/calibrator".to_owned(), Touch::SolvedOn),
        ("/ms/gone".to_owned(), Touch::Applied),
        ("/ms/inferred".to_owned(), Touch::Inferred),
    ]);
    assert_eq!(impact.measurement_sets, sets);
    let touched = |list: &almanac_service::calibration::Touched<i64>| -> Vec<(i64, bool)> {
        list.iter().map(|(key, inferred)| (*key, inferred)).collect()
    };
    assert_eq!(touched(&impact.images), [(1, false), (2, true)]);
    assert_eq!(touched(&impact.mosaics), [(1, true)]);
    assert_eq!(touched(&impact.photometry), [(1, false), (2, true), (3, true), (4, true)]);
    let sources: Vec<_> = impact.variability_stats.iter().collect();
    let (j1, j2, j3) = ("J1".to_owned(), "J2".to_owned(), "J3".to_owned());
    assert_eq!(sources, [(&j1, false), (&j2, true), (&j3, true)]);
    assert_eq!(touched(&impact.ese_candidates), [(1, false)]);
    assert_eq!(touched(&impact.transient_candidates), [(1, false), (2, true)]);
    assert_eq!(touched(&impact.transient_alerts), [(1, false)]);
    assert_eq!(touched(&impact.alerts), [(1, true)]);
    assert!(!impact.truncated);

    let one = Subject::Caltable("/cal/gp".to_owned()).tables(&registry).await.unwrap();
    let impact = Impact::of(&registry, &products, &one).await.unwrap();
    assert_eq!(impact.measurement_sets.get("/ms/applied"), None);
    assert_eq!(impact.measurement_sets.get("/ms/gone"), Some(&Touch::Applied));
    let none = Subject::Set("none".to_owned()).tables(&registry).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

async fn a_mark_shows_on_all_and_is_undone_exactly(sessions: Sessions) {
    observations(&sessions).await;
    let reader = sessions.reader(Database::Products).await.unwrap();
    let candidates = Repository::<_, ese_candidate::Entity>::new(&reader);
    let before = candidates.get(1).await.unwrap();
    let marked = mark(&sessions, &night(), 1_000.0).await;
    assert!(!marked.stood);
    let added = [
        ("alert_history", 1),
        ("caltables", 2),
        ("ese_candidates", 1),
        ("images", 2),
        ("mosaics", 1),
        ("ms_index", 4),
        ("photometry", 4),
        ("transient_alerts", 1),
        ("transient_candidates", 2),
        ("variability_stats", 3),
    ];
    let added: BTreeMap<String, u64> = added.map(|(table, rows)| (table.to_owned(), rows)).into();
    assert_eq!(marked.added, added);

    assert_eq!(suspects(&sessions, image::Entity, &["1", "2", "3", "4"]).await, ["1", "2?"]);
    assert_eq!(suspects(&sessions, photometry::Entity, &["1", "2", "5"]).await, ["1", "2?"]);
    assert_eq!(suspects(&sessions, variability_stat::Entity, &["J1", "J4"]).await, ["J1"]);
    assert_eq!(suspects(&sessions, ese_candidate::Entity, &["1", "2"]).await, ["1"]);
    let registry = sessions.reader(Database::CalRegistry).await.unwrap();
    let tables = Repository::<_, cal_registry::suspect::Entity>::new(&registry);
    let standing = tables.standing("caltables", &["1".to_owned(), "3".to_owned()]).await.unwrap();
    assert_eq!(standing.len(), 1);
    assert_eq!(standing["1"][0].suspicion, marked.suspicion);
    let states = suspicions(&sessions, false, 10).await.unwrap();
    assert_eq!((states.len(), states[0].complete, &states[0].rows), (1, true, &added));

    // Two suspicions are two, and each is cleared by itself.
    let other = mark(&sessions, &Subject::Caltable("/cal/bp".to_owned()), 1_500.0).await;
    let cleared = clear(&sessions, &Which::Of(night()), 2_000.0).await.unwrap();
    assert_eq!(cleared.suspicions.len(), 1);
    assert_eq!(cleared.suspicions[0].mark, marked.suspicion.mark);
    assert_eq!(suspects(&sessions, image::Entity, &["1"]).await, ["1"]);
    clear(&sessions, &Which::Mark(other.suspicion.mark), 2_500.0).await.unwrap();
    assert!(suspects(&sessions, image::Entity, &["1", "2"]).await.is_empty());
    assert_eq!(candidates.get(1).await.unwrap(), before);
    assert!(suspicions(&sessions, false, 10).await.unwrap().is_empty());
    let all = suspicions(&sessions, true, 10).await.unwrap();
    assert_eq!((all.len(), all.iter().all(|state| state.complete)), (2, true));
    let again = clear(&sessions, &Which::Of(night()), 3_000.0).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));
    assert!(!mark(&sessions, &night(), 4_000.0).await.stood, "a new suspicion");

    let work = work(&sessions, Operation::MarkCalibrationSuspect, NOW);
    let refused = mark_suspect(&work, &night(), " ").await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn a_mark_again_adds_what_is_missing(sessions: Sessions) {
    observations(&sessions).await;
    let first = mark(&sessions, &night(), 1_000.0).await;
    let again = mark(&sessions, &night(), 2_000.0).await;
    assert!(again.stood && again.added.is_empty());
    assert_eq!(again.suspicion, first.suspicion);
    fill(&sessions, photometry::Entity, [point("/images/applied", "J1")]).await;
    let again = mark(&sessions, &night(), 3_000.0).await;
    assert_eq!(again.added, BTreeMap::from([("photometry".to_owned(), 1)]));
}

async fn a_mark_that_is_half_done_is_told_and_completed(sessions: Sessions) {
    observations(&sessions).await;
    // A process died between the two commits: the products know nothing of it.
    let suspicion = cal_registry::suspicion::ActiveModel {
        mark: Set("m".to_owned()),
        subject_kind: Set("set".to_owned()),
        subject: Set("night".to_owned()),
        reason: Set("the first reason".to_owned()),
        marked_by: Set("bob".to_owned()),
        marked_at: Set(UnixTime(500.0)),
        ..Default::default()
    };
    fill(&sessions, cal_registry::suspicion::Entity, [suspicion]).await;
    assert!(!suspicions(&sessions, false, 10).await.unwrap()[0].complete);
    let marked = mark(&sessions, &night(), 1_000.0).await;
    assert!(marked.stood);
    assert_eq!((marked.suspicion.mark.as_str(), marked.suspicion.marked_by.as_str()), ("m", "bob"));
    assert!(suspicions(&sessions, false, 10).await.unwrap()[0].complete);
    assert_eq!(suspects(&sessions, image::Entity, &["1"]).await, ["1"]);

    // The other way round, and between the commits of its end.
    for database in [Database::CalRegistry, Database::Products] {
        let writer = sessions.writer(database).await.unwrap();
        let at = Expr::val(1_500.0);
        if database == Database::CalRegistry {
            use cal_registry::suspicion::{Column::ClearedAt, Entity};
            let table = Repository::<_, Entity>::new(&writer);
            let standing = Filter::Null(ClearedAt, true);
            table.update_where(&standing, [(ClearedAt, at)]).await.unwrap();
        } else {
            use products::suspicion::{Column::ClearedAt, Entity};
            let table = Repository::<_, Entity>::new(&writer);
            let standing = Filter::Null(ClearedAt, true);
            table.update_where(&standing, [(ClearedAt, at)]).await.unwrap();
        }
        let states = suspicions(&sessions, false, 10).await.unwrap();
        assert_eq!((states.len(), states[0].complete), (1, false), "{database}");
        let cleared = clear(&sessions, &Which::Of(night()), 2_000.0).await.unwrap();
        assert_eq!(cleared.suspicions.len(), 1);
        let clearing = cleared.suspicions[0].cleared.as_ref().unwrap();
        assert_eq!(clearing.at, UnixTime(1_500.0), "it was cleared then");
        assert!(suspicions(&sessions, false, 10).await.unwrap().is_empty());
        mark(&sessions, &night(), 3_000.0).await;
    }
}

async fn many_rows_are_marked_in_few_statements(sessions: Sessions) {
    observations(&sessions).await;
    let points = (0..20_000).map(|number| point("/images/applied", &format!("S{}", number % 100)));
    fill(&sessions, photometry::Entity, points).await;
    let before = sessions.statements();
    let marked = mark(&sessions, &night(), 1_000.0).await;
    let statements = sessions.statements() - before;
    assert_eq!(marked.added["photometry"], 20_004);
    // Five hundred rows a statement, and as many records of them.
    assert!(statements < 2 * 20_000 / 500 + 100, "{statements}");
    let before = sessions.statements();
    clear(&sessions, &Which::Of(night()), 2_000.0).await.unwrap();
    assert!(sessions.statements() - before < 40);
}
