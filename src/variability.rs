//! `almanac variability`: statistics of light curves.

use std::{process::ExitCode, time::Instant};

use almanac_entity::{UnixTime, products::variability_stat};
use almanac_service::{
    Sessions, Work,
    access::{Operation, Principal, Role},
    products::{Progress, StatisticsFlux},
};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::{say, say_json};

#[derive(Args)]
pub(crate) struct Variability {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Compute the statistics of one source, or of all, from their photometry
    Recompute(Recompute),
}

#[derive(Args)]
struct Recompute {
    /// Only this source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// From which flux density
    #[arg(long, value_enum, default_value_t)]
    flux: Flux,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Which flux density statistics are made of.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Flux {
    /// The peak
    #[default]
    Peak,
    /// The integrated flux density
    Integrated,
    /// The flux density normalised to an ensemble
    Normalized,
}

impl From<Flux> for StatisticsFlux {
    fn from(flux: Flux) -> Self {
        match flux {
            Flux::Peak => Self::Peak,
            Flux::Integrated => Self::Integrated,
            Flux::Normalized => Self::Normalized,
        }
    }
}

/// Work of whoever runs the command.
pub(crate) fn work(sessions: &Sessions, operation: Operation) -> anyhow::Result<Work> {
    let name = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let principal = Principal::new(format!("{name} (command)"), Role::Admin);
    let now = UnixTime::from(chrono::Utc::now());
    Ok(sessions.work(Some(&principal), operation, None, now)?)
}

/// A spinner on standard error, which indicatif hides where that is no terminal.
pub(crate) fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    ProgressBar::no_length().with_style(style.expect("the template is right"))
}

/// Tells how far a recomputation is.
pub(crate) fn show(bar: &ProgressBar, progress: Progress) {
    let Progress { sources, measurements } = progress;
    bar.set_message(format!("{sources} sources, {measurements} measurements,"));
    bar.tick();
}

impl Variability {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Recompute(recompute) => recompute.run(&sessions).await,
        }
    }
}

impl Recompute {
    async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let started = Instant::now();
        let bar = spinner();
        let work = work(sessions, Operation::RecomputeVariability)?;
        let table = work.table::<variability_stat::Entity>().await?;
        let progress = |progress| show(&bar, progress);
        let source = self.source.as_deref();
        let done = table.recompute(source, self.flux.into(), work.now(), progress).await;
        bar.finish_and_clear();
        let done = done?;
        work.commit().await?;
        let seconds = started.elapsed().as_secs_f64();
        if self.json {
            say_json(&json!({
                "recomputed": done.written,
                "skipped": done.skipped,
                "measurements": done.measurements,
                "seconds": seconds,
            }))?;
        } else {
            say(format_args!(
                "{} sources recomputed from {} measurements, {} measured less than twice; {seconds:.1} s",
                done.written, done.measurements, done.skipped,
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
