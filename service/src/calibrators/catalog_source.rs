//! Sources of survey catalogues, and which of them may be the same.

use almanac_entity::{
    UnixTime,
    calibrators::{CalibratorCatalog, catalog_source},
};
use catalog_source::Column::{Catalog, CatalogId, FluxJy, SourceName};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

use super::bandpass::check_name;
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Writable,
    sky::{ARCSEC_OF_A_DEGREE, Cone, Near, check_radius},
};

/// The widest search for matches, arcseconds.
const MAX_MATCH_ARCSEC: f64 = 3_600.0;

/// A source that may be the same as another.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchSuggestion {
    /// The source.
    pub source: catalog_source::Model,
    /// Great-circle distance, arcseconds.
    pub separation_arcsec: f64,
}

impl<C: ConnectionTrait> Repository<'_, C, catalog_source::Entity> {
    /// The sources of a catalogue, or of all, brightest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn catalog_sources(
        &self,
        catalog: Option<&CalibratorCatalog>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<catalog_source::Model>> {
        let filter =
            catalog.map_or_else(Filter::default, |catalog| Filter::eq(Catalog, catalog.clone()));
        self.slice(&filter, &[Order::desc(FluxJy)], limit, offset).await
    }

    /// The sources of other catalogues that lie near one, which may be the same, nearest first.
    ///
    /// # Errors
    /// There is no source of this id, `radius_arcsec` is out of range, or the engine fails.
    pub async fn match_suggestions(
        &self,
        id: i64,
        radius_arcsec: f64,
        limit: usize,
    ) -> Result<Vec<MatchSuggestion>> {
        let of = self.get(id).await?;
        check_radius("radius_arcsec", radius_arcsec, MAX_MATCH_ARCSEC)?;
        let cone = Cone::new(of.ra_deg, of.dec_deg, radius_arcsec / ARCSEC_OF_A_DEGREE)?;
        let others = Filter::Compare(Catalog, Comparison::Ne, of.catalog.into());
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let near = self.list_near(&cone, &others, limit).await?;
        let suggestion = |near: Near<_>| MatchSuggestion {
            source: near.row,
            separation_arcsec: near.separation_arcsec,
        };
        Ok(near.into_iter().map(suggestion).collect())
    }
}

impl<C: Writable> Repository<'_, C, catalog_source::Entity> {
    /// Writes a source, or changes the one that its catalogue designates so, which keeps its id and when
    /// it was made. A source without a designation is known by its name.
    ///
    /// # Errors
    /// The name or the catalogue is blank, a value is out of range, or the engine fails.
    pub async fn upsert_catalog_source(
        &self,
        row: catalog_source::ActiveModel,
        now: UnixTime,
    ) -> Result<catalog_source::Model> {
        let text = |column| {
            let cell = row.get(column).into_value();
            match cell {
                Some(sea_orm::Value::String(text)) => text,
                _ => None,
            }
        };
        let name = text(SourceName).unwrap_or_default();
        check_name("source_name", &name)?;
        let catalog = text(Catalog).unwrap_or_default();
        check_name("catalog", &catalog)?;
        let designation = text(CatalogId).filter(|id| !id.is_empty());
        let of_catalog = Filter::eq(Catalog, catalog);
        let same = match &designation {
            Some(id) => of_catalog.and(Filter::eq(CatalogId, id.as_str())),
            None => of_catalog
                .and(Filter::Null(CatalogId, true))
                .and(Filter::eq(SourceName, name.as_str())),
        };
        let known = self.slice(&same, &[], 1, 0).await?.pop();
        let row = catalog_source::ActiveModel {
            catalog_id: Set(designation),
            updated_at: Set(now),
            ..row
        };
        match known {
            Some(known) => {
                let row = catalog_source::ActiveModel {
                    id: Set(known.id),
                    created_at: sea_orm::ActiveValue::NotSet,
                    ..row
                };
                self.update(row).await
            }
            None => {
                if row.ra_deg.is_not_set() || row.dec_deg.is_not_set() {
                    return Err(Error::invalid("ra_deg", "a new source has a position"));
                }
                let row = catalog_source::ActiveModel {
                    id: sea_orm::ActiveValue::NotSet,
                    created_at: Set(now),
                    ..row
                };
                self.insert(row).await
            }
        }
    }
}
