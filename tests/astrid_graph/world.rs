//! AstrID's database, and people of every role who ask the graph about it.

use std::{future::ready, sync::Arc};

use almanac_api::{Graph, MigrationStatus, informed_graph};
use almanac_database::Database;
use almanac_entity::astrid::audit_record;
use almanac_service::{
    Repository, Sessions,
    access::{Access, Principal, Role},
    live::{Live, Settings},
};
use almanac_upkeep::digest::{TableDigest, digests_at};
use async_graphql::Request;
use futures::FutureExt;
use sea_orm::{Set, prelude::Uuid};
use serde_json::Value as Json;

use crate::{
    astrid_rows,
    support::{Engine, TestDatabase},
};

/// The roles of the specification's §5.4 in the order of its columns: researchers are operators here, and guests are
/// strangers among people with tokens.
pub(crate) const ROLES: [Option<Role>; 5] =
    [Some(Role::Admin), Some(Role::Operator), Some(Role::Analyst), Some(Role::Viewer), None];

/// What the audit log tells of, a record of each.
pub(crate) const AUDITED: [&str; 13] = [
    "survey",
    "observation",
    "system_config",
    "preprocess_run",
    "difference_run",
    "candidate",
    "processing_job",
    "model",
    "model_run",
    "detection",
    "validation_event",
    "alert",
    "schema",
];

/// Somebody of a role, who is called Ada, or nobody.
pub(crate) fn access(role: Option<Role>) -> Access {
    role.map_or(Access::Anonymous, |role| named("ada", role))
}

/// Somebody.
pub(crate) fn named(name: &str, role: Role) -> Access {
    Access::Known(Principal::new(name, role))
}

/// The code that a role is refused with that does not suffice.
pub(crate) fn refusal_of(role: Option<Role>) -> &'static str {
    if role.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" }
}

/// A database and its graph.
pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) sessions: Sessions,
    graph: Graph,
}

/// The first error of a response.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    /// The field at fault, where the error names one.
    pub(crate) field: Option<String>,
    /// The rule that it breaks.
    pub(crate) rule: Option<String>,
}

impl World {
    pub(crate) fn of(test: TestDatabase) -> Self {
        let sessions = test.sessions();
        let live = Live::new(sessions.clone(), Settings::default());
        let status = MigrationStatus(Arc::new(|| ready(Vec::new()).boxed()));
        Self { graph: informed_graph(sessions.clone(), live, status), sessions, test }
    }

    /// With a little of everything, of which documents name rows by `@` and the last three digits of their keys.
    pub(crate) async fn filled(engine: Engine) -> Self {
        let world = Self::of(TestDatabase::migrated(Database::Astrid, engine).await);
        astrid_rows::fill(&world.sessions).await;
        let writer = world.sessions.writer(Database::Astrid).await.unwrap();
        let of_schema = |entity_type: &&&str| **entity_type != "schema";
        for (number, entity_type) in (0xc01..).zip(AUDITED.iter().filter(of_schema)) {
            let row = audit_record::ActiveModel {
                id: Set(format!("00000000-0000-7000-8000-{number:012x}").parse().unwrap()),
                entity_type: Set((*entity_type).to_owned()),
                entity_id: Set(Uuid::from_u128(1)),
                action: Set(format!("{entity_type}.update")),
                user_id: Set(Some("eve".to_owned())),
                created_at: Set("2025-10-02T12:00:00Z".parse().unwrap()),
                ..Default::default()
            };
            Repository::<_, audit_record::Entity>::new(&writer).insert(row).await.unwrap();
        }
        world
    }

    /// The whole response to a document.
    pub(crate) async fn respond(&self, document: &str, access: Access) -> Json {
        let response = self.graph.execute(Request::new(keyed(document)).data(access)).await;
        serde_json::to_value(response).unwrap()
    }

    /// The data of a response that has no errors.
    pub(crate) async fn ask(&self, document: &str, access: Access) -> Json {
        let who = format!("{access:?}");
        let response = self.respond(document, access).await;
        assert_eq!(response.get("errors"), None, "{document} by {who}");
        response["data"].clone()
    }

    /// The first error of a response.
    pub(crate) async fn refusal(&self, document: &str, access: Access) -> Refusal {
        let who = format!("{access:?}");
        let response = self.respond(document, access).await;
        first_error(&response).unwrap_or_else(|| panic!("{document} by {who}: {response}"))
    }

    /// What all tables hold, as numbers to compare.
    pub(crate) async fn digests(&self) -> Vec<TableDigest> {
        digests_at(self.test.address()).await.unwrap()
    }
}

/// The first error of a response, if it has one.
pub(crate) fn first_error(response: &Json) -> Option<Refusal> {
    let error = &response.get("errors")?[0];
    let extensions = &error["extensions"];
    let text = |name: &str| extensions[name].as_str().map(str::to_owned);
    Some(Refusal {
        code: text("code").unwrap_or_default(),
        message: error["message"].as_str().unwrap_or_default().to_owned(),
        field: text("field"),
        rule: text("rule"),
    })
}

/// A document in which `@801` stands for the key that ends so.
fn keyed(document: &str) -> String {
    let mut parts = document.split('@');
    let head = parts.next().unwrap().to_owned();
    parts.fold(head, |spelled, part| {
        let (digits, rest) = part.split_at(3);
        format!("{spelled}\"00000000-0000-7000-8000-000000000{digits}\"{rest}")
    })
}
