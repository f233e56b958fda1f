//! `almanac ese`: candidates for extreme scattering events.

use std::process::ExitCode;

use almanac_entity::products::ese_candidate;
use almanac_service::{
    Sessions,
    access::Operation,
    products::{Detection, DetectionOutcome, DetectionRequest, Preset},
};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    output::{say, say_json, say_table},
    variability::{Flux, show, spinner, work},
};

#[derive(Args)]
pub(crate) struct Ese {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Flag the sources whose light deviates far from its mean, or changed by more than half within a day
    Detect(Detect),
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Detect {
    /// The least deviation from the mean, standard deviations: 5, or what the preset says
    #[arg(long, value_name = "SIGMA")]
    min_sigma: Option<f64>,
    /// Thresholds for the deviation or the reduced chi-square: conservative, moderate or sensitive
    #[arg(long)]
    preset: Option<Preset>,
    /// Only this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Recompute the statistics first
    #[arg(long)]
    recompute: bool,
    /// From which flux density
    #[arg(long, value_enum, default_value_t)]
    flux: Flux,
    /// Add a score from 0 to 10
    #[arg(long)]
    composite: bool,
    /// Leave changes within a day aside
    #[arg(long)]
    no_rapid_change: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Ese {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Detect(detect) => detect.run(&sessions).await,
        }
    }
}

impl Detect {
    async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let request = DetectionRequest {
            min_sigma: self.min_sigma,
            source_id: self.source.as_deref(),
            recompute: self.recompute,
            flux: self.flux.into(),
            composite: self.composite,
            weights: None,
            preset: self.preset,
            rapid_change: !self.no_rapid_change,
        };
        let bar = spinner();
        let work = work(sessions, Operation::DetectEseCandidates)?;
        let table = work.table::<ese_candidate::Entity>().await?;
        let found = table.detect(&request, work.now(), |progress| show(&bar, progress)).await;
        bar.finish_and_clear();
        let found = found?;
        work.commit().await?;
        if self.json {
            return say_json(&as_json(&found)).map(|()| ExitCode::SUCCESS);
        }
        let rows: Vec<[String; 5]> = found.iter().map(row).collect();
        if !rows.is_empty() {
            say_table(["source", "significance", "why", "candidate", "score"], &rows);
        }
        let new = count(&found, DetectionOutcome::New);
        say(format_args!("{new} new candidates, {} brought up to date", found.len() - new));
        Ok(ExitCode::SUCCESS)
    }
}

fn count(found: &[Detection], outcome: DetectionOutcome) -> usize {
    found.iter().filter(|found| found.outcome == outcome).count()
}

fn word(outcome: DetectionOutcome) -> &'static str {
    match outcome {
        DetectionOutcome::New => "new",
        DetectionOutcome::Updated => "updated",
    }
}

fn row(found: &Detection) -> [String; 5] {
    [
        found.statistics.source_id.clone(),
        format!("{:.2}", found.significance),
        found.flag_type.to_string(),
        word(found.outcome).to_owned(),
        found.score.map(|score| format!("{:.2}", score.value)).unwrap_or_default(),
    ]
}

fn as_json(found: &[Detection]) -> serde_json::Value {
    let detections: Vec<_> = found
        .iter()
        .map(|found| {
            json!({
                "source_id": found.statistics.source_id,
                "flag_type": found.flag_type,
                "significance": found.significance,
                "outcome": word(found.outcome),
                "sigma_deviation": found.statistics.sigma_deviation,
                "chi2_nu": found.statistics.chi2_nu,
                "eta": found.statistics.eta_metric,
                "score": found.score.map(|score| score.value),
            })
        })
        .collect();
    json!({
        "created": count(found, DetectionOutcome::New),
        "updated": count(found, DetectionOutcome::Updated),
        "detections": detections,
    })
}
