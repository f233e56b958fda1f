//! Settings that other parts heed.

use almanac_entity::astrid::system_config;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, prelude::Json};
use system_config::Column::{IsActive, Key};

use crate::{Repository, Result};

/// What the keys of survey configurations begin with.
const SURVEY_CONFIGURATION: &str = "survey_config:";

impl<C: ConnectionTrait> Repository<'_, C, system_config::Entity> {
    /// The filters that active survey configurations list, which observations may come through beside
    /// the usual ones.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn known_filters(&self) -> Result<Vec<String>> {
        let configurations = system_config::Entity::find()
            .filter(IsActive.eq(true))
            .filter(Key.starts_with(SURVEY_CONFIGURATION))
            .all(self.connection)
            .await?;
        let missions = configurations
            .iter()
            .filter(|configuration| is_active(&configuration.value))
            .flat_map(|configuration| list(&configuration.value, "missions"))
            .filter(|mission| is_active(mission));
        let mut filters: Vec<String> = missions
            .flat_map(|mission| list(mission, "filters"))
            .filter_map(|filter| filter.as_str().map(str::to_owned))
            .collect();
        filters.sort_unstable();
        filters.dedup();
        Ok(filters)
    }
}

fn is_active(value: &Json) -> bool {
    value.get("is_active").and_then(Json::as_bool).unwrap_or(true)
}

fn list<'a>(value: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    value.get(name).and_then(Json::as_array).into_iter().flatten()
}
