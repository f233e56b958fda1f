//! Votes of reviewers, and what they come to.

use DetectionStatus::{Archived, Confirmed, Pending, Rejected, Validated, Validating};
use almanac_entity::astrid::{
    ConfidenceLevel, DetectionStatus, QualityLevel, detection, validation_event,
};
use almanac_service::{
    Error, Repository, Work,
    access::{Principal, Role},
    astrid::{ValidationFilter, Vote},
};
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::{
    curation::{Scene, work_of},
    support::{Engine, engines},
    world::after,
};

engines! {
    ast_p4_01_the_worked_cases_come_out,
    ast_p4_01_votes_are_revised_and_withdrawn,
    ast_p4_01_the_setting_is_heeded,
    ast_p4_02_nobody_votes_twice,
    ast_p4_02_reviewers_vote_at_the_same_moment,
    ast_p4_03_the_queue_has_what_is_undecided,
    votes_are_their_reviewers_own,
    decided_detections_take_no_votes,
    labels_go_with_votes,
    many_detections_are_voted_on_at_once,
    votes_are_listed,
}

fn valid(level: Option<ConfidenceLevel>, label: Option<&str>) -> Vote {
    vote(true, level, label)
}

fn invalid(level: Option<ConfidenceLevel>, label: Option<&str>) -> Vote {
    vote(false, level, label)
}

fn vote(is_valid: bool, level: Option<ConfidenceLevel>, label: Option<&str>) -> Vote {
    Vote { confidence_level: level, label: label.map(str::to_owned), ..Vote::new(is_valid) }
}

const LOW: Option<ConfidenceLevel> = Some(ConfidenceLevel::Low);
const MEDIUM: Option<ConfidenceLevel> = Some(ConfidenceLevel::Medium);
const HIGH: Option<ConfidenceLevel> = Some(ConfidenceLevel::High);
const EXPERT: Option<ConfidenceLevel> = Some(ConfidenceLevel::Expert);

async fn votes(
    work: &Work,
) -> Repository<'_, almanac_service::Transaction, validation_event::Entity> {
    work.table().await.unwrap()
}

/// Somebody votes.
async fn cast(scene: &Scene, who: &str, on: Uuid, vote: &Vote) -> validation_event::Model {
    let work = scene.reviewer(who, after(1));
    let event = votes(&work).await.record(on, vote, after(1)).await.unwrap();
    work.commit().await.unwrap();
    event
}

/// State, agreement, label and flag of a detection.
async fn standing(
    scene: &Scene,
    id: Uuid,
) -> (DetectionStatus, Option<String>, Option<String>, bool) {
    let detection = scene.detection_now(id).await;
    let confidence = detection.validation_confidence.map(|mut share| {
        share.rescale(4);
        share.to_string()
    });
    (detection.status, confidence, detection.human_label, detection.is_validated)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what there is has to be compared with what may not be"
)]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

async fn ast_p4_01_the_worked_cases_come_out(engine: Engine) {
    let scene = Scene::new(engine).await;
    let undecided = (Validating, None, None, false);
    let cases = [
        (
            vec![valid(HIGH, Some("supernova")), valid(MEDIUM, Some("variable"))],
            (Validated, some("1.0000"), some("supernova"), true),
        ),
        (
            vec![valid(EXPERT, None), invalid(LOW, Some("artifact"))],
            (Validated, some("0.8000"), None, true),
        ),
        (vec![valid(MEDIUM, None), invalid(MEDIUM, None)], undecided.clone()),
        (
            vec![invalid(HIGH, Some("false_positive")), invalid(None, Some("artifact"))],
            (Rejected, some("1.0000"), some("false_positive"), false),
        ),
        (vec![valid(HIGH, Some("transient"))], undecided.clone()),
        (vec![valid(MEDIUM, None), valid(MEDIUM, None), invalid(MEDIUM, None)], undecided),
    ];
    for (ballots, expected) in cases {
        let detection = scene.detection(9_000).await;
        for (number, vote) in ballots.iter().enumerate() {
            cast(&scene, &format!("reviewer{number}"), detection.id, vote).await;
        }
        assert_eq!(standing(&scene, detection.id).await, expected, "{ballots:?}");
    }
    let recorded = scene.world.audit("validation.record").await;
    assert_eq!(recorded.len(), 12);
    assert_eq!(recorded[0].entity_type, "validation_event");
    assert_eq!(recorded[0].user_id.as_deref(), Some("reviewer0"));
    // The first vote opens each review. The second one decides four of them at first, and the third takes it back.
    let moved = scene.world.audit("detection.status").await;
    assert_eq!(moved.len(), 6 + 4 + 1);
    assert_eq!(moved[1].new_values.as_ref().unwrap()["validation_confidence"], json!("1.0000"));
}

async fn ast_p4_01_votes_are_revised_and_withdrawn(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = scene.detection(9_000).await.id;
    cast(&scene, "ann", id, &valid(MEDIUM, Some("variable"))).await;
    cast(&scene, "ben", id, &valid(MEDIUM, Some("supernova"))).await;
    let third = cast(&scene, "cleo", id, &invalid(MEDIUM, Some("artifact"))).await;
    assert_eq!(standing(&scene, id).await, (Validating, None, None, false));

    let work = scene.reviewer("cleo", after(2));
    let changed = valid(MEDIUM, Some("variable"));
    let revised = votes(&work).await.revise(third.id, &changed, after(2)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((revised.is_valid, revised.created_at), (true, third.created_at));
    assert_eq!(revised.updated_at, after(2));
    let agreed = (Validated, some("1.0000"), some("variable"), true);
    assert_eq!(standing(&scene, id).await, agreed);

    // The same once more changes nothing, and leaves no record.
    let work = scene.reviewer("cleo", after(3));
    votes(&work).await.revise(third.id, &changed, after(3)).await.unwrap();
    work.commit().await.unwrap();
    let [revision] = &scene.world.audit("validation.revise").await[..] else { panic!("one row") };
    assert_eq!(revision.old_values.as_ref().unwrap()["is_valid"], json!(false));
    assert_eq!(revision.new_values.as_ref().unwrap()["label"], json!("variable"));

    for (number, (who, expected)) in [
        // Of equal weight, the first by name.
        ("cleo", (Validated, some("1.0000"), some("supernova"), true)),
        ("ann", (Validating, None, None, false)),
        ("ben", (Validating, None, None, false)),
    ]
    .into_iter()
    .enumerate()
    {
        let work = scene.reviewer(who, after(4));
        let own = votes(&work).await.find_of(id, who).await.unwrap().unwrap();
        let withdrawn = votes(&work).await.withdraw(own.id, after(4)).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(withdrawn, own);
        assert_eq!(standing(&scene, id).await, expected, "without {who}");
        let rows = scene.world.audit("validation.withdraw").await;
        assert_eq!(rows.len(), number + 1);
        assert_eq!(rows[number].old_values.as_ref().unwrap()["validator_id"], json!(who));
        assert_eq!(rows[number].new_values, None);
    }
    assert_eq!(scene.world.count("validation_events").await, 0);

    // What was rejected is reviewed again when votes are revised.
    let again = scene.detection(9_000).await.id;
    let first = cast(&scene, "ann", again, &invalid(HIGH, None)).await;
    cast(&scene, "ben", again, &invalid(None, None)).await;
    assert_eq!(standing(&scene, again).await, (Rejected, some("1.0000"), None, false));
    let work = scene.reviewer("ann", after(5));
    votes(&work).await.revise(first.id, &valid(EXPERT, None), after(5)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(standing(&scene, again).await, (Validating, None, None, false));
}

async fn ast_p4_01_the_setting_is_heeded(engine: Engine) {
    let scene = Scene::new(engine).await;
    scene.set("curation.consensus", json!({ "min_validators": 1, "accept_share": 0.6 })).await;
    let id = scene.detection(9_000).await.id;
    cast(&scene, "ann", id, &valid(LOW, None)).await;
    assert_eq!(standing(&scene, id).await, (Validated, some("1.0000"), None, true));
    let invalid = invalid(LOW, None);
    cast(&scene, "ben", id, &invalid).await;
    assert_eq!(standing(&scene, id).await, (Validating, None, None, false));
    cast(&scene, "cleo", id, &invalid).await;
    assert_eq!(standing(&scene, id).await, (Rejected, some("0.6667"), None, false));
}

async fn ast_p4_02_nobody_votes_twice(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = scene.detection(9_000).await.id;
    let first = cast(&scene, "ann", id, &valid(HIGH, None)).await;
    let work = scene.reviewer("ann", after(2));
    let second = votes(&work).await.record(id, &invalid(HIGH, None), after(2)).await;
    let Err(Error::AlreadyExists { id: there, .. }) = second else { panic!("{second:?}") };
    assert_eq!(there, Some(first.id));
    work.undo().await;
    assert_eq!(scene.world.rows::<validation_event::Entity>().await, [first]);
}

async fn ast_p4_02_reviewers_vote_at_the_same_moment(engine: Engine) {
    let scene = Scene::new(engine).await;
    for round in 0..5 {
        let id = scene.detection(9_000).await.id;
        let casting = ["ann", "ben"].map(|who| {
            let sessions = scene.world.test.sessions();
            async move {
                let work = work_of(&sessions, &Principal::new(who, Role::Analyst), after(1));
                votes(&work).await.record(id, &valid(HIGH, None), after(1)).await.unwrap();
                work.commit().await.unwrap();
            }
        });
        let [ann, ben] = casting.map(tokio::spawn);
        ann.await.unwrap();
        ben.await.unwrap();
        let agreed = (Validated, some("1.0000"), None, true);
        assert_eq!(standing(&scene, id).await, agreed, "round {round}");
        assert_eq!(scene.world.count("validation_events").await, 2 * (round + 1));
    }
    // The same reviewer twice at the same moment.
    let id = scene.detection(9_000).await.id;
    let casting = [(), ()].map(|()| {
        let sessions = scene.world.test.sessions();
        tokio::spawn(async move {
            let work = work_of(&sessions, &Principal::new("ann", Role::Analyst), after(1));
            votes(&work).await.record(id, &valid(HIGH, None), after(1)).await?;
            work.commit().await
        })
    });
    let mut outcomes = Vec::new();
    for casting in casting {
        outcomes.push(casting.await.unwrap());
    }
    let refused = outcomes.iter().filter(|one| matches!(one, Err(Error::AlreadyExists { .. })));
    assert_eq!((refused.count(), outcomes.iter().filter(|one| one.is_ok()).count()), (1, 1));
}

async fn ast_p4_03_the_queue_has_what_is_undecided(engine: Engine) {
    let scene = Scene::new(engine).await;
    let mut all = Vec::new();
    for confidence in [5_000, 9_500, 7_000, 7_000, 8_000, 9_900, 6_000, 9_000] {
        all.push(scene.detection(confidence).await.id);
    }
    for (index, status) in [(5, Confirmed), (4, Rejected), (7, Confirmed), (6, Archived)] {
        scene.put(all[index], status).await;
    }
    cast(&scene, "ann", all[1], &valid(HIGH, None)).await;
    cast(&scene, "ben", all[2], &valid(HIGH, None)).await;
    let writer = scene.world.writer().await;
    let detections = Repository::<_, detection::Entity>::new(&writer);
    let queue = async |who: &str, limit| -> Vec<Uuid> {
        let queue = detections.review_queue(who, limit).await.unwrap();
        queue.into_iter().map(|detection| detection.id).collect()
    };
    assert_eq!(queue("ann", 50).await, [all[2], all[3], all[0]]);
    assert_eq!(queue("ben", 50).await, [all[1], all[3], all[0]]);
    assert_eq!(queue("cleo", 50).await, [all[1], all[2], all[3], all[0]]);
    assert_eq!(queue("cleo", 2).await, [all[1], all[2]]);
    cast(&scene, "cleo", all[1], &valid(HIGH, None)).await;
    assert_eq!(queue("dora", 50).await, [all[2], all[3], all[0]], "the second vote decided");
    assert_eq!(scene.detection_now(all[2]).await.status, Validating);
    assert_eq!(scene.detection_now(all[3]).await.status, Pending);
}

async fn votes_are_their_reviewers_own(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = scene.detection(9_000).await.id;
    let event = cast(&scene, "ann", id, &valid(HIGH, None)).await;
    let work = scene.reviewer("ben", after(2));
    let events = votes(&work).await;
    let revised = events.revise(event.id, &invalid(None, None), after(2)).await;
    assert!(matches!(revised, Err(Error::NotYours { .. })), "{revised:?}");
    let withdrawn = events.withdraw(event.id, after(2)).await;
    assert!(matches!(withdrawn, Err(Error::Forbidden { .. })), "{withdrawn:?}");
    let missing = events.withdraw(Uuid::nil(), after(2)).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    let missing = events.record(Uuid::nil(), &valid(None, None), after(2)).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    work.undo().await;

    // Who is not known does not vote.
    let writer = scene.world.writer().await;
    let unknown = Repository::<_, validation_event::Entity>::new(&writer);
    let unknown = unknown.record(id, &valid(None, None), after(2)).await;
    assert!(matches!(unknown, Err(Error::Unauthenticated { .. })), "{unknown:?}");

    let admin = Principal::new("root", Role::Admin);
    let work = work_of(&scene.world.sessions, &admin, after(3));
    let revised = votes(&work).await.revise(event.id, &invalid(None, None), after(3)).await;
    assert!(matches!(revised, Err(Error::NotYours { .. })), "{revised:?}");
    votes(&work).await.withdraw(event.id, after(3)).await.unwrap();
    work.commit().await.unwrap();
    let [row] = &scene.world.audit("validation.withdraw").await[..] else { panic!("one row") };
    assert_eq!(row.user_id.as_deref(), Some("root"));
}

async fn decided_detections_take_no_votes(engine: Engine) {
    let scene = Scene::new(engine).await;
    for status in [Confirmed, Archived] {
        let id = scene.detection(9_000).await.id;
        let event = cast(&scene, "ann", id, &valid(HIGH, None)).await;
        scene.put(id, status).await;
        let work = scene.reviewer("ann", after(2));
        let events = votes(&work).await;
        let outcomes = [
            events.record(id, &valid(None, None), after(2)).await,
            events.revise(event.id, &invalid(None, None), after(2)).await,
            events.withdraw(event.id, after(2)).await,
        ];
        for outcome in outcomes {
            assert!(matches!(outcome, Err(Error::InvalidTransition(_))), "{outcome:?}");
        }
        work.undo().await;
        assert_eq!(scene.detection_now(id).await.status, status);
    }
}

async fn labels_go_with_votes(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = scene.detection(9_000).await.id;
    let work = scene.reviewer("ann", after(1));
    for (vote, rule) in [
        (valid(None, Some("artifact")), "contradiction"),
        (valid(None, Some("false_positive")), "contradiction"),
        (invalid(None, Some("supernova")), "contradiction"),
        (invalid(None, Some("unknown")), "contradiction"),
        (valid(None, Some("comet")), "unknown"),
        (valid(None, Some("'; DROP TABLE detections; --")), "unknown"),
    ] {
        let refused = votes(&work).await.record(id, &vote, after(1)).await;
        let Err(Error::Invalid { argument, rule: Some(broken), .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((argument.as_str(), broken), ("label", rule), "{vote:?}");
    }
    work.undo().await;
    assert_eq!(scene.world.count("validation_events").await, 0);
}

async fn many_detections_are_voted_on_at_once(engine: Engine) {
    let scene = Scene::new(engine).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(scene.detection(9_000).await.id);
    }
    cast(&scene, "ann", ids[1], &valid(HIGH, None)).await;
    scene.put(ids[2], Archived).await;
    ids.push(Uuid::nil());
    let work = scene.reviewer("ann", after(2));
    let vote = valid(HIGH, Some("supernova"));
    let outcomes = work.record_validations(&ids, &vote, after(2)).await.unwrap();
    assert_eq!(outcomes.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    assert!(outcomes[0].1.is_ok() && outcomes[3].1.is_ok());
    assert!(matches!(outcomes[1].1, Err(Error::AlreadyExists { .. })));
    assert!(matches!(outcomes[2].1, Err(Error::InvalidTransition(_))));
    assert!(matches!(outcomes[4].1, Err(Error::NotFound { .. })));
    assert_eq!(scene.world.count("validation_events").await, 3);
    let many = work.record_validations(&[Uuid::nil(); 51], &vote, after(2)).await;
    assert!(matches!(many, Err(Error::Invalid { rule: Some("range"), .. })));
}

async fn votes_are_listed(engine: Engine) {
    let scene = Scene::new(engine).await;
    let (one, other) = (scene.detection(9_000).await.id, scene.detection(8_000).await.id);
    let first = cast(&scene, "ann", one, &valid(HIGH, Some("supernova"))).await;
    let work = scene.reviewer("ben", after(60));
    let full = Vote {
        notes: Some("100% 'sure' _".to_owned()),
        tags: Some(vec!["bright".to_owned(), "host".to_owned()]),
        image_quality: Some(QualityLevel::Good),
        detection_quality: Some(QualityLevel::Poor),
        ..invalid(None, Some("artifact"))
    };
    let second = votes(&work).await.record(other, &full, after(60)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(second.tags, Some(json!(["bright", "host"])));

    let writer = scene.world.writer().await;
    let events = Repository::<_, validation_event::Entity>::new(&writer);
    let none = ValidationFilter::default;
    let cases = [
        (none(), vec![&second, &first]),
        (ValidationFilter { detection_id: Some(one), ..none() }, vec![&first]),
        (ValidationFilter { validator_id: some("ben"), ..none() }, vec![&second]),
        (ValidationFilter { validator_id: some("b%"), ..none() }, vec![]),
        (ValidationFilter { is_valid: Some(true), ..none() }, vec![&first]),
        (ValidationFilter { confidence_level: HIGH, ..none() }, vec![&first]),
        (ValidationFilter { image_quality: Some(QualityLevel::Good), ..none() }, vec![&second]),
        (ValidationFilter { detection_quality: Some(QualityLevel::Good), ..none() }, vec![]),
        (ValidationFilter { from: Some(after(60)), ..none() }, vec![&second]),
        (ValidationFilter { to: Some(after(59)), ..none() }, vec![&first]),
    ];
    for (filter, expected) in cases {
        let found = events.list_by(&filter, 100, 0).await.unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let backwards = ValidationFilter { from: Some(after(2)), to: Some(after(1)), ..none() };
    let refused = events.list_by(&backwards, 100, 0).await;
    assert!(matches!(refused, Err(Error::Invalid { rule: Some("range"), .. })));
}
