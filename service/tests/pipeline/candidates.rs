//! Candidates.

use almanac_entity::astrid::{CandidateStatus, candidate};
use almanac_service::{
    Error, Repository,
    astrid::{CANDIDATE_STATES, CandidateFilter, Inferred, NewCandidate},
};
use sea_orm::prelude::{Decimal, Uuid};
use serde_json::json;

use crate::{
    passes::source,
    support::{Engine, engines},
    world::{World, after, long, resident},
};

engines! {
    ast_p2_04_sources_out_of_range_are_rejected_and_others_clamped,
    of_two_on_a_pixel_the_more_significant_stays,
    duplicates_are_nearer_than_the_radius_to_a_clearer_one,
    a_candidate_moves_as_its_states_allow,
    candidates_are_found_by_what_they_are,
    purged_candidates_are_old_and_came_to_nothing,
    ast_p2_13_candidates_are_inserted_in_bulk,
}

async fn ast_p2_04_sources_out_of_range_are_rejected_and_others_clamped(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Ranges").await;
    let run = world.differencing(survey.id, "a").await;
    let mut sources = vec![
        NewCandidate { significance: Some(4.6e9), position_angle_rad: Some(-0.5), ..source(0) },
        NewCandidate { snr: Some(-1e7), ra: 359.999_999_99, ..source(1) },
    ];
    sources.extend([
        NewCandidate { ra: 360.1, ..source(2) },
        NewCandidate { dec: -90.000_1, ..source(2) },
        NewCandidate { ra: f64::NAN, ..source(2) },
        NewCandidate { pixel_x: -1, ..source(2) },
        NewCandidate { ellipticity: Some(1.01), ..source(2) },
        NewCandidate { fwhm: Some(0.0), ..source(2) },
        NewCandidate { fwhm: Some(0.000_1), ..source(2) },
        NewCandidate { flux: Some(1e9), ..source(2) },
        NewCandidate { flux_error: Some(-0.1), ..source(2) },
    ]);
    let work = world.work(after(30));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    let outcome = candidates.insert_batch(run.id, &sources, after(30)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((outcome.inserted, outcome.rejected, outcome.same_pixel), (2, 9, 0));
    let stored = world.candidates(run.id).await;
    assert_eq!(stored[0].significance, Some(Decimal::new(9_999_999_999, 3)));
    assert_eq!(stored[0].position_angle, Some(Decimal::new(15_135, 2)));
    assert_eq!(stored[1].snr, Some(Decimal::new(-99_999_999, 3)));
    assert_eq!(stored[1].ra, Decimal::ZERO);

    let ended = world.differenced(survey.id, "ended", 1).await;
    let work = world.work(after(40));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    let late = candidates.insert_batch(ended.id, &sources, after(40)).await;
    assert!(matches!(late, Err(Error::InvalidTransition(_))), "{late:?}");
    let nowhere = candidates.insert_batch(Uuid::now_v7(), &sources, after(40)).await;
    assert!(matches!(nowhere, Err(Error::NotFound { .. })), "{nowhere:?}");
}

async fn of_two_on_a_pixel_the_more_significant_stays(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Pixels").await;
    let run = world.differencing(survey.id, "a").await;
    let of = |significance| NewCandidate { significance, ..source(0) };
    let work = world.work(after(30));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    let batch = [of(None), of(Some(7.0)), of(Some(7.0)), of(Some(6.0))];
    let first = candidates.insert_batch(run.id, &batch, after(30)).await.unwrap();
    assert_eq!((first.inserted, first.same_pixel), (1, 3));
    // A later batch of the same run.
    let weaker = candidates.insert_batch(run.id, &[of(Some(7.0))], after(31)).await.unwrap();
    assert_eq!((weaker.inserted, weaker.same_pixel), (0, 1));
    let batch = [of(Some(8.0)), source(1)];
    let stronger = candidates.insert_batch(run.id, &batch, after(31)).await.unwrap();
    assert_eq!((stronger.inserted, stronger.same_pixel), (2, 1));
    work.commit().await.unwrap();
    let stored = world.candidates(run.id).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].significance, Some(Decimal::from(8)));
}

async fn duplicates_are_nearer_than_the_radius_to_a_clearer_one(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Duplicates").await;
    let run = world.differencing(survey.id, "a").await;
    let at = |x, y, significance| NewCandidate {
        pixel_x: x,
        pixel_y: y,
        significance: Some(significance),
        ..source(0)
    };
    // The fifth lies just at the radius of the third.
    let sources = [
        at(100, 100, 50.0),
        at(103, 100, 10.0),
        at(104, 102, 20.0),
        at(107, 104, 5.0),
        at(100, 105, 7.0),
        at(97, 97, 60.0),
    ];
    let work = world.work(after(30));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    candidates.insert_batch(run.id, &sources, after(30)).await.unwrap();
    assert_eq!(candidates.mark_duplicates(run.id, 5.0, after(31)).await.unwrap(), 3);
    assert_eq!(candidates.mark_duplicates(run.id, 5.0, after(32)).await.unwrap(), 0);
    let refused = candidates.mark_duplicates(run.id, 0.0, after(32)).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    work.commit().await.unwrap();
    let kept: Vec<_> = world
        .candidates(run.id)
        .await
        .into_iter()
        .filter(|candidate| candidate.status == CandidateStatus::Pending)
        .map(|candidate| (candidate.pixel_x, candidate.pixel_y))
        .collect();
    // (97, 97) is the clearest and covers (100, 100); (104, 102) covers (103, 100) and (107, 104).
    assert_eq!(kept, [(97, 97), (104, 102), (100, 105)][..]);
    let [batch] = &world.audit("candidate.bulk_status").await[..] else { panic!("one row") };
    let values = batch.new_values.as_ref().unwrap();
    assert_eq!((&values["status"], &values["count"]), (&json!("duplicate"), &json!(3)));
    assert_eq!(values["ids_sha256"].as_str().unwrap().len(), 64);
}

async fn a_candidate_moves_as_its_states_allow(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("States").await;
    let run = world.differencing(survey.id, "a").await;
    let ways: [(CandidateStatus, &[CandidateStatus]); 5] = {
        use CandidateStatus::{Detected, Duplicate, Pending, Processing, Rejected};
        [
            (Pending, &[]),
            (Processing, &[Processing]),
            (Detected, &[Processing, Detected]),
            (Rejected, &[Rejected]),
            (Duplicate, &[Duplicate]),
        ]
    };
    let sources: Vec<_> = (0..25).map(source).collect();
    let work = world.work(after(30));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    candidates.insert_batch(run.id, &sources, after(30)).await.unwrap();
    work.commit().await.unwrap();
    let mut stored = world.candidates(run.id).await.into_iter();
    let mut allowed = 0;
    for (from, way) in ways {
        for (to, _) in ways {
            let id = stored.next().unwrap().id;
            let work = world.work(after(31));
            let candidates = work.table::<candidate::Entity>().await.unwrap();
            for status in way {
                candidates.set_status(id, *status, None, after(31)).await.unwrap();
            }
            let moved = candidates.set_status(id, to, Some("seen"), after(32)).await;
            if CANDIDATE_STATES.allows(&from, &to) {
                allowed += 1;
                assert_eq!(moved.unwrap().status, to);
            } else {
                assert!(matches!(moved, Err(Error::InvalidTransition(_))), "{from} {to}");
                assert_eq!(candidates.get(id).await.unwrap().status, from);
            }
            work.commit().await.unwrap();
        }
    }
    assert_eq!(allowed, 8);
    let reopened = world.audit("candidate.status").await;
    assert!(reopened.iter().any(|row| row.change_summary.as_deref() == Some("seen")));
}

async fn candidates_are_found_by_what_they_are(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Found").await;
    let run = world.differenced(survey.id, "a", 30).await;
    world.differenced(survey.id, "b", 5).await;
    let writer = world.writer().await;
    let candidates = Repository::<_, candidate::Entity>::new(&writer);
    let of_run = CandidateFilter { difference_run_id: Some(run.id), ..CandidateFilter::default() };
    let all = candidates.list_by(&of_run, 100, 0).await.unwrap();
    assert_eq!(all.len(), 30);
    assert!(all.windows(2).all(|pair| pair[0].significance >= pair[1].significance));
    let wanted = CandidateFilter {
        significance: (Some(10.0), Some(20.0)),
        snr: (None, Some(18.0)),
        is_blended: Some(false),
        statuses: vec![CandidateStatus::Pending],
        from: Some(after(0)),
        ..of_run.clone()
    };
    let found = candidates.list_by(&wanted, 100, 0).await.unwrap();
    let expected = (0..30).map(source).filter(|source| {
        let significance = source.significance.unwrap();
        (10.0..=20.0).contains(&significance) && source.snr.unwrap() <= 18.0 && !source.is_blended
    });
    assert_eq!(found.len(), expected.count());
    let turned = CandidateFilter { snr: (Some(2.0), Some(1.0)), ..CandidateFilter::default() };
    assert!(candidates.list_by(&turned, 100, 0).await.is_err());
    // 1.4e-4 degrees from one to the next.
    let near = candidates.cone_search(150.0, 2.0, 3e-4, &of_run, 100).await.unwrap();
    let pixels: Vec<_> = near.iter().map(|near| near.row.pixel_x).collect();
    assert_eq!(pixels, [0, 20, 40]);
    assert!(near[0].separation_arcsec < 1e-3 && near[2].separation_arcsec > 1.0);
}

async fn purged_candidates_are_old_and_came_to_nothing(engine: Engine) {
    use CandidateStatus::{Detected, Duplicate, Pending, Rejected};
    let world = World::new(engine).await;
    let survey = world.survey("Purged").await;
    let run = world.differenced(survey.id, "a", 1100).await;
    let other = world.differenced(survey.id, "b", 10).await;
    let model = world.deployed("net", "1").await;
    let inference = world.inferring(model.id, &run, after(40)).await;
    let all = world.candidates(run.id).await;
    let work = world.work(after(41));
    let runs = work.table::<almanac_entity::astrid::model_run::Entity>().await.unwrap();
    let scores: Vec<_> = all
        .iter()
        .map(|candidate| almanac_service::astrid::Score {
            candidate_id: Some(candidate.id),
            confidence: if candidate.pixel_y == 0 { 0.9 } else { 0.1 },
            ..Default::default()
        })
        .collect();
    runs.finish(inference.id, Some(run.id), &scores, Inferred::default(), after(41)).await.unwrap();
    work.commit().await.unwrap();

    let purge = async |before, statuses: &[CandidateStatus], limit| {
        let work = world.work(after(50));
        let candidates = work.table::<candidate::Entity>().await.unwrap();
        let purged = candidates.purge(before, statuses, limit).await;
        work.commit().await.unwrap();
        purged
    };
    for status in [Pending, Detected] {
        let refused = purge(after(50), &[Rejected, status], 10).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    }
    assert_eq!(purge(after(30), &[Rejected, Duplicate], 5000).await.unwrap(), 0);
    assert_eq!(purge(after(50), &[Duplicate], 5000).await.unwrap(), 0);
    assert_eq!(purge(after(50), &[Rejected], 6).await.unwrap(), 6);
    assert_eq!(purge(after(50), &[Rejected, Duplicate], 5000).await.unwrap(), 1030);
    assert_eq!(world.candidates(run.id).await.len(), 64);
    assert_eq!(world.candidates(other.id).await.len(), 10);
    let batches = world.audit("candidate.purge").await;
    let counts: Vec<_> = batches
        .iter()
        .map(|batch| batch.new_values.as_ref().unwrap()["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [6, 1000, 30]);
    assert!(batches.iter().all(|batch| batch.entity_id == run.id));
}

/// With the memory that it takes, which is AST-X-04.
async fn ast_p2_13_candidates_are_inserted_in_bulk(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Bulk").await;
    let batches = if long() { 1000 } else { 100 };
    let mut runs = Vec::new();
    for index in 0..batches {
        runs.push(world.differencing(survey.id, &format!("exposure {index}")).await.id);
    }
    let sources: Vec<_> = (0..256).map(source).collect();
    let before = resident();
    let start = std::time::Instant::now();
    for run in &runs {
        let work = world.work(after(30));
        let candidates = work.table::<candidate::Entity>().await.unwrap();
        candidates.insert_batch(*run, &sources, after(30)).await.unwrap();
        work.commit().await.unwrap();
    }
    let rate = 256.0 * f64::from(batches) / start.elapsed().as_secs_f64();
    let grown = resident().saturating_sub(before);
    eprintln!("{engine:?}: {rate:.0} candidates a second, {} MB more memory", grown / 1_000_000);
    assert_eq!(world.count("candidates").await, 256 * i64::from(batches));
    assert!(grown < 200_000_000, "{grown} bytes more");
    assert!(!long() || rate >= 2000.0, "{rate:.0} rows a second");
}
