//! Surveys.

use almanac_entity::astrid::{ObservationStatus, observation, survey};
use almanac_service::{
    Error, Row,
    astrid::{NewSurvey, SurveyPatch, capabilities},
};

use crate::{
    observations::broken,
    support::{Engine, engines},
    world::{World, after, exposure, now},
};

engines! {
    a_survey_is_made_changed_and_removed,
    a_survey_has_a_summary,
    surveys_are_made_as_they_are_met,
}

async fn a_survey_is_made_changed_and_removed(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(after(1));
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let new = |name: &str| NewSurvey {
        name: name.to_owned(),
        description: None,
        base_url: Some("https://example.org".to_owned()),
        api_endpoint: None,
        is_active: false,
    };
    let made = surveys.create(new("Tést Survey"), now()).await.unwrap();
    assert_eq!((made.created_at, made.id.get_version_num()), (now(), 7));
    let again = surveys.create(new("Tést Survey"), now()).await.unwrap_err();
    assert!(matches!(again, Error::AlreadyExists { id: Some(id), .. } if id == made.id));
    assert_eq!(broken(surveys.create(new(" "), now()).await), ("name".to_owned(), "required"));
    let long = surveys.create(new(&"é".repeat(101)), now()).await;
    assert_eq!(broken(long), ("name".to_owned(), "too_long"));
    let far = NewSurvey { api_endpoint: Some("x".repeat(501)), ..new("Far") };
    let far = surveys.create(far, now()).await;
    assert_eq!(broken(far), ("api_endpoint".to_owned(), "too_long"));

    let capabilities = |model: &survey::Model| capabilities(&Row::of_model(model));
    let score = |model: &survey::Model| capabilities(model).configuration_score;
    assert!(!capabilities(&made).can_ingest && (score(&made) - 0.4).abs() < 1e-12);
    let active = surveys.activate(made.id, after(1)).await.unwrap();
    assert!(capabilities(&active).can_ingest && active.updated_at > made.updated_at);
    let same = surveys.activate(made.id, after(2)).await.unwrap();
    assert_eq!(same, active, "nothing changed, so nothing was written");
    let patch = SurveyPatch { base_url: Some(None), ..SurveyPatch::default() };
    let patched = surveys.patch(made.id, patch, after(2)).await.unwrap();
    assert!(patched.base_url.is_none() && !capabilities(&patched).can_ingest);
    let taken = SurveyPatch { name: Some("ZTF".to_owned()), ..SurveyPatch::default() };
    let taken = surveys.patch(made.id, taken, after(2)).await;
    assert!(matches!(taken, Err(Error::AlreadyExists { .. })), "{taken:?}");

    let found = surveys.list_by_name(Some("st SURV"), Some(true)).await.unwrap();
    assert_eq!(found.iter().map(|survey| survey.id).collect::<Vec<_>>(), [made.id]);
    let all = surveys.list_by_name(None, None).await.unwrap();
    assert!(all.len() == 9 && all.is_sorted_by_key(|survey| survey.name.clone()));

    let observations = work.table::<observation::Entity>().await.unwrap();
    observations.ingest(&exposure(made.id, "a", 1.0, 2.0), now()).await.unwrap();
    let kept = surveys.remove(made.id).await;
    let table = "observations";
    assert!(
        matches!(kept, Err(Error::ReferencedBy { table: t, count: Some(1) }) if t == table),
        "{kept:?}"
    );
    let other = surveys.create(new("Other"), now()).await.unwrap();
    surveys.remove(other.id).await.unwrap();
    assert!(matches!(surveys.remove(other.id).await, Err(Error::NotFound { .. })));
    surveys.deactivate(made.id, after(3)).await.unwrap();
    work.commit().await.unwrap();

    for (action, count) in [
        ("survey.create", 2),
        ("survey.activate", 1),
        ("survey.update", 1),
        ("survey.deactivate", 1),
        ("survey.delete", 1),
    ] {
        assert_eq!(world.audit(action).await.len(), count, "{action}");
    }
}

async fn a_survey_has_a_summary(engine: Engine) {
    use ObservationStatus::{
        Archived, Differenced, Differencing, Failed, Ingested, Preprocessed, Preprocessing,
    };
    let world = World::new(engine).await;
    let survey = world.survey("Summed").await.id;
    let ways: [&[ObservationStatus]; 7] = [
        &[],
        &[Preprocessing],
        &[Preprocessing, Preprocessed],
        &[Preprocessing, Preprocessed, Differencing],
        &[Preprocessing, Preprocessed, Differencing, Differenced],
        &[Failed],
        &[Archived],
    ];
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    let mut latest = Vec::new();
    for (index, way) in ways.iter().cycle().take(7 * 2 + 3).enumerate() {
        let mut new = exposure(survey, &format!("{index}"), 1.0, 2.0);
        new.observation_time -= chrono::Duration::minutes(i64::try_from(index * 7 % 17).unwrap());
        let id = table.ingest(&new, now()).await.unwrap().id;
        latest.push((new.observation_time, id));
        for to in *way {
            table.transition(id, *to, None, now()).await.unwrap();
        }
    }
    let elsewhere = work.table::<survey::Entity>().await.unwrap();
    let ztf = elsewhere.get_by_name("ZTF").await.unwrap().unwrap();
    table.ingest(&exposure(ztf.id, "z", 1.0, 2.0), now()).await.unwrap();

    let summary = elsewhere.summary(survey).await.unwrap();
    assert_eq!(
        summary.progress.counts,
        [
            (Ingested, 3),
            (Preprocessing, 3),
            (Preprocessed, 3),
            (Differencing, 2),
            (Differenced, 2),
            (Failed, 2),
            (Archived, 2)
        ]
    );
    let progress = &summary.progress;
    assert_eq!((progress.total, progress.ready, progress.in_progress), (17, 3, 8));
    assert_eq!((progress.completed, progress.failed, progress.archived), (2, 2, 2));
    latest.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let shown: Vec<_> = summary.latest.iter().map(|row| row.id).collect();
    assert_eq!(shown, latest[..10].iter().map(|(_, id)| *id).collect::<Vec<_>>());
    let nobody = elsewhere.summary(sea_orm::prelude::Uuid::nil()).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
}

async fn surveys_are_made_as_they_are_met(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(now());
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let ztf = surveys.get_by_name("ZTF").await.unwrap().unwrap();
    let found = surveys.find_or_create(["ztf", "New", "NEW", "Other"], now()).await.unwrap();
    assert_eq!((found.len(), found["ztf"]), (3, ztf.id));
    let again = surveys.find_or_create(["new", "other"], now()).await.unwrap();
    assert_eq!((again["new"], again["other"]), (found["new"], found["other"]));
    assert!(surveys.get(found["new"]).await.unwrap().is_active);
}
