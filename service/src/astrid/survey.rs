//! Surveys.

use almanac_entity::astrid::{observation, survey};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};
use survey::Column::{IsActive, Name};

use super::{new_id, no_such, stored};
use crate::{Error, Filter, Pattern, Repository, Result, Writable};

/// A survey to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSurvey {
    /// Its name, 1 to 100 characters; no two surveys have the same.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Address of its archive, at most 500 characters.
    pub base_url: Option<String>,
    /// Address where its archive is queried, at most 500 characters.
    pub api_endpoint: Option<String>,
    /// Whether new data may be ingested.
    pub is_active: bool,
}

/// What is to change of a survey; what is not given stays, and null where it is given clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurveyPatch {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<Option<String>>,
    /// Address of its archive.
    pub base_url: Option<Option<String>>,
    /// Address where its archive is queried.
    pub api_endpoint: Option<Option<String>>,
    /// Whether new data may be ingested.
    pub is_active: Option<bool>,
}

/// What can be done with a survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurveyCapabilities {
    /// Whether it is active and can be reached: it has a name and one of the two addresses.
    pub can_ingest: bool,
    /// Whether its archive can be queried.
    pub has_api: bool,
    /// Whether its archive has an address.
    pub has_base_url: bool,
    /// Which part is set of name, description, both addresses and being active, from 0 to 1.
    pub configuration_score: f64,
}

/// What can be done with a survey.
pub fn capabilities(survey: &survey::Model) -> SurveyCapabilities {
    let is_set =
        |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let has_name = !survey.name.trim().is_empty();
    let (has_api, has_base_url) = (is_set(&survey.api_endpoint), is_set(&survey.base_url));
    let parts = [has_name, is_set(&survey.description), has_base_url, has_api, survey.is_active];
    let set = parts.into_iter().filter(|part| *part).count();
    SurveyCapabilities {
        can_ingest: survey.is_active && has_name && (has_api || has_base_url),
        has_api,
        has_base_url,
        configuration_score: f64::from(u8::try_from(set).unwrap_or_default()) / 5.0,
    }
}

impl<C: ConnectionTrait> Repository<'_, C, survey::Entity> {
    /// The survey of a name.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_by_name(&self, name: &str) -> Result<Option<survey::Model>> {
        Ok(survey::Entity::find().filter(Name.eq(name)).one(self.connection).await?)
    }

    /// The surveys with `name` in their name, whatever its case, and active or not, or all; by name.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_name(
        &self,
        name: Option<&str>,
        is_active: Option<bool>,
    ) -> Result<Vec<survey::Model>> {
        let named = name.map(|name| Filter::Like(Name, Pattern::Contains, name.to_owned()));
        let active = is_active.map(|is_active| Filter::eq(IsActive, is_active));
        let filter = Filter::<survey::Entity>::All(named.into_iter().chain(active).collect());
        let select = survey::Entity::find().filter(filter.condition());
        let mut surveys = select.all(self.connection).await?;
        // By bytes, whatever the collation of the server.
        surveys.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(surveys)
    }

    async fn require(&self, id: Uuid) -> Result<survey::Model> {
        self.find(id).await?.ok_or_else(|| no_such::<survey::Entity>(id))
    }

    async fn require_free(&self, name: &str) -> Result<()> {
        match self.get_by_name(name).await? {
            Some(taken) => {
                Err(Error::Conflict(format!("there is a survey {name} already, {}", taken.id)))
            }
            None => Ok(()),
        }
    }
}

impl<C: Writable> Repository<'_, C, survey::Entity> {
    /// Makes a survey.
    ///
    /// # Errors
    /// The name is blank or too long, another survey has it, an address is too long, or the engine
    /// fails.
    pub async fn create(&self, new: NewSurvey, now: DateTimeUtc) -> Result<survey::Model> {
        check_name(&new.name)?;
        self.require_free(&new.name).await?;
        let now = stored(now);
        self.insert(survey::ActiveModel {
            id: Set(new_id(now)),
            name: Set(new.name),
            description: Set(new.description),
            base_url: Set(new.base_url),
            api_endpoint: Set(new.api_endpoint),
            is_active: Set(new.is_active),
            created_at: Set(now),
            updated_at: Set(now),
        })
        .await
    }

    /// Changes a survey. Where nothing changes, nothing is written.
    ///
    /// # Errors
    /// There is no such survey, the name is blank or too long, another survey has it, an address is too
    /// long, or the engine fails.
    pub async fn patch(
        &self,
        id: Uuid,
        patch: SurveyPatch,
        now: DateTimeUtc,
    ) -> Result<survey::Model> {
        let before = self.require(id).await?;
        let mut after = before.clone();
        if let Some(name) = patch.name.filter(|name| *name != before.name) {
            check_name(&name)?;
            self.require_free(&name).await?;
            after.name = name;
        }
        after.description = patch.description.unwrap_or(after.description);
        after.base_url = patch.base_url.unwrap_or(after.base_url);
        after.api_endpoint = patch.api_endpoint.unwrap_or(after.api_endpoint);
        after.is_active = patch.is_active.unwrap_or(after.is_active);
        if after == before {
            return Ok(before);
        }
        self.update(survey::ActiveModel {
            id: Unchanged(id),
            name: Set(after.name),
            description: Set(after.description),
            base_url: Set(after.base_url),
            api_endpoint: Set(after.api_endpoint),
            is_active: Set(after.is_active),
            updated_at: Set(stored(now)),
            ..Default::default()
        })
        .await
    }

    /// Lets new data of a survey be ingested.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn activate(&self, id: Uuid, now: DateTimeUtc) -> Result<survey::Model> {
        self.patch(id, SurveyPatch { is_active: Some(true), ..SurveyPatch::default() }, now).await
    }

    /// Keeps new data of a survey out.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn deactivate(&self, id: Uuid, now: DateTimeUtc) -> Result<survey::Model> {
        self.patch(id, SurveyPatch { is_active: Some(false), ..SurveyPatch::default() }, now).await
    }

    /// Removes a survey that has no observations.
    ///
    /// # Errors
    /// There is no such survey, it has observations, or the engine fails.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        let survey = self.require(id).await?;
        let observations = Repository::<_, observation::Entity>::new(self.connection);
        let count = observations.count(&Filter::eq(observation::Column::SurveyId, id)).await?;
        if count > 0 {
            let message =
                format!("survey {} has {count} observations; deactivate it instead", survey.name);
            return Err(Error::Conflict(message));
        }
        self.delete(id).await?;
        Ok(())
    }
}

fn check_name(name: &str) -> Result<()> {
    match name.chars().count() {
        _ if name.trim().is_empty() => Err(Error::invalid("name", "a survey has a name")),
        1..=100 => Ok(()),
        _ => Err(Error::invalid("name", "it is longer than 100 characters")),
    }
}
