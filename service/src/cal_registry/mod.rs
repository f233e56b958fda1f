//! Calibration tables: which are valid when, which are applied, and how they come to be registered.

mod apply_list;
mod caltable;
mod epoch;
mod interpolation;
mod overlap;
mod provenance;
mod register;

pub use apply_list::{ApplyList, ApplyListRequest, ApplyMethod};
pub(crate) use caltable::valid_between;
pub use caltable::{CaltableSet, contains};
pub use epoch::{AppliedCaltable, EpochCalibration};
pub use interpolation::{
    InterpolatedSelection, InterpolationMethod, InterpolationRequest, WeightedSet,
};
pub use overlap::{NewSet, OverlapResolution, OverlapStrategy, OverlappingSet};
pub use provenance::Provenance;
pub use register::{FoundTable, Registration, SetDescription, find_tables, type_of_name};
