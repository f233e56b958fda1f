//! What statements cost: counted for `/metrics`, and the slow ones logged with their plan, never with their values.

use std::time::Duration;

use almanac_api::http::Metrics;
use almanac_database::Database;
use almanac_service::Sessions;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

/// Counts every statement of `sessions`, and logs those that take `slow` or longer.
pub(crate) fn watch(sessions: &Sessions, metrics: Metrics, slow: Duration) {
    let explainer = sessions.clone();
    sessions.observe_each(move |database, info| {
        metrics.statement(database.as_str(), info.elapsed, info.failed);
        if info.elapsed >= slow && is_query(&info.statement.sql) {
            let milliseconds = info.elapsed.as_millis();
            let (sessions, statement) = (explainer.clone(), info.statement.clone());
            tokio::spawn(async move {
                let plan = plan(&sessions, database, &statement).await;
                let plan = plan.unwrap_or_else(|error| format!("no plan: {error}"));
                tracing::warn!(%database, milliseconds, sql = statement.sql, plan, "slow statement");
            });
        } else if info.elapsed >= slow {
            let milliseconds = info.elapsed.as_millis();
            tracing::warn!(%database, milliseconds, sql = info.statement.sql, "slow statement");
        }
    });
}

fn is_query(sql: &str) -> bool {
    sql.starts_with("SELECT") || sql.starts_with("WITH")
}

/// How the engine goes about a statement. SQLite tells no values; of PostgreSQL's plan the lines that hold
/// conditions are left out, since they hold values.
async fn plan(
    sessions: &Sessions,
    database: Database,
    statement: &Statement,
) -> almanac_service::Result<String> {
    let reader = sessions.reader(database).await?;
    let backend = reader.get_database_backend();
    let (verb, column) = match backend {
        DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let sql = format!("{verb} {}", statement.sql);
    let explain = Statement { sql, values: statement.values.clone(), db_backend: backend };
    let line = |row: &QueryResult| row.try_get::<String>("", column);
    let rows = reader.query_all_raw(explain).await?;
    let lines = rows.iter().map(line).collect::<Result<Vec<_>, DbErr>>()?;
    let lines = lines.iter().map(|line| line.trim()).filter(|line| is_node(backend, line));
    Ok(lines.collect::<Vec<_>>().join("; "))
}

fn is_node(backend: DbBackend, line: &str) -> bool {
    backend != DbBackend::Postgres || line.contains("(cost=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_a_plan_are_left_out() {
        assert!(is_node(
            DbBackend::Postgres,
            "->  Index Scan using a on t  (cost=0.1..8.1 rows=1)"
        ));
        assert!(!is_node(DbBackend::Postgres, "Filter: (source_id = 'NVSS J000000'::text)"));
    }
}
