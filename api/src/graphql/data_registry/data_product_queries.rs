//! Questions about data products that are no list of a table.

use almanac_entity::{
    Database,
    data_registry::{DataRelationshipType, data_product, data_relationship, data_tag},
};
use almanac_service::{
    Repository,
    data_registry::{Criteria, Lineage, Obstacle},
};
use async_graphql::{Enum, Object, SimpleObject};

use super::DataProduct;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
};

/// Products of one answer at the most.
const MOST: i32 = 1_000;

/// Something that stands in the way of automatic publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Obstacle")]
pub enum PublishObstacle {
    /// It is not final.
    NotFinalized,
    /// It was not validated, or found invalid.
    NotValidated,
    /// Its quality was not assessed, or it did not pass.
    QaNotPassed,
    /// Its photometry is not complete.
    PhotometryIncomplete,
    /// Somebody wants to publish it by hand.
    AutoPublishDisabled,
}

/// Whether a data product may be published automatically.
#[derive(Clone, Debug, SimpleObject)]
pub struct PublishCriteria {
    /// Whether nothing stands in the way.
    eligible: bool,
    /// What stands in the way.
    obstacles: Vec<PublishObstacle>,
}

impl From<Criteria> for PublishCriteria {
    fn from(criteria: Criteria) -> Self {
        Self {
            eligible: criteria.eligible(),
            obstacles: criteria.obstacles.into_iter().map(Into::into).collect(),
        }
    }
}

/// Relatives of a data product by one relationship.
#[derive(Debug, SimpleObject)]
pub struct DataRelatives {
    /// What relates them, as stored.
    relationship_type: String,
    /// Their names.
    data_ids: Vec<String>,
}

/// What a data product came from and what came of it.
#[derive(Debug, SimpleObject)]
pub struct DataLineage {
    /// Its parents, by relationship.
    parents: Vec<DataRelatives>,
    /// Its children, by relationship.
    children: Vec<DataRelatives>,
}

impl From<Lineage> for DataLineage {
    fn from(lineage: Lineage) -> Self {
        let shown = |relatives: Vec<(DataRelationshipType, Vec<String>)>| {
            let shown = relatives
                .into_iter()
                .map(|(kind, data_ids)| DataRelatives { relationship_type: kind.into(), data_ids });
            shown.collect()
        };
        Self { parents: shown(lineage.parents), children: shown(lineage.children) }
    }
}

/// Data products at the root of the graph.
#[derive(Debug, Default)]
pub struct DataProductQueries;

#[Object]
impl DataProductQueries {
    /// What stands between a data product and its automatic publication.
    async fn publish_criteria(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name of the product.")] data_id: String,
    ) -> Result<Option<PublishCriteria>> {
        let read = async {
            let reader = ctx.sessions().reader(Database::DataRegistry).await?;
            Repository::<_, data_product::Entity>::new(&reader).criteria(&data_id).await
        };
        Ok(Some(read.await.map_err(|error| graph_error(&error))?.into()))
    }

    /// What a data product came from and what came of it, one step either way.
    async fn data_lineage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name of the product.")] data_id: String,
    ) -> Result<Option<DataLineage>> {
        let read = async {
            let reader = ctx.sessions().reader(Database::DataRegistry).await?;
            Repository::<_, data_relationship::Entity>::new(&reader).lineage(&data_id).await
        };
        Ok(Some(read.await.map_err(|error| graph_error(&error))?.into()))
    }

    /// The data products that wait to be published automatically, made last first.
    async fn pending_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100, desc = "Products at the most; up to 1,000.")] first: i32,
    ) -> Result<Option<Vec<DataProduct>>> {
        let limit = limit(first)?;
        let read = async {
            let reader = ctx.sessions().reader(Database::DataRegistry).await?;
            Repository::<_, data_product::Entity>::new(&reader).list_pending_publish(limit).await
        };
        shown(read.await)
    }

    /// The data products that bear a tag, made last first.
    async fn data_products_by_tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tag.")] tag: String,
        #[graphql(default = 100, desc = "Products at the most; up to 1,000.")] first: i32,
        #[graphql(default = 0, desc = "Products to be passed over.")] offset: i32,
    ) -> Result<Option<Vec<DataProduct>>> {
        let limit = limit(first)?;
        let offset = u64::try_from(offset)
            .map_err(|_| bad_input("offset", format!("{offset} is below zero")))?;
        let read = async {
            let reader = ctx.sessions().reader(Database::DataRegistry).await?;
            Repository::<_, data_tag::Entity>::new(&reader).by_tag(&tag, limit, offset).await
        };
        shown(read.await)
    }
}

fn limit(first: i32) -> Result<u64> {
    match u64::try_from(first) {
        Ok(limit) if first <= MOST => Ok(limit),
        _ => Err(bad_input("first", format!("{first} is not from 0 to {MOST}"))),
    }
}

fn shown(
    products: almanac_service::Result<Vec<data_product::Model>>,
) -> Result<Option<Vec<DataProduct>>> {
    let products = products.map_err(|error| graph_error(&error))?;
    let rows = products.iter().map(almanac_service::Row::of_model).collect();
    Ok(Some(crate::graphql::node::objects(rows)))
}
