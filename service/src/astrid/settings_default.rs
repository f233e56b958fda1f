//! The surveys and settings of a new installation, for one that lacks some of them.
//!
//! They are the documents that the revision writes which seeds the database: no other list of them is kept.

use almanac_entity::astrid::{survey, system_config};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Json, Uuid},
};
use serde::Deserialize;
use uuid::uuid;

use super::stored;
use crate::{Error, Repository, Result, Writable};

const SURVEYS: &str = include_str!("../../../migration/astrid/src/seed/surveys.json");
const SETTINGS: &str = include_str!("../../../migration/astrid/src/seed/settings.json");

/// Where the ids of such rows come from: every installation has the same.
const NAMESPACE: Uuid = uuid!("eadebc49-4e3d-5f35-8d4d-ccd3cc41cb26");

#[derive(Deserialize)]
struct Survey {
    name: String,
    description: Option<String>,
    base_url: Option<String>,
    api_endpoint: Option<String>,
    is_active: bool,
}

#[derive(Deserialize)]
struct Setting {
    key: String,
    description: Option<String>,
    value: Json,
}

impl<C: Writable> Repository<'_, C, system_config::Entity> {
    /// Writes those of the first surveys and settings that are missing, and leaves the others as they are.
    /// Returns how many were written.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn initialise_defaults(&self, now: DateTimeUtc) -> Result<u64> {
        let now = stored(now);
        let surveys = read::<Survey>(SURVEYS)?.into_iter().map(|seed| survey::ActiveModel {
            id: Set(id_of("survey", &seed.name)),
            name: Set(seed.name),
            description: Set(seed.description),
            base_url: Set(seed.base_url),
            api_endpoint: Set(seed.api_endpoint),
            is_active: Set(seed.is_active),
            created_at: Set(now),
            updated_at: Set(now),
        });
        let settings =
            read::<Setting>(SETTINGS)?.into_iter().map(|seed| system_config::ActiveModel {
                id: Set(id_of("system_config", &seed.key)),
                key: Set(seed.key),
                value: Set(seed.value),
                description: Set(seed.description),
                is_active: Set(true),
                created_at: Set(now),
                updated_at: Set(now),
            });
        let surveys = self.on::<survey::Entity>().insert_missing(surveys.collect()).await?;
        Ok(surveys + self.insert_missing(settings.collect()).await?)
    }
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<Vec<T>> {
    serde_json::from_str(text).map_err(|error| Error::invalid("defaults", error.to_string()))
}

fn id_of(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{name}").as_bytes())
}
