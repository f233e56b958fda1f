//! Everything that a calibration touched.

use std::collections::{BTreeMap, HashMap, HashSet};

use almanac_entity::{
    Table,
    cal_registry::caltable,
    products::{
        alert, ese_candidate, image, mosaic, photometry, transient_alert, transient_candidate,
        transient_measurement, variability_stat,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};

use super::applied::{LIST, inferred_of, recorded_of};
use crate::{
    Error, Result,
    provenance::{Tile, TilesOfMosaics, mosaics_of_members},
};

/// Measurement sets that are looked at, and measurements that are counted, at the most.
const MOST: usize = 1_000_000;

/// A calibration: what somebody asks about, and may hold to be suspect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A set of calibration tables, by name.
    Set(String),
    /// One calibration table, by path.
    Caltable(String),
}

impl Subject {
    /// Its kind's word: `set` or `caltable`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Caltable(_) => "caltable",
        }
    }

    /// Its name or path.
    pub fn name(&self) -> &str {
        match self {
            Self::Set(name) | Self::Caltable(name) => name,
        }
    }

    /// Its tables, whatever their status, in the order of application.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none, or the engine fails.
    pub async fn tables<C: ConnectionTrait>(
        &self,
        cal_registry: &C,
    ) -> Result<Vec<caltable::Model>> {
        use caltable::Column::{Id, OrderIndex, Path, SetName};
        let select = caltable::Entity::find().filter(match self {
            Self::Set(name) => SetName.eq(name.as_str()),
            Self::Caltable(path) => Path.eq(path.as_str()),
        });
        let select = select.order_by_asc(OrderIndex).order_by_asc(Id);
        let tables = select.all(cal_registry).await?;
        if tables.is_empty() {
            return Err(Error::not_found(match self {
                Self::Set(name) => format!("set of calibration tables {name:?}"),
                Self::Caltable(path) => format!("calibration table {path:?}"),
            }));
        }
        Ok(tables)
    }
}

/// How a calibration touched a measurement set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// It was applied to it.
    Applied,
    /// It was solved on it.
    SolvedOn,
    /// Nobody recorded what was applied, and it is what would be chosen.
    Inferred,
}

/// Rows that a calibration touched, by their keys in order, and whether that is only inferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched<K>(BTreeMap<K, bool>);

impl<K> Default for Touched<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Touched<K> {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them only by inference.
    pub fn inferred(&self) -> usize {
        self.0.values().filter(|inferred| **inferred).count()
    }

    /// The keys, and whether each is there by inference only.
    pub fn iter(&self) -> impl Iterator<Item = (&K, bool)> {
        self.0.iter().map(|(key, inferred)| (key, *inferred))
    }

    /// Whether a key is there by inference only; none where it is not there.
    pub fn get(&self, key: &K) -> Option<bool> {
        self.0.get(key).copied()
    }

    /// Keys of a page.
    pub fn page(&self, offset: usize, limit: usize) -> Vec<K> {
        self.0.keys().skip(offset).take(limit).cloned().collect()
    }

    /// What is touched in one way at least that is no inference is not inferred.
    fn add(&mut self, key: K, inferred: bool) {
        let kept = self.0.entry(key).or_insert(true);
        *kept &= inferred;
    }

    fn keys(&self) -> Vec<K> {
        self.0.keys().cloned().collect()
    }
}

/// Everything in the products that a calibration touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Measurement sets by path, whether the products know them or not.
    pub measurement_sets: BTreeMap<String, Touch>,
    /// Images made from these.
    pub images: Touched<i64>,
    /// Mosaics made of these.
    pub mosaics: Touched<i64>,
    /// Measurements made on these.
    pub photometry: Touched<i64>,
    /// Statistics of the sources measured.
    pub variability_stats: Touched<String>,
    /// Candidates for extreme scattering events among the sources.
    pub ese_candidates: Touched<i64>,
    /// Transient candidates found on or measured on these.
    pub transient_candidates: Touched<i64>,
    /// Alerts about these.
    pub transient_alerts: Touched<i64>,
    /// Alerts that were sent about the sources.
    pub alerts: Touched<i64>,
    /// Whether there is more than could be looked at.
    pub truncated: bool,
}

impl Impact {
    /// The measurement sets that tables touched, which is all that can be said without the products but
    /// for what is inferred.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn recorded<C: ConnectionTrait>(
        cal_registry: &C,
        tables: &[caltable::Model],
    ) -> Result<Self> {
        let mut impact = Self::default();
        for path in tables.iter().filter_map(|table| table.source_ms_path.as_ref()) {
            impact.measurement_sets.insert(path.clone(), Touch::SolvedOn);
        }
        for one in recorded_of(cal_registry, &paths(tables), MOST as u64).await? {
            impact.touch(one.ms_path, Touch::Applied);
        }
        Ok(impact)
    }

    /// Everything that tables touched.
    ///
    /// # Errors
    /// An engine fails.
    pub async fn of<C: ConnectionTrait, P: ConnectionTrait>(
        cal_registry: &C,
        products: &P,
        tables: &[caltable::Model],
    ) -> Result<Self> {
        let mut impact = Self::recorded(cal_registry, tables).await?;
        let (uses, cut) = inferred_of(cal_registry, products, &paths(tables), MOST as u64).await?;
        impact.truncated |= cut;
        for one in uses {
            impact.touch(one.ms_path, Touch::Inferred);
        }
        let images = impact.find_images(products).await?;
        let mosaics = impact.find_mosaics(products, &images).await?;
        let sources = impact.find_photometry(products, &images, &mosaics).await?;
        impact.find_candidates(products, &images, &sources).await?;
        impact.find_alerts(products, &sources).await?;
        Ok(impact)
    }

    fn touch(&mut self, ms_path: String, touch: Touch) {
        let kept = self.measurement_sets.entry(ms_path).or_insert(touch);
        *kept = touch.min(*kept);
    }

    /// Images by path.
    async fn find_images<P: ConnectionTrait>(&mut self, products: &P) -> Result<Touched<String>> {
        use image::Column::{Id, MsPath, Path};
        let ms_paths: Vec<String> = self.measurement_sets.keys().cloned().collect();
        let mut images = Touched::default();
        for chunk in ms_paths.chunks(LIST) {
            let select = image::Entity::find()
                .select_only()
                .columns([Id, Path, MsPath])
                .filter(MsPath.is_in(chunk));
            let rows: Vec<(i64, String, String)> = select.into_tuple().all(products).await?;
            for (id, path, ms_path) in rows {
                let inferred = self.measurement_sets.get(&ms_path) == Some(&Touch::Inferred);
                self.images.add(id, inferred);
                images.add(path, inferred);
            }
        }
        Ok(images)
    }

    /// Mosaics by path.
    async fn find_mosaics<P: ConnectionTrait>(
        &mut self,
        products: &P,
        images: &Touched<String>,
    ) -> Result<Touched<String>> {
        use mosaic::Column::{Id, Path};
        let mut mosaics = Touched::default();
        if !images.is_empty() {
            let tiles = TilesOfMosaics::read(products).await?;
            for inferred in [false, true] {
                let by_path = images.iter().filter(|(_, other)| *other == inferred);
                let by_id = self.images.iter().filter(|(_, other)| *other == inferred);
                let tiles_of_mosaics: HashSet<Tile> = by_path
                    .map(|(path, _)| Tile::Path(path.clone()))
                    .chain(by_id.map(|(id, _)| Tile::Id(*id)))
                    .collect();
                for (id, path) in tiles.with_tiles(&tiles_of_mosaics) {
                    self.mosaics.add(id, inferred);
                    mosaics.add(path.to_owned(), inferred);
                }
            }
        }
        let ms_paths: Vec<String> = self.measurement_sets.keys().cloned().collect();
        let mut of_members = Touched::default();
        for chunk in ms_paths.chunks(LIST) {
            for (mosaic, ms_path) in mosaics_of_members(products, chunk).await? {
                let touch = self.measurement_sets.get(&ms_path);
                of_members.add(mosaic, touch == Some(&Touch::Inferred));
            }
        }
        for chunk in of_members.keys().chunks(LIST) {
            let select = mosaic::Entity::find().select_only().columns([Id, Path]);
            let rows: Vec<(i64, String)> =
                select.filter(Path.is_in(chunk)).into_tuple().all(products).await?;
            for (id, path) in rows {
                let inferred = of_members.get(&path).unwrap_or(true);
                self.mosaics.add(id, inferred);
                mosaics.add(path, inferred);
            }
        }
        Ok(mosaics)
    }

    /// Measurements, and the sources that were measured.
    async fn find_photometry<P: ConnectionTrait>(
        &mut self,
        products: &P,
        images: &Touched<String>,
        mosaics: &Touched<String>,
    ) -> Result<Touched<String>> {
        use photometry::Column::{Id, ImagePath, MosaicPath, SourceId};
        let mut sources = Touched::default();
        for (column, touched) in [(ImagePath, images), (MosaicPath, mosaics)] {
            for chunk in touched.keys().chunks(LIST) {
                let room = MOST.saturating_sub(self.photometry.len());
                let select = photometry::Entity::find()
                    .select_only()
                    .columns([Id, SourceId, column])
                    .filter(column.is_in(chunk))
                    .limit(room as u64 + 1);
                let rows: Vec<(i64, Option<String>, String)> =
                    select.into_tuple().all(products).await?;
                self.truncated |= rows.len() > room;
                for (id, source, path) in rows.into_iter().take(room) {
                    let inferred = touched.get(&path).unwrap_or(true);
                    self.photometry.add(id, inferred);
                    // An old file may hold measurements of nobody knows what.
                    if let Some(source) = source {
                        sources.add(source, inferred);
                    }
                }
            }
        }
        Ok(sources)
    }

    async fn find_candidates<P: ConnectionTrait>(
        &mut self,
        products: &P,
        images: &Touched<String>,
        sources: &Touched<String>,
    ) -> Result<()> {
        {
            use variability_stat::Column::SourceId;
            let statistics = variability_stat::Entity;
            let found = &mut self.variability_stats;
            naming(products, statistics, SourceId, SourceId, sources, found).await?;
        }
        {
            use ese_candidate::Column::{Id, SourceId};
            let found = &mut self.ese_candidates;
            naming(products, ese_candidate::Entity, SourceId, Id, sources, found).await?;
        }
        let sets: BTreeMap<String, bool> = self
            .measurement_sets
            .iter()
            .map(|(path, touch)| (path.clone(), *touch == Touch::Inferred))
            .collect();
        let found = &mut self.transient_candidates;
        {
            use transient_candidate::Column::{Id, ImagePath, MosaicId, MsPath, SourceId};
            let candidates = transient_candidate::Entity;
            naming(products, candidates, ImagePath, Id, images, found).await?;
            naming(products, candidates, MsPath, Id, &Touched(sets), found).await?;
            naming(products, candidates, MosaicId, Id, &self.mosaics, found).await?;
            naming(products, candidates, SourceId, Id, sources, found).await?;
        }
        {
            use transient_measurement::Column::{CandidateId, ImagePath, MosaicId};
            let points = transient_measurement::Entity;
            naming(products, points, ImagePath, CandidateId, images, found).await?;
            naming(products, points, MosaicId, CandidateId, &self.mosaics, found).await
        }
    }

    async fn find_alerts<P: ConnectionTrait>(
        &mut self,
        products: &P,
        sources: &Touched<String>,
    ) -> Result<()> {
        {
            use transient_alert::Column::{CandidateId, Id};
            let (about, found) = (&self.transient_candidates, &mut self.transient_alerts);
            naming(products, transient_alert::Entity, CandidateId, Id, about, found).await?;
        }
        {
            use alert::Column::{Id, SourceId};
            naming(products, alert::Entity, SourceId, Id, sources, &mut self.alerts).await
        }
    }
}

/// Adds the keys of the rows that name, in `column`, something that was touched.
async fn naming<P, E, N, K>(
    products: &P,
    _table: E,
    column: E::Column,
    key: E::Column,
    named: &Touched<N>,
    found: &mut Touched<K>,
) -> Result<()>
where
    P: ConnectionTrait,
    E: Table,
    N: Ord + Clone + std::hash::Hash + Into<Value> + sea_orm::TryGetable,
    K: Ord + Clone + sea_orm::TryGetable,
    (N, K): sea_orm::TryGetableMany,
{
    let inferred: HashMap<&N, bool> = named.iter().collect();
    for chunk in named.keys().chunks(LIST) {
        let select = E::find()
            .select_only()
            .columns([column, key])
            .filter(column.is_in(chunk.iter().cloned()));
        let rows: Vec<(N, K)> = select.into_tuple().all(products).await?;
        for (name, key) in rows {
            found.add(key, inferred.get(&name).copied().unwrap_or(true));
        }
    }
    Ok(())
}

fn paths(tables: &[caltable::Model]) -> Vec<String> {
    tables.iter().map(|table| table.path.clone()).collect()
}
