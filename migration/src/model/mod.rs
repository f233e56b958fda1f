//! What the entities say that a database is, held against what its revisions make of it.

mod desired;
mod drift;
mod overlay;
mod spelling;
mod stated;

pub use desired::{desired, desired_of};
pub use drift::{drift, drift_of, live_drift_of};
pub(crate) use overlay::wanted;
pub(crate) use spelling::marked;
pub(crate) use stated::parents_first;
pub use stated::{Stated, stated};
