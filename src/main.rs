//! `almanac`: the state databases of a transient-imaging pipeline, for the people who run it.

mod arguments;
mod demo;
mod import;
mod migrate;
mod output;
mod paths;
mod schema;
mod serve;
mod survey;

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
    /// Upgrade and downgrade databases, and see where they stand
    Migrate(migrate::Migrate),
    /// Read a CSV file into a table
    Import(import::Import),
    /// Print the graph's schema
    Schema,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    global.start_logging();
    let outcome = match command {
        Command::Demo(command) => command.run(global.state_dir.clone()).await,
        Command::Serve(command) => command.run(&global.environment()).await,
        Command::Paths(command) => command.run(&global.environment()),
        Command::Migrate(command) => command.run(&global.environment()).await,
        Command::Import(command) => match global.sessions() {
            Ok(sessions) => command.run(sessions).await,
            Err(error) => Err(error),
        },
        Command::Schema => Ok(schema::run()),
    };
    outcome.unwrap_or_else(|error| {
        output::complain(format_args!("error: {error:#}"));
        ExitCode::FAILURE
    })
}
