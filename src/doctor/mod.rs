//! `almanac doctor`: what is wrong, and the command that mends it.

mod database;

use std::{os::unix::fs::PermissionsExt, path::Path, process::ExitCode};

use almanac_database::{Address, Environment};
use almanac_service::access::Tokens;
use almanac_upkeep::checkup::{self, Finding};
use chrono::Utc;
use clap::Args;
use serde_json::json;

use crate::output::{say, say_json};
pub(crate) use database::{Health, examine_all};
use database::{as_json, as_text, drift, read_through};

#[derive(Args)]
pub(crate) struct Doctor {
    /// Do not read whole files to find damage, changed tables and rows without the others that they name
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let addresses = environment.addresses()?;
        let state = environment.state_dir().0;
        let mut health = examine_all(addresses.clone()).await;
        if !self.quick {
            for one in health.iter_mut().filter(|one| one.ill.is_none()) {
                let address = environment.address(one.database)?;
                one.ill = match read_through(&address).await {
                    None => drift(&address).await,
                    damage => damage,
                };
            }
        }
        let findings = self.around(&addresses, &health, &state).await?;
        let tokens = readable_by_others(Tokens::within(&state).path());
        let is_well =
            health.iter().all(|one| one.ill.is_none()) && findings.is_empty() && tokens.is_none();
        if self.json {
            let databases: Vec<_> = health.iter().map(as_json).collect();
            say_json(&json!({
                "well": is_well,
                "databases": databases,
                "findings": findings,
                "tokens": tokens.as_ref().map(|open| {
                    json!({ "problem": open.problem, "remedy": open.remedy })
                }),
            }))?;
        } else {
            for one in &health {
                say(as_text(one));
            }
            for Finding { about, problem, remedy } in findings.iter().chain(&tokens) {
                say(format_args!("{about}: {problem}\n  {remedy}"));
            }
            say(if is_well { "all is well" } else { "see above for what to do" });
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// What is wrong around the databases.
    async fn around(
        &self,
        addresses: &[Address],
        health: &[Health],
        state: &Path,
    ) -> anyhow::Result<Vec<Finding>> {
        let is_well = |address: &&Address| {
            health.iter().any(|one| one.database == address.database && one.ill.is_none())
        };
        let well: Vec<Address> = addresses.iter().filter(is_well).cloned().collect();
        let backups = state.join("backups");
        let mut findings = checkup::permissions(addresses, state);
        findings.extend(checkup::room(addresses, &backups));
        findings.extend(checkup::logs(addresses));
        findings.extend(checkup::leftovers(addresses, state, &backups));
        findings.extend(checkup::standstill(&well, Utc::now()).await?);
        findings.extend(checkup::halves(&well, Utc::now()).await?);
        if !self.quick {
            findings.extend(checkup::references(&well).await?);
        }
        Ok(findings)
    }
}

/// Whether people other than its owner can read the file of tokens.
fn readable_by_others(file: &Path) -> Option<Finding> {
    let mode = file.metadata().ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| Finding {
        about: "tokens".to_owned(),
        problem: "the file of tokens is open to others than its owner".to_owned(),
        remedy: format!("`chmod 600 {}`", file.display()),
    })
}
