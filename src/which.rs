//! Which databases a verb is for.

use almanac_database::{Address, Database, Environment, Location};
use anyhow::bail;
use clap::Args;

/// Which databases a verb is for.
#[derive(Args)]
pub(crate) struct Which {
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
    pub(crate) json: bool,
}

impl Which {
    /// Where they are.
    pub(crate) fn addresses(&self, environment: &Environment) -> anyhow::Result<Vec<Address>> {
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
