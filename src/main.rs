//! `almanac`: the state databases of a transient-imaging pipeline, for the people who run it.

mod adopt;
mod arguments;
mod astrid;
mod backup;
mod calibrators;
mod catalog;
mod cells;
mod confirm;
mod demo;
mod doctor;
mod ese;
mod import;
mod inspect;
mod migrate;
mod output;
mod paths;
mod revisions;
mod schema;
mod serve;
mod skymodel;
mod slow;
mod state;
mod survey;
mod time;
mod token;
mod variability;
mod which;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Memory is taken and given back row by row while a page is read, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The state databases of a transient-imaging pipeline.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    global: arguments::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a sample survey in a state directory of its own, and serve it
    Demo(demo::Demo),
    /// Serve the graph over HTTP
    Serve(serve::Serve),
    /// Show where each database is, and which variable said so
    Paths(paths::Paths),
    /// Say what is wrong with each database, and the command that mends it
    Doctor(doctor::Doctor),
    /// Upgrade and downgrade databases, and see where they stand
    Migrate(migrate::Migrate),
    /// Say what a file of the Python pipeline is, and what it takes to take it over
    Inspect(inspect::Inspect),
    /// Take over a file of the Python pipeline, losing nothing
    Adopt(Box<adopt::Adopt>),
    /// Copy databases, prove the copies, and put them back
    Backup(backup::Backup),
    /// Look into the state directory, and move it
    State(state::State),
    /// Read a CSV file into a table
    Import(import::Import),
    /// Register calibrators, and take over old tables and the VLA's list of them
    Calibrators(calibrators::Calibrators),
    /// Ask survey catalogues, and build them
    Catalog(catalog::Catalog),
    /// Make, check and delete models of the sky in a field
    #[command(name = "skymodel")]
    SkyModels(skymodel::SkyModels),
    /// Carry out AstrID's jobs, and look after their queue
    Astrid(astrid::Astrid),
    /// Make, list and revoke the tokens by which people and programs are known
    Token(token::TokenCommand),
    /// Statistics of light curves
    Variability(variability::Variability),
    /// Candidates for extreme scattering events
    Ese(ese::Ese),
    /// Print the graph's schema
    Schema,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    global.start_logging();
    run(&global, command).await.unwrap_or_else(|error| {
        output::complain(format_args!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

async fn run(global: &arguments::Global, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(command) => command.run(global.state_dir.clone()).await,
        Command::Serve(command) => command.run(&global.environment()).await,
        Command::Paths(command) => command.run(&global.environment()),
        Command::Doctor(command) => command.run(&global.environment()).await,
        Command::Migrate(command) => command.run(&global.environment()).await,
        Command::Inspect(command) => command.run(&global.environment()).await,
        Command::Adopt(command) => command.run(&global.environment()).await,
        Command::Backup(command) => command.run(&global.environment()).await,
        Command::State(command) => command.run(&global.environment()).await,
        Command::Import(command) => command.run(global.sessions()?).await,
        Command::Calibrators(command) => command.run(&global.environment()).await,
        Command::Catalog(command) => command.run(global.sessions()?).await,
        Command::SkyModels(command) => command.run(global.sessions()?).await,
        Command::Astrid(command) => command.run(global.sessions()?).await,
        Command::Token(command) => command.run(&global.environment()).await,
        Command::Variability(command) => command.run(global.sessions()?).await,
        Command::Ese(command) => command.run(global.sessions()?).await,
        Command::Schema => Ok(schema::run()),
    }
}
