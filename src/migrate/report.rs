//! Verbs that say where databases stand.

use std::process::ExitCode;

use almanac_database::{Address, Environment};
use almanac_migration::{Migration, Status, Verdict, revisions};
use anyhow::Context;
use chrono::{DateTime, SecondsFormat};
use migration_schema::Difference;
use sea_orm::DbErr;
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
            (true, true, 0) if status.is_adopted() => " (head, adopted)".to_owned(),
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
            let mark = match (revision.applied, revision.is_adopted()) {
                (true, true) => "adopted",
                (true, false) => "applied",
                (false, _) => "pending",
            };
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
    compare(which, environment, async |address| {
        let verdict = almanac_migration::verify(address).await?;
        Ok(Compared {
            faults: verdict.faults(),
            json: as_compared(&verdict),
            adopted_with: lines(&verdict.adopted_with),
            unmanaged: verdict.unmanaged,
            clean: "as its revisions made it",
        })
    })
    .await
}

pub(super) async fn check(which: &Which, environment: &Environment) -> anyhow::Result<ExitCode> {
    compare(which, environment, async |address| {
        let check = almanac_migration::check(address).await?;
        let model = lines(&check.model);
        let live = check.live.as_ref();
        let by_hand = live.map(Verdict::faults).unwrap_or_default();
        let json = json!({
            "entities": model,
            "pending": check.pending,
            "live": live.map(as_compared),
        });
        let model =
            model.iter().map(|fault| format!("no revision has what an entity says: {fault}"));
        let pending = check.pending.iter().map(|name| format!("{name} is pending"));
        let by_hand = by_hand.iter().map(|fault| format!("changed by hand: {fault}"));
        Ok(Compared {
            faults: model.chain(pending).chain(by_hand).collect(),
            adopted_with: live.map(|verdict| lines(&verdict.adopted_with)).unwrap_or_default(),
            unmanaged: live.map(|verdict| verdict.unmanaged.clone()).unwrap_or_default(),
            clean: "entities, revisions and the database agree",
            json,
        })
    })
    .await
}

/// What a comparison found.
struct Compared {
    faults: Vec<String>,
    adopted_with: Vec<String>,
    unmanaged: Vec<String>,
    /// What is said where there is no fault.
    clean: &'static str,
    json: Json,
}

/// Compares each database; the exit code tells whether one has a fault.
async fn compare(
    which: &Which,
    environment: &Environment,
    compared: impl AsyncFn(&Address) -> Result<Compared, DbErr>,
) -> anyhow::Result<ExitCode> {
    let mut differs = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database;
        let found = compared(&address).await.with_context(|| database.to_string())?;
        differs |= !found.faults.is_empty();
        if which.json {
            results.push(json!({ "database": database.as_str(), "found": found.json }));
            continue;
        }
        if found.faults.is_empty() {
            say(format_args!("{database}: {}", found.clean));
        }
        for fault in found.faults {
            say(format_args!("{database}: {fault}"));
        }
        for difference in found.adopted_with {
            say(format_args!("{database}: adopted with: {difference}"));
        }
        for unmanaged in found.unmanaged {
            say(format_args!("{database}: not managed: {unmanaged}"));
        }
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_compared(verdict: &Verdict) -> Json {
    json!({
        "clean": verdict.is_clean(),
        "faults": verdict.faults(),
        "adopted_with": lines(&verdict.adopted_with),
        "unmanaged": verdict.unmanaged,
    })
}

fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
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
