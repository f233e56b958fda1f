//! Surveys.

use std::collections::HashMap;

use almanac_entity::astrid::{observation, survey};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};
use survey::Column::{ApiEndpoint, BaseUrl, Description, IsActive, Name};

use super::{new_id, no_such, observation_fields as fields, stored};
use crate::{Error, Filter, Pattern, Repository, Result, Row, Writable, record::Act};

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

/// What can be done with a survey, whose row holds name, description, both addresses and whether it is active.
pub fn capabilities(survey: &Row<survey::Entity>) -> SurveyCapabilities {
    let is_set = |column| survey.text(column).is_some_and(|text| !text.trim().is_empty());
    let is_active = survey.is(IsActive);
    let (has_name, has_api, has_base_url) = (is_set(Name), is_set(ApiEndpoint), is_set(BaseUrl));
    let parts = [has_name, is_set(Description), has_base_url, has_api, is_active];
    let set = parts.into_iter().filter(|part| *part).count();
    SurveyCapabilities {
        can_ingest: is_active && has_name && (has_api || has_base_url),
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

    async fn require_free(&self, name: &str) -> Result<()> {
        match self.get_by_name(name).await? {
            Some(taken) => {
                Err(Error::AlreadyExists { what: format!("a survey {name}"), id: Some(taken.id) })
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
        check_addresses(new.base_url.as_deref(), new.api_endpoint.as_deref())?;
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

    /// The surveys of these names, whatever their case, by their names in lower case. Those that there are not
    /// yet are made, and take data.
    ///
    /// # Errors
    /// A name is blank or too long, or the engine fails.
    pub async fn find_or_create(
        &self,
        names: impl IntoIterator<Item = &str>,
        now: DateTimeUtc,
    ) -> Result<HashMap<String, Uuid>> {
        let all = survey::Entity::find().all(self.connection).await?;
        let mut known: HashMap<String, Uuid> =
            all.into_iter().map(|survey| (survey.name.to_lowercase(), survey.id)).collect();
        let mut found = HashMap::new();
        for name in names {
            let lower = name.to_lowercase();
            let id = match known.get(&lower) {
                Some(id) => *id,
                None => {
                    let new = NewSurvey {
                        name: name.to_owned(),
                        description: None,
                        base_url: None,
                        api_endpoint: None,
                        is_active: true,
                    };
                    let id = self.create(new, now).await?.id;
                    known.insert(lower.clone(), id);
                    id
                }
            };
            found.insert(lower, id);
        }
        Ok(found)
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
        self.patch_as("update", id, patch, now).await
    }

    async fn patch_as(
        &self,
        verb: &'static str,
        id: Uuid,
        patch: SurveyPatch,
        now: DateTimeUtc,
    ) -> Result<survey::Model> {
        let before = self.require_locked(id).await?;
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
        check_addresses(after.base_url.as_deref(), after.api_endpoint.as_deref())?;
        let change = survey::ActiveModel {
            id: Unchanged(id),
            name: Set(after.name),
            description: Set(after.description),
            base_url: Set(after.base_url),
            api_endpoint: Set(after.api_endpoint),
            is_active: Set(after.is_active),
            updated_at: Set(stored(now)),
            ..Default::default()
        };
        self.on::<survey::Entity>().acting(Act::of_rows(verb)).update(change).await
    }

    /// Lets new data of a survey be ingested.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn activate(&self, id: Uuid, now: DateTimeUtc) -> Result<survey::Model> {
        let patch = SurveyPatch { is_active: Some(true), ..SurveyPatch::default() };
        self.patch_as("activate", id, patch, now).await
    }

    /// Keeps new data of a survey out.
    ///
    /// # Errors
    /// There is no such survey, or the engine fails.
    pub async fn deactivate(&self, id: Uuid, now: DateTimeUtc) -> Result<survey::Model> {
        let patch = SurveyPatch { is_active: Some(false), ..SurveyPatch::default() };
        self.patch_as("deactivate", id, patch, now).await
    }

    /// Removes a survey that has no observations.
    ///
    /// # Errors
    /// There is no such survey, [`Error::ReferencedBy`] where it has observations, or the engine fails.
    pub async fn remove(&self, id: Uuid) -> Result<()> {
        self.require_locked(id).await?;
        let observations = self.on::<observation::Entity>();
        let count = observations.count(&Filter::eq(observation::Column::SurveyId, id)).await?;
        if count > 0 {
            return Err(Error::ReferencedBy { table: "observations", count: Some(count) });
        }
        self.delete(id).await?;
        Ok(())
    }

    async fn require_locked(&self, id: Uuid) -> Result<survey::Model> {
        self.lock(id).await?.ok_or_else(|| no_such::<survey::Entity>(id))
    }
}

fn check_name(name: &str) -> Result<()> {
    fields::text("name", name)?;
    fields::at_most("name", name, 100)
}

fn check_addresses(base_url: Option<&str>, api_endpoint: Option<&str>) -> Result<()> {
    for (field, address) in [("base_url", base_url), ("api_endpoint", api_endpoint)] {
        fields::at_most(field, address.unwrap_or_default(), 500)?;
    }
    Ok(())
}
