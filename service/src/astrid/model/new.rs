//! What is told of a model.

use almanac_entity::astrid::{ModelType, ml_model};
use sea_orm::{
    ActiveValue::{self, NotSet, Set},
    Value,
    prelude::{Decimal, Json},
};

use crate::{
    Error, Result,
    astrid::runs::{not_below_zero, not_negative, share},
};

/// A version of a model to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct NewModel {
    /// Name of the model family, 1 to 100 characters.
    pub name: String,
    /// Version within the family, 1 to 50 characters.
    pub version: String,
    /// What it does.
    pub model_type: ModelType,
    /// What else is told of it.
    pub facts: ModelFacts,
}

/// What is told of a model beside its name; what is not given is not known, or stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelFacts {
    /// Its architecture, a JSON object.
    pub architecture: Option<Json>,
    /// Its hyperparameters, a JSON object.
    pub hyperparameters: Option<Json>,
    /// Name or path of the dataset it was trained on, at most 200 characters.
    pub training_dataset: Option<String>,
    /// Metrics of its training, a JSON object.
    pub training_metrics: Option<Json>,
    /// Precision, from 0 to 1.
    pub precision: Option<f64>,
    /// Recall, from 0 to 1.
    pub recall: Option<f64>,
    /// F1 score, from 0 to 1.
    pub f1_score: Option<f64>,
    /// Accuracy, from 0 to 1.
    pub accuracy: Option<f64>,
    /// Object-store key of the weights, at most 500 characters.
    pub model_path: Option<String>,
    /// Energy used by the training, watt-hours.
    pub training_energy_wh: Option<f64>,
    /// Mean power drawn by the training, watts.
    pub training_avg_power_w: Option<f64>,
    /// Peak power drawn by the training, watts.
    pub training_peak_power_w: Option<f64>,
    /// How long the training took, seconds.
    pub training_duration_seconds: Option<i32>,
    /// Carbon footprint of the training, kilograms of CO2.
    pub training_carbon_footprint_kg: Option<f64>,
}

impl ModelFacts {
    /// The columns that it sets.
    pub(super) fn row(self) -> Result<ml_model::ActiveModel> {
        let seconds = self.training_duration_seconds;
        let seconds = seconds.map(|seconds| not_below_zero("training_duration_seconds", seconds));
        Ok(ml_model::ActiveModel {
            architecture: object("architecture", self.architecture)?,
            hyperparameters: object("hyperparameters", self.hyperparameters)?,
            training_dataset: told(self.training_dataset),
            training_metrics: object("training_metrics", self.training_metrics)?,
            precision: number("precision", self.precision, 4, share)?,
            recall: number("recall", self.recall, 4, share)?,
            f1_score: number("f1_score", self.f1_score, 4, share)?,
            accuracy: number("accuracy", self.accuracy, 4, share)?,
            model_path: told(self.model_path),
            training_energy_wh: number(
                "training_energy_wh",
                self.training_energy_wh,
                4,
                not_negative,
            )?,
            training_avg_power_w: number(
                "training_avg_power_w",
                self.training_avg_power_w,
                2,
                not_negative,
            )?,
            training_peak_power_w: number(
                "training_peak_power_w",
                self.training_peak_power_w,
                2,
                not_negative,
            )?,
            training_duration_seconds: told(seconds.transpose()?),
            training_carbon_footprint_kg: number(
                "training_carbon_footprint_kg",
                self.training_carbon_footprint_kg,
                6,
                not_negative,
            )?,
            ..Default::default()
        })
    }
}

fn told<T>(value: Option<T>) -> ActiveValue<Option<T>>
where
    Option<T>: Into<Value>,
{
    value.map_or(NotSet, |value| Set(Some(value)))
}

fn object(field: &str, value: Option<Json>) -> Result<ActiveValue<Option<Json>>> {
    if value.as_ref().is_some_and(|value| !value.is_object()) {
        return Err(Error::breaks("format", field, "it is no JSON object"));
    }
    Ok(told(value))
}

fn number(
    field: &str,
    value: Option<f64>,
    scale: u32,
    check: impl FnOnce(&str, f64, u32) -> Result<Decimal>,
) -> Result<ActiveValue<Option<Decimal>>> {
    Ok(told(value.map(|value| check(field, value, scale)).transpose()?))
}
