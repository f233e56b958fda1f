//! Where a copy is built, and how it takes its target's place.

use std::{fs, io};

use almanac_database::{Address, Location, Mode};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::{
    Error, Result,
    digest::{TableDigest, digests_at},
    files,
    names::quoted,
    sqlite::Grip,
};

/// A target, and a place beside it.
pub(super) struct Place {
    target: Address,
    scratch: Address,
}

impl Place {
    /// Finds the place and clears it of what a killed run left.
    pub(super) async fn prepare(target: &Address) -> Result<Self> {
        let mut scratch = target.clone();
        match &target.location {
            Location::File(path) => {
                scratch.location = Location::File(files::beside(path, ".", ".copying"));
            }
            Location::Postgres(_) => scratch.schema = format!("{}__copying", target.schema),
            Location::Memory => {
                let reason =
                    "a database in memory is gone with its connection; name a file or a server";
                return Err(Error::refused("target", reason));
            }
        }
        let place = Self { target: target.clone(), scratch };
        place.refuse_rows().await?;
        place.clear().await?;
        Ok(place)
    }

    /// Where to build the copy.
    pub(super) fn scratch(&self) -> &Address {
        &self.scratch
    }

    /// Removes what was built.
    pub(super) async fn clear(&self) -> Result<()> {
        match &self.scratch.location {
            Location::File(path) => {
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    let path = files::beside(path, "", suffix);
                    match fs::remove_file(&path) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(Error::file("remove", &path)(error));
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            _ => {
                let drop =
                    format!("DROP SCHEMA IF EXISTS {} CASCADE", quoted(&self.scratch.schema));
                self.on_server(&[drop]).await
            }
        }
    }

    /// Gives the copy its target's name.
    pub(super) async fn take_its_place(&self) -> Result<()> {
        self.refuse_rows().await?;
        let (Location::File(target), Location::File(scratch)) =
            (&self.target.location, &self.scratch.location)
        else {
            return self.take_its_schema().await;
        };
        // What is in the log of the copy goes into the file.
        let Some(grip) = Grip::take(scratch).await? else {
            return Err(Error::damaged(scratch.display(), "it cannot be read"));
        };
        grip.release().await?;
        files::sync(scratch)?;
        let grip = if target.exists() { Grip::take(target).await? } else { None };
        files::rename(scratch, target)?;
        match grip {
            Some(grip) => grip.release().await,
            None => Ok(()),
        }
    }

    async fn take_its_schema(&self) -> Result<()> {
        let (target, scratch) = (quoted(&self.target.schema), quoted(&self.scratch.schema));
        self.on_server(&[
            format!("DROP SCHEMA IF EXISTS {target} CASCADE"),
            format!("ALTER SCHEMA {scratch} RENAME TO {target}"),
        ])
        .await
    }

    /// Refuses a target with rows, the migrators' books aside.
    async fn refuse_rows(&self) -> Result<()> {
        let tables = match &self.target.location {
            Location::File(path) if !path.exists() => return Ok(()),
            _ => digests_at(&self.target).await?,
        };
        let database = self.target.database;
        let full = |table: &&TableDigest| table.rows > 0 && !database.is_books(&table.table);
        let tables: Vec<String> = tables
            .iter()
            .filter(full)
            .map(|table| format!("{} rows in {}", table.rows, table.table))
            .collect();
        if tables.is_empty() {
            return Ok(());
        }
        let reason = format!(
            "{} is not empty: {}. Name another place; it need not exist, the copy makes its own tables",
            self.target,
            tables.join(", ")
        );
        Err(Error::refused("target", reason))
    }

    /// Runs statements on the server, all or none, in no schema of ours.
    async fn on_server(&self, statements: &[String]) -> Result<()> {
        let mut address = self.target.clone();
        "public".clone_into(&mut address.schema);
        let connection = almanac_database::connect(&address, Mode::Write).await?;
        let run = async {
            let transaction = connection.begin().await?;
            // Whoever has the target open is not waited for.
            transaction
                .execute_raw(Statement::from_string(
                    DbBackend::Postgres,
                    "SET LOCAL lock_timeout = '5s'",
                ))
                .await?;
            for sql in statements {
                transaction.execute_unprepared(sql).await?;
            }
            transaction.commit().await
        };
        let outcome = run.await;
        connection.close().await?;
        Ok(outcome?)
    }
}
