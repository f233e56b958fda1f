//! Verbs that change databases.

use std::{fmt::Display, process::ExitCode, slice};

use almanac_database::{Address, Environment};
use almanac_migration::{Step, Target};
use almanac_upkeep::backup::{self, Tools};
use chrono::Utc;
use indicatif::ProgressBar;
use sea_orm::DbErr;
use serde_json::json;

use crate::{
    output::{complain, say, say_json},
    which::Which,
};

pub(super) async fn upgrade(
    which: &Which,
    environment: &Environment,
    target: &Target,
    no_backup: bool,
) -> anyhow::Result<ExitCode> {
    each(which, environment, "upgraded", async |address, tell| {
        let prepare = async || back_up(address, environment, no_backup).await;
        almanac_migration::upgrade_after(address, target, prepare, tell).await
    })
    .await
}

/// Backs a database up that holds rows, unless nobody wants that.
async fn back_up(
    address: &Address,
    environment: &Environment,
    unwanted: bool,
) -> Result<(), DbErr> {
    if unwanted || !almanac_migration::holds_rows(address).await? {
        return Ok(());
    }
    let folder = environment.state_dir().0.join("backups");
    let made =
        backup::create(slice::from_ref(address), &folder, &Tools::default(), Utc::now()).await;
    let made = made.map_err(|error| {
        DbErr::Custom(format!(
            "no backup could be made, so nothing was changed: {error} (--no-backup does without)"
        ))
    })?;
    for one in made {
        complain(format_args!("{}: backed up to {}", address.database, one.folder.display()));
    }
    Ok(())
}

pub(super) async fn downgrade(
    which: &Which,
    environment: &Environment,
    target: &Target,
    allow_data_loss: bool,
    no_backup: bool,
) -> anyhow::Result<ExitCode> {
    each(which, environment, "downgraded", async |address, tell| {
        let prepare = async || back_up(address, environment, no_backup).await;
        almanac_migration::downgrade_after(address, target, allow_data_loss, prepare, tell).await
    })
    .await
}

pub(super) async fn stamp(
    which: &Which,
    environment: &Environment,
    target: &Target,
    purge: bool,
    force: bool,
) -> anyhow::Result<ExitCode> {
    each(which, environment, "stamped", async |address, _| {
        let at = almanac_migration::stamp(address, target, purge, force).await?;
        Ok::<_, anyhow::Error>(vec![at.unwrap_or_else(|| "base".to_owned())])
    })
    .await
}

/// Changes each database and says what was done. A database that fails does not stop the others.
async fn each<E: Display>(
    which: &Which,
    environment: &Environment,
    done: &str,
    verb: impl AsyncFn(&Address, &mut dyn FnMut(Step<'_>)) -> Result<Vec<String>, E>,
) -> anyhow::Result<ExitCode> {
    let mut failed = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database;
        // On standard error; indicatif hides it where that is no terminal.
        let spinner = ProgressBar::new_spinner();
        spinner.enable_steady_tick(std::time::Duration::from_millis(200));
        let outcome = verb(&address, &mut |step| {
            if let Step::Begun { revision, number, all } = step {
                spinner.set_message(format!("{database}: {revision} ({number} of {all})"));
            }
        })
        .await;
        spinner.finish_and_clear();
        match outcome {
            Ok(revisions) => {
                if !which.json && revisions.is_empty() {
                    say(format_args!("{database}: nothing to do"));
                }
                for revision in revisions.iter().filter(|_| !which.json) {
                    say(format_args!("{database}: {done} {revision}"));
                }
                results.push(json!({ "database": database.as_str(), "revisions": revisions }));
            }
            Err(error) => {
                failed = true;
                complain(format_args!("error: {database}: {error}"));
                results.push(json!({ "database": database.as_str(), "error": error.to_string() }));
            }
        }
    }
    if which.json {
        say_json(&results)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
