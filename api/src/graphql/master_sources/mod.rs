//! The cross-matched catalogue.

mod build_meta;
mod final_reference;
mod good_reference;
mod queries;
mod source;
mod stable_id;

pub use build_meta::CatalogBuildMeta;
pub use final_reference::FinalReference;
pub use good_reference::GoodReference;
pub use queries::*;
pub use source::Source;
pub use stable_id::StableId;
