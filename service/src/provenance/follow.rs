//! Edges as the databases hold them: for all nodes of a level at once.

use std::collections::{HashMap, HashSet};

use almanac_entity::{
    Database, Table,
    cal_registry::caltable,
    data_registry::data_relationship,
    ingest::subband_file,
    master_sources::source,
    products::{image, ms_index, photometry},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::{
    EdgeKind, Heading, NodeKind, Notice,
    edge::Link,
    groups,
    node::{text, values},
    reach::Reach,
    tiles::{self, TilesOfMosaics},
};
use crate::{Filter, Reader, Repository, Result, calibration, page::sort_terms, row};

/// Catalogues that the cross-match was made of, with the column that a source has from it.
const CATALOGUES: [(&str, source::Column); 3] = [
    ("NVSS", source::Column::SNvss),
    ("VLASS", source::Column::SVlass),
    ("FIRST", source::Column::FirstSizeMajArcsec),
];

/// Follows edges one way.
pub(super) struct Follower<'s> {
    reach: Reach<'s>,
    pub(super) heading: Heading,
    /// The tiles of all mosaics, once they were read.
    tiles: Option<TilesOfMosaics>,
    cut: bool,
}

impl<'s> Follower<'s> {
    pub(super) fn new(reach: Reach<'s>, heading: Heading) -> Self {
        Self { reach, heading, tiles: None, cut: false }
    }

    /// Which databases could not be read, and whether something was cut off.
    pub(super) fn finish(self) -> (Vec<Notice>, bool) {
        (self.reach.into_notices(), self.cut)
    }

    /// The primary keys of the nodes that have a row; none where nobody can say.
    pub(super) async fn present(
        &mut self,
        kind: NodeKind,
        keys: &[String],
    ) -> Result<Option<HashMap<String, String>>> {
        let Some(database) = kind.database() else { return Ok(Some(HashMap::new())) };
        let Some(reader) = self.reach.reader(database).await else { return Ok(None) };
        let outcome = kind.present(&reader, keys).await;
        self.reach.read(database, outcome)
    }

    /// The edges of a kind that lead away from nodes, at most `limit`.
    pub(super) async fn follow(
        &mut self,
        kind: EdgeKind,
        keys: &[String],
        limit: u64,
    ) -> Result<Vec<Link>> {
        match kind {
            EdgeKind::SubbandOfGroup => {
                use subband_file::Column::{GroupId, Id};
                self.columns::<subband_file::Entity>(Id, GroupId, keys, limit).await
            }
            EdgeKind::ConvertedFrom => self.converted_from(keys, limit).await,
            EdgeKind::SolvedOn => {
                use caltable::Column::{Path, SourceMsPath};
                self.columns::<caltable::Entity>(Path, SourceMsPath, keys, limit).await
            }
            EdgeKind::CalibratedWith => self.calibrated_with(keys, limit).await,
            EdgeKind::ImagedFrom => {
                use image::Column::{MsPath, Path};
                self.columns::<image::Entity>(Path, MsPath, keys, limit).await
            }
            EdgeKind::MosaickedFrom => self.mosaicked_from(keys, limit).await,
            EdgeKind::MosaickedFromMember => {
                let heading = self.heading;
                let Some(reader) = self.reach.reader(Database::Products).await else {
                    return Ok(Vec::new());
                };
                let outcome = tiles::members(&reader, heading, keys, limit).await;
                Ok(self.reach.read(Database::Products, outcome)?.unwrap_or_default())
            }
            EdgeKind::MeasuredOnImage => {
                use photometry::Column::{Id, ImagePath};
                self.columns::<photometry::Entity>(Id, ImagePath, keys, limit).await
            }
            EdgeKind::MeasuredOnMosaic => {
                use photometry::Column::{Id, MosaicPath};
                self.columns::<photometry::Entity>(Id, MosaicPath, keys, limit).await
            }
            EdgeKind::MeasuredBy => {
                use photometry::Column::{Id, SourceId};
                self.columns::<photometry::Entity>(SourceId, Id, keys, limit).await
            }
            EdgeKind::ListedIn => self.listed_in(keys, limit).await,
            EdgeKind::RelatedTo => self.related_to(keys, limit).await,
        }
    }

    /// Edges that two columns of a table say.
    async fn columns<E: Table>(
        &mut self,
        child: E::Column,
        parent: E::Column,
        keys: &[String],
        limit: u64,
    ) -> Result<Vec<Link>> {
        let near = match self.heading {
            Heading::Ancestors => child,
            Heading::Descendants => parent,
        };
        let Some(reader) = self.reach.reader(E::DATABASE).await else { return Ok(Vec::new()) };
        let outcome = columns::<E>(&reader, (child, parent), near, keys, limit).await;
        Ok(self.reach.read(E::DATABASE, outcome)?.unwrap_or_default())
    }

    async fn converted_from(&mut self, keys: &[String], limit: u64) -> Result<Vec<Link>> {
        match self.heading {
            Heading::Ancestors => {
                let Some(products) = self.reach.reader(Database::Products).await else {
                    return Ok(Vec::new());
                };
                let outcome = groups::named(&products, keys).await;
                let Some((mut links, unnamed)) = self.reach.read(Database::Products, outcome)?
                else {
                    return Ok(Vec::new());
                };
                if !unnamed.is_empty()
                    && let Some(ingest) = self.reach.reader(Database::Ingest).await
                {
                    let outcome = groups::near(&ingest, &unnamed).await;
                    links.extend(self.reach.read(Database::Ingest, outcome)?.unwrap_or_default());
                }
                Ok(links)
            }
            Heading::Descendants => {
                use ms_index::Column::{GroupId, Path};
                let mut links =
                    self.columns::<ms_index::Entity>(Path, GroupId, keys, limit).await?;
                if let Some(products) = self.reach.reader(Database::Products).await {
                    let outcome = groups::begun_near(&products, keys, limit).await;
                    links.extend(self.reach.read(Database::Products, outcome)?.unwrap_or_default());
                }
                Ok(links)
            }
        }
    }

    async fn calibrated_with(&mut self, keys: &[String], limit: u64) -> Result<Vec<Link>> {
        let Some(cal_registry) = self.reach.reader(Database::CalRegistry).await else {
            return Ok(Vec::new());
        };
        let outcome = match self.heading {
            Heading::Ancestors => calibration::recorded_for(&cal_registry, keys, limit).await,
            Heading::Descendants => calibration::recorded_of(&cal_registry, keys, limit).await,
        };
        let Some(mut uses) = self.reach.read(Database::CalRegistry, outcome)? else {
            return Ok(Vec::new());
        };
        // Only what nobody recorded is inferred, for which the time of the observation is needed.
        if let Some(products) = self.reach.reader(Database::Products).await {
            match self.heading {
                Heading::Ancestors => {
                    let known: HashSet<&str> = uses.iter().map(|one| &*one.ms_path).collect();
                    let unknown = keys.iter().filter(|key| !known.contains(key.as_str()));
                    let unknown: Vec<String> = unknown.cloned().collect();
                    if !unknown.is_empty() {
                        let outcome = calibration::mid_times(&products, &unknown).await;
                        let times = self.reach.read(Database::Products, outcome)?;
                        let times = times.unwrap_or_default();
                        let outcome = calibration::inferred_for(&cal_registry, &times).await;
                        let inferred = self.reach.read(Database::CalRegistry, outcome)?;
                        uses.extend(inferred.unwrap_or_default());
                    }
                }
                Heading::Descendants => {
                    let outcome =
                        calibration::inferred_of(&cal_registry, &products, keys, limit).await;
                    let inferred = self.reach.read(Database::Products, outcome)?;
                    let (inferred, cut) = inferred.unwrap_or_default();
                    self.cut |= cut;
                    uses.extend(inferred);
                }
            }
        }
        Ok(uses
            .into_iter()
            .map(|one| Link { inferred: one.inferred, ..Link::new(one.ms_path, one.caltable_path) })
            .collect())
    }

    async fn mosaicked_from(&mut self, keys: &[String], limit: u64) -> Result<Vec<Link>> {
        let Some(products) = self.reach.reader(Database::Products).await else {
            return Ok(Vec::new());
        };
        let outcome = match self.heading {
            Heading::Ancestors => tiles::of_mosaics(&products, keys).await,
            Heading::Descendants => {
                if self.tiles.is_none() {
                    let outcome = TilesOfMosaics::read(&products).await;
                    self.tiles = self.reach.read(Database::Products, outcome)?;
                }
                match &self.tiles {
                    Some(tiles) => tiles.holding(&products, keys, limit).await,
                    None => Ok(Vec::new()),
                }
            }
        };
        Ok(self.reach.read(Database::Products, outcome)?.unwrap_or_default())
    }

    async fn listed_in(&mut self, keys: &[String], limit: u64) -> Result<Vec<Link>> {
        let Some(reader) = self.reach.reader(Database::MasterSources).await else {
            return Ok(Vec::new());
        };
        let outcome = match self.heading {
            Heading::Ancestors => catalogues_of(&reader, keys).await,
            Heading::Descendants => listed(&reader, keys, limit).await,
        };
        Ok(self.reach.read(Database::MasterSources, outcome)?.unwrap_or_default())
    }

    async fn related_to(&mut self, keys: &[String], limit: u64) -> Result<Vec<Link>> {
        use data_relationship::Column::{ChildDataId, Id, ParentDataId, RelationshipType};
        let near = match self.heading {
            Heading::Ancestors => ChildDataId,
            Heading::Descendants => ParentDataId,
        };
        let Some(reader) = self.reach.reader(Database::DataRegistry).await else {
            return Ok(Vec::new());
        };
        let select = data_relationship::Entity::find()
            .select_only()
            .columns([ChildDataId, ParentDataId, RelationshipType])
            .filter(near.is_in(keys))
            .order_by_asc(Id)
            .limit(limit);
        let rows = select.into_tuple::<(String, String, String)>().all(&reader).await;
        let rows = self.reach.read(Database::DataRegistry, rows.map_err(Into::into))?;
        let link = |(child, parent, relationship): (String, String, String)| Link {
            relationship: Some(relationship),
            ..Link::new(child, parent)
        };
        Ok(rows.unwrap_or_default().into_iter().map(link).collect())
    }
}

/// Pairs of two columns where `near` is one of `keys`, in the order of the primary key.
async fn columns<E: Table>(
    reader: &Reader,
    (child, parent): (E::Column, E::Column),
    near: E::Column,
    keys: &[String],
    limit: u64,
) -> Result<Vec<Link>> {
    let columns = row::columns::<E>(&[child, parent]);
    let filter = Filter::<E>::All(vec![
        Filter::In(near, values::<E>(near, keys)),
        Filter::Null(child, false),
        Filter::Null(parent, false),
    ]);
    let mut select =
        crate::repository::select_columns::<E>(&columns).filter(filter.condition()).limit(limit);
    for term in sort_terms::<E>(&[]) {
        term.apply(QueryTrait::query(&mut select), reader.get_database_backend());
    }
    let rows = Repository::<_, E>::new(reader).rows(select.as_query(), &columns).await?;
    let links = rows.iter().filter_map(|row| {
        let (child, parent) = (text(row.key(child)?), text(row.key(parent)?));
        (!child.is_empty() && !parent.is_empty()).then(|| Link::new(child, parent))
    });
    Ok(links.collect())
}

/// A source, and its flux densities in NVSS, VLASS and FIRST.
type Held = (String, Option<f64>, Option<f64>, Option<f64>);

/// The catalogues that sources of the cross-match are in.
async fn catalogues_of(reader: &Reader, keys: &[String]) -> Result<Vec<Link>> {
    use source::Column::SourceId;
    let select = source::Entity::find()
        .select_only()
        .column(SourceId)
        .columns(CATALOGUES.map(|(_, column)| column))
        .filter(SourceId.is_in(keys))
        .order_by_asc(SourceId);
    let rows: Vec<Held> = select.into_tuple().all(reader).await?;
    let links = rows.into_iter().flat_map(|(source, nvss, vlass, first)| {
        let held = CATALOGUES.into_iter().zip([nvss, vlass, first]);
        let held = held.filter(|(_, value)| value.is_some());
        held.map(|((name, _), _)| Link::new(source.clone(), name)).collect::<Vec<_>>()
    });
    Ok(links.collect())
}

/// The sources of the cross-match that are in catalogues, a statement for each of the three.
async fn listed(reader: &Reader, keys: &[String], limit: u64) -> Result<Vec<Link>> {
    use source::Column::SourceId;
    let mut links = Vec::new();
    for (name, column) in
        CATALOGUES.into_iter().filter(|(name, _)| keys.iter().any(|key| key == name))
    {
        let select = source::Entity::find()
            .select_only()
            .column(SourceId)
            .filter(column.is_not_null())
            .order_by_asc(SourceId)
            .limit(limit);
        let sources: Vec<String> = select.into_tuple().all(reader).await?;
        links.extend(sources.into_iter().map(|source| Link::new(source, name)));
    }
    Ok(links)
}
