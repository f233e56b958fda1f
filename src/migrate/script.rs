//! Verbs that show statements.

use std::process::ExitCode;

use almanac_database::{Address, Environment, Location};
use almanac_migration::{Script, Status, Target, revisions};
use anyhow::Context;
use sea_orm::DbErr;
use serde_json::json;

use super::report::instant;
use crate::{
    output::{say, say_json},
    which::Which,
};

/// Prints the statements of the way that lies before each database, so that they can be run by hand.
pub(super) async fn way(
    which: &Which,
    environment: &Environment,
    way: impl Fn(&Status) -> Result<Vec<String>, DbErr>,
    statements: fn(&Address, &Script) -> Vec<String>,
) -> anyhow::Result<ExitCode> {
    for address in which.addresses(environment)? {
        let status = almanac_migration::status(&address).await?;
        let way = way(&status).with_context(|| address.database.to_string())?;
        print(&address, &way, statements).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A revision's statements, and its name into the books.
pub(super) fn apply(address: &Address, script: &Script) -> Vec<String> {
    let (table, name) = (address.database.migration_table(), &script.name);
    let now = match address.location {
        Location::Postgres(_) => "extract(epoch FROM now())::bigint",
        _ => "unixepoch()",
    };
    let enter = format!("INSERT INTO {table} (version, applied_at) VALUES ('{name}', {now})");
    [&script.up[..], &[enter]].concat()
}

/// A revision's statements back, and its name out of the books.
pub(super) fn take_back(address: &Address, script: &Script) -> Vec<String> {
    let (table, name) = (address.database.migration_table(), &script.name);
    let strike = format!("DELETE FROM {table} WHERE version = '{name}'");
    [&script.down[..], &[strike]].concat()
}

pub(super) async fn show(
    which: &Which,
    environment: &Environment,
    name: &str,
) -> anyhow::Result<ExitCode> {
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let status = almanac_migration::status(&address).await?;
        let names = revisions(address.database).all();
        let index =
            almanac_migration::find(&names, name).with_context(|| address.database.to_string())?;
        let (revision, script) = (&status.revisions[index], &scripts(&address).await?[index]);
        let entry = revision.entry.as_ref();
        if !which.json {
            let mark = if revision.applied { "applied" } else { "pending" };
            say(format_args!("-- {}: {} ({mark})", address.database, revision.name));
            if let Some(entry) = entry {
                let at = instant(entry.applied_at).unwrap_or_default();
                say(format_args!("-- {} {at} by almanac {}", entry.how, entry.tool_version));
            }
            say("-- up");
            script.up.iter().for_each(|statement| say(format_args!("{statement};")));
            say("-- down");
            script.down.iter().for_each(|statement| say(format_args!("{statement};")));
        }
        results.push(json!({
            "database": address.database.as_str(),
            "revision": revision.name,
            "applied": revision.applied,
            "checksum": script.checksum,
            "up": script.up,
            "down": script.down,
        }));
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn plan(
    which: &Which,
    environment: &Environment,
    target: &Target,
) -> anyhow::Result<ExitCode> {
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database;
        let plan = almanac_migration::plan(&address, target)
            .await
            .with_context(|| database.to_string())?;
        if !which.json {
            if plan.is_empty() {
                say(format_args!("{database}: nothing to do"));
            }
            for step in &plan {
                say(format_args!(
                    "{database}: {}: {} statements",
                    step.script.name,
                    step.script.up.len()
                ));
                for (table, rows) in &step.rows {
                    say(format_args!("{database}:   {table} holds {rows} rows"));
                }
            }
        }
        let steps: Vec<_> = plan
            .iter()
            .map(|step| {
                let rows: serde_json::Map<_, _> =
                    step.rows.iter().map(|(table, rows)| (table.clone(), json!(rows))).collect();
                json!({ "revision": step.script.name, "statements": step.script.up, "rows": rows })
            })
            .collect();
        results.push(json!({ "database": database.as_str(), "steps": steps }));
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what a way tells the engine, a transaction for each revision.
async fn print(
    address: &Address,
    way: &[String],
    statements: fn(&Address, &Script) -> Vec<String>,
) -> anyhow::Result<()> {
    let scripts = scripts(address).await?;
    let postgres = matches!(address.location, Location::Postgres(_));
    let table = address.database.migration_table();
    say(format_args!(
        "-- {} ({})",
        address.database,
        if postgres { "PostgreSQL" } else { "SQLite" }
    ));
    if postgres {
        say(format_args!("SET search_path TO \"{}\";", address.schema.replace('"', "\"\"")));
    } else {
        // A table is rebuilt without losing the rows that refer to it.
        say("PRAGMA foreign_keys = OFF;");
    }
    say(format_args!(
        "CREATE TABLE IF NOT EXISTS {table} (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);"
    ));
    for name in way {
        let Some(script) = scripts.iter().find(|script| script.name == *name) else { continue };
        say(format_args!("\n-- {name}\nBEGIN;"));
        for statement in statements(address, script) {
            say(format_args!("{statement};"));
        }
        say("COMMIT;");
    }
    Ok(())
}

async fn scripts(address: &Address) -> anyhow::Result<Vec<Script>> {
    revisions(address.database).scripts(address).await.with_context(|| address.database.to_string())
}
