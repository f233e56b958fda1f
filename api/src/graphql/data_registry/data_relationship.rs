//! Relationships of data products.

use super::DataProduct;

table! { DataRelationship shows data_registry::data_relationship;
    /// The product that the other came of.
    one parent: DataProduct, ParentDataId => DataId;
    /// The product that came of the other.
    one child: DataProduct, ChildDataId => DataId;
}
