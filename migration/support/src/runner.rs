//! The binary behind `sea-orm-cli migrate`.

use std::{error::Error, process::ExitCode};

use almanac_database::{Address, Database, Environment, Location, Mode, Origin, connect};
use clap::Parser;
use sea_orm_cli::MigrateSubcommands;
use sea_orm_migration::{cli::run_migrate, prelude::DbErr, sea_orm::DatabaseConnection};

use crate::{
    Lock, Revisions,
    guard::{refuse_foreign_file, refuse_foreign_schema},
};

/// Opens the database for its migrator, unless something else made its tables.
///
/// # Errors
/// The database is not ours, or cannot be opened.
pub async fn open(address: &Address) -> Result<DatabaseConnection, DbErr> {
    refuse_foreign_file(address).await?;
    let connection =
        connect(address, Mode::Migrate).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    refuse_foreign_schema(address, &connection).await?;
    Ok(connection)
}

/// The arguments that `sea-orm-cli migrate` hands on.
#[derive(Parser)]
#[command(version, about = "Runs the revisions of one of Almanac's databases")]
struct Arguments {
    /// Show debug messages.
    #[arg(short, long, global = true)]
    verbose: bool,
    /// The database's address; without it, the database's own variables and defaults say.
    #[arg(short = 'u', long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// The PostgreSQL schema; without it, the one named after the database.
    #[arg(short = 's', long, env = "DATABASE_SCHEMA", global = true)]
    database_schema: Option<String>,
    #[command(subcommand)]
    command: Option<MigrateSubcommands>,
}

/// Where `database` is: the address given, else what its variables and the defaults say.
///
/// # Errors
/// The address or a variable cannot be used.
pub fn address(
    database: Database,
    url: Option<&str>,
    environment: &Environment,
) -> Result<Address, almanac_database::AddressError> {
    match url {
        Some(url) => {
            Ok(Address::new(database, Location::parse(url)?, Origin::Variable("DATABASE_URL")))
        }
        None => environment.address(database),
    }
}

/// The whole binary of a migration crate: reads the arguments, finds the database, runs the verb.
pub async fn main(revisions: impl FnOnce() -> Result<Revisions, String>) -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match revisions() {
        Ok(revisions) => run(revisions, arguments).await,
        Err(message) => Err(message.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not by tracing: its filter shows sea-orm-migration alone.
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(revisions: Revisions, arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let database = revisions.database();
    if let Some(MigrateSubcommands::Init | MigrateSubcommands::Generate { .. }) = arguments.command
    {
        return Err(format!(
            "a revision is made in its own crate: sea-orm-cli migrate -d migration/{database} generate NAME"
        )
        .into());
    }
    let mut address =
        address(database, arguments.database_url.as_deref(), &Environment::of_process())?;
    if let Some(schema) = arguments.database_schema {
        address.schema = schema;
    }
    let lock = Lock::take(&address).await?;
    let connection = open(&address).await?;
    run_migrate(revisions, &connection, arguments.command, arguments.verbose).await?;
    connection.close().await?;
    Ok(lock.release().await?)
}
