//! Arguments that every command takes.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use almanac_database::Environment;
use almanac_service::Sessions;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// Arguments of every command.
#[derive(Args)]
pub(crate) struct Global {
    /// Where the databases are that have no variable of their own
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Say more; twice for all there is to say
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// How log lines are written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "plain")]
    log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people.
    Plain,
    /// An object a line, for programs.
    Json,
}

impl Global {
    /// Sends log lines to standard error; `RUST_LOG` says which, else how often `-v` stands.
    pub(crate) fn start_logging(&self) {
        let default = match self.verbose {
            0 => "warn,almanac=info",
            1 => "info,almanac=debug",
            _ => "debug",
        };
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(io::stderr().is_terminal())
            .with_writer(io::stderr);
        match self.log_format {
            LogFormat::Plain => log.init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
    }

    /// Where the databases are.
    pub(crate) fn environment(&self) -> Environment {
        Environment::of_process().with_state_dir(self.state_dir.clone())
    }

    /// Sessions for the databases.
    pub(crate) fn sessions(&self) -> anyhow::Result<Sessions> {
        Ok(Sessions::from_environment(&self.environment())?)
    }
}
