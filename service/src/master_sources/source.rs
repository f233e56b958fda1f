//! Catalogue sources near a position.

use almanac_entity::master_sources::{final_reference, good_reference, source};
use sea_orm::{ColumnTrait, ConnectionTrait, Iterable, sea_query::Query};
use source::Column::SNvss;

use crate::{
    Comparison, Error, Filter, Repository, Result,
    sky::{ARCSEC_OF_A_DEGREE, Cone, check_radius},
};

/// Which sources of the catalogue are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CatalogView {
    /// All of them.
    #[default]
    Sources,
    /// Those good enough for reference.
    GoodReferences,
    /// Those chosen for reference.
    FinalReferences,
}

impl CatalogView {
    fn table(self) -> &'static str {
        match self {
            Self::Sources => "sources",
            Self::GoodReferences => "good_references",
            Self::FinalReferences => "final_references",
        }
    }
}

/// How many sources the catalogue and its views have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogCounts {
    /// All sources.
    pub sources: u64,
    /// Those good enough for reference.
    pub good_references: u64,
    /// Those chosen for reference.
    pub final_references: u64,
}

/// Which part of the sky is searched, and for what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConeSearch {
    /// Right ascension of the centre, degrees, from 0 to 360.
    pub ra_deg: f64,
    /// Declination of the centre, degrees, from -90 to 90.
    pub dec_deg: f64,
    /// Radius, degrees, above 0 and at most 180.
    pub radius_deg: f64,
    /// Which sources.
    pub view: CatalogView,
    /// The least flux density in NVSS, Jy; sources without one are left out then.
    pub min_flux_jy: Option<f64>,
    /// How many sources at the most.
    pub limit: usize,
}

/// A source with its distance from where it was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NearSource {
    /// The source.
    pub source: source::Model,
    /// Great-circle distance, arcseconds.
    pub separation_arcsec: f64,
}

impl<C: ConnectionTrait> Repository<'_, C, source::Entity> {
    /// How many sources each view has.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn counts(&self) -> Result<CatalogCounts> {
        let good = Repository::<_, good_reference::Entity>::new(self.connection);
        let chosen = Repository::<_, final_reference::Entity>::new(self.connection);
        Ok(CatalogCounts {
            sources: self.count(&Filter::default()).await?,
            good_references: good.count(&Filter::default()).await?,
            final_references: chosen.count(&Filter::default()).await?,
        })
    }

    /// The source nearest to a position, degrees, if one lies within `max_sep_arcsec`; 5 arcseconds are
    /// usual.
    ///
    /// # Errors
    /// `ra`, `dec` or `max_sep_arcsec` is out of range, or the engine fails.
    pub async fn nearest(
        &self,
        ra_deg: f64,
        dec_deg: f64,
        max_sep_arcsec: f64,
    ) -> Result<Option<NearSource>> {
        let radius = max_sep_arcsec / ARCSEC_OF_A_DEGREE;
        check_radius("max_sep_arcsec", max_sep_arcsec, 180.0 * ARCSEC_OF_A_DEGREE)?;
        let cone = Cone::new(ra_deg, dec_deg, radius)?;
        let near = self.within(&cone, CatalogView::Sources, None).await?;
        Ok(near.into_iter().min_by(|a, b| {
            let by_distance = a.separation_arcsec.total_cmp(&b.separation_arcsec);
            by_distance.then_with(|| a.source.source_id.cmp(&b.source.source_id))
        }))
    }

    /// The sources in a cone, the highest signal-to-noise ratio in NVSS first; those without one last.
    ///
    /// # Errors
    /// `ra`, `dec`, `radius_deg` or `min_flux_jy` is out of range, or the engine fails.
    pub async fn cone(&self, search: &ConeSearch) -> Result<Vec<NearSource>> {
        let cone = Cone::new(search.ra_deg, search.dec_deg, search.radius_deg)?;
        if let Some(flux) = search.min_flux_jy.filter(|flux| !flux.is_finite()) {
            return Err(Error::invalid("min_flux_jy", format!("{flux} is not a finite number")));
        }
        let mut near = self.within(&cone, search.view, search.min_flux_jy).await?;
        near.sort_by(|a, b| {
            let snr = |near: &NearSource| near.source.snr_nvss.unwrap_or(f64::NEG_INFINITY);
            let by_snr = snr(b).total_cmp(&snr(a));
            by_snr.then_with(|| a.source.source_id.cmp(&b.source.source_id))
        });
        near.truncate(search.limit);
        Ok(near)
    }

    async fn within(
        &self,
        cone: &Cone,
        view: CatalogView,
        min_flux_jy: Option<f64>,
    ) -> Result<Vec<NearSource>> {
        let mut filter = Filter::<source::Entity>::cone(*cone)?;
        if let Some(flux) = min_flux_jy {
            filter = filter.and(Filter::Compare(SNvss, Comparison::Gte, flux.into()));
        }
        // Under the table's own name, so that its columns serve for the views.
        let mut select = Query::select();
        select
            .exprs(source::Column::iter().map(ColumnTrait::into_expr))
            .from_as(view.table(), CatalogView::Sources.table())
            .cond_where(filter.condition());
        let near = self.near::<source::Model>(cone, select).await?;
        Ok(near
            .into_iter()
            .map(|near| NearSource { source: near.row, separation_arcsec: near.separation_arcsec })
            .collect())
    }
}
