//! Index added.

use migration_support::prelude::*;

adds_indexes! {
    "storage_locations": [Index::new("idx_storage_locations_path", ["path"])],
}
