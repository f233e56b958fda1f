//! The source catalogue: what is near, and what serves as a reference.

mod source;

pub use source::{CatalogCounts, CatalogView, ConeSearch, NearSource};
