//! Cone search among observations, candidates and detections.

use almanac_entity::Table;
use sea_orm::ConnectionTrait;

pub use crate::sky::Near;
use crate::{Error, Filter, Repository, Result, sky::Cone};

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
    let within = |argument: &str, degrees: f64, is_within: bool, range: &str| {
        let message = || format!("{degrees}° is not {range}");
        if is_within { Ok(()) } else { Err(Error::breaks("range", argument, message())) }
    };
    within("ra", ra, (0.0..=360.0).contains(&ra), "from 0 to 360")?;
    within("dec", dec, (-90.0..=90.0).contains(&dec), "from -90 to 90")?;
    let is_radius = radius > 0.0 && radius <= LARGEST;
    within("radius", radius, is_radius, "above 0 and at most 10")?;
    let cone = Cone::new(ra, dec, radius)?;
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    Repository::<_, E>::new(connection).list_near(&cone, filter, limit).await
}
