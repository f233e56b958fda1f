//! The settings that say how surveys are watched.

use almanac_entity::astrid::{survey, system_config};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait,
    prelude::{DateTimeUtc, Json},
};
use serde_json::json;

use super::{
    SurveyConfiguration, stored,
    survey_configuration::{PREFIX, key_of},
};
use crate::{Error, Repository, Result, Writable};

impl<C: ConnectionTrait> Repository<'_, C, system_config::Entity> {
    /// The survey configurations, by key.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn survey_configurations(&self) -> Result<Vec<system_config::Model>> {
        self.list_by_prefix(PREFIX).await
    }

    /// The survey configuration of a name.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn survey_configuration(&self, name: &str) -> Result<Option<system_config::Model>> {
        self.setting(&key_of(name)).await
    }

    /// The survey configurations that are heeded, by key. One that somebody else wrote, and that cannot be
    /// read, is passed over.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn active_survey_configurations(&self) -> Result<Vec<SurveyConfiguration>> {
        let settings = self.survey_configurations().await?;
        let read = settings.into_iter().filter(|setting| setting.is_active).filter_map(|setting| {
            let read = serde_json::from_value::<SurveyConfiguration>(setting.value);
            let key = &setting.key;
            read.inspect_err(|error| tracing::warn!(key, %error, "no survey configuration")).ok()
        });
        Ok(read.filter(|configuration| configuration.is_active).collect())
    }

    /// The active configuration to ingest by: the one whose first region comes first; ties by key.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn survey_configuration_for_ingestion(&self) -> Result<Option<SurveyConfiguration>> {
        Ok(first(self.active_survey_configurations().await?))
    }

    /// The filters that active survey configurations list, which observations may come through beside
    /// the usual ones.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn known_filters(&self) -> Result<Vec<String>> {
        Ok(filters(&self.active_survey_configurations().await?))
    }
}

impl<C: Writable> Repository<'_, C, system_config::Entity> {
    /// Makes a survey configuration.
    ///
    /// # Errors
    /// A field breaks its rule, there is one of that name, or the engine fails.
    pub async fn create_survey_configuration(
        &self,
        value: &Json,
        now: DateTimeUtc,
    ) -> Result<system_config::Model> {
        let configuration = SurveyConfiguration::read(value)?;
        let key = configuration.key();
        self.require_free(&key).await?;
        let description = configuration.description.as_deref();
        self.put(&key, json!(configuration), description, configuration.is_active, now).await
    }

    /// Makes the survey configuration of a name hold this; its name may be another then.
    ///
    /// # Errors
    /// A field breaks its rule, there is none of that name, another has the new one, or the engine fails.
    pub async fn update_survey_configuration(
        &self,
        name: &str,
        value: &Json,
        now: DateTimeUtc,
    ) -> Result<system_config::Model> {
        let configuration = SurveyConfiguration::read(value)?;
        let before = self.locked(&key_of(name)).await?;
        let before = before.ok_or_else(|| none_called(name))?;
        let key = configuration.key();
        if key != before.key {
            self.require_free(&key).await?;
            self.update(system_config::ActiveModel {
                id: Unchanged(before.id),
                key: Set(key.clone()),
                updated_at: Set(stored(now)),
                ..Default::default()
            })
            .await?;
        }
        let description = configuration.description.as_deref();
        self.put(&key, json!(configuration), description, configuration.is_active, now).await
    }

    /// Removes the survey configuration of a name.
    ///
    /// # Errors
    /// There is none of that name, or the engine fails.
    pub async fn remove_survey_configuration(&self, name: &str) -> Result<()> {
        let setting = self.survey_configuration(name).await?;
        self.delete(setting.ok_or_else(|| none_called(name))?.id).await?;
        Ok(())
    }

    async fn require_free(&self, key: &str) -> Result<()> {
        match self.setting(key).await? {
            Some(taken) => {
                Err(Error::AlreadyExists { what: format!("a setting {key}"), id: Some(taken.id) })
            }
            None => Ok(()),
        }
    }
}

/// The configuration of a survey among active ones: the one about it whose first region comes first.
pub(super) fn of_survey<'a>(
    configurations: &'a [SurveyConfiguration],
    survey: &survey::Model,
) -> Option<&'a SurveyConfiguration> {
    let about = configurations.iter().filter(|configuration| configuration.is_about(&survey.name));
    about.min_by_key(|configuration| {
        (configuration.first_priority().unwrap_or(i64::MAX), configuration.key())
    })
}

/// The filters that configurations list.
pub(super) fn filters(configurations: &[SurveyConfiguration]) -> Vec<String> {
    let missions = configurations.iter().flat_map(|configuration| &configuration.missions);
    let active = missions.filter(|mission| mission.is_active);
    let mut filters: Vec<String> =
        active.flat_map(|mission| mission.filters.iter().cloned()).collect();
    filters.sort_unstable();
    filters.dedup();
    filters
}

fn first(configurations: Vec<SurveyConfiguration>) -> Option<SurveyConfiguration> {
    let with_region = configurations.into_iter().filter_map(|configuration| {
        Some(((configuration.first_priority()?, configuration.key()), configuration))
    });
    with_region.min_by(|a, b| a.0.cmp(&b.0)).map(|(_, configuration)| configuration)
}

fn none_called(name: &str) -> Error {
    Error::not_found(format!("survey configuration {name}"))
}
