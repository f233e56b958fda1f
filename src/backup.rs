//! `almanac backup`: copies of databases that can be trusted.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::{Address, Database, Environment, Location};
use almanac_upkeep::{
    backup::{self, Engine, Manifest, Policy, Tools},
    copy,
};
use anyhow::Context;
use chrono::{TimeDelta, Utc};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{
    confirm::confirmed,
    output::{complain, say, say_json, say_table},
    which::Which,
};

#[derive(Args)]
pub(crate) struct Backup {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Copy databases as of one committed instant each, while others go on writing
    Create {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        kept: Kept,
    },
    /// Show the backups there are
    List {
        #[command(flatten)]
        kept: Kept,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say how old the newest backup of each database is; exit code 1 where there is none
    Age {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        kept: Kept,
        /// How much work may be lost at most: exit code 1 also where the newest is older than so many minutes
        #[arg(long, value_name = "MINUTES")]
        within: Option<u32>,
    },
    /// Prove a backup: its files by their digests, its rows by restoring it into a scratch database
    Verify {
        /// The backup's folder
        backup: PathBuf,
        /// The PostgreSQL server to try a dump on, in place of the database's own
        #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
        database_url: Option<String>,
    },
    /// Put a backup in the place of its database; what was there is kept under another name
    Restore {
        /// The backup's folder
        backup: PathBuf,
        /// Where to, in place of the database's own address
        #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
        database_url: Option<String>,
        /// Do it where a database is
        #[arg(long)]
        replace: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Delete old backups, once the newest of their database is proved
    Prune {
        #[command(flatten)]
        kept: Kept,
        /// Keep so many of the newest of each database
        #[arg(long, value_name = "COUNT", required_unless_present = "younger_than_days")]
        keep: Option<usize>,
        /// Keep those younger than so many days
        #[arg(long, value_name = "DAYS")]
        younger_than_days: Option<u16>,
        /// The PostgreSQL server to try a dump on, in place of the database's own
        #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
        database_url: Option<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Copy a database to another engine or server, and prove that nothing changed on the way
    Copy {
        /// The database
        #[arg(long, env = "DATABASE")]
        database: Database,
        /// The address to copy from
        from: String,
        /// The address to copy to, where no rows may be
        to: String,
    },
}

/// Where backups are.
#[derive(Args)]
struct Kept {
    /// The folder of backups; `backups` in the state directory unless given
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Kept {
    fn folder(&self, environment: &Environment) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| environment.state_dir().0.join("backups"))
    }
}

impl Backup {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Create { which, kept } => create(&which, &kept, environment).await,
            Verb::List { kept, json } => list(&kept.folder(environment), json),
            Verb::Verify { backup, database_url } => {
                verify(&backup, database_url.as_deref(), environment).await
            }
            Verb::Restore { backup, database_url, replace, yes } => {
                let target = target(&backup, database_url.as_deref(), environment)?;
                restore(&backup, &target, replace, yes).await
            }
            Verb::Age { which, kept, within } => age(&which, &kept, within, environment),
            Verb::Prune { kept, keep, younger_than_days, database_url, yes } => {
                let younger_than = younger_than_days.map(|days| TimeDelta::days(days.into()));
                let policy = Policy { newest: keep, younger_than };
                let servers = Database::ALL.into_iter().map(|database| {
                    almanac_migration::address(database, database_url.as_deref(), environment)
                });
                let servers = servers.collect::<Result<Vec<_>, _>>()?;
                prune(&kept.folder(environment), policy, yes, &servers).await
            }
            Verb::Copy { database, from, to } => {
                let address =
                    |url: &str| almanac_migration::address(database, Some(url), environment);
                copy_over(&address(&from)?, &address(&to)?).await
            }
        }
    }
}

async fn create(which: &Which, kept: &Kept, environment: &Environment) -> anyhow::Result<ExitCode> {
    let folder = kept.folder(environment);
    let all = which.addresses(environment)?;
    // A database that was never made has nothing to be kept.
    let there = |address: &Address| address.location.file().is_none_or(Path::is_file);
    let (there, missing): (Vec<_>, Vec<_>) = all.into_iter().partition(there);
    for address in &missing {
        complain(format_args!("{}: there is none", address.database));
    }
    let made = backup::create(&there, &folder, &Tools::default(), Utc::now()).await?;
    if which.json {
        let shown: Vec<_> = made
            .iter()
            .map(|one| json!({ "folder": one.folder, "manifest": one.manifest }))
            .collect();
        say_json(&shown)?;
    } else {
        for one in &made {
            let rows: u64 = one.manifest.tables.iter().map(|table| table.rows).sum();
            say(format_args!("{}: {rows} rows in {}", one.manifest.database, one.folder.display()));
        }
    }
    let nothing_there = made.is_empty();
    Ok(if nothing_there { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn list(folder: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let listed = if folder.is_dir() { backup::list(folder)? } else { Vec::new() };
    if json {
        let shown: Vec<_> = listed
            .iter()
            .map(|one| match &one.manifest {
                Ok(manifest) => json!({ "folder": one.folder, "manifest": manifest }),
                Err(reason) => json!({ "folder": one.folder, "broken": reason }),
            })
            .collect();
        say_json(&shown)?;
    } else {
        let row = |one: &backup::Listed| match &one.manifest {
            Ok(manifest) => [
                manifest.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
                manifest.database.clone(),
                manifest.revision.clone().unwrap_or_default(),
                one.folder.display().to_string(),
            ],
            Err(reason) => [
                "broken".to_owned(),
                reason.clone(),
                String::new(),
                one.folder.display().to_string(),
            ],
        };
        say_table(
            ["CREATED (UTC)", "DATABASE", "REVISION", "FOLDER"],
            &listed.iter().map(row).collect::<Vec<_>>(),
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn age(
    which: &Which,
    kept: &Kept,
    within: Option<u32>,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let (folder, now) = (kept.folder(environment), Utc::now());
    let listed = if folder.is_dir() { backup::list(&folder)? } else { Vec::new() };
    let whole: Vec<Manifest> = listed.into_iter().filter_map(|one| one.manifest.ok()).collect();
    let mut is_well = true;
    let mut shown = Vec::new();
    for address in which.addresses(environment)? {
        let database = address.database.as_str();
        let of_it = whole.iter().filter(|manifest| manifest.database == database);
        let age = of_it.map(|manifest| now - manifest.created_at).min();
        let allowed = within.map(|minutes| TimeDelta::minutes(minutes.into()));
        is_well &= age.is_some_and(|age| allowed.is_none_or(|allowed| age <= allowed));
        if !which.json {
            say(match age {
                Some(age) => {
                    format!("{database}: the newest backup is {} min old", age.num_minutes())
                }
                None => format!("{database}: there is no backup"),
            });
        }
        shown.push(json!({ "database": database, "age_s": age.map(|age| age.num_seconds()) }));
    }
    if which.json {
        say_json(&shown)?;
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verify(
    folder: &Path,
    url: Option<&str>,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let manifest = Manifest::read(folder)?;
    let server = match manifest.engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(target(folder, url, environment)?),
    };
    let faults = backup::verify(folder, server.as_ref(), &Tools::default()).await?;
    if faults.is_empty() {
        say(format_args!("{}: whole, and as it was", folder.display()));
        return Ok(ExitCode::SUCCESS);
    }
    for fault in faults {
        complain(format_args!("error: {}: {fault}", folder.display()));
    }
    Ok(ExitCode::FAILURE)
}

async fn restore(
    folder: &Path,
    target: &Address,
    replace: bool,
    yes: bool,
) -> anyhow::Result<ExitCode> {
    if replace {
        say(format_args!(
            "{target} becomes what {} holds; what is there is kept beside it",
            folder.display()
        ));
        if !confirmed(yes, "Go on?")? {
            say("nothing was done");
            return Ok(ExitCode::FAILURE);
        }
    }
    let done = backup::restore(folder, target, replace, &Tools::default(), Utc::now()).await?;
    say(format_args!(
        "{target} is what it was at {}",
        done.manifest.created_at.format("%Y-%m-%d %H:%M:%S UTC")
    ));
    if let Some(kept) = done.kept {
        say(format_args!("what was there before is {kept}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn prune(
    folder: &Path,
    policy: Policy,
    yes: bool,
    servers: &[Address],
) -> anyhow::Result<ExitCode> {
    let plan = backup::plan(folder, policy, Utc::now())?;
    for broken in &plan.broken {
        complain(format_args!("{} holds no whole backup, and stays", broken.display()));
    }
    if plan.delete.is_empty() {
        say("nothing to delete");
        return Ok(ExitCode::SUCCESS);
    }
    for old in &plan.delete {
        say(format_args!("delete {}", old.display()));
    }
    if !confirmed(yes, &format!("Delete these {}?", plan.delete.len()))? {
        say("nothing was done");
        return Ok(ExitCode::FAILURE);
    }
    plan.carry_out(servers, &Tools::default()).await?;
    say(format_args!("{} deleted, {} kept", plan.delete.len(), plan.keep.len()));
    Ok(ExitCode::SUCCESS)
}

async fn copy_over(from: &Address, to: &Address) -> anyhow::Result<ExitCode> {
    let style = ProgressStyle::with_template("{msg:28} {wide_bar} {human_pos} of {human_len}")?;
    let bar = ProgressBar::new(0).with_style(style);
    let copied = copy::copy(from, to, |progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.rows);
        bar.set_message(progress.table.clone());
    })
    .await;
    bar.finish_and_clear();
    let copied = copied?;
    let rows: u64 = copied.tables.iter().map(|table| table.rows).sum();
    let tables = copied.tables.len();
    say(format_args!(
        "{to}: {rows} rows in {tables} tables at {}, each table's digest the same",
        copied.revision
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where a backup's database is.
fn target(folder: &Path, url: Option<&str>, environment: &Environment) -> anyhow::Result<Address> {
    let manifest = Manifest::read(folder)?;
    let database: Database = manifest.database.parse()?;
    let address = almanac_migration::address(database, url, environment)?;
    let postgres = matches!(address.location, Location::Postgres(_));
    if postgres != (manifest.engine == Engine::Postgres) {
        let engine = if postgres { "SQLite file" } else { "PostgreSQL dump" };
        return Err(anyhow::anyhow!("the backup is of a {engine}, but {address} is none"))
            .context("--database-url names another place; `almanac backup copy` changes engines");
    }
    Ok(address)
}
