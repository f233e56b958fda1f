//! What relates data products.

use almanac_entity::data_registry::{DataRelationshipType, data_product, data_relationship};
use data_relationship::Column::{ChildDataId, Id, ParentDataId, RelationshipType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::{Error, Filter, Repository, Result, Writable};

/// Relatives of one product at the most, either way.
const RELATIVES: u64 = 10_000;

/// What a data product came from and what came of it, by relationship.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Its parents, by what relates them.
    pub parents: Vec<(DataRelationshipType, Vec<String>)>,
    /// Its children, by what relates them.
    pub children: Vec<(DataRelationshipType, Vec<String>)>,
}

impl<C: ConnectionTrait> Repository<'_, C, data_relationship::Entity> {
    /// The parents and children of a product, by relationship; at most 10,000 each.
    ///
    /// # Errors
    /// There is no such product, or the engine fails.
    pub async fn lineage(&self, data_id: &str) -> Result<Lineage> {
        self.on::<data_product::Entity>().get_by_data_id(data_id).await?;
        Ok(Lineage {
            parents: self.relatives(ChildDataId, ParentDataId, data_id).await?,
            children: self.relatives(ParentDataId, ChildDataId, data_id).await?,
        })
    }

    async fn relatives(
        &self,
        this: data_relationship::Column,
        other: data_relationship::Column,
        data_id: &str,
    ) -> Result<Vec<(DataRelationshipType, Vec<String>)>> {
        let select = data_relationship::Entity::find()
            .select_only()
            .columns([RelationshipType, other])
            .filter(this.eq(data_id))
            .order_by_asc(RelationshipType)
            .order_by_asc(other)
            .order_by_asc(Id)
            .limit(RELATIVES);
        let rows: Vec<(DataRelationshipType, String)> =
            select.into_tuple().all(self.connection).await?;
        let mut groups: Vec<(DataRelationshipType, Vec<String>)> = Vec::new();
        for (kind, other) in rows {
            match groups.last_mut() {
                Some((last, group)) if *last == kind => group.push(other),
                _ => groups.push((kind, vec![other])),
            }
        }
        Ok(groups)
    }
}

impl<C: Writable> Repository<'_, C, data_relationship::Entity> {
    /// Relates two products; whether they were not so related before.
    ///
    /// # Errors
    /// One of them is not there, they are the same, the relationship is blank, or the engine fails.
    pub async fn link(
        &self,
        parent: &str,
        child: &str,
        kind: DataRelationshipType,
    ) -> Result<bool> {
        if kind.as_str().trim().is_empty() {
            return Err(Error::invalid("relationship_type", "a relationship has a name"));
        }
        if parent == child {
            return Err(Error::invalid("child", "a product is not related to itself"));
        }
        let products = self.on::<data_product::Entity>();
        products.get_by_data_id(parent).await?;
        products.get_by_data_id(child).await?;
        let same = Filter::All(vec![
            Filter::eq(ParentDataId, parent),
            Filter::eq(ChildDataId, child),
            Filter::eq(RelationshipType, kind.clone()),
        ]);
        if self.count(&same).await? > 0 {
            return Ok(false);
        }
        self.insert(data_relationship::ActiveModel {
            parent_data_id: Set(parent.to_owned()),
            child_data_id: Set(child.to_owned()),
            relationship_type: Set(kind),
            ..Default::default()
        })
        .await?;
        Ok(true)
    }
}
