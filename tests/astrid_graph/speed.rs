//! The hot queries of a season, by eight clients at once.

use std::sync::{Arc, Mutex};

use almanac_database::Database;
use almanac_service::access::Role;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{
    season::{Kind, Season, sized},
    server::Server,
    support::{Engine, TestDatabase, engines},
    world::{World, access},
};

engines! { ast_p1_05_hot_queries_of_a_season }

async fn ast_p1_05_hot_queries_of_a_season(engine: Engine) {
    let world = World::of(TestDatabase::migrated(Database::Astrid, engine).await);
    let season = Season::fill(&world.sessions, sized(100_000)).await;
    settle(&world).await;
    let statements: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let seen = statements.clone();
    world.sessions.observe(move |info| seen.lock().unwrap().push(info.statement.clone()));
    // One number for each state.
    for (kind, number) in Kind::ALL.into_iter().flat_map(|kind| (0..7).map(move |n| (kind, n))) {
        statements.lock().unwrap().clear();
        let question = season.question(kind, number);
        let data = world.ask(&question.document, access(Some(Role::Viewer))).await;
        question.check(&data, false);
        let asked = std::mem::take(&mut *statements.lock().unwrap());
        assert!(!asked.is_empty());
        for statement in asked {
            goes_by_an_index(&world, kind, statement).await;
        }
    }
    let server = Server::start(&world.test, Role::Viewer);
    // Connections are opened by the first who ask.
    server.asked(&season, 1, None).await;
    let times = server.asked(&season, sized(50), None).await;
    times.tell(&format!("{engine:?}, {} observations", sized(100_000)));
}

/// Lets the engine look at what was written, as it does by itself before long.
pub(crate) async fn settle(world: &World) {
    let writer = world.sessions.writer(Database::Astrid).await.unwrap();
    if writer.get_database_backend() == DbBackend::Postgres {
        writer.execute_unprepared("VACUUM ANALYZE observations").await.unwrap();
    }
}

/// Fails if a statement looks at every observation instead of going by an index.
async fn goes_by_an_index(world: &World, kind: Kind, statement: Statement) {
    let reader = world.sessions.reader(Database::Astrid).await.unwrap();
    let (explain, column, scan) = match reader.get_database_backend() {
        DbBackend::Postgres => ("EXPLAIN", 0, "Seq Scan on observations"),
        _ => ("EXPLAIN QUERY PLAN", 3, "SCAN observations"),
    };
    let sql = statement.sql.clone();
    let explained = Statement { sql: format!("{explain} {sql}"), ..statement };
    let rows = reader.query_all_raw(explained).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
    let plan = lines.join("\n");
    let scans = |line: &&String| line.contains(scan) && !line.contains("INDEX");
    assert_eq!(lines.iter().find(scans), None, "{kind:?}: {sql}\n{plan}");
    assert!(plan.to_lowercase().contains("index"), "{kind:?}: {sql}\n{plan}");
}
