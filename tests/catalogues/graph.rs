//! The catalogues in the graph.

use almanac_database::Database;
use almanac_entity::{UnixTime, calibrators::bandpass_calibrator};
use almanac_service::{Repository, calibrators::NewBandpassCalibrator, catalogues::Catalogue};
use async_graphql::Request;
use serde_json::{Value as Json, json};

use crate::{
    World,
    support::{Engine, engines},
};

engines!(the_graph_answers);

async fn ask(world: &World, document: &str) -> Json {
    let graph = almanac_api::graph(world.sessions.clone());
    serde_json::to_value(graph.execute(Request::new(document)).await).unwrap()
}

async fn the_graph_answers(engine: Engine) {
    let world = World::new(engine).await;
    let csv = "name,ra_deg,dec_deg,flux_mjy\nA,202.7846,30.5093,14900\nB,202.7,30.4,1500\n";
    world.build(Catalogue::Nvss, Some(30.5), csv).await;
    let writer = world.sessions.writer(Database::Calibrators).await.unwrap();
    let table = Repository::<_, bandpass_calibrator::Entity>::new(&writer);
    let new = NewBandpassCalibrator {
        flux_jy: Some(14.9),
        ..NewBandpassCalibrator::new("3C286", 202.7845, 30.5092)
    };
    table.register_bandpass_calibrator(new, UnixTime(1.0)).await.unwrap();

    let answer = ask(
        &world,
        r#"{
            survey: surveySources(catalog: NVSS, raDeg: 202.7, decDeg: 30.4, radiusDeg: 0.5) {
                sources { name fluxMjy } notices
            }
            unified: unifiedCatalog(
                raDeg: 202.7, decDeg: 30.4, radiusDeg: 0.5, mergeRadiusArcsec: 5
            ) {
                sources { sourceName catalog fluxJy matches { sourceName } } warnings
            }
            cone: catalogConeSearch(raDeg: 202.7, decDeg: 30.4, radiusDeg: 0.5, first: 1) {
                sources { sourceName } warnings
            }
            info: sourceInfo(name: "3C286") { source { sourceName } status decRangeMin }
            none: sourceInfo(name: "nobody") { status }
            field: calibratorsForField(raDeg: 202.7, decDeg: 30.4, radiusDeg: 0.5) {
                bandpass { calibratorName status } gains { sourceName }
            }
            at: bandpassCalibratorsAt(decDeg: 30) { calibratorName }
            flux: fluxAtFrequency(calibrator: "3C286") { fluxJy method freqGhz }
            files: catalogFiles { catalog fileName readable }
            model: skyModel(fieldId: "f1") { fieldId }
            thresholds: referenceThresholds { goodSnrMin recorded sources }
            references: referenceSources(raDeg: 202.7, decDeg: 30.4) { separationArcsec }
            byDec: calibratorsByDec(decDeg: 30) { name }
        }"#,
    )
    .await;
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    let data = &answer["data"];
    assert_eq!(data["survey"]["sources"][0], json!({"name": "A", "fluxMjy": 14900.0}));
    assert_eq!(
        data["unified"]["sources"],
        json!([
            {
                "sourceName": "3C286", "catalog": "VLA", "fluxJy": 14.9,
                "matches": [{"sourceName": "NVSS_202.784600_30.509300"}]
            },
            {"sourceName": "NVSS_202.700000_30.400000", "catalog": "NVSS", "fluxJy": 1.5, "matches": []}
        ])
    );
    assert_eq!(
        data["cone"]["warnings"].as_array().unwrap().len(),
        2,
        "FIRST and RACS have no file"
    );
    assert_eq!(
        data["info"],
        json!({"source": {"sourceName": "3C286"}, "status": "active", "decRangeMin": null})
    );
    assert_eq!(data["none"], Json::Null);
    assert_eq!(data["field"]["bandpass"], json!({"calibratorName": "3C286", "status": "ACTIVE"}));
    assert_eq!(data["field"]["gains"], json!([{"sourceName": "NVSS_202.700000_30.400000"}]));
    assert_eq!(data["at"], json!([{"calibratorName": "3C286"}]));
    assert_eq!(data["flux"], json!({"fluxJy": 14.9, "method": "CATALOG", "freqGhz": 1.405}));
    assert_eq!(
        data["files"],
        json!([{"catalog": "NVSS", "fileName": "nvss_dec+30.5.sqlite3", "readable": true}])
    );
    assert_eq!(data["thresholds"], json!({"goodSnrMin": 7.0, "recorded": false, "sources": 0}));
    assert_eq!(data["references"], json!([]));
    assert_eq!((&data["model"], &data["byDec"]), (&Json::Null, &json!([])));

    for (document, code) in [
        ("{ unifiedCatalog(raDeg: 0, decDeg: 0, radiusDeg: 11) { warnings } }", "BAD_USER_INPUT"),
        (
            "{ unifiedCatalog(raDeg: 0, decDeg: 0, radiusDeg: 1, first: 10001) { warnings } }",
            "BAD_USER_INPUT",
        ),
        ("{ surveySources(catalog: FIRST, raDeg: 0, decDeg: 0) { notices } }", "NOT_FOUND"),
        (r#"{ skyModelFile(path: "../../etc/passwd") { totalFluxJy } }"#, "BAD_USER_INPUT"),
        (r#"{ calibratorsByDec(decDeg: 0, band: "7cm") { name } }"#, "BAD_USER_INPUT"),
    ] {
        let answer = ask(&world, document).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{document} {answer}");
    }
}
