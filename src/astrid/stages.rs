//! Who does the work of jobs of each kind.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use almanac_service::astrid::{AlertChannel, JobType};
use almanac_worker::{
    Manifest, ProgramStage, Stage, built_in,
    channels::{Channels, Secret, Target},
    client, words,
};
use anyhow::{Context, bail};
use clap::Args;

#[derive(Args)]
pub(super) struct Stages {
    /// The program that does the work, with its arguments. It reads a job's input as JSON and prints what it found
    /// as JSON; exit status 75 asks for another try. `ALMANAC_JOB_ID` and `ALMANAC_JOB_TYPE` say what it works for
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Where jobs of the kind ingest find exposures, in JSON Lines: a file, or a folder with a file `SURVEY.jsonl`
    /// for each
    #[arg(long, value_name = "PATH")]
    manifest: Option<PathBuf>,
    /// Where alerts of a channel go, as CHANNEL=TARGET: email, webhook, slack, sms or dashboard, and `log`, `file:FOLDER` or
    /// a URL; may be given again, in the variable with commas between them
    #[arg(
        long = "channel",
        value_name = "CHANNEL=TARGET",
        env = "ALMANAC_ALERT_CHANNELS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    channels: Vec<String>,
    /// What programs behind URLs are shown, as `Authorization: Bearer`
    #[arg(skip = env::var("ALMANAC_ALERT_SECRET").ok())]
    secret: Option<String>,
}

impl Stages {
    /// The stage of each kind of job.
    pub(super) fn of(&self, types: &[JobType]) -> anyhow::Result<Vec<(JobType, Arc<dyn Stage>)>> {
        let program = self.program()?;
        let mut is_run = false;
        let mut stages = Vec::with_capacity(types.len());
        for job_type in types {
            let stage = match (self.own(*job_type)?, &program) {
                (Some(stage), _) => stage,
                (None, Some(program)) => {
                    is_run = true;
                    program.clone()
                }
                (None, None) => bail!("--command: jobs of the kind {job_type} need a program"),
            };
            stages.push((*job_type, stage));
        }
        if program.is_some() && !is_run {
            bail!("--command: none of these kinds of jobs needs a program");
        }
        Ok(stages)
    }

    /// The stage that needs no program, where there is one.
    fn own(&self, job_type: JobType) -> anyhow::Result<Option<Arc<dyn Stage>>> {
        Ok(match (job_type, &self.manifest) {
            (JobType::Ingest, Some(path)) => {
                if !path.exists() {
                    bail!("--manifest: {} is not there", path.display());
                }
                Some(Arc::new(Manifest::new(path)))
            }
            (JobType::Notify, _) if self.command.is_none() || !self.channels.is_empty() => {
                Some(Arc::new(self.delivery()?))
            }
            _ => built_in(job_type),
        })
    }

    fn delivery(&self) -> anyhow::Result<Channels> {
        let secret = self.secret.as_deref().map(Secret::new).transpose();
        let secret = secret.context("ALMANAC_ALERT_SECRET")?;
        let target = |text: &String| {
            let (channel, target) = text.split_once('=').context("it is not CHANNEL=TARGET")?;
            let (channel, target): (AlertChannel, Target) = (channel.parse()?, target.parse()?);
            Ok(match &secret {
                Some(secret) => (channel, target.with_secret(secret.clone())),
                None => (channel, target),
            })
        };
        let targets: anyhow::Result<Vec<_>> = self.channels.iter().map(target).collect();
        Ok(Channels::new(targets.context("--channel")?, &client()?))
    }

    /// The program, if one is given; it has to be there, or every job would meet the same end.
    fn program(&self) -> anyhow::Result<Option<Arc<dyn Stage>>> {
        let Some(command) = &self.command else { return Ok(None) };
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

fn is_program(name: &str) -> bool {
    let is_file = |path: &Path| path.is_file();
    if name.contains('/') {
        return is_file(Path::new(name));
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| is_file(&folder.join(name)))
}
