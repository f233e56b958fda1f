//! Work in several databases that reached one and not another.

use std::collections::HashMap;

use almanac_database::{Address, Database, Mode};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use super::Finding;
use crate::Result;

/// Seconds in which work ends that is not broken off.
const COMMITTING: f64 = 60.0;
/// Pieces of work that are shown of many.
const SHOWN: usize = 20;

/// The line in which a piece of work names all databases that it changes, in each of them.
struct Announcement {
    operation: String,
    actor: String,
    databases: Vec<Database>,
}

/// Work that was broken off between the commits of two databases, or of which one was restored since.
/// `addresses` are of databases that are well.
///
/// # Errors
/// A database cannot be read.
pub async fn halves(addresses: &[Address], now: DateTime<Utc>) -> Result<Vec<Finding>> {
    let mut announced: HashMap<Database, HashMap<String, Announcement>> = HashMap::new();
    // AstrID's work touches no other database.
    for address in addresses.iter().filter(|address| address.database != Database::Astrid) {
        announced.insert(address.database, announcements(address, now).await?);
    }
    let mut findings = Vec::new();
    for (database, sets) in &announced {
        for (set, one) in sets {
            let lacks = |other: &&Database| {
                announced.get(*other).is_some_and(|sets| !sets.contains_key(set))
            };
            for other in one.databases.iter().filter(lacks) {
                let Announcement { operation, actor, .. } = one;
                let problem = format!(
                    "`{operation}` of {actor} changed {database} and not {other}: change set {set}"
                );
                let remedy = format!(
                    "`changeLog` of {database} with that `changeSet` says what was done; repeat `{operation}`, or \
                     restore both from backups of one time"
                );
                findings.push(Finding::new(database, problem, remedy));
            }
        }
    }
    findings.sort_by(|a, b| (&a.about, &a.problem).cmp(&(&b.about, &b.problem)));
    findings.truncate(SHOWN);
    Ok(findings)
}

async fn announcements(
    address: &Address,
    now: DateTime<Utc>,
) -> Result<HashMap<String, Announcement>> {
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let before = now.timestamp() as f64 - COMMITTING;
    let connection = almanac_database::connect(address, Mode::Read).await?;
    let select = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "SELECT row_key, operation, actor, after FROM change_log \
         WHERE table_name = 'change_log' AND changed_at < $1",
        [before.into()],
    );
    let rows = connection.query_all_raw(select).await;
    connection.close().await?;
    Ok(rows?.iter().map(announcement).collect::<std::result::Result<_, _>>()?)
}

fn announcement(row: &QueryResult) -> std::result::Result<(String, Announcement), DbErr> {
    let after: Option<String> = row.try_get_by_index(3)?;
    let after: serde_json::Value =
        after.and_then(|after| serde_json::from_str(&after).ok()).unwrap_or_default();
    let names = after["databases"].as_array().into_iter().flatten();
    let databases = names.filter_map(|name| name.as_str()?.parse().ok()).collect();
    let (operation, actor) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    Ok((row.try_get_by_index(0)?, Announcement { operation, actor, databases }))
}
