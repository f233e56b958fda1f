//! Changes to AstrID's registry of models.

use almanac_entity::astrid::{ModelType, ml_model};
use almanac_service::{
    Work,
    astrid::{ModelFacts, NewModel},
};
use async_graphql::{ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::AstridModel;
use crate::graphql::{
    Word,
    mutation::{audit_record_ids, uuid},
};

/// What is told of a model beside its name; what is not given is not known, or stays as it is.
#[derive(Debug, Default, InputObject)]
pub struct AstridModelFactsInput {
    /// Its architecture, a JSON object.
    architecture: Option<Json<Value>>,
    /// Its hyperparameters, a JSON object.
    hyperparameters: Option<Json<Value>>,
    /// Name or path of the dataset it was trained on, at most 200 characters.
    training_dataset: Option<String>,
    /// Metrics of its training, a JSON object.
    training_metrics: Option<Json<Value>>,
    /// Precision, from 0 to 1.
    precision: Option<f64>,
    /// Recall, from 0 to 1.
    recall: Option<f64>,
    /// F1 score, from 0 to 1.
    f1_score: Option<f64>,
    /// Accuracy, from 0 to 1.
    accuracy: Option<f64>,
    /// Object-store key of the weights, at most 500 characters.
    model_path: Option<String>,
    /// Energy used by the training, watt-hours.
    training_energy_wh: Option<f64>,
    /// Mean power drawn by the training, watts.
    training_avg_power_w: Option<f64>,
    /// Peak power drawn by the training, watts.
    training_peak_power_w: Option<f64>,
    /// How long the training took, seconds.
    training_duration_seconds: Option<i32>,
    /// Carbon footprint of the training, kilograms of CO2.
    training_carbon_footprint_kg: Option<f64>,
}

impl From<AstridModelFactsInput> for ModelFacts {
    fn from(input: AstridModelFactsInput) -> Self {
        Self {
            architecture: input.architecture.map(|document| document.0),
            hyperparameters: input.hyperparameters.map(|document| document.0),
            training_dataset: input.training_dataset,
            training_metrics: input.training_metrics.map(|document| document.0),
            precision: input.precision,
            recall: input.recall,
            f1_score: input.f1_score,
            accuracy: input.accuracy,
            model_path: input.model_path,
            training_energy_wh: input.training_energy_wh,
            training_avg_power_w: input.training_avg_power_w,
            training_peak_power_w: input.training_peak_power_w,
            training_duration_seconds: input.training_duration_seconds,
            training_carbon_footprint_kg: input.training_carbon_footprint_kg,
        }
    }
}

/// A version of a model to be registered.
#[derive(Debug, InputObject)]
pub struct RegisterAstridModelInput {
    /// Name of the model family, 1 to 100 characters.
    name: String,
    /// Version within the family, 1 to 50 characters.
    version: String,
    /// What it does.
    model_type: Word<ModelType>,
    /// What else is told of it.
    #[graphql(default)]
    facts: AstridModelFactsInput,
}

/// What is told anew of a model. Its family and version stay.
#[derive(Debug, InputObject)]
pub struct UpdateAstridModelInput {
    /// The model: its `rowId`.
    model_id: ID,
    /// What is told of it.
    facts: AstridModelFactsInput,
}

/// A version that is to be the active one of its family.
#[derive(Debug, InputObject)]
pub struct DeployAstridModelInput {
    /// The model: its `rowId`.
    model_id: ID,
}

/// A version to be taken out of service.
#[derive(Debug, InputObject)]
pub struct RetireAstridModelInput {
    /// The model: its `rowId`.
    model_id: ID,
}

/// A model that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridModelPayload {
    /// The model.
    model: AstridModel,
    /// The lines of the audit log that say so, and what became of other versions: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, model: &ml_model::Model) -> AstridModelPayload {
    AstridModelPayload { model: AstridModel::of(model), audit_record_ids: audit_record_ids(work) }
}

mutations! {
    /// Changes to AstrID's registry of models.
    AstridModelMutations {
        /// Registers a version of a model, which is not deployed.
        RegisterAstridModel: register_astrid_model(input: RegisterAstridModelInput, work)
            -> AstridModelPayload
        {
            let new = NewModel {
                name: input.name,
                version: input.version,
                model_type: input.model_type.0,
                facts: input.facts.into(),
            };
            let models = work.table::<ml_model::Entity>().await?;
            let model = models.register(new, work.instant()?).await?;
            Ok(changed(work, &model))
        }

        /// Writes what is told anew of a model.
        UpdateAstridModel: update_astrid_model(input: UpdateAstridModelInput, work)
            -> AstridModelPayload
        {
            let id = uuid(&input.model_id, "modelId")?;
            let models = work.table::<ml_model::Entity>().await?;
            let model = models.patch(id, input.facts.into(), work.instant()?).await?;
            Ok(changed(work, &model))
        }

        /// Deploys a version: it is the active one of its family then, and no other is.
        DeployAstridModel: deploy_astrid_model(input: DeployAstridModelInput, work)
            -> AstridModelPayload
        {
            let id = uuid(&input.model_id, "modelId")?;
            let models = work.table::<ml_model::Entity>().await?;
            let model = models.deploy(id, work.instant()?).await?;
            Ok(changed(work, &model))
        }

        /// Takes the version that is deployed out of service.
        RetireAstridModel: retire_astrid_model(input: RetireAstridModelInput, work)
            -> AstridModelPayload
        {
            let id = uuid(&input.model_id, "modelId")?;
            let models = work.table::<ml_model::Entity>().await?;
            let model = models.retire(id, work.instant()?).await?;
            Ok(changed(work, &model))
        }
    }
}
