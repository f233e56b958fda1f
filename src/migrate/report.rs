//! Verbs that say where databases stand.

use std::process::ExitCode;

use almanac_database::Environment;
use almanac_migration::{Migration, Status, revisions};
use anyhow::Context;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value as Json, json};

use crate::{
    output::{say, say_json},
    which::Which,
};

pub(super) async fn current(which: &Which, environment: &Environment) -> anyhow::Result<ExitCode> {
    report(which, environment, |status| {
        let pending = status.pending().count();
        let place = match (status.exists, status.unknown.is_empty(), pending) {
            (false, ..) => " (no file)".to_owned(),
            (true, false, _) => " (unknown to this program)".to_owned(),
            (true, true, 0) => " (head)".to_owned(),
            (true, true, pending) => format!(" ({pending} pending)"),
        };
        let alembic = status.alembic.as_ref().map(|version| format!(", alembic_version {version}"));
        let (database, at) = (status.database, status.current().unwrap_or("base"));
        vec![format!("{database}: {at}{place}{}", alembic.unwrap_or_default())]
    })
    .await
}

pub(super) async fn history(which: &Which, environment: &Environment) -> anyhow::Result<ExitCode> {
    report(which, environment, |status| {
        let known = status.revisions.iter().map(|revision| {
            let mark = if revision.applied { "applied" } else { "pending" };
            let edited = if revision.edited { "  edited since" } else { "" };
            format!("{}: {mark}  {}{edited}", status.database, revision.name)
        });
        let unknown = &status.unknown;
        let unknown = unknown.iter().map(|name| format!("{}: unknown  {name}", status.database));
        known.chain(unknown).collect()
    })
    .await
}

pub(super) fn heads(which: &Which, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let names = revisions(address.database).all();
        let head = names.last().map_or("base", String::as_str);
        if !which.json {
            say(format_args!("{}: {head}", address.database));
        }
        results.push(json!({ "database": address.database.as_str(), "head": head }));
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn verify(which: &Which, environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut differs = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database;
        let verdict =
            almanac_migration::verify(&address).await.with_context(|| database.to_string())?;
        differs |= !verdict.is_clean();
        if !which.json {
            if verdict.is_clean() {
                say(format_args!("{database}: as its revisions made it"));
            }
            verdict.faults().iter().for_each(|fault| say(format_args!("{database}: {fault}")));
            for unmanaged in &verdict.unmanaged {
                say(format_args!("{database}: not managed: {unmanaged}"));
            }
        }
        results.push(json!({
            "database": database.as_str(),
            "clean": verdict.is_clean(),
            "faults": verdict.faults(),
            "unmanaged": verdict.unmanaged,
        }));
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Shows each database with `show`; the exit code tells whether one is not at this program's newest revision.
async fn report(
    which: &Which,
    environment: &Environment,
    show: impl Fn(&Status) -> Vec<String>,
) -> anyhow::Result<ExitCode> {
    let mut behind = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let status = almanac_migration::status(&address)
            .await
            .with_context(|| address.database.to_string())?;
        behind |= status.pending().next().is_some() || !status.unknown.is_empty();
        if which.json {
            results.push(json!({
                "database": status.database.as_str(),
                "current": status.current(),
                "revisions": status.revisions.iter().map(as_json).collect::<Vec<_>>(),
                "unknown": status.unknown,
                "alembic_version": status.alembic,
            }));
        } else {
            show(&status).iter().for_each(say);
        }
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(if behind { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_json(revision: &Migration) -> Json {
    let entry = revision.entry.as_ref().map(|entry| {
        json!({
            "how": entry.how,
            "applied_at": instant(entry.applied_at),
            "duration_sec": entry.duration_sec,
            "tool_version": entry.tool_version,
        })
    });
    json!({
        "name": revision.name,
        "applied": revision.applied,
        "edited": revision.edited,
        "entry": entry,
    })
}

/// Unix seconds as an instant.
pub(super) fn instant(seconds: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is of no use here")]
    let instant = DateTime::from_timestamp(seconds as i64, 0)?;
    Some(instant.to_rfc3339_opts(SecondsFormat::Secs, true))
}
