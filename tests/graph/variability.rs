//! Sources, their variability, and why one is a candidate.

use almanac_entity::{
    Database, UnixTime,
    cal_registry::calibration_applied,
    products::{ese_candidate, variability_stat},
};
use almanac_service::{Repository, products::StatisticsFlux};
use sea_orm::Set;
use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::{World, source_id},
};

engines!(
    a_source_is_found_and_summed_up,
    an_explanation_can_be_followed,
    what_cannot_be_asked_is_refused,
);

const NOW: UnixTime = UnixTime(1.8e9);

/// Thirty images of three sources that grow slowly, with their statistics; the first source is candidate 1.
async fn world(engine: Engine, images: i32) -> World {
    let world = World::with_images(engine, images, 3).await;
    let products = world.sessions.begin(Database::Products).await.unwrap();
    let statistics = Repository::<_, variability_stat::Entity>::new(&products);
    statistics.recompute(None, StatisticsFlux::Peak, NOW, |_| ()).await.unwrap();
    let candidates = Repository::<_, ese_candidate::Entity>::new(&products);
    candidates.flag(&source_id(0), "ana", Some("odd"), None, NOW).await.unwrap();
    products.commit().await.unwrap();
    let registry = world.sessions.begin(Database::CalRegistry).await.unwrap();
    let applied = (0..images).map(|index| calibration_applied::ActiveModel {
        ms_path: Set(format!("/ms/{index:05}.ms")),
        caltable_path: Set(format!("/cal/{index:05}.BP")),
        applied_at: Set(NOW),
        ..Default::default()
    });
    Repository::<_, calibration_applied::Entity>::new(&registry)
        .insert_many(applied)
        .await
        .unwrap();
    registry.commit().await.unwrap();
    world
}

async fn a_source_is_found_and_summed_up(engine: Engine) {
    let world = world(engine, 30).await;
    let source = source_id(0);
    let query = "{ sourceSearch(search: {eseOnly: true, minEpochs: 30}, orderBy: SIGMA) {
        sourceId separationDeg statistics { nObs eseCandidates { nodes { flaggedBy } } } } }";
    let (data, statements) = world.count_statements(query).await;
    assert_eq!(statements, 2);
    let candidates = json!({"nodes": [{"flaggedBy": "ana"}]});
    assert_eq!(
        data["sourceSearch"],
        json!([{"sourceId": source, "separationDeg": null,
            "statistics": {"nObs": 30, "eseCandidates": candidates}}])
    );
    let cone =
        "{ sourceSearch(search: {cone: {raDeg: 1, decDeg: 16.3, radiusDeg: 0.1}}) { sourceId } }";
    assert_eq!(world.ask(cone).await["sourceSearch"], json!([{"sourceId": source_id(1)}]));

    let query = format!(
        "{{ sourceSummary(sourceId: \"{source}\") {{ name raDeg latestImageRowId statistics {{ nObs }}
             monitoringSource {{ id }} contributingImages {{ path msPath fluxJy }} }}
           variabilitySummary(sourceId: \"{source}\") {{ nEpochs variabilityIndex modulationIndex isVariable
             degreesOfFreedom firstMjd lastMjd vsMean metrics {{ points sumJy meanJy }} }}
           sourceQuality(sourceId: \"{source}\") {{ overall ungraded }}
           compareEpochs(fluxA: 10, errorA: 1, fluxB: 15, errorB: 1) {{ m }} }}"
    );
    let data = world.ask(&query).await;
    let summary = &data["sourceSummary"];
    assert_eq!(summary["contributingImages"].as_array().unwrap().len(), 30);
    assert_eq!(
        (&summary["statistics"]["nObs"], &summary["monitoringSource"]),
        (&json!(30), &Json::Null)
    );
    let variability = &data["variabilitySummary"];
    assert_eq!(variability["nEpochs"], 30);
    assert_eq!(variability["variabilityIndex"], variability["modulationIndex"]);
    assert_eq!(
        (&variability["isVariable"], &variability["firstMjd"]),
        (&json!(false), &json!(60_000.0))
    );
    assert_eq!(data["sourceQuality"], json!({"overall": null, "ungraded": "30"}));
    assert_eq!(data["compareEpochs"]["m"], -0.4);

    let data = world
        .ask("{ measuredSources(limit: 2, offset: 1) { sourceId numImages latestMjd } }")
        .await;
    assert_eq!(data["measuredSources"][0]["sourceId"], source_id(1).as_str());
    assert_eq!(data["measuredSources"][0]["numImages"], "30");
    let query = format!(
        "{{ measuredSourcesById(sourceIds: [\"{}\", \"x\"]) {{ sourceId }}
           sourcesCsv(sourceIds: [\"{source}\"]) nobody: sourceSummary(sourceId: \"x\") {{ name }} }}",
        source_id(2)
    );
    let data = world.ask(&query).await;
    assert_eq!(data["measuredSourcesById"], json!([{"sourceId": source_id(2)}]));
    assert_eq!(data["sourcesCsv"].as_str().unwrap().lines().count(), 2);
    assert_eq!(data["nobody"], Json::Null);
}

async fn an_explanation_can_be_followed(engine: Engine) {
    let query = "{ explainCandidate(id: \"1\") {
        candidate { sourceId notes } statistics { sigmaDeviation } flux used leftOut greatestSigma colour
        score { value confidence } rapidChange { significance }
        verdicts { preset qualifies thresholds { sigma chi2Nu } }
        metrics { points sumJy meanJy stdJy sumOfSquares sigmaDeviation eta v chi2Nu }
        points { mjd fluxJy errorJy used leftOut deviationJy chi2Term weight imagePath msPath
            calibration { valid { tableType sourceMeasurementSet { path } }
                applied { application { appliedAt } caltable { path } } } } } }";
    let mut counts = Vec::new();
    for images in [10, 30] {
        let world = world(engine, images).await;
        let (data, statements) = world.count_statements(query).await;
        counts.push(statements);
        let why = &data["explainCandidate"];
        assert_eq!(
            (&why["used"], &why["leftOut"], &why["flux"]),
            (&json!(images), &json!(0), &json!("PEAK"))
        );
        assert_eq!(why["metrics"]["sigmaDeviation"], why["statistics"]["sigmaDeviation"]);
        let points = why["points"].as_array().unwrap();
        let sum =
            |field: &str| points.iter().map(|point| point[field].as_f64().unwrap()).sum::<f64>();
        let metric = |name: &str| why["metrics"][name].as_f64().unwrap();
        let count = f64::from(images);
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b.abs(), "{a} is not {b}");
        close(sum("fluxJy"), metric("sumJy"));
        close(sum("fluxJy") / count, metric("meanJy"));
        close(sum("chi2Term") / (count - 1.0), metric("chi2Nu"));
        close((metric("sumOfSquares") / count).sqrt(), metric("stdJy"));
        assert_eq!(points[3]["msPath"], "/ms/00003.ms");
        let calibration = &points[3]["calibration"];
        assert_eq!(calibration["valid"].as_array().unwrap().len(), 2);
        assert_eq!(calibration["valid"][0]["tableType"], "BP");
        assert_eq!(calibration["applied"].as_array().unwrap().len(), 1);
        assert_eq!(calibration["applied"][0]["caltable"]["path"], "/cal/00003.BP");
        assert_eq!(why["verdicts"][0]["thresholds"], json!({"sigma": 5.0, "chi2Nu": 4.0}));
    }
    assert_eq!(counts[0], counts[1], "as many statements for ten epochs as for thirty");
}

async fn what_cannot_be_asked_is_refused(engine: Engine) {
    let world = World::new(engine).await;
    let code = async |query: &str| world.refusal(query).await.0;
    assert_eq!(code("{ explainCandidate(id: \"7\") { used } }").await, "NOT_FOUND");
    assert_eq!(code("{ explainCandidate(id: \"x\") { used } }").await, "BAD_USER_INPUT");
    assert_eq!(code("{ measuredSources(limit: 0) { sourceId } }").await, "BAD_USER_INPUT");
    assert_eq!(code("{ measuredSources(offset: -1) { sourceId } }").await, "BAD_USER_INPUT");
    assert_eq!(code("{ sourcesCsv(sourceIds: []) }").await, "BAD_USER_INPUT");
    assert_eq!(code("{ sourceSearch(orderBy: SEPARATION) { sourceId } }").await, "BAD_USER_INPUT");
    let zero = "{ compareEpochs(fluxA: 1, errorA: 0, fluxB: 1, errorB: 1) { m } }";
    assert_eq!(code(zero).await, "BAD_USER_INPUT");
}
