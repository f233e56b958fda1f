//! Changes to AstrID's settings.

use almanac_entity::astrid::system_config;
use almanac_service::{Error, Work};
use async_graphql::{ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::AstridSystemConfig;
use crate::graphql::mutation::audit_record_ids;

/// A setting.
#[derive(Debug, InputObject)]
pub struct SetAstridSystemConfigInput {
    /// Its key, at most 100 characters; those that begin with `legacy.` are only read.
    key: String,
    /// Its value, a JSON object; a survey configuration where the key begins with `survey_config:`.
    value: Json<Value>,
    /// What it is about; one that is not given stays.
    description: Option<String>,
}

/// A setting to be removed.
#[derive(Debug, InputObject)]
pub struct DeleteAstridSystemConfigInput {
    /// Its key.
    key: String,
}

/// How a survey is to be watched.
#[derive(Debug, InputObject)]
pub struct CreateAstridSurveyConfigInput {
    /// The configuration: a JSON object with a `name`. What it does not say is as usual.
    configuration: Json<Value>,
}

/// How a survey is to be watched from now on.
#[derive(Debug, InputObject)]
pub struct UpdateAstridSurveyConfigInput {
    /// The name of the configuration.
    name: String,
    /// The whole configuration, whose name may be another. What it does not say is as usual.
    configuration: Json<Value>,
}

/// A survey configuration to be removed.
#[derive(Debug, InputObject)]
pub struct DeleteAstridSurveyConfigInput {
    /// Its name.
    name: String,
}

/// A setting that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridSystemConfigPayload {
    /// The setting; one that was removed as it was.
    system_config: AstridSystemConfig,
    /// The lines of the audit log that say so; none where nothing changed: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, setting: &system_config::Model) -> AstridSystemConfigPayload {
    AstridSystemConfigPayload {
        system_config: AstridSystemConfig::of(setting),
        audit_record_ids: audit_record_ids(work),
    }
}

mutations! {
    /// Changes to AstrID's settings.
    AstridConfigMutations {
        /// Sets a key to a value, which is heeded from now on.
        SetAstridSystemConfig: set_astrid_system_config(input: SetAstridSystemConfigInput, work)
            -> AstridSystemConfigPayload
        {
            let description = input.description.as_deref();
            let settings = work.table::<system_config::Entity>().await?;
            let setting =
                settings.set(&input.key, input.value.0, description, work.instant()?).await?;
            Ok(changed(work, &setting))
        }

        /// Removes a setting.
        DeleteAstridSystemConfig: delete_astrid_system_config(input: DeleteAstridSystemConfigInput, work)
            -> AstridSystemConfigPayload
        {
            let settings = work.table::<system_config::Entity>().await?;
            let missing = || Error::not_found(format!("setting {}", input.key));
            let setting = settings.setting(&input.key).await?.ok_or_else(missing)?;
            settings.remove(&input.key).await?;
            Ok(changed(work, &setting))
        }

        /// Makes a survey configuration.
        CreateAstridSurveyConfig: create_astrid_survey_config(input: CreateAstridSurveyConfigInput, work)
            -> AstridSystemConfigPayload
        {
            let settings = work.table::<system_config::Entity>().await?;
            let value = &input.configuration.0;
            let setting = settings.create_survey_configuration(value, work.instant()?).await?;
            Ok(changed(work, &setting))
        }

        /// Makes a survey configuration hold another.
        UpdateAstridSurveyConfig: update_astrid_survey_config(input: UpdateAstridSurveyConfigInput, work)
            -> AstridSystemConfigPayload
        {
            let settings = work.table::<system_config::Entity>().await?;
            let (name, value) = (&input.name, &input.configuration.0);
            let setting =
                settings.update_survey_configuration(name, value, work.instant()?).await?;
            Ok(changed(work, &setting))
        }

        /// Removes a survey configuration.
        DeleteAstridSurveyConfig: delete_astrid_survey_config(input: DeleteAstridSurveyConfigInput, work)
            -> AstridSystemConfigPayload
        {
            let settings = work.table::<system_config::Entity>().await?;
            let missing = || Error::not_found(format!("survey configuration {}", input.name));
            let setting = settings.survey_configuration(&input.name).await?.ok_or_else(missing)?;
            settings.remove_survey_configuration(&input.name).await?;
            Ok(changed(work, &setting))
        }
    }
}
