//! Cone search among observations, candidates and detections.

use almanac_entity::Table;
use sea_orm::ConnectionTrait;

pub use crate::sky::Near;
use crate::{
    Filter, Repository, Result,
    sky::{Cone, check_radius},
};

/// The largest radius, degrees.
const LARGEST: f64 = 10.0;

/// The rows that `filter` lets through within `radius` of a direction, degrees, nearest first; at most
/// `limit`.
pub(super) async fn cone_search<C: ConnectionTrait, E: Table>(
    connection: &C,
    (ra, dec, radius): (f64, f64, f64),
    filter: &Filter<E>,
    limit: usize,
) -> Result<Vec<Near<E::Model>>> {
    check_radius("radius", radius, LARGEST)?;
    let cone = Cone::new(ra, dec, radius)?;
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    Repository::<_, E>::new(connection).list_near(&cone, filter, limit).await
}
