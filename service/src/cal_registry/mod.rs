//! Calibration tables: which are valid when, and which are applied.

mod apply_list;
mod caltable;

pub use apply_list::{ApplyList, ApplyListRequest, ApplyMethod};
pub use caltable::{CaltableSet, contains};
