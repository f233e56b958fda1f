//! Settings.

use almanac_entity::astrid::system_config;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Json},
};
use system_config::Column::Key;

use super::{
    SurveyConfiguration, new_id, observation_fields as fields, stored,
    survey_configuration::{KEY_LENGTH, PREFIX},
};
use crate::{Error, Filter, Pattern, Repository, Result, Writable};

/// What the keys of settings begin with that preserve what was before.
const LEGACY: &str = "legacy.";

impl<C: ConnectionTrait> Repository<'_, C, system_config::Entity> {
    /// The setting of a key, active or not.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn setting(&self, key: &str) -> Result<Option<system_config::Model>> {
        Ok(system_config::Entity::find().filter(Key.eq(key)).one(self.connection).await?)
    }

    /// The settings whose keys begin with `prefix`, by key; all where it is empty.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_prefix(&self, prefix: &str) -> Result<Vec<system_config::Model>> {
        let like = Filter::<system_config::Entity>::Like(
            Key,
            Pattern::StartsWith,
            // Only what both engines bring to lower case alike; the rest is compared below.
            prefix.split(|character: char| !character.is_ascii()).next().unwrap_or("").to_owned(),
        );
        let found = system_config::Entity::find().filter(like.condition());
        let mut settings = found.all(self.connection).await?;
        settings.retain(|setting| setting.key.starts_with(prefix));
        // By bytes, whatever the collation of the server.
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(settings)
    }

    async fn require(&self, key: &str) -> Result<system_config::Model> {
        let setting = self.setting(key).await?;
        setting.ok_or_else(|| Error::not_found(format!("setting {key}")))
    }
}

impl<C: Writable> Repository<'_, C, system_config::Entity> {
    /// Sets a key to a JSON object, which is heeded from then on. A description that is not given stays.
    /// Where nothing changes, nothing is written.
    ///
    /// # Errors
    /// The key is blank, too long, or preserves something legacy; the value is no object, or no survey
    /// configuration where the key is one's; or the engine fails.
    pub async fn set(
        &self,
        key: &str,
        value: Json,
        description: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<system_config::Model> {
        check_key(key)?;
        if !value.is_object() {
            return Err(Error::breaks("object", "value", "it is no JSON object"));
        }
        if key.starts_with(PREFIX) {
            let own = SurveyConfiguration::read(&value)?.key();
            if own != key {
                let message = format!("a configuration of that name is the setting {own}");
                return Err(Error::breaks("format", "key", message));
            }
        }
        self.put(key, value, description, true, now).await
    }

    /// Writes a setting whose parts are checked.
    pub(super) async fn put(
        &self,
        key: &str,
        value: Json,
        description: Option<&str>,
        is_active: bool,
        now: DateTimeUtc,
    ) -> Result<system_config::Model> {
        let now = stored(now);
        let description = description.map(str::to_owned);
        let Some(before) = self.locked(key).await? else {
            return self
                .insert(system_config::ActiveModel {
                    id: Set(new_id(now)),
                    key: Set(key.to_owned()),
                    value: Set(value),
                    description: Set(description),
                    is_active: Set(is_active),
                    created_at: Set(now),
                    updated_at: Set(now),
                })
                .await;
        };
        let description = description.or_else(|| before.description.clone());
        if before.value == value
            && before.description == description
            && before.is_active == is_active
        {
            return Ok(before);
        }
        self.update(system_config::ActiveModel {
            id: Unchanged(before.id),
            value: Set(value),
            description: Set(description),
            is_active: Set(is_active),
            updated_at: Set(now),
            ..Default::default()
        })
        .await
    }

    /// Lets nobody heed a setting, which keeps its value.
    ///
    /// # Errors
    /// There is no such setting, it preserves something legacy, or the engine fails.
    pub async fn deactivate(&self, key: &str, now: DateTimeUtc) -> Result<system_config::Model> {
        check_key(key)?;
        self.require(key).await?;
        let Some(before) = self.locked(key).await?.filter(|setting| setting.is_active) else {
            return self.require(key).await;
        };
        self.update(system_config::ActiveModel {
            id: Unchanged(before.id),
            is_active: Set(false),
            updated_at: Set(stored(now)),
            ..Default::default()
        })
        .await
    }

    /// Removes a setting.
    ///
    /// # Errors
    /// There is no such setting, it preserves something legacy, or the engine fails.
    pub async fn remove(&self, key: &str) -> Result<()> {
        check_key(key)?;
        let setting = self.require(key).await?;
        self.delete(setting.id).await?;
        Ok(())
    }

    /// The setting of a key, locked until the transaction ends.
    pub(super) async fn locked(&self, key: &str) -> Result<Option<system_config::Model>> {
        match self.setting(key).await? {
            Some(setting) => self.lock(setting.id).await,
            None => Ok(None),
        }
    }
}

fn check_key(key: &str) -> Result<()> {
    fields::text("key", key)?;
    fields::at_most("key", key, KEY_LENGTH)?;
    if key.starts_with(LEGACY) {
        let message = format!("settings {LEGACY}* preserve what was, and are only read");
        return Err(Error::breaks("read_only", "key", message));
    }
    Ok(())
}
