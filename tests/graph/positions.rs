//! Positions: what lies in a cone, nearest first, in every list.

use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::World,
};

engines!(
    a_cone_gives_what_is_near_nearest_first,
    pages_follow_the_distance,
    cones_stand_beside_other_conditions,
    children_are_found_in_cones,
    cones_that_cannot_be_are_refused,
);

/// Sources stand a degree of right ascension apart, at one declination.
async fn world(engine: Engine) -> World {
    World::with_images(engine, 2, 360).await
}

fn ras(list: &Json) -> Vec<f64> {
    let nodes = list["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["raDeg"].as_f64().unwrap()).collect()
}

async fn a_cone_gives_what_is_near_nearest_first(engine: Engine) {
    let world = world(engine).await;
    for centre in [
        "raDeg: 359.6, decDeg: 16.27",
        "raDeg: -0.4, decDeg: 16.27",
        "position: \"359.6 +16.27\"",
        "position: \"-0.4 16.27\"",
        "position: \"23:58:24 +16:16:12\"",
        "position: \"23h58m24s +16d16m12s\"",
        "position: \"J235824+161612\"",
        "position: \"NVSS J235824.0+161612.0\"",
    ] {
        let query = format!(
            "{{ sources(where: {{position: {{cone: {{{centre}, radiusDeg: 1.6}}}}}}) {{
                 totalCount nodes {{ raDeg separationDeg }} }} }}"
        );
        let (data, statements) = world.count_statements(&query).await;
        assert_eq!(statements, 2);
        assert_eq!(ras(&data["sources"]), [0.0, 359.0, 1.0, 358.0], "{centre}");
        assert_eq!(data["sources"]["totalCount"], 4);
        let separation = data["sources"]["nodes"][0]["separationDeg"].as_f64().unwrap();
        assert!((separation - 0.4 * 16.27_f64.to_radians().cos()).abs() < 1e-5, "{separation}");
    }
    let explicit = world
        .ask(
            "{ sources(where: {position: {cone: {raDeg: 10, decDeg: 16.27, radiusDeg: 1.2}}},
                 orderBy: [{field: RA_DEG, direction: DESC}]) { nodes { raDeg separationDeg } } }",
        )
        .await;
    assert_eq!(ras(&explicit["sources"]), [11.0, 10.0, 9.0]);
    assert_eq!(explicit["sources"]["nodes"][1]["separationDeg"], 0.0);
    let whole = world.ask("{ sources(first: 1) { nodes { separationDeg } } }").await;
    assert_eq!(whole["sources"]["nodes"], json!([{"separationDeg": null}]));
}

async fn pages_follow_the_distance(engine: Engine) {
    let world = world(engine).await;
    let cone = "where: {position: {cone: {raDeg: 100.0, decDeg: 16.27, radiusDeg: 5.1}}}";
    let whole = world.ask(&format!("{{ sources({cone}) {{ nodes {{ raDeg }} }} }}")).await;
    let whole = ras(&whole["sources"]);
    assert_eq!(whole.len(), 11);
    for size in [1, 2, 3, 10] {
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let query = format!(
                "{{ sources({cone}, first: {size}{after}) {{
                     nodes {{ raDeg }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let page = &world.ask(&query).await["sources"];
            seen.extend(ras(page));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(seen, whole, "pages of {size}");
    }
    let last = world.ask(&format!("{{ sources({cone}, last: 2) {{ nodes {{ raDeg }} }} }}")).await;
    assert_eq!(ras(&last["sources"]), whole[9..]);
}

async fn cones_stand_beside_other_conditions(engine: Engine) {
    let world = world(engine).await;
    let cone = |ra: f64, radius: f64| {
        format!("{{position: {{cone: {{raDeg: {ra}, decDeg: 16.27, radiusDeg: {radius}}}}}}}")
    };
    let ask = async |condition: String| {
        let query = format!("{{ sources(where: {condition}) {{ nodes {{ raDeg }} }} }}");
        ras(&world.ask(&query).await["sources"])
    };
    let both = format!("{{and: [{}, {{raDeg: {{gte: 100}}}}]}}", cone(100.0, 1.1));
    assert_eq!(ask(both).await, [100.0, 101.0]);
    let either = format!("{{or: [{}, {}]}}", cone(100.0, 0.1), cone(200.0, 0.1));
    assert_eq!(ask(either).await, [100.0, 200.0]);
    let not = format!("{{and: [{}, {{not: {}}}]}}", cone(100.0, 1.1), cone(100.0, 0.1));
    assert_eq!(ask(not).await.len(), 2);
    assert_eq!(ask(cone(100.0, 180.0)).await.len(), 50);
    let images = world
        .ask("{ images(where: {position: {cone: {raDeg: 0, decDeg: 0, radiusDeg: 180}}}) { totalCount } }")
        .await;
    assert_eq!(images["images"]["totalCount"], 0, "what has no position lies in no cone");
}

async fn children_are_found_in_cones(engine: Engine) {
    let world = world(engine).await;
    let query = "{ images { nodes { photometry(where: {position: {cone: {
        position: \"J064000+161612\", radiusDeg: 1.1}}}) { nodes { raDeg separationDeg image { path } } totalCount } } } }";
    let (data, statements) = world.count_statements(query).await;
    assert_eq!(statements, 4);
    for image in data["images"]["nodes"].as_array().unwrap() {
        let photometry = &image["photometry"];
        assert_eq!(photometry["totalCount"], 3);
        assert!((photometry["nodes"][0]["raDeg"].as_f64().unwrap() - 100.0).abs() < 1e-9);
        assert!(photometry["nodes"][0]["separationDeg"].as_f64().unwrap() < 1e-9);
        assert!(photometry["nodes"][2]["separationDeg"].as_f64().unwrap() > 0.9);
    }
}

async fn cones_that_cannot_be_are_refused(engine: Engine) {
    let world = World::new(engine).await;
    for (cone, message) in [
        ("{raDeg: 1, decDeg: 91, radiusDeg: 1}", "decDeg: "),
        ("{raDeg: 1, decDeg: 1, radiusDeg: 0}", "radiusDeg: "),
        ("{raDeg: 1, decDeg: 1, radiusDeg: 181}", "radiusDeg: "),
        ("{raDeg: 1, radiusDeg: 1}", "give raDeg and decDeg, or position"),
        ("{position: \"nowhere\", radiusDeg: 1}", "position: \\\"nowhere\\\" is no position"),
        ("{position: \"1 2\", raDeg: 1, decDeg: 2, radiusDeg: 1}", "not both"),
    ] {
        let query =
            format!("{{ sources(where: {{position: {{cone: {cone}}}}}) {{ totalCount }} }}");
        let said = world.respond(&query).await["errors"].to_string();
        assert!(said.contains(message), "{cone}: {said}");
    }
    let response = world
        .respond("{ jobs(where: {position: {cone: {raDeg: 1, decDeg: 1, radiusDeg: 1}}}) { totalCount } }")
        .await;
    assert!(response["errors"].to_string().contains("position"), "{response}");
}
