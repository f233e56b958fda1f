//! Positions on the sky: cones, distances, and the ways in which people write a position down.
//!
//! Everything is in degrees, ICRS. There is one cone search, [`Filter::cone`](crate::Filter::cone), for every
//! table of which the rows have positions: rows are found by their HEALPix cells and measured by the
//! haversine, both in the same statement, so that a cone stands beside other conditions like any of them. What
//! lies around each of many rows is found for all of them at once, by
//! [`Repository::list_near_each`](crate::Repository::list_near_each).

mod cell;
mod cone;
mod each;
mod fill;
mod haversine;
mod near;
mod position;
mod sql;

pub use cone::Cone;
pub use fill::fill_cells;
pub use haversine::separation;
pub use near::Near;
pub use position::{j_name, parse_position, sexagesimal};

pub(crate) use cell::{cell_of, place, place_changes, place_values};
pub(crate) use cone::check_radius;
pub(crate) use haversine::distance;
pub(crate) use near::{ARCSEC_OF_A_DEGREE, HAVERSINE};
pub(crate) use sql::{condition, haversine_of};
