//! How variable sources are: the metrics, their recomputation from photometry, and what they say of one
//! source.

mod metrics;
mod neighbours;
mod points;
mod statistics;
mod summary;

pub use metrics::{Metrics, Sample, chi2_nu, eta, m, m_mean, sigma_deviation, v, vs, vs_mean};
pub use neighbours::{Neighbour, ensemble_flux, is_stable, relative_flux};
pub use points::{LeftOut, StatisticsFlux};
pub use statistics::{Progress, Recomputation, VariabilityFilter, VariabilityOrder};
pub use summary::VariabilitySummary;

pub(super) use metrics::{mad, median, weighted_median};
pub(super) use points::{Point, points_of};
pub(super) use statistics::rectangle;
