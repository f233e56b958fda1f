//! Where rows came from, and what a calibration touched.

use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::World,
};

engines!(
    an_image_knows_what_was_made_of_it,
    a_measurement_knows_what_it_was_made_of,
    only_rows_with_provenance_are_followed,
    an_impact_is_counted_and_paged,
);

/// Edges as `child KIND parent`, a question mark where they are inferred.
fn edges(provenance: &Json) -> Vec<String> {
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let mut edges: Vec<String> = provenance["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let mark = if edge["inferred"] == true { "?" } else { "" };
            let (child, parent) = (text(&edge["child"]["key"]), text(&edge["parent"]["key"]));
            format!("{child} {}{mark} {parent}", text(&edge["kind"]))
        })
        .collect();
    edges.sort();
    edges
}

const EDGES: &str = "edges { kind inferred child { key } parent { key } }";

async fn id(world: &World, list: &str) -> String {
    let data = world.ask(&format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}")).await;
    data[list]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

async fn an_image_knows_what_was_made_of_it(engine: Engine) {
    let mut counts = Vec::new();
    for measurements in [2, 40] {
        let world = World::with_images(engine, 2, measurements).await;
        let image = id(&world, "images").await;
        let query = format!(
            "{{ provenance(id: \"{image}\", direction: DESCENDANTS) {{
                nodes {{ kind depth state id row {{ __typename id }} }} truncated notices {{ database }}
            }} }}"
        );
        let (data, statements) = world.count_statements(&query).await;
        let provenance = &data["provenance"];
        let nodes = provenance["nodes"].as_array().unwrap();
        let expected = 1 + 2 * usize::try_from(measurements).unwrap();
        assert_eq!(nodes.len(), expected);
        assert_eq!(nodes[0]["row"], json!({"__typename": "Image", "id": image}));
        for node in nodes {
            assert_eq!((&node["state"], &node["id"]), (&json!("PRESENT"), &node["row"]["id"]));
        }
        assert_eq!((&provenance["truncated"], &provenance["notices"]), (&json!(false), &json!([])));
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1], "statements grow with the rows");
}

async fn a_measurement_knows_what_it_was_made_of(engine: Engine) {
    let world = World::with_images(engine, 2, 1).await;
    let measurement = id(&world, "photometry").await;
    let data = world.ask(&format!("{{ provenance(id: \"{measurement}\") {{ {EDGES} }} }}")).await;
    assert_eq!(
        edges(&data["provenance"]),
        [
            "/images/00000.fits IMAGED_FROM /ms/00000.ms",
            "/ms/00000.ms CALIBRATED_WITH? /cal/00000.BP",
            "/ms/00000.ms CALIBRATED_WITH? /cal/00000.GP",
            "1 MEASURED_ON_IMAGE /images/00000.fits",
        ]
    );
}

async fn only_rows_with_provenance_are_followed(engine: Engine) {
    let world = World::with_images(engine, 1, 1).await;
    let image = id(&world, "images").await;
    for (arguments, argument) in [
        ("id: \"nonsense\"".to_owned(), "id"),
        (format!("id: \"{image}\", depth: -1"), "depth"),
        (format!("id: \"{image}\", depth: 101"), "depth"),
        (format!("id: \"{image}\", nodes: 0"), "nodes"),
    ] {
        let query = format!("{{ provenance({arguments}) {{ truncated }} }}");
        let (code, message) = world.refusal(&query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.starts_with(argument), "{message}");
    }
}

async fn an_impact_is_counted_and_paged(engine: Engine) {
    let world = World::with_images(engine, 3, 4).await;
    let query = "{ calibrationImpact(setName: \"set 1\") {
        tables { path } truncated notices { database }
        measurementSets { totalCount inferredCount nodes { path touch measurementSet { path } } }
        images { totalCount nodes { path suspect { inferred } } }
        photometry(first: 3, offset: 2) { totalCount inferredCount nodes { sourceId } }
        mosaics { totalCount } variabilityStats { totalCount } alerts { totalCount }
    } }";
    let impact = &world.ask(query).await["calibrationImpact"];
    assert_eq!(impact["tables"].as_array().unwrap().len(), 3);
    assert_eq!(
        impact["measurementSets"],
        json!({
            "totalCount": "1",
            "inferredCount": "1",
            "nodes": [{
                "path": "/ms/00001.ms",
                "touch": "INFERRED",
                "measurementSet": {"path": "/ms/00001.ms"},
            }],
        })
    );
    let images =
        json!({"totalCount": "1", "nodes": [{"path": "/images/00001.fits", "suspect": []}]});
    assert_eq!(impact["images"], images);
    assert_eq!(impact["photometry"]["totalCount"], "4");
    assert_eq!(impact["photometry"]["nodes"].as_array().unwrap().len(), 2);
    let (code, _) = world.refusal("{ calibrationImpact { truncated } }").await;
    assert_eq!(code, "BAD_USER_INPUT");
    let (code, _) = world.refusal("{ calibrationImpact(caltable: \"/none\") { truncated } }").await;
    assert_eq!(code, "NOT_FOUND");
}
