//! The rows of Almanac's eight databases, as SeaORM entities.
//!
//! One folder a database, one file a table or view. A pipeline embeds this crate to read and write
//! rows; nothing of the web or of GraphQL comes with it.

#[macro_use]
mod change_log;
#[macro_use]
mod suspicion;
#[macro_use]
mod vocabulary;
#[macro_use]
mod table;
mod json_text;
mod kind;
mod position;
mod unix_time;

pub mod astrid;
pub mod cal_registry;
pub mod calibrators;
pub mod data_registry;
pub mod hdf5;
pub mod ingest;
pub mod master_sources;
pub mod products;

pub use almanac_database::Database;
pub use json_text::JsonText;
pub use kind::{Kind, kind};
pub use position::{Position, position};
pub use table::{Table, Visitor, visit, visit_all};
pub use unix_time::{MJD_OF_UNIX_EPOCH, UnixTime};
pub use vocabulary::{Term, Vocabulary, vocabularies};

/// What every entity file imports.
mod prelude {
    pub(crate) use crate::{JsonText, UnixTime};
    #[cfg(feature = "graphql")]
    pub(crate) use documented::{Documented, DocumentedFields};
    pub(crate) use sea_orm::entity::prelude::*;
    pub(crate) use serde::{Deserialize, Serialize};
}
