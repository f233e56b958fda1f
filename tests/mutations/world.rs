//! All databases, empty at first, and a client that changes them.

use almanac_api::{Graph, graph};
use almanac_database::Database;
use almanac_service::{Sessions, access::Access};
use async_graphql::Request;
use serde_json::Value as Json;

use crate::support::{Engine, TestDatabase};

pub(crate) struct World {
    _databases: Vec<TestDatabase>,
    pub(crate) sessions: Sessions,
    graph: Graph,
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
        let sessions = Sessions::new(addresses);
        Self { _databases: databases, graph: graph(sessions.clone()), sessions }
    }

    /// The data that a mutation answers with.
    pub(crate) async fn mutate(&self, document: &str, access: Access) -> Result<Json, Refusal> {
        let response = self.graph.execute(Request::new(document).data(access)).await;
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
