//! `almanac demo`: a state directory with a sample survey, migrated and served.

use std::{path::PathBuf, process::ExitCode};

use almanac_database::{Database, Environment};
use almanac_entity::products::image;
use almanac_migration::Target;
use almanac_service::{Filter, Repository, Sessions};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    output::say,
    serve::Serve,
    survey::{self, Survey},
};

/// Variable sources that are named.
const SHOWN: usize = 12;

#[derive(Args)]
pub(crate) struct Demo {
    /// How large the survey is: 1 is 300 images and 100,000 measurements
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    scale: f64,
    /// Only make it
    #[arg(long)]
    no_serve: bool,
    #[command(flatten)]
    serve: Serve,
}

impl Demo {
    /// `state_dir` is the only place that is written to: the variables that name real databases do not
    /// count here.
    pub(crate) async fn run(self, state_dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
        let state_dir = state_dir.unwrap_or_else(|| PathBuf::from("demo-state"));
        let environment = Environment::within(&state_dir);
        let sessions = Sessions::from_environment(&environment)?;
        for address in sessions.addresses() {
            almanac_migration::upgrade(address, &Target::Head, |_| {}).await?;
        }
        let images = count_images(&sessions).await?;
        if images == 0 {
            self.fill(&sessions).await?;
        } else {
            say(format_args!("{} holds {images} images already", state_dir.display()));
        }
        sessions.reset().await;
        if self.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        // Whoever tries it is alone with it, and wants the page.
        Serve { graphiql: true, no_rate_limits: true, ..self.serve }.run(&environment).await
    }

    async fn fill(&self, sessions: &Sessions) -> anyhow::Result<()> {
        let style = ProgressStyle::with_template("{msg:16} {wide_bar} {human_pos} of {human_len}")?;
        let bar = ProgressBar::new(0).with_style(style);
        let survey = Survey::of_demo(self.scale);
        let summary = survey::fill(sessions, &survey, |what, done, total| {
            bar.set_message(what.to_owned());
            bar.set_length(total);
            bar.set_position(done);
        })
        .await?;
        bar.finish_and_clear();
        say(format_args!(
            "{} sources, {} images, {} measurements; {} rows in all",
            summary.sources, summary.images, summary.measurements, summary.rows
        ));
        say(format_args!("an extreme scattering event: {}", summary.ese_source));
        say(format_args!("a flare: {}", summary.flare_source));
        let shown = &summary.variable_sources[..summary.variable_sources.len().min(SHOWN)];
        say(format_args!("variable: {}", shown.join(", ")));
        Ok(())
    }
}

async fn count_images(sessions: &Sessions) -> anyhow::Result<u64> {
    let reader = sessions.reader(Database::Products).await?;
    Ok(Repository::<_, image::Entity>::new(&reader).count(&Filter::default()).await?)
}
