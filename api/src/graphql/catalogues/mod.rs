//! Survey catalogues, one by one or together with the calibrators.

mod object;

pub use object::*;

use almanac_service::{
    Error,
    calibrators::Band,
    catalogues::{
        Catalogue as Service, CatalogueQuery, FieldQuery, UnifiedQuery, calibrators_by_dec,
        calibrators_for_field, catalogue_files, query_sources, query_unified, source_info,
    },
};
use async_graphql::Object;

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Sources of one answer, unless said and at the most.
const USUAL: i32 = 1_000;
const MOST: i32 = 10_000;

/// Survey catalogues at the root of the graph.
#[derive(Debug, Default)]
pub struct CatalogueQueries;

#[Object]
impl CatalogueQueries {
    /// The sources of one catalogue in a cone, the brightest first (in the master catalogue the highest
    /// signal-to-noise ratio first); those without one last.
    async fn survey_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The catalogue; not VLA.")] catalog: Catalogue,
        #[graphql(desc = "Right ascension of the centre, degrees.")] ra_deg: f64,
        #[graphql(desc = "Declination of the centre, degrees.")] dec_deg: f64,
        #[graphql(default = 1.5, desc = "Radius, degrees, at most 10.")] radius_deg: f64,
        #[graphql(desc = "The least flux density, mJy; sources without one are left out then.")]
        min_flux_mjy: Option<f64>,
        #[graphql(desc = "The declination whose strip is preferred, degrees.")] dec_strip: Option<
            f64,
        >,
        #[graphql(desc = "How many, at most 10000; 1000 unless given.")] first: Option<i32>,
    ) -> Result<Option<CatalogSources>> {
        let query = CatalogueQuery {
            min_flux_mjy,
            dec_strip,
            limit: Some(limit(first)?),
            ..CatalogueQuery::new(catalog.into(), ra_deg, dec_deg, radius_deg)
        };
        let answer = query_sources(ctx.sessions(), &query).await;
        Ok(Some(answer.map_err(|error| graph_error(&error))?.into()))
    }

    /// The sources of several catalogues in a cone, the brightest first. A catalogue that cannot answer
    /// gives a warning, and the others still answer.
    async fn unified_catalog(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Right ascension of the centre, degrees.")] ra_deg: f64,
        #[graphql(desc = "Declination of the centre, degrees.")] dec_deg: f64,
        #[graphql(desc = "Radius, degrees, at most 10.")] radius_deg: f64,
        #[graphql(desc = "The catalogues; NVSS and VLA unless given.")] catalogs: Option<
            Vec<Catalogue>,
        >,
        #[graphql(desc = "The least flux density, Jy; sources without one are left out then.")]
        min_flux_jy: Option<f64>,
        #[graphql(
            desc = "Entries of different catalogues no further apart than this are one source, arcseconds, at most 600; unless given each is one."
        )]
        merge_radius_arcsec: Option<f64>,
        #[graphql(desc = "How many, at most 10000; 1000 unless given.")] first: Option<i32>,
    ) -> Result<Option<UnifiedCatalog>> {
        let usual = UnifiedQuery::new(ra_deg, dec_deg, radius_deg);
        let query = UnifiedQuery {
            catalogues: catalogs.map_or(usual.catalogues, services),
            min_flux_jy,
            merge_radius_arcsec,
            limit: Some(limit(first)?),
            ..usual
        };
        let answer = query_unified(ctx.sessions(), &query).await;
        Ok(Some(answer.map_err(|error| graph_error(&error))?.into()))
    }

    /// Everything that the catalogues have in a cone, the brightest first.
    async fn catalog_cone_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Right ascension of the centre, degrees.")] ra_deg: f64,
        #[graphql(desc = "Declination of the centre, degrees.")] dec_deg: f64,
        #[graphql(desc = "Radius, degrees, at most 10.")] radius_deg: f64,
        #[graphql(desc = "The catalogues; VLA, NVSS, FIRST and RACS unless given.")]
        catalogs: Option<Vec<Catalogue>>,
        #[graphql(desc = "How many, at most 10000; 1000 unless given.")] first: Option<i32>,
    ) -> Result<Option<UnifiedCatalog>> {
        let usual = UnifiedQuery::cone_search(ra_deg, dec_deg, radius_deg);
        let query = UnifiedQuery {
            catalogues: catalogs.map_or(usual.catalogues, services),
            limit: Some(limit(first)?),
            ..usual
        };
        let answer = query_unified(ctx.sessions(), &query).await;
        Ok(Some(answer.map_err(|error| graph_error(&error))?.into()))
    }

    /// What is known of a source by its name: of a calibrator of exactly that name, in use or not; else of
    /// the source of a survey nearest to the coordinates in the name, such as `NVSS J133108.3+303033`.
    async fn source_info(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name.")] name: String,
        #[graphql(desc = "Only this catalogue.")] catalog: Option<Catalogue>,
    ) -> Result<Option<SourceInfo>> {
        let info = source_info(ctx.sessions(), &name, catalog.map(Into::into)).await;
        Ok(info.map_err(|error| graph_error(&error))?.map(Into::into))
    }

    /// The calibrators for a field: one for the bandpass, and up to ten for the gains.
    async fn calibrators_for_field(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Right ascension of the field, degrees.")] ra_deg: f64,
        #[graphql(desc = "Declination of the field, degrees.")] dec_deg: f64,
        #[graphql(default = 0.1, desc = "How far gain calibrators may be, degrees, at most 10.")]
        radius_deg: f64,
        #[graphql(default = 1.0, desc = "The least flux density of gain calibrators, Jy.")]
        min_flux_jy: f64,
        #[graphql(default = true, desc = "Whether a bandpass calibrator is wanted.")]
        prefer_bandpass: bool,
    ) -> Result<Option<FieldCalibrators>> {
        let query = FieldQuery { ra_deg, dec_deg, radius_deg, min_flux_jy, prefer_bandpass };
        let found = calibrators_for_field(ctx.sessions(), &query).await;
        Ok(Some(found.map_err(|error| graph_error(&error))?.into()))
    }

    /// The VLA's calibrators near a declination, the brightest in a band first.
    async fn calibrators_by_dec(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The declination, degrees.")] dec_deg: f64,
        #[graphql(default = 1.5, desc = "How far in declination, degrees.")]
        max_separation_deg: f64,
        #[graphql(default = 1.0, desc = "The least flux density in the band, Jy.")]
        min_flux_jy: f64,
        #[graphql(
            default_with = "\"20cm\".to_owned()",
            desc = "The band, by its letter or wavelength: `P` 90cm, `L` 20cm, `C` 6cm, `X` 3.7cm, `U` 2cm, `K` 1.3cm, `Q` 0.7cm."
        )]
        band: String,
        #[graphql(desc = "How many, at most 10000; 1000 unless given.")] first: Option<i32>,
    ) -> Result<Option<Vec<DecCalibrator>>> {
        let first = limit(first)?;
        let find = async {
            let known = Band::parse(&band).ok_or_else(|| {
                let bands = Band::ALL.map(Band::wavelength).join(", ");
                Error::invalid("band", format!("{band:?} is none of {bands}"))
            })?;
            let sessions = ctx.sessions();
            calibrators_by_dec(sessions, dec_deg, max_separation_deg, min_flux_jy, known, first)
                .await
        };
        let found = find.await.map_err(|error| graph_error(&error))?;
        Ok(Some(found.into_iter().map(Into::into).collect()))
    }

    /// The catalogue files there are, by catalogue and name.
    async fn catalog_files(&self, ctx: &Context<'_>) -> Result<Option<Vec<CatalogFile>>> {
        let files = catalogue_files(ctx.sessions()).await;
        let files = files.map_err(|error| graph_error(&error))?;
        Ok(Some(files.into_iter().map(Into::into).collect()))
    }
}

fn services(catalogues: Vec<Catalogue>) -> Vec<Service> {
    catalogues.into_iter().map(Into::into).collect()
}

/// How many sources an answer may have.
fn limit(first: Option<i32>) -> Result<usize> {
    let first = first.unwrap_or(USUAL);
    match usize::try_from(first) {
        Ok(limit) if first <= MOST => Ok(limit),
        _ => {
            let message = format!("{first} is not from 0 to {MOST}");
            Err(graph_error(&Error::invalid("first", message)))
        }
    }
}
