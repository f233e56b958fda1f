//! Dumps of a PostgreSQL schema, and databases made of them.

use std::{io, path::Path, process::Stdio};

use almanac_database::{Address, Database, Location, Mode, Origin};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, IsolationLevel, Statement,
    TransactionTrait,
};
use tokio::io::AsyncWriteExt;
use url::Url;

use super::{
    Manifest, Tools,
    tools::{ended, pattern, run, start, without_password},
};
use crate::{
    Error, Result,
    digest::{self, TableDigest},
    names::quoted,
    revision::revision,
};

/// Where a database is, as a manifest may say it.
pub(super) fn source(location: &Location) -> String {
    match location {
        Location::Postgres(url) => without_password(url).0.to_string(),
        Location::File(_) | Location::Memory => location.to_string(),
    }
}

/// Dumps the schema of `address` to `to`. Its revision and digests are of the same instant: `pg_dump` reads by
/// the snapshot of the transaction that counts.
pub(super) async fn dump(
    address: &Address,
    url: &Url,
    to: &Path,
    tools: &Tools,
) -> Result<(Option<String>, Vec<TableDigest>)> {
    let connection = almanac_database::connect(address, Mode::Read).await?;
    let dumped = async {
        tools.check("pg_dump", version(&connection).await?).await?;
        let transaction = connection
            .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
            .await?;
        let snapshot = text(&transaction, "SELECT pg_export_snapshot()").await?;
        let mut command = tools.connected("pg_dump", url);
        command.args(["--format=custom", "--no-owner", "--no-privileges"]);
        command.arg("--schema").arg(pattern(&address.schema));
        command.arg("--snapshot").arg(snapshot).arg("--file").arg(to);
        run("pg_dump", &mut command).await?;
        let facts = (
            revision(&transaction, address.database).await?,
            digest::digests(&transaction, address.database).await?,
        );
        transaction.rollback().await?;
        Ok(facts)
    };
    let dumped = dumped.await;
    connection.close().await?;
    dumped
}

/// A database on a server that lives as long as this is in use, with a dump in it.
pub(super) struct Scratch {
    name: String,
    server: Address,
    /// The dump's own database and schema there.
    pub(super) address: Address,
}

impl Scratch {
    /// Makes a database on the server of `server` and restores a dump into it.
    pub(super) async fn create(
        folder: &Path,
        manifest: &Manifest,
        database: Database,
        server: &Address,
        tools: &Tools,
    ) -> Result<Self> {
        let Location::Postgres(url) = &server.location else {
            let reason = "a dump is verified on a PostgreSQL server; name one";
            return Err(Error::refused("server", reason));
        };
        let name = format!("almanac_verify_{}", &manifest.copy().sha256[..16]);
        let mut own = url.clone();
        own.set_path(&name);
        let mut address =
            Address::new(database, Location::Postgres(own.clone()), Origin::Argument("server"));
        address.schema = schema_of(manifest)?.to_owned();
        let scratch = Self { name, server: server.clone(), address };
        // One of this name is of a run that was killed.
        scratch.drop().await?;
        scratch.on_server(&format!("CREATE DATABASE {}", quoted(&scratch.name))).await.map_err(
            |error| {
                let reason = format!(
                    "cannot make a scratch database: {error}; name a server whose user may \
                     (`ALTER ROLE … CREATEDB`)"
                );
                Error::refused("server", reason)
            },
        )?;
        let restored = restore_script(folder, manifest, &own, (&[], &[]), tools).await;
        match restored {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.drop().await?;
                Err(error)
            }
        }
    }

    /// Drops it.
    pub(super) async fn drop(&self) -> Result<()> {
        self.on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&self.name)))
            .await
    }

    async fn on_server(&self, sql: &str) -> Result<()> {
        let mut address = self.server.clone();
        // A schema of the caller's is none of this connection's business, and is not made by it.
        "public".clone_into(&mut address.schema);
        let connection = almanac_database::connect(&address, Mode::Write).await?;
        let outcome = connection.execute_unprepared(sql).await;
        connection.close().await?;
        outcome?;
        Ok(())
    }
}

/// Restores a dump into the database at `url`, in one transaction with what comes `before` and `after` it.
///
/// The script goes through this process, and its last word is the commit: cut off at any moment, it is undone.
async fn restore_script(
    folder: &Path,
    manifest: &Manifest,
    url: &Url,
    (before, after): (&[String], &[String]),
    tools: &Tools,
) -> Result<()> {
    let mut reader = tools.command("pg_restore");
    reader.args(["--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]);
    reader.arg(folder.join(&manifest.copy().name));
    let mut writer = tools.connected("psql", url);
    writer.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]);
    writer.args(["--output", "/dev/null", "--file=-"]).stdin(Stdio::piped());
    let (mut reader, mut writer) = (start("pg_restore", &mut reader)?, start("psql", &mut writer)?);
    let (output, input) = (reader.stdout.take(), writer.stdin.take());
    let feed = async {
        let (Some(mut output), Some(mut input)) = (output, input) else { return Ok(None) };
        let begin = format!("BEGIN;\n{}\n", before.join("\n"));
        input.write_all(begin.as_bytes()).await?;
        tokio::io::copy(&mut output, &mut input).await?;
        drop(output);
        Ok::<_, io::Error>(Some(input))
    };
    let finish = async {
        // Where this fails, the writer has ended; it says why.
        let input = feed.await.ok().flatten();
        let read = ended("pg_restore", reader).await;
        if let (Some(mut input), Ok(())) = (input, &read) {
            let end = format!("{}\nCOMMIT;\n", after.join("\n"));
            let _ = input.write_all(end.as_bytes()).await;
            let _ = input.shutdown().await;
        }
        read
    };
    let (read, written) = tokio::join!(finish, ended("psql", writer));
    written.and(read)
}

/// Restores a dump over the schema at `address`. Returns the name that the schema has now which was there.
pub(super) async fn restore(
    folder: &Path,
    manifest: &Manifest,
    address: &Address,
    (replace, kept): (bool, &str),
    tools: &Tools,
) -> Result<Option<String>> {
    let Location::Postgres(url) = &address.location else {
        let reason =
            "this backup is of PostgreSQL; `almanac copy` goes from one engine to the other";
        return Err(Error::refused("target", reason));
    };
    let (dumped, wanted) = (schema_of(manifest)?, address.schema.as_str());
    let connection = almanac_database::connect(address, Mode::Read).await?;
    let facts = async {
        tools.check("psql", version(&connection).await?).await?;
        tools.check("pg_restore", version(&connection).await?).await?;
        let there = Schema::read(&connection, wanted).await?;
        let aside = dumped != wanted && Schema::read(&connection, dumped).await?.exists;
        Ok::<_, Error>((there, aside))
    };
    let facts = facts.await;
    connection.close().await?;
    let (there, aside) = facts?;
    let place = format!("schema {wanted} of {}", source(&address.location));
    if let Some(holders) = &there.holders {
        return Err(Error::InUse { place, holders: holders.clone() });
    }
    if !there.tables.is_empty() && !replace {
        let reason = format!("{place} has tables; ask for them to be replaced, they are kept");
        return Err(Error::refused("target", reason));
    }
    let (dumped, wanted) = (quoted(dumped), quoted(wanted));
    let rename = |from: &str, to: &str| format!("ALTER SCHEMA {from} RENAME TO {to};");
    let other = quoted("almanac_restore_aside");
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if !there.tables.is_empty() {
        let tables = there.tables.iter().map(|table| format!("{wanted}.{}", quoted(table)));
        let tables = tables.collect::<Vec<_>>().join(", ");
        before.push(format!("LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT;"));
        before.push(rename(&wanted, &quoted(kept)));
    } else if there.exists {
        before.push(format!("DROP SCHEMA {wanted};"));
    }
    if aside {
        before.push(rename(&dumped, &other));
    }
    if dumped != wanted {
        after.push(rename(&dumped, &wanted));
    }
    if aside {
        after.push(rename(&other, &dumped));
    }
    restore_script(folder, manifest, url, (&before, &after), tools).await?;
    Ok((!there.tables.is_empty()).then(|| kept.to_owned()))
}

/// What is in a schema's place.
struct Schema {
    exists: bool,
    tables: Vec<String>,
    /// Sessions that have written to its tables and not ended their transaction.
    holders: Option<String>,
}

impl Schema {
    async fn read(connection: &DatabaseConnection, name: &str) -> Result<Self> {
        let ask = |sql: &str| {
            let asked =
                Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.to_owned().into()]);
            connection.query_all_raw(asked)
        };
        let exists = ask("SELECT 1 FROM pg_namespace WHERE nspname = $1").await?;
        let tables = ask("SELECT tablename::text FROM pg_tables WHERE schemaname = $1").await?;
        let holders = ask("SELECT DISTINCT format('%s (session %s)', \
                coalesce(nullif(a.application_name, ''), 'a program'), l.pid) \
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
            JOIN pg_namespace n ON n.oid = c.relnamespace \
            LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
            WHERE n.nspname = $1 AND l.pid <> pg_backend_pid() AND l.mode <> 'AccessShareLock' \
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        .await?;
        let texts = |rows: Vec<sea_orm::QueryResult>| {
            rows.iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<std::result::Result<Vec<String>, _>>()
        };
        let holders = texts(holders)?.join(", ");
        Ok(Self {
            exists: !exists.is_empty(),
            tables: texts(tables)?,
            holders: (!holders.is_empty()).then_some(holders),
        })
    }
}

fn schema_of(manifest: &Manifest) -> Result<&str> {
    manifest.schema.as_deref().ok_or_else(|| {
        Error::damaged("manifest.json", "it does not say which schema the dump holds")
    })
}

async fn version<C: ConnectionTrait>(connection: &C) -> Result<i32> {
    let version = text(connection, "SHOW server_version_num").await?;
    Ok(version.parse().unwrap_or(0))
}

async fn text<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<String> {
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound(sql.to_owned()))?;
    Ok(row.try_get_by_index(0)?)
}
