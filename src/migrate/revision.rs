//! `almanac migrate revision`: the revision that an edited entity is missing.

use std::{path::PathBuf, process::ExitCode};

use almanac_database::{Address, Database, Environment, Location, Origin};
use almanac_migration::{Request, autogenerate, write};
use anyhow::{Context, bail};
use chrono::Utc;
use clap::Args;
use migration_schema::{ColumnRename, Fill, Hints, TableRename};

use crate::output::say;

#[derive(Args)]
pub(super) struct NewRevision {
    /// The database
    #[arg(long, env = "DATABASE")]
    database: Database,
    /// What it is about, in a few words
    #[arg(short, long)]
    message: String,
    /// Write what the entities state and no revision makes; there is no other kind
    #[arg(long, required = true)]
    autogenerate: bool,
    /// A table's old and new name
    #[arg(long, value_name = "OLD=NEW")]
    rename_table: Vec<String>,
    /// A column's old and new name
    #[arg(long, value_name = "TABLE.OLD=NEW")]
    rename_column: Vec<String>,
    /// What rows get in a column that may not be null, as SQL
    #[arg(long, value_name = "TABLE.COLUMN=SQL")]
    fill: Vec<String>,
    /// Destroy what dropped tables and columns hold
    #[arg(long)]
    allow_destructive: bool,
    /// A PostgreSQL server: a revision is proved on both engines, in a transaction that is rolled back
    #[arg(
        long,
        value_name = "URL",
        env = "TEST_POSTGRES_URL",
        hide_env_values = true,
        default_value = "postgres://postgres@127.0.0.1:5432/postgres"
    )]
    server: String,
    /// The workspace that it is written into
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Print it instead of writing it
    #[arg(long)]
    print: bool,
}

impl NewRevision {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        debug_assert!(self.autogenerate, "clap demands it");
        let hints = self.hints()?;
        let address = environment.address(self.database)?;
        let server = Location::parse(&self.server).context("--server")?;
        let server = Address::new(self.database, server, Origin::Argument("--server"));
        let date = Utc::now().format("%Y%m%d").to_string();
        let request = Request {
            address: &address,
            server: Some(&server),
            date: &date,
            message: &self.message,
            hints: &hints,
            allow_destructive: self.allow_destructive,
        };
        let Some(revision) = autogenerate(&request).await? else {
            say(format_args!("{}: the revisions make what the entities state", self.database));
            return Ok(ExitCode::SUCCESS);
        };
        if self.print {
            say(revision.source.trim_end());
            return Ok(ExitCode::SUCCESS);
        }
        for reason in &revision.reasons {
            say(format_args!("{}: {reason}", self.database));
        }
        for file in write(&self.root, &revision)? {
            say(format_args!("wrote {}", file.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn hints(&self) -> anyhow::Result<Hints> {
        let mut hints = Hints::default();
        for rename in &self.rename_table {
            let (from, to) = pair(rename, "--rename-table OLD=NEW")?;
            hints.tables.push(TableRename { from: from.to_owned(), to: to.to_owned() });
        }
        for rename in &self.rename_column {
            let (place, to) = pair(rename, "--rename-column TABLE.OLD=NEW")?;
            let (table, from) = column(place, "--rename-column TABLE.OLD=NEW")?;
            hints.columns.push(ColumnRename { table, from, to: to.to_owned() });
        }
        for fill in &self.fill {
            let (place, value) = pair(fill, "--fill TABLE.COLUMN=SQL")?;
            let (table, column) = column(place, "--fill TABLE.COLUMN=SQL")?;
            hints.fills.push(Fill { table, column, value: value.to_owned() });
        }
        Ok(hints)
    }
}

fn pair<'a>(text: &'a str, form: &str) -> anyhow::Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((left, right)) if !left.is_empty() && !right.is_empty() => Ok((left, right)),
        _ => bail!("{text:?} has to be {form}"),
    }
}

fn column(text: &str, form: &str) -> anyhow::Result<(String, String)> {
    match text.split_once('.') {
        Some((table, column)) => Ok((table.to_owned(), column.to_owned())),
        None => bail!("{text:?} has to be {form}"),
    }
}
