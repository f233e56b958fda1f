//! Values of filters are data, whatever they look like.

use almanac_entity::astrid::{observation, survey, system_config};
use almanac_service::{
    Filter, Pattern,
    astrid::{NewObservation, NewSurvey, ObservationFilter},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, exposure, now},
};

engines! { ast_x_08_filters_are_data }

const HOSTILE: [&str; 12] = [
    "it's",
    "say \"so\"",
    "100%",
    "under_score",
    "back\\slash",
    "x'; DROP TABLE observations; --",
    "' OR '1'='1",
    "%' OR name LIKE '%",
    "$1 ? :a @b",
    "/* comment */ --",
    "\\%\\_",
    "näme\u{202e}☃",
];

async fn ast_x_08_filters_are_data(engine: Engine) {
    let world = World::new(engine).await;
    let mut runner = TestRunner::deterministic();
    let any = "[a-z0-9'\"%_\\\\;()=. -]{1,20}[a-z]";
    let random = (0..40).map(|_| any.new_tree(&mut runner).unwrap().current());
    let mut texts: Vec<String> = HOSTILE.into_iter().map(str::to_owned).chain(random).collect();
    texts.sort();
    texts.dedup();
    let work = world.work(now());
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let table = work.table::<observation::Entity>().await.unwrap();
    let settings = work.table::<system_config::Entity>().await.unwrap();
    // The filters are known, so that they can be stored.
    let filters = json!({ "name": "all", "missions": [
        { "name": "m", "min_exposure_time": 0, "max_exposure_time": 1, "filters": texts },
    ]});
    settings.create_survey_configuration(&filters, now()).await.unwrap();
    for text in &texts {
        let new = NewSurvey {
            name: format!("<{text}>"),
            description: None,
            base_url: None,
            api_endpoint: None,
            is_active: true,
        };
        let survey = surveys.create(new, now()).await.unwrap().id;
        let new = NewObservation { filter_band: text.clone(), ..exposure(survey, text, 1.0, 2.0) };
        table.ingest(&new, now()).await.unwrap();
        settings.set(&format!("k:{text}"), json!({ "text": text }), None, now()).await.unwrap();
    }
    for text in &texts {
        let named = surveys.list_by_name(Some(&format!("<{text}>")), None).await.unwrap();
        assert_eq!(named.len(), 1, "{text}");
        let survey = surveys.get_by_name(&format!("<{text}>")).await.unwrap().unwrap();
        assert_eq!(survey.id, named[0].id);
        let banded =
            ObservationFilter { filter_band: Some(text.clone()), ..ObservationFilter::default() };
        let found = table.list_by(&banded, 1000, 0).await.unwrap();
        assert!(found.iter().all(|row| row.filter_band == *text) && found.len() == 1, "{text}");
        assert_eq!(found[0].observation_id, *text);
        assert!(table.find_by_name(survey.id, text).await.unwrap().is_some());

        // Parts of names: as many as Rust finds.
        let part: String = text.chars().take(2).collect();
        let like = Filter::Like(survey::Column::Name, Pattern::Contains, part.clone());
        let holding = surveys.count(&like).await.unwrap();
        let lower = part.to_lowercase();
        let all = surveys.list_by_name(None, None).await.unwrap();
        let expected = all.iter().filter(|survey| survey.name.to_lowercase().contains(&lower));
        assert_eq!(holding, expected.count() as u64, "{part:?}");

        let setting = settings.setting(&format!("k:{text}")).await.unwrap().unwrap();
        assert_eq!(setting.value, json!({ "text": text }));
        let prefixed = settings.list_by_prefix(&format!("k:{part}")).await.unwrap();
        let expected = texts.iter().filter(|other| other.starts_with(&part)).count();
        assert_eq!(prefixed.len(), expected, "{part:?}");
    }
    work.commit().await.unwrap();
    assert_eq!(world.count("observations").await, i64::try_from(texts.len()).unwrap());
}
