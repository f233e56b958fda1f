//! Relations: from row to row, within a database and across.

use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, source_id},
};

engines!(
    an_image_knows_its_neighbours,
    the_number_of_statements_does_not_grow_with_the_rows,
    a_parent_with_many_children_gives_its_page,
    every_row_is_found_again_by_its_id,
);

async fn an_image_knows_its_neighbours(engine: Engine) {
    let world = World::with_images(engine, 5, 3).await;
    let data = world
        .ask(
            "{ images(where: {path: {eq: \"/images/00002.fits\"}}) { nodes {
                 measurementSet { path fieldName images { nodes { path } } }
                 caltables { path status sourceMeasurementSet { path } }
                 photometry(first: 2, orderBy: [{field: SOURCE_ID, direction: DESC}]) {
                   totalCount pageInfo { hasNextPage } nodes { sourceId source { raDeg photometry(first: 1) { totalCount } } image { rowId } }
                 }
               } } }",
        )
        .await;
    assert_eq!(
        data["images"]["nodes"],
        json!([{
            "measurementSet": {
                "path": "/ms/00002.ms", "fieldName": "field 2",
                "images": {"nodes": [{"path": "/images/00002.fits"}]},
            },
            "caltables": [
                {"path": "/cal/00002.BP", "status": "ACTIVE", "sourceMeasurementSet": null},
                {"path": "/cal/00002.GP", "status": "ACTIVE", "sourceMeasurementSet": null},
            ],
            "photometry": {
                "totalCount": 3, "pageInfo": {"hasNextPage": true},
                "nodes": [
                    {"sourceId": source_id(2), "source": {"raDeg": 2.0, "photometry": {"totalCount": 5}}, "image": {"rowId": "3"}},
                    {"sourceId": source_id(1), "source": {"raDeg": 1.0, "photometry": {"totalCount": 5}}, "image": {"rowId": "3"}},
                ],
            },
        }])
    );
}

async fn the_number_of_statements_does_not_grow_with_the_rows(engine: Engine) {
    let world = World::with_images(engine, 100, 12).await;
    let query = |images: i32| {
        format!(
            "{{ images(first: {images}) {{ nodes {{ path
                 measurementSet {{ path midMjd }}
                 caltables {{ path tableType }}
                 photometry(first: 10) {{ nodes {{ peakJyb source {{ alpha }} }} }} }} }} }}"
        )
    };
    world.ask(&query(1)).await;
    let (_, few) = world.count_statements(&query(2)).await;
    let (data, many) = world.count_statements(&query(100)).await;
    // The images, their measurement sets, those once more for their mid-times, the calibration tables,
    // the measurements and the sources.
    assert_eq!((few, many), (6, 6));
    let nodes = data["images"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 100);
    for node in nodes {
        assert_eq!(node["caltables"].as_array().unwrap().len(), 2);
        assert_eq!(node["photometry"]["nodes"].as_array().unwrap().len(), 10);
    }
}

async fn a_parent_with_many_children_gives_its_page(engine: Engine) {
    let world = World::with_images(engine, 50, 400).await;
    let rows = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = rows.clone();
    world.sessions.observe(move |info| seen.lock().unwrap().push(info.statement.to_string()));
    let (data, statements) = world
        .count_statements(
            "{ images(first: 50) { nodes { photometry(first: 1) { nodes { rowId } } } } }",
        )
        .await;
    assert_eq!(statements, 2);
    for node in data["images"]["nodes"].as_array().unwrap() {
        assert_eq!(node["photometry"]["nodes"].as_array().unwrap().len(), 1);
    }
    // One row more than the page for each parent is all that the statement reads of 20,000.
    let statements = rows.lock().unwrap();
    assert_eq!(statements.last().unwrap().matches("LIMIT 2").count(), 50);
}

async fn every_row_is_found_again_by_its_id(engine: Engine) {
    let world = World::with_images(engine, 2, 2).await;
    for list in ["images", "measurementSets", "photometry", "caltables", "sources"] {
        let data =
            world.ask(&format!("{{ {list}(first: 2) {{ nodes {{ id __typename }} }} }}")).await;
        for node in data[list]["nodes"].as_array().unwrap() {
            let id = node["id"].as_str().unwrap();
            let found = world.ask(&format!("{{ node(id: \"{id}\") {{ id __typename }} }}")).await;
            assert_eq!(found["node"], *node);
        }
    }
    let image = world.ask("{ images(first: 1) { nodes { id } } }").await;
    let id = image["images"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let data = world
        .ask(&format!(
            "{{ node(id: \"{id}\") {{ ... on Image {{ path photometry {{ totalCount }} }} }} }}"
        ))
        .await;
    assert_eq!(
        data["node"],
        json!({"path": "/images/00000.fits", "photometry": {"totalCount": 2}})
    );
}
