//! The states of an observation.

use almanac_entity::astrid::{ObservationStatus, observation, processing_job};
use almanac_service::{
    Error, Filter, Row,
    access::{Operation, Principal, Role},
    astrid::{OBSERVATION_STATES, estimated_airmass, observation_metrics},
};
use sea_orm::prelude::{Decimal, Uuid};

use crate::{
    support::{Engine, engines},
    world::{World, after, exposure, now},
};
use ObservationStatus::{
    Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
};

engines! {
    ast_p1_11_fourteen_of_forty_nine_moves_are_allowed,
    ast_p1_11_one_of_two_moves_at_once_succeeds,
    what_failed_is_tried_again_and_put_away,
    observations_to_be_worked_on_come_in_order,
    an_observation_has_its_metrics,
}

/// The table of the specification, written once more.
const ALLOWED: [(ObservationStatus, &[ObservationStatus]); 7] = [
    (Ingested, &[Preprocessing, Failed, Archived]),
    (Preprocessing, &[Preprocessed, Failed]),
    (Preprocessed, &[Differencing, Failed, Archived]),
    (Differencing, &[Differenced, Failed]),
    (Differenced, &[Archived, Failed]),
    (Failed, &[Ingested, Archived]),
    (Archived, &[]),
];

/// How an observation comes to a state.
fn way(to: ObservationStatus) -> &'static [ObservationStatus] {
    const FORWARD: [ObservationStatus; 4] =
        [Preprocessing, Preprocessed, Differencing, Differenced];
    match to {
        Ingested => &[],
        Failed => &[Failed],
        Archived => &[Archived],
        Preprocessing => &FORWARD[..1],
        Preprocessed => &FORWARD[..2],
        Differencing => &FORWARD[..3],
        Differenced => &FORWARD,
    }
}

async fn ast_p1_11_fourteen_of_forty_nine_moves_are_allowed(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Ways").await.id;
    let (mut allowed, mut refused) = (0, 0);
    for (from, targets) in ALLOWED {
        for (to, _) in ALLOWED {
            let work = world.work(now());
            let table = work.table::<observation::Entity>().await.unwrap();
            let new = exposure(survey, &format!("{from} to {to}"), 1.0, 2.0);
            let id = table.ingest(&new, now()).await.unwrap().id;
            for step in way(from) {
                table.transition(id, *step, None, now()).await.unwrap();
            }
            let before = table.get(id).await.unwrap();
            work.commit().await.unwrap();
            let lines = world.count("audit_log").await;

            let work = world.work(after(1));
            let table = work.table::<observation::Entity>().await.unwrap();
            let moved = table.transition(id, to, Some("because"), after(1)).await;
            let now_there = table.get(id).await.unwrap();
            work.commit().await.unwrap();
            let written = world.count("audit_log").await - lines;
            if targets.contains(&to) {
                allowed += 1;
                assert_eq!((moved.unwrap().status, now_there.updated_at), (to, after(1)));
                assert_eq!(written, 1);
            } else {
                refused += 1;
                assert!(matches!(moved, Err(Error::InvalidTransition(_))), "{from} to {to}");
                assert_eq!((now_there, written), (before, 0));
            }
        }
    }
    assert_eq!((allowed, refused), (14, 35));
    let moves = world.audit("observation.status").await;
    let because = moves.iter().filter(|line| line.change_summary.as_deref() == Some("because"));
    assert_eq!(because.count(), 14);
    assert!(OBSERVATION_STATES.targets(&Archived).is_empty());

    let work = world.work(after(1));
    let table = work.table::<observation::Entity>().await.unwrap();
    let nobody = table.transition(Uuid::nil(), Failed, None, after(1)).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
}

async fn ast_p1_11_one_of_two_moves_at_once_succeeds(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Race").await.id;
    for round in 0..10 {
        let id = world.observation(survey, &format!("{round}")).await.id;
        // From either of the two there is no way to the other. Each has sessions of its own, as two processes do.
        let racers = [Preprocessing, Archived].map(|to| {
            let sessions = world.test.sessions();
            tokio::spawn(async move {
                let (ada, operation) =
                    (Principal::new("ada", Role::Operator), Operation::WorkOnAstridJobs);
                let work = sessions.work(Some(&ada), operation, None, after(1).into()).unwrap();
                let table = work.table::<observation::Entity>().await.unwrap();
                let moved = table.transition(id, to, None, after(1)).await;
                work.commit().await.unwrap();
                moved
            })
        });
        let mut won = Vec::new();
        for racer in racers {
            match racer.await.unwrap() {
                Ok(moved) => won.push(moved.status),
                Err(error) => assert!(matches!(error, Error::InvalidTransition(_)), "{error}"),
            }
        }
        let rows = world.rows::<observation::Entity>().await;
        let row = rows.iter().find(|row| row.id == id).unwrap();
        assert_eq!(won, [row.status], "one of them");
        let lines = world.audit("observation.status").await;
        assert_eq!(lines.iter().filter(|line| line.entity_id == id).count(), 1);
    }
}

async fn what_failed_is_tried_again_and_put_away(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Again").await.id;
    let id = world.observation(survey, "a").await.id;
    let work = world.work(after(1));
    let table = work.table::<observation::Entity>().await.unwrap();
    let early = table.retry(id, after(1)).await;
    assert!(matches!(early, Err(Error::InvalidTransition(_))), "{early:?}");
    table.transition(id, Failed, None, after(1)).await.unwrap();
    assert_eq!(table.retry(id, after(1)).await.unwrap().status, Ingested);
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    assert_eq!(jobs.count(&Filter::default()).await.unwrap(), 1, "it waits there already");
    table.transition(id, Preprocessing, None, after(1)).await.unwrap();
    let at_work = table.archive(id, None, after(1)).await;
    assert!(matches!(at_work, Err(Error::InvalidTransition(_))), "{at_work:?}");
    table.transition(id, Failed, None, after(1)).await.unwrap();
    assert_eq!(table.archive(id, Some("clouds"), after(2)).await.unwrap().status, Archived);
    work.commit().await.unwrap();
    assert_eq!(world.audit("observation.retry").await.len(), 1);
    let [archived] = &world.audit("observation.archive").await[..] else { panic!("one line") };
    assert_eq!(archived.change_summary.as_deref(), Some("clouds"));
}

async fn observations_to_be_worked_on_come_in_order(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Order").await.id;
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    for minutes in [5, 1, 9, 3] {
        let mut new = exposure(survey, &format!("{minutes}"), 1.0, 2.0);
        new.observation_time -= chrono::Duration::minutes(minutes);
        table.ingest(&new, now()).await.unwrap();
    }
    let first = table.for_processing(Ingested, 3).await.unwrap();
    let names: Vec<_> = first.iter().map(|row| row.observation_id.as_str()).collect();
    assert_eq!(names, ["9", "5", "3"]);
    assert!(table.for_processing(Failed, 3).await.unwrap().is_empty());
    for limit in [0, 1001] {
        let refused = table.for_processing(Ingested, limit).await;
        assert!(matches!(refused, Err(Error::Invalid { rule: Some("range"), .. })));
    }
}

async fn an_observation_has_its_metrics(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Metrics").await.id;
    let mut row = world.observation(survey, "a").await;
    for (status, next, can_process) in [
        (Ingested, Some("preprocessing"), true),
        (Preprocessing, None, false),
        (Preprocessed, Some("differencing"), true),
        (Differencing, None, false),
        (Differenced, Some("detection"), false),
        (Failed, None, false),
        (Archived, None, false),
    ] {
        row.status = status;
        let metrics = observation_metrics(&Row::of_model(&row));
        assert_eq!((metrics.next_stage, metrics.can_process), (next, can_process), "{status}");
    }
    assert!(!observation_metrics(&Row::of_model(&row)).has_fits_file);
    row.fits_file_path = Some("a.fits".to_owned());
    assert!(
        observation_metrics(&Row::of_model(&row)).has_fits_file
            && !observation_metrics(&Row::of_model(&row)).has_thumbnail
    );

    row.dec = Decimal::from(10);
    for (latitude, airmass) in
        [(10.0, "1"), (70.0, "2"), (-35.0, "1.41"), (89.9, "5.70"), (90.0, "10"), (-70.0, "10")]
    {
        let airmass: Decimal = airmass.parse().unwrap();
        assert_eq!(
            estimated_airmass(&Row::of_model(&row), latitude).unwrap(),
            airmass,
            "{latitude}"
        );
    }
    row.airmass = Some(Decimal::new(321, 2));
    assert_eq!(estimated_airmass(&Row::of_model(&row), 89.0).unwrap(), Decimal::new(321, 2));
    assert!(estimated_airmass(&Row::of_model(&row), 91.0).is_err());
}
