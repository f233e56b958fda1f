//! Data products.

use super::{DataRelationship, DataTag};
use crate::graphql::products::BatchJobItem;

table! { DataProduct shows data_registry::data_product;
    /// Its relationships to what came of it.
    many child_relationships: DataRelationship, DataId => ParentDataId;
    /// Its relationships to what it came from.
    many parent_relationships: DataRelationship, DataId => ChildDataId;
    /// Its tags.
    many tags: DataTag, DataId => DataId;
    /// Items of batches about it.
    many batch_items: BatchJobItem, DataId => DataId;
}
