//! Questions about mosaics and the groups they are made of.

use almanac_entity::products::{mosaic, mosaic_group};
use almanac_service::products::NextGroup;
use async_graphql::{Object, SimpleObject};

use super::{Image, Mosaic, mosaic_changes::MosaicGroupRulesInput};
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, bad_input},
    read::{limit, shown},
};

/// An image that a mosaic is made of.
#[derive(Debug, SimpleObject)]
pub struct MosaicTile {
    /// What the mosaic calls it: the path or the number of an image.
    name: String,
    /// The image; null where it is missing.
    image: Option<Image>,
    /// Whether the image is missing.
    is_missing: bool,
}

/// The group of measurement sets that can be formed next.
#[derive(Debug, SimpleObject)]
pub struct NextMosaicGroup {
    /// Its measurement sets, in order of time.
    ms_paths: Vec<String>,
    /// How many of the first belong to the group before it too.
    shared: usize,
    /// Declination of the first, degrees, ICRS.
    dec_deg: f64,
    /// Middle of the first, MJD.
    start_mjd: f64,
    /// Middle of the last, MJD.
    end_mjd: f64,
}

impl From<NextGroup> for NextMosaicGroup {
    fn from(next: NextGroup) -> Self {
        Self {
            ms_paths: next.ms_paths,
            shared: next.shared,
            dec_deg: next.dec_deg,
            start_mjd: next.start_mjd,
            end_mjd: next.end_mjd,
        }
    }
}

/// Mosaics at the root of the graph.
#[derive(Debug, Default)]
pub struct MosaicQueries;

#[Object]
impl MosaicQueries {
    /// The mosaics made last, newest first.
    async fn recent_mosaics(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<Mosaic>>> {
        let rows = self::limit(limit, 1_000)?;
        let recent = read!(ctx, mosaic::Entity, |mosaics| mosaics.list_recent(rows).await)?;
        Ok(Some(shown::<mosaic::Entity>(&recent)))
    }

    /// The mosaics whose time meets a span, both ends included, earliest first.
    async fn mosaics_by_time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the span, MJD.")] start_mjd: f64,
        #[graphql(desc = "End of the span, MJD.")] end_mjd: f64,
        #[graphql(default = 100, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<Mosaic>>> {
        let rows = self::limit(limit, 1_000)?;
        let found = read!(ctx, mosaic::Entity, |mosaics| {
            mosaics.list_by_time(start_mjd, end_mjd, rows).await
        })?;
        Ok(Some(shown::<mosaic::Entity>(&found)))
    }

    /// The mosaic of a number, a path or a name; of several of one name, the newest.
    async fn mosaic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mosaic's `rowId`, path or name.")] mosaic: String,
    ) -> Result<Option<Mosaic>> {
        let found = read!(ctx, mosaic::Entity, |mosaics| {
            mosaics.find_by_id_name_or_path(&mosaic).await
        })?;
        Ok(found.as_ref().map(Mosaic::of))
    }

    /// The images that a mosaic is made of, in its order; those that are missing too.
    async fn mosaic_tiles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mosaic's `rowId`.")] mosaic_id: async_graphql::ID,
    ) -> Result<Option<Vec<MosaicTile>>> {
        let id = mosaic_id.parse().map_err(|_| bad_input("mosaicId", "it is no number"))?;
        let tiles = read!(ctx, mosaic::Entity, |mosaics| mosaics.tiles(id).await)?;
        let tile = |tile: almanac_service::products::Tile| MosaicTile {
            name: tile.name,
            is_missing: tile.image.is_none(),
            image: tile.image.as_ref().map(Image::of),
        };
        Ok(Some(tiles.into_iter().map(tile).collect()))
    }

    /// The earliest group of measurement sets that can be formed: of one declination, in order of time,
    /// none of them in a group already but the first ones, which the group before it ends with. Null where
    /// too few are there.
    async fn next_mosaic_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What makes a group.")] rules: Option<MosaicGroupRulesInput>,
        #[graphql(desc = "Only measurement sets from this time on, MJD.")] from_mjd: Option<f64>,
    ) -> Result<Option<NextMosaicGroup>> {
        let rules = MosaicGroupRulesInput::rules(rules);
        let next = read!(ctx, mosaic_group::Entity, |groups| {
            groups.next_group(&rules, from_mjd).await
        })?;
        Ok(next.map(Into::into))
    }
}
