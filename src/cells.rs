//! Work that goes on while the graph is served: cells of the sky for rows that other programs write.

use std::time::Duration;

use almanac_database::Database;
use almanac_service::{Sessions, sky::fill_cells};
use tokio::{task::JoinHandle, time::sleep};

/// Rows of a table in one go.
const ROWS: u64 = 2_000;
/// Between two goes, so that others come to write.
const PAUSE: Duration = Duration::from_millis(50);
/// Between two looks for rows. Until then they are found all the same, only more slowly.
const REST: Duration = Duration::from_mins(1);

/// Works out the cells of rows that have none, again and again until it is aborted.
pub(crate) fn fill_in_background(sessions: Sessions) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            for database in Database::ALL {
                fill(&sessions, database).await;
            }
            sleep(REST).await;
        }
    })
}

async fn fill(sessions: &Sessions, database: Database) {
    loop {
        sleep(PAUSE).await;
        match fill_cells(sessions, database, ROWS).await {
            Ok(0) => return,
            Ok(rows) => tracing::debug!(%database, rows, "worked out cells of the sky"),
            // Whoever asks for the database is told what is wrong with it.
            Err(error) => {
                tracing::debug!(%database, %error, "cells of the sky are left for later");
                return;
            }
        }
    }
}
