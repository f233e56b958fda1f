//! `almanac astrid track`: models become runs of a tracker of experiments.

use std::{env, process::ExitCode};

use almanac_database::Database;
use almanac_entity::astrid::ml_model;
use almanac_service::{Filter, Order, Repository, Sessions, access::Operation};
use almanac_worker::Tracker;
use anyhow::Context;
use chrono::Utc;
use clap::Args;
use ml_model::Column::{CreatedAt, Id, MlflowRunId};
use uuid::Uuid;

use crate::{
    output::{complain, say},
    variability::work,
};

/// Models of one call, where none are named.
const MOST: u64 = 1_000;

#[derive(Args)]
pub(crate) struct Track {
    /// Ids of models; unless given, all that have no run yet
    #[arg(value_name = "MODEL")]
    models: Vec<Uuid>,
    /// The tracker: `MLflow`'s address, with http or https
    #[arg(long, value_name = "URL", env = "ALMANAC_TRACKER")]
    tracker: String,
    /// The experiment that the runs belong to, which is made where there is none
    #[arg(long, value_name = "NAME", default_value = "almanac")]
    experiment: String,
    /// What the tracker is shown, as `Authorization: Bearer`
    #[arg(skip = env::var("ALMANAC_TRACKER_TOKEN").ok())]
    token: Option<String>,
}

impl Track {
    pub(crate) async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let tracker = Tracker::new(&self.tracker, self.token.clone(), &self.experiment)
            .context("--tracker")?;
        let models = self.chosen(sessions).await?;
        if models.is_empty() {
            complain("no models");
        }
        for model in models {
            let title = format!("{} {}", model.name, model.version);
            if let Some(run) = &model.mlflow_run_id {
                say(format_args!("{title} is run {run} already"));
                continue;
            }
            // No transaction waits for the tracker.
            let run = tracker.try_register(&model, Utc::now()).await;
            let run = run.with_context(|| title.clone())?.context("there is no tracker")?;
            let work = work(sessions, Operation::UpdateAstridModel)?;
            let now = work.instant()?;
            let models = work.table::<ml_model::Entity>().await?;
            models.link_tracker(model.id, &run, now).await.with_context(|| title.clone())?;
            work.commit().await?;
            say(format_args!("{title} is run {run}"));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The models that are named, else those without a run, the oldest first.
    async fn chosen(&self, sessions: &Sessions) -> anyhow::Result<Vec<ml_model::Model>> {
        let reader = sessions.reader(Database::Astrid).await?;
        let models = Repository::<_, ml_model::Entity>::new(&reader);
        if self.models.is_empty() {
            let order = [Order::asc(CreatedAt), Order::asc(Id)];
            return Ok(models.slice(&Filter::Null(MlflowRunId, true), &order, MOST, 0).await?);
        }
        let mut chosen = Vec::with_capacity(self.models.len());
        for id in &self.models {
            chosen.push(models.get(*id).await?);
        }
        Ok(chosen)
    }
}
