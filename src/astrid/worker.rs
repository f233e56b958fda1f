//! `almanac astrid worker`: carries out jobs.

use std::{fs, process::ExitCode, time::Duration};

use almanac_service::{Sessions, astrid::JobType};
use almanac_worker::{Runner, Tally};
use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::stages::Stages;
use crate::{
    output::{say, say_json},
    serve::stop,
};

#[derive(Args)]
pub(crate) struct Worker {
    /// A kind of job to carry out: ingest, preprocess, difference, inference, validate or notify; may be given again
    #[arg(long = "type", value_name = "TYPE", required = true)]
    types: Vec<JobType>,
    #[command(flatten)]
    stages: Stages,
    /// Its name in the queue and in the audit log; of this machine and process by default
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Jobs of each kind at once, instead of what the setting `jobs.policy` says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// End when no job can be claimed and none runs, whoever carries it out
    #[arg(long)]
    until_empty: bool,
    /// Seconds between two looks at the queue; on PostgreSQL new jobs are heard of at once
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    poll: f64,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

impl Worker {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        let interval = Duration::try_from_secs_f64(self.poll).ok();
        let interval = interval.filter(|interval| !interval.is_zero());
        let interval = interval.context("--poll: it is not a time above 0")?;
        let name = self.name.clone().unwrap_or_else(name_of_process);
        let mut runner = Runner::new(sessions, name).with_interval(interval);
        for (job_type, stage) in self.stages.of(&self.types)? {
            runner = runner.with_stage(job_type, stage);
        }
        if let Some(concurrency) = self.concurrency {
            runner = runner.with_concurrency(concurrency);
        }
        let tally =
            if self.until_empty { runner.drain(stop()).await } else { runner.run(stop()).await }?;
        if self.json {
            say_json(&as_json(&tally))?;
        } else {
            say(line(&tally));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn name_of_process() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host.trim().chars().take(64).collect();
    let host = if host.is_empty() { "worker" } else { &host };
    format!("{host}-{}", std::process::id())
}

fn line(tally: &Tally) -> String {
    let Tally { completed, retried, failed, released, lost, reaped } = tally;
    format!(
        "{completed} jobs completed, {failed} failed, {retried} to be tried again, {released} given back, {lost} \
         lost; {reaped} of dead workers"
    )
}

fn as_json(tally: &Tally) -> serde_json::Value {
    json!({
        "completed": tally.completed,
        "retried": tally.retried,
        "failed": tally.failed,
        "released": tally.released,
        "lost": tally.lost,
        "reaped": tally.reaped,
    })
}
