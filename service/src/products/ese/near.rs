//! Where candidates for extreme scattering events lie: where their sources do.

use std::collections::HashMap;

use almanac_entity::products::{ese_candidate, variability_stat};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, QueryTrait};

use crate::{
    Filter, Key, PageRequest, Repository, Result, Row,
    sky::{Cone, Near},
};

impl<C: ConnectionTrait> Repository<'_, C, ese_candidate::Entity> {
    /// Where sources lie of which there are statistics, right ascension and declination in degrees.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn places_of_sources(&self, sources: &[Key]) -> Result<HashMap<Key, (f64, f64)>> {
        use variability_stat::Column::{DecDeg, RaDeg, SourceId};
        let statistics = self.on::<variability_stat::Entity>();
        let rows = statistics.by_keys(SourceId, sources, &[RaDeg, DecDeg]).await?;
        Ok(rows.into_iter().filter_map(|(key, row)| Some((key, row.place()?))).collect())
    }

    /// For each cone the candidates whose sources lie in it, nearest first; at most `limit` for each. It
    /// takes one statement more for 400 sources than
    /// [`list_near_each`](Self::list_near_each), which asks for positions of their own.
    ///
    /// # Errors
    /// More than 50,000 sources lie around one direction, or the engine fails.
    pub async fn list_by_source_near_each(
        &self,
        cones: &[Cone],
        limit: usize,
        columns: &[ese_candidate::Column],
    ) -> Result<Vec<Vec<Near<Row<ese_candidate::Entity>>>>> {
        use variability_stat::Column::SourceId;
        let candidates = ese_candidate::Entity::find()
            .select_only()
            .column(ese_candidate::Column::SourceId)
            .into_query();
        let flagged = Filter::Among(SourceId, Box::new(candidates));
        let statistics = self.on::<variability_stat::Entity>();
        let sources = statistics.list_near_each(cones, &flagged, limit, &[SourceId]).await?;
        let mut keys: Vec<Key> =
            sources.iter().flatten().filter_map(|near| near.row.key(SourceId)).collect();
        keys.sort_unstable();
        keys.dedup();
        let request = PageRequest {
            limit: u64::try_from(limit).unwrap_or(u64::MAX),
            ..PageRequest::default()
        };
        let of_source = ese_candidate::Column::SourceId;
        let candidates = self.children(of_source, &keys, &request, columns).await?;
        let around_one = |sources: Vec<Near<Row<variability_stat::Entity>>>| {
            let of_one = |source: Near<Row<variability_stat::Entity>>| {
                let page = source.row.key(SourceId).and_then(|key| candidates.get(&key));
                let rows = page.map(|page| page.rows.as_slice()).unwrap_or_default();
                rows.iter().map(move |(_, row)| Near {
                    row: row.clone(),
                    separation_arcsec: source.separation_arcsec,
                })
            };
            sources.into_iter().flat_map(of_one).take(limit).collect()
        };
        Ok(sources.into_iter().map(around_one).collect())
    }
}
