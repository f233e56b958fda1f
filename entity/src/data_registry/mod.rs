//! Data products from staging to publication.

pub mod data_product;
pub mod data_relationship;
pub mod data_tag;
mod vocabulary;

pub use vocabulary::*;

change_log!();

tables! { DataRegistry:
    data_product => "DataProduct",
    data_relationship => "DataRelationship",
    data_tag => "DataTag",
    change_log => "DataRegistryChange",
}
