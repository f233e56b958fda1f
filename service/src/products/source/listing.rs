//! Lists of sources, each with its latest measurement.

use std::{collections::HashMap, fmt::Write as _};

use almanac_entity::products::{image, photometry};
use photometry::Column::{
    DecDeg, FluxErrJy, FluxJy, Id, ImagePath, MeasuredAt, Mjd, PeakErrJyb, PeakJyb, RaDeg, SourceId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityName, Order as By, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use super::SourceRepository;
use crate::{Error, Result, products::IN_LIST};

/// Sources that go into one export, at the most.
const EXPORTED: usize = 100_000;

/// A source that was measured, with its latest measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceListing {
    /// The source, by its NVSS designation; also its name.
    pub source_id: String,
    /// Right ascension of its latest measurement, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of its latest measurement, degrees, ICRS.
    pub dec_deg: f64,
    /// Number of images that it was measured on.
    pub num_images: u64,
    /// The image of its latest measurement.
    pub latest_image_id: Option<i64>,
    /// Flux density of its latest measurement, Jy: integrated, or where there is none the peak.
    pub latest_flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    pub latest_flux_err_jy: Option<f64>,
    /// Epoch of its latest measurement, MJD.
    pub latest_mjd: Option<f64>,
}

impl SourceListing {
    fn read(result: &QueryResult) -> std::result::Result<Self, DbErr> {
        let images: i64 = result.try_get_by_index(3)?;
        let integrated: Option<f64> = result.try_get_by_index(5)?;
        let (peak, peak_error) = (result.try_get_by_index(7)?, result.try_get_by_index(8)?);
        Ok(Self {
            source_id: result.try_get_by_index(0)?,
            ra_deg: result.try_get_by_index(1)?,
            dec_deg: result.try_get_by_index(2)?,
            num_images: images.unsigned_abs(),
            latest_image_id: result.try_get_by_index(4)?,
            latest_flux_jy: integrated.or(peak),
            latest_flux_err_jy: match integrated {
                Some(_) => result.try_get_by_index(6)?,
                None => peak_error,
            },
            latest_mjd: result.try_get_by_index(9)?,
        })
    }
}

impl<C: ConnectionTrait> SourceRepository<'_, C> {
    /// The sources that were measured, by name, each with its latest measurement. One statement, however
    /// many measurements a source has.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_all(&self, limit: u64, offset: u64) -> Result<Vec<SourceListing>> {
        let mut sources = measured();
        sources
            .and_where(SourceId.is_not_null())
            .order_by(SourceId.as_column_ref(), By::Asc)
            .limit(limit)
            .offset(offset);
        self.listings(sources).await
    }

    /// The sources of these names, in the order asked for; those never measured are left out.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_many(&self, source_ids: &[String]) -> Result<Vec<SourceListing>> {
        let mut found = HashMap::with_capacity(source_ids.len());
        for chunk in source_ids.chunks(IN_LIST) {
            let mut sources = measured();
            sources.and_where(SourceId.is_in(chunk.iter().map(String::as_str)));
            let listings = self.listings(sources).await?;
            found.extend(listings.into_iter().map(|source| (source.source_id.clone(), source)));
        }
        Ok(source_ids.iter().filter_map(|source_id| found.get(source_id).cloned()).collect())
    }

    /// The sources of these names as CSV: `id,name,ra_deg,dec_deg,num_images,latest_flux_jy`.
    ///
    /// # Errors
    /// `ids` is empty or too long, or the engine fails.
    pub async fn export_csv(&self, source_ids: &[String]) -> Result<String> {
        if source_ids.is_empty() || source_ids.len() > EXPORTED {
            let message =
                format!("an export is of 1 to {EXPORTED} sources, not {}", source_ids.len());
            return Err(Error::invalid("ids", message));
        }
        let mut csv = String::from("id,name,ra_deg,dec_deg,num_images,latest_flux_jy\n");
        for source in self.get_many(source_ids).await? {
            let name = quoted(&source.source_id);
            let flux = source.latest_flux_jy.map(|flux| flux.to_string()).unwrap_or_default();
            let SourceListing { ra_deg, dec_deg, num_images, .. } = source;
            // Writing into a string cannot fail.
            let _ = writeln!(csv, "{name},{name},{ra_deg},{dec_deg},{num_images},{flux}");
        }
        Ok(csv)
    }

    /// The sources that `sources` selects, with their latest measurements.
    async fn listings(&self, sources: SelectStatement) -> Result<Vec<SourceListing>> {
        // The latest is looked up for each source along the index on source and epoch, which costs the same
        // however many measurements there are; an aggregate over all of them would read every one.
        let photometry = |column: photometry::Column| Expr::col(column.as_column_ref());
        let image_id = Query::select()
            .expr(Expr::col(image::Column::Id.as_column_ref()).max())
            .from(image::Entity.table_ref())
            .and_where(
                Expr::col(image::Column::Path.as_column_ref()).equals(ImagePath.as_column_ref()),
            )
            .to_owned();
        let select = Query::select()
            .expr(Expr::col(("measured", SourceId)))
            .exprs([photometry(RaDeg), photometry(DecDeg)])
            .expr(Expr::col(("measured", Alias::new("num_images"))))
            .expr(subquery(image_id))
            .exprs([FluxJy, FluxErrJy, PeakJyb, PeakErrJyb, Mjd].map(photometry))
            .from_subquery(sources, "measured")
            .inner_join(
                photometry::Entity.table_ref(),
                Expr::col(Id.as_column_ref()).eq(subquery(latest())),
            )
            .order_by(("measured", SourceId), By::Asc)
            .to_owned();
        let results = self.connection.query_all(&select).await?;
        let listings = results.iter().map(SourceListing::read);
        Ok(listings.collect::<std::result::Result<_, _>>()?)
    }
}

/// The sources, and on how many images each was measured.
fn measured() -> SelectStatement {
    let images = Expr::col(ImagePath.as_column_ref()).count_distinct();
    Query::select()
        .expr(Expr::col(SourceId.as_column_ref()))
        .expr_as(images, Alias::new("num_images"))
        .from(photometry::Entity.table_ref())
        .group_by_col(SourceId.as_column_ref())
        .to_owned()
}

/// The latest measurement of the source at hand: of the newest epoch, else the one made last.
fn latest() -> SelectStatement {
    let of = |column: photometry::Column| Expr::col(("latest", column));
    Query::select()
        .expr(of(Id))
        .from_as(photometry::Entity, "latest")
        .and_where(of(SourceId).equals(("measured", SourceId)))
        .order_by_with_nulls(("latest", Mjd), By::Desc, sea_orm::sea_query::NullOrdering::Last)
        .order_by(("latest", MeasuredAt), By::Desc)
        .order_by(("latest", Id), By::Desc)
        .limit(1)
        .to_owned()
}

fn subquery(select: SelectStatement) -> SimpleExpr {
    SimpleExpr::SubQuery(None, Box::new(select.into()))
}

/// A cell of CSV.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
