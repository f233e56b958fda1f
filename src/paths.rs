//! `almanac paths`: where each database is, and who said so.

use std::process::ExitCode;

use almanac_database::{Environment, Location};
use clap::Args;
use serde_json::json;

use crate::output::{say, say_json, say_table};

#[derive(Args)]
pub(crate) struct Paths {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Paths {
    pub(crate) fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let addresses = environment.addresses()?;
        let found = |location: &Location| match location {
            Location::File(path) if path.is_file() => "there",
            Location::File(_) => "missing",
            Location::Memory | Location::Postgres(_) => "server",
        };
        let (state_dir, origin) = environment.state_dir();
        if self.json {
            let databases: Vec<_> = addresses
                .iter()
                .map(|address| {
                    json!({
                        "database": address.database.as_str(),
                        "location": address.location.to_string(),
                        "from": address.origin.to_string(),
                        "state": found(&address.location),
                    })
                })
                .collect();
            say_json(&json!({
                "state_dir": state_dir,
                "state_dir_from": origin.to_string(),
                "databases": databases,
            }))?;
        } else {
            say(format_args!("state directory: {} (from {origin})\n", state_dir.display()));
            let row = |address: &almanac_database::Address| {
                [
                    address.database.to_string(),
                    found(&address.location).to_owned(),
                    address.origin.to_string(),
                    address.location.to_string(),
                ]
            };
            let rows: Vec<_> = addresses.iter().map(row).collect();
            say_table(["DATABASE", "STATE", "FROM", "LOCATION"], &rows);
        }
        Ok(ExitCode::SUCCESS)
    }
}
