//! Sources of one catalogue in a cone.

use std::{cmp::Ordering, path::PathBuf};

use almanac_entity::{Database, master_sources::source};
use sea_orm::{
    Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use super::{Catalogue, file::CatalogueFile};
use crate::{
    Error, Repository, Result, Sessions,
    master_sources::{CatalogView, ConeSearch},
    sky::{Cone, check_radius},
};

/// The widest search of catalogue files, degrees.
pub const MAX_RADIUS_DEG: f64 = 10.0;

/// Which sources of a catalogue are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueQuery {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Right ascension of the centre, degrees.
    pub ra_deg: f64,
    /// Declination of the centre, degrees, from -90 to 90.
    pub dec_deg: f64,
    /// Radius, degrees, above 0 and at most [`MAX_RADIUS_DEG`].
    pub radius_deg: f64,
    /// The declination whose strip is preferred, degrees; that of the centre unless said.
    pub dec_strip: Option<f64>,
    /// The least flux density, mJy; sources without one are left out then.
    pub min_flux_mjy: Option<f64>,
    /// How many sources at the most.
    pub limit: Option<usize>,
    /// The file; chosen by the declination unless said.
    pub path: Option<PathBuf>,
}

impl CatalogueQuery {
    /// All sources of a catalogue in a cone.
    pub fn new(catalogue: Catalogue, ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Self {
        Self {
            catalogue,
            ra_deg,
            dec_deg,
            radius_deg,
            dec_strip: None,
            min_flux_mjy: None,
            limit: None,
            path: None,
        }
    }
}

/// A source of a catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogueSource {
    /// Its number or designation in the file.
    pub id: String,
    /// The survey's name for it.
    pub name: Option<String>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, mJy.
    pub flux_mjy: Option<f64>,
    /// Great-circle distance from the centre of the search, degrees.
    pub separation_deg: f64,
    /// Uncertainty of the flux density, mJy.
    pub flux_err_mjy: Option<f64>,
    /// Major axis, arcseconds.
    pub major_axis_arcsec: Option<f64>,
    /// Minor axis, arcseconds.
    pub minor_axis_arcsec: Option<f64>,
    /// Position angle, degrees.
    pub position_angle_deg: Option<f64>,
    /// Signal-to-noise ratio; of the master catalogue only.
    pub snr: Option<f64>,
    /// Period, seconds; of pulsars only.
    pub period_s: Option<f64>,
    /// Dispersion measure, pc/cm³; of pulsars only.
    pub dispersion_measure: Option<f64>,
}

/// What a catalogue answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogueAnswer {
    /// The sources.
    pub sources: Vec<CatalogueSource>,
    /// What a person should know of the answer.
    pub notices: Vec<String>,
}

/// The sources of one catalogue in a cone, by flux density (in the master catalogue by signal-to-noise
/// ratio), the brightest first and those without one last; then by distance.
///
/// # Errors
/// An argument is out of range, there is no file to answer from, or it cannot be read.
pub async fn query_sources(sessions: &Sessions, query: &CatalogueQuery) -> Result<CatalogueAnswer> {
    let cone = search_cone(query.ra_deg, query.dec_deg, query.radius_deg)?;
    if let Some(flux) = query.min_flux_mjy.filter(|flux| !flux.is_finite()) {
        return Err(Error::invalid("min_flux_mjy", format!("{flux} is not a finite number")));
    }
    let dec_strip = query.dec_strip.unwrap_or(query.dec_deg);
    if !(-90.0..=90.0).contains(&dec_strip) {
        return Err(Error::invalid("dec_strip", format!("{dec_strip}° is not in [-90, 90]")));
    }
    if let Some(notice) = outside(query.catalogue, &cone) {
        return Ok(CatalogueAnswer { sources: Vec::new(), notices: vec![notice] });
    }
    let mut sources = match (query.catalogue, &query.path) {
        (Catalogue::Vla, _) => {
            let message = "the VLA's calibrators are asked for together with other catalogues, or by declination";
            return Err(Error::invalid("catalogue", message));
        }
        (Catalogue::Master, None) => of_master(sessions, query).await?,
        (catalogue, path) => {
            let files = sessions.catalogue_files();
            let file = match path {
                Some(path) => files.file(path).await?,
                None => files.choose(catalogue, &cone, dec_strip).await?,
            };
            of_file(&file, &cone, query.min_flux_mjy).await?
        }
    };
    let by_snr = query.catalogue == Catalogue::Master;
    sources.sort_by(|a, b| {
        let brightness = |source: &CatalogueSource| {
            let value = if by_snr { source.snr } else { source.flux_mjy };
            value.unwrap_or(f64::NEG_INFINITY)
        };
        let brighter = brightness(b).total_cmp(&brightness(a));
        let nearer = a.separation_deg.total_cmp(&b.separation_deg);
        brighter.then(nearer).then_with(|| compare_ids(&a.id, &b.id))
    });
    sources.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(CatalogueAnswer { sources, notices: Vec::new() })
}

/// The cone of a search in catalogue files.
pub(crate) fn search_cone(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Result<Cone> {
    check_radius("radius_deg", radius_deg, MAX_RADIUS_DEG)?;
    Cone::new(ra_deg, dec_deg, radius_deg)
}

/// Why a survey has nothing there; none where it may have something.
fn outside(catalogue: Catalogue, cone: &Cone) -> Option<String> {
    let survey = catalogue.survey()?;
    let (south, north) = super::files::dec_extent(cone);
    let (first, last) = (survey.dec_min, survey.dec_max);
    (north < first || south > last).then(|| {
        format!(
            "{catalogue} covers the declinations {first}° to {last}°: it has nothing in {south:.2}° to {north:.2}°"
        )
    })
}

/// Numbers by their value, before designations.
fn compare_ids(a: &str, b: &str) -> Ordering {
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

async fn of_master(sessions: &Sessions, query: &CatalogueQuery) -> Result<Vec<CatalogueSource>> {
    let reader = sessions.reader(Database::MasterSources).await?;
    let search = ConeSearch {
        ra_deg: query.ra_deg,
        dec_deg: query.dec_deg,
        radius_deg: query.radius_deg,
        view: CatalogView::Sources,
        min_flux_jy: query.min_flux_mjy.map(|flux| flux / 1000.0),
        limit: usize::MAX,
    };
    let near = Repository::<_, source::Entity>::new(&reader).cone(&search).await?;
    let source = |near: crate::master_sources::NearSource| CatalogueSource {
        name: Some(near.source.source_id.clone()),
        id: near.source.source_id,
        ra_deg: near.source.ra_deg,
        dec_deg: near.source.dec_deg,
        flux_mjy: near.source.s_nvss.map(|flux| flux * 1000.0),
        separation_deg: near.separation_arcsec / 3_600.0,
        major_axis_arcsec: near.source.first_size_maj_arcsec,
        minor_axis_arcsec: near.source.first_size_min_arcsec,
        position_angle_deg: near.source.first_size_pa_deg,
        snr: near.source.snr_nvss,
        ..CatalogueSource::default()
    };
    Ok(near.into_iter().map(source).collect())
}

/// What may be read of a source, each by the names that files have for it.
const TEXTS: [&[&str]; 2] = [&["source_id", "id", "rowid"], &["name", "source_name"]];
const NUMBERS: [&[&str]; 9] = [
    &["ra_deg"],
    &["dec_deg"],
    &["flux_mjy"],
    &["flux_err_mjy"],
    &["maj_arcsec", "major_axis", "major_axis_arcsec"],
    &["min_arcsec", "minor_axis", "minor_axis_arcsec"],
    &["pa_deg", "position_angle", "position_angle_deg"],
    &["period_s"],
    &["dm"],
];

async fn of_file(
    file: &CatalogueFile,
    cone: &Cone,
    min_flux_mjy: Option<f64>,
) -> Result<Vec<CatalogueSource>> {
    file.check()?;
    if min_flux_mjy.is_some() && !file.has_column("flux_mjy") {
        return Ok(Vec::new());
    }
    let mut select = select(file, cone);
    if let Some(flux) = min_flux_mjy {
        select.and_where(Expr::col("flux_mjy").gte(flux));
    }
    let mut sources = Vec::new();
    for row in file.connection.query_all(&select).await? {
        let source = read(&row)?;
        if let Some(separation_deg) = cone.separation_within(source.ra_deg, source.dec_deg) {
            sources.push(CatalogueSource { separation_deg, ..source });
        }
    }
    Ok(sources)
}

/// The rows of the rectangle around a cone. Columns that the file lacks are null.
fn select(file: &CatalogueFile, cone: &Cone) -> SelectStatement {
    let known = |names: &&[&'static str]| {
        names.iter().copied().find(|name| file.has_column(name) || *name == "rowid")
    };
    let mut select = Query::select();
    // Declared types are not to be relied on: each is cast to what it is read as.
    let kinds = TEXTS.iter().map(|names| (names, "TEXT"));
    for (names, kind) in kinds.chain(NUMBERS.iter().map(|names| (names, "REAL"))) {
        match known(names) {
            Some(name) => select.expr(Expr::col(name).cast_as(Alias::new(kind))),
            None => select.expr(Expr::cust("NULL")),
        };
    }
    let (south, north) = cone.dec_band();
    select.from("sources").and_where(Expr::col("dec_deg").between(south, north));
    let ranges = cone.ra_ranges();
    if !ranges.is_empty() {
        let ranges = ranges.into_iter();
        let ranges = ranges.map(|(first, last)| Expr::col("ra_deg").between(first, last));
        select.cond_where(ranges.fold(Condition::any(), Condition::add));
    }
    select
}

fn read(row: &QueryResult) -> std::result::Result<CatalogueSource, sea_orm::DbErr> {
    let text = |index: usize| row.try_get_by_index::<Option<String>>(index);
    let number = |index: usize| row.try_get_by_index::<Option<f64>>(TEXTS.len() + index);
    Ok(CatalogueSource {
        id: text(0)?.unwrap_or_default(),
        name: text(1)?,
        ra_deg: number(0)?.unwrap_or(f64::NAN),
        dec_deg: number(1)?.unwrap_or(f64::NAN),
        flux_mjy: number(2)?.filter(|flux| flux.is_finite()),
        separation_deg: 0.0,
        flux_err_mjy: number(3)?,
        major_axis_arcsec: number(4)?,
        minor_axis_arcsec: number(5)?,
        position_angle_deg: number(6)?,
        snr: None,
        period_s: number(7)?,
        dispersion_measure: number(8)?,
    })
}
