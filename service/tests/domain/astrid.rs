//! Surveys and observations.

use almanac_entity::astrid::{ObservationStatus, observation, survey, system_config};
use almanac_service::{
    Error, Filter, Repository, Writer,
    astrid::{
        NewObservation, NewSurvey, OBSERVATION_STATES, ObservationFilter, OnDuplicate, SurveyPatch,
        capabilities,
    },
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::prelude::{Decimal, Uuid};

engines! { Astrid:
    a_survey_is_made_changed_and_removed,
    an_observation_is_ingested_once,
    a_batch_passes_over_what_is_there,
    an_observation_moves_along_its_ways,
    observations_are_found_on_the_sky,
}

fn now() -> DateTime<Utc> {
    "2025-10-02T12:00:00.123456789Z".parse().unwrap()
}

async fn add_survey(writer: &Writer, name: &str, is_active: bool) -> survey::Model {
    let new = NewSurvey {
        name: name.to_owned(),
        description: None,
        base_url: Some("https://example.org".to_owned()),
        api_endpoint: None,
        is_active,
    };
    Repository::<_, survey::Entity>::new(writer).create(new, now()).await.unwrap()
}

fn exposure(survey_id: Uuid, name: &str, ra: f64, dec: f64) -> NewObservation {
    NewObservation {
        survey_id,
        observation_id: name.to_owned(),
        ra,
        dec,
        observation_time: now() - Duration::hours(1),
        filter_band: "g'".to_owned(),
        exposure_time: 30.0,
        fits_url: "https://example.org/a.fits".to_owned(),
        pixel_scale: None,
        image_width: None,
        image_height: None,
        airmass: None,
        seeing: None,
    }
}

fn is_conflict<T: std::fmt::Debug>(result: &Result<T, Error>, with: &str) -> bool {
    let kinds = |error: &Error| {
        matches!(
            error,
            Error::Conflict(_) | Error::AlreadyExists { .. } | Error::InvalidTransition(_)
        )
    };
    matches!(result, Err(error) if kinds(error) && error.to_string().contains(with))
}

async fn a_survey_is_made_changed_and_removed(writer: Writer) {
    let surveys = Repository::<_, survey::Entity>::new(&writer);
    let made = add_survey(&writer, "Tést Survey", false).await;
    assert_eq!(made.created_at.timestamp_subsec_nanos(), 123_456_000);
    assert_eq!(made.id.get_version_num(), 7);
    let again = NewSurvey {
        name: made.name.clone(),
        description: None,
        base_url: None,
        api_endpoint: None,
        is_active: true,
    };
    assert!(is_conflict(&surveys.create(again, now()).await, &made.id.to_string()));

    let score = |model: &survey::Model| capabilities(model).configuration_score;
    assert!(!capabilities(&made).can_ingest && (score(&made) - 0.4).abs() < 1e-12);
    let later = now() + Duration::seconds(1);
    let active = surveys.activate(made.id, later).await.unwrap();
    assert!(capabilities(&active).can_ingest && active.updated_at > made.updated_at);
    let same = surveys.activate(made.id, later + Duration::seconds(1)).await.unwrap();
    assert_eq!(same, active, "nothing changed, so nothing was written");
    let patch = SurveyPatch { base_url: Some(None), ..SurveyPatch::default() };
    assert_eq!(surveys.patch(made.id, patch, later).await.unwrap().base_url, None);
    let long = SurveyPatch { name: Some("x".repeat(101)), ..SurveyPatch::default() };
    assert!(matches!(surveys.patch(made.id, long, later).await, Err(Error::Invalid { .. })));

    let found = surveys.list_by_name(Some("st SURV"), Some(true)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(
        surveys
            .list_by_name(None, None)
            .await
            .unwrap()
            .is_sorted_by_key(|survey| survey.name.clone())
    );
    assert!(surveys.get_by_name("ZTF").await.unwrap().is_some(), "it is seeded");

    let observations = Repository::<_, observation::Entity>::new(&writer);
    observations.ingest(&exposure(made.id, "a", 1.0, 2.0), now(), &[]).await.unwrap();
    assert!(is_conflict(&surveys.remove(made.id).await, "1 observation"));
    let other = add_survey(&writer, "Other", true).await;
    surveys.remove(other.id).await.unwrap();
    assert!(matches!(surveys.remove(other.id).await, Err(Error::NotFound { .. })));
}

async fn an_observation_is_ingested_once(writer: Writer) {
    let active = add_survey(&writer, "Active", true).await.id;
    let asleep = add_survey(&writer, "Asleep", false).await.id;
    let table = Repository::<_, observation::Entity>::new(&writer);
    let new = exposure(active, "a", 359.999_999_99, -12.345_678_95);
    let made = table.ingest(&new, now(), &[]).await.unwrap();
    assert_eq!(made.ra, Decimal::ZERO);
    assert_eq!(made.dec, Decimal::new(-123_456_790, 7));
    assert_eq!(made.status, ObservationStatus::Ingested);
    assert!(is_conflict(&table.ingest(&new, now(), &[]).await, &made.id.to_string()));

    let refused = async |change: fn(&mut NewObservation)| {
        let mut new = exposure(active, "b", 1.0, 2.0);
        change(&mut new);
        match table.ingest(&new, now(), &["F200W-odd".to_owned()]).await {
            Err(Error::Invalid { argument, .. }) => argument,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|new| (new.fits_url, new.ra) = (" ".to_owned(), 400.0)).await, "fits_url");
    assert_eq!(refused(|new| (new.ra, new.dec) = (f64::NAN, 91.0)).await, "ra");
    assert_eq!(refused(|new| new.dec = 90.000_000_1).await, "dec");
    assert_eq!(refused(|new| new.observation_time += Duration::hours(2)).await, "observation_time");
    assert_eq!(refused(|new| new.filter_band = "F814".into()).await, "filter_band");
    assert_eq!(refused(|new| new.exposure_time = 0.0).await, "exposure_time");
    assert_eq!(refused(|new| new.fits_url = "ftp://a/b".into()).await, "fits_url");
    assert_eq!(refused(|new| new.airmass = Some(0.004)).await, "airmass");
    assert_eq!(refused(|new| new.image_width = Some(0)).await, "image_width");
    assert_eq!(refused(|new| new.survey_id = Uuid::max()).await, "survey_id");
    let inactive = table.ingest(&exposure(asleep, "a", 1.0, 2.0), now(), &[]).await.unwrap_err();
    assert!(inactive.to_string().contains("inactive"), "{inactive}");

    let settings = Repository::<_, system_config::Entity>::new(&writer);
    let known = settings.known_filters().await.unwrap();
    assert!(known.contains(&"F356W".to_owned()), "{known:?}");
    for (name, band) in [("c", "f814w"), ("d", "F850LP"), ("e", "ZG"), ("f", "odd")] {
        let new =
            NewObservation { filter_band: band.to_owned(), ..exposure(active, name, 1.0, 2.0) };
        table.ingest(&new, now(), &["ODD".to_owned()]).await.unwrap();
    }
}

async fn a_batch_passes_over_what_is_there(writer: Writer) {
    let survey = add_survey(&writer, "Batch", true).await.id;
    let table = Repository::<_, observation::Entity>::new(&writer);
    let row = |index: usize| exposure(survey, &format!("exposure {index}"), 1.0, 2.0);
    let batch = (0..1_100).map(|index| match index {
        3 => NewObservation { dec: 100.0, ..row(3) },
        1_050 => row(7),
        other => row(other),
    });
    let skip = table.ingest_batch(batch, OnDuplicate::Skip, now(), &[]).await.unwrap();
    assert_eq!((skip.inserted, skip.duplicates, skip.rejected), (1_098, 1, 1));
    assert_eq!(skip.errors.iter().map(|error| error.index).collect::<Vec<_>>(), [3, 1_050]);
    assert!(!skip.stopped);

    // The second chunk meets a duplicate and is undone; the first stands.
    let batch = (2_000..2_600).chain([7]).map(row);
    let fail = table.ingest_batch(batch, OnDuplicate::Fail, now(), &[]).await.unwrap();
    assert_eq!((fail.inserted, fail.duplicates, fail.stopped), (500, 1, true));
    assert_eq!(fail.errors[0].index, 600);
    assert_eq!(table.count(&Filter::default()).await.unwrap(), 1_598);
}

async fn an_observation_moves_along_its_ways(writer: Writer) {
    use ObservationStatus::{Archived, Differenced, Failed, Ingested, Preprocessing};
    let survey = add_survey(&writer, "Ways", true).await.id;
    let table = Repository::<_, observation::Entity>::new(&writer);
    let id = table.ingest(&exposure(survey, "a", 1.0, 2.0), now(), &[]).await.unwrap().id;
    let later = now() + Duration::seconds(1);
    let moved = table.transition(id, Preprocessing, None, later).await.unwrap();
    assert_eq!(moved.status, Preprocessing);
    assert!(moved.updated_at > moved.created_at);
    let refused = table.transition(id, Differenced, None, later).await;
    assert!(is_conflict(&refused, "preprocessed or failed"), "{refused:?}");
    assert!(
        table.transition(id, Preprocessing, None, later).await.is_err(),
        "the same state is no way"
    );
    for state in [Failed, Ingested, Archived] {
        table.transition(id, state, None, later).await.unwrap();
    }
    assert!(OBSERVATION_STATES.targets(&Archived).is_empty());
    assert!(is_conflict(&table.transition(id, Ingested, None, later).await, "stays so"));
    assert!(matches!(
        table.transition(Uuid::nil(), Failed, None, later).await,
        Err(Error::NotFound { .. })
    ));
}

async fn observations_are_found_on_the_sky(writer: Writer) {
    let survey = add_survey(&writer, "Sky", true).await.id;
    let table = Repository::<_, observation::Entity>::new(&writer);
    for (name, ra, dec) in
        [("west", 359.5, 10.0), ("east", 0.2, 10.0), ("far", 3.0, 10.0), ("pole", 200.0, 89.9)]
    {
        table.ingest(&exposure(survey, name, ra, dec), now(), &[]).await.unwrap();
    }
    let all = ObservationFilter::default();
    let near = table.cone_search(0.0, 10.0, 1.0, &all, 10).await.unwrap();
    let names: Vec<_> = near.iter().map(|near| near.row.observation_id.as_str()).collect();
    assert_eq!(names, ["east", "west"]);
    assert!((near[0].separation_arcsec - 720.0 * 10_f64.to_radians().cos()).abs() < 0.01);
    assert_eq!(table.cone_search(0.0, 10.0, 1.0, &all, 1).await.unwrap().len(), 1);
    assert_eq!(table.cone_search(20.0, 89.5, 1.0, &all, 9).await.unwrap().len(), 1);
    let refused = table.cone_search(0.0, 0.0, 10.1, &all, 9).await.unwrap_err();
    assert!(refused.to_string().starts_with("radius: "), "{refused}");

    let names = |rows: Vec<observation::Model>| {
        let mut names: Vec<_> = rows.into_iter().map(|row| row.observation_id).collect();
        names.sort();
        names
    };
    assert_eq!(names(table.region(359.0, 1.0, 0.0, 20.0, 9).await.unwrap()), ["east", "west"]);
    assert_eq!(names(table.region(0.0, 4.0, 0.0, 20.0, 9).await.unwrap()), ["east", "far"]);
    let filter = ObservationFilter {
        survey_id: Some(survey),
        statuses: vec![ObservationStatus::Ingested, ObservationStatus::Failed],
        filter_band: Some("g'".to_owned()),
        ra_min: Some(0.2),
        ra_max: Some(200.0),
        dec_max: Some(10.0),
        from: Some(now() - Duration::hours(1)),
        ..ObservationFilter::default()
    };
    assert_eq!(names(table.list_by(&filter, 10, 0).await.unwrap()), ["east", "far"]);
    let reversed = ObservationFilter { dec_min: Some(20.0), ..filter };
    assert!(matches!(table.list_by(&reversed, 10, 0).await, Err(Error::Invalid { .. })));
}
