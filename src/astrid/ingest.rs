//! `almanac astrid ingest`: takes a public list of transients over as observations.

use std::{fs::File, path::PathBuf, process::ExitCode};

use almanac_entity::astrid::survey;
use almanac_service::{
    Sessions,
    access::Operation,
    astrid::{BatchOutcome, ListedObservations, OnDuplicate, ingest_batch},
};
use anyhow::Context;
use clap::Args;
use serde_json::json;

use crate::{
    output::{complain, say, say_json},
    variability::work,
};

#[derive(Args)]
pub(crate) struct Ingest {
    /// A CSV file with the header of a list that is known: supernovae, the Open Astronomy Catalogs, or detections that
    /// surveys reported. Its surveys are made where they are not there
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Ingest {
    pub(crate) async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let open = || -> anyhow::Result<_> {
            let file = File::open(&self.file).with_context(|| self.file.display().to_string())?;
            Ok(ListedObservations::open(file)?)
        };
        let names = open()?.surveys()?;
        let work = work(sessions, Operation::WorkOnAstridJobs)?;
        let now = work.instant()?;
        // Its surveys have to last before the chunks of observations do.
        let part = work.part();
        let surveys = part.table::<survey::Entity>().await?;
        let ids = surveys.find_or_create(names.iter().map(String::as_str), now).await?;
        part.commit().await?;
        let outcome =
            ingest_batch(&work, open()?.observations(&ids), OnDuplicate::Skip, now).await?;
        if self.json {
            say_json(&as_json(&outcome))?;
        } else {
            show(&outcome);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(outcome: &BatchOutcome) {
    let BatchOutcome { inserted, duplicates, rejected, errors, .. } = outcome;
    for error in errors {
        complain(format_args!("line {}: {}: {}", error.index + 2, error.rule(), error.error));
    }
    if *rejected > errors.len() as u64 {
        complain("these are the first of them");
    }
    say(format_args!("{inserted} ingested, {duplicates} there already, {rejected} refused"));
}

fn as_json(outcome: &BatchOutcome) -> serde_json::Value {
    let errors = outcome.errors.iter().map(|error| {
        json!({
            "line": error.index + 2,
            "rule": error.rule(),
            "error": error.error.to_string(),
        })
    });
    json!({
        "inserted": outcome.inserted,
        "duplicates": outcome.duplicates,
        "rejected": outcome.rejected,
        "errors": errors.collect::<Vec<_>>(),
    })
}
