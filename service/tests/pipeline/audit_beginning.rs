//! How the audit log begins.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use almanac_database::Database;
use almanac_entity::{
    Table, Visitor,
    astrid::{observation, survey},
    visit,
};
use almanac_service::{Repository, astrid::NewSurvey};
use sea_orm::prelude::Uuid;
use sea_orm_migration::MigratorTraitSelf;
use serde_json::json;

use crate::{
    audit_history::log_of,
    curation::observation_row,
    support::{Engine, TestDatabase, engines, revisions},
    world::{World, now},
};

engines! {
    ast_p4_11_the_log_begins_with_what_there_is,
    nothing_is_recorded_before_the_log_is_there,
}

/// The revisions before the one that brings the log, and those from it on.
const BEFORE_THE_LOG: u32 = 9;
const SINCE_THE_LOG: u32 = 2;

async fn ast_p4_11_the_log_begins_with_what_there_is(engine: Engine) {
    let world = World::new(engine).await;
    let writer = world.writer().await;
    // Nobody records this, so that the log can be taken away again.
    let surveys = Repository::<_, survey::Entity>::new(&writer);
    let new = NewSurvey {
        name: "Early".to_owned(),
        description: None,
        base_url: None,
        api_endpoint: None,
        is_active: true,
    };
    let survey = surveys.create(new, now()).await.unwrap();
    let observations = Repository::<_, observation::Entity>::new(&writer);
    for name in ["a", "b", "c"] {
        observations.insert(observation_row(survey.id, name)).await.unwrap();
    }
    let connection = world.test.connection().await;
    revisions(Database::Astrid).down(&connection, Some(SINCE_THE_LOG)).await.unwrap();
    connection.close().await.unwrap();

    let mut tables = Tables(Vec::new());
    visit(Database::Astrid, &mut tables);
    let mut rows = serde_json::Map::new();
    for table in tables.0.into_iter().filter(|table| table != "audit_log") {
        rows.insert(table.clone(), json!(world.count(&table).await));
    }
    assert_eq!((rows.len(), &rows["observations"]), (12, &json!(3)));

    let connection = world.test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(1)).await.unwrap();
    connection.close().await.unwrap();
    let [started] = &log_of(&world).await[..] else { panic!("one row") };
    assert_eq!(started.action, "schema.audit_started");
    assert_eq!((started.entity_type.as_str(), started.entity_id), ("schema", Uuid::nil()));
    assert_eq!(started.user_id.as_deref(), Some("system:migration"));
    let revision = "m20250929_000002_astrid_phase4_audit";
    let values = json!({ "revision": revision, "rows": rows });
    assert_eq!(started.new_values.as_ref(), Some(&values));
}

struct Tables(Vec<String>);

impl Visitor for Tables {
    fn visit<T: Table>(&mut self) {
        self.0.push(T::default().table_name().to_owned());
    }
}

async fn nothing_is_recorded_before_the_log_is_there(engine: Engine) {
    let warnings = Warnings::default();
    let guard = tracing::subscriber::set_default(warnings.clone());
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(BEFORE_THE_LOG)).await.unwrap();
    connection.close().await.unwrap();
    let world = World { sessions: test.sessions(), test };
    world.survey("Early").await;
    world.survey("Early too").await;
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1, "said once, whatever was changed since");
    world.sessions.withhold_phases().await.unwrap();
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);

    // Once the log is there it is written by the same sessions.
    let connection = world.test.connection().await;
    revisions(Database::Astrid).up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
    let late = World { sessions: world.test.sessions(), test: world.test };
    let survey = late.survey("Late").await;
    let created = late.audit("survey.create").await;
    assert_eq!(created.iter().map(|row| row.entity_id).collect::<Vec<_>>(), [survey.id]);
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);
    drop(guard);
}

/// Counts what is warned of.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
            && metadata.target().starts_with("almanac_service")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
