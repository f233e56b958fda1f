//! The source catalogue: what is near, and what serves as a reference.

mod baseline;
mod build;
mod reference;
mod source;

pub use build::{CatalogBuild, CatalogInputs};
pub use reference::{ReferenceSearch, ReferenceThresholds};
pub use source::{CatalogCounts, CatalogView, ConeSearch, NearSource};
