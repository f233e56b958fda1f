//! Tags of data products.

use almanac_entity::data_registry::{data_product, data_tag};
use data_tag::Column::{DataId, Tag};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use crate::{Error, Filter, Repository, Result, Writable};

/// Characters of a tag at the most.
const LENGTH: usize = 200;

impl<C: ConnectionTrait> Repository<'_, C, data_tag::Entity> {
    /// The products that bear a tag, made last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn by_tag(
        &self,
        tag: &str,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<data_product::Model>> {
        use data_product::Column::{CreatedAt, DataId as ProductId, Id};
        let tagged = data_tag::Entity::find().select_only().column(DataId).filter(Tag.eq(tag));
        let select = data_product::Entity::find()
            .filter(ProductId.in_subquery(tagged.into_query()))
            .order_by_desc(CreatedAt)
            .order_by_desc(Id)
            .limit(limit)
            .offset(offset);
        Ok(select.all(self.connection).await?)
    }
}

impl<C: Writable> Repository<'_, C, data_tag::Entity> {
    /// Puts a tag on a product; whether it did not bear it before.
    ///
    /// # Errors
    /// There is no such product, the tag is blank or longer than 200 characters, or the engine fails.
    pub async fn tag(&self, data_id: &str, tag: &str) -> Result<bool> {
        let tag = tag.trim();
        if tag.is_empty() || tag.chars().count() > LENGTH {
            let message = format!("a tag has from 1 to {LENGTH} characters");
            return Err(Error::invalid("tag", message));
        }
        self.on::<data_product::Entity>().get_by_data_id(data_id).await?;
        if self.count(&worn(data_id, tag)).await? > 0 {
            return Ok(false);
        }
        self.insert(data_tag::ActiveModel {
            data_id: Set(data_id.to_owned()),
            tag: Set(tag.to_owned()),
            ..Default::default()
        })
        .await?;
        Ok(true)
    }

    /// Takes a tag off a product; whether it bore it.
    ///
    /// # Errors
    /// There is no such product, or the engine fails.
    pub async fn untag(&self, data_id: &str, tag: &str) -> Result<bool> {
        self.on::<data_product::Entity>().get_by_data_id(data_id).await?;
        Ok(self.delete_where(&worn(data_id, tag.trim())).await? > 0)
    }
}

fn worn(data_id: &str, tag: &str) -> Filter<data_tag::Entity> {
    Filter::eq(DataId, data_id).and(Filter::eq(Tag, tag))
}
