//! Work that rows say is going on, and nobody does.

use almanac_database::{Address, Database, Mode};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::Finding;
use crate::Result;

/// Hours without a step, after which nobody is at work.
const HOURS: u32 = 24;

/// Rows whose work takes minutes.
struct Work {
    database: Database,
    what: &'static str,
    /// Counts those that had their last step before an instant.
    sql: &'static str,
    remedy: &'static str,
}

const WORK: [Work; 3] = [
    Work {
        database: Database::Ingest,
        what: "observation groups are in progress",
        sql: "SELECT COUNT(*) FROM ingest_queue WHERE state = 'in_progress' AND last_update < $1",
        remedy: "the mutation `failStaleIngestGroups(input: {hours: 24})` lets them be tried again",
    },
    Work {
        database: Database::Products,
        what: "measurement sets are being worked on",
        sql: "SELECT COUNT(*) FROM ms_state WHERE current_state IN \
              ('converting', 'flagging_rfi', 'solving_cal', 'applying_cal', 'imaging') \
              AND transition_time < $1",
        remedy: "the mutation `recoverStaleMeasurementSets(input: {hours: 24})` lets them be tried again",
    },
    Work {
        database: Database::Products,
        what: "jobs are running",
        sql: "SELECT COUNT(*) FROM jobs WHERE status IN ('running', 'started', 'in_progress', 'processing') \
              AND COALESCE(started_at, created_at) < $1",
        remedy: "the mutation `updateJobStatus` says that they failed, `rerunJob` asks for them again",
    },
];

/// Work that has had no step for a day. `addresses` are of databases that are well.
///
/// # Errors
/// A database cannot be read.
pub async fn standstill(addresses: &[Address], now: DateTime<Utc>) -> Result<Vec<Finding>> {
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let before = now.timestamp() as f64 - f64::from(HOURS) * 3_600.0;
    let mut findings = Vec::new();
    for Work { database, what, sql, remedy } in &WORK {
        let Some(address) = addresses.iter().find(|address| address.database == *database) else {
            continue;
        };
        let connection = almanac_database::connect(address, Mode::Read).await?;
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, *sql, [before.into()]);
        let row = connection.query_one_raw(statement).await;
        connection.close().await?;
        let count: i64 = row?.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if count > 0 {
            let problem = format!("{count} {what} without a step for {HOURS} hours");
            findings.push(Finding::new(database, problem, *remedy));
        }
    }
    Ok(findings)
}
