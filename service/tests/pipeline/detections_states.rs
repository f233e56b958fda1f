//! What people make of detections, and how detections are found.

use almanac_entity::astrid::{DetectionStatus, DetectionType, detection};
use almanac_service::{
    Error, Repository,
    astrid::{DETECTION_STATES, DetectionFilter, Score},
};
use sea_orm::ActiveValue::{Set, Unchanged};

use crate::{
    detections::{finish, score, scoring},
    support::{Engine, engines},
    world::{World, after},
};

engines! {
    a_detection_moves_as_its_states_allow,
    detections_are_found_by_what_they_are,
}

async fn a_detection_moves_as_its_states_allow(engine: Engine) {
    use DetectionStatus::{Archived, Confirmed, Pending, Rejected, Validated, Validating};

    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 36).await;
    let candidates = world.candidates(difference.id).await;
    let scores: Vec<_> = candidates.iter().map(|one| score(one, 0.9)).collect();
    finish(&world, (&difference, &run), &scores).await.unwrap();
    let mut stored = world.rows::<detection::Entity>().await.into_iter();
    let writer = world.writer().await;
    for from in [Pending, Validating, Validated, Rejected, Confirmed, Archived] {
        for verb in ["review", "reject", "confirm", "archive"] {
            let id = stored.next().unwrap().id;
            let was_valid = matches!(from, Validated | Confirmed);
            let there = detection::ActiveModel {
                id: Unchanged(id),
                status: Set(from),
                is_validated: Set(was_valid),
                ..Default::default()
            };
            Repository::<_, detection::Entity>::new(&writer).update(there).await.unwrap();
            let work = world.work(after(50));
            let detections = work.table::<detection::Entity>().await.unwrap();
            let (moved, allowed) = match verb {
                "review" => (detections.open_review(id, after(50)).await, from == Pending),
                "reject" => {
                    (detections.reject(id, "a satellite", after(50)).await, from == Pending)
                }
                "confirm" => {
                    (detections.confirm(id, "a spectrum", after(50)).await, from == Validated)
                }
                _ => (detections.archive(id, None, after(50)).await, from != Archived),
            };
            assert_eq!(moved.is_ok(), allowed, "{verb} {from}: {moved:?}");
            if let Ok(moved) = moved {
                assert!(DETECTION_STATES.allows(&from, &moved.status));
                assert_eq!(moved.is_validated, was_valid);
                work.commit().await.unwrap();
            } else {
                assert!(matches!(moved, Err(Error::InvalidTransition(_))), "{moved:?}");
                work.undo().await;
            }
        }
    }
    let work = world.work(after(50));
    let detections = work.table::<detection::Entity>().await.unwrap();
    let silent = detections.reject(stored.next().unwrap().id, " ", after(50)).await;
    assert!(matches!(silent, Err(Error::Invalid { rule: Some("required"), .. })), "{silent:?}");
    work.undo().await;
    for (action, many) in [("status", 2), ("confirm", 1), ("archive", 5)] {
        assert_eq!(world.audit(&format!("detection.{action}")).await.len(), many, "{action}");
    }
}

async fn detections_are_found_by_what_they_are(engine: Engine) {
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 10).await;
    let candidates = world.candidates(difference.id).await;
    let scores: Vec<_> = candidates
        .iter()
        .zip(1..)
        .map(|(one, tenths): (_, u8)| Score {
            detection_type: Some(DetectionType::Variable).filter(|_| tenths == 9),
            ..score(one, f64::from(tenths) / 10.0)
        })
        .collect();
    finish(&world, (&difference, &run), &scores).await.unwrap();
    let writer = world.writer().await;
    let detections = Repository::<_, detection::Entity>::new(&writer);
    let all = DetectionFilter { model_run_id: Some(run.id), ..DetectionFilter::default() };
    let count = async |filter: &DetectionFilter| {
        let found = detections.list_by(filter, 100, 0).await.unwrap();
        let counted = detections.count(&filter.to_filter().unwrap()).await.unwrap();
        assert_eq!(found.len() as u64, counted);
        found.len()
    };
    assert_eq!(count(&all).await, 6);
    let filter = DetectionFilter { confidence: (Some(0.6), Some(0.8)), ..all.clone() };
    assert_eq!(count(&filter).await, 3);
    let filter = DetectionFilter { types: vec![DetectionType::Variable], ..all.clone() };
    assert_eq!(count(&filter).await, 1);
    let filter = DetectionFilter { statuses: vec![DetectionStatus::Rejected], ..all.clone() };
    assert_eq!(count(&filter).await, 0);
    let filter = DetectionFilter { model_version: Some("2.1'".to_owned()), ..all.clone() };
    assert_eq!(count(&filter).await, 0);
    let filter = DetectionFilter {
        model_version: Some("2.1".to_owned()),
        is_validated: Some(false),
        observation_id: Some(difference.observation_id),
        from: Some(after(45)),
        to: Some(after(45)),
        ..all.clone()
    };
    assert_eq!(count(&filter).await, 6);
    let turned = DetectionFilter { from: Some(after(2)), to: Some(after(1)), ..all.clone() };
    assert!(detections.list_by(&turned, 100, 0).await.is_err());
    let last = candidates.last().unwrap();
    let (ra, dec) = (f64::try_from(last.ra).unwrap(), f64::try_from(last.dec).unwrap());
    let near = detections.cone_search(ra, dec, 2e-4, &all, 10).await.unwrap();
    assert_eq!(near.len(), 2);
    assert_eq!(near[0].row.candidate_id, Some(last.id));
}
