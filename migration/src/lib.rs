//! How Almanac's databases change: the revisions of all eight, and the verbs that run them.

mod verbs;

pub use migration_support::{ALLOW_DATA_LOSS, Revisions, address, open};
pub use verbs::{Migration, Status, Target, downgrade, status, upgrade};

use almanac_database::Database;

/// The revisions of `database`.
pub fn revisions(database: Database) -> Revisions {
    match database {
        Database::Ingest => migration_ingest::revisions(),
        Database::CalRegistry => migration_cal_registry::revisions(),
        Database::Products => migration_products::revisions(),
        Database::MasterSources => migration_master_sources::revisions(),
        Database::Calibrators => migration_calibrators::revisions(),
        Database::Hdf5 => migration_hdf5::revisions(),
        Database::DataRegistry => migration_data_registry::revisions(),
        Database::Astrid => migration_astrid::revisions(),
    }
}
