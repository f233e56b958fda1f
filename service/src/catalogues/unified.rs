//! Sources of several catalogues in a cone, as one list.

use almanac_entity::{
    Database,
    calibrators::{CalibratorStatus, bandpass_calibrator, vla_calibrator, vla_flux},
};
use sea_orm::ConnectionTrait;

use super::{
    Catalogue, CatalogueQuery, CatalogueSource,
    merge::merge,
    query::{query_sources, search_cone},
};
use crate::{
    Error, Filter, Order, Repository, Result, Sessions,
    calibrators::{TELESCOPE_FREQ_GHZ, flux_at, points},
    sky::Cone,
};

/// The widest merging, arcseconds.
const MAX_MERGE_ARCSEC: f64 = 600.0;
/// Calibrators in a rectangle that are read.
const CALIBRATORS: u64 = 100_000;

/// Which sources are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct UnifiedQuery {
    /// Right ascension of the centre, degrees.
    pub ra_deg: f64,
    /// Declination of the centre, degrees, from -90 to 90.
    pub dec_deg: f64,
    /// Radius, degrees, above 0 and at most [`MAX_RADIUS_DEG`](super::MAX_RADIUS_DEG).
    pub radius_deg: f64,
    /// The catalogues; NVSS and VLA are usual.
    pub catalogues: Vec<Catalogue>,
    /// The least flux density, Jy; sources without one are left out then.
    pub min_flux_jy: Option<f64>,
    /// How many sources at the most.
    pub limit: Option<usize>,
    /// Entries of different catalogues no further apart than this are one source, arcseconds; unless
    /// said, each entry is one.
    pub merge_radius_arcsec: Option<f64>,
}

impl UnifiedQuery {
    /// All sources of NVSS and of the VLA's calibrators in a cone.
    pub fn new(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Self {
        Self {
            ra_deg,
            dec_deg,
            radius_deg,
            catalogues: vec![Catalogue::Nvss, Catalogue::Vla],
            min_flux_jy: None,
            limit: None,
            merge_radius_arcsec: None,
        }
    }

    /// Everything that calibrators, NVSS, FIRST and RACS have in a cone.
    pub fn cone_search(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Self {
        let catalogues = vec![Catalogue::Vla, Catalogue::Nvss, Catalogue::First, Catalogue::Racs];
        Self { catalogues, ..Self::new(ra_deg, dec_deg, radius_deg) }
    }
}

/// An entry of one of the catalogues.
#[derive(Clone, Debug, PartialEq)]
pub struct UnifiedSource {
    /// Its name.
    pub source_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Its designation there.
    pub catalogue_id: Option<String>,
    /// Frequency of the flux density, GHz.
    pub flux_freq_ghz: Option<f64>,
    /// Great-circle distance from the centre of the search, degrees.
    pub separation_deg: f64,
    /// Entries of other catalogues that are the same source.
    pub matches: Vec<UnifiedSource>,
}

/// What the catalogues answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnifiedAnswer {
    /// The sources, the brightest first.
    pub sources: Vec<UnifiedSource>,
    /// Catalogues that could not answer, or have nothing there, and why.
    pub warnings: Vec<String>,
}

/// The sources of several catalogues in a cone, the brightest first; those without a flux density count as
/// 0. A catalogue that cannot be read gives a warning, and the others still answer.
///
/// # Errors
/// An argument is out of range, or names a catalogue that is not united with others.
pub async fn query_unified(sessions: &Sessions, query: &UnifiedQuery) -> Result<UnifiedAnswer> {
    let cone = search_cone(query.ra_deg, query.dec_deg, query.radius_deg)?;
    check(query)?;
    let mut catalogues = query.catalogues.clone();
    catalogues.sort();
    catalogues.dedup();
    let mut answer = UnifiedAnswer::default();
    for catalogue in catalogues {
        let found = if catalogue == Catalogue::Vla {
            of_calibrators(sessions, &cone).await.map(|sources| (sources, Vec::new()))
        } else {
            of_survey(sessions, query, catalogue).await
        };
        match found {
            Ok((sources, notices)) => {
                answer.sources.extend(sources);
                answer.warnings.extend(notices);
            }
            Err(error) => answer.warnings.push(warning(catalogue, &error)),
        }
    }
    if let Some(least) = query.min_flux_jy {
        answer.sources.retain(|source| source.flux_jy.is_some_and(|flux| flux >= least));
    }
    if let Some(radius) = query.merge_radius_arcsec {
        answer.sources = merge(answer.sources, radius / 3_600.0);
    }
    answer.sources.sort_by(|a, b| {
        let flux = |source: &UnifiedSource| source.flux_jy.unwrap_or(0.0);
        let brighter = flux(b).total_cmp(&flux(a));
        let nearer = a.separation_deg.total_cmp(&b.separation_deg);
        brighter
            .then(nearer)
            .then(a.catalogue.cmp(&b.catalogue))
            .then_with(|| a.source_name.cmp(&b.source_name))
    });
    answer.sources.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(answer)
}

fn check(query: &UnifiedQuery) -> Result<()> {
    let is_united = |catalogue: &&Catalogue| !Catalogue::UNITED.contains(catalogue);
    if let Some(other) = query.catalogues.iter().find(is_united) {
        // Says which ones there are.
        Catalogue::parse(other.key(), "catalogues", &Catalogue::UNITED)?;
    }
    if query.catalogues.is_empty() {
        return Err(Error::invalid("catalogues", "a query names one catalogue at least"));
    }
    if let Some(flux) = query.min_flux_jy.filter(|flux| !flux.is_finite()) {
        return Err(Error::invalid("min_flux_jy", format!("{flux} is not a finite number")));
    }
    match query.merge_radius_arcsec {
        Some(radius) if !(radius > 0.0 && radius <= MAX_MERGE_ARCSEC) => {
            let message = format!("{radius}″ is not above 0 and at most {MAX_MERGE_ARCSEC}");
            Err(Error::invalid("merge_radius_arcsec", message))
        }
        _ => Ok(()),
    }
}

/// Why a catalogue has no part in an answer, as everybody may see it.
pub(super) fn warning(catalogue: Catalogue, error: &Error) -> String {
    match error {
        Error::NotFound { .. } | Error::Invalid { .. } => format!("{catalogue}: {error}"),
        _ => {
            tracing::warn!(%error, %catalogue, "a catalogue cannot be read");
            format!("{catalogue}: it cannot be read now; the server's log says why")
        }
    }
}

async fn of_survey(
    sessions: &Sessions,
    query: &UnifiedQuery,
    catalogue: Catalogue,
) -> Result<(Vec<UnifiedSource>, Vec<String>)> {
    // The least flux density is compared in Jy, after the units were changed.
    let search = CatalogueQuery::new(catalogue, query.ra_deg, query.dec_deg, query.radius_deg);
    let answer = query_sources(sessions, &search).await?;
    let sources = answer.sources.into_iter().map(|source| unified(catalogue, source));
    Ok((sources.collect(), answer.notices))
}

pub(super) fn unified(catalogue: Catalogue, source: CatalogueSource) -> UnifiedSource {
    UnifiedSource {
        source_name: format!("{catalogue}_{:.6}_{:.6}", source.ra_deg, source.dec_deg),
        ra_deg: source.ra_deg,
        dec_deg: source.dec_deg,
        flux_jy: source.flux_mjy.map(|flux| flux / 1000.0),
        catalogue,
        // NVSS numbers its sources by their positions, which the name says already.
        catalogue_id: source.name.filter(|_| catalogue != Catalogue::Nvss),
        flux_freq_ghz: catalogue.survey().map(|survey| survey.freq_ghz),
        separation_deg: source.separation_deg,
        matches: Vec::new(),
    }
}

/// The bandpass calibrators in use and the VLA's calibrators in a cone, one entry a name.
async fn of_calibrators(sessions: &Sessions, cone: &Cone) -> Result<Vec<UnifiedSource>> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let in_use = {
        use bandpass_calibrator::Column::{CalibratorName, Status};
        let filter = Filter::cone(*cone)?.and(Filter::eq(Status, CalibratorStatus::Active));
        let table = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
        table.slice(&filter, &[Order::asc(CalibratorName)], CALIBRATORS, 0).await?
    };
    let listed = {
        use vla_calibrator::Column::Name;
        let table = Repository::<_, vla_calibrator::Entity>::new(&reader);
        let filter = Filter::cone(*cone)?;
        table.slice(&filter, &[Order::asc(Name)], CALIBRATORS, 0).await?
    };
    let within = |ra_deg, dec_deg| cone.separation_within(ra_deg, dec_deg);
    let listed = listed
        .into_iter()
        .filter_map(|row| Some((within(row.ra_deg, row.dec_deg)?, row)))
        .collect();
    let listed = of_list(&reader, listed).await?;
    let mut sources: Vec<UnifiedSource> = in_use
        .into_iter()
        .filter_map(|row| Some((within(row.ra_deg, row.dec_deg)?, row)))
        .map(|(separation_deg, row)| {
            let same = listed.iter().find(|source| source.source_name == row.calibrator_name);
            of_bandpass(row, separation_deg, same)
        })
        .collect();
    let known = |source: &UnifiedSource| {
        sources.iter().any(|other| other.source_name == source.source_name)
    };
    let others: Vec<_> = listed.into_iter().filter(|source| !known(source)).collect();
    sources.extend(others);
    Ok(sources)
}

/// A bandpass calibrator. Where no flux density was registered with it, that of its entry in the VLA's
/// list serves.
pub(super) fn of_bandpass(
    row: bandpass_calibrator::Model,
    separation_deg: f64,
    listed: Option<&UnifiedSource>,
) -> UnifiedSource {
    let listed = if row.flux_jy.is_none() { listed } else { None };
    UnifiedSource {
        ra_deg: row.ra_deg,
        dec_deg: row.dec_deg,
        flux_jy: row.flux_jy.or(listed.and_then(|source| source.flux_jy)),
        catalogue: Catalogue::Vla,
        catalogue_id: Some(row.calibrator_name.clone()),
        flux_freq_ghz: listed.and_then(|source| source.flux_freq_ghz),
        separation_deg,
        source_name: row.calibrator_name,
        matches: Vec::new(),
    }
}

/// Entries of the VLA's list with their distances: with the flux density at the telescope's frequency where
/// the measured ones tell it.
pub(super) async fn of_list<C: ConnectionTrait>(
    reader: &C,
    rows: Vec<(f64, vla_calibrator::Model)>,
) -> Result<Vec<UnifiedSource>> {
    let ids: Vec<i64> = rows.iter().map(|(_, row)| row.id).collect();
    let fluxes = Repository::<_, vla_flux::Entity>::new(reader).of_calibrators(&ids).await?;
    let source = |(separation_deg, row): (f64, vla_calibrator::Model)| {
        let measured = points(fluxes.get(&row.id).map_or(&[], Vec::as_slice));
        let registered = row.flux_jy.map(|flux| (flux, row.flux_freq_ghz));
        // Too far from what was measured, nothing is said.
        let flux = flux_at(&measured, registered, TELESCOPE_FREQ_GHZ).ok().flatten();
        let flux = flux.filter(|flux| flux.is_measured(&measured));
        UnifiedSource {
            source_name: row.name.clone(),
            ra_deg: row.ra_deg,
            dec_deg: row.dec_deg,
            flux_jy: flux.as_ref().map(|flux| flux.flux_jy),
            catalogue: Catalogue::Vla,
            catalogue_id: Some(row.name),
            flux_freq_ghz: flux.map(|flux| flux.freq_ghz),
            separation_deg,
            matches: Vec::new(),
        }
    };
    Ok(rows.into_iter().map(source).collect())
}
