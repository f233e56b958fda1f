//! The statements behind the graph, and how SQLite runs them.

use std::sync::{Arc, Mutex};

use almanac_database::Database;
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    support::Engine,
    world::{World, source_id},
};

/// The plan of the last statement that `query` runs on `database`.
async fn plan(
    world: &World,
    statements: &Mutex<Vec<Statement>>,
    query: &str,
    database: Database,
) -> String {
    statements.lock().unwrap().clear();
    world.ask(query).await;
    let last = statements.lock().unwrap().last().cloned().expect("the query runs a statement");
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", last.sql), ..last };
    let reader = world.sessions.reader(database).await.unwrap();
    let rows = reader.query_all_raw(explained).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

mod sqlite {
    use super::*;

    #[tokio::test]
    async fn hot_queries_use_an_index() {
        let world = World::with_images(Engine::Sqlite, 20, 5).await;
        let statements = Arc::new(Mutex::new(Vec::new()));
        let seen = statements.clone();
        world.sessions.observe(move |info| seen.lock().unwrap().push(info.statement.clone()));
        let light_curve =
            format!("{{ lightCurve(sourceId: \"{}\") {{ mjd fluxMjy }} }}", source_id(1));
        let cases = [
            (light_curve.as_str(), Database::Products, "idx_photometry_source_mjd"),
            (
                "{ images(first: 5, orderBy: [{field: CREATED_AT, direction: DESC}]) { nodes { path } } }",
                Database::Products,
                "idx_images_created",
            ),
            (
                "{ caltablesValidFor(mjd: 60000.05) { path } }",
                Database::CalRegistry,
                "idx_caltables_",
            ),
            (
                "{ images(first: 3) { nodes { photometry(first: 2) { nodes { peakJyb } } } } }",
                Database::Products,
                "idx_photometry_image",
            ),
            (
                "{ sources(where: {position: {cone: {raDeg: 3, decDeg: 16, radiusDeg: 1}}}) { nodes { raDeg } } }",
                Database::MasterSources,
                "idx_sources_healpix",
            ),
            (
                "{ photometry(where: {position: {cone: {raDeg: 3, decDeg: 16, radiusDeg: 1}}}) { nodes { raDeg } } }",
                Database::Products,
                "idx_photometry_unplaced",
            ),
        ];
        for (query, database, index) in cases {
            let plan = plan(&world, &statements, query, database).await;
            assert!(plan.contains(index), "{query}\n{plan}");
            assert!(
                !plan.lines().any(|line| line.starts_with("SCAN photometry")
                    || line.starts_with("SCAN caltables")
                    || line.starts_with("SCAN sources")),
                "{plan}"
            );
        }
        // A page sorted by an index is read from it, not sorted.
        let newest = plan(
            &world,
            &statements,
            "{ images(first: 5, orderBy: [{field: CREATED_AT, direction: DESC}]) { nodes { path } } }",
            Database::Products,
        )
        .await;
        assert!(!newest.contains("TEMP B-TREE"), "{newest}");
    }
}
