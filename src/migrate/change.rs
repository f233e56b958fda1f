//! Verbs that change databases.

use std::{fmt::Display, process::ExitCode};

use almanac_database::{Address, Environment};
use almanac_migration::{Step, Target};
use indicatif::ProgressBar;
use serde_json::json;

use super::Which;
use crate::output::{complain, say, say_json};

pub(super) async fn upgrade(
    which: &Which,
    environment: &Environment,
    target: &Target,
) -> anyhow::Result<ExitCode> {
    each(which, environment, "upgraded", async |address, tell| {
        almanac_migration::upgrade(address, target, tell).await
    })
    .await
}

pub(super) async fn downgrade(
    which: &Which,
    environment: &Environment,
    target: &Target,
    allow_data_loss: bool,
) -> anyhow::Result<ExitCode> {
    each(which, environment, "downgraded", async |address, tell| {
        almanac_migration::downgrade(address, target, allow_data_loss, tell).await
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
