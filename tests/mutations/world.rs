//! All databases, empty at first, and a client that changes them.

use std::path::Path;

use almanac_api::{Graph, graph};
use almanac_database::{Database, Places};
use almanac_service::{Sessions, access::Access, data_registry::PublicationRoots};
use async_graphql::Request;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::support::{Engine, TestDatabase};

pub(crate) struct World {
    _databases: Vec<TestDatabase>,
    _state: TempDir,
    pub(crate) sessions: Sessions,
    graph: Graph,
    /// Where data products are staged and published.
    pub(crate) roots: PublicationRoots,
}

/// Why a mutation was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let mut databases = Vec::new();
        for database in Database::ALL {
            databases.push(TestDatabase::migrated(database, engine).await);
        }
        let addresses = databases.iter().map(|test| test.address().clone()).collect();
        let state = TempDir::new().unwrap();
        let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
        let places = Places::within(state.path()).with_data_roots(vec![files]);
        let sessions = Sessions::with_places(addresses, places);
        let roots = PublicationRoots {
            staging: vec![state.path().join("stage")],
            products: state.path().join("products"),
        };
        let graph = graph(sessions.clone());
        Self { _databases: databases, _state: state, graph, sessions, roots }
    }

    /// The data that a mutation answers with.
    pub(crate) async fn mutate(&self, document: &str, access: Access) -> Result<Json, Refusal> {
        let response =
            self.graph.execute(Request::new(document).data(access).data(self.roots.clone())).await;
        let response = serde_json::to_value(response).unwrap();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        match response.get("errors").and_then(Json::as_array) {
            None => Ok(response["data"].clone()),
            Some(errors) => Err(Refusal {
                code: text(&errors[0]["extensions"]["code"]),
                message: text(&errors[0]["message"]),
            }),
        }
    }
}
