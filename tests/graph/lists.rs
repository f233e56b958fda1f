//! Lists: pages, orders and conditions.

use serde_json::{Value as Json, json};

use crate::{
    support::{Engine, engines},
    world::World,
};

engines!(
    pages_of_any_size_give_each_row_once,
    a_page_before_a_cursor_is_the_one_that_came_before,
    rows_added_behind_a_cursor_do_not_shift_it,
    a_cursor_belongs_to_its_list_and_order,
    conditions_select_rows,
    words_outside_the_vocabulary_are_shown,
    bad_arguments_are_named,
    totals_are_counted_only_when_asked_for,
    a_missing_database_costs_only_its_fields,
    a_database_that_is_behind_costs_only_its_fields,
);

/// The paths of all images, page by page.
async fn walk(world: &World, order: &str, size: usize, backward: bool) -> Vec<String> {
    let mut paths = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = if backward {
            format!("last: {size}{}", place("before", &cursor))
        } else {
            format!("first: {size}{}", place("after", &cursor))
        };
        let query = format!(
            "{{ images({page}, orderBy: [{order}]) {{ nodes {{ path }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let list = &world.ask(&query).await["images"];
        let mut rows: Vec<String> = list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["path"].as_str().unwrap().to_owned())
            .collect();
        let info = &list["pageInfo"];
        if backward {
            rows.extend(std::mem::take(&mut paths));
            paths = rows;
        } else {
            paths.extend(rows);
        }
        let (more, next) = if backward {
            (&info["hasPreviousPage"], &info["startCursor"])
        } else {
            (&info["hasNextPage"], &info["endCursor"])
        };
        if *more != Json::Bool(true) {
            return paths;
        }
        next.as_str().unwrap().clone_into(&mut cursor);
    }
}

fn place(argument: &str, cursor: &str) -> String {
    if cursor.is_empty() { String::new() } else { format!(", {argument}: \"{cursor}\"") }
}

async fn pages_of_any_size_give_each_row_once(engine: Engine) {
    let world = World::with_images(engine, 23, 0).await;
    let orders = [
        "{field: ID}",
        "{field: NOISE_JY}",
        "{field: NOISE_JY, direction: DESC}",
        "{field: NOISE_JY, direction: DESC}, {field: CREATED_AT}",
        "{field: FIELD_NAME, direction: DESC}, {field: NOISE_JY}",
    ];
    for order in orders {
        let whole = walk(&world, order, 1_000, false).await;
        let mut distinct = whole.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 23, "{order}");
        for size in [1, 2, 5, 22] {
            assert_eq!(walk(&world, order, size, false).await, whole, "{order}, pages of {size}");
            assert_eq!(
                walk(&world, order, size, true).await,
                whole,
                "{order}, pages of {size} backward"
            );
        }
    }
    let noises = world
        .ask("{ images(orderBy: [{field: NOISE_JY, direction: DESC}]) { nodes { noiseJy } } }")
        .await;
    let nodes = noises["images"]["nodes"].as_array().unwrap();
    assert!(nodes[0]["noiseJy"].is_f64() && nodes[22]["noiseJy"].is_null(), "nulls come last");
}

async fn a_page_before_a_cursor_is_the_one_that_came_before(engine: Engine) {
    let world = World::with_images(engine, 10, 0).await;
    let page = world.ask("{ images(first: 6) { edges { cursor node { path } } } }").await;
    let cursor = page["images"]["edges"][5]["cursor"].as_str().unwrap().to_owned();
    let query = format!(
        "{{ images(last: 2, before: \"{cursor}\") {{ nodes {{ path }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}"
    );
    let before = world.ask(&query).await;
    assert_eq!(
        before["images"],
        json!({
            "nodes": [{"path": "/images/00003.fits"}, {"path": "/images/00004.fits"}],
            "pageInfo": {"hasNextPage": true, "hasPreviousPage": true},
        })
    );
}

async fn rows_added_behind_a_cursor_do_not_shift_it(engine: Engine) {
    use almanac_entity::{
        Database,
        products::{image, ms_index},
    };
    use almanac_service::Repository;
    let world = World::with_images(engine, 4, 0).await;
    let newest = "orderBy: [{field: CREATED_AT, direction: DESC}]";
    let page = world
        .ask(&format!(
            "{{ images(first: 2, {newest}) {{ nodes {{ path }} pageInfo {{ endCursor }} }} }}"
        ))
        .await;
    let cursor = page["images"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let writer = world.sessions.writer(Database::Products).await.unwrap();
    Repository::<_, ms_index::Entity>::new(&writer)
        .insert(crate::world::measurement_set(9))
        .await
        .unwrap();
    Repository::<_, image::Entity>::new(&writer).insert(crate::world::image(9)).await.unwrap();
    let next = world
        .ask(&format!(
            "{{ images(first: 2, after: \"{cursor}\", {newest}) {{ nodes {{ path }} }} }}"
        ))
        .await;
    assert_eq!(
        next["images"]["nodes"],
        json!([{"path": "/images/00001.fits"}, {"path": "/images/00000.fits"}])
    );
}

async fn a_cursor_belongs_to_its_list_and_order(engine: Engine) {
    let world = World::with_images(engine, 3, 1).await;
    let page = world.ask("{ images(first: 1) { pageInfo { endCursor } } }").await;
    let cursor = page["images"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    for query in [
        format!("{{ photometry(after: \"{cursor}\") {{ nodes {{ id }} }} }}"),
        format!(
            "{{ images(after: \"{cursor}\", orderBy: [{{field: NOISE_JY}}]) {{ nodes {{ id }} }} }}"
        ),
        "{ images(after: \"nonsense\") { nodes { id } } }".to_owned(),
    ] {
        let (code, message) = world.refusal(&query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{query}");
        assert!(message.starts_with("cursor"), "{message}");
    }
}

async fn conditions_select_rows(engine: Engine) {
    let world = World::with_images(engine, 12, 0).await;
    let cases = [
        ("{path: {eq: \"/images/00003.fits\"}}", 1),
        ("{path: {startsWith: \"/IMAGES/0000\"}}", 10),
        ("{fieldName: {contains: \"d 1\"}}", 3),
        ("{fieldName: {contains: \"%\"}}", 0),
        ("{noiseJy: {isNull: true}}", 4),
        ("{noiseJy: {gt: 0.00035}}", 3),
        ("{noiseJy: {gte: 0.0001, lt: 0.00025}}", 3),
        ("{type: {eq: IMAGE}}", 12),
        ("{type: {in: [MOSAIC, PBCOR]}}", 0),
        ("{or: [{rowId: {eq: \"1\"}}, {rowId: {in: [\"2\", \"3\"]}}]}", 3),
        ("{not: {rowId: {in: [\"1\"]}}}", 11),
        ("{and: [{rowId: {ne: \"1\"}}, {rowId: {ne: \"2\"}}]}", 10),
        ("{createdAt: {gte: \"2023-11-14T22:13:30Z\"}}", 2),
        ("{pbcor: {eq: true}}", 0),
        ("{rowId: {in: []}}", 0),
        ("{or: []}", 0),
        ("{}", 12),
    ];
    for (condition, count) in cases {
        let query = format!("{{ images(where: {condition}) {{ totalCount nodes {{ rowId }} }} }}");
        let data = world.ask(&query).await;
        assert_eq!(data["images"]["totalCount"], count, "{condition}");
        assert_eq!(data["images"]["nodes"].as_array().unwrap().len(), count, "{condition}");
    }
}

async fn words_outside_the_vocabulary_are_shown(engine: Engine) {
    use almanac_entity::Database;
    use sea_orm::ConnectionTrait;
    let world = World::with_images(engine, 2, 0).await;
    let writer = world.sessions.writer(Database::Products).await.unwrap();
    writer.execute_unprepared("UPDATE images SET type = 'holiday' WHERE id = 2").await.unwrap();
    let data = world.ask("{ images { nodes { type typeText } } }").await;
    assert_eq!(
        data["images"]["nodes"],
        json!([{"type": "IMAGE", "typeText": "image"}, {"type": "OTHER", "typeText": "holiday"}])
    );
    let found = world.ask("{ images(where: {typeText: {eq: \"holiday\"}}) { totalCount } }").await;
    assert_eq!(found["images"]["totalCount"], 1);
}

async fn bad_arguments_are_named(engine: Engine) {
    let world = World::new(engine).await;
    for (query, name) in [
        ("{ images(first: -1) { nodes { id } } }", "first"),
        ("{ images(first: 1001) { nodes { id } } }", "first"),
        ("{ images(first: 1, last: 1) { nodes { id } } }", "last"),
        ("{ lightCurve(sourceId: \"a\", fromMjd: 2, toMjd: 1) { mjd } }", "from_mjd"),
        ("{ node(id: \"nonsense\") { id } }", "id"),
    ] {
        let (code, message) = world.refusal(query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{query}: {message}");
        assert!(message.starts_with(name), "{message}");
    }
    for query in [
        "{ images(where: {noiseJy: {eq: null}}) { nodes { id } } }",
        "{ images(where: {createdAt: {eq: \"yesterday\"}}) { nodes { id } } }",
        "{ images(where: {type: {eq: OTHER}}) { nodes { id } } }",
    ] {
        let response = world.respond(query).await;
        assert!(response["errors"][0]["message"].is_string(), "{query}");
    }
}

async fn totals_are_counted_only_when_asked_for(engine: Engine) {
    let world = World::with_images(engine, 3, 2).await;
    world.ask("{ images { nodes { path } } }").await;
    let (_, plain) =
        world.count_statements("{ images(first: 2) { nodes { path noiseJy } } }").await;
    let (data, counted) =
        world.count_statements("{ images(first: 2) { totalCount nodes { path } } }").await;
    assert_eq!((plain, counted), (1, 2));
    assert_eq!(data["images"]["totalCount"], 3);
}

async fn a_missing_database_costs_only_its_fields(engine: Engine) {
    let world = World::with_images(engine, 2, 0).await;
    let response =
        world.respond("{ images { nodes { path } } ingestGroups { nodes { groupId } } }").await;
    assert_eq!(response["data"]["images"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(response["errors"].as_array().unwrap().len(), 1);
}

async fn a_database_that_is_behind_costs_only_its_fields(engine: Engine) {
    use almanac_entity::Database;
    use sea_orm::ConnectionTrait;
    let world = World::with_images(engine, 2, 0).await;
    let writer = world.sessions.writer(Database::CalRegistry).await.unwrap();
    writer.execute_unprepared("DROP TABLE calibration_applied").await.unwrap();
    writer.execute_unprepared("DROP TABLE caltables").await.unwrap();
    let response = world.respond("{ images { nodes { path caltables { path } } } }").await;
    let nodes = response["data"]["images"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 2);
    let error = &response["errors"][0];
    assert_eq!(error["extensions"]["code"], "DATABASE_UNAVAILABLE");
    assert!(
        !error["message"].as_str().unwrap().contains("caltables"),
        "the engine's words stay here"
    );
}
