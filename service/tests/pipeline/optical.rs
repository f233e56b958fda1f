//! Real lists of transients, ingested as observations. Without the files there is nothing to do.

use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::{Path, PathBuf},
};

use almanac_entity::astrid::{observation, survey, system_config};
use almanac_service::{
    Filter, Repository,
    astrid::{
        BatchOutcome, ListedObservations, ObservationFilter, ObservationList, OnDuplicate,
        ingest_batch,
    },
};
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, now},
};

engines! { real_lists_are_ingested }

/// Where the files are, if they are there.
pub(crate) fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = env::var_os("ALMANAC_DATA").map_or(beside, PathBuf::from);
    let folder = folder.canonicalize().ok().filter(|folder| folder.join("optical").is_dir());
    if folder.is_none() {
        eprintln!("there are no real files to ingest: ALMANAC_DATA names no folder of them");
    }
    folder
}

/// Ingests a list; its surveys are made where they are not there.
pub(crate) async fn ingest(world: &World, file: &Path) -> BatchOutcome {
    let open = || ListedObservations::open(fs::File::open(file).unwrap()).unwrap();
    let work = world.work(now());
    let names = open().surveys().unwrap();
    let part = work.part();
    let surveys = part.table::<survey::Entity>().await.unwrap();
    let ids = surveys.find_or_create(names.iter().map(String::as_str), now()).await.unwrap();
    part.commit().await.unwrap();
    let lines = open().observations(&ids);
    ingest_batch(&work, lines, OnDuplicate::Skip, now()).await.unwrap()
}

/// Lets exposures in with those filters of the lists that no configuration of the seed has.
pub(crate) async fn configure_filters(world: &World) {
    let work = world.work(now());
    let filters = json!({ "name": "optical lists", "missions": [{
        "name": "lists", "min_exposure_time": 0, "max_exposure_time": 86_400,
        "filters": ["w", "c", "o", "cyan", "orange"],
    }]});
    let settings = work.table::<system_config::Entity>().await.unwrap();
    settings.create_survey_configuration(&filters, now()).await.unwrap();
    work.commit().await.unwrap();
}

/// How often each rule was broken among the errors that were kept, by field.
fn reasons(outcome: &BatchOutcome) -> BTreeMap<String, usize> {
    let mut reasons = BTreeMap::new();
    for error in &outcome.errors {
        *reasons.entry(format!("{}: {}", error.rule(), error.error)).or_insert(0) += 1;
    }
    reasons
}

/// Every rule that a line breaks, by its word and its field; the batch keeps a hundred.
fn broken(file: &Path) -> BTreeMap<(&'static str, String), u64> {
    let listed = ListedObservations::open(fs::File::open(file).unwrap()).unwrap();
    let names = ListedObservations::open(fs::File::open(file).unwrap()).unwrap().surveys().unwrap();
    let ids: HashMap<String, Uuid> =
        names.into_iter().map(|name| (name.to_lowercase(), Uuid::max())).collect();
    let mut broken = BTreeMap::new();
    for line in listed.observations(&ids) {
        if let Err(almanac_service::Error::Invalid { argument, rule: Some(rule), .. }) =
            line.and_then(|new| new.check(now(), &[]))
        {
            *broken.entry((rule, argument)).or_insert(0) += 1;
        }
    }
    broken
}

async fn real_lists_are_ingested(engine: Engine) {
    let Some(data) = data().map(|data| data.join("optical")) else { return };
    let world = World::new(engine).await;
    let rule = |rule: &'static str, field: &str, count: u64| ((rule, field.to_owned()), count);
    for (name, list, (inserted, rejected), rules) in [
        (
            "supernovae.csv",
            ObservationList::Supernovae,
            (4_377, 580),
            vec![rule("range", "observation_time", 517), rule("required", "observation_time", 63)],
        ),
        ("oac_transients.csv", ObservationList::OpenCatalogs, (2_921, 0), vec![]),
        (
            "survey_detections.csv",
            ObservationList::SurveyDetections,
            (501, 196),
            vec![rule("required", "filter_band", 7), rule("unknown", "filter_band", 189)],
        ),
    ] {
        let file = data.join(name);
        assert_eq!(ListedObservations::open(fs::File::open(&file).unwrap()).unwrap().list(), list);
        let outcome = ingest(&world, &file).await;
        let (taken, refused) = (outcome.inserted, outcome.rejected);
        eprintln!("{engine:?}: {name}: {taken} ingested, {refused} refused");
        for ((rule, field), count) in broken(&file) {
            eprintln!("  {count} break the rule {rule} of {field}");
        }
        for error in outcome.errors.iter().take(3) {
            eprintln!("  line {}: {}: {}", error.index + 2, error.rule(), error.error);
        }
        assert_eq!((taken, refused, outcome.duplicates), (inserted, rejected, 0), "{name}");
        assert_eq!(broken(&file), BTreeMap::from_iter(rules), "{name}");
        assert_eq!(outcome.errors.len(), usize::try_from(rejected.min(100)).unwrap());
        let again = ingest(&world, &file).await;
        assert_eq!((again.inserted, again.duplicates), (0, inserted));
    }

    configure_filters(&world).await;
    let outcome = ingest(&world, &data.join("survey_detections.csv")).await;
    eprintln!("{engine:?}: with their filters configured, {} more", outcome.inserted);
    assert_eq!((outcome.inserted, outcome.duplicates, outcome.rejected), (189, 501, 7));
    assert_eq!(reasons(&outcome).into_values().sum::<usize>(), 7);

    let writer = world.writer().await;
    let surveys = Repository::<_, survey::Entity>::new(&writer);
    let table = Repository::<_, observation::Entity>::new(&writer);
    assert_eq!(table.count(&Filter::default()).await.unwrap(), 4_377 + 2_921 + 690);
    let gaia = surveys.get_by_name("Gaia").await.unwrap().unwrap();
    let summary = surveys.summary(gaia.id).await.unwrap();
    eprintln!("{engine:?}: Gaia has {} observations", summary.progress.total);
    assert_eq!((summary.progress.total, summary.latest.len()), (341, 10));
    // M61's supernovae; two of before 1990 are refused with their like.
    let all = ObservationFilter::default();
    let near = table.cone_search(185.4788, 4.4736, 0.1, &all, 10).await.unwrap();
    let names: Vec<_> = near.iter().map(|near| near.row.observation_id.as_str()).collect();
    eprintln!("{engine:?}: in M61: {names:?}");
    assert_eq!(names, ["1999gn", "2006ov", "2008in"]);
    assert_eq!(world.count("processing_jobs").await, 4_377 + 2_921 + 690);
}
