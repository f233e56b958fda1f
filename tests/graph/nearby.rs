//! Relations by position: radio sources, candidate extreme scattering events and AstrID's detections.

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    astrid::{
        DetectionStatus, DetectionType, ModelType, detection, ml_model, model_run, observation,
        survey,
    },
    master_sources::source,
    products::{EseFlagType, ese_candidate, variability_stat},
};
use almanac_service::{
    Repository,
    access::{Access, Principal, Role},
    sky::separation,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    Set,
    prelude::{Decimal, Uuid},
};
use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::World,
};

engines!(
    a_candidate_stands_beside_detections_and_sources,
    a_detection_stands_beside_sources_and_candidates,
    the_number_of_statements_does_not_grow_with_the_rows,
    who_may_not_read_detections_loses_no_more,
    what_cannot_be_is_refused_by_name,
);

fn now() -> DateTime<Utc> {
    "2025-10-02T12:00:00Z".parse().unwrap()
}

fn name(source: usize) -> String {
    format!("NVSS J{source:06}+300000")
}

/// Where a source lies, degrees: some arcminutes from the next, across 0h.
fn place(source: usize) -> (f64, f64) {
    let step = i32::try_from(source).unwrap();
    ((359.5 + 0.1 * f64::from(step)) % 360.0, 30.0)
}

/// So many arcseconds north of a source.
fn north(source: usize, arcsec: f64) -> (f64, f64) {
    let (ra, dec) = place(source);
    (ra, dec + arcsec / 3_600.0)
}

/// Sources, each with statistics, a companion 30″ north and an old candidate; every second has a new one too.
async fn radio(world: &World, sources: usize) {
    let catalogue = world.sessions.begin(Database::MasterSources).await.unwrap();
    let row = |name: String, (ra, dec): (f64, f64)| source::ActiveModel {
        source_id: Set(name),
        ra_deg: Set(ra),
        dec_deg: Set(dec),
        ..Default::default()
    };
    let rows = (0..sources).flat_map(|source| {
        let companion = row(format!("companion {source}"), north(source, 30.0));
        [row(name(source), place(source)), companion]
    });
    Repository::<_, source::Entity>::new(&catalogue).insert_many(rows).await.unwrap();
    catalogue.commit().await.unwrap();

    let products = world.sessions.begin(Database::Products).await.unwrap();
    let statistics = (0..sources).map(|source| variability_stat::ActiveModel {
        source_id: Set(name(source)),
        ra_deg: Set(place(source).0),
        dec_deg: Set(place(source).1),
        updated_at: Set(UnixTime(1.7e9)),
        ..Default::default()
    });
    // One that was never flagged, nearer to the first source's detections than that.
    let quiet = variability_stat::ActiveModel {
        source_id: Set("quiet".to_owned()),
        ra_deg: Set(north(0, 1.5).0),
        dec_deg: Set(north(0, 1.5).1),
        updated_at: Set(UnixTime(1.7e9)),
        ..Default::default()
    };
    Repository::<_, variability_stat::Entity>::new(&products)
        .insert_many(statistics.chain([quiet]))
        .await
        .unwrap();
    let flagged = |source: usize, significance: f64| ese_candidate::ActiveModel {
        source_id: Set(name(source)),
        flagged_at: Set(UnixTime(1.7e9)),
        significance: Set(significance),
        flag_type: Set(EseFlagType::Variability),
        ..Default::default()
    };
    let old = (0..sources).map(|source| flagged(source, 5.0));
    let new = (0..sources).step_by(2).map(|source| flagged(source, 9.0));
    Repository::<_, ese_candidate::Entity>::new(&products)
        .insert_many(old.chain(new))
        .await
        .unwrap();
    products.commit().await.unwrap();
}

/// Detections of AstrID's at these places.
async fn optical(world: &World, places: impl IntoIterator<Item = (f64, f64)>) {
    let id = Uuid::from_u128(1);
    let decimal = |degrees: f64| Decimal::try_from(degrees).unwrap().round_dp(7);
    let astrid = world.sessions.begin(Database::Astrid).await.unwrap();
    Repository::<_, survey::Entity>::new(&astrid)
        .insert(survey::ActiveModel {
            id: Set(id),
            name: Set("Sky".to_owned()),
            is_active: Set(true),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        })
        .await
        .unwrap();
    Repository::<_, observation::Entity>::new(&astrid)
        .insert(observation::ActiveModel {
            id: Set(id),
            survey_id: Set(id),
            observation_id: Set("one".to_owned()),
            ra: Set(Decimal::ZERO),
            dec: Set(Decimal::from(30)),
            observation_time: Set(now()),
            filter_band: Set("g".to_owned()),
            exposure_time: Set(Decimal::ONE),
            fits_url: Set("s3:a".to_owned()),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        })
        .await
        .unwrap();
    Repository::<_, ml_model::Entity>::new(&astrid)
        .insert(ml_model::ActiveModel {
            id: Set(id),
            name: Set("net".to_owned()),
            version: Set("1".to_owned()),
            model_type: Set(ModelType::Unet),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        })
        .await
        .unwrap();
    Repository::<_, model_run::Entity>::new(&astrid)
        .insert(model_run::ActiveModel {
            id: Set(id),
            model_id: Set(id),
            observation_id: Set(Some(id)),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        })
        .await
        .unwrap();
    let rows = places.into_iter().zip(0..).map(|((ra, dec), pixel)| detection::ActiveModel {
        id: Set(Uuid::from_u128(2 + u128::try_from(pixel).unwrap())),
        model_run_id: Set(id),
        observation_id: Set(id),
        ra: Set(decimal(ra)),
        dec: Set(decimal(dec)),
        pixel_x: Set(pixel),
        pixel_y: Set(0),
        confidence_score: Set(Decimal::new(9, 1)),
        detection_type: Set(DetectionType::Unknown),
        model_version: Set("1".to_owned()),
        status: Set(DetectionStatus::Pending),
        created_at: Set(now()),
        updated_at: Set(now()),
        ..Default::default()
    });
    Repository::<_, detection::Entity>::new(&astrid).insert_many(rows).await.unwrap();
    astrid.commit().await.unwrap();
}

/// Radio sources, and around each three detections: 1″, 3″ and 40″ north of it.
async fn world(engine: Engine, sources: usize) -> World {
    let databases = [Database::Products, Database::MasterSources, Database::Astrid];
    let world = World::of(engine, &databases).await;
    radio(&world, sources).await;
    let around = |source: usize| [40.0, 3.0, 1.0].map(|arcsec| north(source, arcsec));
    optical(&world, (0..sources).flat_map(around)).await;
    world
}

/// The entries of a relation, with their distances in whole arcseconds, so that they can be compared.
fn rounded(list: &Json, shown: &str) -> Json {
    let entries = list.as_array().unwrap().iter();
    let entry = |entry: &Json| {
        let arcsec = entry["separationArcsec"].as_f64().unwrap();
        assert!((arcsec - arcsec.round()).abs() < 1e-3, "{arcsec}");
        json!([entry["row"][shown], arcsec.round()])
    };
    entries.map(entry).collect()
}

async fn a_candidate_stands_beside_detections_and_sources(engine: Engine) {
    let world = world(engine, 20).await;
    let data = world
        .ask(
            "{ eseCandidates(first: 100, orderBy: [{field: ID}]) { nodes { sourceId
                 nearbyDetections { separationArcsec row { ra dec pixelX observation { observationId } } }
                 nearest: nearbyDetections(radiusArcsec: 60, limit: 1) { separationArcsec row { pixelX } }
                 nearbySources(radiusArcsec: 30.001) { separationArcsec row { sourceId separationDeg } }
               } } }",
        )
        .await;
    let nodes = data["eseCandidates"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 30);
    for (index, node) in nodes.iter().enumerate() {
        let source = if index < 20 { index } else { 2 * (index - 20) };
        assert_eq!(node["sourceId"], name(source));
        let near = &node["nearbyDetections"];
        assert_eq!(rounded(near, "pixelX"), json!([[3 * source + 2, 1.0], [3 * source + 1, 3.0]]));
        assert_eq!(near[0]["row"]["observation"]["observationId"], "one");
        let (ra, dec) = place(source);
        let row = &near[0]["row"];
        let measured =
            separation(ra, dec, row["ra"].as_f64().unwrap(), row["dec"].as_f64().unwrap());
        assert!((near[0]["separationArcsec"].as_f64().unwrap() - measured * 3_600.0).abs() < 1e-9);
        assert_eq!(rounded(&node["nearest"], "pixelX"), json!([[3 * source + 2, 1.0]]));
        let sources = json!([[name(source), 0.0], [format!("companion {source}"), 30.0]]);
        assert_eq!(rounded(&node["nearbySources"], "sourceId"), sources);
        let told = node["nearbySources"][1]["row"]["separationDeg"].as_f64().unwrap();
        assert!((told * 3_600.0 - 30.0).abs() < 1e-3, "the row says so too");
    }
}

async fn a_detection_stands_beside_sources_and_candidates(engine: Engine) {
    let world = world(engine, 4).await;
    let data = world
        .ask(
            "{ astridDetections(orderBy: [{field: PIXEL_X}]) { nodes { pixelX
                 nearbySources { separationArcsec row { sourceId photometry { totalCount } } }
                 nearbyEseCandidates { separationArcsec row { significance source { sourceId } } }
                 one: nearbyEseCandidates(limit: 1) { separationArcsec row { significance } }
               } }
               sources(where: {sourceId: {startsWith: \"NVSS\"}}, orderBy: [{field: SOURCE_ID}]) {
                 nodes { nearbyDetections(radiusArcsec: 3600, limit: 4) { separationArcsec row { pixelX } } } } }",
        )
        .await;
    let nodes = data["astridDetections"]["nodes"].as_array().unwrap();
    for (index, node) in nodes.iter().enumerate() {
        let (source, arcsec) = (index / 3, [40.0, 3.0, 1.0][index % 3]);
        let is_near = arcsec < 5.0;
        let sources = if is_near { json!([[name(source), arcsec]]) } else { json!([]) };
        assert_eq!(rounded(&node["nearbySources"], "sourceId"), sources);
        let candidates = match (is_near, source % 2) {
            (false, _) => json!([]),
            (true, 0) => json!([[5.0, arcsec], [9.0, arcsec]]),
            (true, _) => json!([[5.0, arcsec]]),
        };
        assert_eq!(rounded(&node["nearbyEseCandidates"], "significance"), candidates);
        if is_near {
            assert_eq!(node["nearbyEseCandidates"][0]["row"]["source"]["sourceId"], name(source));
            assert_eq!(rounded(&node["one"], "significance"), json!([[5.0, arcsec]]));
        }
    }
    let first = &data["sources"]["nodes"][0]["nearbyDetections"];
    let pixels: Vec<_> =
        first.as_array().unwrap().iter().map(|near| near["row"]["pixelX"].clone()).collect();
    assert_eq!(pixels[..3], [json!(2), json!(1), json!(0)]);
    assert_eq!(pixels[3], json!(5), "the next source's, six arcminutes off");
}

async fn the_number_of_statements_does_not_grow_with_the_rows(engine: Engine) {
    let world = world(engine, 120).await;
    let candidates = |first: usize| {
        format!(
            "{{ eseCandidates(first: {first}) {{ nodes {{
                 nearbyDetections {{ row {{ pixelX observation {{ id }} }} }}
                 nearbySources(radiusArcsec: 30) {{ separationArcsec }} }} }} }}"
        )
    };
    let detections = |first: usize| {
        format!(
            "{{ astridDetections(first: {first}, orderBy: [{{field: PIXEL_X}}]) {{ nodes {{
                 nearbySources {{ separationArcsec }}
                 nearbyEseCandidates {{ row {{ significance }} }} }} }} }}"
        )
    };
    for rows in [3, 180] {
        // The list; twice the places of the sources, and what lies there; the observations.
        assert_eq!(world.count_statements(&candidates(rows)).await.1, 6, "{rows} candidates");
        // The list; the radio sources; the sources that were flagged, and their candidates.
        assert_eq!(world.count_statements(&detections(rows)).await.1, 4, "{rows} detections");
    }
}

async fn who_may_not_read_detections_loses_no_more(engine: Engine) {
    let world = world(engine, 2).await;
    let query = "{ eseCandidates(first: 2, orderBy: [{field: ID}]) { nodes {
        sourceId nearbySources { row { sourceId } } nearbyDetections { separationArcsec } } } }";
    let known = |role| Access::Known(Principal::new("vera", role));
    for (access, code) in
        [(Access::Anonymous, "UNAUTHENTICATED"), (known(Role::Viewer), "FORBIDDEN")]
    {
        let response = world.respond_to(query, access).await;
        for (index, node) in
            response["data"]["eseCandidates"]["nodes"].as_array().unwrap().iter().enumerate()
        {
            assert_eq!(node["sourceId"], name(index));
            assert_eq!(node["nearbySources"][0]["row"]["sourceId"], name(index));
            assert_eq!(node["nearbyDetections"], Json::Null);
        }
        let errors = response["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 2);
        for error in errors {
            assert_eq!(error["extensions"]["code"], code);
            assert_eq!(error["path"][3], "nearbyDetections");
        }
    }
    let response = world.respond_to(query, known(Role::Analyst)).await;
    assert_eq!(response.get("errors"), None, "{response}");
}

async fn what_cannot_be_is_refused_by_name(engine: Engine) {
    let world = world(engine, 1).await;
    for (arguments, argument) in [
        ("radiusArcsec: 0", "radiusArcsec: "),
        ("radiusArcsec: -1", "radiusArcsec: "),
        ("radiusArcsec: 3600.1", "radiusArcsec: "),
        ("limit: 101", "limit: "),
        ("limit: -1", "limit: "),
    ] {
        let query = format!(
            "{{ eseCandidates(first: 1) {{ nodes {{ nearbySources({arguments}) {{ separationArcsec }} }} }} }}"
        );
        let (code, message) = world.refusal(&query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{arguments}");
        assert!(message.starts_with(argument), "{message}");
    }
    let none = world
        .ask("{ eseCandidates(first: 1) { nodes { nearbySources(limit: 0) { separationArcsec } } } }")
        .await;
    assert_eq!(none["eseCandidates"]["nodes"], json!([{"nearbySources": []}]));
}
