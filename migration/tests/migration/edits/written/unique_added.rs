//! Unique added.

use migration_support::prelude::*;

adds_indexes! {
    "storage_locations": [Index::new("uq_storage_locations_path_name", ["path", "name"]).unique()],
}
