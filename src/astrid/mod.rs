//! `almanac astrid`: who carries out AstrID's jobs, its queue, and who hears of its models.

mod ingest;
mod queue;
mod stages;
mod track;
mod worker;

use std::process::ExitCode;

use almanac_service::Sessions;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Astrid {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Carry out jobs, until told to stop
    Worker(worker::Worker),
    /// Take a public list of transients over as observations
    Ingest(ingest::Ingest),
    /// Show the jobs of the queue, the newest first
    Jobs(queue::Jobs),
    /// Let the jobs be tried again whose workers died
    Reap(queue::Reap),
    /// Put jobs back into the queue that failed
    Requeue(queue::Chosen),
    /// Call jobs off, waiting or running
    Cancel(queue::Chosen),
    /// Let models become runs of a tracker of experiments
    Track(track::Track),
}

impl Astrid {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Worker(worker) => worker.run(sessions).await,
            Verb::Ingest(ingest) => ingest.run(&sessions).await,
            Verb::Jobs(jobs) => jobs.run(&sessions).await,
            Verb::Reap(reap) => reap.run(&sessions).await,
            Verb::Requeue(chosen) => chosen.requeue(&sessions).await,
            Verb::Cancel(chosen) => chosen.cancel(&sessions).await,
            Verb::Track(track) => track.run(&sessions).await,
        }
    }
}
