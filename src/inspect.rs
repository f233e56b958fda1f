//! `almanac inspect`: what a file of the Python pipeline is.

use std::{path::PathBuf, process::ExitCode};

use almanac_adopt::inspect;
use almanac_database::{Address, Database, Environment, Location};
use anyhow::bail;
use clap::Args;

use crate::output::{complain, say, say_json};

#[derive(Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    file: File,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which file is meant.
#[derive(Args)]
pub(crate) struct File {
    /// The file; that of the database unless given
    file: Option<PathBuf>,
    /// The database; its tables tell unless given
    #[arg(long, env = "DATABASE")]
    pub(crate) database: Option<Database>,
}

impl File {
    /// The file that was given, or those of the database, or of all.
    pub(crate) fn places(&self, environment: &Environment) -> anyhow::Result<Vec<Place>> {
        if let Some(file) = &self.file {
            return match Location::parse(&file.to_string_lossy())? {
                Location::File(file) => Ok(vec![Place { file, database: self.database }]),
                _ => bail!("FILE: {} is no SQLite file; {POSTGRES}", file.display()),
            };
        }
        match self.database {
            Some(database) => Ok(vec![place(&environment.address(database)?)?]),
            None => of_all(environment),
        }
    }
}

/// What there is to say of a server.
const POSTGRES: &str =
    "only files are taken over, and `almanac backup copy` then moves one to a PostgreSQL server";

/// A file, and the database that it should be.
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) database: Option<Database>,
}

/// The files of all databases; those on servers are told.
pub(crate) fn of_all(environment: &Environment) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    for address in environment.addresses()? {
        match place(&address) {
            Ok(place) => places.push(place),
            Err(server) => complain(server),
        }
    }
    Ok(places)
}

fn place(address: &Address) -> anyhow::Result<Place> {
    match address.location.file() {
        Some(file) => Ok(Place { file: file.to_owned(), database: Some(address.database) }),
        None => bail!("{address} is no SQLite file; {POSTGRES}"),
    }
}

impl Inspect {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let mut failed = false;
        let mut inspections = Vec::new();
        for Place { file, database } in self.file.places(environment)? {
            match inspect(&file, database).await {
                Ok(inspection) if self.json => inspections.push(inspection),
                Ok(inspection) => inspection.lines().iter().for_each(say),
                Err(error) => {
                    failed = true;
                    complain(format_args!("error: {error}"));
                }
            }
        }
        if self.json {
            say_json(&inspections)?;
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
