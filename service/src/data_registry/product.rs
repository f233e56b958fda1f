//! The registry itself.

use std::path::Path;

use almanac_entity::{
    JsonText, UnixTime,
    data_registry::{
        DataFinalizationStatus, DataPhotometryStatus, DataQaStatus, DataStatus, DataType,
        DataValidationStatus, PublishMode, data_product,
    },
};
use data_product::Column::{
    AutoPublishEnabled, CreatedAt, DataId, FinalizationStatus, PublishAttempts, Status,
};
use sea_orm::{
    ActiveValue::{self, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};

use super::criteria::{Criteria, MOST_ATTEMPTS};
use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable};

/// A data product to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// What it is.
    pub data_type: DataType,
    /// Its name.
    pub data_id: String,
    /// Where it lies in the staging area: an absolute path.
    pub stage_path: String,
    /// What else is known about it.
    pub metadata: Option<JsonText>,
    /// Whether it may be published automatically.
    pub auto_publish: bool,
}

impl<C: ConnectionTrait> Repository<'_, C, data_product::Entity> {
    /// The product of a name, if there is one.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_data_id(&self, data_id: &str) -> Result<Option<data_product::Model>> {
        let select = data_product::Entity::find().filter(DataId.eq(data_id));
        Ok(select.one(self.connection).await?)
    }

    /// The product of a name.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the engine fails.
    pub async fn get_by_data_id(&self, data_id: &str) -> Result<data_product::Model> {
        let found = self.find_by_data_id(data_id).await?;
        found.ok_or_else(|| Error::not_found(format!("data product {data_id:?}")))
    }

    /// What stands between a product and its automatic publication.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the engine fails.
    pub async fn criteria(&self, data_id: &str) -> Result<Criteria> {
        Ok(Criteria::of(&self.get_by_data_id(data_id).await?))
    }

    /// The products of a type and status or of all, made last first, and how many there are.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_products(
        &self,
        data_type: Option<&DataType>,
        status: Option<&DataStatus>,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<data_product::Model>, u64)> {
        let filter = of(data_type, status);
        let products = self.slice(&filter, &[Order::desc(CreatedAt)], limit, offset).await?;
        Ok((products, self.count(&filter).await?))
    }

    /// The products of a status, of one type or of all, made last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_status(
        &self,
        status: &DataStatus,
        data_type: Option<&DataType>,
        limit: u64,
    ) -> Result<Vec<data_product::Model>> {
        let filter = of(data_type, Some(status));
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, 0).await
    }

    /// The products that wait to be published automatically: final, still staged, and not given up.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_pending_publish(&self, limit: u64) -> Result<Vec<data_product::Model>> {
        let filter = Filter::All(vec![
            Filter::eq(Status, DataStatus::Staging),
            Filter::eq(FinalizationStatus, DataFinalizationStatus::Finalized),
            Filter::Any(vec![
                Filter::Null(AutoPublishEnabled, true),
                Filter::eq(AutoPublishEnabled, true),
            ]),
            Filter::Any(vec![
                Filter::Null(PublishAttempts, true),
                Filter::Compare(PublishAttempts, Comparison::Lt, MOST_ATTEMPTS.into()),
            ]),
        ]);
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, data_product::Entity> {
    /// Registers a product that was staged. One that is registered already keeps its number, when it was
    /// made and staged first, where and when it was published, and its tags; what was decided about the
    /// data it had before no longer holds.
    ///
    /// # Errors
    /// The name is blank, the path is not absolute, the product is just being published, or the engine
    /// fails.
    pub async fn register(
        &self,
        registration: Registration,
        now: UnixTime,
    ) -> Result<data_product::Model> {
        let Registration { data_type, data_id, stage_path, metadata, auto_publish } = registration;
        if data_id.trim().is_empty() {
            return Err(Error::invalid("data_id", "a data product has a name"));
        }
        if data_type.as_str().trim().is_empty() {
            return Err(Error::invalid("data_type", "a data product has a type"));
        }
        let path = Path::new(&stage_path);
        let Some(base_path) = path.parent().filter(|_| path.is_absolute()) else {
            return Err(Error::invalid(
                "stage_path",
                format!("{stage_path:?} is no absolute path"),
            ));
        };
        let staged = data_product::ActiveModel {
            data_type: Set(data_type),
            base_path: Set(base_path.to_string_lossy().into_owned()),
            stage_path: Set(stage_path.clone()),
            status: Set(DataStatus::Staging),
            qa_status: Set(None),
            validation_status: Set(None),
            finalization_status: Set(Some(DataFinalizationStatus::Pending)),
            auto_publish_enabled: Set(Some(auto_publish)),
            publish_attempts: Set(Some(0)),
            publish_error: Set(None),
            photometry_status: Set(None),
            photometry_job_id: Set(None),
            metadata_json: metadata.map_or(ActiveValue::NotSet, |metadata| Set(Some(metadata))),
            ..Default::default()
        };
        let Some(known) = self.find_by_data_id(&data_id).await? else {
            let row = data_product::ActiveModel {
                data_id: Set(data_id),
                created_at: Set(now),
                staged_at: Set(now),
                ..staged
            };
            return self.insert(row).await;
        };
        let known = self.locked(&known.data_id).await?;
        if known.status == DataStatus::Publishing {
            let message = format!("{data_id} is being published; register it when that is done");
            return Err(Error::Conflict(message));
        }
        self.update(data_product::ActiveModel { id: Set(known.id), ..staged }).await
    }

    /// Makes a product final, with what was found of its quality and validity where that is given.
    /// Whether it is then published automatically is for [`Publisher`](super::Publisher) to see to.
    ///
    /// # Errors
    /// There is no such product, a word is unknown, or the engine fails.
    pub async fn finalize(
        &self,
        data_id: &str,
        qa_status: Option<DataQaStatus>,
        validation_status: Option<DataValidationStatus>,
    ) -> Result<data_product::Model> {
        if let Some(DataQaStatus::Other(word)) = &qa_status {
            let words = "pending, running, passed, failed, warning";
            return Err(unknown("qa_status", word, words));
        }
        if let Some(DataValidationStatus::Other(word)) = &validation_status {
            return Err(unknown("validation_status", word, "pending, validated, invalid"));
        }
        let product = self.locked(data_id).await?;
        let mut row = data_product::ActiveModel {
            id: Set(product.id),
            finalization_status: Set(Some(DataFinalizationStatus::Finalized)),
            ..Default::default()
        };
        if qa_status.is_some() {
            row.qa_status = Set(qa_status);
        }
        if validation_status.is_some() {
            row.validation_status = Set(validation_status);
        }
        self.update(row).await
    }

    /// Sets the status of a product whose files somebody else has moved. One that is published has a path
    /// and a time.
    ///
    /// # Errors
    /// There is no such product, the word is unknown, a published product has no path, or the engine
    /// fails.
    pub async fn update_status(
        &self,
        data_id: &str,
        status: DataStatus,
        published_path: Option<&str>,
        now: UnixTime,
    ) -> Result<data_product::Model> {
        if let DataStatus::Other(word) = &status {
            let words = "staging, publishing, published, validated, failed, retracted";
            return Err(unknown("status", word, words));
        }
        let product = self.locked(data_id).await?;
        let mut row = data_product::ActiveModel { id: Set(product.id), ..Default::default() };
        if status == DataStatus::Published {
            let path = published_path.map(str::to_owned).or(product.published_path);
            let Some(path) = path.filter(|path| Path::new(path).is_absolute()) else {
                let message = "a published product has an absolute path";
                return Err(Error::invalid("published_path", message));
            };
            row.published_path = Set(Some(path));
            row.published_at = Set(Some(now));
            row.publish_mode = Set(Some(product.publish_mode.unwrap_or(PublishMode::Manual)));
            row.publish_error = Set(None);
        } else if published_path.is_some() {
            let message = format!("a product that is {status} is published nowhere; leave it out");
            return Err(Error::invalid("published_path", message));
        }
        row.status = Set(status);
        self.update(row).await
    }

    /// Lets a product be published automatically, or not any more.
    ///
    /// # Errors
    /// There is no such product, or the engine fails.
    pub async fn set_auto_publish(
        &self,
        data_id: &str,
        enabled: bool,
    ) -> Result<data_product::Model> {
        let product = self.locked(data_id).await?;
        self.update(data_product::ActiveModel {
            id: Set(product.id),
            auto_publish_enabled: Set(Some(enabled)),
            ..Default::default()
        })
        .await
    }

    /// Says how far the photometry of a product is, and which job measures it where that is given.
    ///
    /// # Errors
    /// There is no such product, the word is unknown, or the engine fails.
    pub async fn set_photometry(
        &self,
        data_id: &str,
        status: DataPhotometryStatus,
        job_id: Option<&str>,
    ) -> Result<data_product::Model> {
        if let DataPhotometryStatus::Other(word) = &status {
            let words = "pending, running, completed, failed";
            return Err(unknown("status", word, words));
        }
        let product = self.locked(data_id).await?;
        let job_id = job_id.map_or(ActiveValue::NotSet, |job_id| Set(Some(job_id.to_owned())));
        self.update(data_product::ActiveModel {
            id: Set(product.id),
            photometry_status: Set(Some(status)),
            photometry_job_id: job_id,
            ..Default::default()
        })
        .await
    }

    /// Names the job that measures the photometry of a product; where nothing was said of it, it is
    /// pending from now on.
    ///
    /// # Errors
    /// There is no such product, the job is blank, or the engine fails.
    pub async fn link_photometry(
        &self,
        data_id: &str,
        job_id: &str,
    ) -> Result<data_product::Model> {
        if job_id.trim().is_empty() {
            return Err(Error::invalid("job_id", "a job has a name or number"));
        }
        let product = self.locked(data_id).await?;
        let status = product.photometry_status.unwrap_or(DataPhotometryStatus::Pending);
        self.set_photometry(data_id, status, Some(job_id)).await
    }

    /// A product, locked until the transaction ends.
    pub(super) async fn locked(&self, data_id: &str) -> Result<data_product::Model> {
        let id = self.get_by_data_id(data_id).await?.id;
        let locked = self.lock(id).await?;
        locked.ok_or_else(|| Error::not_found(format!("data product {data_id:?}")))
    }
}

fn of(data_type: Option<&DataType>, status: Option<&DataStatus>) -> Filter<data_product::Entity> {
    let data_type = data_type.map(|word| Filter::eq(data_product::Column::DataType, word.clone()));
    let status = status.map(|word| Filter::eq(Status, word.clone()));
    Filter::All(data_type.into_iter().chain(status).collect())
}

fn unknown(argument: &str, word: &str, words: &str) -> Error {
    Error::invalid(argument, format!("{word:?} is none of {words}"))
}
