//! What the catalogue says of a part of the sky.

use almanac_entity::master_sources::source;
use sea_orm::ConnectionTrait;

use super::{CatalogView, ConeSearch};
use crate::{
    Error, Repository, Result,
    products::{Baseline, Footprint},
};

/// A part of the sky is no wider than this, degrees.
const WIDEST: f64 = 20.0;

impl<C: ConnectionTrait> Repository<'_, C, source::Entity> {
    /// The sources of a part of the sky and a little about it, with their flux densities in NVSS, at most
    /// `limit`.
    ///
    /// # Errors
    /// The part is too wide, it has more sources, or the engine fails.
    pub async fn baseline(&self, footprint: &Footprint, limit: usize) -> Result<Vec<Baseline>> {
        // A source at the very edge is matched with one behind it.
        let radius_deg = footprint.radius_deg() + 0.01;
        if radius_deg > WIDEST {
            let message = format!("a radius of {radius_deg}° is above {WIDEST}");
            return Err(Error::invalid("image", message));
        }
        let search = ConeSearch {
            ra_deg: footprint.ra_deg,
            dec_deg: footprint.dec_deg,
            radius_deg,
            view: CatalogView::Sources,
            min_flux_jy: None,
            limit: limit.saturating_add(1),
        };
        let near = self.cone(&search).await?;
        if near.len() > limit {
            let message = format!("the catalogue has more than {limit} sources there");
            return Err(Error::invalid("image", message));
        }
        let known = near.into_iter().filter_map(|near| {
            Some(Baseline {
                flux_mjy: near.source.s_nvss? * 1e3,
                source_id: near.source.source_id,
                ra_deg: near.source.ra_deg,
                dec_deg: near.source.dec_deg,
            })
        });
        Ok(known.collect())
    }
}
