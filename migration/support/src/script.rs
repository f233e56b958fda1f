//! What revisions say to an engine, read without touching a database.

use std::{
    fmt::Write,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use almanac_database::Address;
use sea_orm_migration::{
    prelude::{DbErr, MigrationTrait, SchemaManager},
    sea_orm::{Statement, Value},
};
use sha2::{Digest, Sha256};

use crate::{ALLOW_DATA_LOSS, Scratch};

/// A revision as SQL, on a database that holds no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The revision's name.
    pub name: String,
    /// What applies it, in order.
    pub up: Vec<String>,
    /// What takes it back, in order.
    pub down: Vec<String>,
    /// What tells the revision from an edited one: the SHA-256 of what applies it, white space and instants
    /// apart, in hexadecimal digits. That of SQLite's script stands for the revision on both engines.
    pub checksum: String,
}

/// The scripts of `revisions`, in their order, as the engine at `address` is told them, and why they end before the
/// last. They are run in a scratch database, since some ask what is there.
///
/// # Errors
/// There can be no scratch database.
pub(crate) async fn scripts(
    revisions: &[Box<dyn MigrationTrait>],
    address: &Address,
) -> Result<(Vec<Script>, Option<DbErr>), DbErr> {
    let said = Said::default();
    let ear = said.clone();
    let scratch = Scratch::heard(address, move |told| {
        if changes(&told.statement.sql) {
            ear.lock().unwrap_or_else(PoisonError::into_inner).push(told.statement.clone());
        }
    })
    .await?;
    let heard = listen(revisions, &SchemaManager::new(scratch.connection()), &said).await;
    scratch.close().await?;
    Ok(heard)
}

type Said = Arc<Mutex<Vec<Statement>>>;

/// Whether a statement does more than ask.
fn changes(sql: &str) -> bool {
    let word = sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        "SELECT" | "WITH" => false,
        "PRAGMA" => sql.contains('='),
        _ => true,
    }
}

async fn listen(
    revisions: &[Box<dyn MigrationTrait>],
    manager: &SchemaManager<'_>,
    said: &Said,
) -> (Vec<Script>, Option<DbErr>) {
    let heard = || mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    heard();
    let mut scripts = Vec::with_capacity(revisions.len());
    for revision in revisions {
        if let Err(error) = revision.up(manager).await {
            return (scripts, Some(error));
        }
        let up = heard();
        scripts.push(Script {
            name: revision.name().to_owned(),
            checksum: checksum(&up),
            up: shown(&up),
            down: Vec::new(),
        });
    }
    for (revision, script) in revisions.iter().zip(&mut scripts).rev() {
        // Rows that the revisions themselves wrote are all there is to lose.
        if let Err(error) = ALLOW_DATA_LOSS.scope(true, revision.down(manager)).await {
            return (scripts, Some(error));
        }
        script.down = shown(&heard());
    }
    (scripts, None)
}

fn shown(statements: &[Statement]) -> Vec<String> {
    statements.iter().map(Statement::to_string).collect()
}

fn checksum(statements: &[Statement]) -> String {
    let mut digest = Sha256::new();
    for statement in statements {
        for word in statement.sql.split_whitespace() {
            digest.update(word);
            digest.update(" ");
        }
        for value in statement.values.iter().flat_map(|values| &values.0) {
            // The instant at which a row was written is not the revision's.
            if !matches!(value, Value::ChronoDateTimeUtc(_)) {
                digest.update(value.to_string());
            }
            digest.update(",");
        }
        digest.update(";");
    }
    digest.finalize().iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
