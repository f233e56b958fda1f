//! The tracker of experiments, which hears of models that are registered: `MLflow`, by its REST interface.
//!
//! The database never calls it. Whoever registers a model asks [`Tracker::register`] for the name of its run and
//! keeps that with the model; without a tracker, or while it does not answer, the model has none.

use std::fmt;

use almanac_entity::astrid::ml_model;
use chrono::{DateTime, Utc};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use sea_orm::prelude::Decimal;
use serde_json::{Value, json};
use url::Url;

use crate::client;

/// What the interface's addresses begin with.
const INTERFACE: &str = "api/2.0/mlflow/";
/// How long the value of a parameter may be; every version of the tracker takes as much.
const LONGEST_PARAMETER: usize = 500;
/// How many metrics, parameters or tags one call may hold.
const AT_ONCE: usize = 100;

/// A tracker of experiments, or none.
#[derive(Clone, Debug, Default)]
pub struct Tracker(Option<Enabled>);

#[derive(Clone)]
struct Enabled {
    client: Client,
    base: Url,
    token: Option<String>,
    experiment: String,
}

/// Why a tracker did not hear of a model. It holds no token and no address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// Its address cannot be used.
    #[error("the tracker's address is none of http or https: {0}")]
    Address(String),
    /// It cannot be reached, or its answer cannot be read.
    #[error("the tracker does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It refuses.
    #[error("the tracker refuses {call}: {status} {code}")]
    Refused {
        /// The call.
        call: &'static str,
        /// The status of its answer.
        status: StatusCode,
        /// Its own word for what is wrong, if it has one.
        code: String,
    },
    /// Its answer lacks something.
    #[error("the tracker's answer to {call} lacks {field}")]
    Lacks {
        /// The call.
        call: &'static str,
        /// What is lacking.
        field: &'static str,
    },
}

impl Tracker {
    /// No tracker: nobody is called.
    pub fn disabled() -> Self {
        Self(None)
    }

    /// The tracker at an address, which gets `token`, if it is given, as a bearer token; models become runs of the
    /// experiment of that name.
    ///
    /// # Errors
    /// The address is none of HTTP, or the machine's certificates cannot be read.
    pub fn new(
        address: &str,
        token: Option<String>,
        experiment: &str,
    ) -> Result<Self, TrackerError> {
        let mut base =
            Url::parse(address).map_err(|error| TrackerError::Address(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(TrackerError::Address(base.scheme().to_owned()));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = client()?;
        Ok(Self(Some(Enabled { client, base, token, experiment: experiment.to_owned() })))
    }

    /// Tells the tracker of a model. Returns the name of its run; none without a tracker, and none where it fails,
    /// which is logged: a model is registered all the same. One that has a run already keeps it.
    pub async fn register(&self, model: &ml_model::Model, now: DateTime<Utc>) -> Option<String> {
        self.try_register(model, now).await.unwrap_or_else(|error| {
            let (name, version) = (&model.name, &model.version);
            tracing::warn!(model = %model.id, name, version, %error, "the tracker did not hear of a model");
            None
        })
    }

    /// The same; whoever asks handles its failure.
    ///
    /// # Errors
    /// The tracker cannot be reached, or refuses.
    pub async fn try_register(
        &self,
        model: &ml_model::Model,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, TrackerError> {
        let Some(tracker) = &self.0 else { return Ok(None) };
        if model.mlflow_run_id.is_some() {
            return Ok(model.mlflow_run_id.clone());
        }
        let experiment = tracker.experiment_id().await?;
        let run = tracker.create_run(&experiment, model, now).await?;
        let logged = tracker.log(&run, model, now).await;
        // A run that was begun must not look as if it were still at work.
        let status = if logged.is_ok() { "FINISHED" } else { "FAILED" };
        let ended = tracker.end_run(&run, status, now).await;
        logged.and(ended).map(|()| Some(run))
    }
}

impl Enabled {
    /// The key of the experiment, which is made where there is none.
    async fn experiment_id(&self) -> Result<String, TrackerError> {
        const FIND: &str = "experiments/get-by-name";
        const CREATE: &str = "experiments/create";
        if let Some(id) = self.find_experiment(FIND).await? {
            return Ok(id);
        }
        let created = self.post(CREATE, &json!({ "name": self.experiment })).await;
        match created {
            Ok(answer) => text(&answer["experiment_id"], CREATE, "experiment_id"),
            // Somebody else was faster.
            Err(refused @ TrackerError::Refused { .. }) => {
                self.find_experiment(FIND).await?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    async fn find_experiment(&self, call: &'static str) -> Result<Option<String>, TrackerError> {
        let mut address = self.address(call);
        address.query_pairs_mut().append_pair("experiment_name", &self.experiment);
        let found = self.send(call, self.client.get(address)).await;
        match found {
            Ok(answer) => {
                text(&answer["experiment"]["experiment_id"], call, "experiment_id").map(Some)
            }
            Err(TrackerError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_run(
        &self,
        experiment: &str,
        model: &ml_model::Model,
        now: DateTime<Utc>,
    ) -> Result<String, TrackerError> {
        const CALL: &str = "runs/create";
        let tags = [
            ("mlflow.runName", format!("{} {}", model.name, model.version)),
            ("almanac.model_id", model.id.to_string()),
        ];
        let body = json!({
            "experiment_id": experiment,
            "run_name": format!("{} {}", model.name, model.version),
            "start_time": now.timestamp_millis(),
            "tags": pairs(tags),
        });
        let answer = self.post(CALL, &body).await?;
        text(&answer["run"]["info"]["run_id"], CALL, "run_id")
    }

    async fn log(
        &self,
        run: &str,
        model: &ml_model::Model,
        now: DateTime<Utc>,
    ) -> Result<(), TrackerError> {
        let metric = |(key, value): (String, f64)| json!({ "key": key, "value": value, "timestamp": now.timestamp_millis(), "step": 0 });
        let metrics: Vec<Value> = metrics(model).into_iter().map(metric).collect();
        let parameters = pairs(parameters(model));
        let calls = metrics.len().max(parameters.len()).div_ceil(AT_ONCE);
        let part = |all: &[Value], call| {
            all.chunks(AT_ONCE).nth(call).map(<[Value]>::to_vec).unwrap_or_default()
        };
        for call in 0..calls {
            let body = json!({
                "run_id": run,
                "metrics": part(&metrics, call),
                "params": part(&parameters, call),
            });
            self.post("runs/log-batch", &body).await?;
        }
        Ok(())
    }

    async fn end_run(
        &self,
        run: &str,
        status: &str,
        now: DateTime<Utc>,
    ) -> Result<(), TrackerError> {
        let body = json!({ "run_id": run, "status": status, "end_time": now.timestamp_millis() });
        self.post("runs/update", &body).await.map(drop)
    }

    async fn post(&self, call: &'static str, body: &Value) -> Result<Value, TrackerError> {
        self.send(call, self.client.post(self.address(call)).json(body)).await
    }

    async fn send(
        &self,
        call: &'static str,
        request: RequestBuilder,
    ) -> Result<Value, TrackerError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let without_address = |error: reqwest::Error| TrackerError::from(error.without_url());
        let answer: Response = request.send().await.map_err(without_address)?;
        let status = answer.status();
        if !status.is_success() {
            let answer: Value = answer.json().await.unwrap_or_default();
            let code = answer["error_code"].as_str().unwrap_or_default();
            let code = code.chars().take(100).collect();
            return Err(TrackerError::Refused { call, status, code });
        }
        answer.json().await.map_err(without_address)
    }

    fn address(&self, call: &str) -> Url {
        let mut address = self.base.clone();
        address.set_path(&format!("{}{INTERFACE}{call}", self.base.path()));
        address
    }
}

impl fmt::Debug for Enabled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enabled")
            .field("host", &self.base.host_str())
            .field("experiment", &self.experiment)
            .finish_non_exhaustive()
    }
}

/// The numbers known of a model, and those of its training.
fn metrics(model: &ml_model::Model) -> Vec<(String, f64)> {
    let number = |number: Option<Decimal>| number.and_then(|number| f64::try_from(number).ok());
    let own = [
        ("precision", number(model.precision)),
        ("recall", number(model.recall)),
        ("f1_score", number(model.f1_score)),
        ("accuracy", number(model.accuracy)),
        ("training_energy_wh", number(model.training_energy_wh)),
        ("training_avg_power_w", number(model.training_avg_power_w)),
        ("training_peak_power_w", number(model.training_peak_power_w)),
        ("training_duration_seconds", model.training_duration_seconds.map(f64::from)),
        ("training_carbon_footprint_kg", number(model.training_carbon_footprint_kg)),
    ];
    let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let trained = model.training_metrics.as_ref().and_then(Value::as_object);
    let trained = trained.into_iter().flatten();
    let trained = trained.filter_map(|(key, value)| Some((key.clone(), value.as_f64()?)));
    let mut metrics: Vec<(String, f64)> = own.collect();
    for (key, value) in trained {
        if metrics.iter().all(|(other, _)| *other != key) {
            metrics.push((key, value));
        }
    }
    metrics
}

/// What a model is, and what it was trained by.
fn parameters(model: &ml_model::Model) -> Vec<(&str, String)> {
    let mut parameters = vec![
        ("name", model.name.clone()),
        ("version", model.version.clone()),
        ("model_type", model.model_type.as_str().to_owned()),
    ];
    parameters.extend(model.training_dataset.clone().map(|dataset| ("training_dataset", dataset)));
    parameters.extend(model.model_path.clone().map(|path| ("model_path", path)));
    let chosen = model.hyperparameters.as_ref().and_then(Value::as_object);
    for (key, value) in chosen.into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if parameters.iter().all(|(other, _)| other != key) {
            parameters.push((key, value));
        }
    }
    parameters
}

fn pairs<'k>(pairs: impl IntoIterator<Item = (&'k str, String)>) -> Vec<Value> {
    let pair = |(key, value): (&str, String)| {
        let value: String = value.chars().take(LONGEST_PARAMETER).collect();
        json!({ "key": key, "value": value })
    };
    pairs.into_iter().map(pair).collect()
}

fn text(value: &Value, call: &'static str, field: &'static str) -> Result<String, TrackerError> {
    value.as_str().map(str::to_owned).ok_or(TrackerError::Lacks { call, field })
}

#[cfg(test)]
mod tests;
