//! `almanac astrid worker`: carries out jobs.

use std::{env, fs, path::Path, process::ExitCode, sync::Arc, time::Duration};

use almanac_service::{Sessions, astrid::JobType};
use almanac_worker::{ProgramStage, Runner, Stage, Tally, built_in, words};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use crate::{
    output::{say, say_json},
    serve::stop,
};

#[derive(Args)]
pub(crate) struct Worker {
    /// A kind of job to carry out: ingest, preprocess, difference, inference, validate or notify; may be given again
    #[arg(long = "type", value_name = "TYPE", required = true)]
    types: Vec<JobType>,
    /// The program that does the work, with its arguments. It reads a job's input as JSON and prints what it found
    /// as JSON; exit status 75 asks for another try. ALMANAC_JOB_ID and ALMANAC_JOB_TYPE say what it works for
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
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
        let program = self.program()?;
        let name = self.name.clone().unwrap_or_else(name_of_process);
        let mut runner = Runner::new(sessions, name).with_interval(interval);
        for job_type in &self.types {
            runner = runner.with_stage(*job_type, stage_for(*job_type, program.as_ref())?);
        }
        if let Some(concurrency) = self.concurrency {
            runner = runner.with_concurrency(concurrency);
        }
        let tally =
            if self.until_empty { runner.drain(stop()).await } else { runner.run(stop()).await }?;
        if self.json {
            say_json(&as_json(&tally))?
        } else {
            say(line(&tally))
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The program, if one is given; it has to be there, or every job would meet the same end.
    fn program(&self) -> anyhow::Result<Option<Arc<dyn Stage>>> {
        let Some(command) = &self.command else { return Ok(None) };
        if self.types.iter().all(|job_type| built_in(*job_type).is_some()) {
            bail!("--command: none of these kinds of jobs needs a program");
        }
        let mut words = words(command).map_err(|error| anyhow::anyhow!("--command: {error}"))?;
        if words.is_empty() {
            bail!("--command: it names no program");
        }
        let program = words.remove(0);
        if !is_program(&program) {
            bail!("--command: there is no program {program:?} that can be run");
        }
        Ok(Some(Arc::new(ProgramStage::new(program, words))))
    }
}

/// Who does the work of jobs of a kind.
fn stage_for(
    job_type: JobType,
    program: Option<&Arc<dyn Stage>>,
) -> anyhow::Result<Arc<dyn Stage>> {
    let stage = built_in(job_type).or_else(|| program.cloned());
    stage.with_context(|| format!("--command: jobs of the kind {job_type} need a program"))
}

fn is_program(name: &str) -> bool {
    let is_file = |path: &Path| path.is_file();
    if name.contains('/') {
        return is_file(Path::new(name));
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_file(&folder.join(name)))
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
