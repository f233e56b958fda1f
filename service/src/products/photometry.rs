//! Forced photometry.

use std::collections::HashMap;

use almanac_entity::products::{image, ms_index, photometry};
use photometry::Column::{DecDeg, Id, ImagePath, Mjd, RaDeg, Snr, SourceId};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityName, EntityTrait, Order as By, QueryFilter,
    QueryResult, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Query},
};

use super::IN_LIST;
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// A source that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotometrySource {
    /// The source, by its NVSS designation.
    pub source_id: String,
    /// Right ascension of its newest measurement, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of its newest measurement, degrees, ICRS.
    pub dec_deg: f64,
    /// Number of images it was measured on.
    pub num_images: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// The measurements of a source, earliest epoch first; those without an epoch come last.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_for_source(&self, source_id: &str) -> Result<Vec<photometry::Model>> {
        self.slice(&Filter::eq(SourceId, source_id), &[Order::asc(Mjd)], EVERY, 0).await
    }

    /// The measurements made on an image, the highest signal-to-noise ratio first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_for_image(&self, image_path: &str) -> Result<Vec<photometry::Model>> {
        self.slice(&Filter::eq(ImagePath, image_path), &[Order::desc(Snr)], EVERY, 0).await
    }

    /// The sources that were measured, by name. The position is that of the row written last.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_sources(&self, limit: u64, offset: u64) -> Result<Vec<PhotometrySource>> {
        let sources = photometry::Entity::find()
            .select_only()
            .column(SourceId)
            .expr_as(ImagePath.into_expr().count_distinct(), "num_images")
            .expr_as(Id.max(), "newest")
            .filter(SourceId.is_not_null())
            .group_by(SourceId)
            .limit(limit)
            .offset(offset);
        let mut sources = sources.into_query();
        sources.order_by(SourceId.as_column_ref(), By::Asc);
        let select = Query::select()
            .expr(Expr::col(("sources", SourceId)))
            .expr(RaDeg.into_expr())
            .expr(DecDeg.into_expr())
            .expr(Expr::col(("sources", "num_images")))
            .from_subquery(sources, "sources")
            .inner_join(
                photometry::Entity.table_ref(),
                Id.into_expr().equals(("sources", "newest")),
            )
            .order_by(("sources", SourceId), By::Asc)
            .to_owned();
        let results = self.connection.query_all(&select).await?;
        results
            .iter()
            .map(|result| {
                let (source_id, ra_deg, dec_deg, images): (_, _, _, i64) =
                    result.try_get_many_by_index()?;
                Ok(PhotometrySource {
                    source_id,
                    ra_deg,
                    dec_deg,
                    num_images: images.unsigned_abs(),
                })
            })
            .collect()
    }
}

impl<C: Writable> Repository<'_, C, photometry::Entity> {
    /// Writes a measurement. Where it has no epoch it takes the middle of the measurement set of its
    /// image; what else was not measured stays null.
    ///
    /// # Errors
    /// There is no such image, a value is out of range, or the engine fails.
    pub async fn add(&self, row: photometry::ActiveModel) -> Result<photometry::Model> {
        let row = self.with_epochs(vec![row], true).await?.remove(0);
        self.insert(row).await
    }

    /// Writes many measurements as [`add`](Self::add) writes one, in few statements, which belong in one
    /// transaction. Returns how many. Without `validate` images need not be there, as in an adopted file;
    /// where the database itself asks for them, they do.
    ///
    /// # Errors
    /// An image is not there, which the error names; a value is out of range, or the engine fails.
    pub async fn add_many(
        &self,
        rows: Vec<photometry::ActiveModel>,
        validate: bool,
    ) -> Result<usize> {
        let rows = self.with_epochs(rows, validate).await?;
        self.insert_many(rows).await
    }

    /// The rows, each with an epoch if its image's measurement set has one.
    async fn with_epochs(
        &self,
        mut rows: Vec<photometry::ActiveModel>,
        validate: bool,
    ) -> Result<Vec<photometry::ActiveModel>> {
        let mut paths = rows.iter().map(path_of).collect::<Result<Vec<&str>>>()?;
        paths.sort_unstable();
        paths.dedup();
        let mid_times = self.mid_times_of_images(&paths).await?;
        if validate
            && let Some(missing) = paths.into_iter().find(|path| !mid_times.contains_key(*path))
        {
            return Err(Error::invalid("image_path", format!("there is no image {missing}")));
        }
        for row in &mut rows {
            if row.mjd.try_as_ref().is_none_or(Option::is_none) {
                let mid_time = mid_times.get(path_of(row)?).copied().flatten();
                row.mjd = ActiveValue::Set(mid_time);
            }
        }
        Ok(rows)
    }

    /// For the images that are there the middle of their measurement sets, MJD.
    async fn mid_times_of_images(&self, paths: &[&str]) -> Result<HashMap<String, Option<f64>>> {
        let mut times = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(IN_LIST) {
            let select = Query::select()
                .expr(image::Column::Path.into_expr())
                .expr(ms_index::Column::MidMjd.into_expr())
                .from(image::Entity.table_ref())
                .left_join(
                    ms_index::Entity.table_ref(),
                    ms_index::Column::Path
                        .into_expr()
                        .equals(image::Column::MsPath.as_column_ref()),
                )
                .and_where(image::Column::Path.is_in(chunk.iter().copied()))
                .order_by(image::Column::Id.as_column_ref(), By::Asc)
                .to_owned();
            let results = self.connection.query_all(&select).await?;
            let read = results.iter().map(QueryResult::try_get_many_by_index);
            times.extend(read.collect::<std::result::Result<Vec<_>, _>>()?);
        }
        Ok(times)
    }
}

/// No limit: what one source or one image has.
const EVERY: u64 = i64::MAX.unsigned_abs();

fn path_of(row: &photometry::ActiveModel) -> Result<&str> {
    let path = row.image_path.try_as_ref().map(String::as_str);
    path.ok_or_else(|| Error::invalid("image_path", "a measurement is made on an image"))
}
