//! `almanac calibrators rollback`: the databases as they were before calibrators were taken over.

use std::{path::PathBuf, process::ExitCode};

use almanac_database::{Address, Database, Environment};
use almanac_upkeep::{
    backup::Tools,
    snapshot::{self, Since, Snapshot},
};
use chrono::Utc;
use clap::Args;
use serde_json::json;

use super::{journal, places::Places};
use crate::{
    confirm::confirmed,
    output::{complain, say, say_json},
};

#[derive(Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    places: Places,
    /// The folder of the copies that were made before
    #[arg(long, value_name = "DIR")]
    backup_dir: PathBuf,
    /// Put `products`, which was only read, back as well where somebody has written to it since
    #[arg(long)]
    products: bool,
    /// Do not ask where somebody has written since
    #[arg(long)]
    yes: bool,
}

impl Rollback {
    pub(super) async fn run(
        self,
        environment: &Environment,
        as_json: bool,
    ) -> anyhow::Result<ExitCode> {
        let snapshot = Snapshot::read(&self.backup_dir)?;
        let both = [self.places.calibrators(environment)?, self.places.products(environment)?];
        let held = both.iter().filter(|address| snapshot.of(address.database).is_some());
        let mut done = Vec::new();
        let mut is_whole = true;
        for address in held {
            let (what, kept) = match snapshot::since(&self.backup_dir, address).await? {
                Since::Nothing => ("is as it was", None),
                Since::NewerWrites if address.database == Database::Products && !self.products => {
                    ("was only read, and is left as others have written it since", None)
                }
                Since::NewerWrites if !self.agreed(address)? => {
                    is_whole = false;
                    ("was left as it is, for somebody has written to it since", None)
                }
                Since::TheWork | Since::NewerWrites => {
                    let (folder, tools) = (&self.backup_dir, Tools::default());
                    let kept = snapshot::put_back(folder, address, &tools, Utc::now()).await?;
                    ("is as it was before", kept)
                }
            };
            if !as_json {
                say(format_args!("{}: {address} {what}", address.database));
                if let Some(kept) = &kept {
                    say(format_args!("what was there is {kept}"));
                }
            }
            done.push(
                json!({ "database": address.database.as_str(), "outcome": what, "kept": kept }),
            );
        }
        let report = json!({ "rollback": self.backup_dir, "databases": done });
        journal::note(&environment.state_dir().0, Utc::now(), &report)?;
        if as_json {
            say_json(&report)?;
        }
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whether newer writes may be put aside.
    fn agreed(&self, address: &Address) -> anyhow::Result<bool> {
        complain(format_args!("{address} was written to since; this would put all of that aside"));
        confirmed(self.yes, "Go on?")
    }
}
