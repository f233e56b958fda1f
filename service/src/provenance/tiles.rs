//! What mosaics are made of: the images they name as tiles, and the measurement sets of their group.

use std::collections::{BTreeSet, HashMap, HashSet};

use almanac_entity::{
    JsonText,
    products::{image, mosaic, mosaic_group, mosaic_membership},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::Value;

use super::{Heading, edge::Link};
use crate::Result;

/// Mosaics whose tiles are looked through.
const MOSAICS: u64 = 200_000;

/// A tile as a mosaic names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Tile {
    /// By its path.
    Path(String),
    /// By its number.
    Id(i64),
}

impl Tile {
    /// The images that a column of tiles names: paths, numbers, or objects that hold one.
    pub(crate) fn read(tiles: &JsonText) -> Vec<Self> {
        match &tiles.0 {
            Value::Array(tiles) => tiles.iter().filter_map(Self::of).collect(),
            // A list that is no JSON: paths separated by commas.
            Value::String(text) => text
                .split(',')
                .map(str::trim)
                .filter(|path| !path.is_empty())
                .map(|path| Self::Path(path.to_owned()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => {
                Some(text.parse().map_or_else(|_| Self::Path(text.clone()), Self::Id))
            }
            Value::Number(number) => number.as_i64().map(Self::Id),
            Value::Object(object) => ["path", "image_path", "id", "image_id"]
                .iter()
                .find_map(|key| Self::of(object.get(*key)?)),
            _ => None,
        }
    }
}

/// The images that mosaics are made of. Two statements: one for the tiles, one for those given by number.
pub(super) async fn of_mosaics<C: ConnectionTrait>(
    products: &C,
    paths: &[String],
) -> Result<Vec<Link>> {
    use mosaic::Column::{Path, Tiles};
    let select = mosaic::Entity::find()
        .select_only()
        .columns([Path, Tiles])
        .filter(Path.is_in(paths))
        .filter(Tiles.is_not_null())
        .order_by_asc(Path);
    let rows: Vec<(String, JsonText)> = select.into_tuple().all(products).await?;
    let tiles: Vec<(String, Vec<Tile>)> =
        rows.into_iter().map(|(path, tiles)| (path, Tile::read(&tiles))).collect();
    let ids: BTreeSet<i64> = tiles
        .iter()
        .flat_map(|(_, tiles)| tiles)
        .filter_map(|tile| match tile {
            Tile::Id(id) => Some(*id),
            Tile::Path(_) => None,
        })
        .collect();
    let path_of: HashMap<i64, String> = image_paths(products, ids).await?;
    let links = tiles.into_iter().flat_map(|(mosaic, tiles)| {
        let path = |tile| match tile {
            Tile::Path(path) => path,
            Tile::Id(id) => path_of.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        };
        tiles.into_iter().map(|tile| Link::new(mosaic.clone(), path(tile))).collect::<Vec<_>>()
    });
    Ok(links.collect())
}

async fn image_paths<C: ConnectionTrait>(
    products: &C,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, String>> {
    use image::Column::{Id, Path};
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut paths = HashMap::new();
    for ids in ids.chunks(crate::calibration::LIST) {
        let select = image::Entity::find().select_only().columns([Id, Path]);
        let rows: Vec<(i64, String)> =
            select.filter(Id.is_in(ids.iter().copied())).into_tuple().all(products).await?;
        paths.extend(rows);
    }
    Ok(paths)
}

/// The tiles of all mosaics: a mosaic is not found by what its list of tiles holds.
#[derive(Debug)]
pub(crate) struct TilesOfMosaics(Vec<(i64, String, HashSet<Tile>)>);

impl TilesOfMosaics {
    /// Reads the tiles of the mosaics, the newest first.
    pub(crate) async fn read<C: ConnectionTrait>(products: &C) -> Result<Self> {
        use mosaic::Column::{CreatedAt, Id, Path, Tiles};
        let select = mosaic::Entity::find()
            .select_only()
            .columns([Id, Path, Tiles])
            .filter(Tiles.is_not_null())
            .order_by_desc(CreatedAt)
            .order_by_desc(Id)
            .limit(MOSAICS);
        let rows: Vec<(i64, String, JsonText)> = select.into_tuple().all(products).await?;
        let read = |(id, path, tiles)| (id, path, Tile::read(&tiles).into_iter().collect());
        Ok(Self(rows.into_iter().map(read).collect()))
    }

    /// The mosaics that have one of these images as a tile, by number and path.
    pub(crate) fn with_tiles(&self, tiles: &HashSet<Tile>) -> Vec<(i64, &str)> {
        let holding =
            self.0.iter().filter(|(_, _, held)| held.iter().any(|tile| tiles.contains(tile)));
        holding.map(|(id, path, _)| (*id, path.as_str())).collect()
    }

    /// The mosaics that images, by path, are tiles of. One statement, for the numbers of the images.
    pub(super) async fn holding<C: ConnectionTrait>(
        &self,
        products: &C,
        paths: &[String],
        limit: u64,
    ) -> Result<Vec<Link>> {
        use image::Column::{Id, Path};
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let select = image::Entity::find().select_only().columns([Id, Path]);
        let rows: Vec<(i64, String)> =
            select.filter(Path.is_in(paths)).into_tuple().all(products).await?;
        let mut image_of: HashMap<Tile, &str> = HashMap::new();
        for path in paths {
            image_of.insert(Tile::Path(path.clone()), path);
        }
        for (id, path) in &rows {
            image_of.insert(Tile::Id(*id), path);
        }
        let mut links = BTreeSet::new();
        for (_, mosaic, tiles) in &self.0 {
            let images = tiles.iter().filter_map(|tile| image_of.get(tile));
            links.extend(images.map(|image| Link::new(*image, mosaic.as_str())));
        }
        let links = links.into_iter().map(|link| Link::new(link.parent, link.child));
        Ok(links.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }
}

/// The measurement sets of the groups that mosaics were made of. A group names its mosaic by path, or by
/// number or name.
pub(super) async fn members<C: ConnectionTrait>(
    products: &C,
    heading: Heading,
    keys: &[String],
    limit: u64,
) -> Result<Vec<Link>> {
    use mosaic_group::Column::{GroupId, MosaicId, MosaicPath};
    use mosaic_membership::Column::{MosaicGroupId, MsPath};
    let mosaics = match heading {
        Heading::Ancestors => mosaics_by(products, mosaic::Column::Path.is_in(keys).into()).await?,
        Heading::Descendants => Vec::new(),
    };
    let wanted = match heading {
        Heading::Descendants => {
            Condition::all().add(Expr::col((mosaic_membership::Entity, MsPath)).is_in(keys))
        }
        Heading::Ancestors => {
            let names = mosaics
                .iter()
                .flat_map(|(id, path, name)| [id.to_string(), path.clone(), name.clone()]);
            Condition::any().add(Expr::col((mosaic_group::Entity, MosaicPath)).is_in(keys)).add(
                Expr::col((mosaic_group::Entity, MosaicId))
                    .is_in(names.chain(keys.iter().cloned())),
            )
        }
    };
    let select = Query::select()
        .column((mosaic_membership::Entity, MsPath))
        .column((mosaic_group::Entity, MosaicPath))
        .column((mosaic_group::Entity, MosaicId))
        .from(mosaic_membership::Entity)
        .inner_join(
            mosaic_group::Entity,
            Expr::col((mosaic_group::Entity, GroupId))
                .equals((mosaic_membership::Entity, MosaicGroupId)),
        )
        .cond_where(wanted)
        .order_by((mosaic_membership::Entity, MosaicGroupId), sea_orm::Order::Asc)
        .order_by((mosaic_membership::Entity, MsPath), sea_orm::Order::Asc)
        .limit(limit)
        .to_owned();
    let mut rows: Vec<(String, Option<String>, Option<String>)> = Vec::new();
    for row in products.query_all(&select).await? {
        rows.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
    }
    let mosaics = match heading {
        Heading::Ancestors => mosaics,
        Heading::Descendants => {
            let named = rows.iter().filter_map(|(_, path, name)| match path {
                Some(path) if !path.is_empty() => None,
                _ => name.clone(),
            });
            let named: BTreeSet<String> = named.collect();
            if named.is_empty() { Vec::new() } else { mosaics_named(products, named).await? }
        }
    };
    let mut path_of: HashMap<&str, &str> = HashMap::new();
    let ids: Vec<String> = mosaics.iter().map(|(id, ..)| id.to_string()).collect();
    for ((_, path, name), id) in mosaics.iter().zip(&ids) {
        path_of.entry(name).or_insert(path);
        path_of.insert(id, path);
        path_of.insert(path, path);
    }
    let links = rows.iter().filter_map(|(ms_path, path, name)| {
        let path = match (path.as_deref(), name.as_deref()) {
            (Some(path), _) if !path.is_empty() => path,
            (_, Some(name)) if !name.is_empty() => path_of.get(name).copied().unwrap_or(name),
            _ => return None,
        };
        Some(Link::new(path, ms_path.as_str()))
    });
    // A group found by its mosaic's name may belong to another mosaic by its path.
    let keys: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let links = links.filter(|link| match heading {
        Heading::Ancestors => keys.contains(link.child.as_str()),
        Heading::Descendants => true,
    });
    Ok(links.collect())
}

/// The mosaics, by path, that measurement sets are members of, each with the measurement set.
pub(crate) async fn mosaics_of_members<C: ConnectionTrait>(
    products: &C,
    ms_paths: &[String],
) -> Result<Vec<(String, String)>> {
    let links = members(products, Heading::Descendants, ms_paths, MOSAICS).await?;
    Ok(links.into_iter().map(|link| (link.child, link.parent)).collect())
}

async fn mosaics_named<C: ConnectionTrait>(
    products: &C,
    names: BTreeSet<String>,
) -> Result<Vec<(i64, String, String)>> {
    use mosaic::Column::{Id, Name, Path};
    let ids: Vec<i64> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let condition = Condition::any()
        .add(Id.is_in(ids))
        .add(Name.is_in(names.iter().cloned()))
        .add(Path.is_in(names.iter().cloned()));
    mosaics_by(products, condition).await
}

/// Mosaics as number, path and name, the newest first.
async fn mosaics_by<C: ConnectionTrait>(
    products: &C,
    condition: Condition,
) -> Result<Vec<(i64, String, String)>> {
    use mosaic::Column::{CreatedAt, Id, Name, Path};
    let select = mosaic::Entity::find()
        .select_only()
        .columns([Id, Path, Name])
        .filter(condition)
        .order_by_desc(CreatedAt)
        .order_by_desc(Id);
    Ok(select.into_tuple().all(products).await?)
}
