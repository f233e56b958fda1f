//! How Almanac's databases change: the revisions of all eight, and the verbs that run them.

mod autogenerate;
mod check;
mod model;
mod plan;
mod status;
mod target;
mod verbs;
mod verify;

pub use autogenerate::{Request, Revision, WriteError, autogenerate, autogenerate_of, write};
pub use check::{Check, check};
pub use migration_support::{ALLOW_DATA_LOSS, Entry, How, Lock, Revisions, Script, address, open};
pub use model::{Stated, desired, desired_of, drift, drift_of, live_drift_of, stated};
pub use plan::{Planned, holds_rows, plan};
pub use status::{Migration, Status, status};
pub use target::{Target, find};
pub use verbs::{
    Step, downgrade, downgrade_after, stamp, upgrade, upgrade_after, way_down, way_up,
};
pub use verify::{Verdict, verify};

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
