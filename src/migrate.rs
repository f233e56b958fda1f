//! `almanac migrate`: Alembic's verbs.

use std::process::ExitCode;

use almanac_database::{Address, Database, Environment, Location};
use almanac_migration::{Status, Target};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::output::{complain, say, say_json};

#[derive(Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Apply revisions, up to the newest unless told otherwise
    Upgrade {
        #[command(flatten)]
        which: Which,
        /// `head`, `+N`, or a revision's name or a part of it
        #[arg(default_value = "head")]
        target: Target,
    },
    /// Take revisions back, the newest unless told otherwise
    Downgrade {
        #[command(flatten)]
        which: Which,
        /// `base`, `-N`, or the name (or a part of it) of the revision to be at
        #[arg(default_value = "-1", allow_hyphen_values = true)]
        target: Target,
        /// Go on where rows or values would be destroyed
        #[arg(long)]
        allow_data_loss: bool,
    },
    /// Show the revision each database is at; exit code 1 when one is behind
    Current {
        #[command(flatten)]
        which: Which,
    },
    /// List the revisions, oldest first, and which are applied
    History {
        #[command(flatten)]
        which: Which,
    },
}

/// Which databases a verb is for.
#[derive(Args)]
struct Which {
    /// The database
    #[arg(long, env = "DATABASE", required_unless_present = "all")]
    database: Option<Database>,
    /// All eight databases
    #[arg(long)]
    all: bool,
    /// The database's address, in place of its variables and defaults
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Which {
    fn addresses(&self, environment: &Environment) -> anyhow::Result<Vec<Address>> {
        let databases = match self.database {
            Some(database) if !self.all => vec![database],
            _ => Database::ALL.to_vec(),
        };
        let url = self.database_url.as_deref();
        if let (Some(url), true) = (url, databases.len() > 1)
            && !matches!(Location::parse(url)?, Location::Postgres(_))
        {
            bail!(
                "--all: DATABASE_URL is one SQLite file, but each database needs its own; unset it"
            );
        }
        databases
            .into_iter()
            .map(|database| Ok(almanac_migration::address(database, url, environment)?))
            .collect()
    }
}

impl Migrate {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Upgrade { which, target } => {
                change(&which, environment, "upgraded", async |address| {
                    almanac_migration::upgrade(address, &target).await
                })
                .await
            }
            Verb::Downgrade { which, target, allow_data_loss } => {
                change(&which, environment, "downgraded", async |address| {
                    almanac_migration::downgrade(address, &target, allow_data_loss).await
                })
                .await
            }
            Verb::Current { which } => report(&which, environment, current).await,
            Verb::History { which } => report(&which, environment, history).await,
        }
    }
}

/// Changes each database and says what was done. A database that fails does not stop the others.
async fn change<E: std::fmt::Display>(
    which: &Which,
    environment: &Environment,
    done: &str,
    verb: impl AsyncFn(&Address) -> Result<Vec<String>, E>,
) -> anyhow::Result<ExitCode> {
    let mut failed = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database;
        match verb(&address).await {
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

/// Shows each database's revisions with `show`; the exit code tells whether one is behind.
async fn report(
    which: &Which,
    environment: &Environment,
    show: fn(&Status) -> Vec<String>,
) -> anyhow::Result<ExitCode> {
    let mut behind = false;
    let mut results = Vec::new();
    for address in which.addresses(environment)? {
        let status = almanac_migration::status(&address)
            .await
            .with_context(|| address.database.to_string())?;
        behind |= status.pending().next().is_some();
        if which.json {
            let revision = |revision: &almanac_migration::Migration| json!({ "name": revision.name, "applied": revision.applied });
            results.push(json!({
                "database": status.database.as_str(),
                "current": status.current(),
                "revisions": status.revisions.iter().map(revision).collect::<Vec<_>>(),
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

fn current(status: &Status) -> Vec<String> {
    let pending = status.pending().count();
    let place = match (status.exists, pending) {
        (false, _) => " (no file)".to_owned(),
        (true, 0) => " (head)".to_owned(),
        (true, pending) => format!(" ({pending} pending)"),
    };
    vec![format!("{}: {}{place}", status.database, status.current().unwrap_or("base"))]
}

fn history(status: &Status) -> Vec<String> {
    let line = |revision: &almanac_migration::Migration| {
        let mark = if revision.applied { "applied" } else { "pending" };
        format!("{}: {mark}  {}", status.database, revision.name)
    };
    status.revisions.iter().map(line).collect()
}
