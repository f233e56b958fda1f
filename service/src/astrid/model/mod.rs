//! The registry of models.

mod new;
mod performance;

pub use new::{ModelFacts, NewModel};
pub use performance::{ModelPerformance, Verdicts};

use almanac_entity::astrid::ml_model;
use ml_model::Column::{DeploymentDate, Id, IsActive, Name, Version};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::{DateTimeUtc, Uuid},
};

use super::{new_id, no_such, stored};
use crate::{Error, Repository, Result, Writable, record::Act};

impl<C: ConnectionTrait> Repository<'_, C, ml_model::Entity> {
    /// The deployed version of a family.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn active(&self, name: &str) -> Result<Option<ml_model::Model>> {
        let select = ml_model::Entity::find().filter(Name.eq(name)).filter(IsActive.eq(true));
        Ok(select.one(self.connection).await?)
    }

    /// The version that was deployed last, of whichever family.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn deployed_last(&self) -> Result<Option<ml_model::Model>> {
        let select = ml_model::Entity::find()
            .filter(IsActive.eq(true))
            .order_by_desc(DeploymentDate)
            .order_by_desc(Id);
        Ok(select.one(self.connection).await?)
    }
}

impl<C: Writable> Repository<'_, C, ml_model::Entity> {
    /// Registers a version of a model. It is not deployed.
    ///
    /// # Errors
    /// A value is missing or out of range; [`Error::AlreadyExists`] where the family has that version; or the
    /// engine fails.
    pub async fn register(&self, new: NewModel, now: DateTimeUtc) -> Result<ml_model::Model> {
        let name = required("name", new.name)?;
        let version = required("version", new.version)?;
        let row = new.facts.row()?;
        let same = ml_model::Entity::find()
            .filter(Name.eq(&*name))
            .filter(Version.eq(&*version))
            .one(self.connection)
            .await?;
        if let Some(same) = same {
            let what = format!("a model {name} {version}");
            return Err(Error::AlreadyExists { what, id: Some(same.id) });
        }
        let now = stored(now);
        let row = ml_model::ActiveModel {
            id: Set(new_id(now)),
            name: Set(name),
            version: Set(version),
            model_type: Set(new.model_type),
            is_active: Set(false),
            created_at: Set(now),
            updated_at: Set(now),
            ..row
        };
        self.on::<ml_model::Entity>().acting(Act::of_rows("register")).insert(row).await
    }

    /// Changes what is told of a model. What is not given stays; its family and version do.
    ///
    /// # Errors
    /// [`Error::NotFound`], a value is out of range, or the engine fails.
    pub async fn patch(
        &self,
        id: Uuid,
        facts: ModelFacts,
        now: DateTimeUtc,
    ) -> Result<ml_model::Model> {
        let model = self.require(id).await?;
        let is_told = facts != ModelFacts::default();
        let row = facts.row()?;
        if !is_told {
            return Ok(model);
        }
        self.update(ml_model::ActiveModel {
            id: Unchanged(id),
            updated_at: Set(stored(now)),
            ..row
        })
        .await
    }

    /// Deploys a version: it is the active one of its family then, and no other is.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the engine fails.
    pub async fn deploy(&self, id: Uuid, now: DateTimeUtc) -> Result<ml_model::Model> {
        let model = self.require(id).await?;
        // All versions, always in the same order, so that two who deploy wait for each other.
        let versions = ml_model::Entity::find()
            .filter(Name.eq(&*model.name))
            .order_by_asc(Id)
            .lock_exclusive()
            .all(self.connection)
            .await?;
        // At no time may two be active.
        for other in versions.iter().filter(|other| other.is_active && other.id != id) {
            let reason = format!("version {} was deployed", model.version);
            self.set_active(other.id, false, "retire", Some(reason), now).await?;
        }
        self.set_active(id, true, "deploy", None, now).await
    }

    /// Takes a version out of service.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where it is not deployed; or the engine fails.
    pub async fn retire(&self, id: Uuid, now: DateTimeUtc) -> Result<ml_model::Model> {
        let model = self.lock(id).await?.ok_or_else(|| no_such::<ml_model::Entity>(id))?;
        if !model.is_active {
            let message = format!("model {} {} is not deployed", model.name, model.version);
            return Err(Error::InvalidTransition(message));
        }
        self.set_active(id, false, "retire", None, now).await
    }

    /// Keeps the name that an experiment tracker gave to the run of a model.
    ///
    /// # Errors
    /// [`Error::NotFound`], the name is longer than 100 characters, or the engine fails.
    pub async fn link_tracker(
        &self,
        id: Uuid,
        run_id: &str,
        now: DateTimeUtc,
    ) -> Result<ml_model::Model> {
        self.require(id).await?;
        self.update(ml_model::ActiveModel {
            id: Unchanged(id),
            mlflow_run_id: Set(Some(required("run_id", run_id.to_owned())?)),
            updated_at: Set(stored(now)),
            ..Default::default()
        })
        .await
    }

    async fn require(&self, id: Uuid) -> Result<ml_model::Model> {
        self.find(id).await?.ok_or_else(|| no_such::<ml_model::Entity>(id))
    }

    async fn set_active(
        &self,
        id: Uuid,
        is_active: bool,
        verb: &'static str,
        reason: Option<String>,
        now: DateTimeUtc,
    ) -> Result<ml_model::Model> {
        let mut row = ml_model::ActiveModel {
            id: Unchanged(id),
            is_active: Set(is_active),
            updated_at: Set(stored(now)),
            ..Default::default()
        };
        if is_active {
            row.deployment_date = Set(Some(stored(now)));
        }
        let act = Act::of_rows(verb).because(reason);
        self.on::<ml_model::Entity>().acting(act).update(row).await
    }
}

fn required(field: &str, text: String) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::breaks("required", field, "it is missing"));
    }
    Ok(text)
}
