//! Data products from staging to publication.

mod data_product;
mod data_product_changes;
mod data_product_queries;
mod data_relationship;
mod data_tag;

pub use data_product::DataProduct;
pub use data_product_changes::*;
pub use data_product_queries::*;
pub use data_relationship::DataRelationship;
pub use data_tag::DataTag;
