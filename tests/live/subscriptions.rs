//! Subscriptions of the graph.

use std::{sync::atomic::Ordering, time::Duration};

use almanac_api::{Graph, live_graph};
use almanac_database::Database;
use almanac_service::{
    Sessions,
    access::Access,
    live::{Live, Settings},
};
use async_graphql::Request;
use futures::{FutureExt, Stream, StreamExt};
use serde_json::{Value as Json, json};

use crate::{
    elsewhere::{group, image, measurement_set, soon, state, write},
    support::{Engine, TestDatabase, engines},
};

engines!(
    a_row_comes_with_its_edges,
    counts_are_words_and_numbers,
    a_set_of_calibration_tables_is_one_event,
    what_cannot_be_followed_is_said_so,
);

struct World {
    ingest: TestDatabase,
    products: TestDatabase,
    registry: TestDatabase,
    client: Client,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let ingest = TestDatabase::migrated(Database::Ingest, engine).await;
        let products = TestDatabase::migrated(Database::Products, engine).await;
        let registry = TestDatabase::migrated(Database::CalRegistry, engine).await;
        let client = Client::of(&[&ingest, &products, &registry]);
        Self { ingest, products, registry, client }
    }

    async fn begun(&self, document: &str) -> impl Stream<Item = Json> + Unpin + use<> {
        self.client.begun(document).await
    }

    fn subscribe(&self, document: &str) -> impl Stream<Item = Json> + Unpin + use<> {
        self.client.subscribe(document)
    }
}

/// A client of a server's graph.
pub(crate) struct Client {
    live: Live,
    graph: Graph,
}

impl Client {
    /// Of a server of these databases.
    pub(crate) fn of(databases: &[&TestDatabase]) -> Self {
        let addresses = databases.iter().map(|test| test.address().clone()).collect();
        let sessions = Sessions::new(addresses);
        let settings = Settings { interval: Duration::from_millis(20) };
        let live = Live::new(sessions.clone(), settings);
        let graph = live_graph(sessions, live.clone());
        Self { live, graph }
    }

    /// The events of a subscription that has begun: what is written from now on comes.
    pub(crate) async fn begun(&self, document: &str) -> impl Stream<Item = Json> + Unpin + use<> {
        self.begun_by(document, Access::Local).await
    }

    /// The same, for somebody.
    pub(crate) async fn begun_by(
        &self,
        document: &str,
        access: Access,
    ) -> impl Stream<Item = Json> + Unpin + use<> {
        let followers = || self.live.counters().followers.load(Ordering::Relaxed);
        let before = followers();
        let mut events = self.subscribe_by(document, access);
        let begin = async {
            while followers() == before {
                assert!(events.next().now_or_never().is_none(), "nothing was written");
                tokio::task::yield_now().await;
            }
        };
        soon(begin).await;
        events
    }

    pub(crate) fn subscribe(&self, document: &str) -> impl Stream<Item = Json> + Unpin + use<> {
        self.subscribe_by(document, Access::Local)
    }

    pub(crate) fn subscribe_by(
        &self,
        document: &str,
        access: Access,
    ) -> impl Stream<Item = Json> + Unpin + use<> {
        let responses = self.graph.execute_stream(Request::new(document).data(access));
        responses.map(|response| serde_json::to_value(response).unwrap())
    }
}

/// The data of the next event.
pub(crate) async fn next(events: &mut (impl Stream<Item = Json> + Unpin)) -> Json {
    let response = soon(events.next()).await.expect("an event");
    assert_eq!(response.get("errors"), None, "{response}");
    response["data"].clone()
}

async fn a_row_comes_with_its_edges(engine: Engine) {
    let world = World::new(engine).await;
    write(&world.products, [measurement_set()]).await;
    let document =
        "subscription { imageAdded { position image { path measurementSet { path } } } }";
    let mut events = world.begun(document).await;
    write(&world.products, [image(5_000)]).await;
    let event = next(&mut events).await;
    let image_of = &event["imageAdded"]["image"];
    assert_eq!(*image_of, json!({ "path": "/005000.fits", "measurementSet": { "path": "/a.ms" } }));
    let position = event["imageAdded"]["position"].as_str().unwrap().to_owned();
    drop(events);

    write(&world.products, [image(5_001), image(5_002)]).await;
    let mut events = world.subscribe(&format!(
        "subscription {{ imageAdded(since: \"{position}\") {{ image {{ path }} }} }}"
    ));
    for path in ["/005001.fits", "/005002.fits"] {
        assert_eq!(next(&mut events).await, json!({ "imageAdded": { "image": { "path": path } } }));
    }
}

async fn counts_are_words_and_numbers(engine: Engine) {
    let world = World::new(engine).await;
    write(&world.ingest, [group(0), group(1), state(1, "half-baked")]).await;
    let mut events =
        world.subscribe("subscription { queueCounts { states { state stateText count } } }");
    let event = next(&mut events).await;
    let states = event["queueCounts"]["states"].as_array().unwrap();
    assert_eq!(
        states[0],
        json!({ "state": "COLLECTING", "stateText": "collecting", "count": "1" })
    );
    assert_eq!(states[5], json!({ "state": "OTHER", "stateText": "half-baked", "count": "1" }));
    write(&world.ingest, [state(0, "pending")]).await;
    let event = next(&mut events).await;
    assert_eq!(event["queueCounts"]["states"][1]["count"], "1");

    write(&world.products, [measurement_set()]).await;
    let mut events = world.subscribe("subscription { stageCounts { stages { stage count } } }");
    let event = next(&mut events).await;
    assert_eq!(event["stageCounts"]["stages"], json!([{ "stage": "PENDING", "count": "1" }]));
}

async fn a_set_of_calibration_tables_is_one_event(engine: Engine) {
    let world = World::new(engine).await;
    let table = |set: &str, kind: &str| {
        format!(
            "INSERT INTO caltables (set_name, path, table_type, order_index, created_at, status) \
             VALUES ('{set}', '/{set}.{kind}', '{kind}', 10, 1, 'active')"
        )
    };
    let document =
        "subscription { calibrationSetChanged { position setName tables { path status } } }";
    let mut events = world.begun(document).await;
    let begin = |statements: Vec<String>| {
        std::iter::once("BEGIN".to_owned()).chain(statements).chain(["COMMIT".to_owned()])
    };
    write(&world.registry, begin(["K", "BP", "GP"].map(|kind| table("one", kind)).to_vec())).await;
    let event = next(&mut events).await;
    assert_eq!(event["calibrationSetChanged"]["setName"], "one");
    assert_eq!(event["calibrationSetChanged"]["tables"].as_array().unwrap().len(), 3);
    let position = event["calibrationSetChanged"]["position"].as_str().unwrap();

    write(
        &world.registry,
        ["UPDATE caltables SET status = 'retired' WHERE set_name = 'one'".to_owned()],
    )
    .await;
    let event = next(&mut events).await;
    let tables = event["calibrationSetChanged"]["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 3);
    assert!(tables.iter().all(|table| table["status"] == "RETIRED"), "{tables:?}");

    let mut back = world.subscribe(&format!(
        "subscription {{ calibrationSetChanged(since: \"{position}\") {{ setName tables {{ status }} }} }}"
    ));
    let event = next(&mut back).await;
    assert_eq!(event["calibrationSetChanged"]["tables"].as_array().unwrap().len(), 3);
}

async fn what_cannot_be_followed_is_said_so(engine: Engine) {
    let world = World::new(engine).await;
    for (document, code) in [
        ("subscription { groupChanged(since: \"x\") { position } }", "BAD_USER_INPUT"),
        ("subscription { jobProgress(id: \"7\") { position } }", "NOT_FOUND"),
        ("subscription { jobProgress(id: \"seven\") { position } }", "BAD_USER_INPUT"),
    ] {
        let mut events = world.subscribe(document);
        let response = soon(events.next()).await.unwrap();
        assert_eq!(response["errors"][0]["extensions"]["code"], code, "{document}");
        assert!(soon(events.next()).await.is_none(), "{document}");
    }
}
